"""The proof of a rewrite: nothing but flags and generated parts may differ."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from curated.document import Document
from curated.flags import Flag, FoundFlag
from curated.markup import Inline, Piece
from curated.parts import all_parts
from curated.spans import Span, Splice, Zones, spliced, zones

_SEEN = (Inline.CODE, Inline.HTML, Inline.LINK, Inline.IMAGE, Inline.STYLE)


class UnsafeRewrite(Exception):
    """A rewrite that would touch more than it may; nothing was written, the sentence says what."""


class Feature(NamedTuple):
    """Something that the parser sees in a list, and that must be the same afterwards."""

    what: str
    detail: str
    line: int


def prove(before: Document, after: Document, wanted: Sequence[Flag]) -> None:
    """Raise UnsafeRewrite unless `after` is `before` but for these flags and generated parts.

    Bytes, links, headings and the whole structure of inline markup are compared; `before` has no
    flags outside its parts.
    """
    if _blanked(before) != _blanked(after):
        raise UnsafeRewrite("the new list would differ from the old in more than flags and parts")
    for features in (_links, _headings, _blocks, _markup):
        mend = "put <!-- stay:keep --> there"
        _refuse_change(features(before), features(after), "the rewrite", mend)
    if [found.flag for found in flags_outside_parts(after)] != list(wanted):
        raise UnsafeRewrite("the flags cannot be read back from the new list as they were meant")


def prove_same_links(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless taking old flags out left every link what it was."""
    doing = "taking an old flag out"
    _refuse_change(_links(before), _links(after), doing, "put a blank behind the flag there")


def flags_outside_parts(document: Document) -> list[FoundFlag]:
    """What stands inside a generated part belongs to it, and goes with it."""
    inside = _insides(document)
    return [found for found in document.flags if inside.around(found.span.start) is None]


def _refuse_change(
    before: Iterator[Feature], after: Iterator[Feature], doing: str, mend: str
) -> None:
    """Raise UnsafeRewrite at the first feature that would not be what it was."""
    for old, new in zip_longest(before, after):
        if old is None or new is None or old[:2] != new[:2]:
            what, detail, line = old or new
            raise UnsafeRewrite(
                f"{doing} would change line {line} ({what} {detail}), so the list is left as it "
                f"is: {mend}, or mend the markup around it"
            )


def _insides(document: Document) -> Zones:
    # from the end of the marker's line on, so that what begins right behind it is inside
    return zones(Span(each.inside.start - 1, each.inside.end) for each in document.parts)


def _blanked(document: Document) -> bytes:
    """The bytes that are not ours: without flags, and with generated parts emptied."""
    ours = [found.span for found in flags_outside_parts(document)]
    ours += [each.inside for each in all_parts(document.markers)]
    return spliced(document.raw, (Splice(span, b"") for span in ours))


def _links(document: Document) -> Iterator[Feature]:
    for place in document.places:
        if place.in_part is None:
            yield Feature(f"link, {place.kind}", place.url, place.line)


def _headings(document: Document) -> Iterator[Feature]:
    inside = _insides(document)
    for heading in document.headings:
        if inside.around(heading.span.start) is None:
            yield Feature(f"heading of level {heading.level}", heading.text, heading.line)


def _blocks(document: Document) -> Iterator[Feature]:
    inside = _insides(document)
    blocks = [("raw HTML", block.span.start) for block in document.markup.html]
    blocks += [("code", block.span.start) for block in document.markup.code]
    for what, start in sorted(blocks, key=lambda block: block[1]):
        if inside.around(start) is None:
            yield Feature("block of", what, document.lines.number(start))


def _markup(document: Document) -> Iterator[Feature]:
    """Every stretch of inline content and what is in it, text aside."""
    inside = _insides(document)
    flags = zones(found.span for found in document.flags)
    for run in document.markup.runs:
        if inside.around(run.start) is not None:
            continue
        line = document.lines.number(run.start)
        yield Feature("text of", "a cell" if run.in_row else "a paragraph, item or heading", line)
        for piece in run.pieces:
            if piece.kind in _SEEN and flags.around(piece.start) is None:
                yield Feature(f"markup, {piece.kind}", _detail(piece), line)


def _detail(piece: Piece) -> str:
    return f"{piece.link_type} {piece.url}" if piece.link_type else piece.text
