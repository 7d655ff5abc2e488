"""What a played web says on one night: its names, and the first rule that fits a request."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

SELF = "self"
"""Among a host's addresses: the one that its player gives it."""
PRIVATE = "10.0.0.1"
_BLOCK = re.compile(rb"<!--when ([^>]*)-->\n?(.*?)<!--end-->\n?", re.DOTALL)


class Dns(StrEnum):
    """How the name servers answer for a host."""

    OK = "ok"
    MISSING = "missing"
    SERVFAIL = "servfail"
    SILENT = "silent"
    NODATA = "nodata"
    PRIVATE = "private"
    """A private address, and no other."""
    REBIND = "rebind"
    """Its own address first, a private one from the second look-up on."""


class Tcp(StrEnum):
    """What becomes of a connection to a host."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"
    """The first packet is never answered."""


class Tls(StrEnum):
    """What a host shows on port 443."""

    GOOD = "good"
    EXPIRED = "expired"
    UNTRUSTED = "untrusted"
    WRONG_NAME = "wrong_name"
    OLD = "old"
    """TLS 1.1 and nothing newer."""
    NONE = "none"
    """Port 443 is closed."""


class Fault(StrEnum):
    """What goes wrong once a request has arrived."""

    RESET = "reset"
    HANG = "hang"
    CLOSE = "close"
    """The connection is closed without a byte."""
    GARBAGE = "garbage"
    """Bytes that are not HTTP."""
    DRIP = "drip"
    """A header byte now and then, for ever."""
    DRIP_BODY = "drip_body"
    TRUNCATE = "truncate"
    """`Content-Length` promises more than comes."""
    ENDLESS = "endless"
    BOMB = "bomb"
    """A small body that decodes to 256 MB; `content-encoding` may stack codings."""
    GIANT_HEADERS = "giant_headers"
    FLOOD = "flood"
    """Interim 1xx answers without end."""
    STRAY = "stray"
    """A forged second answer behind the first, also behind one to HEAD."""
    RAW = "raw"
    """The body is the whole answer, status line and all; then the connection is closed."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Whole numbers from 1 as `1-3,5,8-` names them; empty text names them all."""

    spans: tuple[tuple[int, int | None], ...] = ((1, None),)

    @classmethod
    def parse(cls, text: str) -> "Ranges":
        """Raises ValueError where the text is not of that shape."""
        if not text.strip():
            return cls()
        return cls(tuple(_span(part) for part in text.split(",")))

    def __contains__(self, number: int) -> bool:
        return any(a <= number and (b is None or number <= b) for a, b in self.spans)


def _span(text: str) -> tuple[int, int | None]:
    found = re.fullmatch(r"\s*(\d+)\s*(?:(-)\s*(\d*)\s*)?", text)
    if found is None:
        raise ValueError(f"{text!r} is not like 1-3,5,8-")
    first, dash, last = found.groups()
    if not dash:
        return int(first), int(first)
    return int(first), int(last) if last else None


@dataclass(frozen=True, slots=True)
class HostRule:
    """One name: how it resolves, connects and proves itself."""

    name: str
    """Lower case; `*` stands for every name that no rule before this one gives."""
    nights: Ranges = Ranges()
    dns: Dns = Dns.OK
    tcp: Tcp = Tcp.OPEN
    tls: Tls = Tls.GOOD
    addresses: tuple[str, ...] = (SELF,)


@dataclass(frozen=True, slots=True)
class ReplayResponse:
    """What is sent back."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """As sent, in order; `content-length` is the player's."""
    body: bytes = b""
    fault: Fault | None = None
    delay_s: float = 0.0
    keep_by: str = ""
    """`night`, or a query parameter: which `<!--when ...-->...<!--end-->` of the body stay."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """A request as a rule sees it."""

    method: str
    url: str
    """As on the wire: no fragment, no port where it is the scheme's own."""
    headers: Mapping[str, str]
    """Names in lower case."""


