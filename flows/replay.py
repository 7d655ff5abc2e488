"""The verb `pull --replay`: the parsers of today over the pages that a night's feeds answered."""

import asyncio
from datetime import date
from typing import Any

from staycurrent.flows.exits import BadUsage
from staycurrent.flows.listing import read_lists
from staycurrent.flows.memory import remembering
from staycurrent.flows.night import Night
from staycurrent.flows.proposing import choose
from staycurrent.flows.pull import REMEMBERED, Wanted, dated, told, wanted
from staycurrent.sources import chain
from staycurrent.sources.chain import Source
from staycurrent.sources.item import Pull, SourceState
from staycurrent.sources.kept import replayed
from staycurrent.warehouse import bodies, items
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.answer import Ask

_USABLE = (SourceState.OK, SourceState.FALLBACK)


def replay(night: Night, day: date, only: str | None = None) -> tuple[Pull, ...]:
    """Read a night's kept pages again and replace its rows, without network; twice is as once.

    A feed whose pages cannot be believed today keeps the rows that it has. Of tonight's rows
    candidates are chosen anew; those of an earlier night were chosen from by every night since,
    and the next pull reads them as they are then. Raises BadUsage where no pages of that night
    are kept, and for a feed that the settings do not know.
    """
    asked = wanted(night, only)
    lists = read_lists(night) if day == night.night else ()
    if not night.warehouse.exists():
        raise BadUsage(f"--replay {day}: nothing was pulled yet, there is no {night.warehouse}")
    with remembering(night) as warehouse:
        ask = _shelf(warehouse, day)
        pulls = asyncio.run(_read(warehouse, asked, ask, day))
        with warehouse.transaction():
            for one in pulls:
                if one.state in _USABLE:
                    at = items.pulled_at(warehouse, one.source, day)
                    items.add(warehouse, day, one, pulled_at=at or night.now())
            standing = choose(night, warehouse, lists, pulls) if lists else None
    for one in pulls:
        stay = "" if one.state in _USABLE else "; its rows stay as they are"
        night.voice.say(f"replay of {day}: {told(one)}{stay}")
    chosen = "the next `staycurrent pull` chooses candidates from these rows"
    if standing is not None:
        chosen = f"{len(standing)} candidates stand"
    night.voice.say(f"replay of {day}: {chosen}")
    return pulls


def _shelf(warehouse: Warehouse, day: date) -> Ask:
    kept = bodies.of_night(warehouse, day)
    if not kept:
        nights = bodies.nights(warehouse)
        there = f"those of {nights[0]} to {nights[-1]} are" if nights else "none of any night is"
        raise BadUsage(f"--replay {day}: no page of that night is kept; {there}")
    return replayed(kept)


async def _read(warehouse: Warehouse, asked: Wanted, ask: Ask, day: date) -> tuple[Pull, ...]:
    async def one(source: Source[Any], settings: Any) -> Pull:
        earlier = items.believed(warehouse, source.name, day - REMEMBERED, day)
        found = await chain.pull(source, settings, ask, day, earlier)
        return dated(warehouse, day, found)

    return tuple([await one(source, settings) for source, settings in asked])
