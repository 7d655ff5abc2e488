"""The relevance model: fitted to a list and to what the feeds show, it scores items."""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from staycurrent.identity import identify
from staycurrent.sources.item import Item
from staycurrent.sources.item_names import PaperUrlForm, preferred_paper_form
from staycurrent.sources.relevance import features
from staycurrent.sources.relevance.explanation import Match
from staycurrent.sources.relevance.features import CoOccurrence, DocumentCounts, VectorSpace
from staycurrent.sources.relevance.text import (
    SubjectMatcher,
    initialisms,
    item_name,
    item_subject,
    item_text,
    learn_acronyms,
    spellings,
    terms,
)

_MIN_ENTRIES = 100
"""A kind that is 3 % of a list has an entry among so many with a probability of 95 %."""
_FEED_KINDS = frozenset(["paper", "repository"])
"""Kinds of the built-in sources; a feed of talks was added by somebody who wants talks."""
_MIN_SECTION_SCORE = 0.05
"""Below it, the wrong section would be suggested more often than the right one."""
_HEADING_WEIGHT = 0.5
_OTHER_KIND_FACTOR = 0.3
_FURTHER_ENTRIES_WEIGHT = 0.3
_SAMPLE_SIZE = 400
_TITLE_FACTOR = 1.5
_FOREIGN_WEIGHT = 0.6
_SIMILARITY_WEIGHT = 6.0
_MIN_SIMILARITY = 0.08
_FAILED_TEST_FACTOR = 0.4
"""An item that fails one test stays below the default `candidates.min_relevance`."""

SectionPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """What an entry of the list says about its subject."""

    title: str
    section: SectionPath
    """Path of headings, the outermost first."""
    url: str
    text: str
    """The entry's description as plain text; may be empty."""


@dataclass(frozen=True, slots=True)
class SectionIndex:
    """The sections that have entries, in the order of the list."""

    paths: tuple[SectionPath, ...]
    of_entry: tuple[int, ...]
    """By entry: the position of its section."""
    kinds: tuple[Mapping[str, float], ...]
    """By section: the share of each kind of item among its entries."""
    headings: VectorSpace
    """The innermost heading of each section."""

    @classmethod
    def of(
        cls,
        entries: Sequence[tuple[SectionPath, str]],
        idf: Mapping[str, float],
        acronyms: Mapping[str, str],
    ) -> "SectionIndex":
        """Index the sections of entries, each given as its section and its address."""
        paths = tuple(dict.fromkeys(path for path, _ in entries))
        position = {path: number for number, path in enumerate(paths)}
        shares: list[dict[str, float]] = []
        for path in paths:
            named = [identify(url) for entry_path, url in entries if entry_path == path]
            kinds = [identity.kind if identity is not None else "page" for identity in named]
            share = {kind: kinds.count(kind) / len(kinds) for kind in kinds}
            # A page is often a paper of a site that we do not know.
            share["paper"] = share.get("paper", 0.0) + 0.5 * share.get("page", 0.0)
            shares.append(share)
        headings = [terms(path[-1] if path else "", acronyms) for path in paths]
        of_entry = tuple(position[path] for path, _ in entries)
        return cls(paths, of_entry, tuple(shares), VectorSpace.of(headings, idf))

    def best_section(
        self, kind: str, words: frozenset[str], similarities: Mapping[int, float]
    ) -> SectionPath:
        """Return the section that suits an item best, or () if none is similar enough.

        `similarities` are those of the list's entries. A section scores by its most similar entry,
        less by the next two, by its heading, and by how many of its entries are of the item's kind.
        """
        cosines: defaultdict[int, list[float]] = defaultdict(list)
        for entry, cosine in similarities.items():
            cosines[self.of_entry[entry]].append(cosine)
        headings = self.headings.similarities(words)
        scores: dict[int, float] = {}
        for place in cosines.keys() | headings.keys():
            first, *others = sorted(cosines.get(place, [0.0]), reverse=True)
            score = first + _FURTHER_ENTRIES_WEIGHT * sum(others[:2])
            score += _HEADING_WEIGHT * headings.get(place, 0.0)
            share = self.kinds[place].get(kind, 0.0)
            scores[place] = score * (_OTHER_KIND_FACTOR + (1 - _OTHER_KIND_FACTOR) * share)
        best = max(scores, key=lambda place: (scores[place], -place), default=0)
        return self.paths[best] if scores.get(best, 0.0) >= _MIN_SECTION_SCORE else ()


@dataclass(frozen=True, slots=True)
class ListTerms:
    """The terms of a list, and which of them say what it is about."""

    acronyms: Mapping[str, str]
    titles: Sequence[frozenset[str]]
    """The terms of each entry's title."""
    entries: Sequence[frozenset[str]]
    """The terms of each entry's title and description."""
    space: VectorSpace
    """The entries as vectors."""
    counts: DocumentCounts
    """Of entries and headings."""
    phrases: frozenset[str]
    """Pairs and words in capitals: they name things."""
    weights: Mapping[str, float]
    """Of the terms that mark the list against all items."""
    core: frozenset[str]
    """What the list is about, usually one phrase or two."""
    subtopic: frozenset[str]
    """If the list is on a part of its core: terms one of which an item's title must have."""


