"""One request over one connection to one vetted address: the transport under every look."""

import asyncio
import errno
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property, partial
from typing import NamedTuple

import h11

from staycurrent.web.address import WEB_SCHEMES
from staycurrent.web.answer import Broken, Failure
from staycurrent.web.exchange import Exchange
from staycurrent.web.http import httpx
from staycurrent.web.incoming import Incoming, for_httpx
from staycurrent.web.kept import Kept, Way
from staycurrent.web.outgoing import Headers, Outgoing, of_httpx
from staycurrent.web.policy import Policy
from staycurrent.web.wire import Wire, connect

_NO_ROAD = (errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_WELL = 400
"""Statuses below it are of pages that came, or of redirects."""
_QUOTED = re.compile(r":? *(?:bytearray\()?b?['\"]|: ")
_NO_ANSWER = (OSError, h11.ProtocolError, ValueError)
"""What is raised where no answer comes; time-outs are OSErrors."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to `request.extensions["address"]`, whatever the name would resolve to now.

    A connection is kept for a few seconds where its answer came whole with nothing behind it
    (see docs/decisions/0015). Everything read is counted on the wire. Raises `Broken`, never
    h11's or asyncio's exceptions; how long an answer may take is for the caller to say.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        tls: ssl.SSLContext | None = None,
        ports: Mapping[int, int] | None = None,
    ) -> None:
        self._policy = policy
        self._given = tls
        self._ports = ports or {}
        self._kept = Kept()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and answer with a response whose raw body is still to be read."""
        return for_httpx(await self.carry(of_httpx(request, self._policy.wire_bytes)))

    async def carry(self, outgoing: Outgoing) -> Incoming:
        """As `handle_async_request`, for what need not become a request of httpx."""
        keep, way = Wire.close, outgoing.way
        if outgoing.may_share:
            keep = partial(self._kept.keep, way)
            kept = self._kept.take(way, outgoing.budget)
            if kept is not None:
                with suppress(_Stale):
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

    async def _connected(self, way: Way, budget: int) -> Wire:
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
    wire: Wire, outgoing: Outgoing, keep: Callable[[Wire], None], *, is_kept: bool = False
) -> Incoming:
    """Ask, and hear the head of the answer; `keep` gets a connection that is as good as new."""
    exchange = Exchange(wire, outgoing)
    try:
        exchange.ask()
        status, headers = await exchange.head()
    except (Broken, *_NO_ANSWER) as error:
        wire.close()
        if is_kept and not exchange.is_heard:
            raise _Stale from error
        raise _broken(error) from error
    except BaseException:
        wire.close()
        raise
    return _Answer(status, headers, exchange, keep if status < _WELL else Wire.close)


class _Stale(Exception):
    """A kept connection had ended before it brought anything: a new one is to be made."""


class _Answer(NamedTuple):
    """Behind its body its connection is kept, or closed where anything is left of it."""

    status: int
    headers: Headers
    exchange: Exchange
    keep: Callable[[Wire], None]

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
    if isinstance(error, Broken):
        return error
    if isinstance(error, TimeoutError):
        return Broken(Failure.TIMEOUT, "no answer in time", unsent=True) if connecting else error
    if isinstance(error, OSError):
        return _unheard(error, connecting=connecting)
    return Broken(Failure.PROTOCOL, _words(error))


def _unheard(error: OSError, *, connecting: bool) -> Broken:
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
