"""The verb `pull`: asks the feeds, keeps every row, and chooses candidates for the list."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flows.candidates import choose
from flows.exits import BadUsage
from flows.listing import read_lists
from flows.night import Night
from sources import chain
from sources.chain import Source
from sources.item import Pull
from sources.plausible import Nights
from sources.registry import SOURCES, custom
from warehouse import items
from warehouse.open import Warehouse, open_warehouse
from web.client import Web

_REMEMBERED = timedelta(days=30)


def pull(night: Night, only: str | None = None) -> tuple[Pull, ...]:
    """Pull every feed (or one) and choose candidates; a feed that fails harms no other.

    Raises BadUsage for a feed that the settings do not know.
    """
    wanted = [
        (source, settings) for source, settings in feeds(night) if only in (None, source.name)
    ]
    if only is not None and not wanted:
        known = ", ".join(source.name for source, _ in feeds(night))
        raise BadUsage(f"--source {only}: there are {known}")
    lists = read_lists(night)
    with open_warehouse(night.warehouse) as warehouse:
        pulls = asyncio.run(_pull_all(night, warehouse, wanted))
        with warehouse.transaction():
            for one in pulls:
                items.add(warehouse, night.night, one, pulled_at=night.now())
            standing = choose(night, warehouse, lists, pulls)
    for one in pulls:
        why = f" ({one.note})" if one.note else ""
        night.voice.say(f"pull: {one.source} {one.state}, {len(one.items)} items{why}")
    night.voice.say(f"pull: {len(standing)} candidates stand")
    return tuple(pulls)


def feeds(night: Night) -> Iterator[tuple[Source[Any], Any]]:
    """Each feed that is switched on, with its settings; ours first, then the user's own."""
    sources = night.settings.sources
    for name, source in SOURCES.items():
        settings = getattr(sources, name)
        if settings.enabled:
            yield source, settings
    for name, own in sources.feeds.items():
        if own.enabled:
            yield custom(name), own


async def _pull_all(
    night: Night, warehouse: Warehouse, wanted: list[tuple[Source[Any], Any]]
) -> list[Pull]:
    async with night.open_web(night.settings.web, night.night) as web:
        return await asyncio.gather(
            *(_pull_one(night, warehouse, web, source, settings) for source, settings in wanted)
        )


async def _pull_one(
    night: Night, warehouse: Warehouse, web: Web, source: Source[Any], settings: Any
) -> Pull:
    earlier = _earlier(night, warehouse, source.name)
    return await chain.pull(source, settings, web.ask, night.night, earlier)


def _earlier(night: Night, warehouse: Warehouse, source: str) -> Nights:
    """The rows of this feed that were believed on earlier nights."""
    rows: dict[Any, list[Any]] = {}
    for one in items.sightings(warehouse, night.night - _REMEMBERED):
        if one.source == source and one.night < night.night:
            rows.setdefault(one.night, []).append(one.item)
    return [(day, tuple(found)) for day, found in rows.items()]
