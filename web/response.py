"""The response to a request with its redirects, or the failure that ended it.

What its headers say is read here too: dates, `Retry-After`, validators, and where it redirects to.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from html import unescape
from typing import Protocol, Self, TypedDict, Unpack
from urllib.parse import urlsplit

from ada_url import join_url

from staycurrent.web.charset import page_codec


class Failure(StrEnum):
    """Why there is no response; `links` maps each member to an outcome."""

    words: str
    """Plain English, as in `no answer (the name does not exist)`."""

    def __new__(cls, value: str, words: str) -> Self:
        """A member is its value, and has words for people."""
        member = str.__new__(cls, value)
        member._value_, member.words = value, words
        return member

    DNS = "dns", "the name does not exist"
    """The name does not exist."""
    DNS_TROUBLE = "dns_trouble", "the name cannot be looked up"
    """The name servers failed, did not answer, or know no address."""
    REFUSED = "refused", "the connection was refused"
    UNREACHABLE = "unreachable", "this machine has no way to it"
    """This machine cannot reach the address, as IPv6 from an IPv4 network: not the link's fault."""
    RESET = "reset", "the connection was cut"
    TIMEOUT = "timeout", "no answer in time"
    TLS = "tls", "browsers warn of its certificate"
    """The certificate or the TLS version is one that browsers warn of."""
    UNSUPPORTED = "unsupported", "it speaks TLS or HTTP in a way that we cannot"
    """The server speaks TLS or HTTP in a way that this client cannot: perhaps browsers can."""
    PROTOCOL = "protocol", "what came cannot be read"
    """What was received is not HTTP."""
    REDIRECT_LOOP = "redirect_loop", "it redirects without end"
    COOKIE_WALL = "cookie_wall", "it redirects to itself until a cookie is kept"
    """A redirect to itself that sets a cookie: a browser would get through."""
    REFUSED_BY_POLICY = "refused_by_policy", "not allowed by the settings"
    MALFORMED = "malformed", "it cannot be read"
    """A redirect to something that is not an address."""
    DEFERRED = "deferred", "it asked us to come back later than this run"
    """Not requested in this run, because the host asked for a longer pause or this machine lacked
    resources (`Response.is_overloaded`): it says nothing about the link."""
    ROBOTS = "robots", "its robots.txt asks robots not to look"
    """Not requested, because the host's robots.txt disallows it."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: what was requested, the status, and where it points as written."""

    url: str
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Response:
    """The last response of a request with its redirects, or the failure that ended it."""

    url: str
    """What was requested, without fragment."""
    final_url: str
    """Where the redirects ended; equals `url` without any."""
    hops: tuple[Hop, ...]
    elapsed_s: float
    """Without the time that was spent waiting for hosts."""
    failure: Failure | None = None
    detail: str = ""
    """A few words on a failure, or on what a 304 means; never a secret or a trace."""
    status: int = 0
    """0 if there was no response."""
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case; repeated ones are joined by `, `."""
    body: bytes = b""
    """Decoded, at most `WebSettings.body_bytes`."""
    truncated: bool = False
    """The body was cut at our limit, or by the server."""
    requests: int = 0
    """How many requests were sent."""
    fragment: str = ""
    """The fragment that the redirects named (RFC 9110 section 10.2.2); empty if none."""
    certificate_dates: tuple[date, date] | None = None
    """First and last day of the certificate of the last server; None without TLS."""
    is_overloaded: bool = False
    """Deferred, because this machine is out of files, memory or threads, or was held up."""

    @property
    def final_url_with_fragment(self) -> str:
        """`final_url` with the fragment that the redirects named."""
        return f"{self.final_url}#{self.fragment}" if self.fragment else self.final_url

    @property
    def is_permanent_redirect(self) -> bool:
        """Whether there are redirects and all of them are permanent (301 or 308)."""
        return bool(self.hops) and all(hop.status in (301, 308) for hop in self.hops)

    @property
    def without_body(self) -> "Response":
        """The same without headers and body, which are most of its memory."""
        return replace(self, headers={}, body=b"")

    @property
    def text(self) -> str:
        """The body in the charset of the page (`page_codec`); undecodable bytes are replaced."""
        codec = page_codec(self.body, self.headers.get("content-type", ""))
        return self.body.decode(codec, errors="replace")


class TransportError(Exception):
    """No response; raised by transports and resolvers and caught by the client."""

    def __init__(
        self,
        failure: Failure,
        detail: str = "",
        *,
        unsent: bool = False,
        issuer_urls: tuple[str, ...] = (),
    ) -> None:
        self.failure = failure
        self.detail = detail or failure.words
        super().__init__(f"{failure}: {self.detail}")
        self.unsent = unsent
        """There was no connection, so another address of the name can be tried."""
        self.issuer_urls = issuer_urls
        """Where the missing certificate of a chain is, as the server's certificate says."""


