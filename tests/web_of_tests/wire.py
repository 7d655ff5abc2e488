"""The bytes of one exchange: a request read, a reply sent well or badly."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.client import responses

from staycurrent.web.play import Asked, Fault, Reply
from tests.web_of_tests.bombs import gzip_bomb

_DRIP_S = 0.05
_NO_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Connection:
    """One accepted connection, TLS already taken off."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    scheme: str
    host: str
    """The name that this address was given to; what `Host` says wins."""

    async def request(self) -> Asked | None:
        """The next request, its body read and dropped; None where the client has gone."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Asked(method, f"{self.scheme}://{self._name(headers)}{target}", headers)

    def _name(self, headers: dict[str, str]) -> str:
        """The name asked for, without the port, which is the player's own."""
        name = headers.get("host", self.host)
        return name if name.endswith("]") else name.rpartition(":")[0] or name

    async def reply(self, asked: Asked, reply: Reply, body: bytes) -> bool:
        """Send the reply; whether the connection may carry another request."""
        if reply.fault is not None:
            await _FAULTS[reply.fault](self, reply, body)
            return False
        bare = asked.method == "HEAD" or reply.status in _NO_BODY
        self.writer.write(_head(reply, len(body)) + (b"" if bare else body))
        return asked.headers.get("connection", "").lower() != "close"

    async def for_ever(self, piece: bytes, pause_s: float = 0.0) -> None:
        """Send a piece again and again until the client goes away."""
        while not self.writer.is_closing():
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(pause_s)

    async def close(self) -> None:
        """Let go of the connection, whatever state it is in."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:  # the client was faster; ssl.SSLError is one of these too
            return


def _head(reply: Reply, length: int | None) -> bytes:
    """Status line and headers; non-ASCII goes out as Latin-1 where it can, as servers do."""
    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Denied')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    given = {name.lower() for name, _ in reply.headers}
    if length is not None and not given & {"content-length", "transfer-encoding"}:
        lines.append(f"content-length: {length}")
    text = "\r\n".join([*lines, "", ""])
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


async def _reset(connection: Connection, _reply: Reply, _body: bytes) -> None:
    # Closing with a linger of zero seconds sends RST instead of FIN (socket(7)).
    own: socket.socket = connection.writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.writer.transport.abort()


async def _hang(connection: Connection, _reply: Reply, _body: bytes) -> None:
    await connection.reader.read()


async def _close(_connection: Connection, _reply: Reply, _body: bytes) -> None:
    return


async def _garbage(connection: Connection, _reply: Reply, _body: bytes) -> None:
    connection.writer.write(b"\x00\x16\x03 220 mail.example ESMTP\r\n\r\n<html>not HTTP</html>")
    await connection.writer.drain()


async def _drip(connection: Connection, _reply: Reply, _body: bytes) -> None:
    connection.writer.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
    await connection.for_ever(b".", _DRIP_S)


async def _drip_body(connection: Connection, reply: Reply, body: bytes) -> None:
    connection.writer.write(_head(reply, 1_000_000) + body)
    await connection.for_ever(b".", _DRIP_S)


async def _truncate(connection: Connection, reply: Reply, body: bytes) -> None:
    connection.writer.write(_head(reply, len(body) + 1000) + body)
    await connection.writer.drain()


async def _endless(connection: Connection, reply: Reply, body: bytes) -> None:
    connection.writer.write(_head(reply, None) + body)
    await connection.for_ever(b"and on it goes\n" * 1024)


async def _bomb(connection: Connection, reply: Reply, _body: bytes) -> None:
    coding = dict(reply.headers).get("content-encoding", "")
    packed = gzip_bomb(codings=max(1, coding.count("gzip")))
    named = b"" if coding else b"content-encoding: gzip\r\n"
    head = _head(reply, len(packed)).removesuffix(b"\r\n")
    connection.writer.write(head + named + b"\r\n" + packed)
    await connection.writer.drain()


async def _giant_headers(connection: Connection, _reply: Reply, _body: bytes) -> None:
    connection.writer.write(b"HTTP/1.1 200 OK\r\n")
    await connection.for_ever(b"x-more: " + b"a" * 1000 + b"\r\n")


async def _flood(connection: Connection, _reply: Reply, _body: bytes) -> None:
    await connection.for_ever(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n")


async def _stray(connection: Connection, reply: Reply, body: bytes) -> None:
    forged = b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"
    connection.writer.write(_head(reply, len(body)) + body + forged)
    await connection.writer.drain()
    await connection.reader.read()


async def _raw(connection: Connection, _reply: Reply, body: bytes) -> None:
    # Written by hand in a scenario, lines end with LF; on the wire with CRLF.
    head, blank, rest = body.partition(b"\n\n")
    connection.writer.write(head.replace(b"\n", b"\r\n") + blank.replace(b"\n", b"\r\n") + rest)
    await connection.writer.drain()


_FAULTS: dict[Fault, Callable[[Connection, Reply, bytes], Awaitable[None]]] = {
    Fault.RESET: _reset,
    Fault.HANG: _hang,
    Fault.CLOSE: _close,
    Fault.GARBAGE: _garbage,
    Fault.DRIP: _drip,
    Fault.DRIP_BODY: _drip_body,
    Fault.TRUNCATE: _truncate,
    Fault.ENDLESS: _endless,
    Fault.BOMB: _bomb,
    Fault.GIANT_HEADERS: _giant_headers,
    Fault.FLOOD: _flood,
    Fault.STRAY: _stray,
    Fault.RAW: _raw,
}
