"""A link as the checker knows it: one per address, whatever its places in the list."""

from dataclasses import dataclass
from functools import lru_cache

from staycurrent.web.address import Address, UnusableUrl, parse


@dataclass(frozen=True, slots=True)
class Link:
    """A web address that can be asked."""

    key: str
    """The normalised address without fragment; what history is kept under."""
    host: str
    """The unit of politeness and of outages."""
    address: Address


@lru_cache(maxsize=1 << 14)  # every stage of a night asks for every link of a list
def link(url: str) -> Link | UnusableUrl:
    """The link behind an address as it stands in a list, or why there is none."""
    address = parse(url)
    if isinstance(address, UnusableUrl):
        return address
    return Link(address.url, address.host, address)
