"""What a list is about, learned from its own entries and told apart from what the feeds show."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from staycurrent.sources import said
from staycurrent.sources.address_form import PaperForm, preferred
from staycurrent.sources.company import Company
from staycurrent.sources.item import Item
from staycurrent.sources.kinds import lacking
from staycurrent.sources.mentions import Naming
from staycurrent.sources.nearness import Space, nearest, rarity
from staycurrent.sources.sections import Sections
from staycurrent.sources.specialty import specialty
from staycurrent.sources.vocabulary import (
    Counts,
    Evidence,
    core,
    met,
    phrases_of,
    pieces,
    rivals,
    telling,
    unwanted,
    wanted,
)
from staycurrent.sources.words import acronyms, initialisms, spellings, terms

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
    closest: str
    """Title of the nearest entry; empty where nothing is near."""
    words: tuple[str, ...] = ()
    """The list's own words that the item has, the most telling first; at most three."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A list's words with their weights, its entries in the space of their words, its habits."""

    acronyms: Mapping[str, str]
    spelling: Mapping[str, str]
    """A term as the list writes it."""
    evidence: Mapping[str, Mapping[str, float]]
    """By kind of item: words that mark the list and prove something there."""
    core: frozenset[str]
    """What the list is about, in one phrase or two."""
    specialty: frozenset[str]
    """What it speaks of where that is a part of its core: one of these must be named."""
    naming: Mapping[str, Naming]
    """By kind of item: how one of them names that."""
    company: Mapping[str, Company]
    """By kind of item: what those say that name the subject, and those that do not."""
    unwanted: Mapping[str, Mapping[str, float]]
    """By kind of item: words of what that feed is about and the list is not."""
    rivals: Mapping[str, frozenset[str]]
    """By kind of item: of these, the subjects in their own right."""
    lacks: frozenset[str]
    """Kinds of item that the list does not take."""
    entries: tuple[ListEntry, ...]
    space: Space
    sections: Sections
    paper_form: PaperForm
    """How the list writes addresses of papers."""
    typical: Mapping[str, float]
    """By kind of item: the weight that the list's own entries would have among them, as far as it
    is asked of an item; one of that weight has relevance 0.5."""


def learn(
    entries: Sequence[ListEntry], background: Sequence[Item], names: Sequence[str] = ()
) -> Subject:
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
    ours = Counts.of([*listed, *headed])
    kinds = sorted({item.kind for item in background})
    shown = {kind: [item for item in background if item.kind == kind] for kind in kinds}
    theirs = {kind: _counts(items, spelled) for kind, items in shown.items()}
    titled = {kind: _titles(items, spelled) for kind, items in shown.items()}
    phrases = phrases_of(ours, initialisms(texts))
    marks = wanted(ours, theirs, phrases)
    evidence = {kind: telling(marks, ours, theirs[kind], _exempt(kind, phrases)) for kind in kinds}
    space = Space.of(listed, rarity([ours, *theirs.values()]))
    titles = [terms(entry.title, spelled) for entry in entries]
    about = core(marks, ours, phrases, [*theirs.values()], said_above | called)
    usual = Counts.of(listed).having
    naming = {
        kind: Naming(about.intersection(proving), usual, spelled)
        for kind, proving in evidence.items()
    }
    part = specialty(listed, [*theirs.values()], about, headings=said_above, titles=called)
    company = {kind: _company(shown[kind], naming[kind], part, ours.having) for kind in kinds}
    return Subject(
        acronyms=spelled,
        spelling=spellings(texts),
        evidence=evidence,
        core=about,
        specialty=part,
        naming=naming,
        company=company,
        unwanted={kind: _unwanted(ours, titled[kind], company[kind]) for kind in kinds},
        rivals={kind: rivals(ours, counts) for kind, counts in titled.items()},
        lacks=lacking([entry.url for entry in entries]),
        entries=tuple(entries),
        space=space,
        sections=Sections.of([(one.section, one.url) for one in entries], space, spelled),
        paper_form=preferred(entry.url for entry in entries),
        typical={
            kind: _typical(kind, _weights(listed, titles, space, met(marks, [*theirs.values()])))
            for kind, marks in evidence.items()
        },
    )


def judge(item: Item, subject: Subject) -> Match:
    """Say how well an item fits the list, which entry is nearest, and where it would stand.

    Nearness alone is nothing. Half as much fits what does not name the list's subject, or only
    under a qualifier, or in the company of words that go with other subjects, or beneath a title
    on another subject; and what is of a kind that the list does not take.
    """
    words = terms(said.text(item), subject.acronyms)
    title = terms(said.name(item), subject.acronyms)
    near = subject.space.near(words)
    cosine, place = nearest(near)
    entry = subject.entries[place] if cosine >= _NEAR else None
    marks = subject.evidence.get(item.kind, {})
    about = title | (words & marks.keys())
    told = pieces(words, marks)
    weight = _weight(told, title, len(words)) + _NEARNESS * cosine
    weight = max(0.0, weight - _counter(item, words, subject))
    relevance = weight / (weight + subject.typical.get(item.kind, 1.0)) if told else 0.0
    for proof in _proofs(item, subject, words):
        relevance *= 1.0 if proof else _UNPROVED
    return Match(
        relevance=relevance,
        section=subject.sections.best(item.kind, about, subject.space.near(about)),
        closest=entry.title if entry else "",
        words=tuple(subject.spelling.get(one.term, one.term) for one in told[:3]),
    )


def _proofs(item: Item, subject: Subject, words: frozenset[str]) -> tuple[bool, ...]:
    """What must hold of an item that is surely of the list; nothing does of an unknown kind."""
    naming, company = subject.naming.get(item.kind), subject.company.get(item.kind)
    if naming is None or company is None:
        return (False,)
    title = terms(said.subject(item), subject.acronyms)
    named = naming.plainly(said.text(item))
    in_part = _is_of(subject.specialty, title)
    return (
        item.kind not in subject.lacks,
        named,
        in_part,
        company.suits(words, named=named and in_part),
        not company.is_strange(words),
        subject.rivals[item.kind].isdisjoint(title),
    )


def _is_of(part: frozenset[str], title: frozenset[str]) -> bool:
    return not part or not part.isdisjoint(title)


def _company(
    items: Sequence[Item], naming: Naming, part: frozenset[str], known: Collection[str]
) -> Company:
    told = [
        (
            terms(said.text(item), naming.acronyms),
            naming.plainly(said.text(item))
            and _is_of(part, terms(said.subject(item), naming.acronyms)),
        )
        for item in items
    ]
    return Company.of(told, naming.names, known)


def _weight(told: Sequence[Evidence], title: frozenset[str], length: int) -> float:
    weight = math.fsum(one.weight * (_IN_TITLE if one.term in title else 1.0) for one in told)
    # A long text has more of everything; a text of few words proves little.
    return weight / math.sqrt(length + 10)


def _counter(item: Item, words: frozenset[str], subject: Subject) -> float:
    """What speaks against an item: what its feed is full of and the list lacks."""
    against = pieces(words, subject.unwanted.get(item.kind, {}))
    return _AGAINST * math.fsum(one.weight for one in against) / math.sqrt(len(words) + 10)


def _weights(
    listed: Sequence[frozenset[str]],
    titles: Sequence[frozenset[str]],
    space: Space,
    marks: Mapping[str, float],
) -> list[float]:
    """Weights of the list's entries, each judged as if it were not in it.

    Of a long list, entries at even distances stand for all.
    """
    weights: list[float] = []
    for place in range(0, len(listed), 1 + len(listed) // _SAMPLE):
        near = space.near(listed[place])
        near.pop(place, None)
        told = pieces(listed[place], marks)
        weight = _weight(told, titles[place], len(listed[place]))
        weights.append(weight + _NEARNESS * nearest(near)[0])
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


def _counts(items: Sequence[Item], spelled: Mapping[str, str]) -> Counts:
    return Counts.of([terms(said.text(item), spelled) for item in items])


def _exempt(kind: str, phrases: frozenset[str]) -> frozenset[str]:
    """Phrases that are evidence though items have them more often than entries do.

    Papers do, by the length of their abstracts. A repository has one line, as an entry has: "open
    source" is in a tenth of a list of tools, and in more of what trends.
    """
    return frozenset() if kind == "repository" else phrases


def _unwanted(ours: Counts, titled: Counts, company: Company) -> dict[str, float]:
    """What speaks against an item, less the words that go with the list's subject."""
    weights = unwanted(ours, titled)
    return {term: weight for term, weight in weights.items() if not company.keeps(term)}


def _titles(items: Sequence[Item], spelled: Mapping[str, str]) -> Counts:
    return Counts.of([terms(said.subject(item), spelled) for item in items])
