"""Texts as terms: stems of words, and pairs of adjacent stems."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Sized
from functools import cache
from importlib.resources import files
from itertools import pairwise

from snowballstemmer.english_stemmer import EnglishStemmer

from staycurrent.sources.item import Item

_STOP_WORDS = frozenset(files(__package__).joinpath("stop_words.txt").read_text("utf-8").split())
_PHRASE_END = re.compile(r"[^\w\s'’/-]+")
# A letter of a script without spaces counts as a word: a Chinese text is long, not empty.
_WORD = re.compile(r"[a-z0-9]+|[^\W\d_a-z]")
# The parts of a web address, `https` and `com` above all, do not say what a text is about.
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://\S+|"
    r"(?<![\w-])(?<!\w\.)(?:[a-z0-9-]{1,63}\.)+(?:com|org|net|io|dev|ai)\b\S*",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b([A-Za-z]{3,4}?)s?\b")  # in any case: repositories write `llm-tools`
_STEMMER = EnglishStemmer()

EntryTexts = Sequence[tuple[str, Sequence[str]]]
"""The entries of a list, each given as its text and the headings above it."""


def phrases(text: str, acronyms: Mapping[str, str]) -> Iterator[list[tuple[str, str]]]:
    """Yield each phrase as pairs of word and stem, with known acronyms spelled out.

    The stem of a stop word ("the") is empty.
    """
    for phrase in _phrases(text, acronyms):
        yield [(word, stem(word)) for word in _WORD.findall(phrase)]


def _phrases(text: str, acronyms: Mapping[str, str]) -> list[str]:
    plain = _ADDRESS.sub(" ", text)
    spelled_out = _ACRONYM.sub(lambda found: acronyms.get(found[1].lower(), found[0]), plain)
    return _PHRASE_END.split(spelled_out.lower())


def terms(text: str, acronyms: Mapping[str, str]) -> frozenset[str]:
    """Return the stems of `text` and the pairs of adjacent stems within each phrase."""
    found: set[str] = set()
    for phrase in phrases(text, acronyms):
        stems = [stem for _, stem in phrase if stem]
        found.update(stems, map(" ".join, pairwise(stems)))
    return frozenset(found)


@cache
def stem(word: str) -> str:
    """Return the stem of a word in lower case; empty for stop words, numbers and letters."""
    if word in _STOP_WORDS or word.isdigit() or (len(word) < 2 and word.isascii()):
        return ""
    if not re.search("[aeiouy]", word):
        return word.removesuffix("s")  # "llms": the stemmer knows no words without a vowel
    return str(_STEMMER.stemWord(word))


def learn_acronyms(texts: Sequence[str]) -> dict[str, str]:
    """Return what the texts abbreviate: `llm` if both it and "large language models" occur.

    Only what they write in capitals is an acronym: "all" does not stand for "a large language",
    and it does not abbreviate another one: "API" does not stand for "asynchronous PHP interface".
    """
    capitals = initialisms(texts)
    counts: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        parts = [_WORD.findall(phrase) for phrase in _phrases(text, {})]
        runs = [words[at : at + n] for words in parts for n in (3, 4) for at in range(len(words))]
        counts.update({tuple(run) for run in runs if len(run) > 2 and stem(run[0])})
    known: dict[str, str] = {}
    for _, run in sorted((n, run) for run, n in counts.items() if n > 1):
        short = "".join(word[0] for word in run)
        if stem(short) in capitals and stem(run[-1]) and capitals.isdisjoint(map(stem, run)):
            known[short] = " ".join(run)  # the most frequent one wins
    return known


def initialisms(texts: Iterable[str]) -> frozenset[str]:
    """Return the stems that the texts write in capitals nearly always: names, as phrases are."""
    words = [word for text in texts for word in re.findall(r"\b[A-Za-z]{2,5}\b", text)]
    written = Counter(stem(word.lower()) for word in words)
    capitals = Counter(stem(word.lower()) for word in words if re.fullmatch("[A-Z]{2,}s?", word))
    return frozenset(word for word, n in written.items() if n > 1 and capitals[word] > 0.8 * n)


def spellings(texts: Iterable[str], acronyms: Mapping[str, str]) -> dict[str, str]:
    """Return for each term how the texts write it most often, with what is between two words.

    A pair of words that an acronym stands for is written as the acronym.
    """
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase in (part for text in texts for part in _phrases(text, {})):
        found = [(word, one) for word in _WORD.finditer(phrase) if (one := stem(word.group()))]
        for word, one in found:
            written[one][word.group()] += 1
        for (first, one), (second, other) in pairwise(found):
            pair = " ".join(phrase[first.start() : second.end()].split())
            written[f"{one} {other}"][pair] += 1
    for short, long in acronyms.items():
        written[" ".join(filter(None, map(stem, long.split())))] = Counter([short.upper()])
    return {term: min(n, key=lambda word: (-n[word], word)) for term, n in written.items()}


def item_name(item: Item) -> str:
    """Return an item's title; of `owner/name` the name, `CamelCase` split."""
    has_owner = item.kind in ("repository", "model", "dataset") and " " not in item.title
    name = item.title.rpartition("/")[2] if has_owner else item.title
    return re.sub("(?<=[a-z])(?=[A-Z])", " ", name)


def item_text(item: Item) -> str:
    """Return an item's name, its summary, and what a model or dataset is filed under.

    The language of repositories costs general lists more than it brings (docs/candidates.md).
    """
    filed = () if item.kind == "repository" else item.keywords
    return " . ".join([item_name(item), item.summary, *filed])


def names_subject(
    text: str, names: Collection[str], entries: Mapping[str, Sized], acronyms: Mapping[str, str]
) -> bool:
    """Whether a text names a subject without a qualifier that the list lacks.

    `names` are terms, `entries` are those that have a term. "Large language models" are language
    models if two of the list's entries say so, and "benchmarking language models" too;
    "vision-language models" only if two say so.
    """
    for phrase in phrases(text, acronyms):
        stems = [stem for _, stem in phrase]
        for start, one in enumerate(stems):
            if one not in names and " ".join(stems[start : start + 2]) not in names:
                continue
            at = start
            while at > 0 and len(entries.get(f"{stems[at - 1]} {stems[at]}", ())) >= 2:
                at -= 1
            word, qualifier = phrase[at - 1] if at > 0 else ("", "")
            if not qualifier or word.endswith("ing"):
                return True
    return False
