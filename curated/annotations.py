"""The list as people wrote it: without flags, without the marks of dead links."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import Flag
from staycurrent.curated.marks import Mark, Treatment
from staycurrent.curated.markup import InlineKind
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.proof import UnsafeRewrite, flags_outside_parts, insides, prove_same_links
from staycurrent.curated.spans import Span, SpanSet, Splice, apply_splices, merge_spans


def strip_annotations(document: Document) -> Document:
    """Take out flags and marks of ours; raises UnsafeRewrite where that would change a link.

    What stands inside a generated part belongs to it, and stays.
    """
    spans = annotation_spans(document)
    if not spans:
        return document
    bare = parse(apply_splices(document.raw, (Splice(span, b"") for span in spans)))
    prove_same_links(document, bare)
    return bare


def annotation_spans(document: Document) -> tuple[Span, ...]:
    """Flags and marks outside of generated parts, in order."""
    spans = {found.span for found in flags_outside_parts(document)}
    spans |= {span for mark in _marks_outside_parts(document) for span in mark.spans}
    return tuple(sorted(spans))


def current_snapshots(document: Document) -> Mapping[int, str]:
    """What leads links to snapshots already, by index of place."""
    marks = (mark for mark in document.marks if mark.treatment is Treatment.SNAPSHOT)
    before = {mark.offset: document.raw[slice(*mark.spans[0])].decode() for mark in marks}
    places = enumerate(document.occurrences)
    return {i: before[p.link_span.start] for i, p in places if p.link_span.start in before}


def struck_spans(document: Document) -> SpanSet:
    """What is struck out in a list without marks of ours."""
    pieces = (piece for run in document.markup.runs for piece in run.nodes)
    return merge_spans(
        Span(piece.start, piece.end)
        for piece in pieces
        if piece.kind is InlineKind.STYLE and document.raw[piece.start : piece.start + 1] == b"~"
    )


def _marks_outside_parts(document: Document) -> list[Mark]:
    inside = insides(document)
    return [mark for mark in document.marks if inside.enclosing(mark.offset) is None]


FlagPlace = Literal["link", "end"]
"""Behind the link, or at the end of its entry."""


def match_flags(document: Document, *spots: FlagPlace) -> Mapping[int, frozenset[Flag]]:
    """The flags of each place that carries any, by its index in `document.places`.

    Links that share a spot share its flags, as they do when flags are written. Offsets are
    compared in the list as people wrote it, where they are what they were when the flags were set.
    Empty where taking the flags out would change which links there are.
    """
    flags = {found.span: found.flag for found in flags_outside_parts(document)}
    if not flags:
        return {}
    try:
        bare = strip_annotations(document)
    except UnsafeRewrite:
        return {}
    by_offset: defaultdict[int, set[Flag]] = defaultdict(set)
    removed = 0
    for span in annotation_spans(document):
        if span in flags:
            by_offset[span.start - removed].add(flags[span])
        removed += span.end - span.start
    carried = (
        (index, _at(place, spots, by_offset)) for index, place in enumerate(bare.occurrences)
    )
    return {index: flags for index, flags in carried if flags}


def _at(
    place: Occurrence, spots: Sequence[FlagPlace], by_offset: Mapping[int, set[Flag]]
) -> frozenset[Flag]:
    offsets = (place.flag_offset if spot == "link" else place.entry_flag_offset for spot in spots)
    return frozenset(flag for at in offsets if at is not None for flag in by_offset.get(at, ()))
