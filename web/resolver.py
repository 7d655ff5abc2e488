"""Names to addresses: one look-up per name and night, each in a thread and under a deadline."""

import asyncio
import contextlib
import socket
from threading import Thread
from typing import Protocol

from staycurrent.web.response import Failure, TransportError

_Found = tuple[str, ...] | TransportError


class Resolver(Protocol):
    """Who turns a name into addresses."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Literal addresses of `host`; raises `Broken` with DNS or DNS_TROUBLE."""
        ...


class SystemResolver:
    """The machine's resolver, asked once per name for as long as this object lives."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._known: dict[str, asyncio.Task[_Found]] = {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Ask the system for IPv4 and IPv6 addresses; the answer is shared within the night.

        Raises `Broken` with DNS or DNS_TROUBLE, or NOT_NOW where this machine is out of threads.
        """
        if host not in self._known:
            self._known[host] = asyncio.create_task(self._look_up(host))
        found = await asyncio.shield(self._known[host])
        if isinstance(found, TransportError):
            raise TransportError(found.failure, found.detail)
        return found

    async def _look_up(self, host: str) -> _Found:
        loop = asyncio.get_running_loop()
        told: asyncio.Future[_Found] = loop.create_future()

        def ask() -> None:
            found = _getaddrinfo(host)
            with contextlib.suppress(RuntimeError):  # the night is over, its loop is closed
                loop.call_soon_threadsafe(_tell, told, found)

        # A silent server holds its thread beyond our deadline, and nothing can end it. In a pool
        # (asyncio's own has six threads on two cores) healthy names would queue behind such
        # threads, and the process would wait for them at its end.
        try:
            Thread(target=ask, name="dns", daemon=True).start()
        except RuntimeError as error:
            return TransportError(Failure.DEFERRED, str(error))
        try:
            async with asyncio.timeout(self._timeout_s):
                return await told
        except TimeoutError:
            return TransportError(Failure.DNS_TROUBLE, "the name servers stayed silent")

    def close(self) -> None:
        """Forget every name; threads that still wait for a silent server hold nobody up."""
        for task in self._known.values():
            task.cancel()


def _tell(told: asyncio.Future[_Found], found: _Found) -> None:
    if not told.done():
        told.set_result(found)


def _getaddrinfo(host: str) -> _Found:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return _broken(error)
    except (UnicodeError, OSError):
        return TransportError(Failure.DNS_TROUBLE, "the name cannot be looked up")
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def _broken(error: socket.gaierror) -> TransportError:
    if error.errno == socket.EAI_NONAME:
        return TransportError(Failure.DNS, "the name does not exist")
    if error.errno == getattr(socket, "EAI_NODATA", -5):
        return TransportError(Failure.DNS_TROUBLE, "the name has no address")
    return TransportError(Failure.DNS_TROUBLE, "the name servers failed")
