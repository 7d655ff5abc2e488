"""What else the items say that name a list's subject, against what those say that do not."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

from staycurrent.sources.vocabulary import Counts

_LEAST_ITEMS = 10
"""Of either sort; before that nothing is known of the company that a subject keeps."""
_LEAST_ROWS = 3
_CLEAR = 0.4


@dataclass(frozen=True, slots=True)
class Company:
    """The items of one kind, told apart by whether they name the subject."""

    naming: Counts
    others: Counts
    subject: frozenset[str]
    """The stems of the subject's own names: they would prove themselves."""
    known: Collection[str]
    """The list's own words."""
    strangest: float = 1.0
    """Share of words that stand nowhere else, in the strangest tenth of those that name it."""

    @classmethod
    def of(
        cls,
        items: Sequence[tuple[frozenset[str], bool]],
        subject: Collection[str],
        known: Collection[str] = (),
    ) -> "Company":
        """Learn from items, each as its terms and whether it names the subject.

        `known` are the list's own words.
        """
        naming = [terms for terms, named in items if named]
        others = [terms for terms, named in items if not named]
        stems = frozenset(stem for name in subject for stem in name.split())
        company = cls(Counts.of(naming), Counts.of(others), stems, known)
        if not company._is_known:
            return company
        return replace(company, strangest=quantiles(map(company._strangeness, naming), n=10)[-1])

    def is_strange(self, terms: frozenset[str]) -> bool:
        """Whether more of its words than usual stand neither in the list nor in another item."""
        return self._is_known and self._strangeness(terms) > self.strangest

    def _strangeness(self, terms: frozenset[str]) -> float:
        words = [term for term in terms if " " not in term]
        odd = sum(
            term not in self.known and self.naming.having[term] + self.others.having[term] <= 1
            for term in words
        )
        return odd / max(1, len(words))

    def suits(self, terms: frozenset[str], *, named: bool) -> bool:
        """Whether an item clearly reads like those that name the subject, if anything is known."""
        return not self._is_known or self.likeness(terms, named=named) >= _CLEAR

    def likeness(self, terms: frozenset[str], *, named: bool) -> float:
        """How much it reads like those rather than like the others, which is below 0.

        It is one of the items that were learned from, so its own words do not count.
        """
        told = sorted(term for term in terms - self.subject if " " not in term)
        weights = [self._weight(term, own=named) for term in told]
        return math.fsum(weights) / math.sqrt(len(told) + 5)

    def keeps(self, term: str) -> bool:
        """Whether a word is more frequent beside the subject than without it."""
        return self._is_known and self._weight(term, own=False) > 0.0

    @property
    def _is_known(self) -> bool:
        return min(self.naming.documents, self.others.documents) >= _LEAST_ITEMS

    def _weight(self, term: str, *, own: bool) -> float:
        naming = max(0, self.naming.having[term] - own)
        others = max(0, self.others.having[term] - (not own))
        if naming + others < _LEAST_ROWS:
            return 0.0
        share = (naming + 0.5) / (self.naming.documents + 1)
        return math.log(share * (self.others.documents + 1) / (others + 0.5))
