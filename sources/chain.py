"""A source is a chain of adapters: the rows of the first one that are valid are used.

At the end, every source that comes with staycurrent, with its chain.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from staycurrent.sources.adapters import (
    arxiv,
    dair,
    github_search,
    github_trending,
    huggingface,
    papers_with_code,
    rss,
)
from staycurrent.sources.item import FeedReading, FeedResult, PullResult, SourceState
from staycurrent.sources.settings import CustomFeedSettings
from staycurrent.sources.validation import PastReading, UpdateFrequency, reading_problem
from staycurrent.web.response import Fetch

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Adapter(Generic[S]):
    """One way to read a source."""

    name: str
    """As in `sources[].used` of `status --format json`."""
    read: Callable[[S, Fetch, date], Awaitable[FeedResult]]
    """Takes the settings of the source, what it fetches with, and the run date."""
    update_frequency: UpdateFrequency | None = None
    """Its own, if it differs from that of the source."""
    ranked: bool = True
    """Whether the order of its rows means something; others only support other sources."""


@dataclass(frozen=True, slots=True)
class Source(Generic[S]):
    """A source as data: its adapters, the most trusted first."""

    name: str
    chain: tuple[Adapter[S], ...]
    update_frequency: UpdateFrequency = UpdateFrequency.DAILY
    keep_for: timedelta = timedelta(days=2)
    """How long the last valid rows are kept if no adapter is usable."""
    fallbacks: tuple[Adapter[S], ...] = ()
    """Read if no rows can be kept either: adapters whose rows have another meaning."""
    max_rows: Callable[[S], float] = lambda _settings: inf
    """How many rows the settings ask for: nothing as long as that is too short."""


async def pull(
    source: Source[S], settings: S, fetch: Fetch, run_date: date, earlier: Sequence[PastReading]
) -> PullResult:
    """Read the adapters in turn until one is usable.

    `earlier` are the valid readings of this source, at most one a date, without rows that were only
    kept.

    The state is `ok` for the first adapter and `fallback` for a later one; else `stale` with the
    latest earlier rows, if they are recent enough; else `fallback` for one of the source's
    fallbacks; else `down` without rows. Never raises because of what a server sent.
    """
    fallbacks = {adapter.name for adapter in source.fallbacks}
    past = sorted((one for one in earlier if one.run_date < run_date), key=lambda one: one.run_date)
    own = [one for one in past if one.adapter not in fallbacks]
    since = run_date - source.keep_for
    kept = own[-1] if own and own[-1].items and own[-1].run_date >= since else None
    problems: list[str] = []
    for adapter in source.chain if kept else (*source.chain, *source.fallbacks):
        found = await adapter.read(settings, fetch, run_date)
        if isinstance(found, FeedReading):
            is_fallback = adapter.name in fallbacks
            problem = reading_problem(
                adapter.name,
                found.items,
                [one for one in past if (one.adapter in fallbacks) is is_fallback],
                run_date,
                adapter.update_frequency or source.update_frequency,
                most=source.max_rows(settings),
            )
            if problem is None:
                state = SourceState.FALLBACK if problems else SourceState.OK
                note = "; ".join(filter(None, [*problems, found.note]))
                return PullResult(
                    source.name, state, adapter.name, found.items, note, adapter.ranked
                )
        else:
            problem = found.reason
        problems.append(f"{adapter.name}: {problem}")
    if kept:
        note = "; ".join([*problems, f"rows of {kept.run_date} are kept"])
        return PullResult(source.name, SourceState.STALE, "", kept.items, note)
    last = f"last read on {past[-1].run_date}" if past else "never read"
    return PullResult(source.name, SourceState.DOWN, "", (), "; ".join([*problems, last]))


_WORKDAYS = UpdateFrequency.WORKDAYS
_PAGE_ROWS = 10
"""Of a page of trending repositories, whose number changes: 13 and 16 in the middle."""

_OWN: tuple[Source[Any], ...] = (
    Source(
        "github_trending",
        (
            Adapter("github_trending_page", github_trending.read_page),
            Adapter("github_trending_rss", github_trending.read_rss),
        ),
        fallbacks=(Adapter("github_search", github_search.read, UpdateFrequency.ANY),),
        max_rows=lambda one: _PAGE_ROWS * (1 + len(one.languages)),
    ),
    Source(
        "papers_with_code",
        (
            Adapter("papers_with_code_api", papers_with_code.read),
            Adapter("huggingface_trending", huggingface.read_trending),
            Adapter("huggingface_repositories", huggingface.read_repositories, _WORKDAYS),
        ),
        max_rows=lambda one: one.limit,
    ),
    Source(
        "weekly_papers",
        (
            Adapter("huggingface_weekly", huggingface.read_weekly),
            Adapter("huggingface_daily", huggingface.read_daily),
            Adapter("huggingface_archive", huggingface.read_archive),
            Adapter("dair", dair.read),
            Adapter("arxiv_rss", arxiv.read_rss, _WORKDAYS, ranked=False),
            Adapter("arxiv_listing", arxiv.read_listing, _WORKDAYS, ranked=False),
        ),
        update_frequency=UpdateFrequency.WEEKLY,
        keep_for=timedelta(days=8),
        max_rows=lambda one: min(one.limit, one.arxiv_limit),
    ),
    Source(
        "arxiv_listings",
        (
            Adapter("arxiv_api", arxiv.read_newest),
            Adapter("arxiv_feed", arxiv.read_feed_of_list),
        ),
        update_frequency=_WORKDAYS,
        max_rows=lambda one: one.settings.limit,
    ),
    Source(
        "huggingface_hub",
        (Adapter("huggingface_hub", huggingface.read_hub),),
        max_rows=lambda one: one.settings.limit,
    ),
    Source(
        "github_topics",
        (
            Adapter("github_topics", github_search.read_topics),
            Adapter("github_topics_by_repository", github_search.read_topics_by_repository),
        ),
        update_frequency=UpdateFrequency.ANY,
        keep_for=timedelta(days=7),
        max_rows=lambda one: one.settings.limit,
    ),
)
SOURCES: Mapping[str, Source[Any]] = MappingProxyType({one.name: one for one in _OWN})


def custom_source(name: str) -> Source[CustomFeedSettings]:
    """Return the source of `[sources.NAME]` with `kind = "rss"`."""
    return Source(
        name,
        (Adapter("rss", rss.read),),
        update_frequency=UpdateFrequency.ANY,
        keep_for=timedelta(days=14),
    )
