"""Cookies (RFC 6265) that last for one request and its redirects."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from staycurrent.web.address import Address
from staycurrent.web.response import parse_http_date

_MAX_COOKIES = 50
_MAX_LENGTH = 4096
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_PRINTABLE = re.compile(r"[ -~]+")


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    value: str
    domain: str
    """The host that set it, or a domain above it (RFC 6265 section 5.1.3)."""
    is_host_only: bool
    is_secure: bool

    def matches(self, address: Address) -> bool:
        if self.is_secure and address.scheme != "https":
            return False
        is_below = not self.is_host_only and address.host.endswith(f".{self.domain}")
        return is_below or address.host == self.domain


class CookieJar:
    """At most fifty cookies. Paths are ignored: a request with its redirects has few of them."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str], _Cookie] = {}
        self.was_set = False
        """Whether a server set any cookie, of whatever form."""

    def store(self, address: Address, lines: Iterable[str], date: str = "") -> None:
        """Store the `Set-Cookie` lines of a response from `address`; malformed ones are ignored.

        `date` is its `Date` header, and what expires before it is removed.
        """
        now = max(parse_http_date(date) or _LONG_AGO, _LONG_AGO)
        for line in lines:
            self.was_set = True
            pair, *parts = line.split(";")
            if len(line) > _MAX_LENGTH or not _PRINTABLE.fullmatch(pair.strip()):
                continue
            # as browsers take them: any name, or none (RFC 6265bis section 5.6)
            name, has_name, value = pair.partition("=")
            attributes: dict[str, str] = {}
            for part in parts:
                attribute, _, setting = part.partition("=")
                attributes.setdefault(attribute.strip().lower(), setting.strip())
            domain = attributes.get("domain", "").lstrip(".").lower()
            # A host may set cookies for all hosts of its domain, but not of a top-level domain.
            is_shared = "." in domain and f".{address.host}".endswith(f".{domain}")
            cookie = _Cookie(
                name=name.strip() if has_name else "",
                value=(value if has_name else name).strip(),
                domain=domain if is_shared else address.host,
                is_host_only=not is_shared,
                is_secure="secure" in attributes,
            )
            key = (cookie.domain, cookie.name)
            age = attributes.get("max-age", "")
            until = parse_http_date(attributes.get("expires", ""))
            has_ended = until is not None and until <= now and not re.fullmatch(r"\d+", age)
            if has_ended or re.fullmatch(r"0|-\d+", age):
                self._cookies.pop(key, None)
            elif key in self._cookies or len(self._cookies) < _MAX_COOKIES:
                self._cookies[key] = cookie

    def header_for(self, address: Address) -> str:
        """The `Cookie` header for an address; empty if there is nothing to send."""
        if not self._cookies:
            return ""
        matching = (cookie for cookie in self._cookies.values() if cookie.matches(address))
        text = "; ".join(f"{one.name}={one.value}" if one.name else one.value for one in matching)
        return text if len(text) <= 2 * _MAX_LENGTH else ""
