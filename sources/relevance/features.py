"""The evidence for and against an item, as numbers that the model weighs.

Everything is learned from the list and from what the feeds show; no subject is written down here.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from heapq import nlargest
from itertools import pairwise
from statistics import fmean, median_high

from staycurrent.sources.item import Item
from staycurrent.sources.relevance.text import (
    EntryTexts,
    initialisms,
    item_name,
    item_text,
    learn_acronyms,
    names_subject,
    phrases,
    spellings,
    terms,
)

_SIGNIFICANT = 2.57
"""The root of Dunning's G² of a difference that is random in one case of a hundred."""
_COMMON = 0.1
"""Share of documents from which on a term is common."""
_UNSEEN = 50
"""Documents added to those of a feed, as if they lacked the term: on the first date few are known,
and a term that none of them has is still not unheard-of."""
_MIN_BACKGROUND = 200
_MAX_ODDS = 3.0
_NEAREST = 5
_MIN_NEARNESS = 0.02
_SAMPLE = 300
"""Of the entries of a longer list about so many say how near they are to each other."""
_SEED_SHARE = 0.05
_MIN_SEEDS = 3
_MIN_BEST = 5
_MIN_BREADTH = 0.01
_NOT_A_SUBJECT = terms(
    "awesome, list, curated, collection, paper, resource, repository, survey, guide, tool, course",
    {},
)
"""What the titles of lists say in addition to their subject."""


class Counts:
    """In how many documents each term occurs; a document is given as its terms."""

    def __init__(self, documents: Sequence[frozenset[str]]) -> None:
        """Count documents."""
        self.documents = len(documents)
        self.frequency = Counter(term for terms in documents for term in terms)

    def share(self, term: str) -> float:
        """Return the share of documents that have the term."""
        return self.frequency[term] / self.documents if self.documents else 0.0


def association(here: float, all_here: float, there: float, all_there: float) -> float:
    """Return the root of Dunning's G² (1993); below 0 if a term is rarer here than there."""
    rate = (here + there) / max(1, all_here + all_there)
    if not 0 < rate < 1 or not all_here or not all_there:
        return 0.0
    seen = (here, there, all_here - here, all_there - there)
    expected = (all_here * rate, all_there * rate, all_here * (1 - rate), all_there * (1 - rate))
    total = 2 * sum(n * math.log(n / e) for n, e in zip(seen, expected, strict=True) if n > 0)
    root = math.sqrt(max(0.0, total))
    return root if here / all_here > there / all_there else -root


def _log_odds(here: float, all_here: float, there: float, all_there: float, added: int) -> float:
    """How much more frequent a term is here than there; near 0 for what few documents have.

    `added` documents are counted on each side, as if they had the term as often as all have it.
    """
    if not all_here or not all_there:
        return 0.0
    share = all_here / (all_here + all_there)
    here, there = max(0, here), max(0, there)
    ratio = (here + added * share) / (there + added * (1 - share))
    return max(-_MAX_ODDS, min(_MAX_ODDS, math.log(ratio * (1 - share) / share)))


class ItemTerms:
    """An item as its terms."""

    def __init__(self, item: Item, acronyms: Mapping[str, str]) -> None:
        """Read an item."""
        self.item = item
        self.words = terms(item_text(item), acronyms)
        """Those of its name and its summary."""
        self.title = terms(item_name(item), acronyms)


class VectorSpace:
    """Documents as tf-idf vectors of length 1, indexed by term."""

    def __init__(self, documents: Sequence[frozenset[str]], idf: Mapping[str, float]) -> None:
        """Index documents, each given as its terms; a document is known by its position."""
        self.idf = idf
        self.documents = len(documents)
        self.postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        """By term: the documents that have it, each with the term's weight in it."""
        for position, words in enumerate(documents):
            for term, weight in _vector(words, idf).items():
                self.postings[term].append((position, weight))

    def similarities(self, words: frozenset[str]) -> list[float]:
        """Return the cosine of a text with each document."""
        cosines = [0.0] * self.documents
        for term, weight in _vector(words, self.idf).items():
            for position, other in self.postings.get(term, ()):
                cosines[position] += weight * other
        return cosines

    def nearness(self, words: frozenset[str], but: int | None = None) -> float:
        """Return the mean cosine of a text with the five nearest documents, `but` one left out."""
        cosines = (cosine for at, cosine in enumerate(self.similarities(words)) if at != but)
        return math.fsum(nlargest(_NEAREST, cosines)) / _NEAREST


