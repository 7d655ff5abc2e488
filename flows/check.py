"""The verb `check`: looks at the links that are due, and notes what came."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.allowance import Allowance
from flows.asking import asked_by, asked_with, authority
from flows.canaries import trouble
from flows.choosing import Chosen, Scope, choose
from flows.conclude import concluded, manner
from flows.listing import ToLookAt, read_lists, to_look_at
from flows.night import Night, NotJudged
from flows.notebook import Notebook
from links.authorities.registry import split
from links.link import Link
from links.night import objection
from links.observation import Observation, Outcome
from links.past import past
from links.probe import Session, look_at
from links.revisit import AskIf, Revisits
from links.takeover import recognised
from links.verdict import State, Verdict
from warehouse import (
    beats,
    manners,
    observations,
    robots,
    runs,
    siblings,
    validators,
    verdicts,
)
from warehouse.open import Warehouse, open_warehouse
from warehouse.runs import RunStatus
from web.address import Fault
from web.answer import Ask
from web.client import ALONE, Web
from web.manners import Manners

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
    wanted = to_look_at(read_lists(night), night)
    with open_warehouse(night.warehouse) as warehouse:
        chosen = choose(night, warehouse, wanted, scope)
        total = len(wanted.links) + len(wanted.refused)
        with warehouse.transaction():
            run_id = runs.begin(warehouse, night=night.night, started_at=night.now(), links=total)
            beats.add(warehouse, run_id, chosen.rhythm)
        night.voice.say(f"check: {len(chosen.links)} of {total} links are due")
        notebook = Notebook(warehouse, run_id)
        why_not, requests = asyncio.run(_look(night, notebook, wanted, chosen))
        notebook.flush()
        why_not = why_not or _objection(night, warehouse, run_id, wanted)
        changed = _finish(night, notebook, wanted, requests, why_not)
    if why_not is not None:
        raise NotJudged(why_not)
    night.voice.say(f"check: {notebook.noted} looked at, {changed} verdicts changed")
    return CheckReport(run_id, total, notebook.noted, requests, changed, notebook.pace)


async def _look(
    night: Night, notebook: Notebook, wanted: ToLookAt, chosen: Chosen
) -> tuple[str | None, int]:
    """Canaries, looks, canaries; why tonight is not to be judged (or None), and requests."""
    async with night.open_web(night.settings.web, night.night) as web:
        why_not = await trouble(web, night)
        if why_not is None:
            allowance = Allowance(night, web, limited=chosen.limited)
            await _look_at_links(night, web, allowance, notebook, chosen.links)
            if waiting := chosen.waiting + allowance.refused:
                words = "1 link waits" if waiting == 1 else f"{waiting} links wait"
                night.voice.say(f"check: {words} for another night")
            for host in notebook.settle_outages(night.settings.links.outage):
                night.voice.say(f"check: {host} seems to be down as a whole: no look counts")
            seen = observations.looked_at(notebook.warehouse, night.night)
            for observation in _refusals(night, wanted, seen):
                notebook.note(observation)
            why_not = await trouble(web, night) if chosen.links else None
        return why_not, web.requests


async def _look_at_links(
    night: Night, web: Web, allowance: Allowance, notebook: Notebook, chosen: Sequence[Link]
) -> None:
    known, pages = split(chosen)
    loop = asyncio.get_running_loop()
    began = loop.time()
    with night.voice.steps("links", len(chosen)) as advance:

        def note(observation: Observation) -> None:
            notebook.note(observation)
            advance()

        _, bound = await asyncio.gather(
            _ask_authorities(night, allowance.ask, notebook, known, note),
            look_at(pages, _session(night, web, allowance, notebook, pages), note),
        )
    notebook.pace = (
        f"{len(pages)} pages took {loop.time() - began:.1f} s with second looks, "
        f"{bound.once_s:.1f} s of it to look at each once; no order of looks could have taken "
        f"less than {bound.seconds:.1f} s ({bound.why})"
    )


async def _ask_authorities(
    night: Night,
    ask: Ask,
    notebook: Notebook,
    known: Mapping[str, Sequence[Link]],
    note: Callable[[Observation], None],
) -> None:
    for name, links in known.items():
        report = await authority(name).observe(
            links,
            settings=asked_with(name, night),
            ask=asked_by(name, night, ask, notebook.warehouse, notebook.keep_told),
            now=night.now(),
            night=night.night,
        )
        histories = observations.histories(notebook.warehouse, [link.key for link in links])
        for observation in report.observations:
            note(recognised(observation, histories.get(observation.link, ())))
        if report.note:
            night.voice.say(f"check: {name}: {report.note}")


def _session(
    night: Night, web: Web, allowance: Allowance, notebook: Notebook, pages: Sequence[Link]
) -> Session:
    keys = [link.key for link in pages]
    each = observations.each_history(notebook.warehouse, keys)
    look = _look_of(night, web, notebook)
    return Session(
        ask=lambda url: look(url, ALONE),
        night=night.night,
        now=night.now,
        sleep=night.sleep,
        concurrency=night.settings.web.concurrency,
        second_look_s=night.settings.links.second_look_s,
        patience_nights=night.settings.links.outage.patience_nights,
        pasts={key: past(history) for key, history in each},
        siblings=siblings.remembered(notebook.warehouse, night.night),
        keep=notebook.keep,
        revisit=_revisits(night, look, notebook).look,
        affords=allowance.affords,
        gates=web.gates,
        silent_after=max(8, night.settings.links.outage.least_links),
    )


def _revisits(night: Night, look: AskIf, notebook: Notebook) -> Revisits:
    known = validators.remembered(notebook.warehouse, night.night)
    every = night.settings.links.unconditional_every
    return Revisits(look, night.night, known=known, keep=notebook.keep_validators, every=every)


def _look_of(night: Night, web: Web, notebook: Notebook) -> AskIf:
    """How a page is looked at: as its host's robots.txt allows, or as if there were none."""
    if not night.settings.web.robots:
        return lambda url, conditions: web.look(url, conditions=conditions)
    known = robots.remembered(notebook.warehouse, night.night)
    return Manners(web, night.night, known=known, keep=notebook.keep_robots).look


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


def _objection(night: Night, warehouse: Warehouse, run_id: int, wanted: ToLookAt) -> str | None:
    """Why tonight's looks are not to be believed; None if they are."""
    seen = observations.looked_at(warehouse, night.night) & wanted.links.keys()
    histories = observations.histories(warehouse, seen, pending_run=run_id)
    tonight = [looks[-1] for looks in histories.values() if looks[-1].night == night.night]
    return objection(tonight, histories, night.night, night.settings.links.gate)


def _finish(
    night: Night,
    notebook: Notebook,
    wanted: ToLookAt,
    requests: int,
    why_not: str | None,
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
        before = verdicts.latest(warehouse)
        after = concluded(night, warehouse, [*wanted.links, *wanted.refused])
        verdicts.record(warehouse, notebook.run_id, night.night, after.values())
        manners.note(warehouse, notebook.run_id, manner(night))
    return sum(_state(before.get(key)) is not after[key].state for key in after)


def _state(verdict: Verdict | None) -> State:
    return State.UNCHECKED if verdict is None else verdict.state
