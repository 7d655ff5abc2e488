"""What kind of thing a link leads to, as far as that says how often it changes."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from staycurrent.links.link import Link, link
from staycurrent.links.moves import is_home_path
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.settings import RecheckSettings


class LinkKind(StrEnum):
    """Links that change alike; those that an authority answers for bear its name."""

    GITHUB = "github"
    ARXIV = "arxiv"
    HUGGINGFACE = "huggingface"
    YOUTUBE = "youtube"
    DOI = "doi"
    DOCUMENT = "document"
    """A PDF by its address."""
    HOME = "home"
    """A host's first page."""
    PAGE = "page"


@lru_cache(maxsize=1 << 14)
def link_kind(key: str) -> LinkKind:
    """The kind of a link, by its key alone: no look is needed to know it."""
    found = link(key)
    if not isinstance(found, Link):
        return LinkKind.PAGE
    for name in split_by_provider([found])[0]:
        return LinkKind(name)
    path, _, query = found.address.target.partition("?")
    if path.lower().endswith(".pdf"):
        return LinkKind.DOCUMENT
    return LinkKind.HOME if not query and is_home_path(path) else LinkKind.PAGE


_WEEK = 7


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Looks at what was well the look before, and how many of them met a change."""

    checks: int = 0
    changes: int = 0
    days: int = 0
    """From each of these looks back to the one before it, added up."""

    def __add__(self, other: "ChangeCounts") -> "ChangeCounts":
        return ChangeCounts(
            self.checks + other.checks, self.changes + other.changes, self.days + other.days
        )


def count_changes(history: Sequence[Observation]) -> ChangeCounts:
    """What one link's looks, oldest first, say of its changes.

    Only what follows a success counts: how long a streak lasts says nothing of how often one
    begins.
    """
    looks = (look for look in history if look.outcome is not Outcome.SKIPPED)
    pairs = [(a, b) for a, b in pairwise(looks) if a.outcome.is_success]
    changes = sum(_differs(a, b) for a, b in pairs)
    return ChangeCounts(len(pairs), changes, sum((b.run_date - a.run_date).days for a, b in pairs))


def change_rate(found: ChangeCounts, every: float, weight: int) -> float:
    """Changes of one link in one night; more than 0.

    Cho and Garcia-Molina's estimator, from looks that cannot count how often a thing changed
    between them: -log((X + 0.5) / (n + 0.5)) / I, where X of n looks met no change and I is the
    mean number of nights between looks (ACM TOIT 3(3), 2003, section 4.2). Few looks say little,
    so `weight` weekly looks at links that change once in `every` nights are taken as made before
    them (Grimes and Ford, 2008).
    """
    looks = found.checks + weight
    changes = found.changes + weight * (1 - math.exp(-_WEEK / every))
    interval = (found.days + weight * _WEEK) / looks
    return -math.log((looks - changes + 0.5) / (looks + 0.5)) / interval


def _differs(before: Observation, after: Observation) -> bool:
    if before.outcome is not after.outcome:
        return True
    fresh = before.freshness, after.freshness
    return (None not in fresh and fresh[0] is not fresh[1]) or _target(before) != _target(after)


def _target(look: Observation) -> str:
    """Where it ended, without what many sites make up anew for each visit."""
    return (look.final_url or "").partition("#")[0].partition("?")[0]


_STEPS = 60
_WIDEST = 1e4
"""Scales between which the wanted one lies: rests are cut at both ends long before."""
BATCHED_COSTS: Mapping[LinkKind, float] = {LinkKind.ARXIV: 0.01}
"""Requests a look, of kinds that are always asked for many at once."""


@dataclass(frozen=True, slots=True)
class KindStatistics:
    """One kind of links: how often they change, and how long they rest."""

    kind: LinkKind
    links: int
    counts: ChangeCounts
    rate: float
    """Changes of one link in one night."""
    cost: float
    """Requests that one look takes."""
    interval: float
    """Mean nights from one look to the next."""


@dataclass(frozen=True, slots=True)
class RecheckPolicy:
    """How long links of each kind rest while they are well."""

    statistics: Mapping[LinkKind, KindStatistics]

    @property
    def requests(self) -> float:
        """What the looks at links that are well take in a mean night."""
        return sum(one.links * one.cost / one.interval for one in self.statistics.values())

    @property
    def single_requests(self) -> float:
        """Of these, what is not asked in batches."""
        return sum(one.links / one.interval for one in self.statistics.values() if one.cost >= 1)

    def for_link(self, key: str) -> KindStatistics | None:
        """The beat of a link's kind; None where the lists had none of it."""
        return self.statistics.get(link_kind(key))

    def interval(self, key: str, otherwise: int) -> int:
        """Nights from one look at a link to the next: whole ones, on average its kind's."""
        beat = self.for_link(key)
        return int(beat.interval + _lot(key)[1]) if beat else otherwise

    def days_until_check(self, key: str, ordinal: int, otherwise: int) -> int:
        """Nights from a day, by its ordinal, to the link's next turn: from 1 to its rest.

        A turn comes every so many nights, counted from a day that is the link's own. So links
        that were looked at together come back on different nights from the very next one on.
        """
        rest = self.interval(key, otherwise)
        return rest - (ordinal + _lot(key)[0]) % rest


