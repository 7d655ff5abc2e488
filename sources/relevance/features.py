"""Which words mark a list and which the feeds: Dunning's test on how often each has them."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

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
class DocumentCounts:
    """In how many of some documents each term stands."""

    documents: int
    document_frequency: Counter[str]

    @classmethod
    def of(cls, rows: Sequence[frozenset[str]]) -> "DocumentCounts":
        """Count the documents, each a set of terms."""
        return cls(len(rows), Counter(term for row in rows for term in row))

    def share(self, term: str) -> float:
        """Share of the documents that have the term."""
        return self.document_frequency[term] / self.documents if self.documents else 0.0

    def smoothed_share(self, term: str) -> float:
        """The share that more documents would have, never 0."""
        return (self.document_frequency[term] + 0.5) / (self.documents + _UNSEEN_ROWS)


_NOTHING = DocumentCounts(0, Counter())


@dataclass(frozen=True, slots=True)
class WeightedTerm:
    """One thing that a text says, however many of its terms say it."""

    term: str
    weight: float


def name_phrases(ours: DocumentCounts, named: Collection[str]) -> frozenset[str]:
    """Of a list's terms, the pairs and the words that it writes in capitals: they name things."""
    return frozenset(term for term in ours.document_frequency if " " in term or term in named)


def characteristic_terms(
    ours: DocumentCounts, theirs: Mapping[str, DocumentCounts], phrases: Collection[str]
) -> dict[str, float]:
    """Terms that mark the list, by the root of Dunning's G² against the kind that has them least.

    "Language model" is in half of the week's papers: against these alone it would say nothing. So
    a phrase in a tenth of the entries is taken to be no more common than that in some other kind,
    of which nothing may have come for weeks.
    """
    weights: dict[str, float] = {}
    bound = _bound(ours)
    for term, count in ours.document_frequency.items():
        # On the first night few rows are known: a word that none of them has is rare all the same.
        rate = min(kind.smoothed_share(term) for kind in theirs.values() or (_NOTHING,))
        if term in phrases and ours.share(term) >= _WIDE:
            rate = min(rate, _WIDE)
        rows = max([_LIKE_ROWS, *(n.documents for n in theirs.values())])
        surprise = _log_likelihood_ratio(count, ours.documents, rate * rows, rows)
        if count >= _LEAST_ENTRIES and surprise > _CERTAIN and term not in bound:
            weights[term] = math.sqrt(surprise)
    return weights


