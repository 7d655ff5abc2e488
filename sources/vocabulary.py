"""Which words mark a list and which the feeds: Dunning's test on how often each has them."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

_LEAST_ENTRIES = 3
_LEAST_ROWS = 3
_CERTAIN = 6.63
"""Dunning's G² at which a difference is no accident in 99 of 100 cases."""
_UNSEEN_ROWS = 50
"""As if so many rows had been seen without a term: on the first night few rows are known, and one
that none of them has is rare all the same."""
_LIKE_ROWS = 200
_BOUND = 0.6
_WIDE = 0.1
_FAR = 4
_FOREIGN = 1.5
"""How much more a word speaks against an item that the list never uses."""


@dataclass(frozen=True, slots=True)
class Counts:
    """In how many of some documents each term stands."""

    documents: int
    having: Counter[str]

    @classmethod
    def of(cls, rows: Sequence[frozenset[str]]) -> "Counts":
        """Count the documents, each a set of terms."""
        return cls(len(rows), Counter(term for row in rows for term in row))

    def share(self, term: str) -> float:
        """Share of the documents that have the term."""
        return self.having[term] / self.documents if self.documents else 0.0

    def rate(self, term: str) -> float:
        """The share that more documents would have, never 0."""
        return (self.having[term] + 0.5) / (self.documents + _UNSEEN_ROWS)


_NOTHING = Counts(0, Counter())


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a text says, however many of its terms say it."""

    term: str
    weight: float


def phrases_of(ours: Counts, named: Collection[str]) -> frozenset[str]:
    """Of a list's terms, the pairs and the words that it writes in capitals: they name things."""
    return frozenset(term for term in ours.having if " " in term or term in named)


def wanted(
    ours: Counts, theirs: Mapping[str, Counts], phrases: Collection[str]
) -> dict[str, float]:
    """Terms that mark the list, by the root of Dunning's G² against the kind that has them least.

    "Language model" is in half of the week's papers: against these alone it would say nothing. So
    a phrase in a tenth of the entries is taken to be no more common than that in some other kind,
    of which nothing may have come for weeks.
    """
    weights: dict[str, float] = {}
    bound = _bound(ours)
    for term, count in ours.having.items():
        # On the first night few rows are known: a word that none of them has is rare all the same.
        rate = min(kind.rate(term) for kind in theirs.values() or (_NOTHING,))
        if term in phrases and ours.share(term) >= _WIDE:
            rate = min(rate, _WIDE)
        rows = max([_LIKE_ROWS, *(n.documents for n in theirs.values())])
        surprise = _surprise(count, ours.documents, rate * rows, rows)
        if count >= _LEAST_ENTRIES and surprise > _CERTAIN and term not in bound:
            weights[term] = math.sqrt(surprise)
    return weights


def telling(
    weights: Mapping[str, float], ours: Counts, kind: Counts, phrases: Collection[str]
) -> dict[str, float]:
    """Of the wanted terms, those that are evidence among the items of one kind.

    A lone word that is a commonplace of the kind is none ("model" among papers); one of the
    `phrases` is a subject even where all speak of it.
    """
    return {
        term: weight
        for term, weight in weights.items()
        if term in phrases or ours.share(term) > kind.share(term)
    }


def met(
    weights: Mapping[str, float], theirs: Sequence[Counts], own: Collection[str] = ()
) -> dict[str, float]:
    """Terms that any item has, or that are among `own`: "et al" could never be asked for."""
    told = frozenset(own).union(*(kind.having for kind in theirs))
    return {term: weight for term, weight in weights.items() if term in told}


def core(
    weights: Mapping[str, float],
    ours: Counts,
    phrases: Collection[str],
    theirs: Sequence[Counts],
    own: Collection[str] = (),
) -> frozenset[str]:
    """What a list is about: its most widespread phrases, in a tenth of its entries at least.

    Phrases that the feeds know, or `own`: the list's headings and name; else those that they do
    not know, else lone words. What is common in the feeds is left out where something rarer is as
    widespread: a list on "human feedback" is on that.
    """
    spread = {term: weight for term, weight in weights.items() if ours.share(term) >= _WIDE}
    known = [term for term in met(spread, theirs, own) if term in phrases]
    told = known or [term for term in spread if term in phrases] or [*spread]
    widest = max((ours.share(term) for term in told), default=0.0)
    rare = [term for term in told if not is_common(term, theirs)]
    rarest = max((ours.share(term) for term in rare), default=0.0)
    return frozenset(
        term
        for term in told
        if ours.share(term) >= widest / 2 and (term in rare or ours.share(term) > rarest)
    )


def is_common(term: str, theirs: Sequence[Counts]) -> bool:
    """Whether a tenth of some kind's items have a term."""
    return any(kind.share(term) >= _WIDE for kind in theirs)


def unwanted(ours: Counts, theirs: Counts) -> dict[str, float]:
    """Terms that mark what one kind of item is about, and not the list."""
    weights: dict[str, float] = {}
    for term, count in theirs.having.items():
        surprise = _surprise(count, theirs.documents, ours.having[term], ours.documents)
        if count >= _LEAST_ROWS and surprise > _CERTAIN:
            is_foreign = ours.having[term] == 0
            weights[term] = math.sqrt(surprise) * (_FOREIGN if is_foreign else 1.0)
    return weights


def rivals(ours: Counts, theirs: Counts) -> frozenset[str]:
    """Other subjects than the list's: in a tenth of a feed's titles, and rare in the list."""
    return frozenset(
        term
        for term in unwanted(ours, theirs)
        if theirs.share(term) >= max(_WIDE, _FAR * ours.share(term))
    )


def pieces(terms: frozenset[str], weights: Mapping[str, float]) -> tuple[Evidence, ...]:
    """What a text says in independent pieces, the weightiest first.

    "Large language models" has five terms and says one thing.
    """
    shared = {term: weights[term] for term in terms if term in weights}
    found: list[tuple[frozenset[str], str]] = []
    for term in sorted(shared, key=lambda one: (" " not in one, one)):
        stems = frozenset(term.split())
        joined = [piece for piece in found if piece[0] & stems]
        best = max([term, *(piece[1] for piece in joined)], key=lambda one: (shared[one], one))
        found = [piece for piece in found if piece not in joined]
        found.append((stems.union(*(piece[0] for piece in joined)), best))
    said = [Evidence(term, shared[term]) for _, term in found]
    return tuple(sorted(said, key=lambda piece: (-piece.weight, piece.term)))


def _bound(ours: Counts) -> frozenset[str]:
    """Words that the list has mostly in one pair: "large" there is half of "large language"."""
    halves: Counter[str] = Counter()
    for pair, count in ours.having.items():
        for half in set(pair.split()) if " " in pair else ():
            halves[half] = max(halves[half], count)
    return frozenset(half for half, count in halves.items() if count > _BOUND * ours.having[half])


def _surprise(here: float, rows_here: float, there: float, rows_there: float) -> float:
    """Dunning's G² (1993) where a word is more frequent here than there, else 0."""
    if not rows_here or not rows_there or here / rows_here <= there / rows_there:
        return 0.0
    rate = (here + there) / (rows_here + rows_there)
    cells = (
        (here, rows_here * rate),
        (there, rows_there * rate),
        (rows_here - here, rows_here * (1 - rate)),
        (rows_there - there, rows_there * (1 - rate)),
    )
    return 2 * sum(seen * math.log(seen / expected) for seen, expected in cells if seen > 0)
