"""robots.txt (RFC 9309): what a host allows us, asked before its pages and cached for weeks."""

import asyncio
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Unpack

from protego import Protego

from staycurrent.web.address import Address, parse
from staycurrent.web.client import Client
from staycurrent.web.response import Failure, RequestOptions, Response

MAX_ROBOTS_BYTES = 512_000
"""Bytes of the file that are read (RFC 9309 section 2.5)."""
MAX_ROBOTS_REDIRECTS = 5
"""Redirects that are followed to it (RFC 9309 section 2.3.1.2)."""
MIN_CACHE_DAYS = 28
"""It is cached for so many days at least, and for less than twice as many; see
docs/decisions/0007-robots.md."""
ERROR_CACHE_DAYS = 7
"""How long it is cached that it could not be fetched."""


@dataclass(frozen=True, slots=True)
class RobotsTxt:
    """One host's robots.txt as it was on one date."""

    host: str
    """With its port unless that is the scheme's own; http and https share one file."""
    run_date: date
    status: int
    """0 if there was no response."""
    rules: str = ""
    """The lines of its groups; empty if it disallows nothing to anybody."""

    @property
    def is_known(self) -> bool:
        """Whether the host stated its rules, or has none (4xx)."""
        return 200 <= self.status < 300 or 400 <= self.status < 500

    def is_fresh(self, run_date: date) -> bool:
        """Whether it can be used on `run_date`; hosts of one date expire on different ones."""
        spread = zlib.crc32(self.host.encode()) % MIN_CACHE_DAYS
        days = MIN_CACHE_DAYS + spread if self.is_known else ERROR_CACHE_DAYS
        return 0 <= (run_date - self.run_date).days < days

    def allows(self, url: str, agent: str) -> bool:
        """Whether `agent` (a product token) may request `url`; the longest matching rule counts."""
        return not self.rules or _parse_rules(self.rules).can_fetch(url, agent)


@lru_cache(maxsize=512)
def _parse_rules(rules: str) -> Protego:
    return Protego.parse(rules)


def product_token(user_agent: str) -> str:
    """The product token of a User-Agent header: `staycurrent` of `staycurrent/0.1 (+...)`."""
    token = re.match(r"[A-Za-z_-]+", user_agent)
    return token[0] if token else user_agent


def read_robots_txt(host: str, run_date: date, response: Response) -> RobotsTxt:
    """What a response to a request for robots.txt means.

    Only 2xx is read; 4xx means that there are no rules. For 5xx and failures RFC 9309 forbids
    everything, but we let the check of the page find out: it gives the better reason.
    """
    if response.failure is not None:
        return RobotsTxt(host, run_date, 0)
    is_success = 200 <= response.status < 300
    return RobotsTxt(
        host, run_date, response.status, relevant_lines(response.body) if is_success else ""
    )


def relevant_lines(body: bytes) -> str:
    """The lines of a robots.txt without comments, site maps and empty lines.

    Empty if a page is served in its place, or if it has no `Disallow` in any of the spellings that
    Protego understands.
    """
    text = body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith("<"):
        return ""
    lines = (line.partition("#")[0].strip() for line in re.split(r"[\r\n]+", text))
    kept = [line for line in lines if line and not re.match(r"(?i)(site-?maps?|host)\s*:", line)]
    return "\n".join(kept) if any(re.match("(?i)dis|dia", line) for line in kept) else ""


class RobotsPolicy:
    """A client that requests a page only if the robots.txt of each host on its way allows it."""

    def __init__(
        self,
        client: Client,
        run_date: date,
        *,
        cached: Mapping[str, RobotsTxt],
        save: Callable[[RobotsTxt], None],
    ) -> None:
        self._client = client
        self._run_date = run_date
        self._by_host = {
            host: robots for host, robots in cached.items() if robots.is_fresh(run_date)
        }
        self._save = save
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._agent = product_token(client.settings.user_agent)

    async def fetch(self, url: str, conditions: Mapping[str, str] | None = None) -> Response:
        """GET a page; `Failure.ROBOTS` if it, or what it redirects to, is disallowed."""
        return await self._client.request(url, is_allowed=self._allows, conditions=conditions)

    async def request(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """As `Client.request`, if robots.txt allows `url` or it is an API, made for programs."""
        address = parse(url)
        if isinstance(address, Address):
            is_api = address.host.startswith(("api.", "export.")) or "/api/" in address.target
            if not is_api and not await self._allows(address):
                return Response(url, url, (), 0.0, Failure.ROBOTS, "robots.txt disallows it")
        return await self._client.request(url, **options)

    async def _allows(self, address: Address) -> bool:
        host = address.netloc
        async with self._locks[host]:  # the first request to a host fetches the file for all
            if host not in self._by_host:
                response = await self._client.request(
                    f"{address.scheme}://{host}/robots.txt",
                    body_bytes=MAX_ROBOTS_BYTES,
                    max_redirects=min(MAX_ROBOTS_REDIRECTS, self._client.settings.max_redirects),
                )
                self._by_host[host] = read_robots_txt(host, self._run_date, response)
                if response.failure is not Failure.DEFERRED:
                    self._save(self._by_host[host])
            robots = self._by_host[host]
        return robots.allows(address.url, self._agent)
