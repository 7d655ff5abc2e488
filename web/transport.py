"""An answer under way: its head, and a body that is still to be read."""

import asyncio
import errno
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import cached_property, partial
from typing import NamedTuple, Protocol, runtime_checkable

import h11

from staycurrent.web.address import WEB_SCHEMES
from staycurrent.web.connection import Connection, connect
from staycurrent.web.http import httpx
from staycurrent.web.http1 import Headers, Http1Exchange, Request, of_httpx
from staycurrent.web.pool import ConnectionPool, PoolKey
from staycurrent.web.response import Failure, TransportError
from staycurrent.web.settings import WebSettings


class ResponseStream(Protocol):
    """What a request brought so far."""

    @property
    def status(self) -> int:
        """As the server has it."""
        ...

    @property
    def headers(self) -> Headers:
        """As they came."""
        ...

    async def more(self) -> bytes:
        """The next bytes of the body, not decoded; empty at its end. Raises `Broken`."""
        ...

    async def close(self) -> None:
        """Read no more of it."""
        ...


@runtime_checkable
class Carrier(Protocol):
    """A transport without httpx's requests and responses, which are a tenth of a look's cost."""

    async def carry(self, outgoing: Request) -> ResponseStream:
        """Send one request, and hear the head of its answer."""
        ...


async def heard(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> ResponseStream:
    """What any transport of httpx's brings."""
    return _OfHttpx(await transport.handle_async_request(request))


class _OfHttpx:
    """A response whose body is read as it came: httpx would decode it without a limit."""

    def __init__(self, response: httpx.Response) -> None:
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 -- of them all
        self.status = response.status_code
        self.headers: Headers = response.headers.raw
        self._stream = response.stream
        self._rest = aiter(response.stream)

    async def more(self) -> bytes:
        """As in `Incoming`."""
        async for chunk in self._rest:
            if chunk:
                return chunk
        return b""

    async def close(self) -> None:
        """As in `Incoming`."""
        await self._stream.aclose()


def for_httpx(answer: ResponseStream) -> httpx.Response:
    """The same as httpx has it."""
    return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer))


class _Stream(httpx.AsyncByteStream):
    def __init__(self, answer: ResponseStream) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while data := await self._answer.more():
            yield data

    async def aclose(self) -> None:
        await self._answer.close()