@dataclass(frozen=True, slots=True)
class KindModel:
    """What tells the items of one kind apart that are about the list's subject."""

    evidence: Mapping[str, float]
    """Terms that mark the list among these items, with their weights."""
    matcher: SubjectMatcher
    co_occurrence: CoOccurrence
    foreign_terms: Mapping[str, float]
    """Terms that mark these items and not the list, with their weights."""
    rival_subjects: frozenset[str]
    typical_weight: float
    """The weight at which an item has relevance 0.5: that of a modest entry of the list."""


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """What a list is about: its terms with their weights, its entries as vectors, its habits."""

    terms: ListTerms
    spellings: Mapping[str, str]
    """By term: how the list writes it."""
    absent_kinds: frozenset[str]
    """Kinds of item that the list does not take."""
    entries: tuple[ListEntry, ...]
    sections: SectionIndex
    paper_form: PaperUrlForm
    """How the list writes the addresses of papers."""
    kinds: Mapping[str, KindModel]
    """By kind of item; kinds that no feed has shown are missing."""


def fit_model(
    entries: Sequence[ListEntry], background: Sequence[Item], names: Sequence[str] = ()
) -> RelevanceModel:
    """Learn what a list is about from its entries, against the items that feeds show anyway.

    A term marks the list if its entries have it more often than the items: "agent" is in a third of
    all trending repositories and so speaks against an item, "fine-tuning" for it. `names` are the
    titles of the lists.
    """
    texts = [f"{entry.title} . {entry.text}" for entry in entries]
    acronyms = learn_acronyms(texts)
    items = {
        kind: [item for item in background if item.kind == kind]
        for kind in sorted({item.kind for item in background})
    }
    item_terms = {
        kind: [terms(item_text(item), acronyms) for item in same] for kind, same in items.items()
    }
    feeds = [DocumentCounts.of(rows) for rows in item_terms.values()]
    of_list = _learn_terms(entries, texts, acronyms, names, feeds)
    idf = of_list.space.idf
    return RelevanceModel(
        terms=of_list,
        spellings=spellings(texts),
        absent_kinds=absent_kinds([entry.url for entry in entries]),
        entries=tuple(entries),
        sections=SectionIndex.of([(one.section, one.url) for one in entries], idf, acronyms),
        paper_form=preferred_paper_form(entry.url for entry in entries),
        kinds={
            kind: _fit_kind(kind, same, item_terms[kind], of_list, feeds)
            for kind, same in items.items()
        },
    )


def _learn_terms(
    entries: Sequence[ListEntry],
    texts: Sequence[str],
    acronyms: Mapping[str, str],
    names: Sequence[str],
    feeds: Sequence[DocumentCounts],
) -> ListTerms:
    """Learn which terms mark the list against the feeds, and what it is about."""
    documents = [terms(text, acronyms) for text in texts]
    section_headings = sorted({heading for entry in entries for heading in entry.section})
    headings = [terms(heading, acronyms) for heading in section_headings]
    in_headings = frozenset().union(*headings)
    in_names = frozenset().union(*(terms(name, acronyms) for name in names))
    counts = DocumentCounts.of([*documents, *headings])
    capitals = initialisms(texts)
    phrases = frozenset(
        term for term in counts.document_frequency if " " in term or term in capitals
    )
    weights = features.characteristic_terms(counts, feeds, phrases)
    core = features.core_terms(weights, counts, phrases, feeds, in_headings | in_names)
    idf = features.inverse_document_frequency([counts, *feeds])
    return ListTerms(
        acronyms=acronyms,
        titles=[terms(entry.title, acronyms) for entry in entries],
        entries=documents,
        space=VectorSpace.of(documents, idf),
        counts=counts,
        phrases=phrases,
        weights=weights,
        core=core,
        subtopic=features.find_subtopic(
            documents, feeds, core, headings=in_headings, titles=in_names
        ),
    )


