"""A scenario played with real sockets: a server on loopback in a thread of its own."""

import asyncio
import ssl
import threading
import time
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from staycurrent.web.play import Scenario
from tests.web_of_tests.certificates import Certificates
from tests.web_of_tests.listeners import PLAIN, SECURE, Listeners, address, free_port
from tests.web_of_tests.wire import Connection

_LEFT = (OSError, EOFError, asyncio.CancelledError)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request as the server saw it."""

    host: str
    """The host whose address was connected to."""
    method: str
    url: str
    headers: Mapping[str, str]
    """Names in lower case."""
    at: float
    """Seconds of the monotonic clock, when its last byte had been read."""


class Server:
    """Plays one night at a time; a context manager, used from the test's own thread."""

    def __init__(
        self, scenario: Scenario, *, night: int = 1, ports: Mapping[int, int] | None = None
    ) -> None:
        self.scenario = scenario
        self.ports: dict[int, int] = dict(ports or {PLAIN: free_port(), SECURE: free_port()})
        """The port in use for 80 and for 443, the same at every address."""
        self.addresses = {name: address(i) for i, name in enumerate(scenario.names())}
        """Each host's own loopback address, the same on every night."""
        self.certificates = Certificates()
        self.view = scenario.at(night)
        self._memory: Counter[int] = Counter()
        self._requests: list[Arrived] = []
        self._connections: Counter[str] = Counter()
        self._at_once: Counter[str] = Counter()
        self._peaks: Counter[str] = Counter()
        self._bugs: list[BaseException] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="web of tests")
        self._doors = Listeners(self.addresses, self.ports, self.certificates, self._serve)

    def __enter__(self) -> Self:
        self._loop.set_exception_handler(self._note)
        self._thread.start()
        try:
            self._run(self._doors.set_up(self.view))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._bugs:
            raise BaseExceptionGroup("the test web itself failed", self._bugs)

    def play(self, night: int) -> None:
        """Go on to another night: its rules, its open ports, its certificates, tries from 1."""
        self._run(self._turn_to(night))

    @property
    def requests(self) -> tuple[Arrived, ...]:
        """Every request since the server began or `forget` was called, in order of arrival."""
        return tuple(self._requests)

    def connections(self, host: str) -> int:
        """Connections that came to a host's address, TLS handshake done."""
        return self._connections[host]

    def peak(self, host: str) -> int:
        """The most requests that a host had under way at once."""
        return self._peaks[host]

    def gaps(self, host: str) -> tuple[float, ...]:
        """Seconds between one request to a host and the next."""
        at = [request.at for request in self.requests if request.host == host]
        return tuple(after - before for before, after in pairwise(at))

    def forget(self) -> None:
        """Empty the log."""
        self._requests.clear()
        for counts in (self._connections, self._peaks):
            counts.clear()

    async def _turn_to(self, night: int) -> None:
        self.view = self.scenario.at(night)
        self._memory.clear()
        await self._doors.set_up(self.view)

    async def _shut(self) -> None:
        await self._doors.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _run(self, what: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout=30)

    def _note(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Clients that break off are what we are here for; everything else is our bug."""
        error = context.get("exception")
        if isinstance(error, BaseException) and not isinstance(error, _LEFT):
            self._bugs.append(error)

    async def _serve(
        self, host: str, scheme: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._connections[host] += 1
        connection = Connection(reader, writer, scheme, host)
        try:
            while await self._exchange(connection):
                await writer.drain()
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            writer.transport.abort()
        except Exception as error:  # noqa: BLE001 -- raised in the test's thread when it ends
            self._bugs.append(error)
        finally:
            await connection.close()

    async def _exchange(self, connection: Connection) -> bool:
        """One request and its reply; whether there may be another on this connection."""
        asked = await connection.request()
        if asked is None:
            return False
        host = connection.host
        self._requests.append(
            Arrived(host, asked.method, asked.url, asked.headers, time.monotonic())
        )
        reply = self.view.reply(asked, self._memory)
        self._at_once[host] += 1
        self._peaks[host] = max(self._peaks[host], self._at_once[host])
        try:
            await asyncio.sleep(reply.delay_s)
            return await connection.reply(asked, reply, self.view.body(reply, asked.url))
        finally:
            # Before the last drain: a client that has read it all may be back at once.
            self._at_once[host] -= 1
