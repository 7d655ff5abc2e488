"""One request over one connection to one vetted address: the transport under every look."""

import errno
import logging
import re
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager

import httpcore
import httpx

from web.answer import Broken, Failure
from web.policy import Policy

# Its debug lines hold every header that a server sends, and an angry API echoes our own.
logging.getLogger("httpcore").setLevel(logging.WARNING)

_NO_ROAD = (errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_READ = 1 << 14
"""Bytes read at a time: the work that one read can make (11,000 chunks of a byte in httpcore's
64 kB, or 67 MB behind gzip) is what every other look has to wait for."""
_NO_LENGTH = re.compile(rb"(?im)^content-length:(?![ \t]*[0-9][0-9, \t]*\r?$)[^\n]*\n")
"""A length that is no number, as servers send that do not know it. Browsers read to the end of the
connection then, h11 refuses the whole answer; two numbers that differ are refused by both."""
_HEAD_END = re.compile(rb"\n\r?\n")
_QUOTED = re.compile(r":? *(?:bytearray\()?b?['\"]|: ")


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to `request.extensions["address"]`, whatever the name would resolve to now.

    No connection is kept: bytes that a server sends behind one answer cannot become the next
    (and a pool that hands out a closing connection cannot kill a living link). Everything
    read is counted on the wire. Raises `Broken`, never httpx's or httpcore's exceptions.
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

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and answer with a response whose raw body is still to be read."""
        connection = self._connection(request)
        try:
            with _as_broken():
                response = await connection.handle_async_request(self._on_the_wire(request))
        except BaseException:
            await connection.aclose()
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, connection),
            request=request,
        )

    def _connection(self, request: httpx.Request) -> httpcore.AsyncHTTPConnection:
        origin = httpcore.Origin(
            request.url.raw_scheme, request.url.raw_host, request.url.port or _port(request)
        )
        return httpcore.AsyncHTTPConnection(
            origin,
            ssl_context=self._tls,
            network_backend=_Pinned(
                request.extensions["address"],
                self._ports,
                request.extensions.get("wire_bytes", self._policy.wire_bytes),
            ),
        )

    def _on_the_wire(self, request: httpx.Request) -> httpcore.Request:
        timeouts = {
            "connect": self._policy.connect_timeout_s,
            "read": self._policy.timeout_s,
            "write": self._policy.timeout_s,
            "pool": self._policy.timeout_s,
        }
        return httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port or _port(request),
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.content,
            extensions={"timeout": timeouts},
        )


def _port(request: httpx.Request) -> int:
    return 443 if request.url.scheme == "https" else 80


class _Body(httpx.AsyncByteStream):
    """The raw body, with its connection closed behind it."""

    def __init__(
        self, response: httpcore.Response, connection: httpcore.AsyncHTTPConnection
    ) -> None:
        self._response = response
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_broken():
            async for chunk in self._response.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        with _as_broken():
            await self._response.aclose()
            await self._connection.aclose()


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to one literal address, and to no other."""

    def __init__(self, ip: str, ports: Mapping[int, int], wire_bytes: int) -> None:
        self._ip = ip
        self._ports = ports
        self._wire_bytes = wire_bytes
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 -- the name is for TLS only; the address was vetted
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._backend.connect_tcp(
            self._ip, self._ports.get(port, port), timeout, local_address, socket_options
        )
        return _Counted(stream, self._wire_bytes)


class _Counted(httpcore.AsyncNetworkStream):
    """A stream that ends where the wire budget does: headers, 1xx and framing all count."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, left: int) -> None:
        self._stream = stream
        self._left = left
        self._in_head = True

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        if self._left <= 0:
            raise Broken(Failure.PROTOCOL, "it sends without end")
        data = await self._stream.read(min(max_bytes, self._left, _READ), timeout)
        self._left -= len(data)
        if not (self._in_head and data):
            return data
        # Nothing left of what came is not the end of the stream.
        return self._readable(data) or await self.read(max_bytes, timeout)

    def _readable(self, data: bytes) -> bytes:
        """The first head without a length that is none; what is behind it stays as it came."""
        end = _HEAD_END.search(data)
        self._in_head = end is None
        cut = end.end() if end else len(data)
        return _NO_LENGTH.sub(b"", data[:cut]) + data[cut:]

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _Counted(stream, self._left)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


@contextmanager
def _as_broken() -> Iterator[None]:
    """Every way in which httpcore says that no answer came, as our own."""
    try:
        yield
    except httpcore.TimeoutException as error:
        unsent = isinstance(error, httpcore.ConnectTimeout)
        raise Broken(Failure.TIMEOUT, "no answer in time", unsent=unsent) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, EOFError) as error:
        raise _broken(error) from error
    except ValueError as error:
        raise Broken(Failure.PROTOCOL, _words(error)) from error


def _broken(error: Exception) -> Broken:
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return Broken(Failure.TLS, _tls_words(cause))
        if isinstance(cause, OSError) and cause.errno in _NO_ROAD:
            return Broken(Failure.NO_ROAD, "this machine has no way to it", unsent=True)
        if isinstance(cause, ConnectionRefusedError):
            return Broken(Failure.REFUSED, "the connection was refused", unsent=True)
        if isinstance(cause, ConnectionError):
            return Broken(Failure.RESET, "the connection was cut")
    if isinstance(error, httpcore.ConnectError):
        return Broken(Failure.REFUSED, "no route to the host", unsent=True)
    said = _words(error)
    if isinstance(error, httpcore.NetworkError):
        return Broken(Failure.RESET, "the connection was cut")
    if "disconnected" in said:
        return Broken(Failure.RESET, "the connection was closed without an answer")
    return Broken(Failure.PROTOCOL, said)


def _words(error: Exception) -> str:
    """What went wrong, without the bytes in which it did: they may be a header with a secret."""
    return _QUOTED.split(str(error), maxsplit=1)[0][:100]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message).lower()
    return (error.reason or "the handshake failed").lower().replace("_", " ")
