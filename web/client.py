"""How anything is asked: hop by hop through the gate, the guard and the limits."""

import asyncio
import contextlib
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Unpack
from urllib.parse import urljoin

from staycurrent.web.address import Address, Fault, Unusable, parse
from staycurrent.web.answer import Answer, Broken, Failure, Hop, How
from staycurrent.web.dates import retry_after
from staycurrent.web.guard import literal, vet
from staycurrent.web.hosts import Gates
from staycurrent.web.http import httpx
from staycurrent.web.incoming import Carrier, Incoming, heard
from staycurrent.web.look import Came, Look, merged, set_cookies
from staycurrent.web.outgoing import plainly
from staycurrent.web.policy import Policy
from staycurrent.web.refresh import refresh
from staycurrent.web.resolver import Resolver
from staycurrent.web.robots import MOST_BYTES, MOST_HOPS

ALONE = {"connection": "close"}
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
class _Request:
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


class Web:
    """The network as one function, `ask`; nothing that a server does raises through it."""

    def __init__(
        self,
        policy: Policy,
        *,
        transport: httpx.AsyncBaseTransport,
        resolver: Resolver,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self.requests = 0
        """Requests sent since this object was made."""
        self._transport = transport
        self._carrier = transport if isinstance(transport, Carrier) else None
        self._resolver = resolver
        self._clock = clock
        self.gates = Gates(policy, clock)

    async def ask(self, url: str, **how: Unpack[How]) -> Answer:
        """Ask once within the deadline, following redirects by hand; see `web.answer.Ask`."""
        limit = how.get("body_bytes")
        wanted = _Request(
            self.policy.body_bytes if limit is None else limit,
            self.policy.max_hops,
            how.get("method", "GET"),
            how.get("headers") or {},
            how.get("content", b""),
            how.get("follow", True),
        )
        return await self._begin(url, wanted)

    async def look(
        self,
        url: str,
        permits: Permits = _everything,
        conditions: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for a page, and for none on its way that is not permitted: `Failure.ROBOTS`.

        `conditions` are headers (RFC 9110 section 13) that go to this address only, or `ALONE`.
        """
        limits = self.policy.body_bytes, self.policy.max_hops
        wanted = _Request(*limits, permits=permits, conditions=conditions or {})
        return await self._begin(url, wanted)

    async def robots_txt(self, of: Address) -> Answer:
        """Ask for a host's robots.txt by the scheme of one of its addresses."""
        hops = min(MOST_HOPS, self.policy.max_hops)
        url = f"{of.scheme}://{of.netloc}/robots.txt"
        return await self._begin(url, _Request(MOST_BYTES, hops))

    async def aclose(self) -> None:
        """Close what the transport holds open."""
        await self._transport.aclose()

    async def _begin(self, url: str, wanted: _Request) -> Answer:
        began = parse(url)
        if not isinstance(began, Address):
            return Answer(url, url, (), 0.0, _refusal(began), began.why)
        return await self._follow(Look(began, self.policy.timeout_s), wanted)

    async def _follow(self, look: Look, wanted: _Request) -> Answer:
        here = look.began
        while True:
            look.seen[here.url] = look.jar.sent_to(here)
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
                return look.answer(location, _refusal(step), step.why)
            again = known and not look.may_return(here, step)
            if again or len(look.hops) > wanted.max_hops:
                return look.answer(step.url, *look.loop(again=again))
            look.anchor = step.fragment or look.anchor
            here = step

    async def _one_hop(self, look: Look, here: Address, wanted: _Request) -> Answer:
        """One request to one place; the wait at the gate does not eat the deadline."""
        if self.gates.of(here.host).closed_for_tonight:
            return look.answer(here.url, Failure.NOT_NOW, "the host asked for a longer pause")
        async with self.gates.through(here.host):
            started = self._clock()
            try:
                came: Came | Broken = await self._came(look, here, wanted)
            except TimeoutError:
                came = Broken(Failure.TIMEOUT, "no answer in time")
            except Broken as broken:
                came = broken
            finally:
                spent = self._clock() - started
                look.left_s -= spent
                look.spent_s += spent
        if isinstance(came, Broken):
            return look.answer(here.url, came.failure, came.detail)
        return look.answer(here.url, came=came)

    async def _came(self, look: Look, here: Address, wanted: _Request) -> Came:
        """What one request brings, with as much of its body as is wanted and comes in time.

        Once a status line has come the thing exists: a body that drips, ends early or does not
        decode is cut short, never a failure.
        """
        response, headers, body, cut = None, dict[str, str](), bytearray(), True
        try:
            async with asyncio.timeout(look.left_s):
                response = await self._send(look, here, wanted)
                headers = merged(response.headers)
                coding = headers.get("content-encoding", "")
                cut = await _fill(body, response, coding, wanted.body_bytes)
        except (Broken, TimeoutError, zlib.error):
            if response is None:
                raise
        finally:
            if response is not None:
                with contextlib.suppress(Broken):
                    await response.close()
        if "set-cookie" in headers:
            look.jar.keep(here, set_cookies(response.headers))
        return Came(response.status, headers, bytes(body), cut)

    async def _send(self, look: Look, here: Address, wanted: _Request) -> Incoming:
        """Resolve, vet, connect to the vetted address; the next address where none came about."""
        for left, ip in reversed(tuple(enumerate(reversed(await self._vetted(here))))):
            sending = self._sending(look, here, wanted, ip)
            look.requests += 1
            self.requests += 1
            try:
                return await sending
            except Broken as broken:
                if not (broken.unsent and left):
                    raise
        raise Broken(Failure.DNS_TROUBLE, "the name has no address")

    def _sending(self, look: Look, here: Address, wanted: _Request, ip: str) -> Awaitable[Incoming]:
        """One request to the vetted address, about to be sent."""
        headers = self._headers(look, here, wanted)
        budget = max(self.policy.wire_bytes, _FRAMING * wanted.body_bytes)
        if self._carrier is not None and wanted.method == "GET" and not wanted.content:
            outgoing = plainly(here, ip, headers, budget)
            if outgoing is not None:
                return self._carrier.carry(outgoing)
        try:
            request = httpx.Request(
                wanted.method, here.url, headers=headers, content=wanted.content
            )
        except httpx.InvalidURL as error:
            raise Broken(Failure.MALFORMED, str(error)[:100]) from None
        request.extensions.update(address=ip, wire_bytes=budget)
        return heard(self._transport, request)

    async def _vetted(self, here: Address) -> tuple[str, ...]:
        ip = literal(here.host)
        found = (ip,) if ip is not None else await self._resolver.resolve(here.host)
        if not found:
            raise Broken(Failure.DNS_TROUBLE, "the name has no address")
        vetted = vet(
            found, here.port, networks=self.policy.allow_networks, ports=self.policy.allow_ports
        )
        if not vetted:
            raise Broken(Failure.REFUSED_BY_POLICY, "a private address or an unusual port")
        return vetted[:_ADDRESSES_TRIED]

    def _headers(self, look: Look, here: Address, wanted: _Request) -> dict[str, str]:
        # A token is for the host that was asked; a redirect elsewhere must not carry it along.
        own = wanted.headers if here.host == look.began.host else {}
        same_scheme = here.scheme == "https" or look.began.scheme == "http"
        cookies = look.jar.sent_to(here)
        return {
            "Host": here.netloc,
            "User-Agent": self.policy.user_agent,
            "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8",
            "Accept-Language": "en;q=0.9,*;q=0.5",
            "Accept-Encoding": "gzip",
            **({"Cookie": cookies} if cookies else {}),
            **(own if same_scheme else {}),
            **{k: v for k, v in wanted.conditions.items() if not look.hops or k in ALONE},
        }

    def _should_come_back(self, look: Look, here: Address, answer: Answer) -> bool:
        """Whether the host named a time that we can wait for, once in a look."""
        if answer.status not in (429, 503) or "cf-mitigated" in answer.headers:
            return False
        seconds = retry_after(answer.headers.get("retry-after", ""), answer.headers.get("date"))
        if seconds is None or not self.gates.come_back_in(here.host, seconds) or look.retried:
            return False
        look.retried = True
        return True


def _resolved(here: Address, location: str) -> Address | Unusable:
    try:
        return parse(urljoin(here.url, location))
    except ValueError:
        return Unusable(Fault.MALFORMED, "it redirects to something that is no address")


def _refusal(unusable: Unusable) -> Failure:
    malformed = unusable.fault is Fault.MALFORMED
    return Failure.MALFORMED if malformed else Failure.REFUSED_BY_POLICY


def _location(answer: Answer) -> str:
    if answer.status in _REDIRECTS:
        return answer.headers.get("location", "").strip()
    return (refresh(answer.headers, answer.body) or "") if answer.status == 200 else ""


async def _fill(body: bytearray, response: Incoming, coding: str, limit: int) -> bool:
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
