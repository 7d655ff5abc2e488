"""A request as it goes over the wire: made of httpx's, or of an address that is plain enough."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from staycurrent.web.address import WEB_SCHEMES, Address
from staycurrent.web.http import httpx
from staycurrent.web.kept import Way

Headers = list[tuple[bytes, bytes]]

_SIGNS = r"[A-Za-z0-9._~!$&()*+,;=:@-]|%[0-9A-Fa-f]{2}"
_PLAIN_TARGET = re.compile(rf"(?:/(?!\.)(?:{_SIGNS})*)+(?:\?(?:{_SIGNS}|[/?])*)?")
_PLAIN_NAME = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z][a-z0-9-]*")
_LONG = 8_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is asked of whom."""

    way: Way
    budget: int
    """Bytes that may be read for it, headers and framing included."""
    target: bytes
    """Path and query."""
    headers: Headers
    method: str = "GET"
    content: bytes = b""

    @property
    def may_share(self) -> bool:
        """It may go out where another did: it can be sent twice, and does not ask to be alone."""
        asked = [name for name, _ in self.headers if name.lower() == b"connection"]
        return self.method == "GET" and not asked


def plainly(here: Address, ip: str, headers: Mapping[str, str], budget: int) -> Outgoing | None:
    """A GET of an address that httpx would send as it stands; None where that is for it to say.

    It refuses what is no host or too long, resolves `/../` and quotes what few addresses have.
    """
    target = here.target
    if len(target) > _LONG or not _PLAIN_TARGET.fullmatch(target):
        return None
    if here.host != ip and not _PLAIN_NAME.fullmatch(here.host):
        return None
    port = None if here.port == WEB_SCHEMES[here.scheme] else here.port
    way = (here.scheme, here.host.encode("ascii"), port, ip)
    lines = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    return Outgoing(way, budget, target.encode("ascii"), lines)


def of_httpx(request: httpx.Request, budget: int) -> Outgoing:
    """What httpx made; `address` in its extensions is the vetted one, `wire_bytes` a budget."""
    url, extensions = request.url, request.extensions
    return Outgoing(
        (url.scheme, url.raw_host, url.port, extensions["address"]),
        extensions.get("wire_bytes", budget),
        url.raw_path,
        request.headers.raw,
        request.method,
        request.content,
    )
