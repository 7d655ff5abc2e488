"""The doors of the test web: for each host an address, and on it what a night has open."""

import asyncio
import contextlib
import random
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from staycurrent.web.play import Host, Tcp, Tls, View
from tests.web_of_tests.certificates import Certificates

PLAIN, SECURE = 80, 443
NETWORK = "127.64.0.0/10"
"""Where every host of the test web lies; `127.0.0.1` stays a private address."""

Serve = Callable[[str, str, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Door = tuple[str, int]
Kind = Tls | Tcp | None
"""How a door stands: with these papers, plain (None), or silent."""


def address(number: int) -> str:
    """The loopback address of the host of that number, from 0."""
    return f"127.{64 + (number + 1 >> 16)}.{number + 1 >> 8 & 255}.{number + 1 & 255}"


def free_port() -> int:
    """A port that nobody has at any address just now, below those that the system gives out.

    Webs of other workers are at the same addresses, and their clients take what is above.
    """
    while True:
        port = random.randrange(10_000, 32_000)  # noqa: S311
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port


@dataclass(slots=True)
class _Open:
    kind: Kind
    server: asyncio.Server | None = None
    sockets: list[socket.socket] = field(default_factory=list)

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
        for own in self.sockets:
            own.close()


@dataclass(slots=True)
class Listeners:
    """All doors; `set_up` brings them to what a night wants."""

    addresses: dict[str, str]
    ports: dict[int, int]
    certificates: Certificates
    serve: Serve
    doors: dict[Door, _Open] = field(default_factory=dict)

    async def set_up(self, view: View) -> None:
        """Close what this night has not, open what it has."""
        wanted = {
            (name, port): kind
            for name in self.addresses
            for port, kind in _doors(view.host(name)).items()
        }
        for door in [door for door, now in self.doors.items() if wanted.get(door, 0) != now.kind]:
            await self.doors.pop(door).close()
        for door, kind in wanted.items():
            if door not in self.doors:
                self.doors[door] = await self._open(door, kind)

    async def close(self) -> None:
        """Close every door."""
        for door in self.doors.values():
            await door.close()
        self.doors.clear()

    async def _open(self, door: Door, kind: Kind) -> _Open:
        name, port = door
        where = (self.addresses[name], self.ports[port])
        if kind is Tcp.SILENT:
            return _Open(kind, sockets=_silent(where))
        scheme = "http" if kind is None else "https"

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self.serve(name, scheme, reader, writer)

        server = await asyncio.start_server(
            connected, *where, ssl=self._tls(name, kind), reuse_address=True, limit=1 << 20
        )
        return _Open(kind, server)

    def _tls(self, name: str, kind: Kind) -> ssl.SSLContext | None:
        if not isinstance(kind, Tls):
            return None
        if name != "*":
            return self.certificates.of(name, kind)
        context = self.certificates.of("any.invalid", kind)

        def papers_for(tls: ssl.SSLObject, asked: str | None, _: ssl.SSLContext) -> None:
            if asked:
                tls.context = self.certificates.of(asked, kind)

        context.sni_callback = papers_for
        return context


def _doors(host: Host) -> dict[int, Kind]:
    if host.tcp is Tcp.REFUSED:
        return {}
    if host.tcp is Tcp.SILENT:
        return {PLAIN: Tcp.SILENT, SECURE: Tcp.SILENT}
    plain: dict[int, Kind] = {PLAIN: None}
    return plain if host.tls is Tls.NONE else plain | {SECURE: host.tls}


def _silent(where: tuple[str, int]) -> list[socket.socket]:
    """A listener whose queue is full: Linux drops the packets of whoever else would connect."""
    full = socket.socket()
    full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    full.bind(where)
    full.listen(0)
    waiting = [socket.socket() for _ in range(3)]
    for one in waiting:
        one.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            one.connect(where)
    return [full, *waiting]
