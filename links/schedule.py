"""Which links are checked in a run, a pure choice from their histories, and after which interval.

Links that are well are checked as rarely as links of their kind change.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, pairwise

from staycurrent.links.link import Link, link
from staycurrent.links.moves import is_home_path
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.settings import ProviderSettings, RecheckSettings, Rules
from staycurrent.links.verdict import (
    DEATH_RULES,
    FAILURE_RULES,
    Verdict,
    counted_by,
    satisfies,
    since_last_success,
    unconfirmed_move,
)

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
    settings: RecheckSettings

    @property
    def single_requests(self) -> float:
        """Mean requests a day for links that are well and not requested in batches."""
        kinds = self.statistics.values()
        return sum(one.links / one.interval for one in kinds if one.cost >= 1)

    def for_link(self, key: str) -> KindStatistics | None:
        """The statistics of a link's kind; None if the lists have no link of it."""
        return self.statistics.get(link_kind(key))

    def interval(self, key: str) -> int:
        """Whole days from one check of a link to the next; on average its kind's interval."""
        kind = self.for_link(key)
        return int(kind.interval + _phase(key)[1]) if kind else self.settings.alive_every

    def days_until_check(self, key: str, ordinal: int) -> int:
        """Days from a date, by its ordinal, to the link's next check: from 1 to its interval.

        The checks of a link are counted from a date of its own, so that links that were checked
        together are spread over different dates from the next check on.
        """
        interval = self.interval(key)
        return interval - (ordinal + _phase(key)[0]) % interval


def recheck_policy(
    links: Iterable[str],
    counts: Mapping[str, ChangeCounts],
    settings: RecheckSettings,
    costs: Mapping[str, float],
) -> RecheckPolicy:
    """The intervals that find changes soonest with the allowed number of requests.

    A change is found after half an interval on average. The least sum of rate * interval / 2 for a
    given sum of cost / interval has intervals in proportion to sqrt(cost / rate), whatever the
    numbers of links. `costs` are requests a check by kind; 1 where it has none.
    """
    totals = Counter(map(link_kind, links))
    priors = asdict(settings.priors)
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
    statistics = {
        kind: KindStatistics(kind, totals[kind], found, rates[kind], cost[kind], days[kind])
        for kind, found in changes.items()
    }
    return RecheckPolicy(statistics, settings)


@lru_cache(maxsize=1 << 14)
def _phase(key: str) -> tuple[int, float]:
    """A constant of each link: a day to count from, and a share from 0 to 1."""
    digest = blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4]), int.from_bytes(digest[4:]) / (1 << 32)


_KINDS = {
    **{name: one.plural for name, one in ProviderSettings().by_name().items()},
    "document": "documents",
    "home": "home pages",
    "page": "pages of this kind",
}
_CHECKS_OF_FAILING = 2
"""A negative check is confirmed, so that a failing link costs two."""


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What the schedule needs to know of a link's history."""

    run_date: date
    """Of the last observation that was not skipped."""
    is_negative: bool
    awaits: bool = False
    """A rule counts the last checks and is not met yet: see `awaits_confirmation`."""
    confirm_by: date | None = None
    """When a move has lasted for as long as its rule demands; None if none waits."""
    is_settled: bool = False
    """It is dead or insecure, or not requested by our own policy, which may change."""

    @property
    def is_urgent(self) -> bool:
        """It fails, or its next checks decide about a verdict."""
        return self.is_negative or self.awaits


def last_check(history: Sequence[Observation], rules: Rules) -> LastCheck | None:
    """The last check of a link and what the rules make of it; None if it was never checked."""
    checked = [seen for seen in history if seen.outcome is not Outcome.SKIPPED]
    if not checked:
        return None
    last, move = checked[-1], unconfirmed_move(checked, rules)
    streak = since_last_success(checked)
    counted = {name: counted_by(name, streak) for name in FAILURE_RULES}
    met = {name for name, seen in counted.items() if satisfies(rules.named(name), seen)}
    negative = [seen for seen in streak if seen.outcome.is_negative]
    # a host that refuses us after a failure neither confirms nor clears it; that is waited for no
    # longer than the rule lasts, because a refusal may be permanent
    refused_days = (last.run_date - negative[-1].run_date).days if negative else 0
    awaits_failure = met.isdisjoint(DEATH_RULES) and any(
        seen[-1] is negative[-1] and name not in met and refused_days < rules.named(name).nights
        for name, seen in counted.items()
        if seen
    )
    return LastCheck(
        last.run_date,
        last.outcome.is_negative,
        bool(move) or awaits_failure,
        move[0].run_date + timedelta(days=rules.moved.nights - 1) if move else None,
        bool(met) or last.outcome is Outcome.REFUSED_BY_POLICY,
    )


