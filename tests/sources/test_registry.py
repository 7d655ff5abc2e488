"""The chains of the built-in sources, tried with what has really broken in their feeds."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from staycurrent.sources.chain import SOURCES, custom_source, pull
from staycurrent.sources.item import Item, PullResult, SourceState
from staycurrent.sources.settings import (
    LED_BY_LIST,
    CustomFeedSettings,
    GithubTrendingSettings,
    SourceSettings,
    WeeklyPapersSettings,
)
from staycurrent.sources.validation import PastReading, UpdateFrequency, reading_problem
from staycurrent.web.response import Response
from tests.support.values import (
    FEED_DATE,
    RECORDED,
    RecordedFetch,
    daily_row,
    default_settings,
    feed_response,
    fixture,
    weekly_rss,
)

HTML = "text/html; charset=utf-8"
DAILY = UpdateFrequency.DAILY
JSON = "application/json; charset=utf-8"
XML = "application/xml"
TEXT = "text/plain; charset=utf-8"
HF = WeeklyPapersSettings().url
PAGE = "https://github.com/trending"
ARCHIVE = "https://mshibanami.github.io/GitHubTrendingRSS/daily/all.xml"
SEARCH = (
    "https://api.github.com/search/repositories"
    "?q=topic:llm+created:%3E%3D2026-07-23+stars:%3E100&sort=stars&order=desc&per_page=50"
)
PWC = "https://paperswithcode.co/api/v1/papers/trending?limit=50&max_age_days=30"
HF_TRENDING = f"{HF}?sort=trending&limit=50"
HF_WEEK = f"{HF}?week=2026-W33&limit=100&p=0"
WEEK_DAYS = [date(2026, 8, day) for day in (10, 11, 12, 13, 14)]
LAST_DAYS = [date(2026, 8, day) for day in (17, 18, 19, 20, 21)]
WEEKLY = WeeklyPapersSettings()
YEAR = f"{WEEKLY.dair_url}/2026.md"
ARXIV = "https://rss.arxiv.org/rss/cs.CL+cs.AI+cs.LG"
LISTING = "https://arxiv.org/list/cs.CL/new"
EXPORT = "https://export.arxiv.org/api/query"
NEWEST = "sortBy=submittedDate&sortOrder=descending&max_results=100"
OWN_PAPER = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title>'
    b'<category term="cs.CL"/></entry></feed>'
)
MONDAY = "Mon, 17 Aug 2026 02:04:00 +0000"


def daily_rows(day: date, count: int, **changes: object) -> bytes:
    found = [daily_row(day.day * 100 + number, day) for number in range(1, count + 1)]
    for one in found:
        one["paper"] = {**one["paper"], **changes}  # type: ignore[dict-item]
    return json.dumps(found).encode()


def on_days(days: list[date]) -> dict[str, Response]:
    urls = {day: f"{HF}?date={day}&limit=100" for day in days}
    return {url: feed_response(url, daily_rows(day, 10), JSON) for day, url in urls.items()}


def at(url: str, body: bytes, kind: str) -> dict[str, Response]:
    return {url: feed_response(url, body, kind)}


BREAKAGES: list[tuple[str, str, Mapping[str, Response], str, str]] = [
    (
        "the markup of 2019",
        "github_trending",
        at(PAGE, fixture("trending_2019.html"), HTML) | at(ARCHIVE, fixture("archive.xml"), XML),
        "github_trending_rss",
        "github_trending_page: page shows no rows",
    ),
    (
        "the developers' page",
        "github_trending",
        at(PAGE, fixture("trending_developers.html"), HTML)
        | at(ARCHIVE, fixture("archive.xml"), XML),
        "github_trending_rss",
        'github_trending_page: title is "Trending developers',
    ),
    (
        "an archive that is valid and empty",
        "github_trending",
        at(ARCHIVE, fixture("archive_empty.xml"), XML) | at(SEARCH, fixture("search.json"), JSON),
        "github_search",
        "github_trending_rss: feed has no entries; not trending",
    ),
    (
        "HTML where JSON should be",
        "papers_with_code",
        at(PWC, b"<html>", HTML) | at(HF_TRENDING, daily_rows(FEED_DATE, 8), JSON),
        "huggingface_trending",
        "papers_with_code_api: content type is text/html, not json",
    ),
    (
        "a site that was given up and redirects",
        "papers_with_code",
        {
            PWC: feed_response(
                PWC, b"<html>", HTML, moved_to="https://huggingface.co/papers/trending"
            )
        }
        | at(HF_TRENDING, daily_rows(FEED_DATE, 8), JSON),
        "huggingface_trending",
        "papers_with_code_api: redirected from paperswithcode.co to huggingface.co",
    ),
    (
        "an order that is ignored",
        "papers_with_code",
        at(HF_TRENDING, daily_rows(FEED_DATE, 8, githubRepo=None), JSON) | on_days(LAST_DAYS),
        "huggingface_repositories",
        "huggingface_trending: no paper has a repository",
    ),
    (
        "a week that is ignored",
        "weekly_papers",
        at(HF_WEEK, daily_rows(date(2026, 8, 20), 60), JSON) | on_days(WEEK_DAYS),
        "huggingface_daily",
        "huggingface_weekly: 60 of 60 papers are not of 2026-08-10 to 2026-08-16",
    ),
    (
        "the rollover of the week, with 4 rows",
        "weekly_papers",
        at(HF_WEEK, daily_rows(date(2026, 8, 10), 4), JSON)
        | at(WEEKLY.rss_url, weekly_rss(range(1, 5), MONDAY), TEXT)
        | at(YEAR, fixture("dair.md"), TEXT),
        "dair",
        "huggingface_archive: feed has 4 papers, fewer than 30",
    ),
    (
        "an index where the table was",
        "weekly_papers",
        at(YEAR, b"- [Top AI Papers of the Week (June 21 - June 28)](years/2026.md)", TEXT)
        | at(ARXIV, fixture("arxiv.xml"), "application/rss+xml"),
        "arxiv_rss",
        "dair: file has no week that can be read",
    ),
    (
        "an error as an entry",
        "weekly_papers",
        at(ARXIV, fixture("arxiv_error.xml"), "application/rss+xml")
        | at(LISTING, fixture("arxiv_new.html"), HTML),
        "arxiv_listing",
        "arxiv_rss: ",
    ),
    (
        "an empty page of a search that has results",
        "arxiv_listings",
        at(f"{EXPORT}?id_list=2601.00001&max_results=50", OWN_PAPER, XML)
        | at(f"{EXPORT}?search_query=cat:cs.CL&{NEWEST}", b"<feed/>", XML)
        | at("https://rss.arxiv.org/rss/cs.CL", fixture("arxiv.xml"), XML),
        "arxiv_feed",
        "arxiv_api: feed has no entries",
    ),
    (
        "a search that refuses to name a repository",
        "github_topics",
        at("https://api.github.com/repos/a/b", b'{"topics": ["bees"]}', JSON)
        | at("https://api.github.com/repos/a/c", b'{"topics": ["bees"]}', JSON)
        | at(SEARCH.replace("llm", "bees").replace("2026-07-23", "2026-05-24"),
             fixture("search.json"), JSON),
        "github_topics_by_repository",
        "github_topics: not reached",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "answers", "used", "note"),
    [row[1:] for row in BREAKAGES],
    ids=[row[0] for row in BREAKAGES],
)
async def test_after_a_breakage_the_next_adapter_is_used(
    source: str, answers: Mapping[str, Response], used: str, note: str
) -> None:
    found = await pulled(source, answers)
    assert (found.state, found.used) == (SourceState.FALLBACK, used)
    assert found.items
    assert note in found.note


async def pulled(source: str, answers: Mapping[str, Response]) -> PullResult:
    own = SOURCES[source]
    changes = {"languages": ()} if source == "github_trending" else {}
    settings = default_settings(own, **changes)
    return await pull(own, settings, RecordedFetch(dict(answers)), FEED_DATE, ())


async def test_every_later_adapter_is_used_in_some_breakage() -> None:
    later = [one.name for own in SOURCES.values() for one in (*own.chain[1:], *own.fallbacks)]
    assert set(later) - {row[3] for row in BREAKAGES} == {
        "huggingface_archive"
    }  # in test_huggingface


SHARED_BREAKAGES = [
    ("github_trending/2019-05-11_daily_all_gotrending.html", HTML, "page shows no rows"),
    ("github_trending/2026-08_developers_mshibanami.html", HTML, "title is"),
    ("github_trending/2026-05-07_weekly_rust_octozine.html", HTML, "title is"),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "kind", "note"), SHARED_BREAKAGES)
async def test_after_a_recorded_breakage_the_archive_is_used(
    name: str, kind: str, note: str
) -> None:
    answers = at(PAGE, recorded(name), kind) | at(ARCHIVE, fixture("archive.xml"), XML)
    found = await pulled("github_trending", answers)
    assert (found.state, found.used) == (SourceState.FALLBACK, "github_trending_rss")
    assert note in found.note


def recorded(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip("../shared is absent")
    return path.read_bytes()


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_knows_how_many_rows_its_settings_allow(name: str) -> None:
    source = SOURCES[name]
    fewer = {"languages": ()} if name == "github_trending" else {"limit": 7}
    before, after = default_settings(source), default_settings(source, **fewer)
    assert 7 <= source.max_rows(after) < source.max_rows(before)


@pytest.mark.shared
def test_thirty_one_recorded_pages_are_valid_readings() -> None:
    earlier: list[PastReading] = []
    for path in histories("trending", "*.json"):
        items = tuple(shown(row) for row in json.loads(path.read_bytes())["repos"])
        run_date = date.fromisoformat(path.stem)
        assert reading_problem("github_trending_page", items, earlier, run_date, DAILY) is None
        earlier.append(PastReading(run_date, "github_trending_page", items))
    assert len(earlier) == 31


def histories(folder: str, pattern: str) -> list[Path]:
    found = sorted((RECORDED / "history" / folder).glob(pattern))
    if not found:
        pytest.skip("../shared is absent")
    return found


def shown(row: Mapping[str, object]) -> Item:
    name = str(row["fullName"])
    identity = f"repository:github:{name.lower()}"
    return Item(identity, "repository", name, f"https://github.com/{name}", 1)


def test_every_source_has_settings_and_is_enabled() -> None:
    assert list(SOURCES) == ["github_trending", "papers_with_code", "weekly_papers", *LED_BY_LIST]
    for name, source in SOURCES.items():
        assert source.name == name
        assert getattr(SourceSettings(), name).enabled is True


@pytest.mark.parametrize("name", SOURCES)
async def test_all_sources_are_down_without_a_network(name: str) -> None:
    source = SOURCES[name]
    fetch = RecordedFetch()
    found = await pull(source, default_settings(source), fetch, FEED_DATE, ())
    assert found.state is SourceState.DOWN
    adapters = (*source.chain, *source.fallbacks)
    for adapter in adapters:
        assert f"{adapter.name}: " in found.note
    assert len(fetch.requested) == len(adapters)


async def test_a_fallback_notes_what_was_wrong_with_the_first_adapter() -> None:
    source = SOURCES["github_trending"]
    settings = GithubTrendingSettings(languages=())
    fetch = RecordedFetch().add(settings.url, fixture("trending_2019.html"), "text/html")
    fetch.add(f"{settings.rss_url}/all.xml", fixture("archive.xml"), "application/xml")
    found = await pull(source, settings, fetch, FEED_DATE, ())
    assert (found.state, found.used) == (SourceState.FALLBACK, "github_trending_rss")
    assert found.note == "github_trending_page: page shows no rows; without star counts"


async def read_own(name: str) -> tuple[SourceState, list[str]]:
    source = custom_source("mine")
    url = f"https://blog.test/{name}"
    fetch = RecordedFetch().add(url, fixture(name), "text/plain")
    found = await pull(source, CustomFeedSettings(url=url), fetch, FEED_DATE, ())
    return found.state, [f"{item.identity} {item.title}" for item in found.items]


async def test_a_custom_feed_may_be_atom() -> None:
    assert await read_own("blog.atom") == (
        SourceState.OK,
        ["page:blog.test/lanterns On lanterns", "repository:github:quiet/pond Untitled note"],
    )


async def test_a_custom_feed_may_be_json() -> None:
    assert await read_own("blog.json") == (
        SourceState.OK,
        ["paper:arxiv:2608.01001 A paper", "page:blog.test/two No title"],
    )


async def test_a_web_page_is_not_a_custom_feed() -> None:
    assert await read_own("challenge.html") == (SourceState.DOWN, [])
