"""What a list is about, learned from its own entries and told apart from what the feeds show."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from sources.item import Item
from sources.words import acronyms, spellings, terms

_SAMPLE = 400
_LEAST_ENTRIES = 3
_LEAST_ROWS = 5
_CERTAIN = 6.63
"""Dunning's G² at which a difference is no accident in 99 of 100 cases."""
_AGAINST = 0.1
_NEARNESS = 6.0
_UNSEEN_ROWS = 50
_LIKE_ROWS = 200
_NEAR = 0.08
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


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
    """Section of the nearest entry; empty where nothing is near."""
    closest: str
    """Title of the nearest entry; empty where nothing is near."""
    words: tuple[str, ...] = ()
    """The list's own words that the item has, the most telling first; at most three."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A list's words with their weights, and its entries as vectors."""

    acronyms: Mapping[str, str]
    spelling: Mapping[str, str]
    """A term as the list writes it."""
    wanted: Mapping[str, float]
    """Words that mark the list, by the root of Dunning's G² against the feeds."""
    unwanted: Mapping[str, Mapping[str, float]]
    """By kind of item: words that mark that feed and not the list."""
    rarity: Mapping[str, float]
    """Inverse document frequency over the list and the feeds."""
    entries: tuple[ListEntry, ...]
    vectors: tuple[Mapping[str, float], ...]
    having: Mapping[str, Sequence[tuple[int, float]]]
    """By word: the entries that have it, by their place, each with the word's weight in it."""
    typical: float = 1.0
    """Weight of the list's own middle entry: an item of that weight has relevance 0.5."""


def learn(entries: Sequence[ListEntry], background: Sequence[Item]) -> Subject:
    """Learn the list's subject from its entries, against the items that feeds show anyway.

    A word marks the list if its entries have it more often than every kind of item has: "agent"
    is in a third of all trending repositories and so says nothing, "fine-tuning" does.
    """
    texts = [f"{entry.title} . {entry.text}" for entry in entries]
    spelled = acronyms(texts)
    listed = [terms(text, spelled) for text in texts]
    shown = {
        kind: [terms(_text(item), spelled) for item in background if item.kind == kind]
        for kind in sorted({item.kind for item in background})
    }
    ours = _Counts.of(listed)
    theirs = {kind: _Counts.of(rows) for kind, rows in shown.items()}
    rarity = _rarity([ours, *theirs.values()])
    vectors = tuple(_vector(words, rarity) for words in listed)
    subject = Subject(
        acronyms=spelled,
        spelling=spellings(texts),
        wanted=_wanted(ours, theirs),
        unwanted={kind: _unwanted(ours, counts) for kind, counts in theirs.items()},
        rarity=rarity,
        entries=tuple(entries),
        vectors=vectors,
        having=_having(vectors),
    )
    return replace(subject, typical=_typical(listed, subject))


def judge(item: Item, subject: Subject) -> Match:
    """Say how well an item fits the list, and which of its entries is nearest."""
    words = terms(_text(item), subject.acronyms)
    near, place = _nearest(_vector(words, subject.rarity), subject.having)
    entry = subject.entries[place] if near >= _NEAR else None
    weight = _weight(words, subject, item.kind) + _NEARNESS * near
    relevance = weight / (weight + subject.typical)
    return Match(
        relevance=relevance,
        section=entry.section if entry else (),
        closest=entry.title if entry else "",
        words=_telling(words, subject),
    )


def _telling(words: frozenset[str], subject: Subject) -> tuple[str, ...]:
    shared = sorted(words & subject.wanted.keys(), key=lambda word: (-subject.wanted[word], word))
    # A pair says more than its halves: of "language model", "language" and "model", the first.
    told: list[str] = []
    for word in sorted(shared, key=lambda word: " " not in word):
        if not {stem for known in told for stem in known.split()} & set(word.split()):
            told.append(word)
    told.sort(key=shared.index)
    return tuple(subject.spelling.get(word, word) for word in told[:3])


