"""Which entry and which section of a list a text is nearest to, by the cosine of rare words."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staycurrent.sources.vocabulary import Counts

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Space:
    """Documents as vectors, and by term: only what shares a term is near."""

    rarity: Mapping[str, float]
    """Inverse document frequency."""
    vectors: tuple[Vector, ...]
    having: Mapping[str, Sequence[tuple[int, float]]]
    """By term: the documents that have it, by their place, each with the term's weight in it."""

    @classmethod
    def of(cls, documents: Sequence[frozenset[str]], rarity: Mapping[str, float]) -> "Space":
        """Lay out documents, each a set of terms."""
        vectors = tuple(_vector(terms, rarity) for terms in documents)
        having: dict[str, list[tuple[int, float]]] = {}
        for place, vector in enumerate(vectors):
            for term, weight in vector.items():
                having.setdefault(term, []).append((place, weight))
        return cls(rarity, vectors, having)

    def near(self, terms: frozenset[str]) -> dict[int, float]:
        """Cosine of a text with each document that shares a term with it, by place."""
        near: dict[int, float] = {}
        for term, weight in _vector(terms, self.rarity).items():
            for place, other in self.having.get(term, ()):
                near[place] = near.get(place, 0.0) + weight * other
        return near


def nearest(near: Mapping[int, float]) -> tuple[float, int]:
    """Cosine and place of the nearest, the first of equals; (0, 0) without any."""
    place = max(near, key=lambda at: (near[at], -at), default=0)
    return near.get(place, 0.0), place


def rarity(counts: Sequence[Counts]) -> dict[str, float]:
    """Inverse document frequency over all that was counted."""
    documents = sum(count.documents for count in counts)
    having: Counter[str] = Counter()
    for count in counts:
        having.update(count.having)
    return {term: math.log((documents + 1) / (n + 0.5)) for term, n in having.items()}


def _vector(terms: frozenset[str], weights: Mapping[str, float]) -> dict[str, float]:
    found = {term: weights[term] for term in sorted(terms) if term in weights}
    length = math.sqrt(sum(weight * weight for weight in found.values()))
    return {term: weight / length for term, weight in found.items()} if length else {}
