"""Which of many edits a list can bear: those that change nothing but what they say."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, NamedTuple, TypeVar

from staycurrent.curated.annotations import current_snapshots, strip_annotations, struck_spans
from staycurrent.curated.document import Document, parse, parse_cached
from staycurrent.curated.escaping import encode_destination
from staycurrent.curated.flags import Flag, FlagState, FlagStyle, format_flag
from staycurrent.curated.generated_section import checked_sections, replace_section
from staycurrent.curated.marks import (
    Treatment,
    can_apply,
    link_to_snapshot,
    replay_prefix,
    snapshot_comment,
    strike_out,
)
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.proof import UnsafeRewrite, prove_new_urls, prove_rewrite
from staycurrent.curated.spans import Span, Splice, apply_splices

_PATIENCE: Final = 200
"""Attempts to find the edits that a list cannot bear; each reads the list once."""

Edit = TypeVar("Edit")


class TooManyUnsafeEdits(Exception):
    """Too many edits cannot be borne to find out which."""


def bisect_safe_edits(
    wanted: Sequence[Edit], is_safe: Callable[[Sequence[Edit]], bool]
) -> list[Edit]:
    """The edits that change nothing else, found by halves; raises Unbearable after long search."""
    return list(_by_halves(wanted, is_safe, count()))


def _by_halves(
    wanted: Sequence[Edit], is_safe: Callable[[Sequence[Edit]], bool], attempts: Iterator[int]
) -> Iterator[Edit]:
    if next(attempts) > _PATIENCE:
        raise TooManyUnsafeEdits
    if is_safe(wanted):
        yield from wanted
    elif len(wanted) > 1:
        half = len(wanted) // 2
        yield from _by_halves(wanted[:half], is_safe, attempts)
        yield from _by_halves(wanted[half:], is_safe, attempts)


@dataclass(frozen=True, slots=True)
class _NewUrl:
    """A new address, at the one span where its links have it."""

    splice: Splice
    url: str
    places: tuple[int, ...]
    """All that have their address there: several by one definition."""


def replace_urls(
    document: Document, addresses: Mapping[int, str]
) -> tuple[Document, frozenset[int]]:
    """The list with new addresses, by index of place; and those that could be written safely.

    A place keeps its address where its bytes are not proved to be one, where it shares them with
    a place that is to keep it, in a generated part, and where the new one would change what the
    markup around it means. The places stay in order, whatever is written. Raises UnsafeRewrite
    where too many would.
    """
    wanted = list(_new_urls(document, addresses))
    if not wanted:
        return document, frozenset()

    def draft(changes: Sequence[_NewUrl]) -> Document:
        return parse(apply_splices(document.raw, (change.splice for change in changes)))

    def is_safe(changes: Sequence[_NewUrl]) -> bool:
        urls = {index: change.url for change in changes for index in change.places}
        try:
            prove_new_urls(document, draft(changes), urls)
        except UnsafeRewrite:
            return False
        return True

    try:
        borne = bisect_safe_edits(wanted, is_safe)
    except TooManyUnsafeEdits:
        borne = []
    return draft(borne), frozenset(index for change in borne for index in change.places)


def occurrences_by_destination(
    document: Document, addresses: Mapping[int, str]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The first place at each address that all places there want changed alike, and all places.

    Links by reference share the address of their definition.
    """
    sharing: defaultdict[Span, list[int]] = defaultdict(list)
    for index, place in enumerate(document.occurrences):
        sharing[place.destination].append(index)
    for places in sharing.values():
        urls = {addresses.get(index) for index in places}
        if len(urls) == 1 and None not in urls and all(_is_open(document, one) for one in places):
            yield places[0], tuple(places)


def _new_urls(document: Document, addresses: Mapping[int, str]) -> Iterator[_NewUrl]:
    for index, places in occurrences_by_destination(document, addresses):
        place, url = document.occurrences[index], addresses[index]
        text = encode_destination(document.raw, place, url)
        if text is not None:
            yield _NewUrl(Splice(place.destination, text), url, places)


def _is_open(document: Document, index: int) -> bool:
    place = document.occurrences[index]
    return (
        place.verified
        and place.generated_section is None
        and not document.is_generated(place.destination.start)
    )


@dataclass(frozen=True, slots=True)
class LinkEdits:
    """What is to be done to links beside flagging them, by index in `document.places`."""

    struck: frozenset[int] = frozenset()
    """Struck out; the strike goes when it is wanted no more."""
    snapshots: Mapping[int, str] = field(default_factory=dict)
    """Led to these snapshots; what leads there goes when it is wanted no more."""
    urls: Mapping[int, str] = field(default_factory=dict)
    """New addresses for good, which then need no flag."""


class _Edit(NamedTuple):
    """What stands or falls together: a flag, or the marks of the links at one address."""

    behind: tuple[Splice, ...]
    """Behind links, in front of what begins there."""
    before: tuple[Splice, ...] = ()
    flag: Flag | None = None


