"""What a finding is: a closed set of kinds, each at a line and a column of a list."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from itertools import chain
from re import IGNORECASE
from re import compile as pattern
from typing import Final, NamedTuple, Protocol
from urllib.parse import unquote

from staycurrent.curated.document import Document
from staycurrent.curated.html_tags import html_comments
from staycurrent.curated.markup import InlineKind
from staycurrent.curated.mojibake import find_mojibake
from staycurrent.curated.occurrence import LinkKind, Occurrence
from staycurrent.curated.parser import undefined_references
from staycurrent.curated.spans import Span, SpanSet, merge_spans
from staycurrent.web.address import Address, UnusableUrl, UrlProblem, parse


class FindingKind(StrEnum):
    """What can be wrong; a closed set."""

    BROKEN_ANCHOR = "broken_anchor"
    MALFORMED = "malformed"
    EMPTY = "empty"
    RUNS_ON = "runs_on"
    """A bare address that runs into the sentence behind it."""
    MISSING_FILE = "missing_file"
    DUPLICATE = "duplicate"
    TWO_NAMES = "two_names"
    """The same address under different names: often a wrong link."""
    DAMAGED_TEXT = "damaged_text"
    SWALLOWED = "swallowed"
    """A link of markdown inside raw HTML, where it is plain text."""
    UNCLOSED_FENCE = "unclosed_fence"
    UNCLOSED_BRACKET = "unclosed_bracket"
    """What was meant as a link is text: its bracket is not closed, or its address has a blank."""
    UNLINKED = "unlinked"
    """A bare address that GitHub makes no link of."""
    UNDEFINED_REFERENCE = "undefined_reference"
    UNUSED_REFERENCE = "unused_reference"
    STRAY_TEXT = "stray_text"
    """A lone letter that sticks to a link."""
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
    message: str
    suggestion: str | None = None
    """What to write instead, where that is plain."""


class _Note(NamedTuple):
    """A finding before its byte is turned into line and column."""

    offset: int
    kind: FindingKind
    message: str
    suggestion: str | None = None


class RelativeFiles(Protocol):
    """What lies beside a list; paths are as a relative link gives them, `%20` resolved."""

    def exists(self, path: str) -> bool:
        """Whether it leads to a file or a folder, or to where nobody can tell."""
        ...

    def targets(self, path: str) -> frozenset[str] | None:
        """What a fragment may point to in that file; None where nobody can tell."""
        ...


GITHUB_SHOWS: Final = 512 * 1024
"""Bytes of a file that GitHub renders; the rest is cut off."""

_ALWAYS_THERE = ("", "top")
_SAME_ADDRESS = pattern(r"(?i)https?://(?:www\.)?")
_FILE = pattern(r"(?![A-Za-z][A-Za-z0-9+.-]*:|//|#)[^?#]+")
_SENTENCE_MARK = pattern("[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\u2018-\u201f]")


def lint_document(
    document: Document, files: RelativeFiles | None = None, *, run_date: date = date.min
) -> tuple[Finding, ...]:
    """All that is wrong with a list, in its order; its generated parts are not looked at.

    Nor are links that a comment keeps or ignores on that `night`. Without `files` relative links
    are not judged.
    """
    written = [
        place
        for place in document.occurrences
        if place.generated_section is None and place.directive(run_date) is None
    ]
    notes = chain(
        _broken_anchors(document, written),
        _malformed_links(written),
        _running_on(written),
        _elsewhere(written, files) if files else (),
        _same_address(written),
        _damaged(document),
        _broken_markup(document),
        _untidy(document, written),
        _too_large(document),
    )
    ordered = sorted(notes, key=lambda note: note.offset)
    positions = document.lines.positions(note.offset for note in ordered)
    return tuple(
        Finding(note.kind, *positions[note.offset], note.message, note.suggestion)
        for note in ordered
    )


def _broken_anchors(document: Document, places: Iterable[Occurrence]) -> Iterator[_Note]:
    slugs = [heading.slug for heading in document.headings]
    loose = _loose(document.fragment_targets)
    for place in places:
        anchor = _anchor(place.url)
        if place.url.startswith("#") and not _leads(anchor, loose):
            near = get_close_matches(anchor, slugs, n=1)
            message = f"{place.url} leads to no heading and no id of this list"
            suggestion = f"#{near[0]}" if near else None
            yield _Note(place.link_span.start, FindingKind.BROKEN_ANCHOR, message, suggestion)


def _anchor(url: str) -> str:
    """The fragment as it is compared; empty where there is none."""
    return unquote(url.partition("#")[2]).lower().removeprefix("user-content-")


def _loose(targets: Collection[str]) -> frozenset[str]:
    return frozenset(target.strip("-") for target in targets)


def _leads(anchor: str, loose: Collection[str]) -> bool:
    """A dash at an edge depends on badges and emoji beside the heading: never called broken."""
    return anchor in _ALWAYS_THERE or anchor.strip("-") in loose


def _malformed_links(places: Iterable[Occurrence]) -> Iterator[_Note]:
    for place in places:
        if not place.url.strip():
            message = f"the link {place.title!r} leads nowhere: its address is empty"
            yield _Note(place.link_span.start, FindingKind.EMPTY, message)
            continue
        read = parse(place.url)
        if isinstance(read, UnusableUrl) and read.problem is UrlProblem.MALFORMED:
            message = f"{place.url} is no address: {read.reason}"
            yield _Note(place.link_span.start, FindingKind.MALFORMED, message, read.suggestion)


def _running_on(places: Iterable[Occurrence]) -> Iterator[_Note]:
    for place in places:
        mark = _SENTENCE_MARK.search(place.url) if place.kind is LinkKind.BARE else None
        if mark is not None:
            message = f"the bare address {place.url} runs into the sentence: put a blank behind it"
            meant = place.url[: mark.start()]
            yield _Note(place.link_span.start, FindingKind.RUNS_ON, message, meant)


def _elsewhere(places: Iterable[Occurrence], files: RelativeFiles) -> Iterator[_Note]:
    """Relative links to files that are not there, or to headings that those files lack."""
    for place in places:
        found = _FILE.match(place.url)
        if found is None or not found.group().strip() or _is_malformed(place.url):
            continue
        path = unquote(found.group())
        if not files.exists(path):
            message = f"{place.url} leads to a file that is not there"
            yield _Note(place.link_span.start, FindingKind.MISSING_FILE, message)
            continue
        anchor = _anchor(place.url)
        targets = files.targets(path) if anchor else None
        if targets is not None and not _leads(anchor, _loose(targets)):
            near = get_close_matches(anchor, sorted(targets), n=1)
            message = f"{place.url} leads to no heading and no id of {path}"
            suggestion = f"{found.group()}#{near[0]}" if near else None
            yield _Note(place.link_span.start, FindingKind.BROKEN_ANCHOR, message, suggestion)


def _is_malformed(url: str) -> bool:
    read = parse(url)
    return isinstance(read, UnusableUrl) and read.problem is UrlProblem.MALFORMED


def _same_address(places: Iterable[Occurrence]) -> Iterator[_Note]:
    """Scheme, `www.` and a final slash make no other address here; images do not count."""
    groups: dict[str, list[Occurrence]] = defaultdict(list)
    for place in places:
        begin = _SAME_ADDRESS.match(place.url)
        if begin is not None and place.kind is not LinkKind.IMAGE and place.text:
            groups[place.url[begin.end() :].rstrip("/")].append(place)
    for group in groups.values():
        first = group[0]
        for place in group[1:]:
            if place.line == first.line:
                continue
            yield _second(first, place)


def _second(first: Occurrence, place: Occurrence) -> _Note:
    if place.title.casefold() == first.title.casefold():
        message = f"{place.url} stands on line {first.line} already"
        return _Note(place.link_span.start, FindingKind.DUPLICATE, message)
    message = f"{place.url} is {place.title!r} here and {first.title!r} on line {first.line}"
    return _Note(place.link_span.start, FindingKind.TWO_NAMES, message)


def _damaged(document: Document) -> Iterator[_Note]:
    inside = merge_spans(
        Span(part.content.start - 1, part.content.end) for part in document.generated_sections
    )
    text = document.markup.clean.decode()
    reached = offset = 0
    for damage in find_mojibake(text):
        offset += len(text[reached : damage.start].encode())
        reached = damage.start
        if inside.enclosing(offset) is not None:
            continue
        message = f"{damage.text!r} was {damage.meant!r}: UTF-8 read as a Windows code page"
        yield _Note(offset, FindingKind.DAMAGED_TEXT, message, damage.meant)


def _too_large(document: Document) -> Iterator[_Note]:
    size = len(document.raw)
    if size > GITHUB_SHOWS:
        message = f"the list has {size // 1024} KB: GitHub shows the first 512 and cuts the rest"
        yield _Note(GITHUB_SHOWS, FindingKind.TOO_LARGE, message)


# A lone `s` makes a plural: `[paper](...)s`.
_STRAY = pattern(rb"([A-RT-Za-rt-z])(?![^\W_]|['-])")
_HTTP = pattern(r"(?i)http://(?=[^/?#])")
_HEADING = pattern(rb" {0,3}#{1,6}(?=[ \t])[^\r\n]*[^ \t\r\n#]([ \t]+)(?=[\r\n]|\Z)")


def _untidy(document: Document, written: Iterable[Occurrence]) -> Iterator[_Note]:
    """All of it, for the places that people wrote."""
    for place in written:
        yield from _stray(document.raw, place)
        yield from _plain_http(place)
    for heading in document.headings:
        line = document.lines.span(heading.line)
        found = _HEADING.match(document.raw, *line)
        if found is not None:
            message = f"the heading {heading.text!r} ends with a blank"
            yield _Note(found.start(1), FindingKind.TRAILING_BLANK, message)


def _stray(raw: bytes, place: Occurrence) -> Iterator[_Note]:
    is_bracketed = place.kind in (LinkKind.INLINE, LinkKind.REFERENCE)
    found = _STRAY.match(raw, place.link_span.end) if is_bracketed else None
    if found is not None:
        letter = found.group(1).decode()
        message = f"a stray {letter!r} sticks to the link {place.title!r}"
        yield _Note(found.start(), FindingKind.STRAY_TEXT, message)


def _plain_http(place: Occurrence) -> Iterator[_Note]:
    if _HTTP.match(place.url):
        message = f"{place.url} is asked for without TLS: look whether https:// answers as well"
        yield _Note(place.link_span.start, FindingKind.PLAIN_HTTP, message)


_LINK_IN_HTML = pattern(rb"\]\(https?://[^\s()]*\)")
_FENCE = pattern(rb"[ \t>]*(`{3,}|~{3,})")
_COMMENT_LABELS = ("//", "comment", "#")
_DESTINATION = pattern(rb"(?<!\\)\]\(\s*<?(https?://[^\s()<>]+)", IGNORECASE)
_BARE_URL = pattern(rb"(?<![A-Za-z])https?://[^\s<>\[\]()\"'`|]+", IGNORECASE)
_OPAQUE = (InlineKind.CODE, InlineKind.HTML, InlineKind.LINK, InlineKind.IMAGE)


def _broken_markup(document: Document) -> Iterator[_Note]:
    """All of it that stands outside of generated parts."""
    inside = merge_spans(
        Span(part.content.start - 1, part.content.end) for part in document.generated_sections
    )
    found = chain(
        _swallowed(document),
        _unclosed_fences(document),
        _unclosed_brackets(document),
        _unmatched_references(document),
    )
    return (note for note in found if inside.enclosing(note.offset) is None)


def _swallowed(document: Document) -> Iterator[_Note]:
    hidden = merge_spans(comment.span for comment in html_comments(document.markup))
    for block in document.markup.html:
        for link in _LINK_IN_HTML.finditer(document.raw, *block.span):
            if hidden.enclosing(link.start()) is None:
                message = "a link inside raw HTML is plain text: put a blank line before it"
                yield _Note(link.start(), FindingKind.SWALLOWED, message)


def _unclosed_fences(document: Document) -> Iterator[_Note]:
    for block in document.markup.code:
        text = document.raw[block.span.start : block.span.end].rstrip()
        fence = _FENCE.match(text) if block.is_fenced else None
        if fence is None or block.span.end < len(document.raw.rstrip()):
            continue
        last = text.splitlines()[-1].strip(b" \t>") if b"\n" in text or b"\r" in text else b""
        if not (last.startswith(fence.group(1)) and not last.strip(fence.group(1)[:1])):
            message = "a fence is never closed: all that follows is code"
            yield _Note(block.span.start, FindingKind.UNCLOSED_FENCE, message)


def _unmatched_references(document: Document) -> Iterator[_Note]:
    for label, span in undefined_references(document.markup):
        if not label.startswith("^"):
            message = f"[{label}] is defined nowhere: it shows as plain text"
            yield _Note(span.start, FindingKind.UNDEFINED_REFERENCE, message)
    for definition in document.definitions:
        # `[//]: # (text)` is how comments are written
        is_comment = definition.label in _COMMENT_LABELS or definition.url == "#"
        if not definition.is_used and not is_comment:
            message = f"[{definition.label}] is defined and never used"
            yield _Note(definition.destination.start, FindingKind.UNUSED_REFERENCE, message)


def _unclosed_brackets(document: Document) -> Iterator[_Note]:
    """`[a](https://e.org` and `[a](https://e.org/a b)`, and addresses behind an open bracket."""
    clean = document.markup.clean
    linked = merge_spans(place.link_span for place in document.occurrences)
    for run in document.markup.runs:
        if clean.find(b"://", run.start, run.end) < 0:
            continue
        opaque = merge_spans(
            Span(piece.start, piece.end) for piece in run.nodes if piece.kind in _OPAQUE
        )
        told: set[int] = set()
        for match in _DESTINATION.finditer(clean, run.start, run.end):
            if opaque.enclosing(match.start()) is None:
                told.add(match.start(1))
                yield _unclosed(clean, match.start(), Span(*match.span(1)), run.end)
        for match in _BARE_URL.finditer(clean, run.start, run.end):
            if match.start() not in told and not _is_linked(match.start(), linked, opaque):
                yield from _unlinked(clean, Span(*match.span()), run.start)


def _unclosed(clean: bytes, start: int, address: Span, end: int) -> _Note:
    url = clean[slice(*address)].decode("utf-8", "replace")
    line_end = clean.find(b"\n", address.end, end)
    rest = clean[address.end : end if line_end < 0 else line_end]
    if rest.startswith((b" ", b"\t")) and b")" in rest:
        whole = url + rest[: rest.index(b")")].decode("utf-8", "replace")
        message = f"{whole} has a blank, so this is no link: write it as %20"
        return _Note(start, FindingKind.UNCLOSED_BRACKET, message, whole.replace(" ", "%20"))
    message = f"the bracket before {url} is never closed, so this is no link"
    return _Note(start, FindingKind.UNCLOSED_BRACKET, message, f"({url})")


def _is_linked(offset: int, linked: SpanSet, opaque: SpanSet) -> bool:
    return any(one.enclosing(offset + 1) is not None for one in (linked, opaque))


def _unlinked(clean: bytes, address: Span, start: int) -> Iterator[_Note]:
    url = clean[slice(*address)].decode("utf-8", "replace").rstrip("?!.,:*_~")
    if isinstance(parse(url), Address):
        before = clean[start : address.start]
        is_open = before.count(b"[") > before.count(b"]")
        why = "an open bracket before it keeps GitHub from linking it" if is_open else "no link"
        message = f"{url} is plain text ({why}): put it between < and >"
        yield _Note(address.start, FindingKind.UNLINKED, message, f"<{url}>")
