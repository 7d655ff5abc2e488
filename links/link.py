"""A link: one for each URL, however often the lists contain it."""

from dataclasses import dataclass
from functools import lru_cache

from staycurrent.web.address import Address, UnusableUrl, parse

MAX_NAME_WORDS = 4


@dataclass(frozen=True, slots=True)
class Link:
    """A web address that can be requested."""

    key: str
    """The normalised URL without fragment; the key of its history."""
    host: str
    """The unit of request limits and outages."""
    address: Address


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lists say of a link."""

    title: str
    text: str = ""
    """The row or item in markdown, and the headings above."""
    path: str = ""
    """The list's file; empty if it is not known."""
    line: int = 0
    """From 1."""

    @property
    def name(self) -> str:
        """The title, if it is a name: at most four words. A longer one is a sentence."""
        return self.title if len(self.title.split()) <= MAX_NAME_WORDS else ""


@lru_cache(maxsize=1 << 14)  # every stage of a run needs every link
def link(url: str) -> Link | UnusableUrl:
    """The link of a URL as written in a list, or why it cannot be requested."""
    address = parse(url)
    if isinstance(address, UnusableUrl):
        return address
    return Link(address.url, address.host, address)
