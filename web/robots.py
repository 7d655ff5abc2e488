"""What a host's robots.txt says to us (RFC 9309), and how long that is remembered."""

import re
import zlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from protego import Protego

from staycurrent.web.response import Response

MAX_ROBOTS_BYTES = 512_000
"""What is behind the first 500 KiB is not read (RFC 9309 section 2.5)."""
MAX_ROBOTS_REDIRECTS = 5
"""Redirects that are followed to it (RFC 9309 section 2.3.1.2)."""
MIN_CACHE_DAYS = 28
"""How long it is remembered at least, and at most twice as long; see docs/decisions/0007."""
ERROR_CACHE_DAYS = 7
"""How long it is remembered that it could not be had."""
_TOKEN = re.compile(r"[A-Za-z_-]+")
_BEYOND_GROUPS = re.compile(r"(?i)(site-?maps?|host)\s*:")
_CLOSES = re.compile(r"(?i)dis|dia")
"""How every spelling of `Disallow` begins that is understood."""


@dataclass(frozen=True, slots=True)
class RobotsTxt:
    """One host's robots.txt as one night found it."""

    host: str
    """With its port where that is unusual; http and https are one host with one answer."""
    run_date: date
    status: int
    """0 where no answer came."""
    rules: str = ""
    """The lines that can speak to us; empty where nothing is disallowed to anybody."""

    @property
    def is_known(self) -> bool:
        """The host said what it allows, or that it has nothing to say (4xx)."""
        return 200 <= self.status < 300 or 400 <= self.status < 500

    def is_fresh(self, night: date) -> bool:
        """Whether it need not be asked for; hosts met on one night fall due on many."""
        spread = zlib.crc32(self.host.encode()) % MIN_CACHE_DAYS
        nights = MIN_CACHE_DAYS + spread if self.is_known else ERROR_CACHE_DAYS
        return 0 <= (night - self.run_date).days < nights

    def allows(self, url: str, agent: str) -> bool:
        """Whether `agent` (a product token) may ask for `url`; the longest rule that fits holds."""
        return not self.rules or _parsed(self.rules).can_fetch(url, agent)


def product_token(user_agent: str) -> str:
    """The product token of a User-Agent header: `staycurrent` of `staycurrent/0.1 (+...)`."""
    found = _TOKEN.match(user_agent)
    return found[0] if found else user_agent


def read_robots_txt(host: str, night: date, answer: Response) -> RobotsTxt:
    """What came, as it is remembered.

    Only 2xx is read. 4xx means that there is nothing to obey; of 5xx and of silence RFC 9309
    concludes that everything is forbidden, we that the look at the page will say it better.
    """
    if answer.failure is not None:
        return RobotsTxt(host, night, 0)
    told = 200 <= answer.status < 300
    return RobotsTxt(host, night, answer.status, relevant_lines(answer.body) if told else "")


def relevant_lines(body: bytes) -> str:
    """The lines of groups and rules, one after the other, whatever ends a line in the file.

    A page in the place of a robots.txt says nothing, and so does one without a `Disallow`.
    """
    text = body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith("<"):
        return ""
    lines = (line.partition("#")[0].strip() for line in re.split(r"[\r\n]+", text))
    kept = [line for line in lines if line and not _BEYOND_GROUPS.match(line)]
    return "\n".join(kept) if any(_CLOSES.match(line) for line in kept) else ""


@lru_cache(maxsize=512)
def _parsed(rules: str) -> Protego:
    return Protego.parse(rules)
