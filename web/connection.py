"""The bytes of one connection to one literal address, with or without TLS, every one counted."""

import asyncio
import socket
import ssl
from collections import deque

from staycurrent.web.response import Failure, TransportError

READ = 1 << 14
"""Bytes read at a time: the work that one read can make (4,000 chunks of a byte each, or 16 MB
behind gzip) is what every other look has to wait for."""


class Connection:
    """One connection; made by `connect`.

    A socket beside the loop, without one of asyncio's transports, which take three turns of the
    loop to come and one to go. TLS is done here with OpenSSL's memory buffers: asyncio's own
    keeps 256 kB for every open connection and one more turn for each flight of the handshake.
    """

    def __init__(self, own: socket.socket, budget: int) -> None:
        self._socket = own
        self._left = budget
        self._came: deque[bytes] = deque()
        self._unsent = b""
        self._ended = False
        self._fault: OSError | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._tls: ssl.SSLObject | None = None
        self._incoming: ssl.MemoryBIO
        self._outgoing: ssl.MemoryBIO
        self._loop = asyncio.get_running_loop()
        self._is_heard = True
        self._loop.add_reader(own.fileno(), self._hear)

    def send(self, data: bytes) -> None:
        """Send; the last flight of a handshake goes out in the same packet."""
        if self._tls is None:
            self._write(data)
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

    @property
    def is_quiet(self) -> bool:
        """Nothing came that was not read, the end neither; TLS's own messages do not count."""
        if self._ended or self._unsent:
            return False
        try:
            return (self._taken() if self._tls is None else self._decrypted(self._tls)) is None
        except ssl.SSLError:
            return False

    def begin_again(self, budget: int) -> None:
        """Count from here on, for another request."""
        self._left = budget

    def close(self) -> None:
        """Let go of it at once."""
        self._deafen()
        if self._unsent:
            self._loop.remove_writer(self._socket.fileno())
            self._unsent = b""
        self._socket.close()

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
            raise TransportError(Failure.PROTOCOL, "it sends without end")
        if not self._is_heard:
            self._is_heard = True
            self._loop.add_reader(self._socket.fileno(), self._hear)
        self._waiting = self._loop.create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _hear(self) -> None:
        """Keep what came; nothing more is read before it is taken."""
        try:
            data = self._socket.recv(min(READ, self._left))
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fault, data = error, b""
        self._left -= len(data)
        if data:
            self._came.append(data)
        else:
            self._ended = True
        if self._ended or len(self._came) > 1 or len(data) == READ or self._left <= 0:
            self._deafen()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _deafen(self) -> None:
        if self._is_heard:
            self._is_heard = False
            self._loop.remove_reader(self._socket.fileno())

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._write(self._outgoing.read())

    def _write(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
        elif left := self._sent(data):
            self._unsent = left
            self._loop.add_writer(self._socket.fileno(), self._go_on)

    def _go_on(self) -> None:
        self._unsent = self._sent(self._unsent)
        if not self._unsent:
            self._loop.remove_writer(self._socket.fileno())

    def _sent(self, data: bytes) -> bytes:
        """What is left of it; nothing where the other side hears no more: it may have answered."""
        try:
            return data[self._socket.send(data) :]
        except (BlockingIOError, InterruptedError):
            return data
        except OSError:
            return b""


async def connect(ip: str, port: int, *, budget: int) -> Connection:
    """Connect to a literal address, and to no other; OSError where that does not come about."""
    own = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET)
    try:
        own.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            own.connect((ip, port))
        except (BlockingIOError, InterruptedError):
            await _writable(own)
            if fault := own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(fault, "no connection came about") from None
    except BaseException:
        own.close()
        raise
    return Connection(own, budget)


async def _writable(own: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.add_writer(own.fileno(), _settle, done)
    try:
        await done
    finally:
        loop.remove_writer(own.fileno())


def _settle(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
