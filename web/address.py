"""URLs: parsed, normalised and checked before anything is requested."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ada_url import join_url, normalize_url

WEB_SCHEMES = {"http": 80, "https": 443}
"""The schemes that are requested, with their default ports."""
MAX_BELIEVED_URL = 2_000
"""Characters of a URL up to which a stranger's redirect is taken for a new address of a page."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEME_TYPO = re.compile(
    r"(?i)(h{1,3}t{1,3}p{1,2}|ttp|htp|hppt|htttp)(s{0,2})\s*:{1,2}/{1,3}(?=[^/\s])"
)
_HAS_AUTHORITY = re.compile(r"[A-Za-z]+:[/\\]{2}")
_REPEATED_SCHEME = re.compile(r"(?i)https?:[/\\]{2,}https?(:|//)")
SECRET_PARAMETER = re.compile(
    r"(?i)(?<=[?&])[\w.-]*(?:token|secret|sig(?:nature)?|password|api_?key|hmac|expires)=[^&#]*"
)
"""A key or a signature in a query, with its value."""
_LABEL = r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_COMMON = re.compile(
    rf"(https?)://(?![^/:#]{{254}})((?:{_LABEL}\.)+(?![0-9]){_LABEL})(?::([1-9][0-9]{{0,3}}|[1-5][0-9]{{4}}))?"
    r"((?:/(?!\.)[A-Za-z0-9._~-]*)*)(?:#([A-Za-z0-9_-]*))?"
)
"""URLs in which nothing has to be encoded or resolved, as most are. No IPv4 address is one."""
_SERIALISED = re.compile(
    r"(https?)://([^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/?#@:\[]+)(?::([0-9]+))?(/[^#]*)(?:#(.*))?"
)
"""What the parser writes: scheme, user, host, port, path with query, fragment."""
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_TABS_AND_LINE_BREAKS = dict.fromkeys(map(ord, "\t\n\r"))
_C0_CONTROLS_AND_SPACE = "".join(map(chr, range(0x21)))


