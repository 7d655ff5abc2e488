"""Weights of terms: which terms mark a list, which mark the feeds, and what goes together."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

_COMMON = 0.1
"""Share of documents from which on a term is common."""
_MIN_DOCUMENTS = 3
_SIGNIFICANT = 6.63
"""Dunning's G² of a difference that is random in one case of a hundred."""
_UNSEEN_DOCUMENTS = 50
"""Added to the documents of a feed, as if they lacked the term: on the first date few are known,
and a term that none of them has is still not unheard-of."""
_MIN_BACKGROUND = 200
_PAIR_SHARE = 0.6
_RIVAL_RATIO = 4
_FOREIGN_FACTOR = 1.5
"""How much more a term counts against an item if the list never uses it."""
_SUBTOPIC_SHARE = 0.05
_SUBTOPIC_ODDS = 6
_SUBTOPIC_ODDS_OF_CORE = 4
"""For a term as widespread as the core, which reaches down to half of the widest phrase."""
_SUBTOPIC_ODDS_IN_TITLE = 3
_MIN_TITLE_WORD = 4
_SUBTOPIC_COVERAGE = 0.4
"""Of the lists that were measured, those on a subtopic are above 0.45, the others below 0.35."""
_MIN_ITEMS = 10
"""Of either sort; with fewer items nothing is known of co-occurrence."""
_RESEMBLANCE = 0.4


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """In how many documents each term occurs."""

    documents: int
    document_frequency: Counter[str]

    @classmethod
    def of(cls, documents: Sequence[frozenset[str]]) -> "DocumentCounts":
        """Count documents, each given as its terms."""
        return cls(len(documents), Counter(term for terms in documents for term in terms))

    def share(self, term: str) -> float:
        """Return the share of documents that have the term."""
        return self.document_frequency[term] / self.documents if self.documents else 0.0

    def smoothed_share(self, term: str) -> float:
        """Return the share that is to be expected of further documents; never 0."""
        return (self.document_frequency[term] + 0.5) / (self.documents + _UNSEEN_DOCUMENTS)


def is_common(term: str, feeds: Iterable[DocumentCounts]) -> bool:
    """Return whether a tenth of the items of some kind have a term."""
    return any(counts.share(term) >= _COMMON for counts in feeds)


def characteristic_terms(
    listed: DocumentCounts, feeds: Collection[DocumentCounts], phrases: Collection[str]
) -> dict[str, float]:
    """Return the terms that mark a list, weighted by the root of Dunning's G².

    The list is compared with the kind of items that has the term least: "language model" is in
    half of the week's papers and would say nothing against those. For the same reason a phrase in
    a tenth of the entries counts as no more common than that in some kind of items, of which none
    may have come for weeks.
    """
    # "large" is half of "large language" if the list hardly uses it elsewhere.
    in_pairs: Counter[str] = Counter()
    for term, count in listed.document_frequency.items():
        for half in set(term.split()) if " " in term else ():
            in_pairs[half] = max(in_pairs[half], count)
    background = max([_MIN_BACKGROUND, *(counts.documents for counts in feeds)])
    weights: dict[str, float] = {}
    for term, count in listed.document_frequency.items():
        if count < _MIN_DOCUMENTS or in_pairs[term] > _PAIR_SHARE * count:
            continue
        counts_or_none = feeds or (DocumentCounts(0, Counter()),)
        rate = min(counts.smoothed_share(term) for counts in counts_or_none)
        if term in phrases and listed.share(term) >= _COMMON:
            rate = min(rate, _COMMON)
        ratio = _log_likelihood_ratio(count, listed.documents, rate * background, background)
        if ratio > _SIGNIFICANT:
            weights[term] = math.sqrt(ratio)
    return weights


def foreign_terms(listed: DocumentCounts, items: DocumentCounts) -> dict[str, float]:
    """Return the terms that mark items of one kind and not the list, with their weights."""
    weights: dict[str, float] = {}
    for term, count in items.document_frequency.items():
        in_list = listed.document_frequency[term]
        ratio = _log_likelihood_ratio(count, items.documents, in_list, listed.documents)
        if count >= _MIN_DOCUMENTS and ratio > _SIGNIFICANT:
            weights[term] = math.sqrt(ratio) * (1.0 if in_list else _FOREIGN_FACTOR)
    return weights


def rival_subjects(
    foreign: Iterable[str], listed: DocumentCounts, items: DocumentCounts
) -> frozenset[str]:
    """Return the foreign terms that are subjects: common in titles of items, rare in the list."""
    return frozenset(
        term
        for term in foreign
        if items.share(term) >= max(_COMMON, _RIVAL_RATIO * listed.share(term))
    )


def _log_likelihood_ratio(here: float, all_here: float, there: float, all_there: float) -> float:
    """Dunning's G² (1993) if a term is more frequent here than there, else 0."""
    if not all_here or not all_there or here / all_here <= there / all_there:
        return 0.0
    rate = (here + there) / (all_here + all_there)
    cells = (
        (here, all_here * rate),
        (there, all_there * rate),
        (all_here - here, all_here * (1 - rate)),
        (all_there - there, all_there * (1 - rate)),
    )
    return 2 * sum(seen * math.log(seen / expected) for seen, expected in cells if seen > 0)


