"""The behaviours of links as data: what a server does night after night, and what we must say."""

import sys
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from staycurrent.curated.save import replace_atomically
from staycurrent.flows.commands.check import check
from staycurrent.flows.commands.demo import LED_OFF
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.errors import NotJudged, exit_status
from staycurrent.flows.rendering import render
from staycurrent.flows.reporter import Reporter
from staycurrent.links.verdict import VerdictState
from staycurrent.web.address import Address, parse
from staycurrent.web.client import Client
from staycurrent.web.replay.scenario import (
    Dns,
    Fault,
    HostRule,
    PageRule,
    Ranges,
    ReplayResponse,
    Scenario,
    Tcp,
    parse_scenario,
)
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Transport
from tests.support.folder import FEEDS_OFF, with_database
from tests.support.web_server import NETWORK, PlayedResolver, Server

FILES = Path(__file__).parents[1] / "truth" / "behaviours"
WITNESSES = FILES.with_name("witnesses.toml")
NOT_JUDGED = "not judged"
NIGHTS = 15


@dataclass(frozen=True)
class Case:
    """One behaviour and the right conclusion from it; `behaviours/*.toml` has them all."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    what: str
    """What the server does, for the table in the docs."""
    verdict: str
    """Of every link of the case; `not judged` where the whole night must be dropped."""
    links: tuple[str, ...]
    """As they are in the list; `*` stands for the numbers 1 to `many`."""
    many: int = 1
    filler: int = 0
    """`*` stands for so many letters instead."""
    flag: str | None = None
    """What the list shows; None: never anything."""
    begins: int = 1
    """The night on which the behaviour begins; `not_before` and `by` are counted from it."""
    not_before: int | None = None
    """First night of the behaviour on which the verdict may stand."""
    by: int | None = None
    """Night of the behaviour from which on it must stand."""
    stands: str = ""
    """Nights of the play on which it must stand; empty: from `by` on."""
    before: str | None = None
    """A flag that is right before this one."""
    then: str | None = None
    """The verdict in the end, where it is another one."""
    suggestion: str | None = None
    rest_is_judged: bool = False
    """Not judged are these links only, and not the night."""

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """The links written out."""
        return tuple(url for link in self.links for url in self._written_out(link))

    def _written_out(self, link: str) -> Iterator[str]:
        if "*" not in link:
            yield link
        elif self.filler:
            yield link.replace("*", "x" * self.filler)
        else:
            yield from (link.replace("*", str(number)) for number in range(1, self.many + 1))

    @property
    def hosts(self) -> frozenset[str]:
        """Names that the links go to."""
        found = (parse(url) for url in self.urls)
        return frozenset(one.host for one in found if isinstance(one, Address))

    @property
    def earliest(self) -> int:
        """First night of the play on which the verdict may stand."""
        return self.begins + (self.not_before or 1) - 1

    @property
    def latest(self) -> int:
        """Night of the play from which on it must stand."""
        return self.begins + (self.by or 1) - 1

    def must_stand_on(self, night: int) -> bool:
        """Whether the verdict must be right on this night of the play."""
        return night in Ranges.parse(self.stands) if self.stands else night >= self.latest


@dataclass(frozen=True, slots=True)
class Played:
    """A case with the web that it is played on."""

    case: Case
    scenario: Scenario
    family: str
    """Name of the file that it is in."""


@cache
def load_cases() -> tuple[Played, ...]:
    """Every case of every file; raises ScenarioError and pydantic's ValidationError."""
    return tuple(
        _played(table, file)
        for file in sorted(FILES.glob("*.toml"))
        for table in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    )


_CASE = TypeAdapter(Case)


def introduction(family: str) -> str:
    """What the first lines of a family's file say of it."""
    lines = (FILES / f"{family}.toml").read_text(encoding="utf-8").splitlines()
    return " ".join(line.removeprefix("# ") for line in takewhile(bool, lines))


def together(parts: tuple[Played, ...], more: Scenario) -> Scenario:
    """One web of many; `more` comes last, so that a rule of a case can stand before it.

    A robots.txt is there only where a case gives it: a rule for all of a host's addresses is
    about its pages.
    """
    scenarios = (*(part.scenario for part in parts), more)
    pages = tuple(page for one in scenarios for page in one.pages)
    given = tuple(page for page in pages if page.url.endswith("/robots.txt"))
    return Scenario(
        tuple(host for one in scenarios for host in one.hosts),
        (*given, PageRule("*/robots.txt", ReplayResponse(404)), *pages),
    )


