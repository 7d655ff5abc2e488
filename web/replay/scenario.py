"""A scripted web over several nights: rules for hosts and pages; the first that matches counts.

It is written in a scenario file (TOML).
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import msgspec

SELF = "self"
"""Among the addresses of a host: the one that the player assigns to it."""
PRIVATE = "10.0.0.1"
_BLOCK = re.compile(rb"<!--when ([^>]*)-->\n?(.*?)<!--end-->\n?", re.DOTALL)


class Dns(StrEnum):
    """What a DNS lookup of a host returns."""

    OK = "ok"
    MISSING = "missing"
    SERVFAIL = "servfail"
    SILENT = "silent"
    NODATA = "nodata"
    PRIVATE = "private"
    """Only a private address."""
    REBIND = "rebind"
    """Its own address first, a private one from the second lookup on (DNS rebinding)."""


class Tcp(StrEnum):
    """What happens to a connection to a host."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"
    """The first packet is never answered."""


class Tls(StrEnum):
    """What a host presents on port 443."""

    GOOD = "good"
    EXPIRED = "expired"
    UNTRUSTED = "untrusted"
    WRONG_NAME = "wrong_name"
    OLD = "old"
    """TLS 1.1 and nothing newer."""
    OLD_CIPHERS = "old_ciphers"
    """TLS 1.2 with ciphers that only browsers still offer."""
    LEAF_ONLY = "leaf_only"
    """The issuer's certificate is left out; the host's own one says where it is."""
    NONE = "none"
    """Port 443 is closed."""


class Fault(StrEnum):
    """What goes wrong after a request has been received."""

    RESET = "reset"
    HANG = "hang"
    CLOSE = "close"
    """The connection is closed without a byte."""
    GARBAGE = "garbage"
    """Bytes that are not HTTP."""
    DRIP = "drip"
    """A byte of a header now and then, forever."""
    DRIP_BODY = "drip_body"
    TRUNCATE = "truncate"
    """The body is shorter than its `Content-Length`."""
    ENDLESS = "endless"
    BOMB = "bomb"
    """A small body that decodes to 256 MB; `content-encoding` may stack codings."""
    GIANT_HEADERS = "giant_headers"
    FLOOD = "flood"
    """Endless interim responses (1xx)."""
    STRAY = "stray"
    """A forged second response after the first, after one to HEAD too."""
    RAW = "raw"
    """The body is the whole response with its status line; then the connection is closed."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Positive numbers as in `1-3,5,8-`; an empty text means all."""

    spans: tuple[tuple[int, int | None], ...] = ((1, None),)

    @classmethod
    def parse(cls, text: str) -> "Ranges":
        """Raises ValueError if the text is not of that form."""
        if not text.strip():
            return cls()
        spans: list[tuple[int, int | None]] = []
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d+)\s*(?:(-)\s*(\d*)\s*)?", part)
            if match is None:
                raise ValueError(f"{part!r} is not like 1-3,5,8-")
            first, dash, last = match.groups()
            spans.append((int(first), int(last or first) if last or not dash else None))
        return cls(tuple(spans))

    def __contains__(self, number: int) -> bool:
        return any(a <= number and (b is None or number <= b) for a, b in self.spans)


@dataclass(frozen=True, slots=True)
class HostRule:
    """How a host resolves, accepts connections and identifies itself."""

    name: str
    """In lower case; `*` means every name without a rule before this one."""
    nights: Ranges = Ranges()
    dns: Dns = Dns.OK
    tcp: Tcp = Tcp.OPEN
    tls: Tls = Tls.GOOD
    addresses: tuple[str, ...] = (SELF,)


@dataclass(frozen=True, slots=True)
class ReplayResponse:
    """A response as a rule describes it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """In the order in which they are sent; `content-length` is added."""
    body: bytes = b""
    fault: Fault | None = None
    delay_s: float = 0.0
    keep_by: str = ""
    """Which `<!--when KEYS-->...<!--end-->` blocks of the body are kept: `night`, those for this
    night; else those with a key that the query parameter of this name holds."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """A request as rules match it."""

    method: str
    url: str
    """As it was sent: without fragment and default port."""
    headers: Mapping[str, str]
    """Names in lower case."""


@dataclass(frozen=True, slots=True)
class PageRule:
    """Which requests get which response."""

    url: str
    """`*` matches anything."""
    response: ReplayResponse
    nights: Ranges = Ranges()
    methods: tuple[str, ...] = ()
    """Empty: every method."""
    tries: Ranges = Ranges()
    """Which of the night's requests that reach this rule get the response; others go on."""
    needs: tuple[tuple[str, str], ...] = ()
    """Request headers, each with a text that it must contain."""

    def matches(self, request: ReplayRequest) -> bool:
        """Whether this rule is about such a request, `nights` and `tries` aside."""
        is_named = request.url == self.url or (
            "*" in self.url and _pattern(self.url).fullmatch(request.url) is not None
        )
        return (
            is_named
            and (not self.methods or request.method in self.methods)
            and all(text in request.headers.get(name, "") for name, text in self.needs)
        )


