"""robots.txt (RFC 9309): what a host allows us, and for how long that is cached."""

import re
import zlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from staycurrent.web.response import Response

if TYPE_CHECKING:
    from protego import Protego

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
def _parse_rules(rules: str) -> "Protego":
    from protego import Protego

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
