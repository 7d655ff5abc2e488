"""New bytes for a list: flags, marks, addresses and generated parts set, all else untouched."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from staycurrent.curated.bearable import Unbearable, bearable
from staycurrent.curated.document import Document, parsed
from staycurrent.curated.flags import Flag, FlagState, Style, written
from staycurrent.curated.marks import Treatment, can_be, replay, sign, struck, to_snapshot
from staycurrent.curated.original import original, standing_snapshots, struck_by_hand
from staycurrent.curated.parts import all_parts, replacement
from staycurrent.curated.place import Place
from staycurrent.curated.proof import UnsafeRewrite, prove
from staycurrent.curated.readdress import by_address, readdressed
from staycurrent.curated.spans import Span, Splice, spliced

__all__ = ["Edits", "UnsafeRewrite", "rewrite"]


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be done to links beside flagging them, by index in `document.places`."""

    struck: frozenset[int] = frozenset()
    """Struck out; the strike goes when it is wanted no more."""
    snapshots: Mapping[int, str] = field(default_factory=dict)
    """Led to these snapshots; what leads there goes when it is wanted no more."""
    addresses: Mapping[int, str] = field(default_factory=dict)
    """New addresses for good, which then need no flag."""


class _Setting(NamedTuple):
    """What stands or falls together: a flag, or the marks of the links at one address."""

    behind: tuple[Splice, ...]
    """Behind links, in front of what begins there."""
    before: tuple[Splice, ...] = ()
    flag: Flag | None = None


def rewrite(
    document: Document,
    *,
    flags: Mapping[int, Flag],
    style: Style,
    parts: Mapping[str, str],
    edits: Edits | None = None,
) -> bytes:
    r"""The list with exactly these flags, marks and generated parts, and with new addresses.

    `flags` is keyed by index in `document.places`; `parts` is the new inner text by name, with
    `\n` as line end. Flags and marks that stand already and are not wanted go. A flag, a mark or
    an address is left out where its place cannot carry it, or where it would change what the
    markup around it means; a link whose new address is left out keeps its flag. Raises
    BadMarkers where markers are in disorder or a part is missing, and UnsafeRewrite where the
    proof fails without any flag: nothing but what is named here may differ.
    """
    all_parts(document.markers)
    wanted = edits or Edits()
    bare, moved = readdressed(original(document), wanted.addresses)
    left = {index: flag for index, flag in flags.items() if index not in moved}
    draft = _Draft(bare, tuple(_replacement(bare, name, body) for name, body in parts.items()))
    settings = _flags(bare.places, left, style)
    marks = tuple(_marks(bare, _standing(document, wanted)))
    if draft.is_safe((*marks, *settings)):
        return draft.bytes((*marks, *settings))
    draft.prove(())
    return draft.bytes(draft.bearable(marks, settings))


class _Draft(NamedTuple):
    """A list without flags and marks, and what is to be written into it."""

    bare: Document
    parts: tuple[Splice, ...]

    def bytes(self, wanted: Sequence[_Setting]) -> bytes:
        behind = (splice for setting in wanted for splice in setting.behind)
        before = (splice for setting in wanted for splice in setting.before)
        return spliced(self.bare.raw, (*behind, *before, *self.parts))

    def prove(self, wanted: Sequence[_Setting]) -> None:
        flags = [setting.flag for setting in wanted if setting.flag is not None]
        prove(self.bare, parsed(self.bytes(wanted)), flags)

    def is_safe(self, wanted: Sequence[_Setting]) -> bool:
        try:
            self.prove(wanted)
        except UnsafeRewrite:
            return False
        return True

    def bearable(
        self, marks: Sequence[_Setting], flags: Sequence[_Setting]
    ) -> tuple[_Setting, ...]:
        """The flags that change nothing, then the marks that change nothing beside them."""
        try:
            borne = bearable(flags, self.is_safe)
            return (*bearable(marks, lambda some: self.is_safe((*some, *borne))), *borne)
        except Unbearable:
            self.prove((*marks, *flags))
            raise


def _standing(document: Document, wanted: Edits) -> Edits:
    """With the snapshots that stand already: a later one is no reason to touch the list."""
    standing = standing_snapshots(document)
    kept = {index: standing.get(index, url) for index, url in wanted.snapshots.items()}
    return replace(wanted, snapshots=kept)


def _flags(
    places: Sequence[Place], flags: Mapping[int, Flag], style: Style
) -> tuple[_Setting, ...]:
    """Where which flag goes, in order; links that share a spot share a flag of one state."""
    spots: dict[tuple[int, FlagState], Flag] = {}
    for index in sorted(flags):
        place, flag = places[index], flags[index]
        at = place.after if style.place == "link" else place.end_of_entry
        if at is None or not place.can_carry_flag:
            continue
        before = spots.get((at, flag.state), flag)
        spots[at, flag.state] = min(before, flag, key=lambda each: each.since)
    found = sorted(spots.items(), key=lambda spot: spot[0][0])
    return tuple(
        _Setting((Splice(Span(at, at), written(flag, style)),), flag=flag)
        for (at, _state), flag in found
    )


def _marks(document: Document, wanted: Edits) -> Iterator[_Setting]:
    """The marks of dead links, in order; those at one address are led away together."""
    strikes = struck_by_hand(document)
    for index in sorted(wanted.struck):
        place = document.places[index]
        if _can_be(Treatment.STRUCK, document, place) and not strikes.around(place.use.start):
            opening, closing = struck(place)
            yield _Setting((closing,), (opening,))
    leading = {one for one in document.places if _can_be(Treatment.SNAPSHOT, document, one)}
    crowds = Counter(place.after for place in leading)
    for index, sharing in by_address(document, wanted.snapshots):
        places = [document.places[each] for each in sharing]
        snapshot = wanted.snapshots[index]
        # in an anchor around links nobody could tell of which link the sign speaks
        is_open = all(one in leading and crowds[one.after] == 1 for one in places)
        if is_open and replay(snapshot):
            behind = tuple(sign(place) for place in places)
            yield _Setting(behind, (to_snapshot(places[0], snapshot),))


def _can_be(treatment: Treatment, document: Document, place: Place) -> bool:
    is_free = place.verified and place.can_carry_flag
    return is_free and can_be(treatment, document.raw, place.kind, place.use)


def _replacement(document: Document, name: str, body: str) -> Splice:
    where = document.part(name)
    line_end = document.lines.end_of_line(where.inside.start - 1) or document.newline
    return replacement(document.raw, where, body, line_end)