def _weight(words: frozenset[str], subject: Subject, kind: str = "") -> float:
    against = subject.unwanted.get(kind, {})
    weight = math.fsum(subject.wanted.get(word, 0.0) for word in words)
    weight -= _AGAINST * math.fsum(against.get(word, 0.0) for word in words)
    # A long text has more of everything; a text of few words proves little.
    return max(0.0, weight) / math.sqrt(len(words) + 10)


def _typical(listed: Sequence[frozenset[str]], subject: Subject) -> float:
    """Middle weight of the list's entries, each judged as if it were not in the list.

    Of a long list, entries at even distances stand for all.
    """
    weights: list[float] = []
    for place in range(0, len(listed), 1 + len(listed) // _SAMPLE):
        near, _ = _nearest(subject.vectors[place], subject.having, but=place)
        weights.append(_weight(listed[place], subject) + _NEARNESS * near)
    return (median(weights) if weights else 0.0) or 1.0


@dataclass(frozen=True, slots=True)
class _Counts:
    documents: int
    having: Counter[str]

    @classmethod
    def of(cls, rows: Sequence[frozenset[str]]) -> "_Counts":
        return cls(len(rows), Counter(word for row in rows for word in row))


def _wanted(ours: _Counts, theirs: Mapping[str, _Counts]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for word, count in ours.having.items():
        # On the first night few rows are known: a word that none of them has is rare all the same.
        rates = [(n.having[word] + 0.5) / (n.documents + _UNSEEN_ROWS) for n in theirs.values()]
        rate = min(rates, default=0.5 / _UNSEEN_ROWS)
        rows = max([_LIKE_ROWS, *(n.documents for n in theirs.values())])
        surprise = _surprise(count, ours.documents, rate * rows, rows)
        if count >= _LEAST_ENTRIES and surprise > _CERTAIN:
            weights[word] = math.sqrt(surprise)
    return weights


def _unwanted(ours: _Counts, theirs: _Counts) -> dict[str, float]:
    weights: dict[str, float] = {}
    for word, count in theirs.having.items():
        surprise = _surprise(count, theirs.documents, ours.having[word], ours.documents)
        if count >= _LEAST_ROWS and surprise > _CERTAIN:
            weights[word] = math.sqrt(surprise)
    return weights


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


def _rarity(counts: Sequence[_Counts]) -> dict[str, float]:
    documents = sum(count.documents for count in counts)
    having: Counter[str] = Counter()
    for count in counts:
        having.update(count.having)
    return {word: math.log((documents + 1) / (n + 0.5)) for word, n in having.items()}


def _vector(words: frozenset[str], rarity: Mapping[str, float]) -> dict[str, float]:
    weights = {word: rarity[word] for word in sorted(words) if word in rarity}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items()} if length else {}


def _having(
    vectors: Sequence[Mapping[str, float]],
) -> dict[str, list[tuple[int, float]]]:
    """The vectors the other way round, so that only entries that share a word are compared."""
    having: dict[str, list[tuple[int, float]]] = {}
    for place, vector in enumerate(vectors):
        for word, weight in vector.items():
            having.setdefault(word, []).append((place, weight))
    return having


def _nearest(
    vector: Mapping[str, float],
    having: Mapping[str, Sequence[tuple[int, float]]],
    *,
    but: int | None = None,
) -> tuple[float, int]:
    """Cosine and place of the nearest entry `but` one; the first of equals; (0, 0) without any."""
    near: dict[int, float] = {}
    for word, weight in vector.items():
        for place, other in having.get(word, ()):
            near[place] = near.get(place, 0.0) + weight * other
    if but is not None:
        near.pop(but, None)
    place = max(near, key=lambda at: (near[at], -at), default=0)
    return near.get(place, 0.0), place


def _text(item: Item) -> str:
    name = item.title.rpartition("/")[2] if item.kind == "repository" else item.title
    return f"{_CAMEL.sub(' ', name)} . {item.summary}"
