"""One request over one connection to one vetted address: the transport under every look."""

import asyncio
import errno
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

import h11
import httpx

from web.answer import Broken, Failure
from web.policy import Policy
from web.wire import READ, Wire, connect

_NO_ROAD = (errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_HEAD_BYTES = 100 * 1024
"""The longest head, interim answer or line of a chunk."""
_NO_LENGTH = re.compile(rb"(?im)^content-length:(?![ \t]*[0-9][0-9, \t]*\r?$)[^\n]*\n")
"""A length that is no number, as servers send that do not know it. Browsers read to the end of the
connection then, h11 refuses the whole answer; two numbers that differ are refused by both."""
_HEAD_END = re.compile(rb"\n\r?\n")
_QUOTED = re.compile(r":? *(?:bytearray\()?b?['\"]|: ")


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to `request.extensions["address"]`, whatever the name would resolve to now.

    No connection is kept: bytes that a server sends behind one answer cannot become the next
    (and a pool that hands out a closing connection cannot kill a living link). Everything
    read is counted on the wire. Raises `Broken`, never h11's or asyncio's exceptions; how long
    an answer may take is for the caller to say.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        tls: ssl.SSLContext | None = None,
        ports: Mapping[int, int] | None = None,
    ) -> None:
        self._policy = policy
        self._tls = tls or ssl.create_default_context()
        self._ports = ports or {}
        self._room = bytearray(READ)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and answer with a response whose raw body is still to be read."""
        wire = await self._connected(request)
        talk = _Talk(wire)
        try:
            with _as_broken():
                talk.ask(request)
                head = await talk.head()
        except BaseException:
            wire.close()
            raise
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Body(talk),
            request=request,
        )

    async def _connected(self, request: httpx.Request) -> Wire:
        """A connection on which the request can go out, its handshake done."""
        url, wire = request.url, None
        port = url.port or (443 if url.scheme == "https" else 80)
        budget = request.extensions.get("wire_bytes", self._policy.wire_bytes)
        try:
            with _as_broken(connecting=True):
                async with asyncio.timeout(self._policy.connect_timeout_s):
                    ip, port = request.extensions["address"], self._ports.get(port, port)
                    wire = await connect(ip, port, room=self._room, budget=budget)
                    if url.scheme == "https":
                        name = url.raw_host.decode("ascii")
                        await wire.shake_hands(self._tls, name)
        except BaseException:
            if wire is not None:
                wire.close()
            raise
        return wire


class _Talk:
    """One request and its answer, in HTTP/1.1."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        self._in_head = True

    def ask(self, request: httpx.Request) -> None:
        """Send the request, its body included, in one piece."""
        head = h11.Request(
            method=request.method, target=request.url.raw_path, headers=request.headers.raw
        )
        sent = self._http.send(head) or b""
        if request.content:
            sent += self._http.send(h11.Data(request.content)) or b""
        self._http.send(h11.EndOfMessage())
        self.wire.send(sent)

    async def head(self) -> h11.Response:
        """The status line and headers; interim answers before them are dropped."""
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                return event
            if event is h11.NEED_DATA:
                data = await self._readable()
                if not data:
                    raise Broken(Failure.RESET, "the connection was closed without an answer")
                self._http.receive_data(data)

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it comes, its framing taken off."""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._readable())
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                return

    async def _readable(self) -> bytes:
        """What came, the first head without a length that is none; empty at the end only."""
        while data := await self.wire.read():
            if not self._in_head:
                return data
            end = _HEAD_END.search(data)
            self._in_head = end is None
            cut = end.end() if end else len(data)
            if left := _NO_LENGTH.sub(b"", data[:cut]) + data[cut:]:
                return left
        return b""


class _Body(httpx.AsyncByteStream):
    """The raw body, with its connection closed behind it."""

    def __init__(self, talk: _Talk) -> None:
        self._talk = talk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_broken():
            async for chunk in self._talk.body():
                yield chunk

    async def aclose(self) -> None:
        self._talk.wire.close()


@contextmanager
def _as_broken(*, connecting: bool = False) -> Iterator[None]:
    """Every way in which no answer comes, as our own."""
    try:
        yield
    except TimeoutError as error:
        if not connecting:
            raise
        raise Broken(Failure.TIMEOUT, "no answer in time", unsent=True) from error
    except OSError as error:
        raise _broken(error, connecting=connecting) from error
    except (h11.ProtocolError, ValueError) as error:
        raise Broken(Failure.PROTOCOL, _words(error)) from error


def _broken(error: OSError, *, connecting: bool) -> Broken:
    if isinstance(error, ssl.SSLError):
        return Broken(Failure.TLS, _tls_words(error))
    if error.errno in _NO_ROAD:
        return Broken(Failure.NO_ROAD, "this machine has no way to it", unsent=True)
    if error.errno in _NO_ROOM:
        return Broken(Failure.NOT_NOW, "this machine is out of sockets")
    if isinstance(error, ConnectionRefusedError):
        return Broken(Failure.REFUSED, "the connection was refused", unsent=True)
    if isinstance(error, ConnectionError) or not connecting:
        return Broken(Failure.RESET, "the connection was cut")
    return Broken(Failure.REFUSED, "no route to the host", unsent=True)


def _words(error: Exception) -> str:
    """What went wrong, without the bytes in which it did: they may be a header with a secret."""
    return _QUOTED.split(str(error), maxsplit=1)[0][:100]


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message).lower()
    return (error.reason or "the handshake failed").lower().replace("_", " ")
