"""The verb `check`: looks at the links that are due, and notes what came."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from time import monotonic

from staycurrent.flows.checking.budget import Budget
from staycurrent.flows.checking.buffer import ObservationBuffer
from staycurrent.flows.checking.connectivity import connectivity_error
from staycurrent.flows.checking.runner import CheckRunner
from staycurrent.flows.checking.targets import CheckPlan, CheckScope, plan_checks
from staycurrent.flows.context import NotJudged, RunContext
from staycurrent.flows.database import writing
from staycurrent.flows.link_states import Histories, current_verdicts, rules_fingerprint
from staycurrent.flows.lists import CheckTargets, check_targets, in_batches, iter_lists
from staycurrent.flows.looks.parts import look_in_parts, parts_of
from staycurrent.links.authorities.registry import split
from staycurrent.links.bound import Bound
from staycurrent.links.night import Survey
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import State, Verdict
from staycurrent.warehouse import beats, manners, observations, runs, verdicts
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from staycurrent.web.address import UrlProblem

_DUE = CheckScope()


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check did."""

    run_id: int
    links: int
    checked: int
    requests: int
    changed: int
    """Verdicts that differ from the night before."""
    pace: str = ""
    """How long the looks at pages took, beside what they took at least."""


def check(night: RunContext, scope: CheckScope = _DUE) -> CheckReport:
    """Look at what is due and conclude; raises NotJudged where tonight proves nothing."""
    wanted = check_targets(iter_lists(night), night)
    with writing(night) as warehouse:
        chosen = plan_checks(night, warehouse, wanted, scope)
        total = len(wanted.links) + len(wanted.refused)
        with warehouse.transaction():
            run_id = runs.begin(
                warehouse, night=night.run_date, started_at=night.now(), links=total
            )
            beats.add(warehouse, run_id, chosen.rhythm)
        night.reporter.info(f"check: {len(chosen.keys)} of {total} links are due")
        notebook = ObservationBuffer(warehouse, run_id)
        why_not, requests = _look(night, notebook, wanted, chosen)
        notebook.flush()
        known: Histories = {}
        if why_not is None:
            why_not, known = _surveyed(night, warehouse, run_id, wanted)
        changed = _finish(night, notebook, wanted, requests, why_not, known)
    if why_not is not None:
        raise NotJudged(why_not)
    night.reporter.info(f"check: {notebook.recorded} looked at, {changed} verdicts changed")
    return CheckReport(run_id, total, notebook.recorded, requests, changed, notebook.pace)


def _look(
    night: RunContext, notebook: ObservationBuffer, wanted: CheckTargets, chosen: CheckPlan
) -> tuple[str | None, int]:
    """Canaries, looks, canaries; why tonight is not to be judged (or None), and requests."""
    elsewhere = night.executor is not None
    parts = parts_of(len(chosen.keys), night.settings.scale, elsewhere=elsewhere)
    if parts == 1:
        return asyncio.run(_look_here(night, notebook, wanted, chosen))
    why_not, before = asyncio.run(_canaries(night))
    if why_not is not None:
        return why_not, before
    began = monotonic()
    gone = look_in_parts(night, notebook, wanted.links, chosen, parts)
    notebook.pace = _pace(len(chosen.keys), monotonic() - began, gone.bound)
    _tell_waiting(night, chosen.waiting + gone.waiting)
    _note_refusals(night, notebook, wanted)
    why_not, after = asyncio.run(_canaries(night))
    return why_not, before + gone.requests + after


async def _look_here(
    night: RunContext, notebook: ObservationBuffer, wanted: CheckTargets, chosen: CheckPlan
) -> tuple[str | None, int]:
    """All in this process, which few links are best looked at in."""
    async with night.open_client(night.settings.web, night.run_date) as web:
        why_not = await connectivity_error(web, night)
        if why_not is None:
            allowance = Budget(night, web, limited=chosen.limited)
            looking = CheckRunner(night, web, allowance, notebook)
            began, links = monotonic(), [wanted.links[key] for key in chosen.keys]
            with night.reporter.progress("links", len(links)) as advance:
                bound = await looking.check(links, advance)
            notebook.pace = _pace(len(split(links)[1]), monotonic() - began, bound)
            _tell_waiting(night, chosen.waiting + allowance.deferred)
            looking.exclude_outages()
            _note_refusals(night, notebook, wanted)
            why_not = await connectivity_error(web, night) if chosen.keys else None
        return why_not, web.requests_sent


