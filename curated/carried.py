"""Which flags of ours the places of a list carry already."""

from collections.abc import Mapping

from curated.document import Document, parse
from curated.flags import FlagState, without
from curated.proof import flags_outside_parts


def carried(document: Document) -> Mapping[int, frozenset[FlagState]]:
    """By index in `document.places`, the states flagged behind the link or its entry.

    Links that share a spot share its flags, as they do when flags are written.
    """
    old = flags_outside_parts(document)
    if not old:
        return {}
    spots: dict[int, set[FlagState]] = {}
    gone = 0
    for found in old:
        spots.setdefault(found.span.start - gone, set()).add(found.flag.state)
        gone += found.span.end - found.span.start
    bare = parse(without(document.raw, old))  # where flags stand is defined without any
    nothing: set[FlagState] = set()
    return {
        index: frozenset(spots.get(place.after, nothing) | spots.get(place.end_of_entry, nothing))
        for index, place in enumerate(bare.places)
        if place.after is not None and place.end_of_entry is not None
    }