def _fit_kind(
    kind: str,
    items: Sequence[Item],
    item_terms: Sequence[frozenset[str]],
    of_list: ListTerms,
    feeds: Sequence[DocumentCounts],
) -> KindModel:
    """Learn from the items of one kind what tells those apart that are about the list's subject."""
    all_items = DocumentCounts.of(item_terms)
    # Papers have most phrases more often than entries do, by the length of their abstracts. A
    # repository has one line, as an entry has: "open source" is in a tenth of a list of tools, and
    # in more of the trending repositories.
    always = frozenset() if kind == "repository" else of_list.phrases
    evidence = {
        term: weight
        for term, weight in of_list.weights.items()
        if term in always or of_list.counts.share(term) > all_items.share(term)
    }
    pairs = DocumentCounts.of(of_list.entries).document_frequency
    matcher = SubjectMatcher(of_list.core.intersection(evidence), pairs, of_list.acronyms)
    subjects = [terms(item_subject(item), of_list.acronyms) for item in items]
    named = [
        matcher.matches(item_text(item)) and _names_subtopic(subject, of_list.subtopic)
        for item, subject in zip(items, subjects, strict=True)
    ]
    co_occurrence = CoOccurrence.of(
        zip(item_terms, named, strict=True), matcher.names, of_list.counts.document_frequency
    )
    in_subjects = DocumentCounts.of(subjects)
    foreign = features.foreign_terms(of_list.counts, in_subjects)
    return KindModel(
        evidence=evidence,
        matcher=matcher,
        co_occurrence=co_occurrence,
        foreign_terms={
            term: weight
            for term, weight in foreign.items()
            if not co_occurrence.goes_with_subject(term)
        },
        rival_subjects=features.rival_subjects(foreign, of_list.counts, in_subjects),
        typical_weight=_typical_weight(kind, of_list, features.seen_terms(evidence, feeds)),
    )


def _names_subtopic(subject: frozenset[str], subtopic: frozenset[str]) -> bool:
    return not subtopic or not subtopic.isdisjoint(subject)


def absent_kinds(urls: Sequence[str]) -> frozenset[str]:
    """Return the kinds of item that a list does not take, by the addresses of its entries.

    Nothing is concluded from a short list. A PDF counts as a paper.
    """
    if len(urls) < _MIN_ENTRIES:
        return frozenset()
    identities = [identify(url) for url in urls]
    kinds = {identity.kind for identity in identities if identity is not None}
    if any(url.lower().endswith(".pdf") for url in urls):
        kinds.add("paper")
    return _FEED_KINDS - kinds


def _typical_weight(kind: str, of_list: ListTerms, evidence: Mapping[str, float]) -> float:
    """The weight of a modest entry of the list if the entries were items of this kind.

    It is the lower quartile, or half of the median if many entries have no description; for
    repositories, whose one line is short too, the median. Of a long list, a sample is weighed.
    """
    entries = of_list.entries
    weights: list[float] = []
    for position in range(0, len(entries), 1 + len(entries) // _SAMPLE_SIZE):
        similarities = of_list.space.similarities(entries[position])
        similarities.pop(position, None)  # that with itself
        known = features.independent_terms(entries[position], evidence)
        weight = _text_weight(known, len(entries[position]), of_list.titles[position])
        weights.append(weight + _SIMILARITY_WEIGHT * features.nearest_document(similarities)[0])
    if len(weights) < 2:
        return 1.0
    lower, median, _ = quantiles(weights, n=4)
    return (median if kind == "repository" else max(lower, median / 2)) or 1.0


def _text_weight(known: Mapping[str, float], length: int, title: Collection[str] = ()) -> float:
    """The weight of a text with so many terms: a long one has more of everything."""
    weights = (w * (_TITLE_FACTOR if term in title else 1.0) for term, w in known.items())
    return math.fsum(weights) / math.sqrt(length + 10)


def score_item(item: Item, model: RelevanceModel) -> Match:
    """Return how well an item fits the list, its most similar entry, and the section for it.

    The relevance is 0 without any term that marks the list, however similar an entry is, and for
    kinds that no feed has shown before. It is multiplied by 0.4 for each test that the item fails.
    """
    acronyms, subtopic = model.terms.acronyms, model.terms.subtopic
    words = terms(item_text(item), acronyms)
    title = terms(item_name(item), acronyms)
    cosine, nearest = features.nearest_document(model.terms.space.similarities(words))
    kind = model.kinds.get(item.kind)
    evidence = features.independent_terms(words, kind.evidence) if kind else {}
    relevance = 0.0
    if kind and evidence:
        foreign = features.independent_terms(words, kind.foreign_terms)
        weight = _text_weight(evidence, len(words), title) + _SIMILARITY_WEIGHT * cosine
        weight = max(0.0, weight - _FOREIGN_WEIGHT * _text_weight(foreign, len(words)))
        relevance = weight / (weight + kind.typical_weight)
        subject = terms(item_subject(item), acronyms)
        named = kind.matcher.matches(item_text(item))
        in_subtopic = _names_subtopic(subject, subtopic)
        tests = (
            item.kind not in model.absent_kinds,
            named,
            in_subtopic,
            kind.co_occurrence.resembles_subject(words, named=named and in_subtopic),
            not kind.co_occurrence.is_unfamiliar(words),
            kind.rival_subjects.isdisjoint(subject),
        )
        for passed in tests:
            relevance *= 1.0 if passed else _FAILED_TEST_FACTOR
    about = title | (words & kind.evidence.keys()) if kind else title
    return Match(
        relevance=relevance,
        section=model.sections.best_section(
            item.kind, about, model.terms.space.similarities(about)
        ),
        closest_entry=model.entries[nearest].title if cosine >= _MIN_SIMILARITY else "",
        shared_words=tuple(model.spellings.get(term, term) for term in [*evidence][:3]),
    )
