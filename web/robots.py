"""robots.txt (RFC 9309): what a host allows us; fetched before its pages, and cached for weeks."""

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Unpack

from staycurrent.web.address import Address, parse
from staycurrent.web.deadline import Deadline
from staycurrent.web.response import Failure, RequestOptions, Response

if TYPE_CHECKING:
    from protego import Protego

    from staycurrent.web.client import Client

MAX_ROBOTS_BYTES = 512_000
"""Bytes of the file that are read (RFC 9309 section 2.5)."""
MAX_ROBOTS_REDIRECTS = 5
"""Redirects that are followed to it (RFC 9309 section 2.3.1.2)."""
MIN_CACHE_DAYS = 28
"""It is cached for so many days at least, and for less than twice as many; see
docs/decisions/0007-robots.md."""
ERROR_CACHE_DAYS = 7
"""How long it is cached that it could not be fetched."""
MAX_RULES = 5_000
"""Lines for one robot that are obeyed; a file with more of them disallows everything."""

_USER_AGENT = re.compile(r"(?i)user[- ]?agent\b\s*:?")


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

    def why_disallowed(self, url: str, agent: str) -> str:
        """Why `agent` (a product token) may not request `url`, or empty if it may.

        The longest matching rule counts.
        """
        if not self.rules:
            return ""
        rules = _parse_rules(self.rules, agent)
        if rules is None:
            return f"its robots.txt is unreadable: more than {MAX_RULES} rules"
        return "" if rules.can_fetch(url, agent) else "robots.txt disallows it"


@lru_cache(maxsize=512)
def _parse_rules(rules: str, agent: str) -> "Protego | None":
    """The rules for `agent`, or None if they are too many; in time linear in the length."""
    from protego import Protego

    own = _own_rules(rules, agent)
    return Protego.parse("\n".join(["User-agent: *", *own])) if len(own) <= MAX_RULES else None


def _own_rules(rules: str, agent: str) -> list[str]:
    """The lines of all groups that name `agent`, else of those for everybody (RFC 9309, 2.2.1).

    Protego would copy each line to each of the robots that a group names.
    """
    groups: dict[str, list[str]] = {}
    names: set[str] = set()
    in_header = False
    for line in rules.splitlines():
        if header := _USER_AGENT.match(line):
            if not in_header:
                names = set()
            name = line[header.end() :].replace("*", "").strip()
            name = product_token(name).lower() or "*"
            if name in ("*", agent.lower()):
                groups.setdefault(name, [])
                names.add(name)
        else:
            for name in names:
                groups[name].append(line)
        in_header = header is not None
    return groups.get(agent.lower(), groups.get("*", []))


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
    rules = relevant_lines(response.body) if 200 <= response.status < 300 else ""
    return RobotsTxt(host, run_date, response.status, rules)


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
    """A client that requests a page only if the robots.txt of each host on its way allows it.

    With `web.robots = false` every page is allowed.
    """

    def __init__(
        self,
        client: "Client",
        run_date: date,
        *,
        cached: Mapping[str, RobotsTxt],
        save: Callable[[RobotsTxt], None],
    ) -> None:
        import asyncio  # slow to import, and stored rules are read without it

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
        return await self._client.request(
            url, why_disallowed=self._why_disallowed, conditions=conditions
        )

    async def request(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """As `Client.request`, if robots.txt allows `url` or it is an API, made for programs."""
        address = parse(url)
        if isinstance(address, Address):
            is_api = address.host.startswith(("api.", "export.")) or "/api/" in address.target
            if not is_api and (
                reason := await self._why_disallowed(address, self._client.deadline())
            ):
                return Response(url, url, (), 0.0, Failure.ROBOTS, reason)
        return await self._client.request(url, **options)

    async def _why_disallowed(self, address: Address, deadline: Deadline) -> str:
        """Why a page is disallowed; empty if it is not. robots.txt is fetched within `deadline`."""
        if not self._client.settings.robots:
            return ""
        host = address.netloc
        async with self._locks[host]:  # the first request to a host fetches the file for all
            robots = self._by_host.get(host)
            if robots is None:
                with deadline.half() as part:
                    had_time = part.left_s >= self._client.settings.timeout_s / 4
                    response = await self._client.request(
                        f"{address.scheme}://{host}/robots.txt",
                        body_bytes=MAX_ROBOTS_BYTES,
                        max_redirects=min(
                            MAX_ROBOTS_REDIRECTS, self._client.settings.max_redirects
                        ),
                        deadline=part,
                    )
                robots = read_robots_txt(host, self._run_date, response)
                # A host is not to blame where earlier ones took the time: asked again by others.
                is_known = had_time or response.failure is not Failure.TIMEOUT
                if is_known and response.failure is not Failure.DEFERRED:
                    self._by_host[host] = robots
                    self._save(robots)
        return robots.why_disallowed(address.url, self._agent)
