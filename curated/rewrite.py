"""New bytes for a list: flags and generated parts set, everything else proved untouched."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

from curated.document import Document, parse
from curated.flags import Flag, FlagState, Style, without, written
from curated.parts import all_parts, replacement
from curated.place import Place
from curated.proof import UnsafeRewrite, flags_outside_parts, prove, prove_same_links
from curated.spans import Span, Splice, spliced

__all__ = ["UnsafeRewrite", "rewrite"]

_PATIENCE: Final = 200
"""Attempts to find the flags that a list cannot bear; each reads the list once."""


class _Spot(NamedTuple):
    """Where a flag is to stand."""

    offset: int
    flag: Flag


def rewrite(
    document: Document,
    *,
    flags: Mapping[int, Flag],
    style: Style,
    parts: Mapping[str, str],
) -> bytes:
    r"""The list with exactly these flags and these generated parts.

    `flags` is keyed by index in `document.places`; `parts` is the new inner text by name, with
    `\n` as line end. Flags that stand already and are not wanted go. A flag is left out where
    its place cannot carry one, or where it would change what the markup around it means. Raises
    BadMarkers where markers are in disorder or a part is missing, and UnsafeRewrite where the
    proof fails without any flag: nothing but flags and parts may differ.
    """
    all_parts(document.markers)
    bare = _without_flags(document)
    wanted = _wanted(bare.places, flags, style)
    edits = tuple(_replacement(bare, name, body) for name, body in parts.items())
    draft = _Draft(bare, edits, style)
    if draft.is_safe(wanted):
        return draft.bytes(wanted)
    draft.prove(())
    return draft.bytes(tuple(_bearable(draft, wanted, count())))


class _Draft(NamedTuple):
    """A list without flags, and what is to be written into it."""

    bare: Document
    parts: tuple[Splice, ...]
    style: Style

    def bytes(self, wanted: Sequence[_Spot]) -> bytes:
        flags = (Splice(Span(at, at), written(flag, self.style)) for at, flag in wanted)
        return spliced(self.bare.raw, (*flags, *self.parts))

    def prove(self, wanted: Sequence[_Spot]) -> None:
        prove(self.bare, parse(self.bytes(wanted)), [spot.flag for spot in wanted])

    def is_safe(self, wanted: Sequence[_Spot]) -> bool:
        try:
            self.prove(wanted)
        except UnsafeRewrite:
            return False
        return True


def _bearable(draft: _Draft, wanted: Sequence[_Spot], attempts: Iterator[int]) -> Iterator[_Spot]:
    """The flags that change nothing, found by halves; raises UnsafeRewrite when that takes long."""
    if next(attempts) > _PATIENCE:
        draft.prove(wanted)
    if draft.is_safe(wanted):
        yield from wanted
    elif len(wanted) > 1:
        half = len(wanted) // 2
        yield from _bearable(draft, wanted[:half], attempts)
        yield from _bearable(draft, wanted[half:], attempts)


def _without_flags(document: Document) -> Document:
    old = flags_outside_parts(document)
    if not old:
        return document
    bare = parse(without(document.raw, old))
    prove_same_links(document, bare)
    return bare


def _wanted(places: Sequence[Place], flags: Mapping[int, Flag], style: Style) -> tuple[_Spot, ...]:
    """Where which flag goes, in order; links that share a spot share a flag of one state."""
    spots: dict[tuple[int, FlagState], Flag] = {}
    for index in sorted(flags):
        place, flag = places[index], flags[index]
        at = place.after if style.place == "link" else place.end_of_entry
        if at is None or not place.can_carry_flag:
            continue
        before = spots.get((at, flag.state), flag)
        spots[at, flag.state] = min(before, flag, key=lambda each: each.since)
    found = (_Spot(at, flag) for (at, _state), flag in spots.items())
    return tuple(sorted(found, key=lambda spot: spot.offset))


def _replacement(document: Document, name: str, body: str) -> Splice:
    where = document.part(name)
    line_end = document.lines.end_of_line(where.inside.start - 1) or document.newline
    return replacement(document.raw, where, body, line_end)
