"""Which kinds of thing a list does not take, by what its entries lead to."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from staycurrent.identity import identify
from staycurrent.sources.item import Item
from staycurrent.sources.item_names import PaperUrlForm, preferred_paper_form
from staycurrent.sources.relevance import text
from staycurrent.sources.relevance.features import (
    CoOccurrence,
    DocumentCounts,
    VectorSpace,
    WeightedTerm,
    characteristic_terms,
    core,
    evidence_terms,
    independent_terms,
    name_phrases,
    nearest_document,
    rarity,
    rivals,
    seen_terms,
    specialty,
    unwanted,
)
from staycurrent.sources.relevance.text import (
    SubjectMatcher,
    acronyms,
    initialisms,
    spellings,
    terms,
)

_ENTRIES = 100
"""Of a kind that is three in a hundred of a list, so many entries would hold one (95 %)."""
_FED = frozenset(["paper", "repository"])
"""What the feeds bring by themselves; a feed of talks was added by somebody who wants them."""


def absent_kinds(urls: Sequence[str]) -> frozenset[str]:
    """Kinds that a list does not take, by the addresses of its entries; none while they are few.

    A PDF may be a paper that we cannot name, and speaks for papers.
    """
    if len(urls) < _ENTRIES:
        return frozenset()
    things = [identify(url) for url in urls]
    kinds = {thing.kind for thing in things if thing is not None}
    if any(url.lower().endswith(".pdf") for url in urls):
        kinds.add("paper")
    return _FED - kinds


SectionPath = tuple[str, ...]

_LEAST = 0.05
"""Below it a wrong section would be named more often than a right one."""
_HEADING = 0.5
_OTHER_KIND = 0.3
_FURTHER = 0.3


@dataclass(frozen=True, slots=True)
class SectionIndex:
    """The sections that have entries, in the order of the list."""

    paths: tuple[SectionPath, ...]
    of_entry: tuple[int, ...]
    """By entry: the place of its section."""
    kinds: tuple[Mapping[str, float], ...]
    """By section: the share of each kind of thing among its entries."""
    headings: VectorSpace
    """The words of each section's own heading."""

    @classmethod
    def of(
        cls,
        entries: Sequence[tuple[SectionPath, str]],
        space: VectorSpace,
        acronyms: Mapping[str, str],
    ) -> "SectionIndex":
        """Learn from the section and the address of each entry."""
        paths = tuple(dict.fromkeys(path for path, _ in entries))
        place = {path: number for number, path in enumerate(paths)}
        named = [terms(path[-1] if path else "", acronyms) for path in paths]
        return cls(
            paths,
            tuple(place[path] for path, _ in entries),
            tuple(_kinds([url for path, url in entries if path == one]) for one in paths),
            VectorSpace.of(named, space.idf),
        )

    def best_section(
        self, kind: str, words: frozenset[str], near: Mapping[int, float]
    ) -> SectionPath:
        """The section that suits best; empty where none is near enough.

        The nearest entry speaks for its section, its neighbours support it, and a section of
        papers is not where a repository belongs.
        """
        told: dict[int, list[float]] = {}
        for entry, cosine in near.items():
            told.setdefault(self.of_entry[entry], []).append(cosine)
        named = self.headings.similarities(words)
        scores = {
            place: _together(told.get(place, [])) + _HEADING * named.get(place, 0.0)
            for place in told.keys() | named.keys()
        }
        suited = {place: score * self._suits(place, kind) for place, score in scores.items()}
        best = max(suited, key=lambda place: (suited[place], -place), default=0)
        return self.paths[best] if suited.get(best, 0.0) >= _LEAST else ()

    def _suits(self, place: int, kind: str) -> float:
        return _OTHER_KIND + (1 - _OTHER_KIND) * self.kinds[place].get(kind, 0.0)


def _together(cosines: Sequence[float]) -> float:
    first, *others = sorted(cosines, reverse=True) or [0.0]
    return first + _FURTHER * sum(others[:2])


def _kinds(urls: Sequence[str]) -> dict[str, float]:
    """A PDF or a page is most often a paper's that we cannot name, so it counts half as one."""
    things = [identify(url) for url in urls]
    kinds = [thing.kind if thing is not None else "page" for thing in things]
    shares = {kind: kinds.count(kind) / len(kinds) for kind in dict.fromkeys(kinds)}
    shares["paper"] = shares.get("paper", 0.0) + 0.5 * shares.get("page", 0.0)
    return shares


_SAMPLE = 400
_AGAINST = 0.6
_IN_TITLE = 1.5
_NEARNESS = 6.0
_NEAR = 0.08
_UNPROVED = 0.4
"""What fails one proof does not reach the usual floor, whatever else it says."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of the list, as far as its subject goes."""

    title: str
    section: tuple[str, ...]
    """Path of headings, the outermost first."""
    url: str
    text: str
    """The entry's description as plain text; may be empty."""


