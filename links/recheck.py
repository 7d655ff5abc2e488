"""How often links are checked while they are well: by how often links of their kind change."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from staycurrent.links.link import Link, link
from staycurrent.links.moves import is_home_path
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.settings import ProviderSettings, RecheckSettings

_WEEK = 7
_BISECTIONS = 60
_MAX_SCALE = 1e4
"""The wanted scale is below this, and above its inverse: intervals are clamped long before."""


@lru_cache(maxsize=1 << 14)
def link_kind(key: str) -> str:
    """The kind of a link, by its key alone: links of one kind change alike.

    The name of its provider, `document` for a PDF, `home` for a home page, or `page`.
    """
    found = link(key)
    if not isinstance(found, Link):
        return "page"
    for name in split_by_provider([found])[0]:
        return name
    path, _, query = found.address.target.partition("?")
    if path.lower().endswith(".pdf"):
        return "document"
    return "home" if not query and is_home_path(path) else "page"


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Checks of links that were well at the check before, and how many of them met a change."""

    checks: int = 0
    changes: int = 0
    days: int = 0
    """Sum of the days from the check before to each of these checks."""

    def __add__(self, other: "ChangeCounts") -> "ChangeCounts":
        return ChangeCounts(
            self.checks + other.checks, self.changes + other.changes, self.days + other.days
        )


def count_changes(history: Sequence[Observation]) -> ChangeCounts:
    """The changes in one link's observations, oldest first.

    Only what follows a success counts: the length of a streak does not say how often one begins.
    """
    checked = (seen for seen in history if seen.outcome is not Outcome.SKIPPED)
    pairs = [(before, after) for before, after in pairwise(checked) if before.outcome.is_success]
    changes = sum(_has_changed(before, after) for before, after in pairs)
    days = sum((after.run_date - before.run_date).days for before, after in pairs)
    return ChangeCounts(len(pairs), changes, days)


def _has_changed(before: Observation, after: Observation) -> bool:
    if before.outcome is not after.outcome:
        return True
    if before.freshness and after.freshness and before.freshness is not after.freshness:
        return True
    # many sites make up a new query or fragment for each visit
    targets = ((seen.final_url or "") for seen in (before, after))
    return len({target.partition("#")[0].partition("?")[0] for target in targets}) > 1


def change_rate(counts: ChangeCounts, prior_days: float, prior_checks: int) -> float:
    """Changes of one link in one day; more than 0.

    Cho and Garcia-Molina's estimator, for checks that cannot count how often a page changed
    between them: -log((X + 0.5) / (n + 0.5)) / I, where X of n checks met no change and I is the
    mean number of days between checks (ACM TOIT 3(3), 2003, section 4.2). Because few checks say
    little, `prior_checks` weekly checks of links that change once in `prior_days` days are added
    to them (Grimes and Ford, 2008).
    """
    checks = counts.checks + prior_checks
    changes = counts.changes + prior_checks * (1 - math.exp(-_WEEK / prior_days))
    interval = (counts.days + prior_checks * _WEEK) / checks
    return -math.log((checks - changes + 0.5) / (checks + 0.5)) / interval


DEFAULT_COSTS = {name: one.cost for name, one in ProviderSettings().by_name().items()}
"""Requests a check of each provider's links, without a token."""


@dataclass(frozen=True, slots=True)
class KindStatistics:
    """Links of one kind: how often they change, and how often they are checked."""

    kind: str
    links: int
    counts: ChangeCounts
    rate: float
    """Changes of one link in one day."""
    cost: float
    """Requests for one check."""
    interval: float
    """Mean days from one check to the next."""


@dataclass(frozen=True, slots=True)
class RecheckPolicy:
    """How often links of each kind are checked while they are well."""

    statistics: Mapping[str, KindStatistics]

    @property
    def requests(self) -> float:
        """Mean requests a day for links that are well."""
        return sum(one.links * one.cost / one.interval for one in self.statistics.values())

    @property
    def single_requests(self) -> float:
        """Those of them that are not batched."""
        kinds = self.statistics.values()
        return sum(one.links / one.interval for one in kinds if one.cost >= 1)

    def for_link(self, key: str) -> KindStatistics | None:
        """The statistics of a link's kind; None if the lists have no link of it."""
        return self.statistics.get(link_kind(key))

    def interval(self, key: str, default: int) -> int:
        """Whole days from one check of a link to the next; on average its kind's interval."""
        kind = self.for_link(key)
        return int(kind.interval + _phase(key)[1]) if kind else default

    def days_until_check(self, key: str, ordinal: int, default: int) -> int:
        """Days from a date, by its ordinal, to the link's next check: from 1 to its interval.

        The checks of a link are counted from a date of its own, so that links that were checked
        together are spread over different dates from the next check on.
        """
        interval = self.interval(key, default)
        return interval - (ordinal + _phase(key)[0]) % interval


def policy_from_histories(
    links: Iterable[str],
    histories: Mapping[str, Sequence[Observation]],
    settings: RecheckSettings,
    costs: Mapping[str, float] = DEFAULT_COSTS,
) -> RecheckPolicy:
    """As `recheck_policy`, with the changes counted in the links' own histories."""
    keys = tuple(links)
    counts: defaultdict[str, ChangeCounts] = defaultdict(ChangeCounts)
    for key in keys:
        counts[link_kind(key)] += count_changes(histories.get(key, ()))
    return recheck_policy(keys, counts, settings, costs)


def recheck_policy(
    links: Iterable[str],
    counts: Mapping[str, ChangeCounts],
    settings: RecheckSettings,
    costs: Mapping[str, float] = DEFAULT_COSTS,
) -> RecheckPolicy:
    """The intervals that find changes soonest with the allowed number of requests.

    A change is found after half an interval on average. The least sum of rate * interval / 2 for a
    given sum of cost / interval has intervals in proportion to sqrt(cost / rate), whatever the
    numbers of links. `costs` are requests a check by kind; 1 where it has none.
    """
    totals = Counter(map(link_kind, links))
    priors = settings.priors.by_kind()
    changes = {kind: counts.get(kind, ChangeCounts()) for kind in sorted(totals)}
    rates = {
        kind: change_rate(found, priors[kind], settings.prior_checks)
        for kind, found in changes.items()
    }
    cost = {kind: costs.get(kind, 1) for kind in totals}

    def intervals(scale: float) -> dict[str, float]:
        wanted = {kind: scale * math.sqrt(cost[kind] / rate) for kind, rate in rates.items()}
        return {kind: min(max(1.0, days), settings.alive_every) for kind, days in wanted.items()}

    allowed = settings.requests_share * totals.total()
    low, high = 1 / _MAX_SCALE, _MAX_SCALE
    for _ in range(_BISECTIONS):
        middle = math.sqrt(low * high)
        requests = sum(totals[k] * cost[k] / days for k, days in intervals(middle).items())
        low, high = (low, middle) if requests <= allowed else (middle, high)
    days = intervals(high)
    return RecheckPolicy(
        {
            kind: KindStatistics(kind, totals[kind], found, rates[kind], cost[kind], days[kind])
            for kind, found in changes.items()
        }
    )


@lru_cache(maxsize=1 << 14)
def _phase(key: str) -> tuple[int, float]:
    """A constant of each link: a day to count from, and a share from 0 to 1."""
    digest = blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4]), int.from_bytes(digest[4:]) / (1 << 32)