def _played(table: Mapping[str, Any], file: Path) -> Played:
    web = {key: table[key] for key in ("host", "page") if key in table}
    fields = {key: value for key, value in table.items() if key not in web}
    case = _CASE.validate_python(fields)
    scenario = parse_scenario(web, name=f"{file.name}: {case.id}", folder=file.parent)
    there = tuple(HostRule(name) for name in sorted(case.hosts))
    return Played(case, Scenario((*scenario.hosts, *there), scenario.pages), file.stem)


FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)
UNREACHABLE = "ff0e::7e57:0/112"
"""Opened in the guard: Linux refuses these at once, as it does all IPv6 where there is none."""
CANARIES = tuple(f"https://canary-{number}.test/" for number in range(1, 6))
PER_HOST = 4
SETTINGS = f"""
[list]
paths = ["list.md"]
[web]
canaries = {list(CANARIES)}
timeout_s = 1.2
connect_timeout_s = 0.9
pause_s = 0
concurrency = 16
per_host = {PER_HOST}
slow_hosts = []
retry_after_max_s = 2
[links]
second_look_s = 0
[links.recheck]
alive_every = 1
failing_every = 1
settled_every = 1
[links.witness]
enabled = false
{FEEDS_OFF}{LED_OFF}"""
PATIENT = SETTINGS.replace("timeout_s = 1.2", "timeout_s = 60").replace("0.9", "30")
"""For servers that do answer, however busy this machine is."""
_WITHOUT_END = {Fault.HANG, Fault.DRIP, Fault.DRIP_BODY, Fault.ENDLESS}


def runs_out_of_time(part: Played) -> bool:
    """Whether only a deadline ends a check of the case."""
    hosts = part.scenario.hosts
    silent = any(one.dns is Dns.SILENT or one.tcp is Tcp.SILENT for one in hosts)
    return silent or any(one.response.fault in _WITHOUT_END for one in part.scenario.pages)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is said of one link on one night."""

    verdict: VerdictState
    flag: str | None
    suggestion: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Nightfall:
    """One night as it ended."""

    shown: Mapping[str, Shown]
    """By the address as it is in the list."""
    requests: Counter[str]
    """By host."""
    code: int
    sentence: str


@dataclass(slots=True)
class Play:
    """A folder with a list, and a server whose nights go by."""

    folder: Path
    server: Server
    nights: dict[int, Nightfall] = field(default_factory=dict)

    def go_on(self, numbers: Iterable[int]) -> None:
        """Play these nights, one after another."""
        for number in numbers:
            self.nights[number] = self._night(number)

    def _night(self, number: int) -> Nightfall:
        self.server.play(number)
        before = len(self.server.requests)
        night = self.surroundings(number)
        code, sentence = _ended(night)
        arrived = self.server.requests[before:]
        rows = with_database(status, night).links
        shown = {
            row.url: Shown(row.verdict.state, row.flag, row.verdict.suggestion, row.verdict.reason)
            for row in rows
        }
        return Nightfall(shown, Counter(one.host for one in arrived), code, sentence)

    def rendered(self, number: int) -> str:
        """The list's text after it was written on a night."""
        night = self.surroundings(number)
        (rendering,) = with_database(render, night)
        replace_atomically(rendering.path, rendering.before, rendering.after)
        return rendering.after.decode()

    def surroundings(self, number: int) -> RunContext:
        """What a run of that night is given."""
        clock = fixed_clock(FIRST + timedelta(days=number - 1))
        night = load_context(self.folder / "staycurrent.toml", clock, Reporter(), environment={})
        return replace(night, open_client=self._open_web)

    def _open_web(self, policy: WebSettings, _night: date) -> AbstractAsyncContextManager[Client]:
        return edge(self.server, policy)


@asynccontextmanager
async def edge(server: Server, policy: WebSettings) -> AsyncIterator[Client]:
    """The real edge, its guard open for the test web; names are looked up anew every night."""
    own = replace(policy, allow_networks=(NETWORK, UNREACHABLE))
    transport = Transport(own, ca_certificates=server.certificates.pem, ports=server.ports)
    yield Client(own, transport=transport, resolver=PlayedResolver(server))


def _ended(night: RunContext) -> tuple[int, str]:
    try:
        with_database(check, night)
    except NotJudged as reason:
        return exit_status(reason)
    return 0, ""


def canaries() -> Scenario:
    """The pages that always answer."""
    hosts = tuple(HostRule(f"canary-{number}.test") for number in range(1, 6))
    html = (("content-type", "text/html"),)
    return Scenario(
        hosts,
        tuple(
            PageRule(url, ReplayResponse(200, html, f"<title>Canary {number}</title>".encode()))
            for number, url in enumerate(CANARIES)
        ),
    )