@dataclass(frozen=True, slots=True)
class Match:
    """How an item fits the list, in terms that a person can check."""

    relevance: float
    """0 to 1."""
    section: tuple[str, ...]
    """Section that its words and its kind suit best; empty where none is near."""
    closest_entry: str
    """Title of the nearest entry; empty where nothing is near."""
    shared_words: tuple[str, ...] = ()
    """The list's own words that the item has, the most telling first; at most three."""


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """A list's words with their weights, its entries in the space of their words, its habits."""

    acronyms: Mapping[str, str]
    spelling: Mapping[str, str]
    """A term as the list writes it."""
    evidence: Mapping[str, Mapping[str, float]]
    """By kind of item: words that mark the list and prove something there."""
    core: frozenset[str]
    """What the list is about, in one phrase or two."""
    subtopic: frozenset[str]
    """What it speaks of where that is a part of its core: one of these must be named."""
    matchers: Mapping[str, SubjectMatcher]
    """By kind of item: how one of them names that."""
    co_occurrence: Mapping[str, CoOccurrence]
    """By kind of item: what those say that name the subject, and those that do not."""
    foreign_terms: Mapping[str, Mapping[str, float]]
    """By kind of item: words of what that feed is about and the list is not."""
    rival_subjects: Mapping[str, frozenset[str]]
    """By kind of item: of these, the subjects in their own right."""
    absent_kinds: frozenset[str]
    """Kinds of item that the list does not take."""
    entries: tuple[ListEntry, ...]
    space: VectorSpace
    sections: SectionIndex
    paper_form: PaperUrlForm
    """How the list writes addresses of papers."""
    typical_weight: Mapping[str, float]
    """By kind of item: the weight that the list's own entries would have among them, as far as it
    is asked of an item; one of that weight has relevance 0.5."""


def fit_model(
    entries: Sequence[ListEntry], background: Sequence[Item], names: Sequence[str] = ()
) -> RelevanceModel:
    """Learn the list's subject from its entries, against the items that feeds show anyway.

    A word marks the list if its entries have it more often than the items have: "agent" is in a
    third of all trending repositories and so speaks against them, "fine-tuning" for them. `names`
    are what the lists call themselves.
    """
    texts = [f"{entry.title} . {entry.text}" for entry in entries]
    headings = sorted({heading for entry in entries for heading in entry.section})
    spelled = acronyms(texts)
    listed = [terms(text, spelled) for text in texts]
    headed = [terms(heading, spelled) for heading in headings]
    said_above = frozenset().union(*headed)
    called = frozenset().union(*(terms(name, spelled) for name in names))
    ours = DocumentCounts.of([*listed, *headed])
    kinds = sorted({item.kind for item in background})
    shown = {kind: [item for item in background if item.kind == kind] for kind in kinds}
    theirs = {kind: _counts(items, spelled) for kind, items in shown.items()}
    titled = {kind: _titles(items, spelled) for kind, items in shown.items()}
    phrases = name_phrases(ours, initialisms(texts))
    marks = characteristic_terms(ours, theirs, phrases)
    evidence = {
        kind: evidence_terms(marks, ours, theirs[kind], _exempt(kind, phrases)) for kind in kinds
    }
    space = VectorSpace.of(listed, rarity([ours, *theirs.values()]))
    titles = [terms(entry.title, spelled) for entry in entries]
    about = core(marks, ours, phrases, [*theirs.values()], said_above | called)
    usual = DocumentCounts.of(listed).document_frequency
    naming = {
        kind: SubjectMatcher(about.intersection(proving), usual, spelled)
        for kind, proving in evidence.items()
    }
    part = specialty(listed, [*theirs.values()], about, headings=said_above, titles=called)
    company = {
        kind: _company(shown[kind], naming[kind], part, ours.document_frequency) for kind in kinds
    }
    return RelevanceModel(
        acronyms=spelled,
        spelling=spellings(texts),
        evidence=evidence,
        core=about,
        subtopic=part,
        matchers=naming,
        co_occurrence=company,
        foreign_terms={kind: _unwanted(ours, titled[kind], company[kind]) for kind in kinds},
        rival_subjects={kind: rivals(ours, counts) for kind, counts in titled.items()},
        absent_kinds=absent_kinds([entry.url for entry in entries]),
        entries=tuple(entries),
        space=space,
        sections=SectionIndex.of([(one.section, one.url) for one in entries], space, spelled),
        paper_form=preferred_paper_form(entry.url for entry in entries),
        typical_weight={
            kind: _typical(
                kind, _weights(listed, titles, space, seen_terms(marks, [*theirs.values()]))
            )
            for kind, marks in evidence.items()
        },
    )


