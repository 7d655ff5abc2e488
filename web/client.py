"""The HTTP client: requests with their redirects, through the guard, the limits and the robots."""

import asyncio
import resource
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Unpack

from staycurrent.web.address import Address, UnusableUrl, UrlProblem, join, parse
from staycurrent.web.connection import MAX_IDLE
from staycurrent.web.cookies import CookieJar
from staycurrent.web.deadline import Deadline, LoopTimer
from staycurrent.web.guard import allowed_ips, ip_literal
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.http1 import merge_headers, read_body, set_cookie_lines
from staycurrent.web.httpx_import import httpx
from staycurrent.web.replay.scenario import load_scenario
from staycurrent.web.replay.transport import ReplayResolver, ReplayTransport
from staycurrent.web.resolver import Resolver, SystemResolver
from staycurrent.web.response import (
    REDIRECT_STATUSES,
    Failure,
    Hop,
    RequestOptions,
    Response,
    TransportError,
    parse_retry_after,
    redirect_location,
)
from staycurrent.web.settings import WebSettings
from staycurrent.web.tls import MAX_ISSUER_BYTES, Issuers
from staycurrent.web.transport import Transport

FRESH_CONNECTION = {"connection": "close"}
"""Conditions under which every hop of a request gets a connection of its own."""
_MAX_IPS_TRIED = 3
_FRAMING_FACTOR = 2
"""Whoever asks for a larger body may also read this many times as many bytes from the network."""
_REDIRECT_BODY_S = 1.0
"""Browsers follow a redirect without its body, which some servers announce and never send. It is
waited for only to keep the connection."""
_FILES_PER_CHECK = 4
"""A socket, those of a lookup of its name, and an idle connection."""
_RESERVED_FILES = 6
"""Left for the warehouse and for files that are written."""
_SPARE_FILES = 512
"""Files that the rest of the process and idle connections may need at once."""

_FEWER = 8
"""What failed for want of descriptors, memory or time is requested again, so many times fewer at
once, ..."""
_OVERLOAD_PAUSE_S = 0.5
"""... and so much later."""
_MAY_BE_OURS = (Failure.TIMEOUT, Failure.RESET)
"""What a server seems to do while our own event loop stands still."""

_NO_ANSWER = (Failure.TIMEOUT, Failure.RESET, Failure.REFUSED)
"""What hosts do to a robot that they put off before."""

WhyDisallowed = Callable[[Address, Deadline], Awaitable[str]]
"""Why an address may not be requested, or empty; asked before each hop, within its deadline."""


@dataclass(slots=True)
class _FetchState:
    """One request with its redirects: what the caller wants, and what is known so far."""

    start: Address
    deadline: Deadline
    body_bytes: int
    max_redirects: int
    method: str
    headers: Mapping[str, str]
    content: bytes
    conditions: Mapping[str, str]
    """Headers for the first address only: they are about its own earlier response."""
    hops: list[Hop] = field(default_factory=list)
    requests: int = 0
    spent_s: float = 0.0
    is_retried: bool = False
    issuer_urls: tuple[str, ...] = ()
    """Where the missing certificate of the last handshake's chain is."""
    fragment: str = ""
    """The last fragment that a redirect named."""
    cookies: CookieJar = field(default_factory=CookieJar)
    is_overloaded: bool = False
    """Whether the last request failed because this machine lacked resources."""
    cookies_sent: dict[str, str] = field(default_factory=dict)
    """Each address that was requested, with the cookies that it was sent."""

    def spend(self, seconds: float) -> None:
        """Count the time of a request."""
        self.deadline.left_s -= max(0.0, seconds)
        self.spent_s += max(0.0, seconds)

    def failed(self, url: str, failure: Failure, detail: str) -> Response:
        """The response as the caller gets it, if the request ends by this failure."""
        return Response(
            self.start.url,
            url,
            tuple(self.hops),
            self.spent_s,
            failure,
            detail,
            requests=self.requests,
            fragment=self.fragment,
            is_overloaded=self.is_overloaded,
        )

    def loop_failure(self, previous: Address, target: Address) -> tuple[Failure, str] | None:
        """Why the redirects do not end, if they do not.

        An address may be requested again if it gets other cookies, by way of another page: a
        silent login goes over other pages and comes back. A page that redirects to itself until a
        cookie is kept is a cookie wall.
        """
        is_circle = target.url in self.cookies_sent and (
            target.url == previous.url
            or self.cookies.header_for(target) == self.cookies_sent[target.url]
        )
        if not is_circle and len(self.hops) <= self.max_redirects:
            return None
        returned = is_circle or len({hop.url for hop in self.hops}) < len(self.hops)
        if returned and self.cookies.was_set:
            return Failure.COOKIE_WALL, "it redirects to itself until a cookie is kept"
        detail = "it redirects in a circle" if is_circle else "it redirects for ever"
        return Failure.REDIRECT_LOOP, detail


