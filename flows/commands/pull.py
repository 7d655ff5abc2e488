"""The verb `pull`: asks the feeds, keeps every row, and chooses candidates for the list."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from staycurrent.curated.save import read_list
from staycurrent.flows.candidates import aged_out, record_candidates
from staycurrent.flows.checking.providers import feed_fetch
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import writing
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import lazy_lists, read_lists
from staycurrent.reports.text import sanitise
from staycurrent.sources import chain
from staycurrent.sources.cache import ResponseCache, replay_fetch
from staycurrent.sources.chain import Source
from staycurrent.sources.item import PullResult, SourceState
from staycurrent.sources.registry import SOURCES, custom_source
from staycurrent.warehouse import bodies, items, robots
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.response import Fetch
from staycurrent.web.robots import RobotsTxt

FEED_HISTORY = timedelta(days=30)
"""How far back a feed's own history is looked at to judge its rows."""
_MOST_NIGHTS = 36_500
SelectedFeeds = Sequence[tuple[Source[Any], Any]]
"""Feeds with their settings."""


def pull(night: RunContext, only: str | None = None) -> tuple[PullResult, ...]:
    """Pull every feed (or one) and choose candidates; a feed that fails harms no other.

    Raises BadUsage for a feed that the settings do not know, UnusableList for a list.
    """
    asked = selected_feeds(night, only)
    for path in night.list_paths:
        read_list(path)  # one that cannot be read is refused before anybody is asked
    lists = lazy_lists(night)
    with writing(night) as warehouse:
        said: list[RobotsTxt] = []
        came, pages = asyncio.run(_pull_all(night, warehouse, asked, said.append))
        pulls = tuple(with_failure_date(warehouse, night.run_date, one) for one in came)
        with warehouse.transaction():
            for one in pulls:
                items.add(warehouse, night.run_date, one, pulled_at=night.now())
            _keep(night, warehouse, pages)
            robots.add_of_feeds(warehouse, said)
            standing = record_candidates(night, warehouse, lists, pulls)
        gone = aged_out(night, warehouse, lists)
    for one in pulls:
        night.reporter.info(f"pull: {pull_line(one)}")
    for old in gone:
        night.reporter.info(
            f"pull: {sanitise(old.title)} <{sanitise(old.url)}> aged out, nobody took it"
        )
    night.reporter.info(f"pull: {len(standing)} candidates stand{feeds_warning(pulls)}")
    return pulls


def pull_line(pull: PullResult) -> str:
    """How one feed's pull went, in a line."""
    why = f" ({pull.note})" if pull.note else ""
    return f"{pull.source} {pull.state}, {len(pull.items)} items{why}"


def feeds_warning(pulls: Sequence[PullResult]) -> str:
    """What to add to a summary: the feeds that are not as they should be; empty if all are."""
    others = [f"{one.source} {one.state}" for one in pulls if one.state is not SourceState.OK]
    if not others:
        return ""
    return f"; warning: {len(others)} of {len(pulls)} feeds: {', '.join(others)}"


def with_failure_date(warehouse: Warehouse, night: date, pull: PullResult) -> PullResult:
    """The pull, its note ending with the night on which the trouble began."""
    if pull.state is SourceState.OK:
        return pull
    fallen = pull.state is SourceState.FALLBACK
    good = (SourceState.OK,) if fallen else (SourceState.OK, SourceState.FALLBACK)
    since = items.without_since(warehouse, pull.source, good, night)
    why = f"not {'ok' if fallen else 'read'} since {since}"
    return replace(pull, note=f"{pull.note}; {why}" if pull.note else why)


def selected_feeds(night: RunContext, only: str | None) -> SelectedFeeds:
    """The feeds that are switched on, or the one of that name; raises BadUsage if there is none."""
    known = list(enabled_feeds(night))
    found = [pair for pair in known if only in (None, pair[0].name)]
    if only is not None and not found:
        raise UsageError(f"--source {only}: there are {', '.join(one.name for one, _ in known)}")
    return found


