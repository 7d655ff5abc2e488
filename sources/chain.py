"""A feed is a chain of adapters: the first whose rows can be believed speaks for the night."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from staycurrent.sources.item import FeedDrift, FeedReading, PullResult, SourceState
from staycurrent.sources.validation import (
    PastReading,
    PastReadings,
    UpdateFrequency,
    reading_problem,
)
from staycurrent.web.response import Fetch

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Adapter(Generic[S]):
    """One way to a feed's rows: a module's name and its `read`."""

    name: str
    read: Callable[[S, Fetch, date], Awaitable[FeedReading | FeedDrift]]
    update_frequency: UpdateFrequency | None = None
    """Its own rhythm, where that is not the source's."""


@dataclass(frozen=True, slots=True)
class Source(Generic[S]):
    """A feed as data: its settings' type, its adapters in order of trust, and its rhythm."""

    name: str
    settings: type[S]
    chain: tuple[Adapter[S], ...]
    update_frequency: UpdateFrequency = UpdateFrequency.DAILY
    keep_for: timedelta = timedelta(days=2)
    """How long the last good rows stand in when no adapter is believed."""
    fallbacks: tuple[Adapter[S], ...] = ()
    """Asked once no rows are young enough to be kept: what they bring means something else."""


async def pull(
    source: Source[S], settings: S, ask: Fetch, run_date: date, earlier: PastReadings
) -> PullResult:
    """Ask the adapters in turn; `earlier` are this feed's believed rows, at most one set a night.

    `ok` from the first adapter, `fallback` from a later one, else `stale` with the newest rows of
    `earlier` that are not too old, else `fallback` from what means something else, else `down`
    without rows. Never raises for what a server did.
    """
    refused: list[FeedDrift] = []

    async def believed(adapters: Sequence[Adapter[S]], past: PastReadings) -> PullResult | None:
        for adapter in adapters:
            reading = await adapter.read(settings, ask, run_date)
            if isinstance(reading, FeedReading):
                doubted = reading_problem(
                    reading, past, run_date, adapter.update_frequency or source.update_frequency
                )
                if doubted is None:
                    return _believed(source.name, reading, refused)
                reading = FeedDrift(adapter.name, doubted)
            refused.append(reading)
        return None

    others = {adapter.name for adapter in source.fallbacks}
    past = [one for one in earlier if one.adapter not in others]
    return (
        await believed(source.chain, past)
        or _kept(source, refused, past, run_date)
        or await believed(source.fallbacks, [one for one in earlier if one.adapter in others])
        or _down(source.name, refused, earlier, run_date)
    )


def _believed(source: str, reading: FeedReading, refused: Sequence[FeedDrift]) -> PullResult:
    state = SourceState.FALLBACK if refused else SourceState.OK
    note = "; ".join([*_told(refused), reading.note] if reading.note else _told(refused))
    return PullResult(source, state, reading.adapter, reading.items, note)


def _kept(
    source: Source[S], refused: Sequence[FeedDrift], past: PastReadings, night: date
) -> PullResult | None:
    newest = _newest(past, night)
    if newest is None or not newest.items or newest.run_date < night - source.keep_for:
        return None
    note = "; ".join([*_told(refused), f"rows of {newest.run_date} are kept"])
    return PullResult(source.name, SourceState.STALE, "", newest.items, note)


def _down(source: str, refused: Sequence[FeedDrift], past: PastReadings, night: date) -> PullResult:
    newest = _newest(past, night)
    last = "nothing was ever read" if newest is None else f"last read on {newest.run_date}"
    return PullResult(source, SourceState.DOWN, "", (), "; ".join([*_told(refused), last]))


def _newest(past: PastReadings, night: date) -> PastReading | None:
    return max(
        (one for one in past if one.run_date < night), key=lambda one: one.run_date, default=None
    )


def _told(refused: Sequence[FeedDrift]) -> list[str]:
    return [f"{drift.adapter}: {drift.reason}" for drift in refused]
