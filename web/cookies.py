"""Cookies of one look: what hosts set on the way goes back to them, and is forgotten at its end."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from staycurrent.web.address import Address

_MOST = 50
_LONGEST = 4096
_PAIR = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([\x20-\x3a\x3c-\x7e]*)")


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    value: str
    domain: str
    """The host that set it, or a domain above that it may be sent to (RFC 6265 section 5.1.3)."""
    host_only: bool
    secure: bool

    def goes_to(self, address: Address) -> bool:
        if self.secure and address.scheme != "https":
            return False
        below = not self.host_only and address.host.endswith(f".{self.domain}")
        return below or address.host == self.domain


class CookieJar:
    """At most fifty cookies; paths are not kept apart, a look has few of them."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str], _Cookie] = {}

    def __bool__(self) -> bool:
        return bool(self._cookies)

    def store(self, here: Address, lines: Iterable[str]) -> None:
        """Take `Set-Cookie` lines of an answer from `here`; what is malformed is left."""
        for line in lines:
            cookie = _read(here, line)
            if cookie is None:
                continue
            key = (cookie.domain, cookie.name)
            if _expired(line):
                self._cookies.pop(key, None)
            elif key in self._cookies or len(self._cookies) < _MOST:
                self._cookies[key] = cookie

    def header_for(self, address: Address) -> str:
        """The `Cookie` header for an address; empty where there is nothing to send."""
        if not self._cookies:
            return ""  # as in nearly every look, twice
        fitting = (one for one in self._cookies.values() if one.goes_to(address))
        text = "; ".join(f"{one.name}={one.value}" for one in fitting)
        return text if len(text) <= 2 * _LONGEST else ""


def _read(here: Address, line: str) -> _Cookie | None:
    first, _, rest = line.partition(";")
    pair = _PAIR.fullmatch(first.strip())
    if pair is None or len(line) > _LONGEST:
        return None
    domain = _attribute(rest, "domain").lstrip(".").lower()
    # A host speaks for itself and for the domains that it is in; a single label is nobody's.
    above = "." in domain and here.host.endswith(f".{domain}")
    secure = re.search(r"(?i)(^|;)\s*secure\s*(;|$)", rest) is not None
    return _Cookie(pair[1], pair[2].strip(), domain if above else here.host, not above, secure)


def _expired(line: str) -> bool:
    return re.fullmatch(r"0|-\d+", _attribute(line, "max-age")) is not None


def _attribute(text: str, name: str) -> str:
    for part in text.split(";"):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip()
    return ""
