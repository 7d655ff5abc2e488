"""One look under way: its hops, its cookies, and what is left of its deadline."""

import asyncio
import contextlib
import resource
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple, Unpack
from urllib.parse import urljoin

from staycurrent.web.address import Address, UnusableUrl, UrlProblem, parse
from staycurrent.web.cookies import CookieJar
from staycurrent.web.guard import allowed_ips, ip_literal
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.http import httpx
from staycurrent.web.http1 import Headers, plainly
from staycurrent.web.http_dates import parse_retry_after
from staycurrent.web.redirects import refresh_target
from staycurrent.web.replay.scenario_file import load_scenario
from staycurrent.web.replay.transport import ReplayResolver, ReplayTransport
from staycurrent.web.resolver import Resolver, SystemResolver
from staycurrent.web.response import Failure, Hop, RequestOptions, Response, TransportError
from staycurrent.web.robots import MAX_ROBOTS_BYTES, MAX_ROBOTS_REDIRECTS
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Carrier, ResponseStream, Transport, heard


class RawResponse(NamedTuple):
    """What a server sent: as in `web.answer.Answer`."""

    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool


@dataclass(slots=True)
class FetchState:
    """What is known so far; the client writes it, hop by hop."""

    began: Address
    left_s: float
    hops: list[Hop] = field(default_factory=list)
    requests: int = 0
    spent_s: float = 0.0
    retried: bool = False
    anchor: str = ""
    """The last fragment that a redirect named."""
    jar: CookieJar = field(default_factory=CookieJar)
    seen: dict[str, str] = field(default_factory=dict)
    """Each address that was asked, with the cookies that it got."""

    def answer(
        self,
        here: str,
        failure: Failure | None = None,
        detail: str = "",
        *,
        came: RawResponse | None = None,
    ) -> Response:
        """The look's end as the caller sees it."""
        return Response(
            self.began.url,
            here,
            tuple(self.hops),
            self.spent_s,
            failure,
            detail,
            *(came or RawResponse(0, {}, b"", False)),  # noqa: FBT003 -- as its fields are named
            requests=self.requests,
            fragment=self.anchor,
        )

    def may_return(self, here: Address, step: Address) -> bool:
        """Whether an address may be asked again: it gets other cookies, by way of another page.

        A page that only opens to who keeps its cookie is a wall; a journey to log in silently
        leads over other pages, and back with what they gave.
        """
        return here.url != step.url and self.jar.header_for(step) != self.seen[step.url]

    def loop(self, *, again: bool) -> tuple[Failure, str]:
        """What it is that the redirects do not end; `again`: they came to a known address."""
        circle = again or len({hop.url for hop in self.hops}) < len(self.hops)
        if circle and self.jar:
            return Failure.COOKIE_WALL, "it redirects to itself until a cookie is kept"
        detail = "it redirects in a circle" if again else "it redirects for ever"
        return Failure.REDIRECT_LOOP, detail


def merge_headers(headers: Headers) -> dict[str, str]:
    """Headers as came, by name in lower case; repeated ones joined by `, `."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def set_cookie_lines(headers: Headers) -> list[str]:
    """The `Set-Cookie` lines, which cannot be told apart once they are joined."""
    return [_text(value) for name, value in headers if name.lower() == b"set-cookie"]


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


FRESH_CONNECTION = {"connection": "close"}
"""Conditions with which no request of a look shares its connection with another look's."""
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_ADDRESSES_TRIED = 3
_FRAMING = 2
"""A caller that wants a larger body gets room for it on the wire, headers and chunks included."""

Permits = Callable[[Address], Awaitable[bool]]
"""Whether an address may be asked for; consulted before each hop, outside of its deadline."""


async def _everything(_: Address) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _FetchPlan:
    """What the caller wants, before any redirect."""

    body_bytes: int
    max_hops: int
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    follow: bool = True
    permits: Permits = _everything
    conditions: Mapping[str, str] = field(default_factory=dict)
    """Headers for the first address only: they are about what was there, not where it leads."""


