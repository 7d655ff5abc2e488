"""What really broke in these feeds' past ends in drift, and the next link of the chain speaks."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from staycurrent.sources.chain import pull
from staycurrent.sources.item import Item, PullResult, SourceState
from staycurrent.sources.registry import SOURCES
from staycurrent.sources.settings import WeeklyPapersSettings
from staycurrent.sources.validation import PastReading, reading_problem
from staycurrent.web.response import Response
from tests.support.values import (
    FEED_DATE,
    RECORDED,
    Shelf,
    daily_row,
    feed_response,
    fixture,
    weekly_rss,
)

HTML = "text/html; charset=utf-8"
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
WEEKLY = SOURCES["weekly_papers"].settings()
YEAR = f"{WEEKLY.dair_url}/2026.md"
ARXIV = "https://rss.arxiv.org/rss/cs.CL+cs.AI+cs.LG"
LISTING = "https://arxiv.org/list/cs.CL/new"
MONDAY = "Mon, 17 Aug 2026 02:04:00 +0000"


def rows(day: date, count: int, **changes: object) -> bytes:
    found = [daily_row(day.day * 100 + number, day) for number in range(1, count + 1)]
    for one in found:
        one["paper"] = {**one["paper"], **changes}  # type: ignore[dict-item]
    return json.dumps(found).encode()


def on_days(days: list[date]) -> dict[str, Response]:
    urls = {day: f"{HF}?date={day}&limit=100" for day in days}
    return {url: feed_response(url, rows(day, 10), JSON) for day, url in urls.items()}


def page(url: str, body: bytes, kind: str) -> dict[str, Response]:
    return {url: feed_response(url, body, kind)}


BREAKAGES: list[tuple[str, str, Mapping[str, Response], str, str]] = [
    (
        "the markup of 2019",
        "github_trending",
        page(PAGE, fixture("trending_2019.html"), HTML)
        | page(ARCHIVE, fixture("archive.xml"), XML),
        "github_trending_rss",
        "github_trending_page: page shows no rows",
    ),
    (
        "the developers' page",
        "github_trending",
        page(PAGE, fixture("trending_developers.html"), HTML)
        | page(ARCHIVE, fixture("archive.xml"), XML),
        "github_trending_rss",
        'github_trending_page: title is "Trending developers',
    ),
    (
        "an archive that is valid and empty",
        "github_trending",
        page(ARCHIVE, fixture("archive_empty.xml"), XML)
        | page(SEARCH, fixture("search.json"), JSON),
        "github_search",
        "github_trending_rss: feed has no entries; not trending",
    ),
    (
        "HTML where JSON should be",
        "papers_with_code",
        page(PWC, b"<html>", HTML) | page(HF_TRENDING, rows(FEED_DATE, 8), JSON),
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
        | page(HF_TRENDING, rows(FEED_DATE, 8), JSON),
        "huggingface_trending",
        "papers_with_code_api: redirected from paperswithcode.co to huggingface.co",
    ),
    (
        "an order that is ignored",
        "papers_with_code",
        page(HF_TRENDING, rows(FEED_DATE, 8, githubRepo=None), JSON) | on_days(LAST_DAYS),
        "huggingface_repositories",
        "huggingface_trending: no paper has a repository",
    ),
    (
        "a week that is ignored",
        "weekly_papers",
        page(HF_WEEK, rows(date(2026, 8, 20), 60), JSON) | on_days(WEEK_DAYS),
        "huggingface_daily",
        "huggingface_weekly: 60 of 60 papers are not of week 2026-W33",
    ),
    (
        "the rollover of the week, with 4 rows",
        "weekly_papers",
        page(HF_WEEK, rows(date(2026, 8, 10), 4), JSON)
        | page(WEEKLY.rss_url, weekly_rss(range(1, 5), MONDAY), TEXT)
        | page(YEAR, fixture("dair.md"), TEXT),
        "dair",
        "huggingface_archive: feed has 4 papers, fewer than 30",
    ),
    (
        "an index where the table was",
        "weekly_papers",
        page(YEAR, b"- [Top AI Papers of the Week (June 21 - June 28)](years/2026.md)", TEXT)
        | page(ARXIV, fixture("arxiv.xml"), "application/rss+xml"),
        "arxiv_rss",
        "dair: file has no week that can be read",
    ),
    (
        "an error as an entry",
        "weekly_papers",
        page(ARXIV, fixture("arxiv_error.xml"), "application/rss+xml")
        | page(LISTING, fixture("arxiv_new.html"), HTML),
        "arxiv_listing",
        "arxiv_rss: ",
    ),
]


@pytest.mark.parametrize(
    ("source", "answers", "used", "says"),
    [row[1:] for row in BREAKAGES],
    ids=[row[0] for row in BREAKAGES],
)
async def test_a_breakage_ends_in_drift_and_the_next_link(
    source: str, answers: Mapping[str, Response], used: str, says: str
) -> None:
    found = await pulled(source, answers)
    assert (found.state, found.used) == (SourceState.FALLBACK, used)
    assert found.items
    assert says in found.note


async def pulled(source: str, answers: Mapping[str, Response]) -> PullResult:
    own = SOURCES[source]
    settings = own.settings(languages=()) if source == "github_trending" else own.settings()
    return await pull(own, settings, Shelf(dict(answers)), FEED_DATE, ())


async def test_every_link_of_every_chain_takes_over_in_some_breakage() -> None:
    later = [one.name for own in SOURCES.values() for one in (*own.chain[1:], *own.fallbacks)]
    assert set(later) - {row[3] for row in BREAKAGES} == {"huggingface_archive"}  # in test_papers


SHARED_BREAKAGES = [
    ("github_trending/2019-05-11_daily_all_gotrending.html", HTML, "page shows no rows"),
    ("github_trending/2026-08_developers_mshibanami.html", HTML, "title is"),
    ("github_trending/2026-05-07_weekly_rust_octozine.html", HTML, "title is"),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "kind", "says"), SHARED_BREAKAGES)
async def test_a_recorded_breakage_leads_to_the_archive(name: str, kind: str, says: str) -> None:
    answers = page(PAGE, recorded(name), kind) | page(ARCHIVE, fixture("archive.xml"), XML)
    found = await pulled("github_trending", answers)
    assert (found.state, found.used) == (SourceState.FALLBACK, "github_trending_rss")
    assert says in found.note


def recorded(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip("../shared is absent")
    return path.read_bytes()


@pytest.mark.shared
def test_thirty_one_recorded_nights_of_trending_raise_no_alarm() -> None:
    earlier: list[PastReading] = []
    for path in histories("trending", "*.json"):
        items = tuple(shown(row) for row in json.loads(path.read_bytes())["repos"])
        night = date.fromisoformat(path.stem)
        assert reading_problem("github_trending_page", items, earlier, night) is None
        earlier.append(PastReading(night, "github_trending_page", items))
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