class Client:
    """Sends requests; nothing that a server does raises an exception, failures are values."""

    def __init__(
        self,
        settings: WebSettings,
        *,
        transport: httpx.AsyncBaseTransport,
        resolver: Resolver,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.requests_sent = 0
        self.limiter = HostLimiter(settings, clock, sleep)
        self.load = LoopTimer()
        """How much of the time the event loop of this client was late; runs in `open_client`."""
        self._sleep = sleep
        self._few = asyncio.Semaphore(max(1, settings.concurrency // _FEWER))
        self._transport = transport
        self._resolver = resolver
        self._clock = clock
        self._issuers = Issuers(self._fetch_issuers)

    def deadline(self) -> Deadline:
        """The time for one check."""
        return Deadline(self.settings.timeout_s, self.settings.retry_after_max_s)

    async def request(
        self,
        url: str,
        *,
        why_disallowed: WhyDisallowed | None = None,
        conditions: Mapping[str, str] | None = None,
        max_redirects: int | None = None,
        deadline: Deadline | None = None,
        **options: Unpack[RequestOptions],
    ) -> Response:
        """Send one request and follow its redirects, all within `timeout_s`.

        `why_disallowed` is asked before each hop; with a reason the response is `Failure.ROBOTS`.
        `conditions` are conditional headers (RFC 9110 section 13), which go to this address only,
        or `FRESH_CONNECTION`.
        """
        start = parse(url)
        if isinstance(start, UnusableUrl):
            return Response(url, url, (), 0.0, _failure(start), start.reason)
        body_bytes = options.get("body_bytes")
        fetch = _FetchState(
            start,
            deadline or self.deadline(),
            self.settings.body_bytes if body_bytes is None else body_bytes,
            self.settings.max_redirects if max_redirects is None else max_redirects,
            options.get("method", "GET"),
            options.get("headers") or {},
            options.get("content", b""),
            conditions or {},
        )
        follow = options.get("follow_redirects", True)
        address = start
        while True:
            fetch.cookies_sent[address.url] = fetch.cookies.header_for(address)
            if why_disallowed is not None and (
                reason := await why_disallowed(address, fetch.deadline)
            ):
                return fetch.failed(address.url, Failure.ROBOTS, reason)
            response = await self._request_hop(fetch, address)
            location = redirect_location(response) if follow else ""
            if not location:
                return response
            target = join(address, location)
            if response.status not in REDIRECT_STATUSES and (
                isinstance(target, UnusableUrl)
                or target.url in fetch.cookies_sent
                or len(fetch.hops) >= fetch.max_redirects
            ):
                return response  # a page that reloads itself is a page, and so are slides
            fetch.hops.append(Hop(address.url, response.status, location))
            if isinstance(target, UnusableUrl):
                return fetch.failed(location, _failure(target), target.reason)
            if loop := fetch.loop_failure(address, target):
                return fetch.failed(target.url, *loop)
            fetch.fragment = target.fragment or fetch.fragment
            address = target

    async def aclose(self) -> None:
        """Close the connections that the transport keeps."""
        await self._transport.aclose()

    async def _request_hop(self, fetch: _FetchState, address: Address) -> Response:
        """One request to one address; a second one if the host says to come back so soon.

        If nobody answers that one, the first answer counts: it shows that the host is there.
        """
        response = await self._request_now(fetch, address)
        if not self._should_retry(fetch, address, response):
            return response
        again = await self._request_now(fetch, address)
        self._should_retry(fetch, address, again)  # its pause counts too
        if again.failure in _NO_ANSWER:
            return replace(response, requests=again.requests, elapsed_s=again.elapsed_s)
        return again

    async def _request_now(self, fetch: _FetchState, address: Address) -> Response:
        """One request to one address; a second one where a certificate had to be fetched first.

        A second one, with fewer at once, also where this machine lacked resources for the first.
        """
        response = await self._request_once(fetch, address)
        if fetch.is_overloaded and fetch.method == "GET":
            await self._sleep(_OVERLOAD_PAUSE_S)
            async with self._few:
                response = await self._request_once(fetch, address)
        if not fetch.issuer_urls or address.host in self._issuers.by_host:
            return response
        issuers = await self._issuers.find(fetch.issuer_urls, fetch.deadline)
        if issuers is None:
            detail = f"{response.detail}, and cannot be fetched now"
            return replace(response, failure=Failure.UNSUPPORTED, detail=detail)
        self._issuers.by_host[address.host] = issuers
        return await self._request_once(fetch, address) if issuers else response

    async def _fetch_issuers(self, url: str, deadline: Deadline) -> Response:
        """A file of certificates, never over https (RFC 5280 section 4.2.2.1)."""

        async def why_disallowed(address: Address, _deadline: Deadline) -> str:
            return "" if address.scheme == "http" else "a certificate is not fetched over https"

        return await self.request(
            url, why_disallowed=why_disallowed, body_bytes=MAX_ISSUER_BYTES, deadline=deadline
        )

    async def _request_once(self, fetch: _FetchState, address: Address) -> Response:
        """One request to one address; waiting for its host does not count towards the deadline."""
        fetch.issuer_urls, fetch.is_overloaded = (), False
        is_closed = self.limiter.slot(address.host).closed_for_run
        if is_closed or not fetch.deadline.takes_pause(self.limiter.seconds_closed(address.host)):
            return fetch.failed(address.url, Failure.DEFERRED, "the host asked for a longer pause")
        if fetch.deadline.left_s <= 0:
            return fetch.failed(address.url, Failure.TIMEOUT, "no answer in time")
        async with self.limiter.acquire(address.host):
            started, timer = self._clock(), LoopTimer(fetch.deadline.left_s)
            received = await self._receive(fetch, address, timer, started)
        if isinstance(received, Response):
            return received
        fetch.issuer_urls = received.issuer_urls
        if received.failure in _MAY_BE_OURS and timer.has_stalled:
            reason = "this machine was too busy: lower `web.concurrency`"
            received = TransportError(Failure.DEFERRED, reason)
        fetch.is_overloaded = received.failure is Failure.DEFERRED
        if not fetch.is_overloaded:
            fetch.spend(self._clock() - started - timer.late_s)
        return fetch.failed(address.url, received.failure, received.detail)

    async def _receive(
        self, fetch: _FetchState, address: Address, timer: LoopTimer, started: float
    ) -> Response | TransportError:
        """Send one request, read as much of the body as is wanted and arrives in time.

        Once a status line has arrived the page exists: a body that is too slow, ends early or
        does not decode is truncated, never a failure.
        """
        response, headers, body, truncated = None, dict[str, str](), bytearray(), True
        try:
            async with timer.running():
                response = await self._send(fetch, address)
                headers = merge_headers(response.headers.raw)
                leads_on = response.status_code in REDIRECT_STATUSES and headers.get("location")
                async with asyncio.timeout(_REDIRECT_BODY_S if leads_on else None):
                    coding = headers.get("content-encoding", "")
                    truncated = await read_body(response, coding, body, fetch.body_bytes)
        except TransportError as error:
            if response is None:
                return error
        except (TimeoutError, zlib.error):
            if response is None:
                return TransportError(Failure.TIMEOUT)
        finally:
            if response is not None:
                await response.aclose()
        if "set-cookie" in headers:
            lines, date = set_cookie_lines(response.headers.raw), headers.get("date", "")
            fetch.cookies.store(address, lines, date)
        fetch.spend(self._clock() - started - timer.late_s)
        return Response(
            fetch.start.url,
            address.url,
            tuple(fetch.hops),
            fetch.spent_s,
            status=response.status_code,
            headers=headers,
            body=bytes(body),
            truncated=truncated,
            requests=fetch.requests,
            fragment=fetch.fragment,
            certificate_dates=response.extensions.get("certificate_dates"),
        )

    async def _send(self, fetch: _FetchState, address: Address) -> httpx.Response:
        """Resolve the name, vet its IPs, and send to the first that can be connected to."""
        literal = ip_literal(address.host)
        resolved = (literal,) if literal else await self._resolver.resolve(address.host)
        ips = allowed_ips(
            resolved,
            address.port,
            networks=self.settings.allow_networks,
            ports=self.settings.allow_ports,
        )
        if resolved and not ips:
            raise TransportError(Failure.REFUSED_BY_POLICY, "a private address or an unusual port")
        origin = _origin(address.scheme, address.netloc)
        headers = self._headers(fetch, address)
        raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        wire_bytes = max(self.settings.wire_bytes, _FRAMING_FACTOR * fetch.body_bytes)
        failures: list[TransportError] = []
        for ip in ips[:_MAX_IPS_TRIED]:
            request = httpx.Request(
                fetch.method, origin, headers=raw_headers, content=fetch.content or None
            )
            request.extensions = {
                "address": ip,
                "target": address.target.encode("ascii"),
                "wire_bytes": wire_bytes,
                "issuers": self._issuers.by_host.get(address.host, ()),
            }
            fetch.requests += 1
            self.requests_sent += 1
            try:
                return await self._transport.handle_async_request(request)
            except TransportError as error:
                if not error.unsent:
                    raise
                failures.append(error)
        # without IPv6 here, only what the IPv4 addresses of a host do says something of it
        reached = [one for one in failures if one.failure is not Failure.UNREACHABLE]
        no_address = TransportError(Failure.DNS_TROUBLE, "the name has no address")
        raise (reached or failures or [no_address])[-1]

    def _headers(self, fetch: _FetchState, address: Address) -> dict[str, str]:
        # Tokens are for the host that was requested: a redirect elsewhere must not carry them.
        is_own = address.host == fetch.start.host and (
            address.scheme == "https" or fetch.start.scheme == "http"
        )
        cookies = fetch.cookies.header_for(address)
        own = {name.title(): value for name, value in fetch.headers.items()} if is_own else {}
        return {
            "Host": address.netloc,
            "User-Agent": self.settings.user_agent,
            "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8",
            "Accept-Language": "*",
            "Accept-Encoding": "gzip",
            **({"Cookie": cookies} if cookies else {}),
            **own,
            **(fetch.conditions if not fetch.hops else {}),
            **(FRESH_CONNECTION if "connection" in fetch.conditions else {}),
        }

    def _should_retry(self, fetch: _FetchState, address: Address, response: Response) -> bool:
        """Whether the host named a time that we are willing to wait for, once per request."""
        if response.status not in (0, 429, 503):
            self.limiter.slot(address.host).vain_s = 0.0
        if response.status not in (429, 503) or "cf-mitigated" in response.headers:
            return False
        headers = response.headers
        seconds = parse_retry_after(headers.get("retry-after", ""), headers.get("date"))
        if seconds is None or not self.limiter.apply_retry_after(address.host, seconds):
            return False
        is_first, fetch.is_retried = not fetch.is_retried, True
        return is_first and seconds <= fetch.deadline.pauses_left_s


@lru_cache(maxsize=1 << 12)
def _origin(scheme: str, netloc: str) -> httpx.URL:
    """What httpx makes of an address without its path, which goes in the `target` extension."""
    return httpx.URL(f"{scheme}://{netloc}")


def _failure(unusable: UnusableUrl) -> Failure:
    is_malformed = unusable.problem is UrlProblem.MALFORMED
    return Failure.MALFORMED if is_malformed else Failure.REFUSED_BY_POLICY


def _open_files() -> int:
    """How many descriptors this process has open, or a guess where the system does not say."""
    try:
        return sum(1 for _ in Path("/dev/fd").iterdir())
    except OSError:
        return 32


@asynccontextmanager
async def open_client(settings: WebSettings, run_date: date) -> AsyncIterator[Client]:
    """A client for one run: of the network, or of what `web.recording` holds for `run_date`."""
    if settings.recording:
        night = load_scenario(Path(settings.recording)).on_date(run_date)
        yield Client(settings, transport=ReplayTransport(night), resolver=ReplayResolver(night))
        return
    # As many open files as the requests at once need, as far as the system allows.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * settings.concurrency + _SPARE_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    free = wanted if soft == resource.RLIM_INFINITY else soft - _open_files() - _RESERVED_FILES
    at_once = max(1, min(settings.concurrency, free // _FILES_PER_CHECK))
    settings = replace(settings, concurrency=at_once)
    resolver = SystemResolver(settings.dns_timeout_s)
    transport = Transport(settings, max_idle=min(MAX_IDLE, max(0, free // _FILES_PER_CHECK)))
    client = Client(settings, transport=transport, resolver=resolver)
    try:
        async with client.load.running():
            yield client
    finally:
        resolver.close()
        await client.aclose()
