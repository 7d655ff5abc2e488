"""The bytes of one connection to one literal address, with or without TLS, every one counted."""

import asyncio
import ssl
from collections import deque

from web.answer import Broken, Failure

READ = 1 << 14
"""Bytes read at a time: the work that one read can make (4,000 chunks of a byte each, or 16 MB
behind gzip) is what every other look has to wait for."""


class Wire(asyncio.BufferedProtocol):
    """One connection; made by `connect`.

    TLS is done here with OpenSSL's memory buffers: asyncio's own keeps 256 kB for every open
    connection and goes through the loop once more for each flight of the handshake.
    """

    def __init__(self, room: bytearray, budget: int) -> None:
        self._room = room
        """Shared by all wires of a loop: filled and emptied without a turn of the loop between."""
        self._left = budget
        self._came: deque[bytes] = deque()
        self._ended = False
        self._fault: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport
        self._tls: ssl.SSLObject | None = None
        self._incoming = self._outgoing = ssl.MemoryBIO()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep whom to write to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- asyncio's own types
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- asyncio's own signature
        """Where the next bytes go: no more than the budget has left."""
        return memoryview(self._room)[: min(READ, self._left)]

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what came; nothing more is read before it is taken."""
        self._came.append(bytes(memoryview(self._room)[:nbytes]))
        self._left -= nbytes
        if len(self._came) > 1 or nbytes == READ or self._left <= 0:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Note that the other side has said all."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note how it ended; what came before can still be read."""
        self._ended = True
        self._fault = exc
        self._wake()

    def send(self, data: bytes) -> None:
        """Send; the last flight of a handshake goes out in the same packet."""
        if self._tls is None:
            self._transport.write(data)
        else:
            self._tls.write(data)
            self._flush()

    async def read(self) -> bytes:
        """Some bytes, empty at the end; OSError where it was cut, Broken beyond the budget."""
        while True:
            data = self._taken() if self._tls is None else self._decrypted(self._tls)
            if data is not None:
                return data
            if self._ended:
                if self._fault is not None:
                    raise self._fault
                return b""
            await self._more()

    async def shake_hands(self, context: ssl.SSLContext, name: str) -> None:
        """Begin TLS; ssl.SSLError where it does not come about."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError:
                self._flush()  # the alert that says why
                raise
            else:
                return
            await self._fed()

    def close(self) -> None:
        """Let go of it at once."""
        self._transport.abort()

    def _taken(self) -> bytes | None:
        return self._came.popleft() if self._came else None

    def _decrypted(self, tls: ssl.SSLObject) -> bytes | None:
        """What can be read in the clear: None if nothing yet, empty at the end."""
        while True:
            try:
                return tls.read(READ)
            except ssl.SSLWantReadError:
                if not self._came:
                    return None
                self._incoming.write(self._came.popleft())
            except ssl.SSLZeroReturnError:
                return b""

    async def _fed(self) -> None:
        """Hand the next bytes to the handshake, or that none will come."""
        while not self._came and not self._ended:
            await self._more()
        if self._came:
            self._incoming.write(self._came.popleft())
        elif self._fault is not None:
            raise self._fault
        else:
            self._incoming.write_eof()

    async def _more(self) -> None:
        if self._left <= 0:
            raise Broken(Failure.PROTOCOL, "it sends without end")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.resume_reading()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


async def connect(ip: str, port: int, *, room: bytearray, budget: int) -> Wire:
    """Connect to a literal address, and to no other; OSError where that does not come about."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(room, budget), ip, port)
    return wire
