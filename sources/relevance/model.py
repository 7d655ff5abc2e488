"""The relevance model: how likely an item fits a list.

Logistic regression over nine features, twelve with `staycurrent[semantic]`. Its weights are in
`weights.toml`, with what they were fitted on; `python -m bench.relevance --write` fits them again.
"""

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import mul

from msgspec import convert

from staycurrent.identity import identify
from staycurrent.sources.item import Item, preferred_paper_form
from staycurrent.sources.relevance.features import Company, ItemTerms, ListProfile, in_company
from staycurrent.sources.relevance.semantic import MIN_ITEMS, FeedMeaning, ListMeaning, Vectors

_MIN_ENTRIES = 100
"""A kind that is 3 % of a list has an entry among so many with a probability of 95 %."""
_FEED_KINDS = frozenset(["paper", "repository"])
"""Kinds of the built-in sources; a feed of talks was added by somebody who wants talks."""
_BROAD = 0.15
"""Share of items that fit. Of narrower lists, half of what is wanted and fits by half is astray."""
PASSES = ("first_pass", "second_pass", "third_pass", "fourth_pass", "meaning", "neighbours")
"""Tables of `weights.toml`, before `CALIBRATION`."""
CALIBRATION = "calibration"
MIN_DECISIONS = 5
"""With fewer, nothing is learned from them."""
_SHARED = 1.0
"""How much all decisions together move everything: what a person takes in general."""
_MAX_SWEEPS = 100
_PRECISION = 1e-3
_STEPS = [2.0**-n for n in range(1, 13)]
"""By halves, until a pull is known four times as precisely."""

SectionPath = tuple[str, ...]
Nearness = Callable[[Item], Sequence[float]]
"""The cosine of an item with each of the items that were decided on."""


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
class Weight:
    """How a feature counts: the weight of each spread that it is above its mean."""

    weight: float
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression."""

    bias: float
    features: Mapping[str, Weight]

    def log_odds(self, values: Mapping[str, float]) -> float:
        """Return the log odds that an item with these features fits."""
        return self.bias + math.fsum(
            one.weight * (values[name] - one.mean) / one.spread
            for name, one in self.features.items()
        )


@cache
def prior_weights() -> tuple[Weights, ...]:
    """Return the weights of each pass, the first of which knows only the list, and calibration.

    After the fourth pass are those with a sentence encoder, and with what it says of the feeds.
    Lists that weights were not fitted on need lower odds, which the calibration gives.
    """
    tables = tomllib.loads(files(__package__).joinpath("weights.toml").read_text("utf-8"))
    return convert([tables[name] for name in (*PASSES, CALIBRATION)], tuple[Weights, ...])


def probability(log_odds: float) -> float:
    """Return the probability of log odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def learn_company(
    seen: Sequence[ItemTerms], said: Sequence[Mapping[str, float]], weights: Sequence[Weights]
) -> list[Company]:
    """Return what the feeds say after each pass: its best items are the seeds of the next.

    `said` is what the list says of each item.
    """
    companies: list[Company] = []
    for each in weights:
        rows = zip(seen, said, strict=True)
        odds = [each.log_odds({**row, **in_company(one, companies)}) for one, row in rows]
        companies.append(Company(seen, [*map(probability, odds)]))
    return companies


@dataclass(frozen=True, slots=True)
class Measure:
    """How the cosines of texts count, by words or by meaning."""

    scale: float
    """How far a decision carries."""
    power: int
    alike: float
    """The cosine from which on a person sees that two texts are on one thing."""

    def kernel(self, cosine: float) -> float:
        """Return how much two items have to do with each other."""
        return float(_SHARED + self.scale * cosine**self.power)


WORDS = Measure(64.0, 1, 0.2)
MEANING = Measure(16.0, 2, 0.5)
"""Squared, because two texts of the feeds that have nothing in common have a cosine of 0.2."""


class Decisions:
    """Logistic regression by nearness to what was decided, around the log odds of the features.

    Far from all decisions, it says what the features say. The kernel is that of `measure`; its
    dual form is solved one decision after the other (Keerthi et al. 2005), which always converges.
    """

    def __init__(
        self, decided: Sequence[tuple[Item, bool, float]], nearness: Nearness, measure: Measure
    ) -> None:
        """Learn from items, each with whether it was taken, and its log odds by its features."""
        self.nearness = nearness
        self.measure = measure
        self.taken = [is_taken for _, is_taken, _ in decided]
        self.pulls = [0.0] * len(decided)
        """How much each decision moves what is near it."""
        kernel = [self._kernel(item) for item, _, _ in decided]
        for _ in range(_MAX_SWEEPS):
            change = 0.0
            for at, (row, (_, is_taken, prior)) in enumerate(zip(kernel, decided, strict=True)):
                others = prior + _dot(row, self.pulls) - row[at] * self.pulls[at]
                pull = is_taken - 1.0
                for step in _STEPS:
                    more = pull + step
                    if more < is_taken - probability(others + row[at] * more):
                        pull = more
                change = max(change, abs(pull - self.pulls[at]))
                self.pulls[at] = pull
            if change < _PRECISION:
                break

    def _kernel(self, item: Item) -> list[float]:
        return [*map(self.measure.kernel, self.nearness(item))]

    def shift(self, item: Item) -> float:
        """Return what the decisions add to an item's log odds."""
        return _dot(self._kernel(item), self.pulls)

    def alike(self, item: Item) -> int:
        """Return how many of the taken items are like an item."""
        cosines = zip(self.nearness(item), self.taken, strict=True)
        return sum(is_taken and cosine >= self.measure.alike for cosine, is_taken in cosines)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return math.fsum(map(mul, left, right))


