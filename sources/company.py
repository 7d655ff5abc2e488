"""What else the items say that name a list's subject, against what those say that do not."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sources.vocabulary import Counts

_LEAST_ITEMS = 10
"""Of either sort; before that nothing is known of the company that a subject keeps."""
_LEAST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Company:
    """The items of one kind, told apart by whether they name the subject."""

    naming: Counts
    others: Counts
    subject: frozenset[str]
    """The stems of the subject's own names: they would prove themselves."""

    @classmethod
    def of(
        cls, items: Sequence[tuple[frozenset[str], bool]], subject: Collection[str]
    ) -> "Company":
        """Learn from items, each as its terms and whether it names the subject."""
        return cls(
            Counts.of([terms for terms, named in items if named]),
            Counts.of([terms for terms, named in items if not named]),
            frozenset(stem for name in subject for stem in name.split()),
        )

    def suits(self, terms: frozenset[str], *, named: bool) -> float:
        """How much an item reads like those that name the subject; 0 where nothing is known.

        It is one of the items that were learned from, so its own words do not count.
        """
        if min(self.naming.documents, self.others.documents) < _LEAST_ITEMS:
            return 0.0
        told = sorted(term for term in terms - self.subject if " " not in term)
        weights = [self._weight(term, own=named) for term in told]
        return math.fsum(weights) / math.sqrt(len(told) + 5)

    def _weight(self, term: str, *, own: bool) -> float:
        naming = max(0, self.naming.having[term] - own)
        others = max(0, self.others.having[term] - (not own))
        if naming + others < _LEAST_ROWS:
            return 0.0
        share = (naming + 0.5) / (self.naming.documents + 1)
        return math.log(share * (self.others.documents + 1) / (others + 0.5))
