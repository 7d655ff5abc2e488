"""What is wrong with a list as a document, before any link is looked at."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from itertools import chain
from re import compile as pattern
from typing import Final
from urllib.parse import unquote

from staycurrent.curated.document import Document
from staycurrent.curated.finding import Files, Finding, FindingKind, Note
from staycurrent.curated.lost import lost_links
from staycurrent.curated.mojibake import damages
from staycurrent.curated.place import Kind, Place
from staycurrent.curated.spans import Span, zones
from staycurrent.curated.untidy import untidy
from staycurrent.web.address import Fault, Unusable, parse

__all__ = ["Files", "Finding", "FindingKind", "findings"]

GITHUB_SHOWS: Final = 512 * 1024
"""Bytes of a file that GitHub renders; the rest is cut off."""

_ALWAYS_THERE = ("", "top")
_SAME_ADDRESS = pattern(r"(?i)https?://(?:www\.)?")
_FILE = pattern(r"(?![A-Za-z][A-Za-z0-9+.-]*:|//|#)[^?#]+")
_SENTENCE_MARK = pattern("[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\u2018-\u201f]")


def findings(
    document: Document, files: Files | None = None, *, night: date = date.min
) -> tuple[Finding, ...]:
    """All that is wrong with a list, in its order; its generated parts are not looked at.

    Nor are links that a comment keeps or ignores on that `night`. Without `files` relative links
    are not judged.
    """
    written = [
        place for place in document.places if place.in_part is None and place.command(night) is None
    ]
    notes = chain(
        _broken_anchors(document, written),
        _malformed(written),
        _running_on(written),
        _elsewhere(written, files) if files else (),
        _same_address(written),
        _damaged(document),
        lost_links(document),
        untidy(document, written),
        _too_large(document),
    )
    ordered = sorted(notes, key=lambda note: note.offset)
    positions = document.lines.positions(note.offset for note in ordered)
    return tuple(
        Finding(note.kind, *positions[note.offset], note.message, note.suggestion)
        for note in ordered
    )


def _broken_anchors(document: Document, places: Iterable[Place]) -> Iterator[Note]:
    slugs = [heading.slug for heading in document.headings]
    loose = _loose(document.targets)
    for place in places:
        anchor = _anchor(place.url)
        if place.url.startswith("#") and not _leads(anchor, loose):
            near = get_close_matches(anchor, slugs, n=1)
            message = f"{place.url} leads to no heading and no id of this list"
            suggestion = f"#{near[0]}" if near else None
            yield Note(place.use.start, FindingKind.BROKEN_ANCHOR, message, suggestion)


def _anchor(url: str) -> str:
    """The fragment as it is compared; empty where there is none."""
    return unquote(url.partition("#")[2]).lower().removeprefix("user-content-")


def _loose(targets: Collection[str]) -> frozenset[str]:
    return frozenset(target.strip("-") for target in targets)


def _leads(anchor: str, loose: Collection[str]) -> bool:
    """A dash at an edge depends on badges and emoji beside the heading: never called broken."""
    return anchor in _ALWAYS_THERE or anchor.strip("-") in loose


def _malformed(places: Iterable[Place]) -> Iterator[Note]:
    for place in places:
        if not place.url.strip():
            message = f"the link {place.title!r} leads nowhere: its address is empty"
            yield Note(place.use.start, FindingKind.EMPTY, message)
            continue
        read = parse(place.url)
        if isinstance(read, Unusable) and read.fault is Fault.MALFORMED:
            message = f"{place.url} is no address: {read.why}"
            yield Note(place.use.start, FindingKind.MALFORMED, message, read.likely)


def _running_on(places: Iterable[Place]) -> Iterator[Note]:
    for place in places:
        mark = _SENTENCE_MARK.search(place.url) if place.kind is Kind.BARE else None
        if mark is not None:
            message = f"the bare address {place.url} runs into the sentence: put a blank behind it"
            meant = place.url[: mark.start()]
            yield Note(place.use.start, FindingKind.RUNS_ON, message, meant)


def _elsewhere(places: Iterable[Place], files: Files) -> Iterator[Note]:
    """Relative links to files that are not there, or to headings that those files lack."""
    for place in places:
        found = _FILE.match(place.url)
        if found is None or not found.group().strip() or _is_malformed(place.url):
            continue
        path = unquote(found.group())
        if not files.exists(path):
            message = f"{place.url} leads to a file that is not there"
            yield Note(place.use.start, FindingKind.MISSING_FILE, message)
            continue
        anchor = _anchor(place.url)
        targets = files.targets(path) if anchor else None
        if targets is not None and not _leads(anchor, _loose(targets)):
            near = get_close_matches(anchor, sorted(targets), n=1)
            message = f"{place.url} leads to no heading and no id of {path}"
            suggestion = f"{found.group()}#{near[0]}" if near else None
            yield Note(place.use.start, FindingKind.BROKEN_ANCHOR, message, suggestion)


def _is_malformed(url: str) -> bool:
    read = parse(url)
    return isinstance(read, Unusable) and read.fault is Fault.MALFORMED


def _same_address(places: Iterable[Place]) -> Iterator[Note]:
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


def _second(first: Place, place: Place) -> Note:
    if place.title.casefold() == first.title.casefold():
        message = f"{place.url} stands on line {first.line} already"
        return Note(place.use.start, FindingKind.DUPLICATE, message)
    message = f"{place.url} is {place.title!r} here and {first.title!r} on line {first.line}"
    return Note(place.use.start, FindingKind.TWO_NAMES, message)


def _damaged(document: Document) -> Iterator[Note]:
    inside = zones(Span(part.inside.start - 1, part.inside.end) for part in document.parts)
    text = document.markup.clean.decode()
    reached = offset = 0
    for damage in damages(text):
        offset += len(text[reached : damage.start].encode())
        reached = damage.start
        if inside.around(offset) is not None:
            continue
        message = f"{damage.text!r} was {damage.meant!r}: UTF-8 read as a Windows code page"
        yield Note(offset, FindingKind.DAMAGED_TEXT, message, damage.meant)


def _too_large(document: Document) -> Iterator[Note]:
    size = len(document.raw)
    if size > GITHUB_SHOWS:
        message = f"the list has {size // 1024} KB: GitHub shows the first 512 and cuts the rest"
        yield Note(GITHUB_SHOWS, FindingKind.TOO_LARGE, message)
