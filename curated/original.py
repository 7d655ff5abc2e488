"""The list as people wrote it: without flags, without the marks of dead links."""

from collections.abc import Mapping

from staycurrent.curated.document import Document, parse
from staycurrent.curated.marks import Mark, Treatment
from staycurrent.curated.markup import Inline
from staycurrent.curated.proof import flags_outside_parts, insides, prove_same_links
from staycurrent.curated.spans import Span, Splice, Zones, spliced, zones


def original(document: Document) -> Document:
    """Take out flags and marks of ours; raises UnsafeRewrite where that would change a link.

    What stands inside a generated part belongs to it, and stays.
    """
    spans = ours(document)
    if not spans:
        return document
    bare = parse(spliced(document.raw, (Splice(span, b"") for span in spans)))
    prove_same_links(document, bare)
    return bare


def ours(document: Document) -> tuple[Span, ...]:
    """Flags and marks outside of generated parts, in order."""
    spans = {found.span for found in flags_outside_parts(document)}
    spans |= {span for mark in _marks_outside_parts(document) for span in mark.spans}
    return tuple(sorted(spans))


def standing_snapshots(document: Document) -> Mapping[int, str]:
    """What leads links to snapshots already, by index of place."""
    marks = (mark for mark in document.marks if mark.treatment is Treatment.SNAPSHOT)
    before = {mark.at: document.raw[slice(*mark.spans[0])].decode() for mark in marks}
    places = enumerate(document.places)
    return {i: before[p.use.start] for i, p in places if p.use.start in before}


def struck_by_hand(document: Document) -> Zones:
    """What is struck out in a list without marks of ours."""
    pieces = (piece for run in document.markup.runs for piece in run.pieces)
    return zones(
        Span(piece.start, piece.end)
        for piece in pieces
        if piece.kind is Inline.STYLE and document.raw[piece.start : piece.start + 1] == b"~"
    )


def _marks_outside_parts(document: Document) -> list[Mark]:
    inside = insides(document)
    return [mark for mark in document.marks if inside.around(mark.at) is None]
