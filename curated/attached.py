"""Which place each flag of ours is attached to, wherever it was set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from staycurrent.curated.document import Document
from staycurrent.curated.flags import Flag
from staycurrent.curated.original import original, ours
from staycurrent.curated.place import Place
from staycurrent.curated.proof import UnsafeRewrite, flags_outside_parts

Spot = Literal["link", "end"]
"""Behind the link, or at the end of its entry."""


def attached(document: Document, *spots: Spot) -> Mapping[int, frozenset[Flag]]:
    """The flags of each place that carries any, by its index in `document.places`.

    Links that share a spot share its flags, as they do when flags are written. Offsets are
    compared in the list as people wrote it, where they are what they were when the flags were set.
    Empty where taking the flags out would change which links there are.
    """
    flags = {found.span: found.flag for found in flags_outside_parts(document)}
    if not flags:
        return {}
    try:
        bare = original(document)
    except UnsafeRewrite:
        return {}
    by_offset: defaultdict[int, set[Flag]] = defaultdict(set)
    removed = 0
    for span in ours(document):
        if span in flags:
            by_offset[span.start - removed].add(flags[span])
        removed += span.end - span.start
    carried = ((index, _at(place, spots, by_offset)) for index, place in enumerate(bare.places))
    return {index: flags for index, flags in carried if flags}


def _at(place: Place, spots: Sequence[Spot], by_offset: Mapping[int, set[Flag]]) -> frozenset[Flag]:
    offsets = (place.after if spot == "link" else place.end_of_entry for spot in spots)
    return frozenset(flag for at in offsets if at is not None for flag in by_offset.get(at, ()))
