"""The verb `lint`: one look at the links that a change adds; without a memory, so no verdict."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from staycurrent.curated.changes import added_occurrences
from staycurrent.curated.document import parse
from staycurrent.curated.lint import FindingKind, duplicates_of
from staycurrent.curated.occurrence import Occurrence
from staycurrent.flows.checking.connectivity import connectivity_error
from staycurrent.flows.checking.providers import provider, provider_settings
from staycurrent.flows.checkout.git import Git
from staycurrent.flows.checkout.repository import path_in, repository
from staycurrent.flows.context import RunContext
from staycurrent.flows.document_findings import document_findings
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import ListDocument, is_ignored, link_key, read_lists
from staycurrent.links.authorities.registry import split
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation
from staycurrent.links.probe import Session, look_at
from staycurrent.reports.lint_report import LintFinding, LintKind, describe_observation
from staycurrent.reports.model import FindingRow
from staycurrent.reports.text import plural
from staycurrent.web.address import UrlProblem
from staycurrent.web.client import Client
from staycurrent.web.robots import RobotsPolicy, RobotsTxt

_OF_DOCUMENT = {
    FindingKind.MALFORMED: LintKind.MALFORMED,
    FindingKind.EMPTY: LintKind.MALFORMED,
    FindingKind.BROKEN_ANCHOR: LintKind.BROKEN_ANCHOR,
    FindingKind.MISSING_FILE: LintKind.MISSING_FILE,
    FindingKind.RUNS_ON: LintKind.RUNS_ON,
}


@dataclass(frozen=True, slots=True)
class LintResult:
    """What was found of what a change adds."""

    findings: tuple[LintFinding, ...]
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
    place: Occurrence
    said: tuple[tuple[LintKind, str, str | None], ...]
    """What the document itself tells of it: kind, message and suggestion."""


def lint(night: RunContext, base: str) -> LintResult:
    """Look at what the lists say beyond what they said at `base`, a name that git knows.

    Reads no warehouse and writes nothing. Raises BadUsage for a base that is not there.
    """
    lists = read_lists(night)
    git = repository(night.list_paths)
    commit = _commit(git, base)
    new = [one for listed in lists for one in _added(night, git, commit, listed)]
    asked = _to_ask(night, new)
    why_not, looks = asyncio.run(_look(night, asked)) if asked else (None, {})
    found = [one for each in new for one in _findings(each, looks)]
    return LintResult(tuple(found), len(new), why_not)


def _commit(git: Git, base: str) -> str:
    said = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if said.code:
        raise UsageError(
            f"--base {base}: there is no such commit here; fetch it first "
            "(on a runner: `fetch-depth: 2`, and `--base HEAD^1`)"
        )
    return said.text


def _added(night: RunContext, git: Git, commit: str, listed: ListDocument) -> Iterator[_New]:
    path, document = path_in(git, listed.path), listed.document
    said = git.run("cat-file", "blob", f"{commit}:{path}")
    before = parse(said.out) if said.code == 0 else None
    places = added_occurrences(before, document, link_key)
    notes = _notes(night, listed) if places else {}
    others = duplicates_of(document, places)
    for place in places:
        own = [
            (kind, one.message.removeprefix(f"{place.url} "), one.suggestion)
            for kind, one in notes.get((place.line, place.column), ())
        ]
        if place in others:
            own.append((LintKind.DUPLICATE, f"stands on line {others[place].line} already", None))
        yield _New(path, place, tuple(own))


def _notes(
    night: RunContext, listed: ListDocument
) -> dict[tuple[int, int], list[tuple[LintKind, FindingRow]]]:
    """What is wrong with addresses as the document writes them, by line and column."""
    notes: dict[tuple[int, int], list[tuple[LintKind, FindingRow]]] = {}
    for one in document_findings([listed], night.run_date):
        kind = _OF_DOCUMENT.get(one.kind)
        if kind is not None:
            notes.setdefault((one.line, one.column), []).append((kind, one))
    return notes


def _to_ask(night: RunContext, new: Iterable[_New]) -> dict[str, Link]:
    """What may be asked for, each address once."""
    asked = (link(one.place.url) for one in new if not is_ignored(one.place, night))
    return {one.key: one for one in asked if isinstance(one, Link)}


async def _look(
    night: RunContext, asked: Mapping[str, Link]
) -> tuple[str | None, dict[str, Observation]]:
    """Why nothing is to be believed now, or None; and what was seen, by key."""
    looks: dict[str, Observation] = {}

    def note(look: Observation) -> None:
        looks[look.link] = look

    async with night.open_client(night.settings.web, night.run_date) as web:
        why_not = await connectivity_error(web, night)
        if why_not is None:
            known, pages = split(asked.values())
            await asyncio.gather(
                _ask_authorities(night, web, known, note),
                look_at(pages, _session(night, web), note),
            )
    return why_not, looks


async def _ask_authorities(
    night: RunContext,
    web: Client,
    known: Mapping[str, Sequence[Link]],
    note: Callable[[Observation], None],
) -> None:
    for name, links in known.items():
        settings = provider_settings(name, night)
        report = await provider(name).observe(
            links, settings=settings, ask=web.request, now=night.now(), night=night.run_date
        )
        for look in report.observations:
            note(look)
        if report.note:
            night.reporter.info(f"lint: {name}: {report.note}")


def _session(night: RunContext, web: Client) -> Session:
    ask = RobotsPolicy(web, night.run_date, cached={}, save=_forgotten).fetch
    return Session(
        ask=ask if night.settings.web.robots else web.request,
        night=night.run_date,
        now=night.now,
        sleep=night.sleep,
        concurrency=night.settings.web.concurrency,
        second_look_s=night.settings.links.second_look_s,
    )


def _forgotten(_: RobotsTxt) -> None:
    """Keep nothing: there is no other night."""


def _findings(new: _New, looks: Mapping[str, Observation]) -> Iterator[LintFinding]:
    """Everything to be said of one place."""
    place, said = new.place, list(new.said)
    asked = link(place.url)
    if isinstance(asked, Link):
        look = looks.get(asked.key)
        shown = describe_observation(look) if look else None
        said += [shown] if shown else []
    elif asked.problem is UrlProblem.REFUSED:
        said.append((LintKind.PRIVATE, f"is not looked at: {asked.reason}", None))
    for kind, message, suggestion in said:
        yield LintFinding(kind, new.path, place.line, place.column, place.url, message, suggestion)