def due_links(
    links: Iterable[str],
    last_checks: Mapping[str, LastCheck],
    run_date: date,
    policy: RecheckPolicy,
) -> tuple[str, ...]:
    """Keys of the links to check: urgent ones first, then new ones, then the longest unchecked.

    Urgent is what fails and what waits for confirmation. `policy` gives the intervals of the other
    links; of these, a host gets at most a multiple of its mean share, and the rest waits. Where
    the last two runs were days apart too, as every week, it is the share of so many days.
    """
    keys = tuple(links)
    run_dates = [*sorted({last.run_date for last in last_checks.values()})[-2:], run_date]
    gaps = [(later - earlier).days for earlier, later in pairwise(run_dates)]
    days = max(1, min(gaps)) if len(gaps) == 2 else 1
    due = [
        key
        for key in keys
        if (last := last_checks.get(key)) is not None
        and next_check_date(key, last, policy) <= run_date
    ]
    due.sort(key=lambda key: last_checks[key].run_date)
    urgent = (key for key in due if last_checks[key].is_urgent)
    new = (key for key in keys if key not in last_checks)
    well = [key for key in due if not last_checks[key].is_urgent]
    return (*urgent, *new, *_without_bursts(well, keys, policy, days))


def next_check_date(key: str, last: LastCheck, policy: RecheckPolicy) -> date:
    """The first date on which a link is due again; it has passed if that run was missed."""
    settings, tomorrow = policy.settings, last.run_date + timedelta(days=1)
    if last.awaits:
        due = last.run_date + timedelta(days=settings.failing_every)
        return min(due, max(tomorrow, last.confirm_by)) if last.confirm_by else due
    if last.is_settled or last.is_negative:
        return last.run_date + timedelta(days=settings.settled_every)
    days = policy.days_until_check(key, last.run_date.toordinal())
    return last.run_date + timedelta(days=days)


def explain_next_check(verdict: Verdict, last: LastCheck, policy: RecheckPolicy) -> str:
    """Why a link is due on that date, in a few words."""
    settings, kind = policy.settings, policy.for_link(verdict.link)
    if last.awaits:
        often = _every(settings.failing_every)
        return f"failing and moving links are checked {often} until the verdict is certain"
    if last.is_settled or last.is_negative:
        return f"{verdict.state} links are checked {_every(settings.settled_every)}"
    if kind is None:
        return f"it is checked {_every(settings.alive_every)}"
    return f"{_KINDS[kind.kind]} change about once in {1 / kind.rate:,.0f} days"


def _every(days: int) -> str:
    return "daily" if days == 1 else f"every {days} days"


def within_budget(
    ordered: Sequence[str],
    last_checks: Mapping[str, LastCheck],
    policy: RecheckPolicy,
    requests: int,
) -> tuple[str, ...]:
    """The first links for which this number of requests will probably suffice; 0: no limit."""
    if not requests:
        return tuple(ordered)

    def cost(key: str) -> float:
        last, kind = last_checks.get(key), policy.for_link(key)
        if last is not None and last.is_negative:
            return _CHECKS_OF_FAILING
        return kind.cost if kind else 1

    spent = accumulate(map(cost, ordered))
    return tuple(key for key, so_far in zip(ordered, spent, strict=True) if so_far <= requests)


def _without_bursts(
    well: Sequence[str], keys: Iterable[str], policy: RecheckPolicy, days: int
) -> Iterator[str]:
    """The links that are well, without those that are too many for their host or for one run.

    Links that are requested in batches do not burden their host, and do not wait. `days` are
    those from one run to the next.
    """
    settings, shares = policy.settings, dict.fromkeys(map(_host, well), 0.0)
    for key in keys if shares else ():
        if (host := _host(key)) in shares:
            shares[host] += 1 / policy.interval(key)

    def limit(checks: float) -> int:
        # whole checks, and never so few that a small list is held up
        return max(settings.host_min, math.ceil(round(checks * days, 6)))

    most = limit(settings.night_factor * policy.single_requests)
    taken: Counter[str] = Counter()
    total = 0
    for key in well:
        kind, host = policy.for_link(key), _host(key)
        if kind is None or kind.cost >= 1:
            at_limit = taken[host] >= limit(settings.host_factor * shares[host])
            if total >= most or at_limit:
                continue
            taken[host] += 1
            total += 1
        yield key


def _host(key: str) -> str:
    return key.partition("://")[2].partition("/")[0]
