"""The HTTP transport: one request over one connection to an IP address that was vetted before."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator, Mapping
from functools import cached_property

from staycurrent.web.address import WEB_SCHEMES
from staycurrent.web.connection import Connection, connect
from staycurrent.web.http1 import ResponseReader, request_bytes
from staycurrent.web.httpx_import import httpx
from staycurrent.web.pool import ConnectionPool, PoolKey
from staycurrent.web.response import Failure, TransportError
from staycurrent.web.settings import WebSettings

_UNREACHABLE = (errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_OUT_OF_SOCKETS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Transport(httpx.AsyncBaseTransport):
    """Connects to `request.extensions["address"]`, whatever the name resolves to by now.

    Other extensions: `target`, path and query as they are sent (as in httpx itself), and
    `wire_bytes`, how many bytes may be read. Raises TransportError, never an exception of ssl or
    asyncio but TimeoutError; the caller limits how long a response may take.

    A connection is kept for a few seconds after a complete response below 400 with nothing behind
    it; see docs/decisions/0015-engine.md.
    """

    def __init__(
        self,
        settings: WebSettings,
        *,
        tls: ssl.SSLContext | None = None,
        ports: Mapping[int, int] | None = None,
    ) -> None:
        self._settings = settings
        self._given_tls = tls
        self._ports = ports or {}
        self._pool = ConnectionPool()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made for the first handshake: reading the system's certificates takes 30 ms."""
        return self._given_tls or ssl.create_default_context()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body of the response is read from its stream."""
        url, data = request.url, request_bytes(request)
        budget: int = request.extensions.get("wire_bytes", self._settings.wire_bytes)
        port = url.port or WEB_SCHEMES[url.scheme]
        host = url.raw_host.decode("ascii")
        key = PoolKey(url.scheme, host, port, request.extensions["address"])
        # Only GET may be sent twice; `Connection: close` asks for a connection of its own.
        may_share = request.method == "GET" and "connection" not in request.headers
        pool = self._pool if may_share else None
        pooled = pool.get(key) if pool else None
        if pooled is not None:
            pooled.byte_budget = budget
            reader = ResponseReader(pooled, request.method)
            try:
                return await _exchange(reader, data, key, pool)
            except (TransportError, OSError):
                if reader.has_received:
                    raise
            # The server had closed it before it got the request: again, on a new connection.
        connection = await self._connect(key, budget)
        is_port_80 = (key.scheme, key.port) == ("http", 80)
        reader = ResponseReader(connection, request.method, may_be_http09=is_port_80)
        return await _exchange(reader, data, key, pool)

    async def aclose(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    async def _connect(self, key: PoolKey, byte_budget: int) -> Connection:
        """A new connection, its TLS handshake done; raises TransportError."""
        connection = None
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                port = self._ports.get(key.port, key.port)
                connection = await connect(key.ip, port, byte_budget=byte_budget)
                if key.scheme == "https":
                    await connection.start_tls(self._tls, key.host)
        except BaseException as error:
            if connection is not None:
                connection.close()
            if isinstance(error, TimeoutError):
                raise TransportError(Failure.TIMEOUT, "no answer in time", unsent=True) from error
            if isinstance(error, OSError):
                raise _transport_error(error, connecting=True) from error
            if isinstance(error, ValueError):  # a name that TLS cannot ask for
                raise TransportError(Failure.PROTOCOL, "illegal host name") from error
            raise
        return connection


async def _exchange(
    reader: ResponseReader, data: bytes, key: PoolKey, pool: ConnectionPool | None
) -> httpx.Response:
    """Send a request and read the head of its response; `pool` gets the connection afterwards."""
    try:
        await reader.connection.send(data)
        status, headers = await reader.read_head()
    except BaseException as error:
        reader.connection.close()
        if isinstance(error, OSError):
            raise _transport_error(error) from error
        raise
    stream = _ResponseStream(reader, key, pool if status < 400 else None)
    return httpx.Response(status, headers=headers, stream=stream)


class _ResponseStream(httpx.AsyncByteStream):
    """The body as it was sent; closing it keeps or closes the connection."""

    def __init__(self, reader: ResponseReader, key: PoolKey, pool: ConnectionPool | None) -> None:
        self._reader = reader
        self._key = key
        self._pool = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            data = await self._reader.read_body()
        except OSError as error:
            raise _transport_error(error) from error
        if not data:
            raise StopAsyncIteration
        return data

    async def aclose(self) -> None:
        if self._pool is not None and self._reader.may_reuse_connection:
            self._pool.put(self._key, self._reader.connection)
        else:
            self._reader.connection.close()


def _transport_error(error: OSError, *, connecting: bool = False) -> Exception:
    """The failure that an error of the socket or of TLS stands for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TransportError(Failure.TLS, str(error.verify_message).lower())
    if isinstance(error, ssl.SSLError):
        reason = error.reason or "the handshake failed"
        return TransportError(Failure.TLS, reason.lower().replace("_", " "))
    if isinstance(error, TimeoutError):
        return TransportError(Failure.TIMEOUT, "no answer in time")
    if error.errno in _UNREACHABLE:
        return TransportError(Failure.UNREACHABLE, "this machine has no way to it", unsent=True)
    if error.errno in _OUT_OF_SOCKETS:
        return TransportError(Failure.DEFERRED, "this machine is out of sockets")
    if isinstance(error, ConnectionRefusedError):
        return TransportError(Failure.REFUSED, "the connection was refused", unsent=True)
    if isinstance(error, ConnectionError) or not connecting:
        return TransportError(Failure.RESET, "the connection was cut")
    return TransportError(Failure.REFUSED, "no route to the host", unsent=True)
