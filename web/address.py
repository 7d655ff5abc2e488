"""URLs: parsed, normalised and checked before anything is requested."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

import idna

WEB_SCHEMES = {"http": 80, "https": 443}
"""The schemes that are requested, with their default ports."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEME_TYPO = re.compile(
    r"(?i)(h{1,3}t{1,3}p{1,2}|ttp|htp|hppt|htttp)(s{0,2})\s*:{1,2}/{1,3}(?=[^/\s])"
)
_REPEATED_SCHEME = re.compile(r"(?i)https?://https?(:|//)")
_SECRET_PARAMETER = re.compile(
    r"(?i)[?&]([\w.-]*(token|secret|signature|password|api_?key)|sig|x-(amz|goog)-[\w-]+)="
)
_LABEL = r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_COMMON = re.compile(
    rf"(https?)://({_LABEL}(?:\.{_LABEL})+)(?::([1-9][0-9]{{0,3}}|[1-5][0-9]{{4}}))?"
    r"((?:/(?!\.)[A-Za-z0-9._~-]*)*)(?:#([A-Za-z0-9_-]*))?"
)
"""URLs in which nothing has to be encoded, decoded or resolved, as most are."""
_SAFE = "/?#[]@!$&'()*+,;=:%~-._"
_ENCODED_UNRESERVED = re.compile(
    r"%(2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])"
)


class UrlProblem(StrEnum):
    """Why a URL is not requested."""

    MALFORMED = "malformed"
    REFUSED = "refused_by_policy"
    NOT_WEB = "not_web"


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute http(s) URL, normalised as RFC 3986 section 6.2.2 allows."""

    scheme: str
    """`http` or `https`."""
    host: str
    """In lower case, internationalised labels as `xn--`; or a literal IP without brackets."""
    port: int
    """The scheme's default port if the URL names none."""
    target: str
    """Path and query as they are sent; begins with `/`."""
    fragment: str
    """Without `#`; empty if there is none. It is never sent."""

    @property
    def netloc(self) -> str:
        """The host, IPv6 in brackets, and the port unless it is the default one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == WEB_SCHEMES[self.scheme] else f"{host}:{self.port}"

    @property
    def is_signed(self) -> bool:
        """Whether its query seems to hold a key or a signature, which only its own host may get."""
        return _SECRET_PARAMETER.search(self.target) is not None

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
    """Parse a URL, or say why it is not requested; never raises."""
    url = text.strip()
    return parse_common(url) or parse_any(url)


def host_of(text: str) -> str:
    """The host of a URL; empty if it is not an http(s) URL."""
    address = parse(text)
    return address.host if isinstance(address, Address) else ""


def path_of(text: str) -> str:
    """The path of a URL, without its query; empty if it is not an http(s) URL."""
    address = parse(text)
    return address.target.partition("?")[0] if isinstance(address, Address) else ""


def parse_common(url: str) -> Address | None:
    """What `parse_any` returns for most URLs, eight times as fast; None for the others."""
    match = _COMMON.fullmatch(url)
    if match is None:
        return None
    scheme, host, port, path, fragment = match.groups()
    return Address(
        scheme, host, int(port) if port else WEB_SCHEMES[scheme], path or "/", fragment or ""
    )


def parse_any(url: str) -> Address | UnusableUrl:
    """Parse a URL without surrounding blanks."""
    match = _SCHEME.match(url)
    scheme = match[1].lower() if match else ""
    if scheme not in WEB_SCHEMES:
        return _explain_scheme(url, scheme)
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        reason = "it has a blank, a control character or a backslash"
        return UnusableUrl(UrlProblem.MALFORMED, reason)
    if not re.match(r"[A-Za-z]+://[^/?#]", url) or _REPEATED_SCHEME.match(url):
        return UnusableUrl(UrlProblem.MALFORMED, "it names no host", _repair(url))
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _normalise_host(parts.hostname or "")
    except (ValueError, UnicodeError) as error:
        return UnusableUrl(UrlProblem.MALFORMED, f"its host or port cannot be read ({error})")
    if parts.username is not None or parts.password is not None:
        return UnusableUrl(UrlProblem.REFUSED, "it carries a user name or a password")
    if port == 0:
        return UnusableUrl(UrlProblem.MALFORMED, "port 0 is not a port")
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    if "?" in url.split("#", maxsplit=1)[0] and not parts.query:
        target += "?"
    # Encode what must not be sent as it is, decode what never needed encoding.
    target = _ENCODED_UNRESERVED.sub(lambda match: chr(int(match[1], 16)), target)
    target = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", target)
    target = _remove_dot_segments(quote(target, safe=_SAFE))
    return Address(scheme, host, port or WEB_SCHEMES[scheme], target, parts.fragment)


def _explain_scheme(url: str, scheme: str) -> UnusableUrl:
    """Why a URL whose scheme is not http or https, or missing, is not requested."""
    suggestion = _repair(url)
    if scheme and suggestion is not None:
        return UnusableUrl(UrlProblem.MALFORMED, f"{scheme}: is not a scheme", suggestion)
    if scheme in ("javascript", "data", "file", "vbscript", "blob"):
        return UnusableUrl(UrlProblem.REFUSED, f"{scheme}: addresses are never followed")
    if scheme:
        return UnusableUrl(UrlProblem.NOT_WEB, f"{scheme}: addresses are not checked")
    if url.startswith("//"):
        return UnusableUrl(UrlProblem.MALFORMED, "it has no scheme", f"https:{url}")
    if re.match(r"(?i)www\.[^/\s]+\.", url):
        return UnusableUrl(UrlProblem.MALFORMED, "it has no scheme", f"https://{url}")
    return UnusableUrl(UrlProblem.NOT_WEB, "it is not a web address")


def _normalise_host(host: str) -> str:
    """The host in ASCII and lower case; raises ValueError or UnicodeError if it is malformed."""
    if not host:
        raise ValueError("no host")
    if ":" in host:
        return host.lower()
    ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    name = ascii_host.lower().removesuffix(".")
    labels = name.split(".")
    if not all(re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", label) for label in labels):
        raise ValueError(f"{host!r} is not a host name")
    if any(label.startswith("xn--") for label in labels):
        idna.decode(name)
    return name


def _remove_dot_segments(target: str) -> str:
    """The target without `.` and `..` segments in its path (RFC 3986 section 5.2.4)."""
    if "/." not in target:
        return target
    path, question_mark, query = target.partition("?")
    kept: list[str] = []
    _, *segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept) + question_mark + query


def _repair(url: str) -> str | None:
    """The URL that was meant by `hhttps://`, `http:/x`, `ttps://` or `https:://`, or None."""
    typo = _SCHEME_TYPO.match(url)
    if typo is None:
        return None
    rest = url[typo.end() :]
    nested = re.match(r"(?i)(https?)(://|//)", rest)
    if nested is not None:
        return f"{nested[1].lower()}://{rest[nested.end() :]}"
    return f"{'https' if typo[2] else 'http'}://{rest}"
