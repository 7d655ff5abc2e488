"""The verb `check`: looks at the links that are due, and notes what came."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from time import monotonic

from staycurrent.flows.conclude import Histories, concluded, manner
from staycurrent.flows.listing import ToLookAt, each_list, in_batches, to_look_at
from staycurrent.flows.looks.allowance import Allowance
from staycurrent.flows.looks.canaries import trouble
from staycurrent.flows.looks.choosing import Chosen, Scope, choose
from staycurrent.flows.looks.looking import Looking
from staycurrent.flows.looks.notebook import Notebook
from staycurrent.flows.looks.parts import look_in_parts, parts_of
from staycurrent.flows.memory import remembering
from staycurrent.flows.night import Night, NotJudged
from staycurrent.links.authorities.registry import split
from staycurrent.links.bound import Bound
from staycurrent.links.night import Survey
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import State, Verdict
from staycurrent.warehouse import beats, manners, observations, runs, verdicts
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from staycurrent.web.address import Fault

__all__ = ["CheckReport", "Scope", "check"]

_DUE = Scope()


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check did."""

    run_id: int
    links: int
    looked_at: int
    requests: int
    changed: int
    """Verdicts that differ from the night before."""
    pace: str = ""
    """How long the looks at pages took, beside what they took at least."""


def check(night: Night, scope: Scope = _DUE) -> CheckReport:
    """Look at what is due and conclude; raises NotJudged where tonight proves nothing."""
    wanted = to_look_at(each_list(night), night)
    with remembering(night) as warehouse:
        chosen = choose(night, warehouse, wanted, scope)
        total = len(wanted.links) + len(wanted.refused)
        with warehouse.transaction():
            run_id = runs.begin(warehouse, night=night.night, started_at=night.now(), links=total)
            beats.add(warehouse, run_id, chosen.rhythm)
        night.voice.say(f"check: {len(chosen.keys)} of {total} links are due")
        notebook = Notebook(warehouse, run_id)
        why_not, requests = _look(night, notebook, wanted, chosen)
        notebook.flush()
        known: Histories = {}
        if why_not is None:
            why_not, known = _surveyed(night, warehouse, run_id, wanted)
        changed = _finish(night, notebook, wanted, requests, why_not, known)
    if why_not is not None:
        raise NotJudged(why_not)
    night.voice.say(f"check: {notebook.noted} looked at, {changed} verdicts changed")
    return CheckReport(run_id, total, notebook.noted, requests, changed, notebook.pace)


def _look(
    night: Night, notebook: Notebook, wanted: ToLookAt, chosen: Chosen
) -> tuple[str | None, int]:
    """Canaries, looks, canaries; why tonight is not to be judged (or None), and requests."""
    elsewhere = night.hands is not None
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
    night: Night, notebook: Notebook, wanted: ToLookAt, chosen: Chosen
) -> tuple[str | None, int]:
    """All in this process, which few links are best looked at in."""
    async with night.open_web(night.settings.web, night.night) as web:
        why_not = await trouble(web, night)
        if why_not is None:
            allowance = Allowance(night, web, limited=chosen.limited)
            looking = Looking(night, web, allowance, notebook)
            began, links = monotonic(), [wanted.links[key] for key in chosen.keys]
            with night.voice.steps("links", len(links)) as advance:
                bound = await looking.at(links, advance)
            notebook.pace = _pace(len(split(links)[1]), monotonic() - began, bound)
            _tell_waiting(night, chosen.waiting + allowance.refused)
            looking.leave_out_outages()
            _note_refusals(night, notebook, wanted)
            why_not = await trouble(web, night) if chosen.keys else None
        return why_not, web.requests


async def _canaries(night: Night) -> tuple[str | None, int]:
    async with night.open_web(night.settings.web, night.night) as web:
        return await trouble(web, night), web.requests


def _pace(pages: int, seconds: float, bound: Bound) -> str:
    once = f", {bound.once_s:.1f} s of it to look at each once" if bound.once_s else ""
    return (
        f"{pages} pages took {seconds:.1f} s with second looks{once}; no order of looks could "
        f"have taken less than {bound.seconds:.1f} s ({bound.why})"
    )


def _tell_waiting(night: Night, waiting: int) -> None:
    if waiting:
        words = "1 link waits" if waiting == 1 else f"{waiting} links wait"
        night.voice.say(f"check: {words} for another night")


def _note_refusals(night: Night, notebook: Notebook, wanted: ToLookAt) -> None:
    """Note what is not requested at all, unless a run of tonight did."""
    seen = observations.looked_at(notebook.warehouse, night.night, wanted.refused)
    for observation in _refusals(night, wanted, seen):
        notebook.note(observation)


def _refusals(night: Night, wanted: ToLookAt, seen: Collection[str]) -> Iterable[Observation]:
    for text, unusable in wanted.refused.items():
        malformed = unusable.fault is Fault.MALFORMED
        if text not in seen:
            yield Observation(
                link=text,
                night=night.night,
                seen_at=night.now(),
                outcome=Outcome.MALFORMED if malformed else Outcome.REFUSED_BY_POLICY,
                asked="nobody",
                evidence=unusable.why,
            )


def _surveyed(
    night: Night, warehouse: Warehouse, run_id: int, wanted: ToLookAt
) -> tuple[str | None, Histories]:
    """Why tonight's looks are not to be believed (None if they are), and what was read for that.

    Of more links than are read at once nothing is handed on: it need not be in memory at once.
    """
    survey, known = Survey(night.night, night.settings.links.gate), {}
    for keys in in_batches(wanted.links):
        seen = observations.looked_at(warehouse, night.night, keys)
        for key, looks in observations.each_history(warehouse, seen, pending_run=run_id):
            if looks[-1].night == night.night:
                survey.add(looks[-1], looks)
            if len(keys) == len(wanted.links):
                known[key] = looks
    return survey.objection(), known


def _finish(
    night: Night,
    notebook: Notebook,
    wanted: ToLookAt,
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
            looked_at=notebook.noted,
            requests=requests,
            seconds=(night.now() - night.clock.as_of).total_seconds(),
        )
        if why_not is not None:
            return 0
        changed = 0
        for keys in in_batches(chain(wanted.links, wanted.refused)):
            before = verdicts.latest(warehouse, keys)
            after = concluded(night, warehouse, keys, known)
            verdicts.record(warehouse, notebook.run_id, night.night, after.values())
            changed += sum(_state(before.get(key)) is not after[key].state for key in after)
        manners.note(warehouse, notebook.run_id, manner(night))
    return changed


def _state(verdict: Verdict | None) -> State:
    return State.UNCHECKED if verdict is None else verdict.state
