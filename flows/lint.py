"""The verb `lint`: one look at the links that a change adds; without a memory, so no verdict."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from staycurrent.curated.added import added, twins
from staycurrent.curated.document import parse
from staycurrent.curated.finding import FindingKind
from staycurrent.curated.place import Place
from staycurrent.flows.asking import asked_with, authority
from staycurrent.flows.checkout.git import Git
from staycurrent.flows.checkout.repository import path_in, repository
from staycurrent.flows.exits import BadUsage
from staycurrent.flows.findings import all_findings
from staycurrent.flows.listing import Listed, is_ignored, key_of, read_lists
from staycurrent.flows.looks.canaries import trouble
from staycurrent.flows.night import Night
from staycurrent.links.authorities.registry import split
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation
from staycurrent.links.probe import Session, look_at
from staycurrent.reports.added import Finding, Kind, told
from staycurrent.reports.counting import plural
from staycurrent.reports.status import FindingRow
from staycurrent.web.address import Fault
from staycurrent.web.client import Web
from staycurrent.web.manners import Manners
from staycurrent.web.robots import Robots

_OF_DOCUMENT = {
    FindingKind.MALFORMED: Kind.MALFORMED,
    FindingKind.EMPTY: Kind.MALFORMED,
    FindingKind.BROKEN_ANCHOR: Kind.BROKEN_ANCHOR,
    FindingKind.MISSING_FILE: Kind.MISSING_FILE,
    FindingKind.RUNS_ON: Kind.RUNS_ON,
}


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found of what a change adds."""

    findings: tuple[Finding, ...]
    """In the order of the lists."""
    added: int
    """Places."""
    why_not: str | None = None
    """Why no look at the network is to be believed now; what the document itself tells stands."""

    @property
    def summary(self) -> str:
        """One line on it."""
        beside = f"; no page was looked at: {self.why_not}" if self.why_not else ""
        return (
            f"{plural(self.added, 'link')} added, {plural(len(self.findings), 'finding')}{beside}"
        )


@dataclass(frozen=True, slots=True)
class _New:
    """A place that the change adds."""

    path: str
    place: Place
    said: tuple[tuple[Kind, str, str | None], ...]
    """What the document itself tells of it: kind, message and suggestion."""


def lint(night: Night, base: str) -> Linted:
    """Look at what the lists say beyond what they said at `base`, a name that git knows.

    Reads no warehouse and writes nothing. Raises BadUsage for a base that is not there.
    """
    lists = read_lists(night)
    git = repository(night.lists)
    commit = _commit(git, base)
    new = [one for listed in lists for one in _added(night, git, commit, listed)]
    asked = _to_ask(night, new)
    why_not, looks = asyncio.run(_look(night, asked)) if asked else (None, {})
    found = [one for each in new for one in _findings(each, looks)]
    return Linted(tuple(found), len(new), why_not)


def _commit(git: Git, base: str) -> str:
    said = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if said.code:
        raise BadUsage(
            f"--base {base}: there is no such commit here; fetch it first "
            "(on a runner: `fetch-depth: 2`, and `--base HEAD^1`)"
        )
    return said.text


def _added(night: Night, git: Git, commit: str, listed: Listed) -> Iterator[_New]:
    path, document = path_in(git, listed.path), listed.document
    said = git.run("cat-file", "blob", f"{commit}:{path}")
    before = parse(said.out) if said.code == 0 else None
    places = added(before, document, key_of)
    notes = _notes(night, listed) if places else {}
    others = twins(document, places)
    for place in places:
        own = [
            (kind, one.message.removeprefix(f"{place.url} "), one.suggestion)
            for kind, one in notes.get((place.line, place.column), ())
        ]
        if place in others:
            own.append((Kind.DUPLICATE, f"stands on line {others[place].line} already", None))
        yield _New(path, place, tuple(own))


def _notes(night: Night, listed: Listed) -> dict[tuple[int, int], list[tuple[Kind, FindingRow]]]:
    """What is wrong with addresses as the document writes them, by line and column."""
    notes: dict[tuple[int, int], list[tuple[Kind, FindingRow]]] = {}
    for one in all_findings([listed], night.night):
        kind = _OF_DOCUMENT.get(one.kind)
        if kind is not None:
            notes.setdefault((one.line, one.column), []).append((kind, one))
    return notes


def _to_ask(night: Night, new: Iterable[_New]) -> dict[str, Link]:
    """What may be asked for, each address once."""
    asked = (link(one.place.url) for one in new if not is_ignored(one.place, night))
    return {one.key: one for one in asked if isinstance(one, Link)}


async def _look(
    night: Night, asked: Mapping[str, Link]
) -> tuple[str | None, dict[str, Observation]]:
    """Why nothing is to be believed now, or None; and what was seen, by key."""
    looks: dict[str, Observation] = {}

    def note(look: Observation) -> None:
        looks[look.link] = look

    async with night.open_web(night.settings.web, night.night) as web:
        why_not = await trouble(web, night)
        if why_not is None:
            known, pages = split(asked.values())
            await asyncio.gather(
                _ask_authorities(night, web, known, note),
                look_at(pages, _session(night, web), note),
            )
    return why_not, looks


async def _ask_authorities(
    night: Night,
    web: Web,
    known: Mapping[str, Sequence[Link]],
    note: Callable[[Observation], None],
) -> None:
    for name, links in known.items():
        settings = asked_with(name, night)
        report = await authority(name).observe(
            links, settings=settings, ask=web.ask, now=night.now(), night=night.night
        )
        for look in report.observations:
            note(look)
        if report.note:
            night.voice.say(f"lint: {name}: {report.note}")


def _session(night: Night, web: Web) -> Session:
    ask = Manners(web, night.night, known={}, keep=_forgotten).look
    return Session(
        ask=ask if night.settings.web.robots else web.ask,
        night=night.night,
        now=night.now,
        sleep=night.sleep,
        concurrency=night.settings.web.concurrency,
        second_look_s=night.settings.links.second_look_s,
    )


def _forgotten(_: Robots) -> None:
    """Keep nothing: there is no other night."""


def _findings(new: _New, looks: Mapping[str, Observation]) -> Iterator[Finding]:
    """Everything to be said of one place."""
    place, said = new.place, list(new.said)
    asked = link(place.url)
    if isinstance(asked, Link):
        look = looks.get(asked.key)
        shown = told(look) if look else None
        said += [shown] if shown else []
    elif asked.fault is Fault.REFUSED:
        said.append((Kind.PRIVATE, f"is not looked at: {asked.why}", None))
    for kind, message, suggestion in said:
        yield Finding(kind, new.path, place.line, place.column, place.url, message, suggestion)
