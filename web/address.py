"""What an address is: the text of a link, taken apart and vetted before anything is asked."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

import idna

WEB_SCHEMES = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_TYPO = re.compile(r"(?i)(h{1,3}t{1,3}p{1,2}|ttp|htp|hppt|htttp)(s{0,2})\s*:{1,2}/{1,3}(?=[^/\s])")
_SIGNED = re.compile(
    r"(?i)[?&]([\w.-]*(token|secret|signature|password|api_?key)|sig|x-(amz|goog)-[\w-]+)="
)
_TWICE = re.compile(r"(?i)https?://https?(:|//)")
_LABEL = r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(
    rf"(https?)://({_LABEL}(?:\.{_LABEL})+)(?::([1-9][0-9]{{0,3}}|[1-5][0-9]{{4}}))?"
    r"((?:/(?!\.)[A-Za-z0-9._~-]*)*)(?:#([A-Za-z0-9_-]*))?"
)
"""As most addresses are: nothing in them is encoded, decoded, or left to doubt."""
_KEPT = "/?#[]@!$&'()*+,;=:%~-._"
_UNRESERVED = re.compile(r"%(2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")


class UrlProblem(StrEnum):
    """Why a text is not an address that we would request."""

    MALFORMED = "malformed"
    REFUSED = "refused_by_policy"
    NOT_WEB = "not_web"


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute http(s) address, normalised for the wire as RFC 3986 section 6.2.2 allows."""

    scheme: str
    """`http` or `https`."""
    host: str
    """Lower-case A-label, or a literal IP without brackets."""
    port: int
    """The port that is connected to, the scheme's own if none is written."""
    target: str
    """Path and query as they go on the wire; begins with `/`."""
    fragment: str
    """Without `#`; empty if there is none. Never sent."""

    @property
    def netloc(self) -> str:
        """Host and, where it is not the scheme's own, port; IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == WEB_SCHEMES[self.scheme] else f"{host}:{self.port}"

    @property
    def is_signed(self) -> bool:
        """Its query carries what looks like a key or a signature: for its own host only."""
        return _SIGNED.search(self.target) is not None

    @property
    def url(self) -> str:
        """The address without its fragment: what is requested, and the key of a link."""
        return f"{self.scheme}://{self.netloc}{self.target}"


@dataclass(frozen=True, slots=True)
class UnusableUrl:
    """A text that is not requested, with the reason and, where it is plain, what was meant."""

    problem: UrlProblem
    reason: str
    """A sentence for the reader of a report."""
    suggestion: str | None = None
    """The address that was probably meant, for malformed ones."""


@lru_cache(maxsize=1 << 14)  # asked several times for each link of a list, and at each hop
def parse(text: str) -> Address | UnusableUrl:
    """Take an address apart, or say why it cannot be requested; never raises."""
    cleaned = text.strip()
    return plain(cleaned) or spelled(cleaned)


def host_of(text: str) -> str:
    """The host of an address; empty for a text that is none."""
    found = parse(text)
    return found.host if isinstance(found, Address) else ""


def path_of(text: str) -> str:
    """The path of an address, without its query; empty for a text that is none."""
    found = parse(text)
    return found.target.partition("?")[0] if isinstance(found, Address) else ""


def plain(text: str) -> Address | None:
    """What `spelled` says of an address as most are, in a quarter of the time; None of others."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    scheme, host, port, path, fragment = found.groups()
    number = int(port) if port else WEB_SCHEMES[scheme]
    return Address(scheme, host, number, path or "/", fragment or "")


def spelled(text: str) -> Address | UnusableUrl:
    """An address in any spelling, without blanks around it, or why it cannot be requested."""
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _without_scheme(text)
    name = scheme.group(1).lower()
    if name not in WEB_SCHEMES:
        return _other_scheme(text, name)
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        return UnusableUrl(
            UrlProblem.MALFORMED, "it has a blank, a control character or a backslash"
        )
    return _web_address(text, name)


def _web_address(text: str, scheme: str) -> Address | UnusableUrl:
    if not re.match(r"[A-Za-z]+://[^/?#]", text) or _TWICE.match(text):
        return UnusableUrl(UrlProblem.MALFORMED, "it names no host", _repaired(text))
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _host(parts.hostname or "")
    except (ValueError, UnicodeError) as error:
        return UnusableUrl(UrlProblem.MALFORMED, f"its host or port cannot be read ({error})")
    if parts.username is not None or parts.password is not None:
        return UnusableUrl(UrlProblem.REFUSED, "it carries a user name or a password")
    if port == 0:
        return UnusableUrl(UrlProblem.MALFORMED, "port 0 is no port")
    target = urlunsplit(("", "", _resolve_dots(parts.path) or "/", parts.query, ""))
    if "?" in text.split("#", maxsplit=1)[0] and not parts.query:
        target += "?"
    return Address(scheme, host, port or WEB_SCHEMES[scheme], _wire(target), parts.fragment)


def _host(host: str) -> str:
    """Lower-case A-label of a host; raises ValueError or UnicodeError (idna's) where it is none."""
    if not host:
        raise ValueError("no host")
    if ":" in host:
        return host.lower()
    ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    bare = ascii_host.lower().removesuffix(".")
    labels = bare.split(".")
    if not all(re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", label) for label in labels):
        raise ValueError(f"{host!r} is no host name")
    if any(label.startswith("xn--") for label in labels):
        idna.decode(bare)
    return bare


def _resolve_dots(path: str) -> str:
    """The path without `.` and `..` segments (RFC 3986 section 5.2.4), encoded ones included."""
    path = re.sub("(?i)%2e", ".", path)
    if "/." not in path:
        return path
    kept: list[str] = []
    _, *segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _wire(target: str) -> str:
    """Percent-encode what may not go on the wire; decode what never needed encoding."""
    decoded = _UNRESERVED.sub(lambda m: chr(int(m.group(1), 16)), target)
    stray = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", decoded)
    return quote(stray, safe=_KEPT)


def _without_scheme(text: str) -> UnusableUrl:
    if text.startswith("//"):
        return UnusableUrl(UrlProblem.MALFORMED, "it has no scheme", f"https:{text}")
    if re.match(r"(?i)www\.[^/\s]+\.", text):
        return UnusableUrl(UrlProblem.MALFORMED, "it has no scheme", f"https://{text}")
    return UnusableUrl(UrlProblem.NOT_WEB, "it is no web address")


def _other_scheme(text: str, name: str) -> UnusableUrl:
    likely = _repaired(text)
    if likely is not None:
        return UnusableUrl(UrlProblem.MALFORMED, f"{name}: is no scheme", likely)
    if name in ("javascript", "data", "file", "vbscript", "blob"):
        return UnusableUrl(UrlProblem.REFUSED, f"{name}: addresses are never followed")
    return UnusableUrl(UrlProblem.NOT_WEB, f"{name}: addresses are not looked at")


def _repaired(text: str) -> str | None:
    """The address that was meant by `hhttps://`, `http:/x`, `ttps://`, `https:://`, or None."""
    typo = _TYPO.match(text)
    if typo is None:
        return None
    scheme = "https" if typo.group(2) else "http"
    rest = text[typo.end() :]
    nested = re.match(r"(?i)(https?)(://|//)", rest)
    if nested is not None:
        return f"{nested.group(1).lower()}://{rest[nested.end() :]}"
    return f"{scheme}://{rest}"