_NO_ROAD = (errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_WELL = 400
"""Statuses below it are of pages that came, or of redirects."""
_QUOTED = re.compile(r":? *(?:bytearray\()?b?['\"]|: ")
_NO_ANSWER = (OSError, h11.ProtocolError, ValueError)
"""What is raised where no answer comes; time-outs are OSErrors."""


class Transport(httpx.AsyncBaseTransport):
    """Connects to `request.extensions["address"]`, whatever the name would resolve to now.

    A connection is kept for a few seconds where its answer came whole with nothing behind it
    (see docs/decisions/0015). Everything read is counted on the wire. Raises `Broken`, never
    h11's or asyncio's exceptions; how long an answer may take is for the caller to say.
    """

    def __init__(
        self,
        policy: WebSettings,
        *,
        tls: ssl.SSLContext | None = None,
        ports: Mapping[int, int] | None = None,
    ) -> None:
        self._policy = policy
        self._given = tls
        self._ports = ports or {}
        self._kept = ConnectionPool()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and answer with a response whose raw body is still to be read."""
        return for_httpx(await self.send(of_httpx(request, self._policy.wire_bytes)))

    async def send(self, outgoing: Request) -> ResponseStream:
        """As `handle_async_request`, for what need not become a request of httpx."""
        keep, way = Connection.close, outgoing.key
        if outgoing.may_share:
            keep = partial(self._kept.put, way)
            kept = self._kept.get(way, outgoing.budget)
            if kept is not None:
                with suppress(_StaleConnection):
                    return await _exchanged(kept, outgoing, keep, is_kept=True)
        wire = await self._connected(way, outgoing.budget)
        return await _exchanged(wire, outgoing, keep)

    async def aclose(self) -> None:
        """Close what stands idle."""
        self._kept.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made for the first handshake: to read the system's authorities takes 30 ms."""
        return self._given or ssl.create_default_context()

    async def _connected(self, way: PoolKey, budget: int) -> Connection:
        """A connection on which the request can go out, its handshake done."""
        wire = None
        scheme, name, port, ip = way
        port = port or WEB_SCHEMES[scheme]
        port = self._ports.get(port, port)
        tls = self._tls if scheme == "https" else None
        try:
            async with asyncio.timeout(self._policy.connect_timeout_s):
                wire = await connect(ip, port, budget=budget)
                if tls is not None:
                    await wire.shake_hands(tls, name.decode("ascii"))
        except BaseException as error:
            if wire is not None:
                wire.close()
            if isinstance(error, _NO_ANSWER):
                raise _broken(error, connecting=True) from error
            raise
        return wire


async def _exchanged(
    wire: Connection,
    outgoing: Request,
    keep: Callable[[Connection], None],
    *,
    is_kept: bool = False,
) -> ResponseStream:
    """Ask, and hear the head of the answer; `keep` gets a connection that is as good as new."""
    exchange = Http1Exchange(wire, outgoing)
    try:
        exchange.ask()
        status, headers = await exchange.head()
    except (TransportError, *_NO_ANSWER) as error:
        wire.close()
        if is_kept and not exchange.is_heard:
            raise _StaleConnection from error
        raise _broken(error) from error
    except BaseException:
        wire.close()
        raise
    return _ResponseStream(status, headers, exchange, keep if status < _WELL else Connection.close)


class _StaleConnection(Exception):
    """A kept connection had ended before it brought anything: a new one is to be made."""


class _ResponseStream(NamedTuple):
    """Behind its body its connection is kept, or closed where anything is left of it."""

    status: int
    headers: Headers
    exchange: Http1Exchange
    keep: Callable[[Connection], None]

    async def more(self) -> bytes:
        """As in `Incoming`."""
        try:
            return await self.exchange.more()
        except _NO_ANSWER as error:
            raise _broken(error) from error

    async def close(self) -> None:
        """As in `Incoming`."""
        wire = self.exchange.wire
        if self.exchange.is_over:
            self.keep(wire)
        else:
            wire.close()


def _broken(error: Exception, *, connecting: bool = False) -> Exception:
    """A way in which no answer comes, as our own; the deadline of a look stays the caller's."""
    if isinstance(error, TransportError):
        return error
    if isinstance(error, TimeoutError):
        return (
            TransportError(Failure.TIMEOUT, "no answer in time", unsent=True)
            if connecting
            else error
        )
    if isinstance(error, OSError):
        return _unheard(error, connecting=connecting)
    return TransportError(Failure.PROTOCOL, _words(error))


def _unheard(error: OSError, *, connecting: bool) -> TransportError:
    if isinstance(error, ssl.SSLError):
        return TransportError(Failure.TLS, _tls_words(error))
    if error.errno in _NO_ROAD:
        return TransportError(Failure.UNREACHABLE, "this machine has no way to it", unsent=True)
    if error.errno in _NO_ROOM:
        return TransportError(Failure.DEFERRED, "this machine is out of sockets")
    if isinstance(error, ConnectionRefusedError):
        return TransportError(Failure.REFUSED, "the connection was refused", unsent=True)
    if isinstance(error, ConnectionError) or not connecting:
        return TransportError(Failure.RESET, "the connection was cut")
    return TransportError(Failure.REFUSED, "no route to the host", unsent=True)


def _words(error: Exception) -> str:
    """What went wrong, without the bytes in which it did: they may be a header with a secret."""
    return _QUOTED.split(str(error), maxsplit=1)[0][:100]


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message).lower()
    return (error.reason or "the handshake failed").lower().replace("_", " ")
