"""Where we may connect: an address is vetted after resolving and before the connection."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# What `is_global` calls public on Python 3.11 but must never be reached: multicast, every
# range that embeds an IPv4 address (NAT64, 6to4, mapped, translated), and the metadata
# services of clouds that use public space (RFC 6890, RFC 6052, RFC 9780, RFC 4291 section 2.5.5).
_NEVER = tuple(
    ip_network(text)
    for text in [
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
        "ff00::/8",
    ]
)


def is_public(ip: str) -> bool:
    """Whether a literal IP address belongs to the public internet, whatever its spelling."""
    address = _read(ip)
    if address is None or address.is_multicast or not address.is_global:
        return False
    return not any(address.version == net.version and address in net for net in _NEVER)


def is_in_networks(ip: str, networks: Sequence[str]) -> bool:
    """Whether `ip` lies in one of the CIDRs that the settings open."""
    address = _read(ip)
    if address is None:
        return False
    opened = (ip_network(text, strict=False) for text in networks)
    return any(address.version == net.version and address in net for net in opened)


@lru_cache(maxsize=1 << 12)  # a host is asked for many pages, and its addresses stay the same
def allowed_ips(
    ips: tuple[str, ...], port: int, *, networks: tuple[str, ...], ports: tuple[int, ...]
) -> tuple[str, ...]:
    """Those of a name's addresses that may be connected to on `port`, IPv4 first."""
    vetted = [ip for ip in ips if is_in_networks(ip, networks) or (port in ports and is_public(ip))]
    return tuple(sorted(vetted, key=lambda ip: ":" in ip))


@lru_cache(maxsize=1 << 12)
def ip_literal(host: str) -> str | None:
    """The IP address that a host is, in any spelling that a resolver would take, or None."""
    parsed = _read(host)
    if parsed is not None:
        return str(parsed)
    if ":" in host:
        return host  # with a zone or beyond reading: no name that a resolver is to be asked for
    number = _inet_aton(host)
    return str(IPv4Address(number)) if number is not None else None


def _read(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return None
    return address


def _inet_aton(host: str) -> int | None:
    """`127.1`, `0x7f000001`, `017700000001` as inet_aton reads them; None for names."""
    parts = host.split(".")
    numbers = [_number(part) for part in parts]
    if len(parts) > 4 or any(number is None for number in numbers):
        return None
    *heads, last = [number for number in numbers if number is not None]
    room = 256 ** (5 - len(parts))
    if any(head > 255 for head in heads) or last >= room:
        return None
    total = last
    for place, head in enumerate(heads):
        total += head << (24 - 8 * place)
    return total


def _number(part: str) -> int | None:
    try:
        if part.startswith(("0x", "0X")):
            return int(part, 16)
        if part.startswith("0") and len(part) > 1:
            return int(part, 8)
        return int(part) if part.isascii() and part.isdigit() else None
    except ValueError:
        return None
