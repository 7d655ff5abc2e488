"""What is wrong with a list as a document, found without any request."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from re import IGNORECASE
from re import compile as pattern
from typing import Final, NamedTuple, Protocol
from urllib.parse import unquote

from staycurrent.curated.directives import is_directive
from staycurrent.curated.document import Document
from staycurrent.curated.escaping import find_mojibake
from staycurrent.curated.generated_section import marker_problems
from staycurrent.curated.html_tags import html_tags
from staycurrent.curated.occurrence import LinkKind, Occurrence
from staycurrent.curated.parser import InlineKind, undefined_references
from staycurrent.curated.rewrite import stuck_annotations
from staycurrent.curated.spans import merge_spans
from staycurrent.links.verdict import FlagState
from staycurrent.web.address import Address, UnusableUrl, UrlProblem, parse, strip_blanks

_GITHUB_RENDERS: Final = 512 * 1024
"""Bytes of a file that GitHub renders; the rest is cut off."""
_ALWAYS_PRESENT = pattern(
    r"|top|readme|start-of-content|[\w.-]{1,100}-ov-file|gh-(?:dark|light)-mode-only|(?:.{0,200}):~:.*"
)
"""Fragments that browsers, or GitHub's pages around a rendered file, know in every list."""
_LINES_OF_FILE = pattern(r"l\d+(?:c\d+)?(?:-l?\d+(?:c\d+)?)?")
_MAX_COMPARISONS = 20_000
_MAX_COMPARED = 100
"""Characters of an anchor that is compared with others: that takes quadratic time."""
_MAX_LOOKAHEAD = 2_000
"""Bytes after a blank in which the end of a URL is looked for."""
_INDEXED = pattern(rb"(?<=[A-Za-z0-9_)\]])\[|\[\d+\]\[\d*\]|\[\^?(?:\w-\w|[_-])+\]")
"""Brackets that are not meant as a reference: `a[i][j]`, `[1][2]`, `[a-z][0-9]`."""
_SCHEME_AND_WWW = pattern(r"(?i)https?://(?:www\.)?")
_HTTP = pattern(r"(?i)http://(?=[^/?#])")
_RELATIVE_PATH = pattern(r"(?![A-Za-z][A-Za-z0-9+.-]*:|//|#)[^?#]+")
_CJK_PUNCTUATION = pattern("[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\u2018-\u201f]")
# A lone `s` makes a plural: `[paper](...)s`.
_STRAY_LETTER = pattern(rb"([A-RT-Za-rt-z])(?![^\W_]|['-])")
_HEADING_WITH_BLANK = pattern(rb" {0,3}#{1,6}(?=[ \t])[^\r\n]*[^ \t\r\n#]([ \t]+)(?=[\r\n]|\Z)")
_LINK_IN_HTML = pattern(rb"\]\(https?://[^\s()]*\)")
_FENCE = pattern(rb"[ \t>]*(`{3,}|~{3,})")
_COMMENT_LABELS = ("//", "comment", "#")
_DESTINATION = pattern(rb"(?<!\\)\]\(\s*<?(https?://[^\s()<>]+)", IGNORECASE)
_BARE_URL = pattern(rb"(?<![A-Za-z])https?://[^\s<>\[\]()\"'`|]+", IGNORECASE)
_MEANT_FOR_US = pattern(r"(?i)(stay(?:current)?(?: ?:|[ _-](?=(?:keep|ignore)\b)))( ?)([^ :]*)(.*)")
"""The text of a comment with single spaces: what it begins with, a space, a name, the rest."""
_DATE_OF_FLAG = pattern(r" ?: ?\d{4}-")
_DIRECTIVES = ("keep", "ignore", "ignore-start", "ignore-end")
_MARKERS = ("begin", "end")
_ANNOTATIONS = (*FlagState, "struck", "snapshot")
_OPAQUE = (InlineKind.CODE, InlineKind.HTML, InlineKind.LINK, InlineKind.IMAGE)


