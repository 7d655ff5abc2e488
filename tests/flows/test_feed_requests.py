"""What servers see of the feeds: one request a page and night, conditional, apart, with a name."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from staycurrent.flows.commands.pull import pull
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import Settings
from staycurrent.web.client import Client
from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Transport
from tests.support.folder import trending, with_database
from tests.support.values import daily_row
from tests.support.web_server import NETWORK, PlayedResolver, Server, host_openings

MONDAY = datetime.fromisoformat("2026-11-02T02:00:00+00:00")
DAYS = [date(2026, 10, 26) + timedelta(days=n) for n in range(5)]
TRENDING = "https://github.com/trending"
DAILY = "https://huggingface.co/api/daily_papers"
ETAG = '"v1"'
PAUSE_S = 0.2
SETTINGS = f"""
[web]
pause_s = 0
slow_hosts = ["huggingface.co={PAUSE_S}"]
[sources.github_trending]
languages = []
"""


def html(body: str, *more: tuple[str, str]) -> ReplayResponse:
    return ReplayResponse(200, (("content-type", "text/html"), *more), body.encode())


def papers(day: date) -> ReplayResponse:
    first = 100 * day.day
    rows = [daily_row(number, day) for number in range(first, first + 10)]
    return ReplayResponse(200, (("content-type", "application/json"),), json.dumps(rows).encode())


def scenario() -> Scenario:
    """The APIs for papers are down but for the daily lists, which then two feeds want."""
    names = ("paperswithcode.co", "raw.githubusercontent.com", "rss.arxiv.org", "arxiv.org")
    pages = (
        PageRule(TRENDING, ReplayResponse(304), needs=(("if-none-match", ETAG),)),
        PageRule(TRENDING, html(trending("a/one", "b/two"), ("etag", ETAG))),
        *(PageRule(f"{DAILY}?date={day}&limit=100", papers(day)) for day in DAYS),
    )
    return Scenario(tuple(HostRule(name) for name in names), pages)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(scenario()) as playing:
        yield playing


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    server.forget()
    (tmp_path / "curated.md").write_text("# A list\n", encoding="utf-8")
    (tmp_path / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def night(folder: Path, server: Server, number: int = 0) -> RunContext:
    """One night's surroundings, with the real edge aimed at the played web."""

    def aimed(policy: WebSettings, _night: date) -> AbstractAsyncContextManager[Client]:
        return edge(server, policy)

    clock = fixed_clock(MONDAY + timedelta(days=number))
    made = load_context(folder / "staycurrent.toml", clock, Reporter(), environment={})
    return replace(made, open_client=aimed)


@asynccontextmanager
async def edge(server: Server, policy: WebSettings) -> AsyncIterator[Client]:
    own = replace(policy, allow_networks=(NETWORK,))
    transport = Transport(own, ca_certificates=server.certificates.pem, ports=server.ports)
    yield Client(own, transport=transport, resolver=PlayedResolver(server))


def test_a_page_that_two_feeds_want_is_asked_for_once_and_slow_hosts_one_at_a_time(
    folder: Path, server: Server
) -> None:
    with host_openings() as opens:
        pulls = {one.source: one for one in with_database(pull, night(folder, server))}
    assert pulls["papers_with_code"].used == "huggingface_repositories"
    assert pulls["weekly_papers"].used == "huggingface_daily"
    asked = Counter(one.url for one in server.requests)
    assert {url for url in asked if "date=" in url} == {
        f"{DAILY}?date={day}&limit=100" for day in DAYS
    }
    assert set(asked.values()) == {1}
    assert server.peak("huggingface.co") == 1
    at = opens["huggingface.co"]
    assert len(at) == sum(one.host == "huggingface.co" for one in server.requests)
    assert min(b - a for a, b in pairwise(at)) > 0.99 * PAUSE_S


def test_every_request_says_who_asks_and_where_to_complain(folder: Path, server: Server) -> None:
    with_database(pull, night(folder, server))
    agents = {one.headers["user-agent"] for one in server.requests}
    assert agents == {WebSettings().user_agent}
    assert "(+https://" in WebSettings().user_agent
    assert not any("authorization" in one.headers for one in server.requests)
    assert not any("cookie" in one.headers for one in server.requests)
    assert not any("since=" in one.url for one in server.requests)


def test_the_next_night_asks_only_whether_a_page_has_changed(folder: Path, server: Server) -> None:
    first, *_ = with_database(pull, night(folder, server))
    server.forget()
    second, *_ = with_database(pull, night(folder, server, 1), only="github_trending")
    (asked,) = (one for one in server.requests if not one.url.endswith("/robots.txt"))
    assert asked.headers["if-none-match"] == ETAG
    assert (second.state, second.items) == (first.state, first.items)


def test_what_a_host_allows_is_cached_for_weeks(folder: Path, server: Server) -> None:
    with_database(pull, night(folder, server))
    assert "https://github.com/robots.txt" in {one.url for one in server.requests}
    for number, asked in ((0, False), (1, False), (27, False), (60, True)):
        server.forget()
        with_database(pull, night(folder, server, number), only="github_trending")
        urls = [one.url for one in server.requests]
        assert ("https://github.com/robots.txt" in urls) is asked


def test_a_second_pull_of_the_night_asks_only_for_what_was_not_fine(
    folder: Path, server: Server
) -> None:
    with_database(pull, night(folder, server))
    server.forget()
    again = with_database(pull, night(folder, server))
    hosts = {one.host for one in server.requests}
    assert again[0].items
    assert "github.com" not in hosts
    assert "paperswithcode.co" in hosts


DISALLOWS = PageRule(
    "https://github.com/robots.txt",
    ReplayResponse(200, (("content-type", "text/plain"),), b"User-agent: *\nDisallow: /trending\n"),
)


def test_a_page_that_robots_txt_disallows_is_not_asked_for_and_an_api_is_no_page(
    folder: Path,
) -> None:
    played = scenario()
    with Server(replace(played, pages=(DISALLOWS, *played.pages))) as shut:
        pulls = {one.source: one for one in with_database(pull, night(folder, shut))}
        asked = {one.url for one in shut.requests}
    assert TRENDING not in asked
    assert "https://github.com/robots.txt" in asked
    assert "robots" in pulls["github_trending"].note
    assert any(url.startswith(DAILY) for url in asked)
    assert "https://huggingface.co/robots.txt" not in asked


def test_the_pauses_that_hosts_ask_for_are_the_default() -> None:
    settings = Settings()
    slow = dict(one.split("=") for one in settings.web.slow_hosts)
    weekly = settings.sources.weekly_papers
    for url in (settings.links.providers.arxiv.api, weekly.arxiv_url, weekly.listing_url):
        assert float(slow[urlsplit(url).hostname or ""]) >= 3
    # Anonymous: 500 requests in five minutes, api and pages of one host in one window.
    assert 300 / float(slow["huggingface.co"]) <= 500
    assert float(slow["github.com"]) >= 1
