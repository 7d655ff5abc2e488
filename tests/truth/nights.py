"""Nights of the whole pipeline on a played web, with what was concluded and asked on each."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from staycurrent.flows.check import check
from staycurrent.flows.endings import ending
from staycurrent.flows.night import Night, NotJudged, night_of, still
from staycurrent.flows.render import render, write
from staycurrent.flows.status import status
from staycurrent.flows.voice import Silence
from staycurrent.links.verdict import State
from staycurrent.web.carrier import PinnedTransport
from staycurrent.web.client import Web
from staycurrent.web.play import Host, Page, Reply, Scenario
from staycurrent.web.policy import Policy
from tests.web_of_tests.listeners import NETWORK
from tests.web_of_tests.resolver import PlayedResolver
from tests.web_of_tests.server import Server

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
[links.pace]
alive_every = 1
failing_every = 1
settled_every = 1
[sources.github_trending]
enabled = false
[sources.papers_with_code]
enabled = false
[sources.weekly_papers]
enabled = false
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is said of one link on one night."""

    verdict: State
    flag: str | None
    suggestion: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Nightfall:
    """One night as it ended."""

    shown: Mapping[str, Shown]
    """By the address as it stands in the list."""
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
        rows = status(night).links
        shown = {
            row.url: Shown(row.verdict.state, row.flag, row.verdict.suggestion, row.verdict.reason)
            for row in rows
        }
        return Nightfall(shown, Counter(one.host for one in arrived), code, sentence)

    def rendered(self, number: int) -> str:
        """The list's text after it was written on a night."""
        night = self.surroundings(number)
        write(render(night))
        return night.lists[0].read_text(encoding="utf-8")

    def surroundings(self, number: int) -> Night:
        """What a run of that night is given."""
        clock = still(FIRST + timedelta(days=number - 1))
        night = night_of(self.folder / "staycurrent.toml", clock, Silence(), environment={})
        return replace(night, open_web=self._open_web)

    def _open_web(self, policy: Policy, _night: date) -> AbstractAsyncContextManager[Web]:
        return edge(self.server, policy)


@asynccontextmanager
async def edge(server: Server, policy: Policy) -> AsyncIterator[Web]:
    """The real edge, its guard open for the test web; names are looked up anew every night."""
    own = replace(policy, allow_networks=(NETWORK, UNREACHABLE))
    transport = PinnedTransport(own, tls=server.certificates.client, ports=server.ports)
    yield Web(own, transport=transport, resolver=PlayedResolver(server))


def _ended(night: Night) -> tuple[int, str]:
    try:
        check(night)
    except NotJudged as reason:
        return ending(reason)
    return 0, ""


def canaries() -> Scenario:
    """The pages that always answer."""
    hosts = tuple(Host(f"canary-{number}.test") for number in range(1, 6))
    html = (("content-type", "text/html"),)
    return Scenario(
        hosts,
        tuple(
            Page(url, Reply(200, html, f"<title>Canary {number}</title>".encode()))
            for number, url in enumerate(CANARIES)
        ),
    )


def lay_out(folder: Path, urls: Sequence[str]) -> None:
    """A list with one entry for each address, and the settings."""
    entries = (f"- [Entry {n}](<{url}>) - As it is." for n, url in enumerate(urls, 1))
    text = "\n".join(["# Truth", "", *entries, ""])
    (folder / "list.md").write_text(text, encoding="utf-8")
    (folder / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
