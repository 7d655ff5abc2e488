"""Connections whose last answer came whole, kept some seconds for the next look at their host."""

import asyncio

from staycurrent.web.connection import Connection

PoolKey = tuple[str, bytes, int | None, str]
"""What a connection was made for: scheme, name, port as written, and the vetted address."""
_FOR_S = 5.0
"""Servers that keep connections keep them five seconds at least; no second look is so soon, so
that bad news is always confirmed on a connection of its own."""
_MOST = 512
"""So many stand idle at once, and no other is kept: looks go round the hosts, so that the one that
has stood by longest is wanted next."""


class ConnectionPool:
    """Idle connections, each for requests to that very name at that very address."""

    def __init__(self, *, for_s: float = _FOR_S, most: int = _MOST) -> None:
        self._for_s = for_s
        self._most = most
        self._idle: dict[Connection, tuple[PoolKey, float]] = {}
        """In the order in which they were kept, with their end."""
        self._of: dict[PoolKey, list[Connection]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def get(self, way: PoolKey, budget: int) -> Connection | None:
        """A connection on which nothing came since; those on which something did are closed."""
        while wires := self._of.get(way):
            wire = wires[-1]
            self._forget(wire)
            if wire.is_quiet:
                wire.begin_again(budget)
                return wire
            wire.close()
        return None

    def put(self, way: PoolKey, wire: Connection) -> None:
        """Have a connection stand by for some seconds; where there are enough, it is closed."""
        if len(self._idle) >= self._most:
            wire.close()
            return
        loop = asyncio.get_running_loop()
        self._idle[wire] = (way, loop.time() + self._for_s)
        self._of.setdefault(way, []).append(wire)
        if self._alarm is None:
            self._alarm = loop.call_later(self._for_s, self._sweep)

    def close(self) -> None:
        """Let go of all."""
        for wire in [*self._idle]:
            self._close(wire)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _sweep(self) -> None:
        """Close what has stood by long enough, and come back for the next."""
        loop = asyncio.get_running_loop()
        self._alarm = None
        while self._idle:
            wire, (_, until) = next(iter(self._idle.items()))
            if until > loop.time():
                self._alarm = loop.call_at(until, self._sweep)
                return
            self._close(wire)

    def _close(self, wire: Connection) -> None:
        self._forget(wire)
        wire.close()

    def _forget(self, wire: Connection) -> None:
        way, _ = self._idle.pop(wire)
        self._of[way].remove(wire)
        if not self._of[way]:
            del self._of[way]
