"""What people took and declined says of other items, by how near these are."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import mul

from staycurrent.sources.item import Item

MIN_DECISIONS = 5
"""With fewer, nothing is learned from them."""
_SHARED = 1.0
"""How much all decisions together move everything: what a person takes in general."""
_MAX_SWEEPS = 100
_PRECISION = 1e-3

Nearness = Callable[[Item], Sequence[float]]
"""The cosine of an item with each of the items that were decided on."""


def probability(log_odds: float) -> float:
    """Return the probability of log odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


@dataclass(frozen=True, slots=True)
class Measure:
    """How the cosines of texts count, by words or by meaning."""

    scale: float
    """How far a decision carries."""
    power: int
    alike: float
    """The cosine from which on a person sees that two texts are on one thing."""

    def kernel(self, cosine: float) -> float:
        """Return how much two items have to do with each other."""
        return float(_SHARED + self.scale * cosine**self.power)


WORDS = Measure(64.0, 1, 0.2)
MEANING = Measure(16.0, 2, 0.5)
"""Squared, because two texts of the feeds that have nothing in common have a cosine of 0.2."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Logistic regression by nearness to what was decided, around the log odds of the features.

    Far from all decisions, it says what the features say. The kernel is that of `measure`; its
    dual form is solved one decision after the other (Keerthi et al. 2005), which always converges.
    """

    taken: Sequence[bool]
    nearness: Nearness
    measure: Measure
    pulls: Sequence[float]
    """How much each decision moves what is near it."""

    @classmethod
    def learn(
        cls,
        decided: Sequence[tuple[Item, bool, float]],
        nearness: Nearness,
        measure: Measure,
    ) -> "Decisions":
        """Learn from items, each with whether it was taken, and its log odds by its features."""
        taken = [is_taken for _, is_taken, _ in decided]
        kernel = [[*map(measure.kernel, nearness(item))] for item, _, _ in decided]
        pulls = [0.0] * len(decided)
        for _ in range(_MAX_SWEEPS):
            change = 0.0
            for at, (row, (_, is_taken, prior)) in enumerate(zip(kernel, decided, strict=True)):
                others = prior + _dot(row, pulls) - row[at] * pulls[at]
                low, high = is_taken - 1.0, float(is_taken)
                while high - low > _PRECISION / 4:
                    middle = (low + high) / 2
                    if middle < is_taken - probability(others + row[at] * middle):
                        low = middle
                    else:
                        high = middle
                change = max(change, abs(low - pulls[at]))
                pulls[at] = low
            if change < _PRECISION:
                break
        return cls(taken, nearness, measure, pulls)

    def shift(self, item: Item) -> float:
        """Return what the decisions add to an item's log odds."""
        return _dot([*map(self.measure.kernel, self.nearness(item))], self.pulls)

    def alike(self, item: Item) -> int:
        """Return how many of the taken items are like an item."""
        cosines = zip(self.nearness(item), self.taken, strict=True)
        return sum(is_taken and cosine >= self.measure.alike for cosine, is_taken in cosines)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return math.fsum(map(mul, left, right))