def seen_terms(
    weights: Mapping[str, float], feeds: Iterable[DocumentCounts], own: Collection[str] = ()
) -> dict[str, float]:
    """Return the terms that some item has, or that are among `own`.

    No item could be asked to have the others: "et al".
    """
    seen = frozenset(own).union(*(counts.document_frequency for counts in feeds))
    return {term: weight for term, weight in weights.items() if term in seen}


def core_terms(
    weights: Mapping[str, float],
    listed: DocumentCounts,
    phrases: Collection[str],
    feeds: Sequence[DocumentCounts],
    own: Collection[str] = (),
) -> frozenset[str]:
    """Return what a list is about: its most widespread phrases, in a tenth of its entries at least.

    Preferred are phrases that the feeds know or that are among `own`, the list's headings and
    name; then other phrases; then single words. Terms that are common in the feeds are left out
    where a rarer one is as widespread: a list on "human feedback" is on that.
    """
    spread = {term: weight for term, weight in weights.items() if listed.share(term) >= _COMMON}
    known = [term for term in seen_terms(spread, feeds, own) if term in phrases]
    preferred = known or [term for term in spread if term in phrases] or [*spread]
    widest = max((listed.share(term) for term in preferred), default=0.0)
    rare = [term for term in preferred if not is_common(term, feeds)]
    widest_rare = max((listed.share(term) for term in rare), default=0.0)
    return frozenset(
        term
        for term in preferred
        if listed.share(term) >= widest / 2 and (term in rare or listed.share(term) > widest_rare)
    )


