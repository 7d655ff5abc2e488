"""A resolver and a transport that replay a scenario in this process, without a network."""

import zlib
from collections import Counter
from collections.abc import AsyncIterator

from staycurrent.web.httpx_import import httpx
from staycurrent.web.replay.scenario import (
    PRIVATE,
    SELF,
    Dns,
    Fault,
    HostRule,
    ReplayRequest,
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
_TLS_ERRORS = {
    Tls.EXPIRED: "certificate has expired",
    Tls.UNTRUSTED: "unable to get local issuer certificate",
    Tls.WRONG_NAME: "hostname mismatch",
    Tls.OLD: "unsupported protocol",
}
# All other faults need bytes on a socket, as the tests' web server has; here the response is sent.
_FAULT_ERRORS = {
    Fault.RESET: (Failure.RESET, ""),
    Fault.CLOSE: (Failure.RESET, "the connection was closed without an answer"),
    Fault.HANG: (Failure.TIMEOUT, ""),
    Fault.DRIP: (Failure.TIMEOUT, ""),
    Fault.GARBAGE: (Failure.PROTOCOL, "illegal status line"),
}


def scripted_ips(host: HostRule, own: str, earlier_lookups: int) -> tuple[str, ...]:
    """The IPs of a host whose own one is `own`; raises TransportError."""
    if host.dns is Dns.MISSING:
        raise TransportError(Failure.DNS)
    if host.dns in _DNS_TROUBLE:
        raise TransportError(Failure.DNS_TROUBLE, _DNS_TROUBLE[host.dns])
    if host.dns is Dns.PRIVATE or (host.dns is Dns.REBIND and earlier_lookups):
        return (PRIVATE,)
    return tuple(own if address == SELF else address for address in host.addresses)


class ReplayResolver:
    """The names of one night; each name has an IP of its own in a public range."""

    def __init__(self, night: ScenarioNight) -> None:
        self._night = night
        self._lookups: Counter[str] = Counter()

    async def resolve(self, host: str) -> tuple[str, ...]:
        """As `Resolver.resolve`."""
        earlier = self._lookups[host]
        self._lookups[host] += 1
        number = zlib.crc32(host.encode())  # the guard refuses the ranges for documentation
        public = f"1.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return scripted_ips(self._night.host_rule(host), public, earlier)


class ReplayTransport(httpx.AsyncBaseTransport):
    """The responses of one night, the same ones every time."""

    def __init__(self, night: ScenarioNight) -> None:
        self._night = night
        self._counts: Counter[int] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Respond by the first rule that matches; raises TransportError if no response comes."""
        url = request.url
        host = self._night.host_rule(url.host)
        if host.tcp is Tcp.SILENT:
            raise TransportError(Failure.TIMEOUT, unsent=True)
        if host.tcp is Tcp.REFUSED or (url.scheme == "https" and host.tls is Tls.NONE):
            raise TransportError(Failure.REFUSED, unsent=True)
        if url.scheme == "https" and host.tls in _TLS_ERRORS:
            raise TransportError(Failure.TLS, _TLS_ERRORS[host.tls])
        target: bytes = request.extensions.get("target", url.raw_path)
        received = ReplayRequest(
            request.method,
            f"{url.scheme}://{url.netloc.decode()}{target.decode()}",
            {name.lower(): value for name, value in request.headers.items()},
        )
        response = self._night.response(received, self._counts)
        if response.fault in _FAULT_ERRORS:
            raise TransportError(*_FAULT_ERRORS[response.fault])
        body = self._night.compose_body(response, received.url)
        headers = [(name.encode(), value.encode()) for name, value in response.headers]
        return httpx.Response(
            response.status,
            headers=[*headers, (b"content-length", str(len(body)).encode())],
            stream=_ReplayStream(b"" if request.method == "HEAD" else body, response.fault),
            request=request,
        )


class _ReplayStream(httpx.AsyncByteStream):
    """The body in one piece; cut short or very long if the fault says so."""

    def __init__(self, body: bytes, fault: Fault | None) -> None:
        self._body = body
        self._fault = fault

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._fault in (Fault.TRUNCATE, Fault.DRIP_BODY):
            yield self._body[: len(self._body) // 2]
            raise TransportError(Failure.PROTOCOL, "the body ended early")
        yield self._body
        if self._fault is Fault.ENDLESS:
            for _ in range(1024):
                yield b"and on it goes\n" * 1024
