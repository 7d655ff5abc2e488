"""Which links a check is about: due, in scope, within the budget, and not checked on this date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import CheckTargets, ListDocument, check_targets, in_batches
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.recheck import (
    ChangeCounts,
    LinkKind,
    RecheckPolicy,
    count_changes,
    link_kind,
    recheck_policy,
)
from staycurrent.links.schedule import due_links, next_check_date, within_budget
from staycurrent.links.verdict import VerdictState
from staycurrent.warehouse import kind_statistics, observations, verdicts
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
    known = _read_histories(warehouse, links)
    policy = recheck_policy(links, known.changes, recheck, request_costs(ctx))
    due = within = tuple(links)
    if not scope.all:
        due = due_links(links, known.latest, known.states, ctx.run_date, recheck, policy)
        budget = ctx.settings.links.budget_requests
        within = within_budget(due, known.latest, policy, budget)
    checked = observations.checked_links(warehouse, ctx.run_date)
    keys = [key for key in within if key not in checked]
    if scope.host is not None:
        host = scope.host.lower()
        keys = [key for key in keys if links[key].host == host]
    waiting = len(due) - len(within)
    return CheckPlan(tuple(keys[: scope.limit]), waiting, policy, not scope.all)


@dataclass(frozen=True, slots=True)
class _History:
    """What a plan needs of the histories of all links."""

    changes: dict[LinkKind, ChangeCounts]
    latest: dict[str, tuple[Observation]]
    """The latest observation of each link, without its texts, which take most of the memory."""
    states: dict[str, VerdictState]


def _read_histories(warehouse: Warehouse, keys: Iterable[str]) -> _History:
    """Read the histories in batches and reduce each at once, so that memory stays bounded."""
    known = _History(dict.fromkeys(LinkKind, ChangeCounts()), {}, {})
    for batch in in_batches(keys):
        own = {key: key for key in batch}  # the string of the list, instead of one for each row
        for key, history in observations.iter_histories(warehouse, batch):
            known.changes[link_kind(key)] += count_changes(history)
            for observation in reversed(history):
                if observation.outcome is not Outcome.SKIPPED:
                    small = replace(
                        observation, link=own[key], final_url=None, evidence="", fingerprint=None
                    )
                    known.latest[own[key]] = (small,)
                    break
        for key, verdict in verdicts.latest(warehouse, batch).items():
            known.states[own[key]] = verdict.state
    return known


def request_costs(ctx: RunContext) -> Mapping[LinkKind, float]:
    """Requests for one check, of kinds for which one request answers for several links."""
    providers = ctx.settings.links.providers
    costs = {LinkKind.ARXIV: 1 / providers.arxiv.batch}
    if ctx.secrets.github_token:
        costs[LinkKind.GITHUB] = 1 / providers.github.batch
    return costs


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
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Sequence[ListDocument],
    states: Mapping[str, VerdictState],
) -> dict[str, date]:
    """The earliest date of each link's next check; the run date for what was never checked."""
    policy, latest = recheck_intervals(ctx, warehouse, lists), observations.latest(warehouse)
    dates: dict[str, date] = {}
    for key in check_targets(lists, ctx).links:
        history = (latest[key],) if key in latest else ()
        state = states.get(key, VerdictState.UNCHECKED)
        due = next_check_date(history, state, ctx.settings.links.recheck, policy)
        dates[key] = max(due or ctx.run_date, ctx.run_date)
    return dates