def find_subtopic(
    entries: Sequence[frozenset[str]],
    feeds: Sequence[DocumentCounts],
    core: frozenset[str],
    *,
    headings: Collection[str] = (),
    titles: Collection[str] = (),
) -> frozenset[str]:
    """Return terms one of which an item's title must have; none for a list on the whole subject.

    `entries` are the terms of the list's entries, `feeds` the counts of each kind of items. If all
    of the core is common in the feeds ("language models"), and yet the list's title has a term of
    its own or two of five entries have a widespread one ("quantization"), the list is on a part of
    its core. A term that no item has counts only if a heading has it: "arxiv" and names of authors
    are in half of some lists.
    """
    if not all(is_common(term, feeds) for term in core):
        return frozenset()
    listed = DocumentCounts.of(entries)
    half = max((listed.share(term) for term in core), default=0.0) / 2
    core_stems = frozenset(stem for term in core for stem in term.split())
    seen = frozenset(headings).union(*(counts.document_frequency for counts in feeds))
    own: set[str] = set()
    declared: set[str] = set()
    for term in seen & listed.document_frequency.keys():
        share = listed.share(term)
        if share < _SUBTOPIC_SHARE or core_stems.issuperset(term.split()):
            continue
        # Its odds in an entry, compared with the kind of items that has it most.
        ratio = min(_odds(share) / _odds(counts.smoothed_share(term)) for counts in feeds)
        if ratio >= (_SUBTOPIC_ODDS_OF_CORE if share >= half else _SUBTOPIC_ODDS):
            own.add(term)
        # A title may have a short form: "Eval".
        in_title = any(len(word) >= _MIN_TITLE_WORD and term.startswith(word) for word in titles)
        if share >= _COMMON and in_title and ratio >= _SUBTOPIC_ODDS_IN_TITLE:
            declared.add(term)
    wide = {term for term in own if listed.share(term) >= _COMMON}
    covered = sum(not wide.isdisjoint(terms) for terms in entries)
    return frozenset(
        own | declared if declared or covered >= _SUBTOPIC_COVERAGE * len(entries) else ()
    )


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def independent_terms(terms: frozenset[str], weights: Mapping[str, float]) -> dict[str, float]:
    """Return the best term of each group of terms that share a word, the weightiest first.

    "Large language models" has five terms, which are one piece of evidence.
    """
    known = {term: weights[term] for term in terms if term in weights}
    groups: list[tuple[frozenset[str], str]] = []
    for term in sorted(known, key=lambda one: (" " not in one, one)):
        stems = frozenset(term.split())
        joined = [group for group in groups if group[0] & stems]
        best = max([term, *(name for _, name in joined)], key=lambda one: (known[one], one))
        groups = [group for group in groups if group not in joined]
        groups.append((stems.union(*(group[0] for group in joined)), best))
    best_terms = sorted((term for _, term in groups), key=lambda term: (-known[term], term))
    return {term: known[term] for term in best_terms}


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """Which words occur with a list's subject, learned from the items of one kind."""

    with_subject: DocumentCounts
    without_subject: DocumentCounts
    subject_stems: frozenset[str]
    """The stems of the subject's names, which would prove themselves."""
    list_terms: Collection[str]
    max_unfamiliar: float = 1.0
    """Share of words that occur nowhere else which a tenth of the items on the subject exceed."""

    @classmethod
    def of(
        cls,
        items: Iterable[tuple[frozenset[str], bool]],
        subject: Collection[str],
        list_terms: Collection[str] = (),
    ) -> "CoOccurrence":
        """Learn from items, each given as its terms and whether it names the subject."""
        rows = list(items)
        named = [terms for terms, is_named in rows if is_named]
        others = [terms for terms, is_named in rows if not is_named]
        stems = frozenset(stem for name in subject for stem in name.split())
        learned = cls(DocumentCounts.of(named), DocumentCounts.of(others), stems, list_terms)
        if not learned._is_known:
            return learned
        return replace(learned, max_unfamiliar=quantiles(map(learned._unfamiliar, named), n=10)[-1])

    def is_unfamiliar(self, terms: frozenset[str]) -> bool:
        """Return whether unusually many words occur neither in the list nor in another item."""
        return self._is_known and self._unfamiliar(terms) > self.max_unfamiliar

    def _unfamiliar(self, terms: frozenset[str]) -> float:
        words = [term for term in terms if " " not in term]
        with_subject = self.with_subject.document_frequency
        without = self.without_subject.document_frequency
        rare = sum(
            word not in self.list_terms and with_subject[word] + without[word] <= 1
            for word in words
        )
        return rare / max(1, len(words))

    def resembles_subject(self, terms: frozenset[str], *, named: bool) -> bool:
        """Return whether an item clearly has the words of the subject; True if little is known."""
        return not self._is_known or self.log_odds(terms, named=named) >= _RESEMBLANCE

    def log_odds(self, terms: frozenset[str], *, named: bool) -> float:
        """Return how much an item's words are those of the subject; below 0 for other words.

        The item is one of those that were learned from, so it is not counted itself; `named`
        tells to which sort it belongs.
        """
        words = [term for term in terms - self.subject_stems if " " not in term]
        total = math.fsum(self._log_odds(word, named=named) for word in words)
        return total / math.sqrt(len(words) + 5)

    def goes_with_subject(self, term: str) -> bool:
        """Return whether a term is more frequent with the subject than without it."""
        return self._is_known and self._log_odds(term, named=False) > 0.0

    @property
    def _is_known(self) -> bool:
        return min(self.with_subject.documents, self.without_subject.documents) >= _MIN_ITEMS

    def _log_odds(self, term: str, *, named: bool) -> float:
        with_subject = max(0, self.with_subject.document_frequency[term] - named)
        without = max(0, self.without_subject.document_frequency[term] - (not named))
        if with_subject + without < _MIN_DOCUMENTS:
            return 0.0
        share = (with_subject + 0.5) / (self.with_subject.documents + 1)
        return math.log(share * (self.without_subject.documents + 1) / (without + 0.5))


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """Documents as tf-idf vectors of length 1, indexed by term."""

    idf: Mapping[str, float]
    postings: Mapping[str, Sequence[tuple[int, float]]]
    """By term: the documents that have it, each with the term's weight in it."""

    @classmethod
    def of(cls, documents: Sequence[frozenset[str]], idf: Mapping[str, float]) -> "VectorSpace":
        """Index documents, each given as its terms; a document is known by its position."""
        postings: dict[str, list[tuple[int, float]]] = {}
        for position, terms in enumerate(documents):
            for term, weight in _vector(terms, idf).items():
                postings.setdefault(term, []).append((position, weight))
        return cls(idf, postings)

    def similarities(self, terms: frozenset[str]) -> dict[int, float]:
        """Return the cosine of a text with each document that shares a term with it."""
        cosines: dict[int, float] = {}
        for term, weight in _vector(terms, self.idf).items():
            for position, other in self.postings.get(term, ()):
                cosines[position] = cosines.get(position, 0.0) + weight * other
        return cosines


def nearest_document(similarities: Mapping[int, float]) -> tuple[float, int]:
    """Return cosine and position of the nearest document, the first of equals; else (0, 0)."""
    nearest = max(similarities, key=lambda at: (similarities[at], -at), default=0)
    return similarities.get(nearest, 0.0), nearest


def inverse_document_frequency(counts: Sequence[DocumentCounts]) -> dict[str, float]:
    """Return the logarithm of how rare each term is over all documents that were counted."""
    documents = sum(count.documents for count in counts)
    frequency: Counter[str] = Counter()
    for count in counts:
        frequency.update(count.document_frequency)
    return {term: math.log((documents + 1) / (n + 0.5)) for term, n in frequency.items()}


def _vector(terms: frozenset[str], idf: Mapping[str, float]) -> dict[str, float]:
    found = {term: idf[term] for term in sorted(terms) if term in idf}
    length = math.sqrt(sum(weight * weight for weight in found.values()))
    return {term: weight / length for term, weight in found.items()} if length else {}
