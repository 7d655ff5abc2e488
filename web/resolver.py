"""DNS: one lookup per name and run, each in a thread of its own and under a deadline.

A name that could not be resolved is looked up again where it is asked for later: by second checks.
"""

import asyncio
import errno
import os
import socket
from concurrent.futures import Future
from threading import Thread
from typing import Protocol

from staycurrent.web.deadline import LoopTimer
from staycurrent.web.response import Failure, TransportError

OUT_OF_RESOURCES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Errors of this machine, which say nothing about a host."""
WHY_OUT_OF_RESOURCES = "this machine is out of open files or memory: raise `ulimit -n`"
_FAILURE_S = 30.0
"""Seconds for which a failed lookup is kept: all first checks of a host need it at once, and second
checks come minutes later."""
_Lookup = tuple[str, ...] | TransportError


class Resolver(Protocol):
    """What resolves names for a client."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """The IPs of `host`; raises TransportError with `DNS` or `DNS_TROUBLE`."""
        ...


class SystemResolver:
    """The system's resolver, called once per name that it can resolve, while this object lives."""

    def __init__(self, timeout_s: float, failure_s: float = _FAILURE_S) -> None:
        self._timeout_s = timeout_s
        self._failure_s = failure_s
        self._lookups: dict[str, asyncio.Task[_Lookup]] = {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        """The IPv4 and IPv6 addresses of `host`; all callers share one lookup.

        Raises TransportError with `DNS`, `DNS_TROUBLE`, or `DEFERRED` if this machine is out of
        threads.
        """
        if host not in self._lookups:
            lookup = self._lookups[host] = asyncio.create_task(self._look_up(host))
            lookup.add_done_callback(lambda done: self._forget_failure(host, done))
        result = await asyncio.shield(self._lookups[host])
        if isinstance(result, TransportError):
            if result.failure is Failure.DEFERRED:
                self._lookups.pop(host, None)  # it says nothing about the name
            raise TransportError(result.failure, result.detail)
        return result

    def _forget_failure(self, host: str, done: asyncio.Task[_Lookup]) -> None:
        if not done.cancelled() and isinstance(done.result(), TransportError):
            loop = asyncio.get_running_loop()
            loop.call_later(self._failure_s, self._lookups.pop, host, None)

    async def _look_up(self, host: str) -> _Lookup:
        lookup = Future[_Lookup]()
        lookup.set_running_or_notify_cancel()  # from now on it cannot be cancelled

        # A name server that never answers keeps its thread beyond our deadline; nothing stops it.
        # A pool (asyncio's has six threads on two cores) would queue other names behind such
        # threads, and the process would wait for them when it exits.
        def run() -> None:
            lookup.set_result(_getaddrinfo(host))

        try:
            Thread(target=run, name="dns", daemon=True).start()
        except RuntimeError as error:
            return TransportError(Failure.DEFERRED, f"this machine is out of threads ({error})")
        try:
            async with LoopTimer(self._timeout_s).running():
                return await asyncio.wrap_future(lookup)
        except TimeoutError:
            return TransportError(Failure.DNS_TROUBLE, "the name servers stayed silent")

    def close(self) -> None:
        """Cancel all lookups; threads that still wait for a server do not delay the exit."""
        for task in self._lookups.values():
            task.cancel()


def _getaddrinfo(host: str) -> _Lookup:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_SYSTEM, socket.EAI_MEMORY) or _is_out_of_files():
            return TransportError(Failure.DEFERRED, WHY_OUT_OF_RESOURCES)
        if error.errno == socket.EAI_NONAME:
            return TransportError(Failure.DNS)
        if error.errno == getattr(socket, "EAI_NODATA", -5):
            return TransportError(Failure.DNS_TROUBLE, "the name has no address")
        return TransportError(Failure.DNS_TROUBLE, "the name servers failed")
    except OSError as error:
        if error.errno in OUT_OF_RESOURCES:
            return TransportError(Failure.DEFERRED, WHY_OUT_OF_RESOURCES)
        return TransportError(Failure.DNS_TROUBLE)
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def _is_out_of_files() -> bool:
    """The C library reports a missing descriptor as a fault of the name servers."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in OUT_OF_RESOURCES
    return False
