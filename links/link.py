"""A link: one for each URL, however often the lists contain it."""

import re
from dataclasses import dataclass
from functools import lru_cache

from staycurrent.web.address import Address, UnusableUrl, parse

MAX_NAME_WORDS = 4
_MAX_NAME_SIGNS = 10
SIGNS = r"\u3040-\u30ff\u3400-\u9fff"
"""Those of Chinese and Japanese, which are written without blanks, for a class of characters."""
_SIGN = re.compile(f"[{SIGNS}]")


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
        """The title, if it is a name, of at most four words or ten signs, and no sentence."""
        words, signs = self.title.split(), _SIGN.findall(self.title)
        is_name = len(words) <= MAX_NAME_WORDS and len(signs) <= _MAX_NAME_SIGNS
        return self.title if is_name else ""


@lru_cache(maxsize=1 << 14)  # every stage of a run needs every link
def link(url: str) -> Link | UnusableUrl:
    """The link of a URL as written in a list, or why it cannot be requested."""
    address = parse(url)
    if isinstance(address, UnusableUrl):
        return address
    return Link(address.url, address.host, address)
