"""Which place each flag of ours is attached to, wherever it was set."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from curated.document import Document
from curated.flags import Flag
from curated.original import original, ours
from curated.proof import UnsafeRewrite, flags_outside_parts


def attached(document: Document, spot: Literal["link", "end"]) -> Mapping[int, frozenset[Flag]]:
    """The flags of each place that carries any, by its index in `document.places`.

    Offsets are compared in the list as people wrote it, where they are what they were when the
    flags were set. Empty where taking the flags out would change which links there are.
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
    spots = ((place.after if spot == "link" else place.end_of_entry) for place in bare.places)
    return {
        index: frozenset(by_offset[at])
        for index, at in enumerate(spots)
        if at is not None and at in by_offset
    }
