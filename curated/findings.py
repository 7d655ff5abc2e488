"""What is wrong with a list as a document, before any link is looked at."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from itertools import chain
from re import compile as pattern
from typing import Final, NamedTuple
from urllib.parse import unquote

from curated.comments import comments
from curated.document import Document
from curated.mojibake import damages
from curated.parser import undefined_references
from curated.place import Kind, Place
from curated.spans import Span, zones
from web.address import Fault, Unusable, parse

GITHUB_SHOWS: Final = 512 * 1024
"""Bytes of a file that GitHub renders; the rest is cut off."""

_ALWAYS_THERE = ("", "top")
_SAME_ADDRESS = pattern(r"(?i)https?://(?:www\.)?")
_FILE = pattern(r"(?![A-Za-z][A-Za-z0-9+.-]*:|[/#])[^?#]+")
_SENTENCE_MARK = pattern("[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\u2018-\u201f]")
_LINK_IN_HTML = pattern(rb"\]\(https?://[^\s()]*\)")
_FENCE = pattern(rb"[ \t>]*(`{3,}|~{3,})")
_COMMENT_LABELS = ("//", "comment", "#")


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
    UNDEFINED_REFERENCE = "undefined_reference"
    UNUSED_REFERENCE = "unused_reference"
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
    offset: int
    kind: FindingKind
    message: str
    suggestion: str | None = None


def findings(
    document: Document, *, exists: Callable[[str], bool] | None = None
) -> tuple[Finding, ...]:
    """All that is wrong with a list, in its order; its generated parts are not looked at.

    `exists` says whether a path, as a relative link gives it, leads to a file; without it such
    links are not judged.
    """
    written = [place for place in document.places if place.in_part is None]
    notes = chain(
        _broken_anchors(document, written),
        _malformed(written),
        _running_on(written),
        _missing_files(written, exists) if exists else (),
        _same_address(written),
        _damaged(document),
        _swallowed(document),
        _unclosed(document),
        _references(document),
        _too_large(document),
    )
    ordered = sorted(notes, key=lambda note: note.offset)
    positions = document.lines.positions(note.offset for note in ordered)
    return tuple(
        Finding(note.kind, *positions[note.offset], note.message, note.suggestion)
        for note in ordered
    )


def _broken_anchors(document: Document, places: Iterable[Place]) -> Iterator[_Note]:
    loose = {target.strip("-") for target in document.targets}
    slugs = [heading.slug for heading in document.headings]
    for place in places:
        if not place.url.startswith("#"):
            continue
        anchor = unquote(place.url[1:]).lower().removeprefix("user-content-")
        # a dash at an edge depends on badges and emoji beside the heading: never called broken
        if anchor in _ALWAYS_THERE or anchor.strip("-") in loose:
            continue
        near = get_close_matches(anchor, slugs, n=1)
        message = f"{place.url} leads to no heading and no id of this list"
        yield _Note(place.use.start, FindingKind.BROKEN_ANCHOR, message, _hash(near))


def _hash(near: list[str]) -> str | None:
    return f"#{near[0]}" if near else None


def _malformed(places: Iterable[Place]) -> Iterator[_Note]:
    for place in places:
        if not place.url.strip():
            message = f"the link {place.title!r} leads nowhere: its address is empty"
            yield _Note(place.use.start, FindingKind.EMPTY, message)
            continue
        read = parse(place.url)
        if isinstance(read, Unusable) and read.fault is Fault.MALFORMED:
            message = f"{place.url} is no address: {read.why}"
            yield _Note(place.use.start, FindingKind.MALFORMED, message, read.likely)


def _running_on(places: Iterable[Place]) -> Iterator[_Note]:
    for place in places:
        mark = _SENTENCE_MARK.search(place.url) if place.kind is Kind.BARE else None
        if mark is not None:
            message = f"the bare address {place.url} runs into the sentence: put a blank behind it"
            meant = place.url[: mark.start()]
            yield _Note(place.use.start, FindingKind.RUNS_ON, message, meant)


def _missing_files(places: Iterable[Place], exists: Callable[[str], bool]) -> Iterator[_Note]:
    for place in places:
        path = _FILE.match(place.url)
        if path is not None and not exists(unquote(path.group())):
            message = f"{place.url} leads to a file that is not there"
            yield _Note(place.use.start, FindingKind.MISSING_FILE, message)


def _same_address(places: Iterable[Place]) -> Iterator[_Note]:
    """Scheme, `www.` and a final slash make no other address here; images do not count."""
    groups: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        begin = _SAME_ADDRESS.match(place.url)
        if begin is not None and place.kind is not Kind.IMAGE and place.text:
            groups[place.url[begin.end() :].rstrip("/")].append(place)
    for group in groups.values():
        first = group[0]
        for place in group[1:]:
            if place.line == first.line:
                continue
            yield _second(first, place)


def _second(first: Place, place: Place) -> _Note:
    if place.title.casefold() == first.title.casefold():
        message = f"{place.url} stands on line {first.line} already"
        return _Note(place.use.start, FindingKind.DUPLICATE, message)
    message = f"{place.url} is {place.title!r} here and {first.title!r} on line {first.line}"
    return _Note(place.use.start, FindingKind.TWO_NAMES, message)


def _damaged(document: Document) -> Iterator[_Note]:
    text = document.markup.clean.decode()
    reached = offset = 0
    for damage in damages(text):
        offset += len(text[reached : damage.start].encode())
        reached = damage.start
        message = f"{damage.text!r} was {damage.meant!r}: UTF-8 read as a Windows code page"
        yield _Note(offset, FindingKind.DAMAGED_TEXT, message, damage.meant)


def _swallowed(document: Document) -> Iterator[_Note]:
    hidden = zones(comment.span for comment in comments(document.markup))
    for block in document.markup.html:
        for link in _LINK_IN_HTML.finditer(document.raw, *block.span):
            if hidden.around(link.start()) is None:
                message = "a link inside raw HTML is plain text: put a blank line before it"
                yield _Note(link.start(), FindingKind.SWALLOWED, message)


def _unclosed(document: Document) -> Iterator[_Note]:
    for block in document.markup.code:
        text = document.raw[block.span.start : block.span.end].rstrip()
        fence = _FENCE.match(text) if block.is_fenced else None
        if fence is None or block.span.end < len(document.raw.rstrip()):
            continue
        last = text.splitlines()[-1].strip(b" \t>") if b"\n" in text or b"\r" in text else b""
        if not (last.startswith(fence.group(1)) and not last.strip(fence.group(1)[:1])):
            message = "a fence is never closed: all that follows is code"
            yield _Note(block.span.start, FindingKind.UNCLOSED_FENCE, message)


def _references(document: Document) -> Iterator[_Note]:
    for label, span in undefined_references(document.markup):
        if not label.startswith("^") and not _is_in_part(document, span):
            message = f"[{label}] is defined nowhere: it shows as plain text"
            yield _Note(span.start, FindingKind.UNDEFINED_REFERENCE, message)
    for definition in document.definitions:
        # `[//]: # (text)` is how comments are written
        is_comment = definition.label in _COMMENT_LABELS or definition.url == "#"
        if not definition.is_used and not is_comment:
            message = f"[{definition.label}] is defined and never used"
            yield _Note(definition.span.start, FindingKind.UNUSED_REFERENCE, message)


def _is_in_part(document: Document, span: Span) -> bool:
    return any(part.inside.start <= span.start < part.inside.end for part in document.parts)


def _too_large(document: Document) -> Iterator[_Note]:
    size = len(document.raw)
    if size > GITHUB_SHOWS:
        message = f"the list has {size // 1024} KB: GitHub shows the first 512 and cuts the rest"
        yield _Note(GITHUB_SHOWS, FindingKind.TOO_LARGE, message)
