"""GitHub's trending: the page by selectors that last, the archive behind it, and their drifts."""

import json
from datetime import date
from pathlib import Path

import pytest

from staycurrent.sources.adapters import github_trending
from staycurrent.sources.item import FeedDrift, FeedReading
from staycurrent.sources.settings import GithubTrendingSettings
from tests.support.values import FEED_DATE, RECORDED, Shelf, feed_response, fixture

PAGE = "https://github.com/trending"
ARCHIVE = "https://mshibanami.github.io/GitHubTrendingRSS/daily"
HTML = "text/html; charset=utf-8"
ONE = GithubTrendingSettings(languages=("python",))


def pages() -> Shelf:
    shelf = Shelf().put(PAGE, fixture("trending.html"), HTML)
    return shelf.put(f"{PAGE}/python", fixture("trending_python.html"), HTML)


def changed(old: str, new: str) -> bytes:
    text = fixture("trending.html").decode()
    assert old in text
    return text.replace(old, new).encode()


async def test_pages_are_read_one_after_the_other_and_each_thing_once() -> None:
    shelf = pages()
    reading = await github_trending.read_page(ONE, shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(item.rank, item.title) for item in reading.items] == [
        (1, "Lantern-Labs/lantern"),
        (2, "quiet/pond"),
        (3, "mill/wheel"),
        (4, "reed/tuner"),
    ]
    assert shelf.asked == [PAGE, f"{PAGE}/python"]
    assert not any("?" in url for url in shelf.asked)


def test_a_row_has_its_counters_its_case_and_its_description() -> None:
    items = github_trending.parse_page(fixture("trending.html"))
    assert not isinstance(items, FeedDrift)
    first, second, third = items
    assert first.identity == "repository:github:lantern-labs/lantern"
    assert first.url == "https://github.com/Lantern-Labs/lantern"
    assert (first.stars, first.stars_today) == (12_416, 1_295)
    assert first.summary == "Serve language models from 🔦 one & only binary; a Cache<T> for tokens"
    assert (second.stars, second.stars_today, second.summary) == (31, 1, "")
    assert (third.stars, third.stars_today, third.summary) == (None, None, "Grinds logs")
    assert [item.number for item in items] == [772_699_441, None, None]


@pytest.mark.parametrize("clicked", ["", "{", "[]", "7", "{&quot;payload&quot;: 7}"])
def test_a_number_that_cannot_be_read_costs_no_row(clicked: str) -> None:
    told = fixture("trending.html").decode().partition('data-hydro-click="')[2].partition('"')[0]
    items = github_trending.parse_page(changed(told, clicked))
    assert not isinstance(items, FeedDrift)
    assert (items[0].title, items[0].number) == ("Lantern-Labs/lantern", None)