@lru_cache(maxsize=8192)
def _pattern(url: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in url.split("*")), re.DOTALL)


_NOT_FOUND = ReplayResponse(
    404,
    (("content-type", "text/html; charset=utf-8"),),
    b"<!doctype html><title>Not found</title><h1>Not found</h1><p>There is no such page here.\n",
)


@dataclass(frozen=True, slots=True)
class ScenarioNight:
    """A scenario on one night. It never changes: counts of requests are kept by the player."""

    night: int
    hosts: Mapping[str, HostRule]
    pages: tuple[PageRule, ...]

    def host_rule(self, name: str) -> HostRule:
        """The rule of a host; a host that no rule mentions does not exist."""
        return self.hosts.get(name) or self.hosts.get("*") or HostRule(name, dns=Dns.MISSING)

    def response(self, request: ReplayRequest, counts: Counter[int]) -> ReplayResponse:
        """The response of the first rule that matches; `counts` are the night's requests so far."""
        for number, page in enumerate(self.pages):
            if page.matches(request):
                counts[number] += 1
                if counts[number] in page.tries:
                    return page.response
        return _NOT_FOUND

    def compose_body(self, response: ReplayResponse, url: str) -> bytes:
        """The body with the blocks that `keep_by` keeps on this night or for this URL."""
        if not response.keep_by:
            return response.body
        values = parse_qs(urlsplit(url).query).get(response.keep_by, [])
        keys = {re.sub(r"v\d+$", "", key) for value in values for key in value.split(",")}
        kept = 0

        def keep(block: re.Match[bytes]) -> bytes:
            nonlocal kept
            when = block.group(1).decode()
            if response.keep_by == "night":
                is_kept = self.night in Ranges.parse(when)
            else:
                is_kept = not keys.isdisjoint(when.split())
            kept += is_kept
            return block.group(2) if is_kept else b""

        body = _BLOCK.sub(keep, response.body)
        return body.replace(b"<!--count-->", str(kept).encode())


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rules for all nights; see `ScenarioNight`."""

    hosts: tuple[HostRule, ...]
    pages: tuple[PageRule, ...]
    first_night: date = date(2026, 11, 1)

    def on_date(self, day: date) -> ScenarioNight:
        """The night of a UTC date."""
        return self.on_night((day - self.first_night).days + 1)

    def on_night(self, night: int) -> ScenarioNight:
        """The night of a number; the first one is 1."""
        hosts: dict[str, HostRule] = {}
        for host in self.hosts:
            if night in host.nights:
                hosts.setdefault(host.name, host)
                if host.name == "*":
                    break  # later rules, and hosts that only pages mention, are not reached
        else:
            hosts = {name: HostRule(name) for name in self.host_names() if name != "*"} | hosts
        return ScenarioNight(
            night, hosts, tuple(page for page in self.pages if night in page.nights)
        )

    def host_names(self) -> tuple[str, ...]:
        """Every name that a rule of any night mentions, sorted; `*` only if a host rule has it."""
        of_pages = (urlsplit(page.url.replace("*://", "http://")).hostname for page in self.pages)
        names = {name for name in of_pages if name and "*" not in name}
        return tuple(sorted(names | {host.name for host in self.hosts}))


_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
}
_Texts = str | list[str]


class ScenarioError(ValueError):
    """The mistakes of a scenario file, one sentence a line; at most one for each table."""


class _HostTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    nights: str | int = ""
    dns: Dns = Dns.OK
    tcp: Tcp = Tcp.OPEN
    tls: Tls = Tls.GOOD
    addresses: _Texts = SELF


class _PageTable(msgspec.Struct, forbid_unknown_fields=True):
    url: _Texts
    nights: str | int = ""
    methods: _Texts = []
    tries: str | int = ""
    needs: dict[str, _Texts] = {}
    status: int = 200
    location: str = ""
    headers: dict[str, _Texts] = {}
    title: str | None = None
    body: str | None = None
    body_file: str | None = None
    json: object = None
    encoding: str = "utf-8"
    body_size: int = 0
    """The body is filled up with blanks to so many bytes."""
    fault: Fault | None = None
    delay_s: float = 0.0
    keep_by: str = ""


def load_scenario(path: Path) -> Scenario:
    """Read a file; raises ScenarioError with its mistakes, OSError if there is no file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path.name}: it is not TOML: {error}") from None
    return parse_scenario(table, name=path.name, folder=path.parent)


