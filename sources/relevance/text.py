"""A text's terms: its words without endings, and the pairs of them that stand together."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from staycurrent.sources.item import Item

_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        a an and are as at be been but by can could do does done each either even every few for
        from get has have her here him his how i if in into is it its just less like made make
        many may more most much must no nor not now of off on once one only or other our out
        over own per put same she should since so some such than that the their them then there
        these they this those through to too two under until up upon us use used uses using very
        via was way we well were what when where whether which while who whom whose why will
        with within without would yet you your yourself new first best good great
        """,
    )
)
_PHRASE = re.compile(r"[^\w\s'’/-]+")
# A letter of a script without blanks is a word: a Chinese text is long, not empty.
_WORD = re.compile(r"[a-z0-9]+|[^\W\d_a-z]")
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", ""))
# Of an address nothing tells what a thing is about, `https` and `com` least of all.
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://\S+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai)\b\S*", re.IGNORECASE
)
_ACRONYM = re.compile(r"\b([A-Za-z]{3,4}?)s?\b")  # repositories write `llm-tools`


def phrases(text: str, acronyms: Mapping[str, str]) -> Iterator[list[tuple[str, str]]]:
    """Yield each phrase as its words, each with its stem; known acronyms are spelled out.

    A word that tells nothing ("the") has no stem.
    """
    spelled = _ACRONYM.sub(
        lambda found: acronyms.get(found[1].lower(), found[0]), _ADDRESS.sub(" ", text)
    )
    for phrase in _PHRASE.split(spelled.lower()):
        yield [(word, _stem(word) if _tells(word) else "") for word in _WORD.findall(phrase)]


def terms(text: str, acronyms: Mapping[str, str]) -> frozenset[str]:
    """Return the stems of `text` and the pairs within a phrase; known acronyms are spelled out."""
    kept: set[str] = set()
    for phrase in phrases(text, acronyms):
        stems = [stem for _, stem in phrase if stem]
        kept.update(stems)
        kept.update(f"{one} {next_one}" for one, next_one in pairwise(stems))
    return frozenset(kept)


def acronyms(texts: Sequence[str]) -> dict[str, str]:
    """Learn what the texts abbreviate: `llm` where both it and "large language models" occur.

    Only what they write in capitals is an abbreviation: "all" is none of "a large language".
    """
    named = initialisms(texts)
    runs: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        parts = [_WORD.findall(part) for part in _PHRASE.split(_ADDRESS.sub(" ", text.lower()))]
        found = [read[at : at + n] for read in parts for n in (3, 4) for at in range(len(read))]
        runs.update({tuple(run) for run in found if len(run) > 2 and _tells(run[0])})
    spelled = [(run, "".join(word[0] for word in run)) for run, n in runs.items() if n > 1]
    known = [(short, run) for run, short in spelled if _stem(short) in named and _tells(run[-1])]
    known.sort(key=lambda pair: (runs[pair[1]], pair[1]))
    return {short: " ".join(run) for short, run in known}


def initialisms(texts: Iterable[str]) -> frozenset[str]:
    """Words that the texts write in capitals nearly always: names of things, as phrases are."""
    written: Counter[str] = Counter()
    capitals: Counter[str] = Counter()
    for text in texts:
        for word in re.findall(r"\b[A-Za-z]{2,5}\b", text):
            bare = word.removesuffix("s")
            written[_stem(word.lower())] += 1
            capitals[_stem(word.lower())] += bare.isupper() and len(bare) > 1
    return frozenset(word for word, n in written.items() if n > 1 and capitals[word] > 0.8 * n)


def spellings(texts: Iterable[str]) -> dict[str, str]:
    """Return for each stem and pair how the texts write it most often."""
    written: dict[str, Counter[str]] = {}
    for phrase in (phrase for text in texts for phrase in _PHRASE.split(text.lower())):
        words = [word for word in _WORD.findall(phrase) if _tells(word)]
        for word in words:
            written.setdefault(_stem(word), Counter())[word] += 1
        for one, other in pairwise(words):
            pair = f"{_stem(one)} {_stem(other)}"
            written.setdefault(pair, Counter())[f"{one} {other}"] += 1
    return {stem: min(n, key=lambda word: (-n[word], word)) for stem, n in written.items()}


def _tells(word: str) -> bool:
    return word not in _STOP and not word.isdigit() and (len(word) > 1 or not word.isascii())


def _stem(word: str) -> str:
    for ending, instead in _ENDINGS:
        bare = word.removesuffix(ending)
        if bare != word and len(bare) >= 3 and not word.endswith("ss"):
            word = bare + instead
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def item_name(item: Item) -> str:
    """Its title; of a repository the name alone, `CamelCase` taken apart."""
    called = item.title.rpartition("/")[2] if item.kind == "repository" else item.title
    return _CAMEL.sub(" ", called)


def item_text(item: Item) -> str:
    """Its name and its description."""
    return f"{item_name(item)} . {item.summary}"


def item_subject(item: Item) -> str:
    """Where it says what it is about: abstracts are full of words that mean nothing."""
    return item.title if item.kind == "paper" else item_text(item)


_USUAL = 2
"""In so many entries of a list a word must stand before another to be its usual qualifier."""
_Phrase = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SubjectMatcher:
    """How a list names its subject."""

    names: frozenset[str]
    """Stems and pairs of them."""
    qualifiers: Mapping[str, int]
    """In how many of the list's entries each pair of stems stands."""
    acronyms: Mapping[str, str]

    def matches(self, text: str) -> bool:
        """Whether a text names the subject somewhere, without a qualifier that the list lacks.

        "Large language models" are language models where the list says so, and "benchmarking
        language models" too, but "multimodal language models" only where it speaks of these.
        """
        return any(
            self._is_plain(phrase, at)
            for phrase in phrases(text, self.acronyms)
            for at in range(len(phrase))
            if self._stands(phrase, at)
        )

    def _stands(self, phrase: _Phrase, at: int) -> bool:
        one, *rest = (stem for _, stem in phrase[at : at + 2])
        return bool(one) and (one in self.names or " ".join([one, *rest]) in self.names)

    def _is_plain(self, phrase: _Phrase, at: int) -> bool:
        while at > 0 and self.qualifiers.get(f"{phrase[at - 1][1]} {phrase[at][1]}", 0) >= _USUAL:
            at -= 1
        word, stem = phrase[at - 1] if at > 0 else ("", "")
        return not stem or word.endswith("ing")
