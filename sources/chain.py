"""A feed is a chain of adapters: the first whose rows can be believed speaks for the night."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from staycurrent.sources.item import Drift, Pull, Reading, SourceState
from staycurrent.sources.plausible import Nights, Past, Rhythm, implausible
from staycurrent.web.answer import Ask

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Adapter(Generic[S]):
    """One way to a feed's rows: a module's name and its `read`."""

    name: str
    read: Callable[[S, Ask, date], Awaitable[Reading | Drift]]
    rhythm: Rhythm | None = None
    """Its own rhythm, where that is not the source's."""


@dataclass(frozen=True, slots=True)
class Source(Generic[S]):
    """A feed as data: its settings' type, its adapters in order of trust, and its rhythm."""

    name: str
    settings: type[S]
    chain: tuple[Adapter[S], ...]
    rhythm: Rhythm = Rhythm.DAILY
    keep: timedelta = timedelta(days=2)
    """How long the last good rows stand in when no adapter is believed."""
    otherwise: tuple[Adapter[S], ...] = ()
    """Asked once no rows are young enough to be kept: what they bring means something else."""


async def pull(source: Source[S], settings: S, ask: Ask, night: date, earlier: Nights) -> Pull:
    """Ask the adapters in turn; `earlier` are this feed's believed rows, at most one set a night.

    `ok` from the first adapter, `fallback` from a later one, else `stale` with the newest rows of
    `earlier` that are not too old, else `fallback` from what means something else, else `down`
    without rows. Never raises for what a server did.
    """
    refused: list[Drift] = []

    async def believed(adapters: Sequence[Adapter[S]], past: Nights) -> Pull | None:
        for adapter in adapters:
            reading = await adapter.read(settings, ask, night)
            if isinstance(reading, Reading):
                doubted = implausible(reading, past, night, adapter.rhythm or source.rhythm)
                if doubted is None:
                    return _believed(source.name, reading, refused)
                reading = Drift(adapter.name, doubted)
            refused.append(reading)
        return None

    others = {adapter.name for adapter in source.otherwise}
    past = [one for one in earlier if one.adapter not in others]
    return (
        await believed(source.chain, past)
        or _kept(source, refused, past, night)
        or await believed(source.otherwise, [one for one in earlier if one.adapter in others])
        or _down(source.name, refused, earlier, night)
    )


def _believed(source: str, reading: Reading, refused: Sequence[Drift]) -> Pull:
    state = SourceState.FALLBACK if refused else SourceState.OK
    note = "; ".join([*_told(refused), reading.note] if reading.note else _told(refused))
    return Pull(source, state, reading.adapter, reading.items, note)


def _kept(source: Source[S], refused: Sequence[Drift], past: Nights, night: date) -> Pull | None:
    newest = _newest(past, night)
    if newest is None or not newest.items or newest.night < night - source.keep:
        return None
    note = "; ".join([*_told(refused), f"rows of {newest.night} are kept"])
    return Pull(source.name, SourceState.STALE, "", newest.items, note)


def _down(source: str, refused: Sequence[Drift], past: Nights, night: date) -> Pull:
    newest = _newest(past, night)
    last = "nothing was ever read" if newest is None else f"last read on {newest.night}"
    return Pull(source, SourceState.DOWN, "", (), "; ".join([*_told(refused), last]))


def _newest(past: Nights, night: date) -> Past | None:
    return max((one for one in past if one.night < night), key=lambda one: one.night, default=None)


def _told(refused: Sequence[Drift]) -> list[str]:
    return [f"{drift.adapter}: {drift.reason}" for drift in refused]
