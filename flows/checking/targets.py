"""Which links a check is about: due, in scope, within the budget, and not checked on this date."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain

from staycurrent.curated.rewrite import match_flags
from staycurrent.flows.context import RunContext
from staycurrent.flows.link_states import Histories, current_verdicts, iter_progress
from staycurrent.flows.lists import (
    CheckTargets,
    LinkMap,
    ListDocument,
    check_targets,
    in_batches,
    lazy_lists,
    link_key,
)
from staycurrent.links import schedule
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import ApiSettings
from staycurrent.links.verdict import FlagState, is_failing
from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.open import Warehouse

_FEW_LINKS = 500
"""Links whose histories are kept from the plan until the last check."""
_SOON_DAYS = 3
"""Days before its flag from which on a witness checks a link."""


@dataclass(frozen=True, slots=True)
class CheckScope:
    """Which links the user wants to be checked."""

    all: bool = False
    """All links, due or not, without a budget."""
    host: str | None = None
    limit: int | None = None
    vantage: str = ""
    """Name of this machine, if it is a second witness of what is about to be flagged."""


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """The links of a check."""

    keys: tuple[str, ...]
    """In the order in which they are due."""
    waiting: int
    """Number of links that are due but exceed the budget."""
    policy: schedule.RecheckPolicy
    limited: bool
    """Whether the budget applies."""
    vantage: str = ""
    """As in the scope."""
    checked: frozenset[str] = frozenset()
    """What an earlier run of this date has checked, or recorded without a request."""
    histories: Histories = field(default_factory=dict)
    """Of all links before this check, if they are few; else they are read again."""


def plan_checks(
    ctx: RunContext, warehouse: Warehouse, targets: CheckTargets, scope: CheckScope
) -> CheckPlan:
    """The links to check now.

    The choice follows from judged runs of earlier dates only, so that a run that was killed
    continues as it began, and a second run of a date checks nothing that waits for the next.
    """
    links, recheck = targets.links, ctx.settings.links.recheck
    changes, last_checks, histories = _read_histories(ctx, warehouse, links)
    policy = schedule.recheck_policy(links, changes, recheck, request_costs(ctx))
    due = tuple(links)
    if scope.vantage:
        due = about_to_be_flagged(ctx, warehouse, links)
    elif not scope.all:
        due = schedule.due_links(links, last_checks, ctx.run_date, policy)
    if scope.host is not None:
        due = tuple(key for key in due if links[key].host == scope.host)
    limited = not (scope.all or scope.vantage)
    budget = ctx.settings.links.budget_requests if limited else 0
    within = schedule.within_budget(due, last_checks, policy, budget)
    checked = observations.checked_links(warehouse, ctx.run_date, vantage=scope.vantage)
    keys = [key for key in within if key not in checked]
    waiting = len(due) - len(within)
    chosen = tuple(keys[: scope.limit])
    return CheckPlan(chosen, waiting, policy, limited, scope.vantage, checked, histories)


def about_to_be_flagged(
    ctx: RunContext, warehouse: Warehouse, links: Iterable[str]
) -> tuple[str, ...]:
    """Links that fail and whose flag is not in the lists yet, but is due within days."""
    soon = ctx.run_date + timedelta(days=_SOON_DAYS)
    shown = {
        link_key(listed.document.occurrences[index].url)
        for listed in lazy_lists(ctx)
        for index, flags in match_flags(listed.document, "link", "end").items()
        if any(flag.state in (FlagState.DEAD, FlagState.INSECURE) for flag in flags)
    }
    found: list[str] = []
    for keys in in_batches(key for key in links if key not in shown):
        verdicts = current_verdicts(ctx, warehouse, keys)
        failing = [key for key in keys if is_failing(verdicts[key]) or verdicts[key].state.is_grave]
        ahead = iter_progress(ctx, warehouse, failing, ctx.run_date)
        found += [key for key, one in ahead if (one.earliest or soon) <= soon]
    return tuple(found)


def _read_histories(
    ctx: RunContext, warehouse: Warehouse, keys: Collection[str]
) -> tuple[dict[str, schedule.ChangeCounts], dict[str, schedule.LastCheck], Histories]:
    """The changes by kind, the last check of each link, and the histories of few links.

    The first two are as they were before the run date. The histories are read in batches and each
    is reduced at once, so that memory stays bounded.
    """
    changes: defaultdict[str, schedule.ChangeCounts] = defaultdict(schedule.ChangeCounts)
    last_checks: dict[str, schedule.LastCheck] = {}
    kept: dict[str, Sequence[Observation]] = {}
    for batch in in_batches(keys):
        own = {key: key for key in batch}  # the string of the list, instead of one for each row
        for key, whole in observations.iter_histories(warehouse, batch):
            if len(keys) <= _FEW_LINKS:
                kept[key] = whole
            history = whole[:-1] if whole[-1].run_date == ctx.run_date else whole
            changes[schedule.link_kind(key)] += schedule.count_changes(history)
            if (last := schedule.last_check(history, ctx.settings.links.rules)) is not None:
                last_checks[own[key]] = last
    return changes, last_checks, kept


def provider_settings(ctx: RunContext) -> dict[str, ApiSettings]:
    """The settings of each provider; GitHub's token goes to GitHub only.

    Hugging Face is requested without a token, as a reader of the list would: with one, it would
    show what only its owner can open.
    """
    given = ctx.settings.links.providers
    github = replace(given.github, token=ctx.secrets.provider_token)
    return replace(given, github=github).by_name()


def request_costs(ctx: RunContext) -> dict[str, float]:
    """Requests for one check of each provider's links."""
    return {name: one.cost for name, one in provider_settings(ctx).items()}