def lay_out(folder: Path, urls: Sequence[str], settings: str = SETTINGS) -> None:
    """A list with one entry for each address, and the settings."""
    entries = (f"- [Entry {n}](<{url}>) - As it is." for n, url in enumerate(urls, 1))
    text = "\n".join(["# Truth", "", *entries, ""])
    (folder / "list.md").write_text(text, encoding="utf-8")
    (folder / "staycurrent.toml").write_text(settings, encoding="utf-8")


def mistakes(case: Case, nights: Mapping[int, Nightfall]) -> tuple[str, ...]:
    """Every wrong conclusion on the case's links, night by night."""
    return tuple(
        f"night {number}, {url[:80]}: {sentence}"
        for number, night in sorted(nights.items())
        for url in case.urls
        for sentence in _on_a_night(case, number, night.shown[url])
    )


def _on_a_night(case: Case, number: int, shown: Shown) -> Iterator[str]:
    if number < case.earliest:
        if shown.flag not in (None, case.before):
            yield f"flagged {shown.flag} before night {case.earliest}"
        if case.flag is not None and shown.verdict == case.verdict:
            yield f"called {shown.verdict} before night {case.earliest}"
    if shown.flag not in (None, case.flag, case.before):
        yield f"flagged {shown.flag}, which is never right here"
    if case.must_stand_on(number):
        yield from _must_stand(case, shown)
    if number == NIGHTS and case.suggestion not in (None, shown.suggestion):
        yield f"suggests {shown.suggestion}, it should be {case.suggestion}"
    if number == NIGHTS and case.then is not None:
        yield from _must_have_ended(case, shown)


def _must_stand(case: Case, shown: Shown) -> Iterator[str]:
    if shown.verdict != case.verdict:
        yield f"called {shown.verdict} ({shown.reason}), it is {case.verdict}"
    if shown.flag != case.flag:
        yield f"flag {shown.flag}, it should be {case.flag}"


def _must_have_ended(case: Case, shown: Shown) -> Iterator[str]:
    if shown.verdict != case.then or shown.flag is not None:
        yield f"called {shown.verdict} and flagged {shown.flag} in the end, it is {case.then}"


_HEAD = """\
# What staycurrent concludes

Written by `python -m tests.support.behaviours > docs/behaviours.md`; change
`tests/truth/behaviours/` instead. Every row is a test: a server does this for fifteen nights, over
real sockets, and the whole pipeline checks it once a night. Nights are counted from the first
one with this behaviour. The rules are in `[links.rules]` of the settings. There are {count}
behaviours.
"""
_COLUMNS = (
    "| behaviour | what the server does | verdict | in the list | when |\n|---|---|---|---|---|"
)

_WITNESSES = """\
## Second witnesses

What others know about a link that is about to be flagged (`tests/truth/witnesses.toml`, played for
thirty nights by `tests/links/test_witness.py`). If they are down, slow or wrong, nothing is flagged
sooner than by the nights of the rules, and nothing more than seven nights later.

| behaviour | what this machine gets, and what others know | verdict | when |
|---|---|---|---|"""


def table() -> str:
    """The whole page, markdown."""
    parts = load_cases()
    sections = [
        "\n".join(_section(family, [part.case for part in group]))
        for family, group in groupby(parts, key=lambda part: part.family)
    ]
    return "\n".join([_HEAD.format(count=len(parts)), *sections, *_witnesses()])


def _witnesses() -> Iterator[str]:
    """The section of `truth/witnesses.toml`, whose cases are not played over sockets."""
    yield _WITNESSES
    for case in tomllib.loads(WITNESSES.read_text(encoding="utf-8"))["case"]:
        nights = case.get("dead_after")
        cells = ("dead", f"night {nights}") if nights else ("suspect", "never flagged in 30 nights")
        yield f"| `{case['id']}` | {case['what']} | {' | '.join(cells)} |"
    yield ""


def _section(family: str, cases: list[Case]) -> Iterator[str]:
    yield f"## {family.capitalize()}\n\n{introduction(family)}\n\n{_COLUMNS}"
    for case in cases:
        cells = (f"`{case.id}`", case.what, case.verdict, case.flag or "", _when(case))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _when(case: Case) -> str:
    if case.verdict == NOT_JUDGED:
        return (
            "only these links are left out" if case.rest_is_judged else "exit 75, nothing written"
        )
    ending = "; the flag goes when the page works again" if case.then else ""
    if case.by is None:
        return "at once" if case.flag else "never flagged"
    if case.by == case.not_before:
        return f"night {case.by}{ending}"
    return f"by night {case.by}, not before night {case.not_before}{ending}"


if __name__ == "__main__":
    sys.stdout.write(table())