def parse_scenario(table: Mapping[str, object], *, name: str, folder: Path) -> Scenario:
    """Parse a table whose `body_file`s are in `folder`; raises ScenarioError with `name`."""
    hosts: list[HostRule] = []
    pages: list[PageRule] = []
    mistakes = [
        f"{name}: `{key}` is not a key of a scenario"
        for key in sorted(table.keys() - {"first_night", "host", "page"})
    ]
    first_night = table.get("first_night", date(2026, 11, 1))
    if type(first_night) is not date:
        mistakes.append(f"{name}: `first_night` must be a date like 2026-11-01")
        first_night = date.min
    for key in ("host", "page"):
        rows = table.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            mistakes.append(f"{name}: `{key}` must be written as [[{key}]]")
            continue
        for number, row in enumerate(rows, 1):
            try:
                if key == "host":
                    hosts.append(_host_rule(msgspec.convert(row, _HostTable)))
                else:
                    pages += _page_rules(msgspec.convert(row, _PageTable), folder)
            except ValueError as error:
                label = row.get("name") or row.get("url") or "without a name"
                mistakes.append(f"{name}: {key} {number} ({label}): {error}")
    if mistakes:
        raise ScenarioError("\n".join(mistakes))
    return Scenario(tuple(hosts), tuple(pages), first_night)


def _host_rule(table: _HostTable) -> HostRule:
    return HostRule(
        table.name.lower(),
        Ranges.parse(str(table.nights)),
        table.dns,
        table.tcp,
        table.tls,
        _as_tuple(table.addresses),
    )


def _page_rules(table: _PageTable, folder: Path) -> list[PageRule]:
    """One rule for each URL of the table."""
    urls = _as_tuple(table.url)
    if not urls or not all("://" in url or url == "*" for url in urls):
        raise ValueError("`url` must be one absolute URL or several")
    if table.location and not 300 <= table.status < 400:
        raise ValueError("`location` needs a status of 3xx")
    headers = _pairs(table.headers)
    content_type, body = _body(table, folder)
    if table.location:
        headers = (("location", table.location), *headers)
    if content_type and "content-type" not in {name.lower() for name, _ in headers}:
        headers = (("content-type", content_type), *headers)
    response = ReplayResponse(
        table.status,
        headers,
        body.ljust(table.body_size, b" "),
        table.fault,
        table.delay_s,
        table.keep_by,
    )
    return [
        PageRule(
            url,
            response,
            Ranges.parse(str(table.nights)),
            _as_tuple(table.methods),
            Ranges.parse(str(table.tries)),
            tuple((name.lower(), text) for name, text in _pairs(table.needs)),
        )
        for url in urls
    ]


def _body(table: _PageTable, folder: Path) -> tuple[str, bytes]:
    """The content type and the bytes, from at most one of the four keys for it."""
    given = [
        key for key in ("title", "body", "body_file", "json") if getattr(table, key) is not None
    ]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} must not be given together")
    if table.json is not None:
        text = json.dumps(table.json, ensure_ascii=False, default=str)
        return _CONTENT_TYPES[".json"], text.encode()
    if table.body_file is not None:
        file = folder / table.body_file
        if not file.is_file():
            raise ValueError(f"`body_file` names {file.name!r}, which is not in the file's folder")
        content_type = _CONTENT_TYPES.get(file.suffix, "application/octet-stream")
        return content_type, file.read_bytes()
    text = table.body or ""
    if table.title is not None:
        text = (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{table.title}</title></head>\n<body><main><h1>{table.title}</h1>"
            f"<p>What this page has to say on {table.title.lower()}.</p></main></body></html>\n"
        )
    try:
        return _CONTENT_TYPES[".html"] if text else "", text.encode(table.encoding)
    except (LookupError, UnicodeEncodeError) as error:
        raise ValueError(f"`encoding` cannot write this body: {error}") from None


def _as_tuple(texts: _Texts) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _pairs(table: Mapping[str, _Texts]) -> tuple[tuple[str, str], ...]:
    """Names with their values; a list of values repeats the name."""
    return tuple((name, text) for name, texts in table.items() for text in _as_tuple(texts))
