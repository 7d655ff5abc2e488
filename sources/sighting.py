"""Tonight's things, each once: a paper and its repository are one, whichever feed showed which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staycurrent.sources import arxiv_new, arxiv_rss
from staycurrent.sources.item import Item, Pull, SourceState

_BELIEVED = (SourceState.OK, SourceState.FALLBACK)
_UNRANKED = frozenset([arxiv_new.NAME, arxiv_rss.NAME])
"""Adapters whose order means nothing: their rows support others and propose nothing."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing of tonight."""

    item: Item
    source: str
    others: tuple[str, ...]
    """Further feeds that show it or its repository."""
    place: float
    """1 for the head of its feed, towards 0 for the tail."""

    @property
    def names(self) -> frozenset[str]:
        """Identities that it goes by."""
        return names(self.item)


def names(item: Item) -> frozenset[str]:
    """Identities of a thing: its own, and its repository's."""
    return frozenset([item.identity, item.repository or item.identity])


def believed(pulls: Sequence[Pull]) -> tuple[Pull, ...]:
    """The feeds that brought something tonight."""
    return tuple(pull for pull in pulls if pull.state in _BELIEVED)


def ranked(pulls: Sequence[Pull]) -> tuple[Pull, ...]:
    """Of those, the ones whose order means something."""
    return tuple(pull for pull in believed(pulls) if pull.used not in _UNRANKED)


def sightings(pulls: Sequence[Pull]) -> tuple[Sighting, ...]:
    """Tonight's things, each once: the paper stands for its repository.

    A list of papers and repositories wants both, but the paper says what the code is for, and
    leads to it; the other way round is a search.
    """
    shown = believed(pulls)
    feeds: dict[str, set[str]] = {}
    for pull in shown:
        for item in pull.items:
            for name in names(item):
                feeds.setdefault(name, set()).add(pull.source)
    papers_code = {item.repository for pull in shown for item in pull.items if item.repository}
    found: dict[str, Sighting] = {}
    for pull in ranked(pulls):
        for item in pull.items:
            if item.identity not in papers_code:
                found.setdefault(item.identity, _sighting(item, pull, feeds))
    return tuple(found.values())


def _sighting(item: Item, pull: Pull, feeds: Mapping[str, set[str]]) -> Sighting:
    showing = {feed for name in names(item) for feed in feeds.get(name, ())}
    place = 1.0 - (item.rank - 1) / max(len(pull.items), item.rank, 1)
    return Sighting(item, pull.source, tuple(sorted(showing - {pull.source})), place)
