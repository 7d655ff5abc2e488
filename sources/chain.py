"""A feed is a chain of adapters: the first whose rows can be believed speaks for the night."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from sources.item import Drift, Pull, Reading, SourceState
from sources.plausible import Nights, Rhythm, implausible
from web.answer import Ask

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Adapter(Generic[S]):
    """One way to a feed's rows: a module's name and its `read`."""

    name: str
    read: Callable[[S, Ask, date], Awaitable[Reading | Drift]]


@dataclass(frozen=True, slots=True)
class Source(Generic[S]):
    """A feed as data: its settings' type, its adapters in order of trust, and its rhythm."""

    name: str
    settings: type[S]
    chain: tuple[Adapter[S], ...]
    rhythm: Rhythm = Rhythm.DAILY
    keep: timedelta = timedelta(days=2)
    """How long the last good rows stand in when no adapter is believed."""


async def pull(source: Source[S], settings: S, ask: Ask, night: date, earlier: Nights) -> Pull:
    """Ask the adapters in turn; `earlier` are this feed's believed rows, at most one set a night.

    `ok` from the first adapter, `fallback` from a later one, else `stale` with the newest rows of
    `earlier` that are not too old, else `down` without rows. Never raises for what a server did.
    """
    refused: list[Drift] = []
    for adapter in source.chain:
        reading = await adapter.read(settings, ask, night)
        if isinstance(reading, Reading):
            doubted = implausible(reading.items, earlier, night, source.rhythm)
            if doubted is None:
                return _believed(source.name, reading, refused)
            reading = Drift(adapter.name, doubted)
        refused.append(reading)
    return _kept(source, refused, earlier, night)


def _believed(source: str, reading: Reading, refused: list[Drift]) -> Pull:
    state = SourceState.FALLBACK if refused else SourceState.OK
    note = "; ".join([*_told(refused), reading.note] if reading.note else _told(refused))
    return Pull(source, state, reading.adapter, reading.items, note)


def _kept(source: Source[S], refused: list[Drift], earlier: Nights, night: date) -> Pull:
    newest = max((row for row in earlier if row[0] < night), key=lambda row: row[0], default=None)
    told = _told(refused)
    if newest is not None and newest[1] and newest[0] >= night - source.keep:
        note = "; ".join([*told, f"rows of {newest[0]} are kept"])
        return Pull(source.name, SourceState.STALE, "", newest[1], note)
    last = "nothing was ever read" if newest is None else f"last read on {newest[0]}"
    return Pull(source.name, SourceState.DOWN, "", (), "; ".join([*told, last]))


def _told(refused: list[Drift]) -> list[str]:
    return [f"{drift.adapter}: {drift.reason}" for drift in refused]
