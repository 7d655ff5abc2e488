"""What one look at an address brought: an answer with its hops, or a failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypedDict, Unpack


class Failure(StrEnum):
    """Why no answer came; a closed set that the probe maps to outcomes."""

    DNS = "dns"
    """The name does not exist."""
    DNS_TROUBLE = "dns_trouble"
    """The name servers failed, stayed silent, or know no address."""
    REFUSED = "refused"
    UNREACHABLE = "no_road"
    """This machine has no way to the address, as to IPv6 from an IPv4 network: not its fault."""
    RESET = "reset"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROTOCOL = "protocol"
    """What came back is not HTTP."""
    REDIRECT_LOOP = "redirect_loop"
    COOKIE_WALL = "cookie_wall"
    """A redirect to itself that sets a cookie: a browser would get through."""
    REFUSED_BY_POLICY = "refused_by_policy"
    MALFORMED = "malformed"
    """A redirect to something that is no address."""
    DEFERRED = "not_now"
    """The host asked us to come back later than tonight; nothing is to be concluded."""
    ROBOTS = "robots"
    """The host's robots.txt disallows it to us: it was not asked for."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: where it was answered, with what status, and where it points."""

    url: str
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Response:
    """The end of one look: the last response, or the failure that ended it."""

    url: str
    """What was asked, without fragment."""
    final_url: str
    """Where the hops ended; equals `url` without hops."""
    hops: tuple[Hop, ...]
    elapsed_s: float
    failure: Failure | None = None
    detail: str = ""
    """A few words on a failure, or on what a 304 says: no addresses with secrets, no trace."""
    status: int = 0
    """0 where no response came."""
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case; repeated ones joined by `, `."""
    body: bytes = b""
    """Decoded, at most `Policy.body_bytes`."""
    truncated: bool = False
    """The body was cut at our limit, or by the server."""
    requests: int = 0
    """How many requests it took."""
    fragment: str = ""
    """The fragment that the redirects named (RFC 9110 section 10.2.2); empty if none."""

    @property
    def final_url_with_fragment(self) -> str:
        """`final_url`, with the fragment that the redirects named."""
        return f"{self.final_url}#{self.fragment}" if self.fragment else self.final_url

    @property
    def is_permanent_redirect(self) -> bool:
        """Every hop says 301 or 308, and there is at least one."""
        return bool(self.hops) and all(hop.status in (301, 308) for hop in self.hops)

    @property
    def without_body(self) -> "Response":
        """The same without headers and body, which are most of it."""
        return Response(
            self.url,
            self.final_url,
            self.hops,
            self.elapsed_s,
            self.failure,
            self.detail,
            self.status,
            truncated=self.truncated,
            requests=self.requests,
            fragment=self.fragment,
        )

    @property
    def text(self) -> str:
        """The body by its declared charset, else UTF-8; what does not decode is replaced."""
        declared = self.headers.get("content-type", "").partition("charset=")[2]
        charset = declared.split(";")[0].strip(" \"'")
        try:
            return self.body.decode(charset or "utf-8", errors="replace")
        except (LookupError, UnicodeError):
            return self.body.decode("utf-8", errors="replace")


class TransportError(Exception):
    """Raised by transports and resolvers of this room, caught by its client: no answer came."""

    def __init__(self, failure: Failure, detail: str = "", *, unsent: bool = False) -> None:
        super().__init__(f"{failure}: {detail}")
        self.failure = failure
        self.detail = detail
        self.unsent = unsent
        """No connection came about, so that another address of the name may be tried."""


class RequestOptions(TypedDict, total=False):
    """How something is asked for, where that is not a plain GET; who passes it on need not look."""

    method: str
    headers: Mapping[str, str] | None
    """To the address asked and to no other host."""
    content: bytes
    follow_redirects: bool
    """Whether redirects are followed; they are, unless this says no."""
    body_bytes: int | None
    """Overrides the policy's limit for bodies (feeds need more)."""


class Fetch(Protocol):
    """How the rooms above ask for something: they are handed one of these, never a client."""

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        """Ask once, politely, within the look's deadline; failures come back as values."""
        ...