class RelevanceModel:
    """What a list is about, what goes with that in the feeds, and how all of it counts."""

    def __init__(
        self,
        entries: Sequence[ListEntry],
        background: Sequence[Item],
        names: Sequence[str] = (),
        *,
        about: Sequence[str] = (),
        vectors: Vectors | None = None,
        decided: Sequence[tuple[Item, bool]] = (),
    ) -> None:
        """Learn what a list is about from its entries, against the items that feeds show.

        `names` are the titles of the lists, `about` is what a person says of them, `vectors` are
        those of a sentence encoder. It is learned from what people `decided` too: items, each with
        whether it was taken, which then counts as a decision and not as an entry. The first pass
        knows only the list; what a pass finds best shows the next which words go with the list's
        subject in the feeds.
        """
        if len(decided) < MIN_DECISIONS:
            decided = ()
        taken = {item.identity for item, is_taken in decided if is_taken}
        own = [one for one in entries if str(identify(one.url)) not in taken]
        self.entries = own or entries  # a list may consist of what was taken
        urls = [one.url for one in self.entries]
        self.absent_kinds = absent_kinds(urls)
        """Kinds of item that the list does not take."""
        self.paper_form = preferred_paper_form(urls)
        """How the list writes the addresses of papers."""
        *earlier, self.weights, with_meaning, with_neighbours, self.calibration = prior_weights()
        texts = [(f"{one.title} . {one.text}", one.section) for one in self.entries]
        self.profile = ListProfile(texts, background, names, about)
        seen = self.profile.seen
        said = [*map(self.profile.features, seen)]
        self.companies = learn_company(seen, said, earlier)
        self.meaning: ListMeaning | None = None
        """Without a sentence encoder, and for fewer than two entries: None."""
        self.feed_meaning: FeedMeaning | None = None
        """Without `meaning`, and for few items: None."""
        if vectors is not None and len(texts) > 1:
            self.meaning = ListMeaning(texts, " . ".join(names), about, vectors)
            self.weights = with_meaning
            if len(background) >= MIN_ITEMS:
                odds = map(with_meaning.log_odds, map(self._all_features, seen, said))
                self.feed_meaning = FeedMeaning(background, [*map(probability, odds)], vectors)
                self.weights = with_neighbours
        self.decisions: Decisions | None = None
        if decided:
            rows = [(item, is_taken, self.log_odds(item)) for item, is_taken in decided]
            nearness = (vectors or self.profile).nearness([item for item, _ in decided])
            self.decisions = Decisions(rows, nearness, MEANING if vectors else WORDS)

    @property
    def is_broad(self) -> bool:
        """Whether so many items fit that what readers wanted of them is likely to be good."""
        return self.companies[0].breadth >= math.log(_BROAD)

    def features(self, item: Item) -> dict[str, float]:
        """Return the evidence for and against an item, by name."""
        read = self.profile.read(item)
        return self._all_features(read, self.profile.features(read))

    def _all_features(self, read: ItemTerms, said: Mapping[str, float]) -> dict[str, float]:
        """What the list says of an item, with what the feeds and the encoder say."""
        found = {**said, **in_company(read, self.companies)}
        found |= self.meaning.features(read.item) if self.meaning else {}
        return found | (self.feed_meaning.features(read.item) if self.feed_meaning else {})

    def log_odds(self, item: Item) -> float:
        """Return the log odds that an item fits, with nothing decided."""
        fitted = self.weights.log_odds(self.features(item))
        return self.calibration.log_odds({"log_odds": fitted})

    def relevance(self, item: Item) -> float:
        """Return the probability that an item fits.

        It is 0 for a list without entries, and for kinds that the list does not take.
        """
        if not self.entries or item.kind in self.absent_kinds:
            return 0.0
        shift = self.decisions.shift(item) if self.decisions else 0.0
        return probability(self.log_odds(item) + shift)


def absent_kinds(urls: Sequence[str]) -> frozenset[str]:
    """Return the kinds of item that a list does not take, by the addresses of its entries.

    Nothing is concluded from a short list. A PDF counts as a paper.
    """
    if len(urls) < _MIN_ENTRIES:
        return frozenset()
    kinds = {identity.kind for url in urls if (identity := identify(url)) is not None}
    kinds.update("paper" for url in urls if url.lower().endswith(".pdf"))
    return _FEED_KINDS - kinds