def _vector(words: frozenset[str], idf: Mapping[str, float]) -> dict[str, float]:
    found = {term: idf[term] for term in sorted(words) if term in idf}
    length = math.sqrt(math.fsum(weight * weight for weight in found.values()))
    return {term: weight / length for term, weight in found.items()} if length else {}


class ListProfile:
    """What a list says, against what the feeds show."""

    def __init__(
        self, entries: EntryTexts, items: Sequence[Item], names: Sequence[str], about: Sequence[str]
    ) -> None:
        """Learn from the entries of a list.

        `about` are phrases by which a person says what the list is about; without them its name
        says it, its title, or one of the names if it is several lists.
        """
        texts = [text for text, _ in entries]
        self.acronyms = acronyms = learn_acronyms([*texts, *about])
        documents = [terms(text, acronyms) for text in texts]
        headings = {one: terms(one, acronyms) for _, path in entries for one in path}
        self.spellings = spellings(headings, {}) | spellings(texts, acronyms)
        """By term: how the list writes it; of "open LLM" it does not write "open large"."""
        sections = [frozenset().union(*(headings[one] for one in path)) for _, path in entries]
        self.seen = [ItemTerms(item, acronyms) for item in items]
        """The items that it was learned from."""
        self.listed = Counts([*documents, *headings.values()])
        """In how many texts of the list each term is."""
        self.feeds = Counts([one.words for one in self.seen])
        self.kinds = [
            Counts([one.words for one in self.seen if one.item.kind == kind])
            for kind in {item.kind for item in items}
        ]
        """As `feeds`, which counts all items: one for each kind of item."""
        together = self.feeds.frequency + self.listed.frequency
        count = self.feeds.documents + self.listed.documents
        idf = {term: math.log((count + 1) / (n + 0.5)) for term, n in together.items()}
        self.space = VectorSpace(documents, idf)
        """The entries as vectors."""
        sample = range(0, len(documents), 1 + len(documents) // _SAMPLE)
        nearness = [self.space.nearness(documents[at], but=at) for at in sample] or [0.0]
        self.usual_nearness = max(_MIN_NEARNESS, median_high(nearness))
        """That of the list's middle entry to the others."""
        spoken = about or names
        own = frozenset().union(*headings.values(), *(terms(one, acronyms) for one in spoken))
        self.subject = self._subject(initialisms(texts), own)
        """Terms that name what the list is about."""
        in_sections = self._marks(Counts(sections), least=1)
        size = math.sqrt(max(1, len(entries)))
        self.section_words = {term: 10 * weight / size for term, weight in in_sections.items()}
        """Terms of headings that mark the list, weighted."""
        marks = self._marks(self.listed, least=3)
        self.marks = {term: weight * (1 + (" " in term)) for term, weight in marks.items()}
        """Terms that mark the list against all kinds of items; a pair says more than a word."""
        self.words = {
            term: _log_odds(here, self.listed.documents, there, self.feeds.documents, 10)
            for term, there in self.feeds.frequency.items()
            if (here := self.listed.frequency[term]) > 1 or there > 2
        }
        """The log odds of each term of the feeds to be the list's."""
        self.about = [self._phrase(one, is_given=bool(about)) for one in spoken]
        """Phrases that say what the list is about, each as its terms with their weights."""

    def _association(self, term: str, own: Counts, most: float = 1.0) -> float:
        """How much a term of these texts is the list's own.

        Against the kind of items that has it least: half of all papers say "language model".
        """
        background = max(_MIN_BACKGROUND, self.feeds.documents)
        rates = [(one.frequency[term] + 0.5) / (one.documents + _UNSEEN) for one in self.kinds]
        there = min([*rates, most]) * background
        return association(own.frequency[term], own.documents, there, background)

    def _marks(self, own: Counts, least: int) -> dict[str, float]:
        """The terms of at least so many texts that are the list's own, with their weights."""
        return {
            term: weight
            for term, count in own.frequency.items()
            if count >= least
            and self.feeds.frequency[term]
            and (weight := self._association(term, own)) > _SIGNIFICANT
        }

    def _subject(self, capitals: Collection[str], own: Collection[str]) -> frozenset[str]:
        """The most widespread phrases of the list, in a tenth of its entries at least.

        Preferred are phrases that the feeds know or that are among `own`; then other phrases, then
        single words. What is common in the feeds is left out where something rarer is as
        widespread: a list on "human feedback" is on that.
        """
        share = self.listed.share
        spread = [
            term
            for term, count in self.listed.frequency.items()
            if count > 2
            and share(term) >= _COMMON
            and self._association(term, self.listed, _COMMON) > _SIGNIFICANT
        ]
        named = [term for term in spread if " " in term or term in capitals]
        known = [term for term in named if term in own or self.feeds.frequency[term]]
        preferred = known or named or spread
        rare = [term for term in preferred if all(one.share(term) < _COMMON for one in self.kinds)]
        widest = max(map(share, preferred), default=0.0)
        widest_rare = max(map(share, rare), default=0.0)
        return frozenset(
            term
            for term in preferred
            if share(term) >= widest / 2 and (term in rare or share(term) > widest_rare)
        )

    def _phrase(self, text: str, *, is_given: bool) -> dict[str, float]:
        """The terms of a phrase that items can have, the rarer the weightier.

        Of a title, what the list itself uses counts, and a short form stands for a word ("Eval").
        """
        use, frequency = self.listed.frequency, self.feeds.frequency
        found: dict[str, float] = {}
        for words in phrases(text, self.acronyms):
            stems = [one for _, one in words if one and one not in _NOT_A_SUBJECT]
            for at, one in enumerate(stems):
                if len(one) > 3 and frequency[one] < 3:
                    known = (term for term in use if " " not in term and frequency[term])
                    longer = [term for term in known if term.startswith(one)]
                    stems[at] = max(longer, key=lambda term: (use[term], term), default=one)
            for term in [*stems, *map(" ".join, pairwise(stems))]:
                used = 1.0 if is_given else math.sqrt(self.listed.share(term))
                idf = math.log((self.feeds.documents + 1) / (frequency[term] + 0.5))
                if frequency[term] and used and idf > 0:
                    found[term] = idf * used
        return found

    def subject_names(self) -> tuple[str, ...]:
        """Return what names the subject, as the list writes it, each piece of evidence once."""
        weights = {term: self.marks.get(term, 0.0) for term in self.subject}
        names = independent_terms(self.subject & self.spellings.keys(), weights)
        return tuple(self.spellings[term] for term in names)

    def read(self, item: Item) -> ItemTerms:
        """Return the terms of an item, with what the list abbreviates."""
        return ItemTerms(item, self.acronyms)

    def features(self, one: ItemTerms) -> dict[str, float]:
        """Return what the list says of an item, by name of feature."""
        words = one.words
        coverage = max((share_of(phrase, words) for phrase in self.about), default=0.0)
        named = names_subject(item_text(one.item), self.subject, self.space.postings, self.acronyms)
        in_sections = independent_terms(words, self.section_words)
        odds = [self.words.get(term, 0.0) for term in sorted(words)]
        return {
            "nearest": self.space.nearness(words) / self.usual_nearness,
            "subject": float(named),
            "sections": math.fsum(in_sections.values()) / math.sqrt(len(words) + 10),
            "words": math.fsum(max(0.0, odd) for odd in odds) / math.sqrt(len(words) + 5),
            "strange": math.fsum(min(0.0, odd) for odd in odds) / math.sqrt(len(words) + 5),
            "about": coverage,
            "all_about": coverage * coverage,
        }

    def nearness(self, items: Sequence[Item]) -> Callable[[Item], list[float]]:
        """Return what compares an item with some others, by words."""
        others = VectorSpace([self.read(one).words for one in items], self.space.idf)
        return lambda item: others.similarities(self.read(item).words)


def share_of(weights: Mapping[str, float], words: Collection[str]) -> float:
    """Return how much of the weight of some terms is that of `words`; 0 if they weigh nothing."""
    total = math.fsum(weights.values())
    return math.fsum(weights[term] for term in weights if term in words) / total if total else 0.0


def independent_terms(words: frozenset[str], weights: Mapping[str, float]) -> dict[str, float]:
    """Return the best term of each group of terms that share a word, the weightiest first.

    "Large language models" has five terms, which are one piece of evidence.
    """
    known = {term: weights[term] for term in words if term in weights}
    groups: list[tuple[frozenset[str], str]] = []
    for term in known:
        stems = frozenset(term.split())
        joined = [group for group in groups if group[0] & stems]
        best = max([term, *(name for _, name in joined)], key=lambda one: (known[one], one))
        groups = [group for group in groups if group not in joined]
        groups.append((stems.union(*(group[0] for group in joined)), best))
    best_terms = sorted((term for _, term in groups), key=lambda term: (-known[term], term))
    return {term: known[term] for term in best_terms}


class Company:
    """Which words go with the items of the feeds that fit best, learned from these items.

    "Speculative decoding" goes with language models here, "camera" does not: this finds what the
    list has no words for.
    """

    def __init__(self, items: Sequence[ItemTerms], chances: Sequence[float]) -> None:
        """Learn from all items; the likeliest twentieth are the seeds, of each kind three at least.

        `chances` are the probabilities of the items to fit, by what the list says of them.
        """
        self.breadth = math.log(max(_MIN_BREADTH, fmean(chances or [0.0])))
        """The logarithm of the share of items that fit, by what the list says: of a list whose
        subject many items have, less must speak for one."""
        self.seeds: set[str] = set()
        """Identities of the items that were taken for fitting."""
        self.kinds: dict[str, dict[str, tuple[float, float]]] = {}
        """By kind of item and term: the log odds of an item that has it to be like the seeds. The
        second is for seeds: an item is one of those that were learned from, and not counted."""
        order = sorted(zip(chances, items, strict=True), key=lambda p: (-p[0], p[1].item.identity))
        ranked = [one for _, one in order]
        best = ranked[: max(_MIN_BEST, int(_SEED_SHARE * len(ranked)))]
        best_of_kind = Counter(one.item.kind for one in best)
        for kind in {one.item.kind for one in items}:
            of_kind = [one for one in ranked if one.item.kind == kind]
            count = max(best_of_kind[kind], _MIN_SEEDS)
            if len(of_kind) < 4 * count:
                continue  # nothing is known of so few
            self.seeds |= {one.item.identity for one in of_kind[:count]}
            like = Counts([one.words for one in of_kind[:count]])
            unlike = Counts([one.words for one in of_kind[count:]])
            self.kinds[kind] = {
                term: (
                    _log_odds(here, like.documents, there - 1, unlike.documents, 5),
                    _log_odds(here - 1, like.documents, there, unlike.documents, 5),
                )
                for term in like.frequency | unlike.frequency
                if (here := like.frequency[term]) + (there := unlike.frequency[term]) > 2
            }

    def features(self, one: ItemTerms) -> dict[str, float]:
        """Return what the feeds say of an item, by name of feature.

        What is in its title counts twice.
        """
        odds = self.kinds.get(one.item.kind, {})
        is_seed = one.item.identity in self.seeds
        total = math.fsum(
            odds[term][is_seed] * (1 + (term in one.title)) for term in one.words if term in odds
        )
        return {"company": total / math.sqrt(len(one.words) + 5), "breadth": self.breadth}


def in_company(one: ItemTerms, companies: Sequence[Company]) -> dict[str, float]:
    """Return what the feeds say of an item, on average of all passes; the first says how broad.

    The last pass alone would drift from the subject of a narrow list.
    """
    found = [each.features(one) for each in companies]
    return {**found[0], "company": fmean(each["company"] for each in found)} if found else {}
