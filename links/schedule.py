"""Which links are checked in a run: a pure choice from their histories."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.recheck import LinkKind, RecheckPolicy, policy_from_histories
from staycurrent.links.settings import RecheckSettings
from staycurrent.links.verdict import VerdictState

_KINDS = {
    LinkKind.GITHUB: "repositories",
    LinkKind.ARXIV: "papers on arXiv",
    LinkKind.HUGGINGFACE: "repositories on Hugging Face",
    LinkKind.YOUTUBE: "videos",
    LinkKind.DOI: "DOIs",
    LinkKind.DOCUMENT: "documents",
    LinkKind.HOME: "home pages",
    LinkKind.PAGE: "pages of this kind",
}
_CHECKS_OF_FAILING = 2
"""A negative check is confirmed, so that a failing link costs two."""


def due_links(
    links: Iterable[str],
    histories: Mapping[str, Sequence[Observation]],
    states: Mapping[str, VerdictState],
    run_date: date,
    settings: RecheckSettings,
    policy: RecheckPolicy | None = None,
) -> tuple[str, ...]:
    """Keys of the links to check: failing ones first, then new ones, then the longest unchecked.

    `policy` gives the intervals of links that are well; None: as their histories have it. Of links
    that are well, a host gets at most a multiple of its mean share; the others wait.
    """
    keys = tuple(links)
    policy = policy or policy_from_histories(keys, histories, settings)
    failing: list[tuple[date, str]] = []
    well: list[tuple[date, str]] = []
    new: list[str] = []
    for key in keys:
        last = _last_check(histories.get(key, ()))
        if last is None:
            new.append(key)
        elif (
            _next_date(last, states.get(key, VerdictState.UNCHECKED), settings, policy) <= run_date
        ):
            (failing if last.outcome.is_negative else well).append((last.run_date, key))
    # links that were last checked on one date keep their order
    failing.sort(key=itemgetter(0))
    well.sort(key=itemgetter(0))
    spread = _without_bursts([key for _, key in well], keys, settings, policy)
    return (*(key for _, key in failing), *new, *spread)


def next_check_date(
    history: Sequence[Observation],
    state: VerdictState,
    settings: RecheckSettings,
    policy: RecheckPolicy,
) -> date | None:
    """The first date on which a link is due again; None if it was never checked."""
    last = _last_check(history)
    return None if last is None else _next_date(last, state, settings, policy)


def explain_next_check(
    history: Sequence[Observation],
    state: VerdictState,
    settings: RecheckSettings,
    policy: RecheckPolicy,
) -> str:
    """Why a link is due on that date, in a few words; empty if it was never checked."""
    last = _last_check(history)
    if last is None:
        return ""
    if state.is_grave:
        return f"{state} links are checked {_every(settings.settled_every)}"
    if _is_unconfirmed(last, state):
        often = _every(settings.failing_every)
        return f"failing and moving links are checked {often} until the verdict is certain"
    kind = policy.for_link(last.link)
    if kind is None:
        return f"it is checked {_every(settings.alive_every)}"
    return f"{_KINDS[kind.kind]} change about once in {1 / kind.rate:,.0f} days"


def _every(days: int) -> str:
    return "daily" if days == 1 else f"every {days} days"


def within_budget(
    ordered: Sequence[str],
    histories: Mapping[str, Sequence[Observation]],
    policy: RecheckPolicy,
    requests: int,
) -> tuple[str, ...]:
    """The first links for which this number of requests will probably suffice; 0: no limit."""
    if not requests:
        return tuple(ordered)
    spent = 0.0
    for number, key in enumerate(ordered):
        last, kind = _last_check(histories.get(key, ())), policy.for_link(key)
        failing = last is not None and last.outcome.is_negative
        spent += _CHECKS_OF_FAILING if failing else (kind.cost if kind else 1)
        if requests < spent:
            return tuple(ordered[:number])
    return tuple(ordered)


def _next_date(
    last: Observation, state: VerdictState, settings: RecheckSettings, policy: RecheckPolicy
) -> date:
    if state.is_grave:
        days = settings.settled_every
    elif _is_unconfirmed(last, state):
        days = settings.failing_every
    else:
        ordinal = last.run_date.toordinal()
        days = policy.days_until_check(last.link, ordinal, settings.alive_every)
    return last.run_date + timedelta(days)


def _is_unconfirmed(last: Observation, state: VerdictState) -> bool:
    """A streak, or a move that waits for confirmation: the rules need the next days."""
    return last.outcome.is_negative or (last.permanent and state is VerdictState.ALIVE)


def _last_check(history: Sequence[Observation]) -> Observation | None:
    checked = (seen for seen in reversed(history) if seen.outcome is not Outcome.SKIPPED)
    return next(checked, None)


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