def score_item(item: Item, subject: RelevanceModel) -> Match:
    """Say how well an item fits the list, which entry is nearest, and where it would stand.

    Nearness alone is nothing. Half as much fits what does not name the list's subject, or only
    under a qualifier, or in the company of words that go with other subjects, or beneath a title
    on another subject; and what is of a kind that the list does not take.
    """
    words = terms(text.item_text(item), subject.acronyms)
    title = terms(text.item_name(item), subject.acronyms)
    near = subject.space.similarities(words)
    cosine, place = nearest_document(near)
    entry = subject.entries[place] if cosine >= _NEAR else None
    marks = subject.evidence.get(item.kind, {})
    about = title | (words & marks.keys())
    told = independent_terms(words, marks)
    weight = _weight(told, title, len(words)) + _NEARNESS * cosine
    weight = max(0.0, weight - _counter(item, words, subject))
    relevance = weight / (weight + subject.typical_weight.get(item.kind, 1.0)) if told else 0.0
    for proof in _proofs(item, subject, words):
        relevance *= 1.0 if proof else _UNPROVED
    return Match(
        relevance=relevance,
        section=subject.sections.best_section(item.kind, about, subject.space.similarities(about)),
        closest_entry=entry.title if entry else "",
        shared_words=tuple(subject.spelling.get(one.term, one.term) for one in told[:3]),
    )


def _proofs(item: Item, subject: RelevanceModel, words: frozenset[str]) -> tuple[bool, ...]:
    """What must hold of an item that is surely of the list; nothing does of an unknown kind."""
    naming, company = subject.matchers.get(item.kind), subject.co_occurrence.get(item.kind)
    if naming is None or company is None:
        return (False,)
    title = terms(text.item_subject(item), subject.acronyms)
    named = naming.matches(text.item_text(item))
    in_part = _is_of(subject.subtopic, title)
    return (
        item.kind not in subject.absent_kinds,
        named,
        in_part,
        company.resembles_subject(words, named=named and in_part),
        not company.is_unfamiliar(words),
        subject.rival_subjects[item.kind].isdisjoint(title),
    )


def _is_of(part: frozenset[str], title: frozenset[str]) -> bool:
    return not part or not part.isdisjoint(title)


def _company(
    items: Sequence[Item], naming: SubjectMatcher, part: frozenset[str], known: Collection[str]
) -> CoOccurrence:
    told = [
        (
            terms(text.item_text(item), naming.acronyms),
            naming.matches(text.item_text(item))
            and _is_of(part, terms(text.item_subject(item), naming.acronyms)),
        )
        for item in items
    ]
    return CoOccurrence.of(told, naming.names, known)


def _weight(told: Sequence[WeightedTerm], title: frozenset[str], length: int) -> float:
    weight = math.fsum(one.weight * (_IN_TITLE if one.term in title else 1.0) for one in told)
    # A long text has more of everything; a text of few words proves little.
    return weight / math.sqrt(length + 10)


def _counter(item: Item, words: frozenset[str], subject: RelevanceModel) -> float:
    """What speaks against an item: what its feed is full of and the list lacks."""
    against = independent_terms(words, subject.foreign_terms.get(item.kind, {}))
    return _AGAINST * math.fsum(one.weight for one in against) / math.sqrt(len(words) + 10)


def _weights(
    listed: Sequence[frozenset[str]],
    titles: Sequence[frozenset[str]],
    space: VectorSpace,
    marks: Mapping[str, float],
) -> list[float]:
    """Weights of the list's entries, each judged as if it were not in it.

    Of a long list, entries at even distances stand for all.
    """
    weights: list[float] = []
    for place in range(0, len(listed), 1 + len(listed) // _SAMPLE):
        near = space.similarities(listed[place])
        near.pop(place, None)
        told = independent_terms(listed[place], marks)
        weight = _weight(told, titles[place], len(listed[place]))
        weights.append(weight + _NEARNESS * nearest_document(near)[0])
    return weights


def _typical(kind: str, weights: Sequence[float]) -> float:
    """Weight of a modest entry, which three of four surpass; of the middle one for a repository.

    At least half of the middle one: a list may have many entries of which it says nothing. A
    repository has one line to speak of itself, which is half a promise.
    """
    if len(weights) < 2:
        return 1.0
    lower, middle, _ = quantiles(weights, n=4)
    return (middle if kind == "repository" else max(lower, middle / 2)) or 1.0


def _counts(items: Sequence[Item], spelled: Mapping[str, str]) -> DocumentCounts:
    return DocumentCounts.of([terms(text.item_text(item), spelled) for item in items])


def _exempt(kind: str, phrases: frozenset[str]) -> frozenset[str]:
    """Phrases that are evidence though items have them more often than entries do.

    Papers do, by the length of their abstracts. A repository has one line, as an entry has: "open
    source" is in a tenth of a list of tools, and in more of what trends.
    """
    return frozenset() if kind == "repository" else phrases


def _unwanted(
    ours: DocumentCounts, titled: DocumentCounts, company: CoOccurrence
) -> dict[str, float]:
    """What speaks against an item, less the words that go with the list's subject."""
    weights = unwanted(ours, titled)
    return {term: weight for term, weight in weights.items() if not company.goes_with_subject(term)}


def _titles(items: Sequence[Item], spelled: Mapping[str, str]) -> DocumentCounts:
    return DocumentCounts.of([terms(text.item_subject(item), spelled) for item in items])