def policy_from_histories(
    links: Iterable[str],
    histories: Mapping[str, Sequence[Observation]],
    pace: RecheckSettings,
    costs: Mapping[LinkKind, float] = BATCHED_COSTS,
) -> RecheckPolicy:
    """As `reckoned`, from what the links' own histories have seen."""
    keys = tuple(links)
    found = dict.fromkeys(LinkKind, ChangeCounts())
    for key in keys:
        found[link_kind(key)] += count_changes(histories.get(key, ()))
    return recheck_policy(keys, found, pace, costs)


def recheck_policy(
    links: Iterable[str],
    found: Mapping[LinkKind, ChangeCounts],
    pace: RecheckSettings,
    costs: Mapping[LinkKind, float] = BATCHED_COSTS,
) -> RecheckPolicy:
    """How long to rest, so that changes are found as soon as the allowed requests can find them.

    `costs`: requests a look by kind, 1 where it says nothing.
    """
    counts = Counter(map(link_kind, links))
    known = {kind: found.get(kind, ChangeCounts()) for kind in counts}
    rates = {
        kind: change_rate(known[kind], getattr(pace.priors, kind), pace.prior_checks)
        for kind in counts
    }
    rests = _rests(counts, rates, costs, pace)
    return RecheckPolicy(
        {
            one: KindStatistics(
                one, counts[one], known[one], rates[one], costs.get(one, 1), rests[one]
            )
            for one in sorted(counts)
        }
    )


def _rests(
    counts: Mapping[LinkKind, int],
    rates: Mapping[LinkKind, float],
    costs: Mapping[LinkKind, float],
    pace: RecheckSettings,
) -> dict[LinkKind, float]:
    """The rests that find changes soonest for a sum of requests: as the root of cost by rate.

    A change waits half a rest on average. The least sum of rate * rest / 2 for a given sum of
    cost / rest has rests in the proportion of sqrt(cost / rate), whatever the numbers of links.
    """
    weights = {kind: math.sqrt(costs.get(kind, 1) / rates[kind]) for kind in counts}

    def rests(scale: float) -> dict[LinkKind, float]:
        return {kind: min(max(1.0, scale * weights[kind]), pace.alive_every) for kind in counts}

    def requests(scale: float) -> float:
        return sum(counts[kind] * costs.get(kind, 1) / one for kind, one in rests(scale).items())

    return rests(_least(requests, pace.requests_share * sum(counts.values())))


def _least(requests: Callable[[float], float], allowed: float) -> float:
    """The least scale that keeps to what is allowed, or the widest where none does."""
    low, high = 1 / _WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if requests(middle) <= allowed else (middle, high)
    return high


@lru_cache(maxsize=1 << 14)
def _lot(key: str) -> tuple[int, float]:
    """A link's own lot, the same for ever: a day to count from, and a share from 0 to 1."""
    digest = blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4]), int.from_bytes(digest[4:]) / (1 << 32)
