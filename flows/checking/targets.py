"""Which links a check looks at: due, in scope, within the budget, and not seen tonight already."""

from collections.abc import Iterable, Mapping
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
    """Which links a check is about."""

    all: bool = False
    """All links, whether due or not, whatever the budget."""
    host: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """Tonight's links, and what they follow from."""

    keys: tuple[str, ...]
    """Of the links, in the order in which they are due."""
    waiting: int
    """Links that are due and do not fit tonight's budget."""
    rhythm: RecheckPolicy
    limited: bool
    """Whether the night's budget holds."""


def plan_checks(
    ctx: RunContext, warehouse: Warehouse, wanted: CheckTargets, scope: CheckScope
) -> CheckPlan:
    """The links to look at now: due, in scope, and not looked at tonight already.

    They follow from nights that count, so that a run that died is gone on with as it began.
    """
    settings = ctx.settings.links
    known = _known(warehouse, wanted.links)
    beats = recheck_policy(wanted.links, known.seen, settings.recheck, request_costs(ctx))
    keys = fit = tuple(wanted.links)
    if not scope.all:
        keys = due_links(
            wanted.links, known.last, known.states, ctx.run_date, settings.recheck, beats
        )
        fit = within_budget(keys, known.last, beats, settings.budget_requests)
    tonight = observations.checked_links(warehouse, ctx.run_date)
    chosen = [key for key in fit if key not in tonight]
    if scope.host is not None:
        host = scope.host.lower()
        chosen = [key for key in chosen if wanted.links[key].host == host]
    return CheckPlan(tuple(chosen[: scope.limit]), len(keys) - len(fit), beats, not scope.all)


@dataclass(frozen=True, slots=True)
class _Known:
    """As much of the links' histories as a choice needs."""

    seen: dict[LinkKind, ChangeCounts]
    last: dict[str, tuple[Observation]]
    """The last look of each link that had one; less its words, which are most of it."""
    states: dict[str, VerdictState]


def _known(warehouse: Warehouse, keys: Iterable[str]) -> _Known:
    """Years of looks are read some links at a time, and reduced at once."""
    found = _Known(dict.fromkeys(LinkKind, ChangeCounts()), {}, {})
    for some in in_batches(keys):
        same = {key: key for key in some}  # the text that the list has, not one more from each row
        for key, history in observations.iter_histories(warehouse, some):
            found.seen[link_kind(key)] += count_changes(history)
            looks = (look for look in reversed(history) if look.outcome is not Outcome.SKIPPED)
            last = next(looks, None)
            if last is not None:
                own = same[key]
                found.last[own] = (
                    replace(last, link=own, final_url=None, evidence="", fingerprint=None),
                )
        for key, verdict in verdicts.latest(warehouse, some).items():
            found.states[same[key]] = verdict.state
    return found


def request_costs(ctx: RunContext) -> Mapping[LinkKind, float]:
    """Requests that one look takes where many are asked for at once."""
    github, arxiv = ctx.settings.links.providers.github, ctx.settings.links.providers.arxiv
    with_token = {LinkKind.GITHUB: 1 / github.batch} if ctx.secrets.github_token else {}
    return {LinkKind.ARXIV: 1 / arxiv.batch, **with_token}


def recheck_intervals(
    ctx: RunContext, warehouse: Warehouse, lists: Iterable[ListDocument]
) -> RecheckPolicy:
    """How long the links of the lists rest; what was seen of their kinds is not counted again."""
    return _resting(ctx, warehouse, check_targets(lists, ctx).links)


def next_checks(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Iterable[ListDocument],
    states: Mapping[str, VerdictState],
) -> dict[str, date]:
    """The night of each link's next look, at the earliest; tonight for what was never seen."""
    links = check_targets(lists, ctx).links
    rests, pace = _resting(ctx, warehouse, links), ctx.settings.links.recheck
    looks = observations.latest(warehouse)
    found: dict[str, date] = {}
    for key in links:
        history = (looks[key],) if key in looks else ()
        due = next_check_date(history, states.get(key, VerdictState.UNCHECKED), pace, rests)
        found[key] = max(due or ctx.run_date, ctx.run_date)
    return found


def _resting(ctx: RunContext, warehouse: Warehouse, links: Iterable[str]) -> RecheckPolicy:
    known = kind_statistics.latest(warehouse)
    found = known.statistics if known else {}
    return recheck_policy(
        links,
        {kind: beat.counts for kind, beat in found.items()},
        ctx.settings.links.recheck,
        {**request_costs(ctx), **{kind: beat.cost for kind, beat in found.items()}},
    )
