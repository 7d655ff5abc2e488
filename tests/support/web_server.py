"""The bytes of one exchange: a request read, a reply sent well or badly."""

import asyncio
import contextlib
import random
import socket
import ssl
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from http.client import responses
from pathlib import Path
from typing import Self
from unittest.mock import patch

from staycurrent.web.client import Client
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.replay.scenario import (
    Dns,
    Fault,
    HostRule,
    ReplayRequest,
    ReplayResponse,
    Scenario,
    ScenarioNight,
    Tcp,
    Tls,
    load_scenario,
)
from staycurrent.web.replay.transport import scripted_ips
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Transport
from tests.support.network import Certificates, certificates, gzip_bomb

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

    async def request(self) -> ReplayRequest | None:
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
        return ReplayRequest(method, f"{self.scheme}://{self._name(headers)}{target}", headers)

    def _name(self, headers: dict[str, str]) -> str:
        """The name asked for, without the port, which is the player's own."""
        name = headers.get("host", self.host)
        return name if name.endswith("]") else name.rpartition(":")[0] or name

    async def reply(self, asked: ReplayRequest, reply: ReplayResponse, body: bytes) -> bool:
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


def _head(reply: ReplayResponse, length: int | None) -> bytes:
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


async def _reset(connection: Connection, _reply: ReplayResponse, _body: bytes) -> None:
    # Closing with a linger of zero seconds sends RST instead of FIN (socket(7)).
    own: socket.socket = connection.writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.writer.transport.abort()


async def _hang(connection: Connection, _reply: ReplayResponse, _body: bytes) -> None:
    await connection.reader.read()


async def _close(_connection: Connection, _reply: ReplayResponse, _body: bytes) -> None:
    return


async def _garbage(connection: Connection, _reply: ReplayResponse, _body: bytes) -> None:
    connection.writer.write(b"\x00\x16\x03 220 mail.example ESMTP\r\n\r\n<html>not HTTP</html>")
    await connection.writer.drain()


async def _drip(connection: Connection, _reply: ReplayResponse, _body: bytes) -> None:
    connection.writer.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
    await connection.for_ever(b".", _DRIP_S)


async def _drip_body(connection: Connection, reply: ReplayResponse, body: bytes) -> None:
    connection.writer.write(_head(reply, 1_000_000) + body)
    await connection.for_ever(b".", _DRIP_S)


async def _truncate(connection: Connection, reply: ReplayResponse, body: bytes) -> None:
    connection.writer.write(_head(reply, len(body) + 1000) + body)
    await connection.writer.drain()


async def _endless(connection: Connection, reply: ReplayResponse, body: bytes) -> None:
    connection.writer.write(_head(reply, None) + body)
    await connection.for_ever(b"and on it goes\n" * 1024)


async def _bomb(connection: Connection, reply: ReplayResponse, _body: bytes) -> None:
    coding = dict(reply.headers).get("content-encoding", "")
    packed = gzip_bomb(codings=max(1, coding.count("gzip")))
    named = b"" if coding else b"content-encoding: gzip\r\n"
    head = _head(reply, len(packed)).removesuffix(b"\r\n")
    connection.writer.write(head + named + b"\r\n" + packed)
    await connection.writer.drain()


async def _giant_headers(connection: Connection, _reply: ReplayResponse, _body: bytes) -> None:
    connection.writer.write(b"HTTP/1.1 200 OK\r\n")
    await connection.for_ever((b"x-more: " + b"a" * 1000 + b"\r\n") * 16)


async def _flood(connection: Connection, _reply: ReplayResponse, _body: bytes) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n"
    await connection.for_ever(early * 64)


async def _stray(connection: Connection, reply: ReplayResponse, body: bytes) -> None:
    forged = b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"
    connection.writer.write(_head(reply, len(body)) + body + forged)
    await connection.writer.drain()
    await connection.reader.read()


async def _raw(connection: Connection, _reply: ReplayResponse, body: bytes) -> None:
    # Written by hand in a scenario, lines end with LF; on the wire with CRLF.
    head, blank, rest = body.partition(b"\n\n")
    connection.writer.write(head.replace(b"\n", b"\r\n") + blank.replace(b"\n", b"\r\n") + rest)
    await connection.writer.drain()