def enabled_feeds(night: RunContext) -> Iterator[tuple[Source[Any], Any]]:
    """Each feed that is switched on, with its settings; ours first, then the user's own."""
    sources = night.settings.sources
    for name, source in SOURCES.items():
        settings = getattr(sources, name)
        if settings.enabled:
            yield source, settings
    for name, own in sources.feeds.items():
        if own.enabled:
            yield custom_source(name), own


async def _pull_all(
    night: RunContext, warehouse: Warehouse, asked: SelectedFeeds, keep: Callable[[RobotsTxt], None]
) -> tuple[Sequence[PullResult], ResponseCache]:
    """Pull the feeds at once; one that was fine earlier tonight reads what came then."""
    fine = {
        one.source
        for one in items.latest_pulls(warehouse)
        if one.night == night.run_date and one.state is SourceState.OK
    }
    async with night.open_client(night.settings.web, night.run_date) as web:
        pages = ResponseCache(
            feed_fetch(night, web, warehouse, keep),
            night.run_date,
            lambda url: bodies.newest(warehouse, url, night.run_date),
        )
        pulls = await asyncio.gather(
            *(
                chain.pull(
                    source,
                    settings,
                    pages.fetcher(refresh=source.name not in fine),
                    night.run_date,
                    items.believed(
                        warehouse, source.name, night.run_date - FEED_HISTORY, night.run_date
                    ),
                )
                for source, settings in asked
            )
        )
    return pulls, pages


def _keep(night: RunContext, warehouse: Warehouse, pages: ResponseCache) -> None:
    nights = min(night.settings.warehouse.body_nights, _MOST_NIGHTS)
    bodies.add(warehouse, pages.received.values() if nights else ())
    bodies.drop_before(warehouse, night.run_date - timedelta(days=nights - 1))


_USABLE = (SourceState.OK, SourceState.FALLBACK)


def replay(night: RunContext, day: date, only: str | None = None) -> tuple[PullResult, ...]:
    """Read a night's kept pages again and replace its rows, without network; twice is as once.

    A feed whose pages cannot be believed today keeps the rows that it has. Of tonight's rows
    candidates are chosen anew; those of an earlier night were chosen from by every night since,
    and the next pull reads them as they are then. Raises BadUsage where no pages of that night
    are kept, and for a feed that the settings do not know.
    """
    asked = selected_feeds(night, only)
    lists = read_lists(night) if day == night.run_date else ()
    if not night.warehouse_path.exists():
        raise UsageError(
            f"--replay {day}: nothing was pulled yet, there is no {night.warehouse_path}"
        )
    with writing(night) as warehouse:
        ask = _shelf(warehouse, day)
        pulls = asyncio.run(_read(warehouse, asked, ask, day))
        with warehouse.transaction():
            for one in pulls:
                if one.state in _USABLE:
                    at = items.pulled_at(warehouse, one.source, day)
                    items.add(warehouse, day, one, pulled_at=at or night.now())
            standing = record_candidates(night, warehouse, lists, pulls) if lists else None
    for one in pulls:
        stay = "" if one.state in _USABLE else "; its rows stay as they are"
        night.reporter.info(f"replay of {day}: {pull_line(one)}{stay}")
    chosen = "the next `staycurrent pull` chooses candidates from these rows"
    if standing is not None:
        chosen = f"{len(standing)} candidates stand"
    night.reporter.info(f"replay of {day}: {chosen}")
    return pulls


def _shelf(warehouse: Warehouse, day: date) -> Fetch:
    kept = bodies.of_night(warehouse, day)
    if not kept:
        nights = bodies.nights(warehouse)
        there = f"those of {nights[0]} to {nights[-1]} are" if nights else "none of any night is"
        raise UsageError(f"--replay {day}: no page of that night is kept; {there}")
    return replay_fetch(kept)


async def _read(
    warehouse: Warehouse, asked: SelectedFeeds, ask: Fetch, day: date
) -> tuple[PullResult, ...]:
    async def one(source: Source[Any], settings: Any) -> PullResult:
        earlier = items.believed(warehouse, source.name, day - FEED_HISTORY, day)
        found = await chain.pull(source, settings, ask, day, earlier)
        return with_failure_date(warehouse, day, found)

    return tuple([await one(source, settings) for source, settings in asked])
