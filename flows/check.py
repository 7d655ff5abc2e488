"""The verb `check`: looks at the links that are due, and notes what came."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.asking import asked_by, asked_with, authority
from flows.canaries import trouble
from flows.conclude import concluded, manner
from flows.listing import ToLookAt, read_lists, to_look_at
from flows.night import Night, NotJudged
from links.authorities.github_memory import Told
from links.authorities.registry import split
from links.due import due
from links.link import Link
from links.night import objection
from links.observation import Observation, Outcome
from links.outage import Outage, host_of, without_outages
from links.past import past
from links.probe import Session, look_at
from links.sibling import Sibling
from links.takeover import recognised
from links.verdict import State, Verdict
from warehouse import manners, observations, repositories, robots, runs, siblings, verdicts
from warehouse.open import Warehouse, open_warehouse
from warehouse.runs import RunStatus
from web.address import Fault
from web.answer import Answer
from web.client import Web
from web.manners import Manners
from web.robots import Robots

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """Which links a check is about."""

    everything: bool = False
    """All links, whether due or not."""
    host: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check did."""

    run_id: int
    links: int
    looked_at: int
    requests: int
    changed: int
    """Verdicts that differ from the night before."""


def check(night: Night, scope: Scope = Scope()) -> CheckReport:
    """Look at what is due and conclude; raises NotJudged where tonight proves nothing."""
    wanted = to_look_at(read_lists(night), night)
    with open_warehouse(night.warehouse) as warehouse:
        chosen = _chosen(night, warehouse, wanted, scope)
        total = len(wanted.links) + len(wanted.refused)
        with warehouse.transaction():
            run_id = runs.begin(warehouse, night=night.night, started_at=night.now(), links=total)
        night.voice.say(f"check: {len(chosen)} of {total} links are due")
        notebook = _Notebook(warehouse, run_id)
        why_not, requests = asyncio.run(_look(night, notebook, wanted, chosen))
        notebook.flush()
        why_not = why_not or _objection(night, warehouse, run_id, wanted)
        changed = _finish(night, notebook, wanted, requests, why_not)
    if why_not is not None:
        raise NotJudged(why_not)
    night.voice.say(f"check: {notebook.noted} looked at, {changed} verdicts changed")
    return CheckReport(run_id, total, notebook.noted, requests, changed)


def _chosen(night: Night, warehouse: Warehouse, wanted: ToLookAt, scope: Scope) -> tuple[Link, ...]:
    """The links to look at now: due, in scope, and not looked at tonight already."""
    seen = observations.looked_at(warehouse, night.night)
    keys: Collection[str] = [key for key in wanted.links if key not in seen]
    if not scope.everything:
        histories = observations.histories(warehouse, list(wanted.links))
        states = {key: one.state for key, one in verdicts.latest(warehouse).items()}
        keys = due(keys, histories, states, night.night, night.settings.links.pace)
    chosen = [wanted.links[key] for key in keys]
    if scope.host is not None:
        chosen = [link for link in chosen if link.host == scope.host.lower()]
    return tuple(chosen[: scope.limit])