@dataclass(frozen=True, slots=True)
class PageRule:
    """One rule: which requests it answers, and how."""

    url: str
    """`*` stands for anything."""
    response: ReplayResponse
    nights: Ranges = Ranges()
    methods: tuple[str, ...] = ()
    """Empty: every method."""
    tries: Ranges = Ranges()
    """Which of the night's requests that come to this rule it answers; others fall through."""
    needs: tuple[tuple[str, str], ...] = ()
    """Request headers, each with a text that it contains."""

    def matches(self, asked: ReplayRequest) -> bool:
        """Whether this rule is about such a request, tries aside."""
        if self.methods and asked.method not in self.methods:
            return False
        if any(text not in asked.headers.get(name, "") for name, text in self.needs):
            return False
        return asked.url == self.url or _pattern(self.url).fullmatch(asked.url) is not None


@lru_cache(maxsize=8192)
def _pattern(url: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in url.split("*")), re.DOTALL)


_UNMATCHED = ReplayResponse(
    404,
    (("content-type", "text/html; charset=utf-8"),),
    b"<!doctype html><title>Not found</title><h1>Not found</h1><p>There is no such page here.\n",
)


@dataclass(frozen=True, slots=True)
class ScenarioNight:
    """A scenario on one night; it never changes, what a player has seen is the player's."""

    night: int
    hosts: Mapping[str, HostRule]
    pages: tuple[PageRule, ...]
    exact: Mapping[str, tuple[int, ...]]
    """Numbers of the pages without `*`, by their address."""
    patterns: tuple[int, ...]

    def host_rule(self, name: str) -> HostRule:
        """What is known of a name; a name that nobody mentions does not exist."""
        return self.hosts.get(name) or self.hosts.get("*") or HostRule(name, dns=Dns.MISSING)

    def response(self, asked: ReplayRequest, memory: Counter[int]) -> ReplayResponse:
        """The first rule's reply, its body composed; `memory` counts the night's requests."""
        for number in sorted((*self.exact.get(asked.url, ()), *self.patterns)):
            page = self.pages[number]
            if not page.matches(asked):
                continue
            memory[number] += 1
            if memory[number] in page.tries:
                return page.response
        return _UNMATCHED

    def compose_body(self, reply: ReplayResponse, url: str) -> bytes:
        """The body with only those of its optional blocks that this night or request keeps."""
        if not reply.keep_by:
            return reply.body
        asked_for = parse_qs(urlsplit(url).query).get(reply.keep_by, [])
        wanted = {re.sub(r"v\d+$", "", word) for text in asked_for for word in text.split(",")}
        kept = 0

        def keep(block: re.Match[bytes]) -> bytes:
            nonlocal kept
            keys = block.group(1).decode()
            by_night = reply.keep_by == "night"
            stays = self.night in Ranges.parse(keys) if by_night else wanted & set(keys.split())
            kept += bool(stays)
            return block.group(2) if stays else b""

        composed = _BLOCK.sub(keep, reply.body)
        return composed.replace(b"<!--count-->", str(kept).encode())


@dataclass(frozen=True, slots=True)
class Scenario:
    """A small web over several nights; of several rules that fit, the first one holds."""

    hosts: tuple[HostRule, ...]
    pages: tuple[PageRule, ...]
    first_night: date = date(2026, 11, 1)

    def on_date(self, day: date) -> ScenarioNight:
        """The night that has this UTC date."""
        return self.on_night((day - self.first_night).days + 1)

    def on_night(self, night: int) -> ScenarioNight:
        """The night of this number; the first night is 1."""
        pages = tuple(page for page in self.pages if night in page.nights)
        exact: dict[str, tuple[int, ...]] = {}
        for number, page in enumerate(pages):
            if "*" not in page.url:
                exact[page.url] = (*exact.get(page.url, ()), number)
        patterns = tuple(number for number, page in enumerate(pages) if "*" in page.url)
        return ScenarioNight(night, self._hosts(night), pages, exact, patterns)

    def _hosts(self, night: int) -> dict[str, HostRule]:
        """By name, the first rule of each; what stands behind a rule for all names is not met."""
        hosts: dict[str, HostRule] = {}
        for host in self.hosts:
            if night in host.nights:
                hosts.setdefault(host.name, host)
                if host.name == "*":
                    return hosts
        return {name: HostRule(name) for name in self.host_names() if name != "*"} | hosts

    def host_names(self) -> tuple[str, ...]:
        """Every name that a rule of any night mentions, sorted; `*` only where a host says so."""
        of_pages = (urlsplit(page.url.replace("*://", "http://")).hostname for page in self.pages)
        plain = {name for name in of_pages if name and "*" not in name}
        return tuple(sorted(plain | {host.name for host in self.hosts}))
