"""Names to addresses: one look-up per name and night, in a pool and under a deadline of its own."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from web.answer import Broken, Failure

# asyncio's own pool has six threads on two cores: twelve silent names would sink every other.
_THREADS = 128


class Resolver(Protocol):
    """Who turns a name into addresses."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Literal addresses of `host`; raises `Broken` with DNS or DNS_TROUBLE."""
        ...


class SystemResolver:
    """The machine's resolver, asked once per name for as long as this object lives."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="dns")
        self._known: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Ask the system for IPv4 and IPv6 addresses; the answer is shared within the night."""
        if host not in self._known:
            self._known[host] = asyncio.create_task(self._look_up(host))
        return await asyncio.shield(self._known[host])

    async def _look_up(self, host: str) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await loop.run_in_executor(self._pool, _getaddrinfo, host)
        except TimeoutError:
            raise Broken(Failure.DNS_TROUBLE, "the name servers stayed silent") from None
        return found

    def close(self) -> None:
        """Forget every name; threads that still wait for a silent server end by themselves."""
        for task in self._known.values():
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str) -> tuple[str, ...]:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise _broken(error) from None
    except (UnicodeError, OSError) as error:
        raise Broken(Failure.DNS_TROUBLE, type(error).__name__) from None
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def _broken(error: socket.gaierror) -> Broken:
    if error.errno == socket.EAI_NONAME:
        return Broken(Failure.DNS, "the name does not exist")
    if error.errno == getattr(socket, "EAI_NODATA", -5):
        return Broken(Failure.DNS_TROUBLE, "the name has no address")
    return Broken(Failure.DNS_TROUBLE, "the name servers failed")
