"""New addresses for moved links: the bytes of the old one give way, and nothing else does."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from staycurrent.curated.bearable import Unbearable, bearable
from staycurrent.curated.document import Document, parse
from staycurrent.curated.proof import UnsafeRewrite, prove_readdressed
from staycurrent.curated.spans import Span, Splice, spliced
from staycurrent.curated.spelling import spelled


@dataclass(frozen=True, slots=True)
class _Change:
    """A new address, at the one span where its links have it."""

    splice: Splice
    url: str
    places: tuple[int, ...]
    """All that have their address there: several by one definition."""


def readdressed(
    document: Document, addresses: Mapping[int, str]
) -> tuple[Document, frozenset[int]]:
    """The list with new addresses, by index of place; and those that could be written safely.

    A place keeps its address where its bytes are not proved to be one, where it shares them with
    a place that is to keep it, in a generated part, and where the new one would change what the
    markup around it means. The places stay in order, whatever is written. Raises UnsafeRewrite
    where too many would.
    """
    wanted = list(_changes(document, addresses))
    if not wanted:
        return document, frozenset()

    def draft(changes: Sequence[_Change]) -> Document:
        return parse(spliced(document.raw, (change.splice for change in changes)))

    def is_safe(changes: Sequence[_Change]) -> bool:
        urls = {index: change.url for change in changes for index in change.places}
        try:
            prove_readdressed(document, draft(changes), urls)
        except UnsafeRewrite:
            return False
        return True

    try:
        borne = bearable(wanted, is_safe)
    except Unbearable:
        borne = []
    return draft(borne), frozenset(index for change in borne for index in change.places)


def by_address(
    document: Document, addresses: Mapping[int, str]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The first place at each address that all places there want changed alike, and all places.

    Links by reference share the address of their definition.
    """
    sharing: defaultdict[Span, list[int]] = defaultdict(list)
    for index, place in enumerate(document.places):
        sharing[place.span].append(index)
    for places in sharing.values():
        urls = {addresses.get(index) for index in places}
        if len(urls) == 1 and None not in urls and all(_is_open(document, one) for one in places):
            yield places[0], tuple(places)


def _changes(document: Document, addresses: Mapping[int, str]) -> Iterator[_Change]:
    for index, places in by_address(document, addresses):
        place, url = document.places[index], addresses[index]
        text = spelled(document.raw, place, url)
        if text is not None:
            yield _Change(Splice(place.span, text), url, places)


def _is_open(document: Document, index: int) -> bool:
    place = document.places[index]
    return place.verified and place.in_part is None and not document.is_generated(place.span.start)
