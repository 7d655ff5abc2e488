"""Which links a check is about: due, in scope, within the budget, and not checked on this date."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import CheckTargets, ListDocument, check_targets, in_batches
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.recheck import (
    ChangeCounts,
    RecheckPolicy,
    count_changes,
    link_kind,
    recheck_policy,
)
from staycurrent.links.schedule import (
    LastCheck,
    due_links,
    last_check,
    next_check_date,
    within_budget,
)
from staycurrent.links.settings import ApiSettings
from staycurrent.warehouse import kind_statistics, observations
from staycurrent.warehouse.open import Warehouse


@dataclass(frozen=True, slots=True)
class CheckScope:
    """Which links the user wants to be checked."""

    all: bool = False
    """All links, due or not, without a budget."""
    host: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """The links of a check."""

    keys: tuple[str, ...]
    """In the order in which they are due."""
    waiting: int
    """Number of links that are due but exceed the budget."""
    policy: RecheckPolicy
    limited: bool
    """Whether the budget applies."""


def plan_checks(
    ctx: RunContext, warehouse: Warehouse, targets: CheckTargets, scope: CheckScope
) -> CheckPlan:
    """The links to check now.

    The choice follows from judged runs only, so that a run that was killed continues as it began.
    """
    links, recheck = targets.links, ctx.settings.links.recheck
    changes, last_checks = _read_histories(ctx, warehouse, links)
    policy = recheck_policy(links, changes, recheck, request_costs(ctx))
    due = within = tuple(links)
    if not scope.all:
        due = due_links(links, last_checks, ctx.run_date, recheck, policy)
        budget = ctx.settings.links.budget_requests
        within = within_budget(due, last_checks, policy, budget)
    checked = observations.checked_links(warehouse, ctx.run_date)
    keys = [key for key in within if key not in checked]
    if scope.host is not None:
        host = scope.host.lower()
        keys = [key for key in keys if links[key].host == host]
    waiting = len(due) - len(within)
    return CheckPlan(tuple(keys[: scope.limit]), waiting, policy, not scope.all)


def _read_histories(
    ctx: RunContext, warehouse: Warehouse, keys: Iterable[str]
) -> tuple[dict[str, ChangeCounts], dict[str, LastCheck]]:
    """The changes by kind, and the last check of each link.

    The histories are read in batches and each is reduced at once, so that memory stays bounded.
    """
    changes: defaultdict[str, ChangeCounts] = defaultdict(ChangeCounts)
    last_checks: dict[str, LastCheck] = {}
    for batch in in_batches(keys):
        own = {key: key for key in batch}  # the string of the list, instead of one for each row
        for key, history in observations.iter_histories(warehouse, batch):
            changes[link_kind(key)] += count_changes(history)
            if (last := last_check(history, ctx.settings.links.rules)) is not None:
                last_checks[own[key]] = last
    return changes, last_checks


def read_last_checks(ctx: RunContext, warehouse: Warehouse) -> dict[str, LastCheck]:
    """The last check of every link.

    Whole histories are read only where the last check alone does not say what the rules make of it.
    """
    rules, latest = ctx.settings.links.rules, observations.latest(warehouse)
    clear = {
        key
        for key, last in latest.items()
        if last.outcome is Outcome.OK or (last.outcome.is_success and not last.permanent)
    }
    histories: dict[str, Sequence[Observation]] = {key: (latest[key],) for key in clear}
    for keys in in_batches(latest.keys() - clear):
        histories.update(observations.iter_histories(warehouse, keys))
    found = {key: last_check(history, rules) for key, history in histories.items()}
    return {key: last for key, last in found.items() if last is not None}


def provider_settings(ctx: RunContext) -> dict[str, ApiSettings]:
    """The settings of each provider; GitHub's token goes to GitHub only.

    Hugging Face is requested without a token, as a reader of the list would: with one, it would
    show what only its owner can open.
    """
    given, stale_after = ctx.settings.links.providers, ctx.settings.freshness.stale_after_days
    token = ctx.secrets.github_token
    github = replace(given.github, token=token, stale_after_days=stale_after)
    return replace(given, github=github).by_name()


def request_costs(ctx: RunContext) -> dict[str, float]:
    """Requests for one check of each provider's links."""
    return {name: one.cost for name, one in provider_settings(ctx).items()}


def recheck_intervals(
    ctx: RunContext, warehouse: Warehouse, lists: Iterable[ListDocument]
) -> RecheckPolicy:
    """How often the links of the lists are checked, by the statistics of the last judged run."""
    latest = kind_statistics.latest(warehouse)
    statistics = latest.statistics if latest else {}
    costs = {kind: statistic.cost for kind, statistic in statistics.items()}
    return recheck_policy(
        check_targets(lists, ctx).links,
        {kind: statistic.counts for kind, statistic in statistics.items()},
        ctx.settings.links.recheck,
        {**request_costs(ctx), **costs},
    )


def next_checks(
    ctx: RunContext, warehouse: Warehouse, lists: Sequence[ListDocument]
) -> dict[str, date]:
    """The earliest date of each link's next check, which has not passed.

    It is the run date for what was never checked, and for what missed its run.
    """
    policy, last_checks = recheck_intervals(ctx, warehouse, lists), read_last_checks(ctx, warehouse)
    recheck, dates = ctx.settings.links.recheck, dict[str, date]()
    for key in check_targets(lists, ctx).links:
        last = last_checks.get(key)
        due = next_check_date(key, last, recheck, policy) if last else ctx.run_date
        dates[key] = max(due, ctx.run_date)
    return dates