class UrlProblem(StrEnum):
    """Why a URL is not requested."""

    MALFORMED = "malformed"
    REFUSED = "refused_by_policy"
    NOT_WEB = "not_web"


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute http(s) URL as a browser requests it (https://url.spec.whatwg.org)."""

    scheme: str
    """`http` or `https`."""
    host: str
    """In lower case, internationalised labels as `xn--`, without the root's dot; or a literal IP
    without brackets."""
    port: int
    """The scheme's default port if the URL names none."""
    target: str
    """Path and query as they are sent: ASCII, begins with `/`."""
    fragment: str
    """Without `#`, percent-encoded; empty if there is none. It is never sent."""

    @property
    def netloc(self) -> str:
        """The host, IPv6 in brackets, and the port unless it is the default one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == WEB_SCHEMES[self.scheme] else f"{host}:{self.port}"

    @property
    def is_signed(self) -> bool:
        """Whether its query seems to hold a key or a signature, which only its own host may get."""
        return SECRET_PARAMETER.search(self.target) is not None

    @property
    def url(self) -> str:
        """The URL without its fragment: what is requested, and the key of a link."""
        return f"{self.scheme}://{self.netloc}{self.target}"


@dataclass(frozen=True, slots=True)
class UnusableUrl:
    """A URL that is not requested, with the reason and, if it is plain, what was meant."""

    problem: UrlProblem
    reason: str
    """A clause for reports, as "it names no host"."""
    suggestion: str | None = None
    """The URL that was probably meant, for malformed ones."""


@lru_cache(maxsize=1 << 14)  # several times for each link, and at each redirect
def parse(text: str) -> Address | UnusableUrl:
    """Parse a URL as a browser would, or say why it is not requested; never raises."""
    return parse_common(text) or parse_any(text)


def strip_blanks(text: str) -> str:
    """What is left of a URL where a browser begins to read it: no line breaks, no outer blanks."""
    return text.translate(_TABS_AND_LINE_BREAKS).strip(_C0_CONTROLS_AND_SPACE)


def join(base: Address, reference: str) -> Address | UnusableUrl:
    """The address that a reference means on the page at `base`; never raises."""
    try:
        return parse(join_url(base.url, reference))
    except ValueError:
        return UnusableUrl(UrlProblem.MALFORMED, "it redirects to something that is no address")


def host_of(text: str) -> str:
    """The host of a URL; empty if it is not an http(s) URL."""
    address = parse(text)
    return address.host if isinstance(address, Address) else ""


def parent_domains(host: str) -> list[str]:
    """The names above a host, itself first: `a.example.org`, `example.org`, `org`."""
    labels = host.split(".")
    return [".".join(labels[n:]) for n in range(len(labels))]


def path_of(text: str) -> str:
    """The path of a URL, without its query; empty if it is not an http(s) URL."""
    address = parse(text)
    return address.target.partition("?")[0] if isinstance(address, Address) else ""


def extend(url: str, path: str = "", query: str = "") -> str:
    """`url` with a path below its own and further parameters, without fragment.

    Its own query stays; of two parameters with the same name, its own is kept.
    """
    page, _, own_query = url.partition("#")[0].partition("?")
    names = {one.partition("=")[0] for one in own_query.split("&")}
    added = [one for one in query.split("&") if one and one.partition("=")[0] not in names]
    parameters = "&".join(filter(None, [own_query, *added]))
    page = f"{page.rstrip('/')}/{path}" if path else page
    return f"{page}?{parameters}" if parameters else page


def parse_common(url: str) -> Address | None:
    """What `parse_any` returns for most URLs, in a fraction of the time; None for the others."""
    match = _COMMON.fullmatch(url)
    if match is None:
        return None
    scheme, host, port, path, fragment = match.groups()
    return Address(scheme, host, int(port or WEB_SCHEMES[scheme]), path or "/", fragment or "")


def parse_any(text: str) -> Address | UnusableUrl:
    """Parse any text."""
    url = strip_blanks(text)
    match = _SCHEME.match(url)
    scheme = match[1].lower() if match else ""
    if scheme not in WEB_SCHEMES:
        return _explain_scheme(url, scheme)
    # With one slash or none it is relative on a page of the same scheme.
    if not _HAS_AUTHORITY.match(url) or _REPEATED_SCHEME.match(url):
        return UnusableUrl(UrlProblem.MALFORMED, "it names no host", _repair(url))
    try:
        found = _SERIALISED.fullmatch(normalize_url(url))
    except ValueError:
        found = None
    if found is None:
        return UnusableUrl(UrlProblem.MALFORMED, "its host or port cannot be read", _repair(url))
    _, user, host, port, target, fragment = found.groups()
    if user:
        return UnusableUrl(UrlProblem.REFUSED, "it carries a user name or a password")
    host = host.strip("[]") if host[0] == "[" else host.removesuffix(".")
    if ":" not in host and not _HOST_NAME.fullmatch(host):
        reason = f"its host cannot exist ({host[:80]!r} is not a host name)"
        return UnusableUrl(UrlProblem.MALFORMED, reason)
    if port == "0":
        return UnusableUrl(UrlProblem.MALFORMED, "port 0 is not a port")
    return Address(scheme, host, int(port or WEB_SCHEMES[scheme]), target, fragment or "")


def _explain_scheme(url: str, scheme: str) -> UnusableUrl:
    """Why a URL whose scheme is not http or https, or missing, is not requested."""
    suggestion = _repair(url)
    if scheme and suggestion is not None:
        return UnusableUrl(UrlProblem.MALFORMED, f"{scheme}: is not a scheme", suggestion)
    if scheme in ("javascript", "data", "file", "vbscript", "blob"):
        return UnusableUrl(UrlProblem.REFUSED, f"{scheme}: addresses are never followed")
    if scheme:
        return UnusableUrl(UrlProblem.NOT_WEB, f"{scheme}: addresses are not checked")
    if re.match(r"(?i)//|www\.[^/\s]+\.", url):
        return UnusableUrl(UrlProblem.MALFORMED, "it has no scheme", f"https://{url.lstrip('/')}")
    return UnusableUrl(UrlProblem.NOT_WEB, "it is not a web address")


def _repair(url: str) -> str | None:
    """The URL that was meant by `hhttps://`, `http:/x`, `ttps://` or `https:://`, or None."""
    typo = _SCHEME_TYPO.match(url)
    if typo is None:
        return None
    rest = url[typo.end() :]
    nested = re.match(r"(?i)(https?)(://|//)", rest)
    if nested is not None:
        return f"{nested[1].lower()}://{rest[nested.end() :]}"
    repaired = f"{'https' if typo[2] else 'http'}://{rest}"
    return repaired if repaired.lower() != url.lower() else None
