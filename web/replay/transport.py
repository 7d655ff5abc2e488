"""A scenario played in this process: a resolver and a transport that never touch the network."""

import zlib
from collections import Counter
from collections.abc import AsyncIterator

from staycurrent.web.http import httpx
from staycurrent.web.replay.scenario import (
    PRIVATE,
    SELF,
    Dns,
    Fault,
    HostRule,
    ReplayRequest,
    ReplayResponse,
    ScenarioNight,
    Tcp,
    Tls,
)
from staycurrent.web.response import Failure, TransportError

_DNS_TROUBLE = {
    Dns.SERVFAIL: "the name servers failed",
    Dns.SILENT: "the name servers stayed silent",
    Dns.NODATA: "the name has no address",
}
_TLS = {
    Tls.EXPIRED: "certificate has expired",
    Tls.UNTRUSTED: "unable to get local issuer certificate",
    Tls.WRONG_NAME: "hostname mismatch",
    Tls.OLD: "unsupported protocol",
}
# The other faults are about bytes on a wire, which only the test web has: played here, the
# answer simply comes.
_FAULTS = {
    Fault.RESET: (Failure.RESET, "the connection was cut"),
    Fault.CLOSE: (Failure.RESET, "the connection was closed without an answer"),
    Fault.HANG: (Failure.TIMEOUT, "no answer in time"),
    Fault.DRIP: (Failure.TIMEOUT, "no answer in time"),
    Fault.GARBAGE: (Failure.PROTOCOL, "illegal status line"),
}
_ENDLESS_CHUNKS = 1024


def scripted_ips(host: HostRule, own: str, earlier: int) -> tuple[str, ...]:
    """Addresses of a host that its player gave `own`, after `earlier` look-ups; raises Broken."""
    if host.dns is Dns.MISSING:
        raise TransportError(Failure.DNS, "the name does not exist")
    if host.dns in _DNS_TROUBLE:
        raise TransportError(Failure.DNS_TROUBLE, _DNS_TROUBLE[host.dns])
    if host.dns is Dns.PRIVATE or (host.dns is Dns.REBIND and earlier):
        return (PRIVATE,)
    return tuple(own if address == SELF else address for address in host.addresses)


class ReplayResolver:
    """The names of one night; what resolves gets an address that looks public."""

    def __init__(self, view: ScenarioNight) -> None:
        self._view = view
        self._asked: Counter[str] = Counter()

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Literal addresses of `host`; raises `Broken` with DNS or DNS_TROUBLE."""
        earlier = self._asked[host]
        self._asked[host] += 1
        return scripted_ips(self._view.host_rule(host), _public_looking(host), earlier)


def _public_looking(host: str) -> str:
    """Nothing is connected to it; the guard refuses the ranges meant for documentation."""
    number = zlib.crc32(host.encode())
    return f"1.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class ReplayTransport(httpx.AsyncBaseTransport):
    """The answers of one night: at once, without a socket, the same ones every time."""

    def __init__(self, view: ScenarioNight) -> None:
        self._view = view
        self._memory: Counter[int] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer from the first rule that fits; raises `Broken` where no answer would come."""
        _connect(self._view.host_rule(request.url.host), request.url.scheme)
        asked = _asked(request)
        reply = self._view.response(asked, self._memory)
        if reply.fault in _FAULTS:
            raise TransportError(*_FAULTS[reply.fault])
        body = self._view.compose_body(reply, asked.url)
        return httpx.Response(
            reply.status,
            headers=[*_raw(reply), (b"content-length", str(len(body)).encode())],
            stream=_Body(b"" if request.method == "HEAD" else body, reply.fault),
            request=request,
        )


def _connect(host: HostRule, scheme: str) -> None:
    if host.tcp is Tcp.SILENT:
        raise TransportError(Failure.TIMEOUT, "no answer in time", unsent=True)
    if host.tcp is Tcp.REFUSED or (scheme == "https" and host.tls is Tls.NONE):
        raise TransportError(Failure.REFUSED, "the connection was refused", unsent=True)
    if scheme == "https" and host.tls in _TLS:
        raise TransportError(Failure.TLS, _TLS[host.tls])


def _asked(request: httpx.Request) -> ReplayRequest:
    port = "" if request.url.port is None else f":{request.url.port}"
    where = f"{request.url.scheme}://{request.url.raw_host.decode()}{port}"
    return ReplayRequest(
        request.method,
        where + request.url.raw_path.decode("ascii"),
        {name.lower(): value for name, value in request.headers.items()},
    )


def _raw(reply: ReplayResponse) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in reply.headers]


class _Body(httpx.AsyncByteStream):
    """The body in one piece; cut or without end where the rule says so."""

    def __init__(self, body: bytes, fault: Fault | None) -> None:
        self._body = body
        self._fault = fault

    async def __aiter__(self) -> AsyncIterator[bytes]:
        cut = self._fault in (Fault.TRUNCATE, Fault.DRIP_BODY)
        yield self._body[: len(self._body) // 2] if cut else self._body
        if cut:
            raise TransportError(Failure.PROTOCOL, "the body ended early")
        if self._fault is Fault.ENDLESS:
            for _ in range(_ENDLESS_CHUNKS):
                yield b"and on it goes\n" * 1024
