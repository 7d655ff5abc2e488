"""Idle connections that are kept for a few seconds for the next request to the same server."""

import asyncio
from typing import NamedTuple

from staycurrent.web.connection import Connection

_IDLE_S = 5.0
"""Servers keep idle connections for at least five seconds. Second checks come later than that, so
a failure is always confirmed on a new connection."""
MAX_IDLE = 512


class PoolKey(NamedTuple):
    """What a connection was made for; it is used for nothing else."""

    scheme: str
    host: str
    port: int
    ip: str
    """The vetted address."""


class ConnectionPool:
    """Idle connections by `PoolKey`, closed after `idle_s` seconds; at most `max_idle` in all."""

    def __init__(self, *, idle_s: float = _IDLE_S, max_idle: int = MAX_IDLE) -> None:
        self._idle_s = idle_s
        self._max_idle = max_idle
        self._idle: dict[Connection, tuple[PoolKey, float]] = {}
        """With the time at which it is closed, the earliest first."""
        self._by_key: dict[PoolKey, list[Connection]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def get(self, key: PoolKey) -> Connection | None:
        """Take out a connection on which nothing has arrived; all others for `key` are closed."""
        while connections := self._by_key.get(key):
            connection = connections[-1]
            self._remove(connection)
            if connection.is_idle():
                return connection
            connection.close()
        return None

    def put(self, key: PoolKey, connection: Connection) -> None:
        """Keep a connection, or close it if there are enough.

        Requests go round the hosts, so the connection that waited longest is needed next.
        """
        if len(self._idle) >= self._max_idle:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        self._idle[connection] = (key, loop.time() + self._idle_s)
        self._by_key.setdefault(key, []).append(connection)
        if self._timer is None:
            self._timer = loop.call_later(self._idle_s, self._close_expired)

    def close(self) -> None:
        """Close all connections."""
        for connection in [*self._idle]:
            self._remove(connection)
            connection.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_expired(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        for connection, (_, closes_at) in [*self._idle.items()]:
            if closes_at > loop.time():
                self._timer = loop.call_at(closes_at, self._close_expired)
                return
            self._remove(connection)
            connection.close()

    def _remove(self, connection: Connection) -> None:
        key, _ = self._idle.pop(connection)
        self._by_key[key].remove(connection)
        if not self._by_key[key]:
            del self._by_key[key]