class FindingKind(StrEnum):
    """What can be wrong; a closed set."""

    BROKEN_ANCHOR = "broken_anchor"
    MALFORMED = "malformed"
    EMPTY = "empty"
    RUNS_ON = "runs_on"
    """A bare URL that runs into the text after it."""
    MISSING_FILE = "missing_file"
    DUPLICATE = "duplicate"
    TWO_NAMES = "two_names"
    """The same URL under different names: often a wrong link."""
    DAMAGED_TEXT = "damaged_text"
    SWALLOWED = "swallowed"
    """A markdown link inside raw HTML, where it is plain text."""
    UNCLOSED_FENCE = "unclosed_fence"
    UNCLOSED_BRACKET = "unclosed_bracket"
    """Meant as a link, but text: its bracket is not closed, or its URL contains a blank."""
    UNLINKED = "unlinked"
    """A bare URL that GitHub does not link."""
    UNDEFINED_REFERENCE = "undefined_reference"
    UNUSED_REFERENCE = "unused_reference"
    STRAY_TEXT = "stray_text"
    """A lone letter directly after a link."""
    PLAIN_HTTP = "plain_http"
    TRAILING_BLANK = "trailing_blank"
    """A blank at the end of a heading."""
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a list."""

    kind: FindingKind
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    subject: str
    """What the list has there: a URL, a label, a heading; empty for the list as a whole."""
    message: str
    suggestion: str | None = None
    """What to write instead, if that is clear."""


@dataclass(frozen=True, slots=True)
class MiswrittenComment:
    """A comment that is meant as one of ours, and has no effect or another one than was meant."""

    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    text: str
    """The comment as written, on one line."""
    message: str
    """What it does instead, and why; its subject is the comment."""
    suggestion: str | None = None
    """The comment to write instead, if that is clear."""

    @property
    def sentence(self) -> str:
        """The message and what to write instead."""
        return f"{self.message}; perhaps {self.suggestion}" if self.suggestion else self.message


class _Note(NamedTuple):
    """A finding at a byte offset."""

    offset: int
    kind: FindingKind
    subject: str
    message: str
    suggestion: str | None = None


class RelativeFiles(Protocol):
    """The files around a list, by path as in a relative link, with `%20` resolved."""

    def exists(self, path: str) -> bool:
        """Whether it is a file or a folder; True if that cannot be known."""
        ...

    def targets(self, path: str) -> frozenset[str] | None:
        """The fragments that a link may point to in that file; None if that cannot be known."""
        ...


def lint_document(
    document: Document, files: RelativeFiles | None = None, *, run_date: date = date.min
) -> tuple[Finding, ...]:
    """Everything that is wrong with a list, in order.

    Generated sections are not checked, and neither are links with a directive that is active on
    `run_date`. Without `files` relative links are not checked.
    """
    occurrences = [
        occurrence
        for _index, occurrence in document.own_occurrences()
        if occurrence.directive(run_date) is None
    ]
    in_text = chain(
        _damaged_text(document),
        _broken_blocks(document),
        _unlinked_urls(document),
        _unmatched_references(document),
    )
    notes = [
        *_broken_targets(document, occurrences, files),
        *_bad_urls(occurrences),
        *_repeated_urls(occurrences),
        *(note for note in in_text if not document.is_generated(note.offset)),
        *_style(document, occurrences),
    ]
    size = len(document.raw)
    if size > _GITHUB_RENDERS:
        message = f"the list has {size // 1024} KB: GitHub renders only the first 512 KB"
        notes.append(_Note(_GITHUB_RENDERS, FindingKind.TOO_LARGE, "", message))
    notes.sort(key=lambda note: note.offset)
    positions = document.lines.positions(note.offset for note in notes)
    return tuple(
        Finding(kind, *positions[offset], subject, message, suggestion)
        for offset, kind, subject, message, suggestion in notes
    )


def miswritten_comments(document: Document) -> tuple[MiswrittenComment, ...]:
    """The comments outside generated sections that are meant as ours, but are miswritten.

    Also the flags and marks that cannot be taken out, and markers that are not one pair.
    """
    generated = {
        line
        for section in document.generated_sections
        for line in range(section.begin_line, section.end_line)
    }
    found = [
        MiswrittenComment(one.line, one.column, f"<!-- {one.text} -->", one.error)
        for one in document.directives
        if one.error is not None
    ]
    understood = merge_spans(
        (
            *(flag.span for flag in document.flags),
            *(span for mark in document.marks for span in mark.spans),
            *(marker.span for marker in document.markers),
        )
    )
    unknown: dict[int, tuple[str, str, str | None]] = {}
    for tag in html_tags(document.markup).values():
        if tag.is_comment and understood.enclosing(tag.span.start + 1) is None:
            text = " ".join(document.raw[slice(*tag.span)].decode("utf-8", "replace").split())
            meant = _MEANT_FOR_US.fullmatch(text.strip("<!->").strip())
            why = _why_miswritten(*meant.groups()) if meant and not is_directive(text) else None
            if why is not None:
                unknown[tag.span.start] = text, *why
    for start, end in stuck_annotations(document):
        text = document.raw[start:end].decode("utf-8", "replace").lstrip()
        message = "stays: without it, the text around it would be other markup; move it by hand"
        unknown[end - len(text.encode())] = " ".join(text.split()), message, None
    for marker, problem in marker_problems(document.markers).items():
        text = f"<!-- stay:{'begin' if marker.is_begin else 'end'} {marker.name} -->"
        at = document.raw.index(b"<!--", marker.span.start)
        unknown[at] = text, f"stops every run: {problem}", None
    positions = document.lines.positions(unknown)
    found += [
        MiswrittenComment(*positions[at], text, message, suggestion)
        for at, (text, message, suggestion) in unknown.items()
    ]
    found = [one for one in found if one.line not in generated]
    return tuple(sorted(found, key=lambda one: (one.line, one.column)))


def _why_miswritten(prefix: str, blank: str, name: str, rest: str) -> tuple[str, str | None] | None:
    """What is wrong with a comment that begins with `stay:` or the like, and what to write.

    None if it is prose, such as `stay: tuned`.
    """
    name = name.lower()
    if (name in _ANNOTATIONS and not blank) or _DATE_OF_FLAG.match(rest):
        return "has no effect and is not taken out: no flag or mark is written like this", None
    if name in _MARKERS:
        return f"has no effect: a marker is written like <!-- stay:{name} NAME -->", None
    meant = name.removesuffix("-line").removesuffix("-next")
    meant = meant.replace("-begin", "-start").replace("-stop", "-end")
    near = get_close_matches(meant, (*_DIRECTIVES, *_MARKERS), n=1, cutoff=0.75)
    near = near or [one for one in _DIRECTIVES[:2] if meant.startswith(one)]
    if blank and not near:
        return None
    suggestion = f"<!-- stay:{near[0]}{rest} -->" if near else None
    if name in _DIRECTIVES and prefix.lower() != "stay:":
        return "has no effect: it does not begin with `stay:`", suggestion
    scope = "; it is for the links of its own line" if "line" in name else ""
    others = "" if near else f", but {', '.join(_DIRECTIVES)} are known"
    return f"has no effect: `stay:{name}` is unknown{others}{scope}", suggestion


def duplicates_of(
    document: Document, occurrences: Iterable[Occurrence]
) -> dict[Occurrence, Occurrence]:
    """For each of these occurrences, the first one with its URL on another line, if any."""
    by_url: dict[str | None, dict[int, Occurrence]] = {}
    for _index, occurrence in document.own_occurrences():
        by_url.setdefault(_comparable_url(occurrence), {}).setdefault(occurrence.line, occurrence)
    found: dict[Occurrence, Occurrence] = {}
    for occurrence in occurrences:
        url = _comparable_url(occurrence)
        by_line = by_url.get(url, {}) if url else {}
        other = next((each for line, each in by_line.items() if line != occurrence.line), None)
        if other is not None:
            found[occurrence] = other
    return found


def _comparable_url(occurrence: Occurrence) -> str | None:
    """The URL without scheme, `www.` and final slash; None for images and other schemes."""
    is_page = _SCHEME_AND_WWW.match(occurrence.url) and not occurrence.kind.is_image
    return _bare(occurrence.url) if is_page else None


def _bare(url: str) -> str:
    begin = _SCHEME_AND_WWW.match(url)
    return url[begin.end() if begin else 0 :].rstrip("/")


def own_name(title: str, url: str) -> str:
    """A link's title in lower case; empty if that is no name, but the URL or the end of its path.

    As `owner/repository` of one on GitHub.
    """
    name, address = _bare(title.casefold()), _bare(url.casefold())
    is_end = "/" in name and address.endswith(f"/{name}")
    return "" if name == address or is_end else title.casefold()


def _malformed(url: str) -> UnusableUrl | None:
    address = parse(url)
    if isinstance(address, UnusableUrl) and address.problem is UrlProblem.MALFORMED:
        return address
    return None


def _broken_targets(
    document: Document, occurrences: Iterable[Occurrence], files: RelativeFiles | None
) -> Iterator[_Note]:
    """Links to headings and files that do not exist."""
    slugs = [heading.slug for heading in document.headings]
    comparisons_left = _MAX_COMPARISONS
    for occurrence in occurrences:
        url, at = strip_blanks(occurrence.url), occurrence.link_span.start
        fragment = unquote(url.partition("#")[2]).lower().removeprefix("user-content-")
        targets: frozenset[str] | None
        names: Collection[str]
        if url.startswith("#"):
            written, place, targets, names = "", "this list", document.fragment_targets, slugs
        else:
            relative = _RELATIVE_PATH.match(url)
            if files is None or relative is None or not relative[0].strip() or _malformed(url):
                continue
            written, place = relative[0], unquote(relative[0])
            if not files.exists(place):
                message = f"{url} links to a file that does not exist"
                yield _Note(at, FindingKind.MISSING_FILE, url, message)
                continue
            is_line = _LINES_OF_FILE.fullmatch(fragment) is not None
            targets = files.targets(place) if fragment and not is_line else None
            names = targets or ()
        if targets is None or _ALWAYS_PRESENT.fullmatch(fragment):
            continue
        if fragment.strip("-") not in _without_dashes(targets):
            comparisons_left -= len(names)
            near: list[str] = []
            if comparisons_left >= 0 and len(fragment) <= _MAX_COMPARED:
                short = sorted(name for name in names if len(name) <= _MAX_COMPARED)
                near = get_close_matches(fragment, short, n=1)
            message = f"{url} does not match any heading or id in {place}"
            suggestion = f"{written}#{near[0]}" if near else None
            yield _Note(at, FindingKind.BROKEN_ANCHOR, url, message, suggestion)


@lru_cache(maxsize=64)  # the same file is linked to many times
def _without_dashes(targets: frozenset[str]) -> frozenset[str]:
    """Dashes at the edges depend on badges and emoji near the heading, so they are ignored."""
    return frozenset(target.strip("-") for target in targets)


def _bad_urls(occurrences: Iterable[Occurrence]) -> Iterator[_Note]:
    for occurrence in occurrences:
        url, at = occurrence.url, occurrence.link_span.start
        if not url.strip():
            message = f"the link {occurrence.title!r} has an empty URL"
            yield _Note(at, FindingKind.EMPTY, occurrence.title, message)
        elif malformed := _malformed(url):
            message = f"{url} is not a valid URL: {malformed.reason}"
            yield _Note(at, FindingKind.MALFORMED, url, message, malformed.suggestion)
        mark = _CJK_PUNCTUATION.search(url) if occurrence.kind is LinkKind.BARE else None
        if mark is not None:
            message = f"{url} runs into the text after it: put a space between them"
            yield _Note(at, FindingKind.RUNS_ON, url, message, url[: mark.start()])


def _repeated_urls(occurrences: Iterable[Occurrence]) -> Iterator[_Note]:
    groups: defaultdict[str | None, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        if occurrence.text:
            groups[_comparable_url(occurrence)].append(occurrence)
    groups.pop(None, None)
    for first, *others in groups.values():
        named = next((one for one in (first, *others) if own_name(one.title, one.url)), first)
        for other in others:
            if other.line == first.line:
                continue
            names = {own_name(one.title, one.url) for one in (named, other)} - {""}
            if len(names) < 2:
                kind = FindingKind.DUPLICATE
                message = f"{other.url} is already on line {first.line}"
            else:
                kind = FindingKind.TWO_NAMES
                message = (
                    f"{other.url} is {other.title!r} here and {named.title!r} on line {named.line}"
                )
            yield _Note(other.link_span.start, kind, other.url, message)


def _damaged_text(document: Document) -> Iterator[_Note]:
    for damage in find_mojibake(document.markup.clean):
        message = (
            f"{damage.text!r} should be {damage.meant!r}: "
            "UTF-8 that was decoded as a Windows code page"
        )
        at = damage.span.start
        yield _Note(at, FindingKind.DAMAGED_TEXT, damage.text, message, damage.meant)


def _broken_blocks(document: Document) -> Iterator[_Note]:
    """Links in blocks of raw HTML, and code fences that are never closed."""
    for block in document.markup.html:
        for link in _LINK_IN_HTML.finditer(document.raw, *block.span):
            if document.comments.enclosing(link.start()) is None:
                message = (
                    "a markdown link inside raw HTML is plain text: put a blank line before it"
                )
                subject = link.group().decode("utf-8", "replace")
                yield _Note(link.start(), FindingKind.SWALLOWED, subject, message)
    for code in document.markup.code:
        text = document.raw[slice(*code.span)].rstrip()
        fence = _FENCE.match(text) if code.is_fenced else None
        if fence is None or code.span.end < len(document.raw.rstrip()):
            continue
        first, *others = text.splitlines()
        last = others[-1].strip(b" \t>") if others else b""
        if not (last.startswith(fence.group(1)) and not last.strip(fence.group(1)[:1])):
            message = "a code fence is never closed: everything after it is code"
            subject = first.decode("utf-8", "replace")
            yield _Note(code.span.start, FindingKind.UNCLOSED_FENCE, subject, message)


def _unlinked_urls(document: Document) -> Iterator[_Note]:
    """`[a](https://e.org`, `[a](https://e.org/a b)`, and bare URLs after an open bracket."""
    clean = document.markup.clean
    linked = merge_spans(occurrence.link_span for occurrence in document.occurrences)
    for run in document.markup.runs:
        if clean.find(b"://", run.start, run.end) < 0:
            continue
        opaque = merge_spans(node.span for node in run.nodes if node.kind in _OPAQUE)
        reported: set[int] = set()
        depth, counted = 0, run.start
        for match in _DESTINATION.finditer(clean, run.start, run.end):
            if opaque.enclosing(match.start()) is not None:
                continue
            reported.add(match.start(1))
            url = match.group(1).decode("utf-8", "replace")
            end = min(run.end, match.end() + _MAX_LOOKAHEAD)
            rest = clean[match.end() : end].partition(b"\n")[0]
            if rest.startswith((b" ", b"\t")) and b")" in rest:
                url += rest[: rest.index(b")")].decode("utf-8", "replace")
                message = f"{url} contains a space, so this is not a link: write it as %20"
                suggestion = url.replace(" ", "%20")
            else:
                message = f"the bracket before {url} is never closed, so this is not a link"
                suggestion = f"({url})"
            yield _Note(match.start(), FindingKind.UNCLOSED_BRACKET, url, message, suggestion)
        for match in _BARE_URL.finditer(clean, run.start, run.end):
            at = match.start()
            is_link = linked.enclosing(at + 1) or opaque.enclosing(at + 1)
            url = match.group().decode("utf-8", "replace").rstrip("?!.,:*_~")
            if at in reported or is_link or not isinstance(parse(url), Address):
                continue
            depth += clean.count(b"[", counted, at) - clean.count(b"]", counted, at)
            counted = at
            reason = ", because of the open bracket before it" if depth > 0 else ""
            message = f"{url} is plain text{reason}: put it between < and >"
            yield _Note(at, FindingKind.UNLINKED, url, message, f"<{url}>")


def _unmatched_references(document: Document) -> Iterator[_Note]:
    for label, span in undefined_references(document.markup):
        if not label.startswith("^") and not _INDEXED.match(document.markup.clean, span.start):
            message = f"[{label}] is not defined, so it is plain text"
            yield _Note(span.start, FindingKind.UNDEFINED_REFERENCE, label, message)
    used = {occurrence.destination.end for occurrence in document.occurrences}
    for definition in document.definitions:
        # `[//]: # (text)` is how comments are written
        is_comment = definition.label in _COMMENT_LABELS or definition.url == "#"
        if definition.destination.end not in used and not is_comment:
            message = f"[{definition.label}] is defined but never used"
            at = definition.destination.start
            yield _Note(at, FindingKind.UNUSED_REFERENCE, definition.label, message)


def _style(document: Document, occurrences: Sequence[Occurrence]) -> Iterator[_Note]:
    for occurrence in occurrences:
        start, end = occurrence.link_span
        has_brackets = occurrence.kind in (LinkKind.INLINE, LinkKind.REFERENCE)
        stray = _STRAY_LETTER.match(document.raw, end) if has_brackets else None
        if stray is not None:
            letter = stray.group(1).decode()
            message = f"a stray {letter!r} directly follows the link {occurrence.title!r}"
            yield _Note(end, FindingKind.STRAY_TEXT, occurrence.url, message)
        if _HTTP.match(occurrence.url) and not _malformed(occurrence.url):
            message = f"{occurrence.url} does not use TLS: check whether https:// works too"
            yield _Note(start, FindingKind.PLAIN_HTTP, occurrence.url, message)
    for heading in document.headings:
        blank = _HEADING_WITH_BLANK.match(document.raw, *document.lines.span(heading.line))
        if blank is not None:
            message = f"the heading {heading.text!r} ends with a space"
            yield _Note(blank.start(1), FindingKind.TRAILING_BLANK, heading.text, message)
