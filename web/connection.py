"""TCP connections to a literal IP address, with or without TLS, and the pool of idle ones."""

import asyncio
import contextlib
import socket
import ssl
from datetime import date
from functools import cached_property
from typing import NamedTuple

from staycurrent.web.response import Failure, TransportError
from staycurrent.web.tls import parse_certificate

READ_SIZE = 1 << 14
"""Bytes per read. Parsing one read blocks the event loop, so it bounds what a hostile server can
do to other requests: 16 KiB are 4,000 chunks of one byte, or 16 MB behind gzip."""


class Connection:
    """A non-blocking socket and, for https, an `ssl.SSLObject` over memory buffers.

    Made by `connect`; it counts what it reads. asyncio's own transports take three more turns of
    the event loop per connection, and its TLS keeps 256 kB per open connection; see
    docs/decisions/0015-engine.md.
    """

    def __init__(self, sock: socket.socket, byte_budget: int) -> None:
        self.byte_budget = byte_budget
        """Bytes that may still be read, those of TLS included."""
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._is_watched = False
        """Whether the event loop calls `_on_readable`."""
        self._waiter: asyncio.Future[bytes | OSError] | None = None
        """What `_receive` waits for."""
        self._tls: ssl.SSLObject | None = None
        self.tls_facts: tuple[str, bytes | None] = ("", None)
        """The version of TLS and the server's certificate (DER), as of the handshake: while a
        server asks for another one, OpenSSL does not say."""
        self._tls_input = ssl.MemoryBIO()
        self._tls_output = ssl.MemoryBIO()

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Do the handshake; raises ssl.SSLError if it fails.

        Its last flight is sent by the first `send`, in one packet with the request.
        """
        tls = context.wrap_bio(self._tls_input, self._tls_output, server_hostname=server_name)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._send(self._tls_output.read())
            except ssl.SSLError:
                await self._send(self._tls_output.read())  # the alert, for the server's log
                raise
            else:
                self._tls = tls
                self.tls_facts = tls.version() or "", tls.getpeercert(binary_form=True)
                return
            received = await self._receive()
            if received:
                self._tls_input.write(received)
            else:
                self._tls_input.write_eof()

    @cached_property
    def certificate_dates(self) -> tuple[date, date] | None:
        """First and last day of the server's certificate; None without TLS."""
        _, der = self.tls_facts
        try:
            return parse_certificate(der).days if der else None
        except ValueError:
            return None

    async def send(self, data: bytes) -> None:
        """Send all of it. A server that stopped reading may have answered: not an error."""
        if self._tls is not None:
            self._tls.write(data)
            data = self._tls_output.read()
        await self._send(data)

    async def read(self) -> bytes:
        """The next bytes, empty at the end.

        Raises OSError if the connection was cut, TransportError beyond `byte_budget`.
        """
        if self._tls is None:
            return await self._receive()
        while True:
            try:
                return self._tls.read(READ_SIZE)
            except ssl.SSLWantReadError:
                # IIS asks for a client's certificate in another handshake, when it knows the page
                if self._tls_output.pending:
                    await self._send(self._tls_output.read())
                received = await self._receive()
                if not received:
                    return b""
                self._tls_input.write(received)
            except ssl.SSLZeroReturnError:
                return b""

    def is_idle(self) -> bool:
        """Whether it is open and nothing has arrived since; TLS session tickets do not count."""
        try:
            received = self._socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            received = None
        except OSError:
            return False
        if self._tls is None or received == b"":
            return received is None
        if received:
            self._tls_input.write(received)
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            pass
        return False

    def close(self) -> None:
        """Close the socket, without waiting for anything."""
        self._stop_watching()
        self._socket.close()

    async def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            await self._loop.sock_sendall(self._socket, data)

    async def _receive(self) -> bytes:
        """Wait for bytes from the network; lets other tasks run even if some are there already."""
        if self.byte_budget <= 0:
            raise TransportError(Failure.PROTOCOL, "it sends without end")
        if not self._is_watched:
            self._loop.add_reader(self._socket.fileno(), self._on_readable)
            self._is_watched = True
        self._waiter = self._loop.create_future()
        try:
            received = await self._waiter
        finally:
            self._waiter = None
        if isinstance(received, OSError):
            raise received
        self.byte_budget -= len(received)
        return received

    def _on_readable(self) -> None:
        if self._waiter is None or self._waiter.done():
            self._stop_watching()  # what arrived is not wanted yet
            return
        try:
            self._waiter.set_result(self._socket.recv(min(READ_SIZE, self.byte_budget)))
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._waiter.set_result(error)

    def _stop_watching(self) -> None:
        if self._is_watched:
            self._loop.remove_reader(self._socket.fileno())
            self._is_watched = False


async def connect(ip: str, port: int, *, byte_budget: int) -> Connection:
    """Connect to a literal IP address; raises OSError if that fails."""
    sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET)
    try:
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (ip, port))
    except BaseException:
        sock.close()
        raise
    return Connection(sock, byte_budget)


_IDLE_S = 5.0
"""Servers keep idle connections for at least five seconds. Second checks come later than that, so
a failure is always confirmed on a new connection."""
MAX_IDLE = 512


class PoolKey(NamedTuple):
    """What a connection was made for; it is used for that only."""

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
        self._idle: dict[PoolKey, dict[Connection, asyncio.TimerHandle]] = {}
        """With the timers that close them, the earliest first."""
        self._count = 0

    def get(self, key: PoolKey) -> Connection | None:
        """Take out a connection on which nothing has arrived; all others for `key` are closed."""
        while connections := self._idle.get(key):
            connection = self._take(key, next(reversed(connections)))
            if connection.is_idle():
                return connection
            connection.close()
        return None

    def put(self, key: PoolKey, connection: Connection) -> None:
        """Keep a connection, or close it if there are enough.

        Requests go round the hosts, so the connection that waited longest is needed next.
        """
        if self._count >= self._max_idle:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._idle_s, self._drop, key, connection)
        self._idle.setdefault(key, {})[connection] = timer
        self._count += 1

    def close(self) -> None:
        """Close all connections."""
        for key, connections in [*self._idle.items()]:
            for connection in [*connections]:
                self._drop(key, connection)

    def _drop(self, key: PoolKey, connection: Connection) -> None:
        self._take(key, connection).close()

    def _take(self, key: PoolKey, connection: Connection) -> Connection:
        connections = self._idle[key]
        connections.pop(connection).cancel()
        if not connections:
            del self._idle[key]
        self._count -= 1
        return connection
