"""The HTTP transport: one request over one connection to an IP address that was vetted before."""

import contextlib
import errno
import ssl
from collections.abc import Mapping

from staycurrent.web.connection import MAX_IDLE, Connection, ConnectionPool, PoolKey, connect
from staycurrent.web.deadline import LoopTimer
from staycurrent.web.http1 import ResponseReader, request_bytes
from staycurrent.web.resolver import OUT_OF_RESOURCES, WHY_OUT_OF_RESOURCES
from staycurrent.web.response import Failure, RawResponse, Request, TransportError
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
"""X509_V_ERR_* that another certificate of the issuer may mend: it is unknown, or has expired."""


class Transport:
    """Connects to the IP address of a request.

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

    async def send(self, request: Request) -> RawResponse:
        """Send one request."""
        address, data = request.address, request_bytes(request)
        key = PoolKey(address.scheme, address.host, address.port, request.ip)
        # Only GET may be sent twice; `Connection: close` asks for a connection of its own.
        may_share = request.method == "GET" and "connection" not in request.headers
        pool = self._pool if may_share else None
        pooled = pool.get(key) if pool else None
        if pooled is not None:
            pooled.byte_budget = request.wire_bytes
            reader = ResponseReader(pooled, request.method)
            try:
                return await _exchange(reader, data, key, pool)
            except (TransportError, OSError):
                if reader.has_received:
                    raise
            # The server had closed it before it got the request: again, on a new connection.
        connection = await self._connect(request)
        is_port_80 = (key.scheme, key.port) == ("http", 80)
        reader = ResponseReader(connection, request.method, may_be_http09=is_port_80)
        return await _exchange(reader, data, key, pool)

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    async def _connect(self, request: Request) -> Connection:
        """A new connection, its TLS handshake done; raises TransportError."""
        try:
            if request.address.scheme == "http":
                return await self._open(request, None)
            return await self._open_tls(request)
        except ssl.SSLCertVerificationError as error:
            raise await self._certificate_error(request, error) from error
        except TimeoutError as error:
            raise TransportError(Failure.TIMEOUT, unsent=True) from error
        except OSError as error:
            # Servers of TLS 1.1 say so by an alert, or hang up.
            if isinstance(error, ssl.SSLEOFError | ConnectionResetError):
                version, _ = await self._inspect(request)
                if version in ("TLSv1", "TLSv1.1"):
                    raise TransportError(Failure.TLS, _OLD_TLS_WORDS) from None
            raise _transport_error(error, connecting=True) from error
        except ValueError as error:  # a name that TLS cannot ask for
            raise TransportError(Failure.PROTOCOL, "illegal host name") from error

    async def _open_tls(self, request: Request) -> Connection:
        """A connection with TLS; if that fails, again with what browsers offer.

        Servers without a common cipher send an alert, or close or reset the connection.
        """
        host, issuers = request.address.host, request.issuers
        if "_" in host:
            # OpenSSL lets no wildcard stand for such a name, and browsers do.
            tls = self._tls.like_browsers(issuers, for_any_host=True)
            connection = await self._open(request, tls)
            _, der = connection.tls_facts()
            if der is None or not parse_certificate(der).is_for(host):
                connection.close()
                raise TransportError(Failure.TLS, describe_fault(_OTHER_HOST, "", der))
            return connection
        if issuers or host in self._hosts_like_browsers:
            return await self._open(request, self._tls.like_browsers(issuers))
        try:
            return await self._open(request, self._tls.default)
        except (ssl.SSLError, ConnectionResetError) as error:
            if not _is_worth_another_hello(error):
                raise
            first = error
        try:
            connection = await self._open(request, self._tls.like_browsers())
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            raise first from None
        self._hosts_like_browsers.add(host)
        return connection

    async def _open(self, request: Request, tls: ssl.SSLContext | None) -> Connection:
        """A new connection; raises OSError, which includes those of ssl and TimeoutError."""
        address, connection = request.address, None
        try:
            async with LoopTimer(self._settings.connect_timeout_s):
                port = self._ports.get(address.port, address.port)
                connection = await connect(request.ip, port, byte_budget=request.wire_bytes)
                if tls is not None:
                    await connection.start_tls(tls, address.host)
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        return connection

    async def _certificate_error(
        self, request: Request, error: ssl.SSLCertVerificationError
    ) -> TransportError:
        """Why the certificate was refused; another handshake gets it, for Python keeps it back."""
        _, der = await self._inspect(request)
        urls: tuple[str, ...] = ()
        if error.verify_code in _INCOMPLETE:
            with contextlib.suppress(ValueError):
                certificate = parse_certificate(der or b"")
                urls = certificate.issuer_urls if certificate.is_current else ()
        detail = describe_fault(error.verify_code, error.verify_message, der)
        return TransportError(Failure.TLS, detail, issuer_urls=urls)

    async def _inspect(self, request: Request) -> tuple[str, bytes | None]:
        """The TLS version and the certificate of a server, if it shows them; nothing is sent."""
        try:
            connection = await self._open(request, self._tls.unverified)
        except (OSError, TransportError):
            return "", None
        connection.close()
        return connection.tls_facts()


async def _exchange(
    reader: ResponseReader, data: bytes, key: PoolKey, pool: ConnectionPool | None
) -> RawResponse:
    """Send a request and read the head of its response; `pool` gets the connection afterwards."""
    connection = reader.connection
    try:
        await connection.send(data)
        status, headers = await reader.read_head()
    except BaseException as error:
        connection.close()
        if isinstance(error, OSError):
            raise _transport_error(error) from error
        raise

    async def read() -> bytes:
        try:
            return await reader.read_body()
        except OSError as error:
            raise _transport_error(error) from error

    def close() -> None:
        if pool is not None and status < 400 and reader.may_reuse_connection:
            pool.put(key, connection)
        else:
            connection.close()

    return RawResponse(status, headers, read, close, connection.certificate_dates)


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
