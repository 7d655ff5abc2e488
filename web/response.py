"""The response to a request with its redirects, or the failure that ended it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, TypedDict, Unpack
from urllib.parse import urlsplit


class Failure(StrEnum):
    """Why there is no response; `links` maps each member to an outcome."""

    DNS = "dns"
    """The name does not exist."""
    DNS_TROUBLE = "dns_trouble"
    """The name servers failed, stayed silent, or know no address."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    """This machine cannot reach the address, as IPv6 from an IPv4 network: not the link's fault."""
    RESET = "reset"
    TIMEOUT = "timeout"
    TLS = "tls"
    """The certificate or the TLS version is one that browsers warn of."""
    UNSUPPORTED = "unsupported"
    """The server speaks TLS or HTTP in a way that this client cannot: perhaps browsers can."""
    PROTOCOL = "protocol"
    """What was received is not HTTP."""
    REDIRECT_LOOP = "redirect_loop"
    COOKIE_WALL = "cookie_wall"
    """A redirect to itself that sets a cookie: a browser would get through."""
    REFUSED_BY_POLICY = "refused_by_policy"
    MALFORMED = "malformed"
    """A redirect to something that is not an address."""
    DEFERRED = "deferred"
    """Not requested in this run, because the host asked for a longer pause or for a want of this
    machine (`Response.is_overloaded`): it says nothing about the link."""
    ROBOTS = "robots"
    """Not requested, because the host's robots.txt disallows it."""

    @property
    def words(self) -> str:
        """Plain English, as in `no answer (the name does not exist)`."""
        return _FAILURE_WORDS[self]


_FAILURE_WORDS = {
    Failure.DNS: "the name does not exist",
    Failure.DNS_TROUBLE: "the name cannot be looked up",
    Failure.REFUSED: "the connection was refused",
    Failure.UNREACHABLE: "this machine has no way to it",
    Failure.RESET: "the connection was cut",
    Failure.TIMEOUT: "no answer in time",
    Failure.TLS: "browsers warn of its certificate",
    Failure.UNSUPPORTED: "it speaks TLS or HTTP in a way that we cannot",
    Failure.PROTOCOL: "what came cannot be read",
    Failure.REDIRECT_LOOP: "it redirects without end",
    Failure.COOKIE_WALL: "it redirects to itself until a cookie is kept",
    Failure.REFUSED_BY_POLICY: "not allowed by the settings",
    Failure.MALFORMED: "it cannot be read",
    Failure.DEFERRED: "it asked us to come back later than this run",
    Failure.ROBOTS: "its robots.txt asks robots not to look",
}


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
        """The body in its declared charset, else UTF-8; undecodable bytes are replaced."""
        declared = self.headers.get("content-type", "").partition("charset=")[2]
        charset = declared.split(";")[0].strip(" \"'")
        try:
            return self.body.decode(charset or "utf-8", errors="replace")
        except (LookupError, UnicodeError):
            return self.body.decode("utf-8", errors="replace")


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
        super().__init__(f"{failure}: {detail}")
        self.failure = failure
        self.detail = detail
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


def is_complete(response: Response) -> bool:
    """Whether the response is complete and comes from the host that was requested."""
    requested, final = urlsplit(response.url).hostname, urlsplit(response.final_url).hostname
    return response.failure is None and not response.truncated and requested == final


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
