"""A link: one for each URL, however often the lists contain it."""

import re
from dataclasses import dataclass
from functools import lru_cache

from staycurrent.web.address import Address, UnusableUrl, parse

MAX_NAME_WORDS = 4
_MAX_NAME_LETTERS = 20
"""Of a name in a script without blanks; a sign of Chinese or Japanese counts twice."""
SIGNS = r"\u3040-\u30ff\u3400-\u9fff"
"""Those of Chinese and Japanese, which are written without blanks, for a class of characters."""
BURMESE = (
    r"\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081"
    r"\u108e\u1780-\u17b3"
)
"""The letters of Burmese and Khmer, which are written without blanks, too."""
_SIGN = re.compile(f"[{SIGNS}]")
_LETTER = re.compile(
    rf"[{BURMESE}\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6]"
)
"""Of scripts without blanks, with those of Thai and Lao."""


@dataclass(frozen=True, slots=True)
class Link:
    """A web address that can be requested."""

    key: str
    """The normalised URL without fragment; the key of its history."""
    host: str
    """The unit of request limits and outages."""
    address: Address

    @property
    def home(self) -> str:
        """The URL of the host's home page."""
        return f"{self.address.scheme}://{self.address.netloc}/"


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
        """The title, if it is a name and no sentence, which has more words, letters or signs."""
        letters = len(_LETTER.findall(self.title)) + 2 * len(_SIGN.findall(self.title))
        is_name = len(self.title.split()) <= MAX_NAME_WORDS and letters <= _MAX_NAME_LETTERS
        return self.title if is_name else ""


@lru_cache(maxsize=1 << 14)  # every stage of a run needs every link
def link(url: str) -> Link | UnusableUrl:
    """The link of a URL as written in a list, or why it cannot be requested."""
    found = parse(url)
    return Link(found.url, found.host, found) if isinstance(found, Address) else found
