"""A proxy into the test web, so that a peer asks for real names, on real ports, with real TLS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from staycurrent.web.response import TransportError
from tests.support.web_server import PLAIN, SECURE, PlayedResolver, Server

_READ = 1 << 16
_LEFT = (OSError, EOFError, asyncio.CancelledError)


@asynccontextmanager
async def tunnel(server: Server) -> AsyncIterator[str]:
    """The proxy's address; a host that cannot be reached closes the connection without a word."""
    resolver = PlayedResolver(server)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _carry(server, resolver, reader, writer)
        except (*_LEFT, TransportError):
            writer.transport.abort()
        finally:
            writer.close()

    doors = await asyncio.start_server(carry, "127.0.0.1", 0, backlog=1024)
    try:
        yield f"http://127.0.0.1:{doors.sockets[0].getsockname()[1]}"
    finally:
        doors.close()


async def _carry(
    server: Server,
    resolver: PlayedResolver,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """One request: `CONNECT` carries bytes, an absolute address is asked for on port 80."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    method, target, _ = head.split(" ", 2)
    secure = method == "CONNECT"
    host = urlsplit(f"//{target}" if secure else target).hostname or ""
    address = (await resolver.resolve(host.rstrip(".")))[-1]
    port = server.ports[SECURE if secure else PLAIN]
    own_reader, own_writer = await asyncio.open_connection(address, port)
    if secure:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        own_writer.write(_asked(head, target).encode("latin-1"))
    try:
        back = asyncio.create_task(_pump(own_reader, writer))
        there = asyncio.create_task(_pump(reader, own_writer))
        await asyncio.wait((back, there), return_when=asyncio.FIRST_COMPLETED)
        there.cancel()
        back.cancel()
        await asyncio.gather(back, there, return_exceptions=True)
    finally:
        own_writer.close()


def _asked(head: str, target: str) -> str:
    """The request as an origin wants it (RFC 9112, 3.2.1), one on each connection."""
    parts = urlsplit(target)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return head.replace(target, path, 1).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_READ):
        writer.write(data)
        await writer.drain()