def rewrite(
    document: Document,
    *,
    flags: Mapping[int, Flag],
    style: FlagStyle,
    sections: Mapping[str, str],
    edits: LinkEdits | None = None,
) -> bytes:
    r"""The list with exactly these flags, marks and generated parts, and with new addresses.

    `flags` is keyed by index in `document.places`; `parts` is the new inner text by name, with
    `\n` as line end. Flags and marks that stand already and are not wanted go. A flag, a mark or
    an address is left out where its place cannot carry it, or where it would change what the
    markup around it means; a link whose new address is left out keeps its flag. Raises
    BadMarkers where markers are in disorder or a part is missing, and UnsafeRewrite where the
    proof fails without any flag: nothing but what is named here may differ.
    """
    checked_sections(document.markers)
    wanted = edits or LinkEdits()
    bare, moved = replace_urls(strip_annotations(document), wanted.urls)
    left = {index: flag for index, flag in flags.items() if index not in moved}
    draft = _Draft(bare, tuple(_replacement(bare, name, body) for name, body in sections.items()))
    settings = _flags(bare.occurrences, left, style)
    marks = tuple(_marks(bare, _standing(document, wanted)))
    if draft.is_safe((*marks, *settings)):
        return draft.bytes((*marks, *settings))
    draft.prove(())
    return draft.bytes(draft.bearable(marks, settings))


class _Draft(NamedTuple):
    """A list without flags and marks, and what is to be written into it."""

    bare: Document
    parts: tuple[Splice, ...]

    def bytes(self, wanted: Sequence[_Edit]) -> bytes:
        behind = (splice for setting in wanted for splice in setting.behind)
        before = (splice for setting in wanted for splice in setting.before)
        return apply_splices(self.bare.raw, (*behind, *before, *self.parts))

    def prove(self, wanted: Sequence[_Edit]) -> None:
        flags = [setting.flag for setting in wanted if setting.flag is not None]
        prove_rewrite(self.bare, parse_cached(self.bytes(wanted)), flags)

    def is_safe(self, wanted: Sequence[_Edit]) -> bool:
        try:
            self.prove(wanted)
        except UnsafeRewrite:
            return False
        return True

    def bearable(self, marks: Sequence[_Edit], flags: Sequence[_Edit]) -> tuple[_Edit, ...]:
        """The flags that change nothing, then the marks that change nothing beside them."""
        try:
            borne = bisect_safe_edits(flags, self.is_safe)
            return (*bisect_safe_edits(marks, lambda some: self.is_safe((*some, *borne))), *borne)
        except TooManyUnsafeEdits:
            self.prove((*marks, *flags))
            raise


def _standing(document: Document, wanted: LinkEdits) -> LinkEdits:
    """With the snapshots that stand already: a later one is no reason to touch the list."""
    standing = current_snapshots(document)
    kept = {index: standing.get(index, url) for index, url in wanted.snapshots.items()}
    return replace(wanted, snapshots=kept)


def _flags(
    places: Sequence[Occurrence], flags: Mapping[int, Flag], style: FlagStyle
) -> tuple[_Edit, ...]:
    """Where which flag goes, in order; links that share a spot share a flag of one state."""
    spots: dict[tuple[int, FlagState], Flag] = {}
    for index in sorted(flags):
        place, flag = places[index], flags[index]
        at = place.flag_offset if style.place == "link" else place.entry_flag_offset
        if at is None or not place.can_carry_flag:
            continue
        before = spots.get((at, flag.state), flag)
        spots[at, flag.state] = min(before, flag, key=lambda each: each.since)
    found = sorted(spots.items(), key=lambda spot: spot[0][0])
    return tuple(
        _Edit((Splice(Span(at, at), format_flag(flag, style)),), flag=flag)
        for (at, _state), flag in found
    )


def _marks(document: Document, wanted: LinkEdits) -> Iterator[_Edit]:
    """The marks of dead links, in order; those at one address are led away together."""
    strikes = struck_spans(document)
    for index in sorted(wanted.struck):
        place = document.occurrences[index]
        if _can_be(Treatment.STRUCK, document, place) and not strikes.enclosing(
            place.link_span.start
        ):
            opening, closing = strike_out(place)
            yield _Edit((closing,), (opening,))
    leading = {one for one in document.occurrences if _can_be(Treatment.SNAPSHOT, document, one)}
    crowds = Counter(place.flag_offset for place in leading)
    for index, sharing in occurrences_by_destination(document, wanted.snapshots):
        places = [document.occurrences[each] for each in sharing]
        snapshot = wanted.snapshots[index]
        # in an anchor around links nobody could tell of which link the sign speaks
        is_open = all(one in leading and crowds[one.flag_offset] == 1 for one in places)
        if is_open and replay_prefix(snapshot):
            behind = tuple(snapshot_comment(place) for place in places)
            yield _Edit(behind, (link_to_snapshot(places[0], snapshot),))


def _can_be(treatment: Treatment, document: Document, place: Occurrence) -> bool:
    is_free = place.verified and place.can_carry_flag
    return is_free and can_apply(treatment, document.raw, place.kind, place.link_span)


def _replacement(document: Document, name: str, body: str) -> Splice:
    where = document.generated_section(name)
    line_end = document.lines.end_of_line(where.content.start - 1) or document.newline
    return replace_section(document.raw, where, body, line_end)