class Client:
    """The network as one function, `ask`; nothing that a server does raises through it."""

    def __init__(
        self,
        policy: WebSettings,
        *,
        transport: httpx.AsyncBaseTransport,
        resolver: Resolver,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = policy
        self.requests_sent = 0
        """Requests sent since this object was made."""
        self._transport = transport
        self._carrier = transport if isinstance(transport, Carrier) else None
        self._resolver = resolver
        self._clock = clock
        self.limiter = HostLimiter(policy, clock)

    async def request(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        """Ask once within the deadline, following redirects by hand; see `web.answer.Ask`."""
        limit = how.get("body_bytes")
        wanted = _FetchPlan(
            self.settings.body_bytes if limit is None else limit,
            self.settings.max_redirects,
            how.get("method", "GET"),
            how.get("headers") or {},
            how.get("content", b""),
            how.get("follow_redirects", True),
        )
        return await self._begin(url, wanted)

    async def fetch(
        self,
        url: str,
        permits: Permits = _everything,
        conditions: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask for a page, and for none on its way that is not permitted: `Failure.ROBOTS`.

        `conditions` are headers (RFC 9110 section 13) that go to this address only, or `ALONE`.
        """
        limits = self.settings.body_bytes, self.settings.max_redirects
        wanted = _FetchPlan(*limits, permits=permits, conditions=conditions or {})
        return await self._begin(url, wanted)

    async def fetch_robots_txt(self, of: Address) -> Response:
        """Ask for a host's robots.txt by the scheme of one of its addresses."""
        hops = min(MAX_ROBOTS_REDIRECTS, self.settings.max_redirects)
        url = f"{of.scheme}://{of.netloc}/robots.txt"
        return await self._begin(url, _FetchPlan(MAX_ROBOTS_BYTES, hops))

    async def aclose(self) -> None:
        """Close what the transport holds open."""
        await self._transport.aclose()

    async def _begin(self, url: str, wanted: _FetchPlan) -> Response:
        began = parse(url)
        if not isinstance(began, Address):
            return Response(url, url, (), 0.0, _refusal(began), began.reason)
        return await self._follow(FetchState(began, self.settings.timeout_s), wanted)

    async def _follow(self, look: FetchState, wanted: _FetchPlan) -> Response:
        here = look.began
        while True:
            look.seen[here.url] = look.jar.header_for(here)
            if not await wanted.permits(here):
                return look.answer(here.url, Failure.ROBOTS, "robots.txt disallows it")
            answer = await self._one_hop(look, here, wanted)
            if self._should_come_back(look, here, answer):
                continue
            location = _location(answer) if wanted.follow else ""
            if not location:
                return answer
            step = _resolved(here, location)
            known = isinstance(step, Address) and step.url in look.seen
            if answer.status not in _REDIRECTS and (known or not isinstance(step, Address)):
                return answer  # a page that reloads itself is a page
            look.hops.append(Hop(here.url, answer.status, location))
            if not isinstance(step, Address):
                return look.answer(location, _refusal(step), step.reason)
            again = known and not look.may_return(here, step)
            if again or len(look.hops) > wanted.max_hops:
                return look.answer(step.url, *look.loop(again=again))
            look.anchor = step.fragment or look.anchor
            here = step

    async def _one_hop(self, look: FetchState, here: Address, wanted: _FetchPlan) -> Response:
        """One request to one place; the wait at the gate does not eat the deadline."""
        if self.limiter.slot(here.host).closed_for_run:
            return look.answer(here.url, Failure.DEFERRED, "the host asked for a longer pause")
        async with self.limiter.acquire(here.host):
            started = self._clock()
            try:
                came: RawResponse | TransportError = await self._came(look, here, wanted)
            except TimeoutError:
                came = TransportError(Failure.TIMEOUT, "no answer in time")
            except TransportError as broken:
                came = broken
            finally:
                spent = self._clock() - started
                look.left_s -= spent
                look.spent_s += spent
        if isinstance(came, TransportError):
            return look.answer(here.url, came.failure, came.detail)
        return look.answer(here.url, came=came)

    async def _came(self, look: FetchState, here: Address, wanted: _FetchPlan) -> RawResponse:
        """What one request brings, with as much of its body as is wanted and comes in time.

        Once a status line has come the thing exists: a body that drips, ends early or does not
        decode is cut short, never a failure.
        """
        response, headers, body, cut = None, dict[str, str](), bytearray(), True
        try:
            async with asyncio.timeout(look.left_s):
                response = await self._send(look, here, wanted)
                headers = merge_headers(response.headers)
                coding = headers.get("content-encoding", "")
                cut = await _fill(body, response, coding, wanted.body_bytes)
        except (TransportError, TimeoutError, zlib.error):
            if response is None:
                raise
        finally:
            if response is not None:
                with contextlib.suppress(TransportError):
                    await response.close()
        if "set-cookie" in headers:
            look.jar.store(here, set_cookie_lines(response.headers))
        return RawResponse(response.status, headers, bytes(body), cut)

    async def _send(self, look: FetchState, here: Address, wanted: _FetchPlan) -> ResponseStream:
        """Resolve, vet, connect to the vetted address; the next address where none came about."""
        for left, ip in reversed(tuple(enumerate(reversed(await self._vetted(here))))):
            sending = self._sending(look, here, wanted, ip)
            look.requests += 1
            self.requests_sent += 1
            try:
                return await sending
            except TransportError as broken:
                if not (broken.unsent and left):
                    raise
        raise TransportError(Failure.DNS_TROUBLE, "the name has no address")

    def _sending(
        self, look: FetchState, here: Address, wanted: _FetchPlan, ip: str
    ) -> Awaitable[ResponseStream]:
        """One request to the vetted address, about to be sent."""
        headers = self._headers(look, here, wanted)
        budget = max(self.settings.wire_bytes, _FRAMING * wanted.body_bytes)
        if self._carrier is not None and wanted.method == "GET" and not wanted.content:
            outgoing = plainly(here, ip, headers, budget)
            if outgoing is not None:
                return self._carrier.carry(outgoing)
        try:
            request = httpx.Request(
                wanted.method, here.url, headers=headers, content=wanted.content
            )
        except httpx.InvalidURL as error:
            raise TransportError(Failure.MALFORMED, str(error)[:100]) from None
        request.extensions.update(address=ip, wire_bytes=budget)
        return heard(self._transport, request)

    async def _vetted(self, here: Address) -> tuple[str, ...]:
        ip = ip_literal(here.host)
        found = (ip,) if ip is not None else await self._resolver.resolve(here.host)
        if not found:
            raise TransportError(Failure.DNS_TROUBLE, "the name has no address")
        vetted = allowed_ips(
            found, here.port, networks=self.settings.allow_networks, ports=self.settings.allow_ports
        )
        if not vetted:
            raise TransportError(Failure.REFUSED_BY_POLICY, "a private address or an unusual port")
        return vetted[:_ADDRESSES_TRIED]

    def _headers(self, look: FetchState, here: Address, wanted: _FetchPlan) -> dict[str, str]:
        # A token is for the host that was asked; a redirect elsewhere must not carry it along.
        own = wanted.headers if here.host == look.began.host else {}
        same_scheme = here.scheme == "https" or look.began.scheme == "http"
        cookies = look.jar.header_for(here)
        return {
            "Host": here.netloc,
            "User-Agent": self.settings.user_agent,
            "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8",
            "Accept-Language": "en;q=0.9,*;q=0.5",
            "Accept-Encoding": "gzip",
            **({"Cookie": cookies} if cookies else {}),
            **(own if same_scheme else {}),
            **{
                k: v for k, v in wanted.conditions.items() if not look.hops or k in FRESH_CONNECTION
            },
        }

    def _should_come_back(self, look: FetchState, here: Address, answer: Response) -> bool:
        """Whether the host named a time that we can wait for, once in a look."""
        if answer.status not in (429, 503) or "cf-mitigated" in answer.headers:
            return False
        seconds = parse_retry_after(
            answer.headers.get("retry-after", ""), answer.headers.get("date")
        )
        if (
            seconds is None
            or not self.limiter.apply_retry_after(here.host, seconds)
            or look.retried
        ):
            return False
        look.retried = True
        return True


def _resolved(here: Address, location: str) -> Address | UnusableUrl:
    try:
        return parse(urljoin(here.url, location))
    except ValueError:
        return UnusableUrl(UrlProblem.MALFORMED, "it redirects to something that is no address")


def _refusal(unusable: UnusableUrl) -> Failure:
    malformed = unusable.problem is UrlProblem.MALFORMED
    return Failure.MALFORMED if malformed else Failure.REFUSED_BY_POLICY


def _location(answer: Response) -> str:
    if answer.status in _REDIRECTS:
        return answer.headers.get("location", "").strip()
    return (refresh_target(answer.headers, answer.body) or "") if answer.status == 200 else ""


async def _fill(body: bytearray, response: ResponseStream, coding: str, limit: int) -> bool:
    """Append decoded bytes until the end or the limit; True where the limit came first."""
    coding = coding.strip().lower()
    if limit <= 0 or coding not in ("", "identity", "gzip", "x-gzip"):
        return True  # nothing is wanted of it, or we did not ask for it: the headers are enough
    inflate = zlib.decompressobj(wbits=31) if "gzip" in coding else None
    while chunk := await response.more():
        room = limit - len(body)
        body += chunk[:room] if inflate is None else inflate.decompress(chunk, room)
        if len(body) >= limit:
            return True
    return False


_SPARE = 512
"""Open files that everything else may need, connections that are kept among them."""


@asynccontextmanager
async def open_client(settings: WebSettings, run_date: date) -> AsyncIterator[Client]:
    """The web of one night; `night` chooses what a recording answers."""
    if settings.recording:
        view = load_scenario(Path(settings.recording)).on_date(run_date)
        yield Client(settings, transport=ReplayTransport(view), resolver=ReplayResolver(view))
        return
    _make_room(2 * settings.concurrency + _SPARE)  # a look has its connection, or asks for a name
    resolver = SystemResolver(settings.dns_timeout_s)
    web = Client(settings, transport=Transport(settings), resolver=resolver)
    try:
        yield web
    finally:
        resolver.close()
        await web.aclose()


def _make_room(files: int) -> None:
    """Have this process allowed so many open files, as far as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