async def _canaries(night: RunContext) -> tuple[str | None, int]:
    async with night.open_client(night.settings.web, night.run_date) as web:
        return await connectivity_error(web, night), web.requests_sent


def _pace(pages: int, seconds: float, bound: Bound) -> str:
    once = f", {bound.once_s:.1f} s of it to look at each once" if bound.once_s else ""
    return (
        f"{pages} pages took {seconds:.1f} s with second looks{once}; no order of looks could "
        f"have taken less than {bound.seconds:.1f} s ({bound.why})"
    )


def _tell_waiting(night: RunContext, waiting: int) -> None:
    if waiting:
        words = "1 link waits" if waiting == 1 else f"{waiting} links wait"
        night.reporter.info(f"check: {words} for another night")


def _note_refusals(night: RunContext, notebook: ObservationBuffer, wanted: CheckTargets) -> None:
    """Note what is not requested at all, unless a run of tonight did."""
    seen = observations.looked_at(notebook.warehouse, night.run_date, wanted.refused)
    for observation in _refusals(night, wanted, seen):
        notebook.add(observation)


def _refusals(
    night: RunContext, wanted: CheckTargets, seen: Collection[str]
) -> Iterable[Observation]:
    for text, unusable in wanted.refused.items():
        malformed = unusable.problem is UrlProblem.MALFORMED
        if text not in seen:
            yield Observation(
                link=text,
                night=night.run_date,
                seen_at=night.now(),
                outcome=Outcome.MALFORMED if malformed else Outcome.REFUSED_BY_POLICY,
                asked="nobody",
                evidence=unusable.reason,
            )


def _surveyed(
    night: RunContext, warehouse: Warehouse, run_id: int, wanted: CheckTargets
) -> tuple[str | None, Histories]:
    """Why tonight's looks are not to be believed (None if they are), and what was read for that.

    Of more links than are read at once nothing is handed on: it need not be in memory at once.
    """
    survey, known = Survey(night.run_date, night.settings.links.gate), {}
    for keys in in_batches(wanted.links):
        seen = observations.looked_at(warehouse, night.run_date, keys)
        for key, looks in observations.each_history(warehouse, seen, pending_run=run_id):
            if looks[-1].night == night.run_date:
                survey.add(looks[-1], looks)
            if len(keys) == len(wanted.links):
                known[key] = looks
    return survey.objection(), known


def _finish(
    night: RunContext,
    notebook: ObservationBuffer,
    wanted: CheckTargets,
    requests: int,
    why_not: str | None,
    known: Histories,
) -> int:
    """Close the run and, if it is judged, record the verdicts: one transaction."""
    warehouse = notebook.warehouse
    with warehouse.transaction():
        runs.finish(
            warehouse,
            notebook.run_id,
            status=RunStatus.NOT_JUDGED if why_not else RunStatus.JUDGED,
            reason=why_not or "",
            finished_at=night.now(),
            looked_at=notebook.recorded,
            requests=requests,
            seconds=(night.now() - night.clock.as_of).total_seconds(),
        )
        if why_not is not None:
            return 0
        changed = 0
        for keys in in_batches(chain(wanted.links, wanted.refused)):
            before = verdicts.latest(warehouse, keys)
            after = current_verdicts(night, warehouse, keys, known)
            verdicts.record(warehouse, notebook.run_id, night.run_date, after.values())
            changed += sum(_state(before.get(key)) is not after[key].state for key in after)
        manners.note(warehouse, notebook.run_id, rules_fingerprint(night))
    return changed


def _state(verdict: Verdict | None) -> State:
    return State.UNCHECKED if verdict is None else verdict.state