async def test_a_language_that_drifts_leaves_its_rows_out_and_says_so() -> None:
    shelf = pages().put(f"{PAGE}/python", fixture("trending.html"), HTML)
    reading = await github_trending.read_page(ONE, shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert len(reading.items) == 3
    assert reading.note.startswith("python: title is")


async def test_a_language_with_a_sign_is_asked_by_its_slug() -> None:
    shelf = pages()
    await github_trending.read_page(
        GithubTrendingSettings(languages=("c++", "c#")), shelf, FEED_DATE
    )
    assert shelf.asked[1:] == [f"{PAGE}/c++", f"{PAGE}/c%23"]


DRIFTS = [
    (fixture("trending_2019.html"), "page shows no rows"),
    (fixture("trending_developers.html"), 'title is "Trending developers'),
    (fixture("challenge.html"), 'title is "Just a moment'),
    (fixture("trending_python.html"), "requested was all languages"),
    (b"", "page shows no rows"),
    (b"{}", "page shows no rows"),
    (changed("on GitHub today", "on GitHub this week"), "title is"),
    (changed("/stargazers", "/observers"), "no row has any stars"),
    (changed("stars today", "stars lately").replace(b"1 star today", b""), "most rows have no"),
    (changed('<h2 class="h3 lh-condensed"', "<h4"), "only 0 of 3 rows name a repository"),
    (changed('href="/quiet/pond"', 'href="/sponsors/pond"'), "only 2 of 3 rows"),
    (changed("12,416", "0").replace(b">31<", b">0<"), "no row has any stars"),
]


@pytest.mark.parametrize(("body", "reason"), DRIFTS, ids=[reason for _, reason in DRIFTS])
def test_a_page_that_is_not_what_was_asked_for_drifts(body: bytes, reason: str) -> None:
    found = github_trending.parse_page(body)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


def test_a_language_page_with_rows_of_another_language_drifts() -> None:
    body = fixture("trending_python.html").replace(b'Language">Python', b'Language">Rust')
    found = github_trending.parse_page(body, "python")
    assert isinstance(found, FeedDrift)
    assert found.reason == "2 of 2 rows are in another language than python"


async def test_the_archive_stands_in_without_counters() -> None:
    shelf = Shelf().put(f"{ARCHIVE}/all.xml", fixture("archive.xml"), "application/xml")
    shelf.put(f"{ARCHIVE}/python.xml", fixture("archive_empty.xml"), "application/xml")
    reading = await github_trending.read_rss(
        GithubTrendingSettings(languages=("python",)), shelf, FEED_DATE
    )
    assert isinstance(reading, FeedReading)
    assert [item.title for item in reading.items] == ["Lantern-Labs/lantern", "quiet/pond"]
    assert reading.items[0].summary == "Serve language models README"
    assert reading.note == "without star counts; python: feed has no entries"


ARCHIVE_DRIFTS = [
    (fixture("archive_empty.xml"), FEED_DATE, "feed has no entries"),
    (fixture("archive.xml"), date(2026, 8, 25), "feed was built on 2026-08-22"),
    (fixture("archive.xml")[:-60], FEED_DATE, "feed is damaged"),
    (
        fixture("archive.xml").replace(b"Daily Trending", b"Weekly Trending"),
        FEED_DATE,
        "feed is titled",
    ),
    (
        fixture("archive.xml").replace(b"https://github.com/quiet", b"https://x.test/q"),
        FEED_DATE,
        "1 of",
    ),
    (fixture("challenge.html"), FEED_DATE, "body is not a feed"),
    (b"/etc/passwd", FEED_DATE, "body is not a feed"),
]


@pytest.mark.parametrize(("body", "night", "reason"), ARCHIVE_DRIFTS)
async def test_an_archive_that_cannot_be_believed_drifts(
    body: bytes, night: date, reason: str
) -> None:
    found = await github_trending.parse_rss(body, night)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


ANSWERS = [
    (feed_response(PAGE, status=429), "answers 429"),
    (
        feed_response(PAGE, b"x", HTML, moved_to="https://walled.test/"),
        "redirected from github.com",
    ),
    (feed_response(PAGE, b"{}", "application/json"), "content type is application/json"),
    (feed_response(PAGE, b" \n", HTML), "body is empty"),
    (
        feed_response(PAGE, b"x", HTML, headers={"cf-mitigated": "challenge"}),
        "answers with a challenge",
    ),
]


@pytest.mark.parametrize(("given", "reason"), ANSWERS)
async def test_an_answer_that_is_none_drifts(given: object, reason: str) -> None:
    shelf = pages()
    shelf.answers[PAGE] = given  # type: ignore[assignment]
    found = await github_trending.read_page(ONE, shelf, FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


async def test_no_answer_drifts() -> None:
    assert await github_trending.read_page(ONE, Shelf(), FEED_DATE) == FeedDrift("no answer: dns")


SHARED = RECORDED / "github_trending"
MANIFEST = [
    ("2021-04-07_repodata1_niklastiede.html", "typescript", 25),
    ("2023-04-15_daily_all_mshibanami.html", "", 25),
    ("2024-04_daily_all_mshibanami.html", "", 25),
    ("2026-06-24_daily_all_glowfeed_articlesonly.html", "", 16),
]
MANIFEST_DRIFTS = [
    ("2019-05-11_daily_all_gotrending.html", "", "page shows no rows"),
    ("2026-05-07_weekly_rust_octozine.html", "rust", "this week"),
    ("2026-08_developers_mshibanami.html", "", "Trending developers"),
    ("2026-04-26_daily_python_llmx_trimmed3.html", "python", 'title is "fixture"'),
]


def shared(path: Path) -> bytes:
    if not path.exists():
        pytest.skip("../shared is absent")
    return path.read_bytes()


@pytest.mark.shared
@pytest.mark.parametrize(("name", "language", "rows"), MANIFEST)
def test_recorded_pages_have_the_rows_of_their_manifest(
    name: str, language: str, rows: int
) -> None:
    items = github_trending.parse_page(shared(SHARED / name), language)
    assert not isinstance(items, FeedDrift)
    assert len(items) == rows
    assert all(item.stars_today for item in items[:1])


@pytest.mark.shared
@pytest.mark.parametrize(("name", "language", "reason"), MANIFEST_DRIFTS)
def test_recorded_breakages_drift(name: str, language: str, reason: str) -> None:
    found = github_trending.parse_page(shared(SHARED / name), language)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


@pytest.mark.shared
def test_the_trimmed_page_parses_under_the_title_that_its_recorder_replaced() -> None:
    body = shared(SHARED / "2026-04-26_daily_python_llmx_trimmed3.html")
    title = b"<title>Trending Python repositories on GitHub today</title>"
    items = github_trending.parse_page(body.replace(b"<title>fixture</title>", title), "python")
    assert not isinstance(items, FeedDrift)
    assert [item.stars_today for item in items] == [1139, 4007, 1200]


@pytest.mark.shared
def test_a_recorded_page_parses_to_what_its_recorder_expected() -> None:
    items = github_trending.parse_page(shared(SHARED / MANIFEST[0][0]), "typescript")
    assert not isinstance(items, FeedDrift)
    expected = json.loads(shared(SHARED / "2021-04-07_repodata1_niklastiede_expected.json"))
    assert [(item.title, item.stars, item.stars_today) for item in items] == [
        (f"{row['username']}/{row['repositoryName']}", row["totalStars"], row["starsSince"])
        for row in expected
    ]


@pytest.mark.shared
async def test_the_recorded_empty_archive_drifts() -> None:
    name = "2026-08-22_mshibanami_daily_alloy_EMPTY.xml"
    body = shared(RECORDED / "github_trending_rss" / name)
    assert await github_trending.parse_rss(body, FEED_DATE) == FeedDrift("feed has no entries")