class RequestOptions(TypedDict, total=False):
    """What can be asked for beyond a plain GET; wrappers pass it on without reading it."""

    method: str
    headers: Mapping[str, str] | None
    """For the host of the URL and no other."""
    content: bytes
    follow_redirects: bool
    """True unless given."""
    body_bytes: int | None
    """In place of the settings' limit for bodies; feeds need more."""


class Fetch(Protocol):
    """Sends a request: the other rooms get one of these, never a client."""

    async def __call__(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """Send one request and follow its redirects, politely and within a deadline.

        Failures are part of the response, not exceptions.
        """
        ...


def is_from_host(response: Response) -> bool:
    """Whether the host that was requested answered, however much of the answer was read."""
    requested, final = urlsplit(response.url).hostname, urlsplit(response.final_url).hostname
    return response.failure is None and requested == final


def is_complete(response: Response) -> bool:
    """Whether the response is complete and comes from the host that was requested."""
    return is_from_host(response) and not response.truncated


def json_value(response: Response) -> object:
    """The JSON value of a complete response; None if there is none."""
    if not is_complete(response):
        return None
    try:
        value: object = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return value


def json_object(response: Response) -> dict[str, object] | None:
    """The JSON object of a complete response; None if there is none."""
    data = json_value(response)
    return data if isinstance(data, dict) else None


def clock_offset(response: Response, now: datetime) -> timedelta | None:
    """How far a clock that shows `now` is ahead of the server's; negative if behind.

    A cache keeps the `Date` of the original response, which may be older by `Age` seconds
    (RFC 9111 section 5.1). None if the server does not say when it sent the response.
    """
    date = parse_http_date(response.headers.get("date", ""))
    if date is None:
        return None
    age = response.headers.get("age", "").strip()
    seconds = int(age) if re.fullmatch(r"[0-9]{1,8}", age) else 0
    longest = datetime.max.replace(tzinfo=UTC) - date
    return now - min(max(now, date), date + min(timedelta(seconds=seconds), longest))


def parse_retry_after(text: str, date: str | None) -> float | None:
    """Seconds of `Retry-After` (RFC 9110 section 10.2.3); a date counts from the `date` header.

    None if the header is missing or malformed.
    """
    digits = text.strip()
    if re.fullmatch(r"[0-9]+", digits):
        return float(digits) if len(digits) < 10 else 1e9
    until, now = parse_http_date(text), parse_http_date(date or "")
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def parse_http_date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110 section 5.6.7) with its time zone; None if it is not one."""
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')
HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} (199|2\d\d)\d \d{2}:\d{2}:\d{2} GMT")


@dataclass(frozen=True, slots=True)
class Validators:
    """What identifies a version of a page (RFC 9110 section 8.8), as it is sent back."""

    etag: str = ""
    """Empty if the server sent none that is well formed."""
    last_modified: str = ""

    @classmethod
    def of(cls, response: Response) -> Self:
        """The validators of a response; malformed ones are left out, so they can be sent."""
        etag = response.headers.get("etag", "").strip()
        last_modified = response.headers.get("last-modified", "").strip()
        return cls(
            etag if ETAG.fullmatch(etag) else "",
            last_modified if HTTP_DATE.fullmatch(last_modified) else "",
        )

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)

    @property
    def headers(self) -> dict[str, str]:
        """Request headers, both if both are known: old caches know only one (section 13.1.3)."""
        headers = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


def from_not_modified(response: Response, body: bytes, content_type: str) -> Response:
    """The 200 that a 304 stands for (RFC 9110 section 15.4.5), with the body that was stored."""
    headers = {**response.headers, **({"content-type": content_type} if content_type else {})}
    return replace(response, status=200, headers=headers, body=body, truncated=False)


REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
_MAX_REFRESH_S = 5.0
"""A page that refreshes later is meant to be read."""
_MAX_REFRESH_BYTES = 16_384
_TAG = re.compile(
    rb"<!--|<(script|style|noscript|template|textarea|title)\b|<(?:meta|(base))\b([^<>]*)>",
    re.IGNORECASE,
)
_VALUE = r"\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)"
_CONTENT, _HREF = (re.compile(rf"(?i)(?<![\w-]){name}{_VALUE}") for name in ("content", "href"))
_IS_REFRESH = re.compile(r"(?i)\bhttp-equiv\s*=\s*(?:[\"']\s*)?refresh\b")
_REFRESH_VALUE = re.compile(r"(?i)\s*(\d{1,6})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?(.*)", re.DOTALL)


def redirect_location(response: Response) -> str:
    """The target of a redirect as the server wrote it; empty if it is none."""
    if response.status in REDIRECT_STATUSES:
        return response.headers.get("location", "").strip()
    if response.status == 200:
        return refresh_target(response.final_url, response.headers, response.body) or ""
    return ""


def refresh_target(url: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """The URL that the page at `url` refreshes to within five seconds; None if to none.

    As in browsers, meta elements in comments, scripts and `noscript` do not count, and what is
    relative is so to the `base` before it, if there is one (HTML, section 4.2.3); else as written.
    """
    if "refresh" in headers:
        return _parse_refresh(headers["refresh"])
    if "html" not in headers.get("content-type", "html").lower():
        return None
    html = body[:_MAX_REFRESH_BYTES]
    lower = html.lower()
    if b"refresh" not in lower:
        return None  # nearly every page; ten times as fast as the search below
    codec, position, base = page_codec(body, headers.get("content-type", "")), 0, None
    while tag := _TAG.search(html, position):
        position = tag.end()
        if tag[3] is not None:
            attributes = tag[3].decode(codec, errors="replace")
            value = (_HREF if tag[2] else _CONTENT).search(attributes)
            text = unescape(value[1].strip("\"'")) if value else None
            if tag[2]:
                base = text if base is None else base
            elif text is not None and _IS_REFRESH.search(attributes):
                target = _parse_refresh(text)
                return target and _on_base(url, base, target)
            continue
        position = lower.find(b"-->" if tag[1] is None else b"</" + tag[1].lower(), position)
        if position < 0:
            break
    return None


def _on_base(url: str, base: str | None, target: str) -> str:
    """What a page with this `base` means by a target; one that cannot be a base counts for none."""
    if base is not None:
        with suppress(ValueError):
            return join_url(join_url(url, base), target)
    return target


def _parse_refresh(value: str) -> str | None:
    """The URL of a refresh's value: seconds, then the URL, with or without `url=` and quotes."""
    match = _REFRESH_VALUE.fullmatch(value)
    if match is None or float(match[1]) > _MAX_REFRESH_S:
        return None
    url = match[2].strip()
    if url[:1] in ("'", '"'):
        url = url[1:].partition(url[0])[0]
    return url.strip() or None
