"""The items of all pulls, each once: a paper stands for its repository too."""

from collections.abc import Sequence
from dataclasses import dataclass

from staycurrent.sources.item import Item, PullResult, SourceState


@dataclass(frozen=True, slots=True)
class MergedItem:
    """An item with all the sources that show it."""

    item: Item
    source: str
    """The first source that shows it."""
    other_sources: tuple[str, ...]
    """Further sources that show it or its repository."""
    position: float
    """1 for the first item of its feed, towards 0 for the last."""


def identities(item: Item) -> frozenset[str]:
    """Return the identity of an item, and of its repository."""
    return frozenset([item.identity, item.repository or item.identity])


def successful_pulls(pulls: Sequence[PullResult]) -> tuple[PullResult, ...]:
    """Return the pulls that read something on this date."""
    return tuple(pull for pull in pulls if pull.state in (SourceState.OK, SourceState.FALLBACK))


def ranked_pulls(pulls: Sequence[PullResult]) -> tuple[PullResult, ...]:
    """Return the successful pulls whose order means something."""
    return tuple(pull for pull in successful_pulls(pulls) if pull.ranked)


def merge_items(pulls: Sequence[PullResult]) -> tuple[MergedItem, ...]:
    """Return the items of all ranked pulls; a repository is left out if its paper is among them.

    A paper says what its repository is for, and links to it. Unranked pulls only count as further
    sources of an item.
    """
    sources: dict[str, set[str]] = {}
    with_paper: set[str | None] = set()
    for pull in successful_pulls(pulls):
        for item in pull.items:
            with_paper.add(item.repository)
            for identity in identities(item):
                sources.setdefault(identity, set()).add(pull.source)
    merged: dict[str, MergedItem] = {}
    for pull in ranked_pulls(pulls):
        for item in pull.items:
            if item.identity in with_paper or item.identity in merged:
                continue
            shown_by = frozenset().union(*(sources[identity] for identity in identities(item)))
            others = tuple(sorted(shown_by - {pull.source}))
            position = 1.0 - (item.rank - 1) / max(len(pull.items), item.rank, 1)
            merged[item.identity] = MergedItem(item, pull.source, others, position)
    return tuple(merged.values())
