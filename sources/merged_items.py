"""Tonight's things, each once: a paper and its repository are one, whichever feed showed which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staycurrent.sources.adapters import arxiv
from staycurrent.sources.item import Item, PullResult, SourceState

_BELIEVED = (SourceState.OK, SourceState.FALLBACK)
_UNRANKED = frozenset([arxiv.LISTING_NAME, arxiv.RSS_NAME])
"""Adapters whose order means nothing: their rows support others and propose nothing."""


@dataclass(frozen=True, slots=True)
class MergedItem:
    """One thing of tonight."""

    item: Item
    source: str
    other_sources: tuple[str, ...]
    """Further feeds that show it or its repository."""
    position: float
    """1 for the head of its feed, towards 0 for the tail."""

    @property
    def identities(self) -> frozenset[str]:
        """Identities that it goes by."""
        return identities(self.item)


def identities(item: Item) -> frozenset[str]:
    """Identities of a thing: its own, and its repository's."""
    return frozenset([item.identity, item.repository or item.identity])


def successful_pulls(pulls: Sequence[PullResult]) -> tuple[PullResult, ...]:
    """The feeds that brought something tonight."""
    return tuple(pull for pull in pulls if pull.state in _BELIEVED)


def ranked_pulls(pulls: Sequence[PullResult]) -> tuple[PullResult, ...]:
    """Of those, the ones whose order means something."""
    return tuple(pull for pull in successful_pulls(pulls) if pull.used not in _UNRANKED)


def merge_items(pulls: Sequence[PullResult]) -> tuple[MergedItem, ...]:
    """Tonight's things, each once: the paper stands for its repository.

    A list of papers and repositories wants both, but the paper says what the code is for, and
    leads to it; the other way round is a search.
    """
    shown = successful_pulls(pulls)
    feeds: dict[str, set[str]] = {}
    for pull in shown:
        for item in pull.items:
            for name in identities(item):
                feeds.setdefault(name, set()).add(pull.source)
    papers_code = {item.repository for pull in shown for item in pull.items if item.repository}
    found: dict[str, MergedItem] = {}
    for pull in ranked_pulls(pulls):
        for item in pull.items:
            if item.identity not in papers_code:
                found.setdefault(item.identity, _sighting(item, pull, feeds))
    return tuple(found.values())


def _sighting(item: Item, pull: PullResult, feeds: Mapping[str, set[str]]) -> MergedItem:
    showing = {feed for name in identities(item) for feed in feeds.get(name, ())}
    place = 1.0 - (item.rank - 1) / max(len(pull.items), item.rank, 1)
    return MergedItem(item, pull.source, tuple(sorted(showing - {pull.source})), place)