@dataclass(frozen=True, slots=True)
class CheckSchedule:
    """What is known, before the next run, of when the links of lists are due."""

    links: LinkMap
    policy: schedule.RecheckPolicy
    """How often they are checked, by the statistics of the last judged run."""
    last_checks: Mapping[str, schedule.LastCheck]
    next_checks: Mapping[str, date]
    """The earliest date of each link's next check, which has not passed. It is the run date for
    what a run of this date checks, as `plan_checks` chooses: what was never checked, and what
    missed its run and need not wait."""


def read_schedule(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Iterable[ListDocument],
    latest: Mapping[str, Observation],
) -> CheckSchedule:
    """`latest` of `observations.latest`; whole histories are read only where it is not enough."""
    links, settings = check_targets(lists, ctx).links, ctx.settings.links
    statistics = runs.latest_statistics(warehouse)
    counts = {kind: one.counts for kind, one in statistics.items()}
    costs = request_costs(ctx) | {kind: one.cost for kind, one in statistics.items()}
    clear = {
        key: (last,)
        for key, last in latest.items()
        if (last.outcome is Outcome.OK or (last.outcome.is_success and not last.permanent))
        and last.run_date != ctx.run_date
    }
    read = (
        found
        for keys in in_batches(latest.keys() - clear.keys())
        for found in observations.iter_histories(warehouse, keys)
    )
    last_checks: dict[str, schedule.LastCheck] = {}
    before: dict[str, schedule.LastCheck] = {}  # as they were before the run date
    for key, history in chain(clear.items(), read):
        last = schedule.last_check(history, settings.rules)
        if last is None:
            continue
        last_checks[key] = last
        is_new = last.run_date == ctx.run_date
        earlier = schedule.last_check(history[:-1], settings.rules) if is_new else last
        if earlier is not None:
            before[key] = earlier
    policy = schedule.recheck_policy(links, counts, settings.recheck, costs)
    due = schedule.due_links(links, before, ctx.run_date, policy)
    now = {*schedule.within_budget(due, before, policy, settings.budget_requests)}
    tomorrow, dates = ctx.run_date + timedelta(days=1), dict[str, date]()
    for key in links:
        first = ctx.run_date if key in now else tomorrow
        own = last_checks.get(key)
        dates[key] = max(first, schedule.next_check_date(key, own, policy)) if own else first
    return CheckSchedule(links, policy, last_checks, dates)
