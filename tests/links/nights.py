"""Nights of looks at a played web, with the memory that the warehouse would keep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.past import past
from staycurrent.links.probe import Session, look_at
from staycurrent.links.revisit import Revisits, Validators
from staycurrent.links.settings import Rules
from staycurrent.links.sibling import Sibling
from staycurrent.links.verdict import State, judge
from staycurrent.web.play import Scenario
from tests.web_of_tests.fixture import Played, played

FIRST = date(2026, 11, 1)
NOW = datetime.fromisoformat("2026-11-01T02:00:00+00:00")


@dataclass(slots=True)
class Told:
    """What the nights brought."""

    histories: dict[str, list[Observation]] = field(default_factory=dict)
    siblings: dict[str, Sibling] = field(default_factory=dict)
    validators: dict[str, Validators] = field(default_factory=dict)
    requests: dict[int, int] = field(default_factory=dict)
    """By night."""

    def outcomes(self, url: str) -> list[Outcome]:
        return [look.outcome for look in self.histories[_link(url).key]]

    def statuses(self, url: str) -> list[int | None]:
        return [look.status for look in self.histories[_link(url).key]]

    def state(self, url: str) -> State:
        key = _link(url).key
        return judge(key, self.histories[key], Rules()).state

    def evidence(self, url: str) -> str:
        """Of the last night."""
        return self.histories[_link(url).key][-1].evidence


async def told(
    scenario: Scenario, urls: Sequence[str], nights: Iterable[int], *, revisits: bool = False
) -> Told:
    """Look at the links once on each of these nights; `revisits`: asking whether they changed."""
    memory = Told()
    with played(scenario) as it:
        for night in nights:
            await _night(it, memory, [_link(url) for url in urls], night, revisits=revisits)
    return memory


async def _night(
    it: Played, memory: Told, links: Sequence[Link], night: int, *, revisits: bool
) -> None:
    it.server.play(night)
    it.server.forget()
    web = it.web()
    again = Revisits(
        lambda url, conditions: web.look(url, conditions=conditions),
        FIRST + timedelta(night - 1),
        known=dict(memory.validators),
        keep=lambda one: memory.validators.update({one.link: one}),
        every=4,
    )
    session = Session(
        ask=web.ask,
        night=FIRST + timedelta(night - 1),
        now=lambda: NOW,
        sleep=_no_sleep,
        concurrency=4,
        second_look_s=0,
        pasts={key: past(looks) for key, looks in memory.histories.items()},
        siblings=dict(memory.siblings),
        keep=lambda one: memory.siblings.update({one.folder: one}),
        revisit=again.look if revisits else None,
    )
    await look_at(
        links, session, lambda look: memory.histories.setdefault(look.link, []).append(look)
    )
    memory.requests[night] = len(it.server.requests)


def _link(url: str) -> Link:
    found = link(url)
    assert isinstance(found, Link)
    return found


async def _no_sleep(_seconds: float) -> None:
    return
