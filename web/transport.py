"""The HTTP transport: one request over one connection to an IP address that was vetted before."""

import contextlib
import errno
import ssl
from collections.abc import AsyncIterator, Mapping

from staycurrent.web.address import WEB_SCHEMES
from staycurrent.web.connection import MAX_IDLE, Connection, ConnectionPool, PoolKey, connect
from staycurrent.web.deadline import LoopTimer
from staycurrent.web.http1 import ResponseReader, request_bytes
from staycurrent.web.httpx_import import httpx
from staycurrent.web.resolver import OUT_OF_RESOURCES, WHY_OUT_OF_RESOURCES
from staycurrent.web.response import Failure, TransportError
from staycurrent.web.settings import WebSettings
from staycurrent.web.tls import TlsContexts, describe_fault, parse_certificate

_UNREACHABLE = (errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_OLD_TLS = ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION")
"""OpenSSL's reasons for a server that knows TLS 1.1 at most; browsers warn of it."""
_OLD_TLS_WORDS = "the server knows TLS 1.1 at most"
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
_WEAK = (66, 67, 68)
"""X509_V_ERR_EE_KEY_TOO_SMALL and its like: perhaps strong enough for browsers."""
_OTHER_HOST = 62
"""X509_V_ERR_HOSTNAME_MISMATCH."""
_INCOMPLETE = (2, 9, 10, 19, 20, 21)
"""X509_V_ERR_* that another certificate of the issuer may fix: it is unknown, or has expired."""


class Transport(httpx.AsyncBaseTransport):
    """Connects to `request.extensions["address"]`, whatever the name resolves to by now.

    Other extensions: `target`, path and query as they are sent (as in httpx itself), `wire_bytes`,
    how many bytes may be read, and `issuers`, certificates (DER) that complete the server's chain.
    Raises TransportError, never an exception of ssl or asyncio but TimeoutError; the caller limits
    how long a response may take.

    A connection is kept for a few seconds after a complete response below 400 with nothing behind
    it; see docs/decisions/0015-engine.md.
    """

    def __init__(
        self,
        settings: WebSettings,
        *,
        ca_certificates: str | None = None,
        ports: Mapping[int, int] | None = None,
        max_idle: int = MAX_IDLE,
    ) -> None:
        self._settings = settings
        self._tls = TlsContexts(ca_certificates)
        self._hosts_like_browsers = set[str]()
        """Hosts with which only what browsers offer leads to a connection."""
        self._ports = ports or {}
        self._pool = ConnectionPool(max_idle=max_idle)

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
                response = await _exchange(reader, data, key, pool)
            except (TransportError, OSError):
                if reader.has_received:
                    raise
            else:
                if response.status_code != 408:  # sent before it got the request (RFC 9110, 15.5.9)
                    return response
                await response.aclose()
            # The server had closed it before it got the request: again, on a new connection.
        connection = await self._connect(key, request.extensions.get("issuers", ()))
        # The handshake was given the settings' budget, and what it read counts.
        connection.byte_budget += budget - self._settings.wire_bytes
        is_port_80 = (key.scheme, key.port) == ("http", 80)
        reader = ResponseReader(connection, request.method, may_be_http09=is_port_80)
        return await _exchange(reader, data, key, pool)

    async def aclose(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    async def _connect(self, key: PoolKey, issuers: tuple[bytes, ...]) -> Connection:
        """A new connection, its TLS handshake done; raises TransportError."""
        try:
            if key.scheme == "http":
                return await self._open(key, None)
            return await self._open_tls(key, issuers)
        except ssl.SSLCertVerificationError as error:
            raise await self._certificate_error(key, error) from error
        except TimeoutError as error:
            raise TransportError(Failure.TIMEOUT, unsent=True) from error
        except OSError as error:
            # Servers of TLS 1.1 say so by an alert, or hang up.
            if isinstance(error, ssl.SSLEOFError | ConnectionResetError):
                version, _ = await self._inspect(key)
                if version in ("TLSv1", "TLSv1.1"):
                    raise TransportError(Failure.TLS, _OLD_TLS_WORDS) from None
            raise _transport_error(error, connecting=True) from error
        except ValueError as error:  # a name that TLS cannot ask for
            raise TransportError(Failure.PROTOCOL, "illegal host name") from error

    async def _open_tls(self, key: PoolKey, issuers: tuple[bytes, ...]) -> Connection:
        """A connection with TLS; if that fails, again with what browsers offer.

        Servers without a common cipher send an alert, or close or reset the connection.
        """
        if "_" in key.host:
            # OpenSSL lets no wildcard stand for such a name, and browsers do.
            context = self._tls.like_browsers(issuers, for_any_host=True)
            connection = await self._open(key, context)
            _, der = connection.tls_facts
            if der is None or not parse_certificate(der).is_for(key.host):
                connection.close()
                raise TransportError(Failure.TLS, describe_fault(_OTHER_HOST, "", der))
            return connection
        if issuers or key.host in self._hosts_like_browsers:
            return await self._open(key, self._tls.like_browsers(issuers))
        try:
            return await self._open(key, self._tls.default)
        except (ssl.SSLError, ConnectionResetError) as error:
            if not _is_worth_another_hello(error):
                raise
            first = error
        try:
            connection = await self._open(key, self._tls.like_browsers())
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            raise first from None
        self._hosts_like_browsers.add(key.host)
        return connection

    async def _open(self, key: PoolKey, tls: ssl.SSLContext | None) -> Connection:
        """A new connection; raises OSError, which includes those of ssl and TimeoutError."""
        connection = None
        try:
            async with LoopTimer(self._settings.connect_timeout_s).running():
                port = self._ports.get(key.port, key.port)
                budget = self._settings.wire_bytes
                connection = await connect(key.ip, port, byte_budget=budget)
                if tls is not None:
                    await connection.start_tls(tls, key.host)
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        return connection

    async def _certificate_error(
        self, key: PoolKey, error: ssl.SSLCertVerificationError
    ) -> TransportError:
        """Why the certificate was refused; another handshake gets it, for Python keeps it back."""
        _, der = await self._inspect(key)
        urls: tuple[str, ...] = ()
        if error.verify_code in _INCOMPLETE:
            with contextlib.suppress(ValueError):
                certificate = parse_certificate(der or b"")
                urls = certificate.issuer_urls if certificate.is_current else ()
        detail = describe_fault(error.verify_code, error.verify_message, der)
        return TransportError(Failure.TLS, detail, issuer_urls=urls)

    async def _inspect(self, key: PoolKey) -> tuple[str, bytes | None]:
        """The TLS version and the certificate of a server, if it shows them; nothing is sent."""
        try:
            connection = await self._open(key, self._tls.unverified)
        except (OSError, TransportError):
            return "", None
        connection.close()
        return connection.tls_facts


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
    seen = {"certificate_dates": reader.connection.certificate_dates}
    return httpx.Response(status, headers=headers, stream=stream, extensions=seen)


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


def _is_worth_another_hello(error: OSError) -> bool:
    """Whether a handshake may have failed for what was offered; some servers only hang up."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_code in _WEAK
    return not (isinstance(error, ssl.SSLError) and error.reason in _OLD_TLS + _NOT_TLS)


def _transport_error(error: OSError, *, connecting: bool = False) -> Exception:
    """The failure that an error of the socket or of TLS stands for."""
    if isinstance(error, ssl.SSLEOFError):
        return TransportError(Failure.RESET)
    if isinstance(error, ssl.SSLError):
        if error.reason in _OLD_TLS:
            return TransportError(Failure.TLS, _OLD_TLS_WORDS)
        if error.reason in _NOT_TLS:
            return TransportError(Failure.PROTOCOL, "the server does not speak TLS on this port")
        reason = (error.reason or "handshake failed").lower().replace("_", " ")
        return TransportError(Failure.UNSUPPORTED, f"no common ground in TLS ({reason})")
    if isinstance(error, TimeoutError):
        return TransportError(Failure.TIMEOUT)
    if error.errno in _UNREACHABLE:
        return TransportError(Failure.UNREACHABLE, unsent=True)
    if error.errno in OUT_OF_RESOURCES:
        return TransportError(Failure.DEFERRED, WHY_OUT_OF_RESOURCES)
    if isinstance(error, ConnectionRefusedError):
        return TransportError(Failure.REFUSED, unsent=True)
    if isinstance(error, ConnectionError) or not connecting:
        return TransportError(Failure.RESET)
    return TransportError(Failure.REFUSED, "no route to the host", unsent=True)
