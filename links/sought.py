"""A pattern that is sought in every page, behind the words of which one stands in all it finds."""

import re
from collections.abc import Collection, Iterator
from itertools import product

from staycurrent.links.page import words_in


class Sought:
    """A compiled pattern for texts in lower case; most texts have none of its words.

    `bears` are words and parts of them, found at nearly the speed of memory; a pattern of many
    branches is tried at each letter. Where there are dozens of them, that is still the larger part
    of what a page costs: `begins` are those with which, as whole words, a match begins, alone or
    with more words behind. They are met among the words of a page, which are known.
    """

    def __init__(
        self, pattern: str, *, bears: tuple[str, ...], begins: tuple[str, ...] = ()
    ) -> None:
        self.pattern = re.compile(pattern)
        self._bears = bears
        self._begins: dict[str, list[str]] = {}
        for phrase in begins:
            self._begins.setdefault(phrase.partition(" ")[0], []).append(phrase)
        self._firsts = frozenset(self._begins)
        """Their first words; a set is met by words in half the time that it takes a mapping."""

    def search(self, text: str) -> re.Match[str] | None:
        """The first place that fits, as `re.Pattern.search`."""
        return self.pattern.search(text) if self._is_borne(text, None) else None

    def finditer(self, text: str, words: Collection[str] | None = None) -> Iterator[re.Match[str]]:
        """Every place that fits, as `re.Pattern.finditer`; `words` are `words_in` that text."""
        return self.pattern.finditer(text) if self._is_borne(text, words) else iter(())

    def may_stand_in(self, text: str, words: Collection[str]) -> bool:
        """Whether it is worth seeking; in this text the blanks need not be run together."""
        borne = any(map(text.__contains__, self._bears))
        return borne or not self._firsts.isdisjoint(words)

    def _is_borne(self, text: str, words: Collection[str] | None) -> bool:
        if any(map(text.__contains__, self._bears)):
            return True
        if not self._begins:
            return False
        met = self._firsts & frozenset(words_in(text) if words is None else words)
        return any(phrase in text for word in met for phrase in self._begins[word])


def each_of(*parts: str) -> tuple[str, ...]:
    """Every way to put together one word of each part; the words of a part stand between `|`."""
    return tuple("".join(words) for words in product(*(part.split("|") for part in parts)))
