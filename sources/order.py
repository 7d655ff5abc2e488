"""The order of a feed's rows: each thing once, ranked from 1."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from staycurrent.sources.item import Item


def merged(pages: Iterable[Sequence[Item]]) -> tuple[Item, ...]:
    """Join pages in their order; a thing stays where it was seen first."""
    things: dict[str, Item] = {}
    for item in (item for page in pages for item in page):
        things.setdefault(item.identity, item)
    return tuple(replace(item, rank=rank) for rank, item in enumerate(things.values(), 1))


def by_upvotes(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """Rank by upvotes and keep at most `most`; ties by identity, so that nights agree."""
    ordered = sorted(items, key=lambda item: (-(item.upvotes or 0), item.identity))
    return merged([ordered])[:most]


def by_stars(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """Rank by all stars and keep at most `most`; ties by identity, so that nights agree."""
    ordered = sorted(items, key=lambda item: (-(item.stars or 0), item.identity))
    return merged([ordered])[:most]
