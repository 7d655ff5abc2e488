"""A pattern that is sought in every page, behind the words of which one stands in all it finds."""

import re
from collections.abc import Iterator
from itertools import product


class Sought:
    """A compiled pattern for texts in lower case; most texts have none of its words.

    A word is found at nearly the speed of memory, a pattern of many branches is tried at each
    letter.
    """

    def __init__(self, pattern: str, *, bears: tuple[str, ...]) -> None:
        self.pattern = re.compile(pattern)
        self._bears = bears

    def search(self, text: str) -> re.Match[str] | None:
        """The first place that fits, as `re.Pattern.search`."""
        return self.pattern.search(text) if self._may_be_in(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Every place that fits, as `re.Pattern.finditer`."""
        return self.pattern.finditer(text) if self._may_be_in(text) else iter(())

    def _may_be_in(self, text: str) -> bool:
        return any(map(text.__contains__, self._bears))


def each_of(*parts: str) -> tuple[str, ...]:
    """Every way to put together one word of each part; the words of a part stand between `|`."""
    return tuple("".join(words) for words in product(*(part.split("|") for part in parts)))