_FAULTS: dict[Fault, Callable[[Connection, ReplayResponse, bytes], Awaitable[None]]] = {
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


@contextmanager
def host_openings() -> Iterator[Mapping[str, list[float]]]:
    """When each host opens again after each request, by the clock of the limits themselves.

    What a server sees of the pauses is late by what connecting takes, now more, now less.
    """
    opens: defaultdict[str, list[float]] = defaultdict(list)
    acquire = HostLimiter.acquire

    @asynccontextmanager
    async def recorded(limiter: HostLimiter, host: str) -> AsyncIterator[None]:
        async with acquire(limiter, host):
            opens[host].append(limiter.slot(host).next_at)
            yield

    with patch.object(HostLimiter, "acquire", recorded):
        yield opens


class Server:
    """Plays one night at a time; a context manager, used from the test's own thread."""

    def __init__(
        self, scenario: Scenario, *, night: int = 1, ports: Mapping[int, int] | None = None
    ) -> None:
        self.scenario = scenario
        self.ports: dict[int, int] = dict(ports or {PLAIN: free_port(), SECURE: free_port()})
        """The port in use for 80 and for 443, the same at every address."""
        self.addresses = {name: address(i) for i, name in enumerate(scenario.host_names())}
        """Each host's own loopback address, the same on every night."""
        self.certificates = certificates()
        self.view = scenario.on_night(night)
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

    def forget(self) -> None:
        """Empty the log."""
        self._requests.clear()
        for counts in (self._connections, self._peaks):
            counts.clear()

    async def _turn_to(self, night: int) -> None:
        self.view = self.scenario.on_night(night)
        self._memory.clear()
        await self._doors.set_up(self.view)

    async def _shut(self) -> None:
        await self._doors.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _run(self, what: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout=120)

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
        self._requests.append(Arrived(host, asked.method, asked.url, asked.headers))
        reply = self.view.response(asked, self._memory)
        self._at_once[host] += 1
        self._peaks[host] = max(self._peaks[host], self._at_once[host])
        try:
            await asyncio.sleep(reply.delay_s)
            body = self.certificates.files.get(asked.url)
            if body is None:
                body = self.view.compose_body(reply, asked.url)
            return await connection.reply(asked, reply, body)
        finally:
            # Before the last drain: a client that has read it all may be back at once.
            self._at_once[host] -= 1


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

    async def set_up(self, view: ScenarioNight) -> None:
        """Close what this night has not, open what it has."""
        wanted = {
            (name, port): kind
            for name in self.addresses
            for port, kind in _doors(view.host_rule(name)).items()
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


def _doors(host: HostRule) -> dict[int, Kind]:
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


class PlayedResolver:
    """Answers as the night's name servers do; those that stay silent do so for a moment."""

    def __init__(self, server: Server, *, silence_s: float = 0.2) -> None:
        self._server = server
        self._silence_s = silence_s
        self.asked: Counter[str] = Counter()
        """How often each name was looked up."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Literal addresses of `host`; raises `Broken` with DNS or DNS_TROUBLE."""
        earlier = self.asked[host]
        self.asked[host] += 1
        known = self._server.view.host_rule(host)
        if known.dns is Dns.SILENT:
            await asyncio.sleep(self._silence_s)
        addresses = self._server.addresses
        return scripted_ips(known, addresses.get(host) or addresses.get("*", ""), earlier)


SCENARIOS = Path(__file__).parents[1] / "web" / "scenarios"


@dataclass(frozen=True, slots=True)
class Played:
    """A server that is playing, and how to reach it."""

    server: Server
    resolver: PlayedResolver

    def web(self, policy: WebSettings | None = None) -> Client:
        """The real edge, its guard open for the test web's network and for nothing else."""
        own = replace(policy or impatient(), allow_networks=(NETWORK,))
        transport = Transport(
            own, ca_certificates=self.server.certificates.pem, ports=self.server.ports
        )
        return Client(own, transport=transport, resolver=self.resolver)


def impatient() -> WebSettings:
    """Limits that end a test soon: no pauses, a deadline of a second or two."""
    return WebSettings(timeout_s=2.0, connect_timeout_s=1.0, pause_s=0.0, slow_hosts=())


@contextmanager
def played(scenario: Scenario | str, night: int = 1) -> Iterator[Played]:
    """Play a scenario, or the one of that name in `scenarios/`, from a night on."""
    chosen = (
        load_scenario(SCENARIOS / f"{scenario}.toml") if isinstance(scenario, str) else scenario
    )
    with Server(chosen, night=night) as server:
        yield Played(server, PlayedResolver(server))


def written(folder: Path, toml: str) -> Scenario:
    """The scenario that a file with this text would give."""
    file = folder / "web.toml"
    file.write_text(toml, encoding="utf-8")
    return load_scenario(file)


HEAD_END = b"\r\n\r\n"


def dial(web: Played, host: str, scheme: str = "http") -> socket.socket:
    """Connect to a host's own address; for https the handshake is done too, or raises."""
    port = web.server.ports[443 if scheme == "https" else 80]
    plain = socket.create_connection((web.server.addresses[host], port), timeout=1.0)
    if scheme == "http":
        return plain
    return web.server.certificates.client.wrap_socket(plain, server_hostname=host)


def ask(own: socket.socket, host: str, path: str, method: str = "GET", more: str = "") -> None:
    """Send a request without body; `more` are further header lines."""
    own.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode())


def heard(own: socket.socket, at_most: int = 1 << 26, for_s: float = 1.0) -> bytes:
    """What comes until the end, `at_most` bytes, or `for_s` seconds; a reset raises."""
    until = time.monotonic() + for_s
    data = bytearray()
    while len(data) < at_most and (left := until - time.monotonic()) > 0:
        own.settimeout(left)
        try:
            chunk = own.recv(1 << 16)
        except TimeoutError:
            break
        if not chunk:
            break
        data += chunk
    return bytes(data)


def fetched(web: Played, url: str, method: str = "GET", more: str = "") -> bytes:
    """Everything that comes in answer to one request on a connection of its own."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    with dial(web, host, scheme) as own:
        ask(own, host, slash + path, method, more + "Connection: close\r\n")
        return heard(own)


def status(answer: bytes) -> int:
    """The code in an answer's status line."""
    return int(answer.split(b" ", 2)[1])