def evidence_terms(
    weights: Mapping[str, float],
    ours: DocumentCounts,
    kind: DocumentCounts,
    phrases: Collection[str],
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


def seen_terms(
    weights: Mapping[str, float], theirs: Sequence[DocumentCounts], own: Collection[str] = ()
) -> dict[str, float]:
    """Terms that any item has, or that are among `own`: "et al" could never be asked for."""
    told = frozenset(own).union(*(kind.document_frequency for kind in theirs))
    return {term: weight for term, weight in weights.items() if term in told}


def core(
    weights: Mapping[str, float],
    ours: DocumentCounts,
    phrases: Collection[str],
    theirs: Sequence[DocumentCounts],
    own: Collection[str] = (),
) -> frozenset[str]:
    """What a list is about: its most widespread phrases, in a tenth of its entries at least.

    Phrases that the feeds know, or `own`: the list's headings and name; else those that they do
    not know, else lone words. What is common in the feeds is left out where something rarer is as
    widespread: a list on "human feedback" is on that.
    """
    spread = {term: weight for term, weight in weights.items() if ours.share(term) >= _WIDE}
    known = [term for term in seen_terms(spread, theirs, own) if term in phrases]
    told = known or [term for term in spread if term in phrases] or [*spread]
    widest = max((ours.share(term) for term in told), default=0.0)
    rare = [term for term in told if not is_common(term, theirs)]
    rarest = max((ours.share(term) for term in rare), default=0.0)
    return frozenset(
        term
        for term in told
        if ours.share(term) >= widest / 2 and (term in rare or ours.share(term) > rarest)
    )


def is_common(term: str, theirs: Sequence[DocumentCounts]) -> bool:
    """Whether a tenth of some kind's items have a term."""
    return any(kind.share(term) >= _WIDE for kind in theirs)


def unwanted(ours: DocumentCounts, theirs: DocumentCounts) -> dict[str, float]:
    """Terms that mark what one kind of item is about, and not the list."""
    weights: dict[str, float] = {}
    for term, count in theirs.document_frequency.items():
        surprise = _log_likelihood_ratio(
            count, theirs.documents, ours.document_frequency[term], ours.documents
        )
        if count >= _LEAST_ROWS and surprise > _CERTAIN:
            is_foreign = ours.document_frequency[term] == 0
            weights[term] = math.sqrt(surprise) * (_FOREIGN if is_foreign else 1.0)
    return weights


def rivals(ours: DocumentCounts, theirs: DocumentCounts) -> frozenset[str]:
    """Other subjects than the list's: in a tenth of a feed's titles, and rare in the list."""
    return frozenset(
        term
        for term in unwanted(ours, theirs)
        if theirs.share(term) >= max(_WIDE, _FAR * ours.share(term))
    )


def independent_terms(
    terms: frozenset[str], weights: Mapping[str, float]
) -> tuple[WeightedTerm, ...]:
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
    said = [WeightedTerm(term, shared[term]) for _, term in found]
    return tuple(sorted(said, key=lambda piece: (-piece.weight, piece.term)))


def _bound(ours: DocumentCounts) -> frozenset[str]:
    """Words that the list has mostly in one pair: "large" there is half of "large language"."""
    halves: Counter[str] = Counter()
    for pair, count in ours.document_frequency.items():
        for half in set(pair.split()) if " " in pair else ():
            halves[half] = max(halves[half], count)
    return frozenset(
        half for half, count in halves.items() if count > _BOUND * ours.document_frequency[half]
    )


def _log_likelihood_ratio(here: float, rows_here: float, there: float, rows_there: float) -> float:
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


_MIN_SHARE = 0.1
_SPREAD = 0.05
_ODDS = 6
_ODDS_OF_CORE = 4
"""For a word as widespread as the core, which reaches down to half of the widest phrase."""
_ODDS_IN_TITLE = 3
_SHORTEST = 4
_COVERED = 0.4
"""Of the lists looked at, those on a part lie above 0.45, those on the whole below 0.35."""


def specialty(
    rows: Sequence[frozenset[str]],
    theirs: Sequence[DocumentCounts],
    core: frozenset[str],
    *,
    headings: Collection[str] = (),
    titles: Collection[str] = (),
) -> frozenset[str]:
    """Words one of which an item's title must name; none where the list is on the whole subject.

    `rows` are the terms of the list's entries, `theirs` counts those of each kind of items. Where
    all of the core is common in the feeds ("language models"), and yet the list's title has a word
    of its own, or two of five entries have a widespread one, the list is on a part of its core. A
    word that no item has tells only if it is in a heading: "arxiv" and names of authors are in
    half of some lists.
    """
    if not all(is_common(term, theirs) for term in core):
        return frozenset()
    ours = DocumentCounts.of(rows)
    met = (
        frozenset(headings).union(*(kind.document_frequency for kind in theirs))
        & ours.document_frequency.keys()
    )
    whole = frozenset(stem for term in core for stem in term.split())
    parts = {term for term in met if not whole.issuperset(term.split())}
    half = max((ours.share(term) for term in core), default=0.0) / 2
    own = frozenset(
        term
        for term in parts
        if ours.share(term) >= _SPREAD
        and _is_own(term, ours, theirs, _ODDS_OF_CORE if ours.share(term) >= half else _ODDS)
    )
    declared = frozenset(
        term
        for term in parts
        if ours.share(term) >= _MIN_SHARE
        and _is_named(term, titles)
        and _is_own(term, ours, theirs, _ODDS_IN_TITLE)
    )
    wide = {term for term in own if ours.share(term) >= _MIN_SHARE}
    covered = sum(not wide.isdisjoint(row) for row in rows)
    return own | declared if declared or covered >= _COVERED * len(rows) else frozenset()


def _is_named(term: str, titles: Collection[str]) -> bool:
    """Whether a title has a term, or what it is short for: "Eval"."""
    return any(term.startswith(word) for word in titles if len(word) >= _SHORTEST)


def _is_own(term: str, ours: DocumentCounts, theirs: Sequence[DocumentCounts], times: int) -> bool:
    """Whether the odds of meeting a word in an entry are so many times those in any kind."""
    odds = _odds(ours.share(term))
    return all(odds >= times * _odds(kind.smoothed_share(term)) for kind in theirs)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


_LEAST_ITEMS = 10
"""Of either sort; before that nothing is known of the company that a subject keeps."""
_MIN_ITEMS_WITH_TERM = 3
_CLEAR = 0.4


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """The items of one kind, told apart by whether they name the subject."""

    with_subject: DocumentCounts
    without_subject: DocumentCounts
    subject_stems: frozenset[str]
    """The stems of the subject's own names: they would prove themselves."""
    list_terms: Collection[str]
    """The list's own words."""
    strangest: float = 1.0
    """Share of words that stand nowhere else, in the strangest tenth of those that name it."""

    @classmethod
    def of(
        cls,
        items: Sequence[tuple[frozenset[str], bool]],
        subject: Collection[str],
        known: Collection[str] = (),
    ) -> "CoOccurrence":
        """Learn from items, each as its terms and whether it names the subject.

        `known` are the list's own words.
        """
        naming = [terms for terms, named in items if named]
        others = [terms for terms, named in items if not named]
        stems = frozenset(stem for name in subject for stem in name.split())
        company = cls(DocumentCounts.of(naming), DocumentCounts.of(others), stems, known)
        if not company._is_known:
            return company
        return replace(company, strangest=quantiles(map(company._strangeness, naming), n=10)[-1])

    def is_unfamiliar(self, terms: frozenset[str]) -> bool:
        """Whether more of its words than usual stand neither in the list nor in another item."""
        return self._is_known and self._strangeness(terms) > self.strangest

    def _strangeness(self, terms: frozenset[str]) -> float:
        words = [term for term in terms if " " not in term]
        odd = sum(
            term not in self.list_terms
            and self.with_subject.document_frequency[term]
            + self.without_subject.document_frequency[term]
            <= 1
            for term in words
        )
        return odd / max(1, len(words))

    def resembles_subject(self, terms: frozenset[str], *, named: bool) -> bool:
        """Whether an item clearly reads like those that name the subject, if anything is known."""
        return not self._is_known or self.log_odds(terms, named=named) >= _CLEAR

    def log_odds(self, terms: frozenset[str], *, named: bool) -> float:
        """How much it reads like those rather than like the others, which is below 0.

        It is one of the items that were learned from, so its own words do not count.
        """
        told = sorted(term for term in terms - self.subject_stems if " " not in term)
        weights = [self._weight(term, own=named) for term in told]
        return math.fsum(weights) / math.sqrt(len(told) + 5)

    def goes_with_subject(self, term: str) -> bool:
        """Whether a word is more frequent beside the subject than without it."""
        return self._is_known and self._weight(term, own=False) > 0.0

    @property
    def _is_known(self) -> bool:
        return min(self.with_subject.documents, self.without_subject.documents) >= _LEAST_ITEMS

    def _weight(self, term: str, *, own: bool) -> float:
        naming = max(0, self.with_subject.document_frequency[term] - own)
        others = max(0, self.without_subject.document_frequency[term] - (not own))
        if naming + others < _MIN_ITEMS_WITH_TERM:
            return 0.0
        share = (naming + 0.5) / (self.with_subject.documents + 1)
        return math.log(share * (self.without_subject.documents + 1) / (others + 0.5))


Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """Documents as vectors, and by term: only what shares a term is near."""

    idf: Mapping[str, float]
    """Inverse document frequency."""
    vectors: tuple[Vector, ...]
    postings: Mapping[str, Sequence[tuple[int, float]]]
    """By term: the documents that have it, by their place, each with the term's weight in it."""

    @classmethod
    def of(cls, documents: Sequence[frozenset[str]], rarity: Mapping[str, float]) -> "VectorSpace":
        """Lay out documents, each a set of terms."""
        vectors = tuple(_vector(terms, rarity) for terms in documents)
        having: dict[str, list[tuple[int, float]]] = {}
        for place, vector in enumerate(vectors):
            for term, weight in vector.items():
                having.setdefault(term, []).append((place, weight))
        return cls(rarity, vectors, having)

    def similarities(self, terms: frozenset[str]) -> dict[int, float]:
        """Cosine of a text with each document that shares a term with it, by place."""
        near: dict[int, float] = {}
        for term, weight in _vector(terms, self.idf).items():
            for place, other in self.postings.get(term, ()):
                near[place] = near.get(place, 0.0) + weight * other
        return near


def nearest_document(near: Mapping[int, float]) -> tuple[float, int]:
    """Cosine and place of the nearest, the first of equals; (0, 0) without any."""
    place = max(near, key=lambda at: (near[at], -at), default=0)
    return near.get(place, 0.0), place


def rarity(counts: Sequence[DocumentCounts]) -> dict[str, float]:
    """Inverse document frequency over all that was counted."""
    documents = sum(count.documents for count in counts)
    having: Counter[str] = Counter()
    for count in counts:
        having.update(count.document_frequency)
    return {term: math.log((documents + 1) / (n + 0.5)) for term, n in having.items()}


def _vector(terms: frozenset[str], weights: Mapping[str, float]) -> dict[str, float]:
    found = {term: weights[term] for term in sorted(terms) if term in weights}
    length = math.sqrt(sum(weight * weight for weight in found.values()))
    return {term: weight / length for term, weight in found.items()} if length else {}
