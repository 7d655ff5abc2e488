"""GitHub's trending page and its archive: rows, drift, and markup that may change."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.sources.adapters import (
    github_trending,
)
from staycurrent.sources.item import FeedDrift, FeedReading
from staycurrent.sources.settings import GithubTrendingSettings
from tests.support.values import (
    FEED_DATE,
    RECORDED,
    RecordedFetch,
    fixture,
    read_body,
)

PAGE = "https://github.com/trending"
ARCHIVE = "https://mshibanami.github.io/GitHubTrendingRSS/daily"
HTML = "text/html; charset=utf-8"
ONE = GithubTrendingSettings(languages=("python",))


def pages() -> RecordedFetch:
    fetch = RecordedFetch().add(PAGE, fixture("trending.html"), HTML)
    return fetch.add(f"{PAGE}/python", fixture("trending_python.html"), HTML)


def changed(old: str, new: str) -> bytes:
    text = fixture("trending.html").decode()
    assert old in text
    return text.replace(old, new).encode()


def test_a_description_is_not_that_of_a_dialog() -> None:
    dialog = "<template><p>This will remove {{ repoNameWithOwner }}.</p></template>"
    items = github_trending.parse_page(changed("<h2 class", f"{dialog}<h2 class"))
    assert not isinstance(items, FeedDrift)
    assert items[0].summary.startswith("Serve language models")


async def test_pages_are_joined_in_order_without_duplicates() -> None:
    fetch = pages()
    reading = await github_trending.read_page(ONE, fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(item.rank, item.title) for item in reading.items] == [
        (1, "Lantern-Labs/lantern"),
        (2, "quiet/pond"),
        (3, "mill/wheel"),
        (4, "reed/tuner"),
    ]
    assert fetch.requested == [PAGE, f"{PAGE}/python"]
    assert not any("?" in url for url in fetch.requested)


def test_a_row_has_counters_name_and_description() -> None:
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
def test_a_row_without_a_readable_id_is_kept(clicked: str) -> None:
    page = fixture("trending.html").decode()
    recorded = page.partition('data-hydro-click="')[2].partition('"')[0]
    items = github_trending.parse_page(changed(recorded, clicked))
    assert not isinstance(items, FeedDrift)
    assert (items[0].title, items[0].number) == ("Lantern-Labs/lantern", None)


async def test_a_language_page_that_drifts_is_left_out_with_a_note() -> None:
    fetch = pages().add(f"{PAGE}/python", fixture("trending.html"), HTML)
    reading = await github_trending.read_page(ONE, fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert len(reading.items) == 3
    assert reading.note.startswith("python: title is")


async def test_a_language_with_a_sign_is_requested_by_its_slug() -> None:
    fetch = pages()
    await github_trending.read_page(
        GithubTrendingSettings(languages=("c++", "c#")), fetch, FEED_DATE
    )
    assert fetch.requested[1:] == [f"{PAGE}/c++", f"{PAGE}/c%23"]


DRIFTS = [
    (fixture("trending_2019.html"), "page shows no rows"),
    (fixture("trending_developers.html"), 'title is "Trending developers'),
    (fixture("challenge.html"), 'title is "Just a moment'),
    (fixture("trending_python.html"), "not repositories trending today in all languages"),
    (b"", "page shows no rows"),
    (b"{}", "page shows no rows"),
    (changed("on GitHub today", "on GitHub this week"), "title is"),
    (changed("/stargazers", "/observers"), "no row has any stars"),
    (changed("stars today", "stars lately").replace(b"1 star today", b""), "most rows have no"),
    (changed('<h2 class="h3 lh-condensed"', "<h4"), "only 0 of 3 rows name a repository"),
    (changed('href="/quiet/pond"', 'href="/sponsors/pond"'), "only 2 of 3 rows"),
    (changed("<p ", "<div ").replace(b"</p>", b"</div>"), "no row has a description"),
    (changed("12,416", "0").replace(b">31<", b">0<"), "no row has any stars"),
]


@pytest.mark.parametrize(("body", "reason"), DRIFTS, ids=[reason for _, reason in DRIFTS])
def test_a_page_other_than_the_requested_one_drifts(body: bytes, reason: str) -> None:
    found = github_trending.parse_page(body)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


def test_a_language_page_with_rows_of_another_language_drifts() -> None:
    body = fixture("trending_python.html").replace(b'Language">Python', b'Language">Rust')
    found = github_trending.parse_page(body, "python")
    assert isinstance(found, FeedDrift)
    assert found.reason == "2 of 2 rows are in another language than python"


async def test_the_archive_has_the_same_repositories_without_counters() -> None:
    fetch = RecordedFetch().add(f"{ARCHIVE}/all.xml", fixture("archive.xml"), "application/xml")
    fetch.add(f"{ARCHIVE}/python.xml", fixture("archive_empty.xml"), "application/xml")
    reading = await github_trending.read_rss(
        GithubTrendingSettings(languages=("python",)), fetch, FEED_DATE
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


@pytest.mark.parametrize(("body", "run_date", "reason"), ARCHIVE_DRIFTS)
async def test_an_archive_that_is_empty_old_or_damaged_drifts(
    body: bytes, run_date: date, reason: str
) -> None:
    found = await read_body(github_trending.parse_rss, body, run_date)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


HEADING_LINK = 'href="/Lantern-Labs/lantern" class="Link"'
EXPECTED = github_trending.parse_page(fixture("trending.html"))
SAME_PAGE = [
    (HEADING_LINK, "class='Link' href='/Lantern-Labs/lantern'"),
    (HEADING_LINK, "HREF=/Lantern-Labs/lantern CLASS=Link"),
    ('href="/Lantern-Labs/lantern" class', 'href="https://github.com/Lantern-Labs/lantern" class'),
    ('href="/Lantern-Labs/lantern" class', 'href=" /Lantern-Labs/lantern\n" class'),
    ('class="h3 lh-condensed"', 'id="x" data-view-component="true" class="tmp-h3"'),
    ('<h2 class="h3 lh-condensed">', '<div><div><h2 class="h3 lh-condensed"><span>'),
    ("h2", "h1"),
    ("h2", "h3"),
    ('<article class="Box-row">', '<div><article data-x="1" class="tmp Box-row d-flex">'),
    ('class="col-9 color-fg-muted my-1 tmp-pr-4"', ""),
    ("1,295 stars today", "1,295&nbsp;stars\n today"),
    ("1,295 stars today", "1295 STARS TODAY"),
    (">12,416<", "><svg></svg>\n      12,416\n    <"),
    ("/lantern/stargazers", "/lantern/stargazers.lantern"),
    ("Trending  repositories", "Trending repositories"),
    ("· GitHub</title>", "</title>"),
]


@pytest.mark.parametrize(("old", "new"), SAME_PAGE)
def test_markup_without_meaning_does_not_change_the_rows(old: str, new: str) -> None:
    assert github_trending.parse_page(changed(old, new)) == EXPECTED


@pytest.mark.parametrize(
    ("shown", "stars"), [("12.4k", 12_400), ("1.2m", 1_200_000), ("9", 9), ("1,234,567", 1_234_567)]
)
def test_counters_are_read_in_every_spelling(shown: str, stars: int) -> None:
    found = github_trending.parse_page(changed("12,416", shown).replace(b"1,295", shown.encode()))
    assert not isinstance(found, FeedDrift)
    assert (found[0].stars, found[0].stars_today) == (stars, stars)


LANGUAGES = [
    ("c++", "C++", "/c++"),
    ("c%23", "C#", "/c%23"),
    ("C#", "C#", "/c%23"),
    ("jupyter-notebook", "Jupyter Notebook", "/jupyter-notebook"),
    ("Jupyter Notebook", "Jupyter Notebook", "/jupyter-notebook"),
    ("1c-enterprise", "1C Enterprise", "/1c-enterprise"),
    ("objective-c++", "Objective-C++", "/objective-c++"),
]


@pytest.mark.parametrize(("slug", "name", "path"), LANGUAGES)
async def test_a_language_may_be_spelled_as_name_or_slug(slug: str, name: str, path: str) -> None:
    body = fixture("trending_python.html").replace(b"Python", name.encode())
    settings = GithubTrendingSettings(languages=(slug,))
    fetch = RecordedFetch().add(settings.url, fixture("trending.html"), "text/html")
    fetch.add(settings.url + path, body, "text/html")
    found = await github_trending.read_page(settings, fetch, FEED_DATE)
    assert not isinstance(found, FeedDrift)
    assert (found.note, len(found.items)) == ("", 4)


@pytest.mark.parametrize(
    "path",
    [
        "/a/b/../../c",
        "//evil.test/x",
        "/javascript:alert(1)/x",
        "/a/b?since=weekly",
        "/a b/c",
        "/a",
    ],
)
def test_a_hostile_link_never_leads_to_another_host(path: str) -> None:
    body = fixture("trending.html").replace(b"/Lantern-Labs/lantern", path.encode())
    found = github_trending.parse_page(body)
    rows = () if isinstance(found, FeedDrift) else found
    assert all(item.url.startswith("https://github.com/") for item in rows)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3_000))
def test_a_page_cut_anywhere_is_read_or_drifts(at: int) -> None:
    assert isinstance(github_trending.parse_page(fixture("trending.html")[:at]), tuple | FeedDrift)


def test_a_page_of_nothing_but_opening_tags_drifts() -> None:
    assert isinstance(github_trending.parse_page(b"<div>" * 50_000), FeedDrift)
    assert isinstance(
        github_trending.parse_page(b"<article class=Box-row><h2>" * 10_000), FeedDrift
    )
    assert isinstance(
        github_trending.parse_page(b"<article class=Box-row></article>" * 10_000), FeedDrift
    )


def test_an_impossible_counter_is_ignored() -> None:
    nines = b"9" * 5_000
    page = github_trending.parse_page(fixture("trending.html").replace(b"12,416", nines))
    assert not isinstance(page, FeedDrift)
    assert page[0].stars is None
    today = github_trending.parse_page(fixture("trending.html").replace(b"1,295", nines))
    assert isinstance(today, tuple | FeedDrift)


RECORDED_PAGES = RECORDED / "github_trending"
RECORDED_ROWS = [
    ("2021-04-07_repodata1_niklastiede.html", "typescript", 25),
    ("2023-04-15_daily_all_mshibanami.html", "", 25),
    ("2024-04_daily_all_mshibanami.html", "", 25),
    ("2026-06-24_daily_all_glowfeed_articlesonly.html", "", 16),
]
RECORDED_DRIFTS = [
    ("2019-05-11_daily_all_gotrending.html", "", "page shows no rows"),
    ("2026-05-07_weekly_rust_octozine.html", "rust", "this week"),
    ("2026-08_developers_mshibanami.html", "", "Trending developers"),
    ("2026-04-26_daily_python_llmx_trimmed3.html", "python", 'title is "fixture"'),
]


def recorded_page(path: Path) -> bytes:
    if not path.exists():
        pytest.skip("../recorded_page is absent")
    return path.read_bytes()


@pytest.mark.shared
@pytest.mark.parametrize(("name", "language", "rows"), RECORDED_ROWS)
def test_recorded_pages_have_the_rows_of_their_manifest(
    name: str, language: str, rows: int
) -> None:
    items = github_trending.parse_page(recorded_page(RECORDED_PAGES / name), language)
    assert not isinstance(items, FeedDrift)
    assert len(items) == rows
    assert all(item.stars_today for item in items[:1])


@pytest.mark.shared
@pytest.mark.parametrize(("name", "language", "reason"), RECORDED_DRIFTS)
def test_recorded_breakages_drift(name: str, language: str, reason: str) -> None:
    found = github_trending.parse_page(recorded_page(RECORDED_PAGES / name), language)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


@pytest.mark.shared
def test_a_recorded_page_parses_once_its_title_is_restored() -> None:
    body = recorded_page(RECORDED_PAGES / "2026-04-26_daily_python_llmx_trimmed3.html")
    title = b"<title>Trending Python repositories on GitHub today</title>"
    items = github_trending.parse_page(body.replace(b"<title>fixture</title>", title), "python")
    assert not isinstance(items, FeedDrift)
    assert [item.stars_today for item in items] == [1139, 4007, 1200]


@pytest.mark.shared
def test_a_recorded_page_parses_to_what_its_recorder_expected() -> None:
    items = github_trending.parse_page(
        recorded_page(RECORDED_PAGES / RECORDED_ROWS[0][0]), "typescript"
    )
    assert not isinstance(items, FeedDrift)
    expected = json.loads(
        recorded_page(RECORDED_PAGES / "2021-04-07_repodata1_niklastiede_expected.json")
    )
    assert [(item.title, item.stars, item.stars_today) for item in items] == [
        (f"{row['username']}/{row['repositoryName']}", row["totalStars"], row["starsSince"])
        for row in expected
    ]


@pytest.mark.shared
async def test_the_recorded_empty_archive_drifts() -> None:
    name = "2026-08-22_mshibanami_daily_alloy_EMPTY.xml"
    body = recorded_page(RECORDED / "github_trending_rss" / name)
    assert await read_body(github_trending.parse_rss, body, FEED_DATE) == FeedDrift(
        "feed has no entries"
    )


async def test_the_query_of_the_settings_goes_behind_the_language() -> None:
    settings = GithubTrendingSettings(
        url="https://github.com/trending?spoken_language_code=zh",
        rss_url="https://archive.test/daily/?v=2",
        languages=("python", "c#"),
    )
    page = fixture("trending.html")
    fetch = RecordedFetch().add(settings.url, page, "text/html")
    await github_trending.read_page(settings, fetch, FEED_DATE)
    assert fetch.requested == [
        "https://github.com/trending?spoken_language_code=zh",
        "https://github.com/trending/python?spoken_language_code=zh",
        "https://github.com/trending/c%23?spoken_language_code=zh",
    ]
    archive = RecordedFetch()
    await github_trending.read_rss(settings, archive, FEED_DATE)
    assert archive.requested == ["https://archive.test/daily/all.xml?v=2"]
