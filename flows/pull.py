"""The verb `pull`: asks the feeds, keeps every row, and chooses candidates for the list."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from staycurrent.curated.save import read_list
from staycurrent.flows.asking import feeds_ask
from staycurrent.flows.candidates import aged_out
from staycurrent.flows.exits import BadUsage
from staycurrent.flows.listing import lists_of
from staycurrent.flows.memory import remembering
from staycurrent.flows.night import Night
from staycurrent.flows.proposing import choose
from staycurrent.reports.terminal import inert
from staycurrent.sources import chain
from staycurrent.sources.chain import Source
from staycurrent.sources.item import Pull, SourceState
from staycurrent.sources.kept import Pages
from staycurrent.sources.registry import SOURCES, custom
from staycurrent.warehouse import bodies, items, robots
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.robots import Robots

REMEMBERED = timedelta(days=30)
"""How far back a feed's own history is looked at to judge its rows."""
_MOST_NIGHTS = 36_500
Wanted = Sequence[tuple[Source[Any], Any]]
"""Feeds with their settings."""


def pull(night: Night, only: str | None = None) -> tuple[Pull, ...]:
    """Pull every feed (or one) and choose candidates; a feed that fails harms no other.

    Raises BadUsage for a feed that the settings do not know, UnusableList for a list.
    """
    asked = wanted(night, only)
    for path in night.lists:
        read_list(path)  # one that cannot be read is refused before anybody is asked
    lists = lists_of(night)
    with remembering(night) as warehouse:
        said: list[Robots] = []
        came, pages = asyncio.run(_pull_all(night, warehouse, asked, said.append))
        pulls = tuple(dated(warehouse, night.night, one) for one in came)
        with warehouse.transaction():
            for one in pulls:
                items.add(warehouse, night.night, one, pulled_at=night.now())
            _keep(night, warehouse, pages)
            robots.add_of_feeds(warehouse, said)
            standing = choose(night, warehouse, lists, pulls)
        gone = aged_out(night, warehouse, lists)
    for one in pulls:
        night.voice.say(f"pull: {told(one)}")
    for old in gone:
        night.voice.say(f"pull: {inert(old.title)} <{inert(old.url)}> aged out, nobody took it")
    night.voice.say(f"pull: {len(standing)} candidates stand{warning(pulls)}")
    return pulls


def told(pull: Pull) -> str:
    """How one feed's pull went, in a line."""
    why = f" ({pull.note})" if pull.note else ""
    return f"{pull.source} {pull.state}, {len(pull.items)} items{why}"


def warning(pulls: Sequence[Pull]) -> str:
    """What to add to a summary: the feeds that are not as they should be; empty if all are."""
    others = [f"{one.source} {one.state}" for one in pulls if one.state is not SourceState.OK]
    if not others:
        return ""
    return f"; warning: {len(others)} of {len(pulls)} feeds: {', '.join(others)}"


def dated(warehouse: Warehouse, night: date, pull: Pull) -> Pull:
    """The pull, its note ending with the night on which the trouble began."""
    if pull.state is SourceState.OK:
        return pull
    fallen = pull.state is SourceState.FALLBACK
    good = (SourceState.OK,) if fallen else (SourceState.OK, SourceState.FALLBACK)
    since = items.without_since(warehouse, pull.source, good, night)
    why = f"not {'ok' if fallen else 'read'} since {since}"
    return replace(pull, note=f"{pull.note}; {why}" if pull.note else why)


def wanted(night: Night, only: str | None) -> Wanted:
    """The feeds that are switched on, or the one of that name; raises BadUsage if there is none."""
    known = list(feeds(night))
    found = [pair for pair in known if only in (None, pair[0].name)]
    if only is not None and not found:
        raise BadUsage(f"--source {only}: there are {', '.join(one.name for one, _ in known)}")
    return found


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
    night: Night, warehouse: Warehouse, asked: Wanted, keep: Callable[[Robots], None]
) -> tuple[Sequence[Pull], Pages]:
    """Pull the feeds at once; one that was fine earlier tonight reads what came then."""
    fine = {
        one.source
        for one in items.latest_pulls(warehouse)
        if one.night == night.night and one.state is SourceState.OK
    }
    async with night.open_web(night.settings.web, night.night) as web:
        pages = Pages(
            feeds_ask(night, web, warehouse, keep),
            night.night,
            lambda url: bodies.newest(warehouse, url, night.night),
        )
        pulls = await asyncio.gather(
            *(
                chain.pull(
                    source,
                    settings,
                    pages.asking(again=source.name not in fine),
                    night.night,
                    items.believed(warehouse, source.name, night.night - REMEMBERED, night.night),
                )
                for source, settings in asked
            )
        )
    return pulls, pages


def _keep(night: Night, warehouse: Warehouse, pages: Pages) -> None:
    nights = min(night.settings.warehouse.body_nights, _MOST_NIGHTS)
    bodies.add(warehouse, pages.came.values() if nights else ())
    bodies.drop_before(warehouse, night.night - timedelta(days=nights - 1))
