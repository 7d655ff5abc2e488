"""The guard against SSRF: which IPs may be connected to, asked after resolving each name.

The connection then goes to the vetted IP, so a name that resolves differently the next time (DNS
rebinding) gains nothing.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import inet_aton, inet_ntoa

# Public according to `is_global` of Python 3.11, but never to be reached: multicast, relays that
# embed an IPv4 address (6to4), and metadata services of clouds in public ranges (RFC 6890).
_BLOCKED = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # protocol assignments, with Teredo and ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_GLOBAL_UNICAST = ip_network("2000::/3")
"""All that is assigned of IPv6: mapped and translated IPv4, NAT64 and site-local are outside."""
_ISATAP_INTERFACES = (0x00005EFE, 0x02005EFE)
"""Under any prefix, these 32 bits before an IPv4 address tunnel to it (RFC 5214 section 6.1)."""
_NUMBERS = re.compile(r"[0-9a-fx.]+", re.IGNORECASE | re.ASCII)
"""What an IPv4 address in any spelling consists of, and a few names."""


def is_public(ip: str) -> bool:
    """Whether a literal IP address belongs to the public internet, whatever its spelling."""
    address = _parse_ip(ip)
    if address is None or address.is_multicast or not address.is_global:
        return False
    if any(address in network for network in _BLOCKED):
        return False
    return isinstance(address, IPv4Address) or (
        address in _GLOBAL_UNICAST and (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP_INTERFACES
    )


def is_in_networks(ip: str, networks: Sequence[str]) -> bool:
    """Whether `ip` is in one of these CIDRs."""
    address = _parse_ip(ip)
    if address is None:
        return False
    return any(address in ip_network(text, strict=False) for text in networks)


@lru_cache(maxsize=1 << 12)
def allowed_ips(
    ips: tuple[str, ...], port: int, *, networks: tuple[str, ...], ports: tuple[int, ...]
) -> tuple[str, ...]:
    """Those of a name's IPs that may be connected to on `port`, IPv4 first.

    `networks` are CIDRs that are allowed on any port.
    """
    allowed = [
        ip for ip in ips if is_in_networks(ip, networks) or (port in ports and is_public(ip))
    ]
    return tuple(sorted(allowed, key=lambda ip: ":" in ip))


@lru_cache(maxsize=1 << 12)
def ip_literal(host: str) -> str | None:
    """The IP that a host is, in any spelling that resolvers accept; None for names."""
    parsed = _parse_ip(host)
    if parsed is not None:
        return str(parsed)
    if ":" in host:
        return host  # with a zone, or malformed: not a name to resolve, and never public
    if not _NUMBERS.fullmatch(host):
        return None
    try:  # as resolvers read `127.1`, `0x7f000001` and `017700000001`
        return inet_ntoa(inet_aton(host))
    except OSError:
        return None


def _parse_ip(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return None
    return address