class _Notebook:
    """What was seen, on its way to the warehouse in batches of one transaction each."""

    def __init__(self, warehouse: Warehouse, run_id: int) -> None:
        self.warehouse = warehouse
        self.run_id = run_id
        self.noted = 0
        self._waiting: list[Observation] = []
        self._weak: list[Observation] = []
        self._tally: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self._siblings: list[Sibling] = []
        self._robots: list[Robots] = []
        self._told: list[Told] = []

    def note(self, observation: Observation) -> None:
        self._tally[host_of(observation)][observation.outcome] += 1
        if observation.outcome.is_weak:
            self._weak.append(observation)  # until the night shows whether its host is down
        else:
            self._write(observation)

    def settle_outages(self, outage: Outage) -> tuple[str, ...]:
        """Write down the weak looks, but those at hosts that are down; the names of these."""
        histories = observations.histories(self.warehouse, [one.link for one in self._weak])
        kept, down = without_outages(self._weak, self._tally, histories, outage)
        self._weak.clear()
        for observation in kept:
            self._write(observation)
        return down

    def _write(self, observation: Observation) -> None:
        self._waiting.append(observation)
        self.noted += 1
        if len(self._waiting) >= _BATCH:
            self.flush()

    def keep(self, sibling: Sibling) -> None:
        self._siblings.append(sibling)

    def keep_robots(self, one: Robots) -> None:
        self._robots.append(one)

    def keep_told(self, one: Told) -> None:
        self._told.append(one)

    def flush(self) -> None:
        with self.warehouse.transaction():
            observations.add(self.warehouse, self.run_id, self._waiting)
            siblings.add(self.warehouse, self.run_id, self._siblings)
            robots.add(self.warehouse, self.run_id, self._robots)
            repositories.add(self.warehouse, self.run_id, self._told)
        for written in (self._waiting, self._siblings, self._robots, self._told):
            written.clear()


async def _look(
    night: Night, notebook: _Notebook, wanted: ToLookAt, chosen: Sequence[Link]
) -> tuple[str | None, int]:
    """Canaries, looks, canaries; why tonight is not to be judged (or None), and requests."""
    async with night.open_web(night.settings.web, night.night) as web:
        why_not = await trouble(web, night)
        if why_not is None:
            await _look_at_links(night, web, notebook, chosen)
            for host in notebook.settle_outages(night.settings.links.outage):
                night.voice.say(f"check: {host} seems to be down as a whole: no look counts")
            seen = observations.looked_at(notebook.warehouse, night.night)
            for observation in _refusals(night, wanted, seen):
                notebook.note(observation)
            why_not = await trouble(web, night) if chosen else None
        return why_not, web.requests


async def _look_at_links(
    night: Night, web: Web, notebook: _Notebook, chosen: Sequence[Link]
) -> None:
    known, pages = split(chosen)
    with night.voice.steps("links", len(chosen)) as advance:

        def note(observation: Observation) -> None:
            notebook.note(observation)
            advance()

        await asyncio.gather(
            _ask_authorities(night, web, notebook, known, note),
            look_at(pages, _session(night, web, notebook, pages), note),
        )


async def _ask_authorities(
    night: Night,
    web: Web,
    notebook: _Notebook,
    known: Mapping[str, Sequence[Link]],
    note: Callable[[Observation], None],
) -> None:
    for name, links in known.items():
        report = await authority(name).observe(
            links,
            settings=asked_with(name, night),
            ask=asked_by(name, night, web.ask, notebook.warehouse, notebook.keep_told),
            now=night.now(),
            night=night.night,
        )
        histories = observations.histories(notebook.warehouse, [link.key for link in links])
        for observation in report.observations:
            note(recognised(observation, histories.get(observation.link, ())))
        if report.note:
            night.voice.say(f"check: {name}: {report.note}")


def _session(night: Night, web: Web, notebook: _Notebook, pages: Sequence[Link]) -> Session:
    keys = [link.key for link in pages]
    each = observations.each_history(notebook.warehouse, keys)
    return Session(
        ask=_look_of(night, web, notebook),
        night=night.night,
        now=night.now,
        sleep=night.sleep,
        concurrency=night.settings.web.concurrency,
        second_look_s=night.settings.links.second_look_s,
        patience_nights=night.settings.links.outage.patience_nights,
        pasts={key: past(history) for key, history in each},
        siblings=siblings.remembered(notebook.warehouse, night.night),
        keep=notebook.keep,
    )


def _look_of(night: Night, web: Web, notebook: _Notebook) -> Callable[[str], Awaitable[Answer]]:
    """How a page is looked at: as its host's robots.txt allows, or as if there were none."""
    if not night.settings.web.robots:
        return web.ask
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
    notebook: _Notebook,
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
