"""Which links are checked in a run: a pure choice from their histories."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.recheck import RecheckPolicy
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
    """It is dead or insecure."""

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
    return LastCheck(
        last.run_date,
        last.outcome.is_negative,
        bool(move) or _awaits_failure(streak, rules),
        move[0].run_date + timedelta(days=rules.moved.nights - 1) if move else None,
        any(satisfies(rules.named(name), counted_by(name, streak)) for name in FAILURE_RULES),
    )


def _awaits_failure(streak: Sequence[Observation], rules: Rules) -> bool:
    """Whether the next days decide if a link is dead or insecure.

    A host that refuses us after a failure neither confirms nor clears it; that is waited for no
    longer than the rule lasts, because a refusal may be for ever.
    """
    negative = [seen for seen in streak if seen.outcome.is_negative]
    counted = {name: counted_by(name, streak) for name in FAILURE_RULES}
    if any(satisfies(rules.named(name), counted[name]) for name in DEATH_RULES):
        return False
    refused_days = (streak[-1].run_date - negative[-1].run_date).days if negative else 0
    return any(
        seen[-1] is negative[-1]
        and not satisfies(rules.named(name), seen)
        and refused_days < rules.named(name).nights
        for name, seen in counted.items()
        if seen
    )


def due_links(
    links: Iterable[str],
    last_checks: Mapping[str, LastCheck],
    run_date: date,
    settings: RecheckSettings,
    policy: RecheckPolicy,
) -> tuple[str, ...]:
    """Keys of the links to check: urgent ones first, then new ones, then the longest unchecked.

    Urgent is what fails and what waits for confirmation. `policy` gives the intervals of the other
    links; of these, a host gets at most a multiple of its mean share, and the rest waits.
    """
    keys = tuple(links)
    urgent: list[tuple[date, str]] = []
    well: list[tuple[date, str]] = []
    new: list[str] = []
    for key in keys:
        last = last_checks.get(key)
        if last is None:
            new.append(key)
        elif next_check_date(key, last, settings, policy) <= run_date:
            (urgent if last.is_urgent else well).append((last.run_date, key))
    # links that were last checked on one date keep their order
    urgent.sort(key=itemgetter(0))
    well.sort(key=itemgetter(0))
    spread = _without_bursts([key for _, key in well], keys, settings, policy)
    return (*(key for _, key in urgent), *new, *spread)


def next_check_date(
    key: str, last: LastCheck, settings: RecheckSettings, policy: RecheckPolicy
) -> date:
    """The first date on which a link is due again; it has passed if that run was missed."""
    tomorrow = last.run_date + timedelta(days=1)
    if last.awaits:
        due = last.run_date + timedelta(days=settings.failing_every)
        return min(due, max(tomorrow, last.confirm_by)) if last.confirm_by else due
    if last.is_settled or last.is_negative:
        return last.run_date + timedelta(days=settings.settled_every)
    days = policy.days_until_check(key, last.run_date.toordinal(), settings.alive_every)
    return last.run_date + timedelta(days=days)


def explain_next_check(
    verdict: Verdict, last: LastCheck, settings: RecheckSettings, policy: RecheckPolicy
) -> str:
    """Why a link is due on that date, in a few words."""
    if last.awaits:
        often = _every(settings.failing_every)
        return f"failing and moving links are checked {often} until the verdict is certain"
    if last.is_settled or last.is_negative:
        return f"{verdict.state} links are checked {_every(settings.settled_every)}"
    kind = policy.for_link(verdict.link)
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
    spent = 0.0
    for number, key in enumerate(ordered):
        last, kind = last_checks.get(key), policy.for_link(key)
        failing = last is not None and last.is_negative
        spent += _CHECKS_OF_FAILING if failing else (kind.cost if kind else 1)
        if requests < spent:
            return tuple(ordered[:number])
    return tuple(ordered)


def _without_bursts(
    well: Sequence[str], keys: Iterable[str], settings: RecheckSettings, policy: RecheckPolicy
) -> Iterator[str]:
    """The links that are well, without those that are too many for their host or for one run.

    Links that are requested in batches are no burden to their host, and do not wait.
    """
    shares = dict.fromkeys(map(_host, well), 0.0)
    for key in keys if shares else ():
        if (host := _host(key)) in shares:
            shares[host] += 1 / policy.interval(key, settings.alive_every)

    def limit(checks: float) -> int:
        # whole checks, and never so few that a small list is held up
        return max(settings.host_min, math.ceil(round(checks, 6)))

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
