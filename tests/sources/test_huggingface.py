"""Hugging Face's daily papers in their five forms, and their drifts."""

import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.sources.adapters import (
    huggingface,
)
from staycurrent.sources.item import FeedDrift, FeedReading, Item
from staycurrent.sources.parsing import JsonValue
from staycurrent.sources.settings import (
    PapersWithCodeSettings,
    WeeklyPapersSettings,
)
from staycurrent.sources.validation import IsoWeek, last_workdays
from tests.support.values import (
    FEED_DATE,
    RECORDED,
    RecordedFetch,
    daily_row,
    fixture,
    read_body,
    weekly_rss,
)

JSON = "application/json; charset=utf-8"
SETTINGS = WeeklyPapersSettings(limit=200)
HF = SETTINGS.url
WEEK = IsoWeek(date(2026, 8, 10))


def daily_rows(day: date, numbers: range, upvotes: int = 5) -> bytes:
    return json.dumps([daily_row(number, day, upvotes) for number in numbers]).encode()


async def test_trending_papers_keep_the_order_of_the_response() -> None:
    fetch = RecordedFetch().add(
        f"{HF}?sort=trending&limit=50", daily_rows(FEED_DATE, range(1, 8)), JSON
    )
    reading = await huggingface.read_trending(PapersWithCodeSettings(), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [item.rank for item in reading.items] == list(range(1, 8))
    assert reading.items[0].repository == "repository:github:owner/code-1"
    assert reading.items[1].repository is None
    assert reading.items[0].published == FEED_DATE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (daily_rows(FEED_DATE, range(1, 3)), "list has 2 papers"),
        (daily_rows(FEED_DATE, range(1, 9), upvotes=0), "no paper has an upvote"),
        (b'[{"paper": {"id": "x"}}]', "only 0 of 1 rows are papers on arXiv"),
        (b"null", "body is not a list of papers"),
    ],
)
async def test_trending_papers_without_votes_or_repositories_drift(
    body: bytes, reason: str
) -> None:
    fetch = RecordedFetch().add(f"{HF}?sort=trending&limit=50", body, JSON)
    found = await huggingface.read_trending(PapersWithCodeSettings(), fetch, FEED_DATE)
    assert found == FeedDrift(reason)


def week_page(number: int) -> str:
    return f"{HF}?week=2026-W33&limit=100&p={number}"


async def test_a_week_is_read_until_a_page_is_not_full_and_ranked_by_upvotes() -> None:
    fetch = RecordedFetch().add(week_page(0), daily_rows(WEEK.monday, range(1, 101)), JSON)
    fetch.add(week_page(1), daily_rows(WEEK.sunday, range(101, 106), upvotes=300), JSON)
    reading = await huggingface.read_weekly(WeeklyPapersSettings(limit=10), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert fetch.requested == [week_page(0), week_page(1)]
    assert [item.upvotes for item in reading.items] == [300] * 5 + [5] * 5
    assert [item.rank for item in reading.items] == list(range(1, 11))
    assert reading.note == "week 2026-W33"


async def test_a_full_page_is_full_with_a_row_that_cannot_be_read() -> None:
    rows = json.loads(daily_rows(WEEK.monday, range(1, 101)))
    rows[7]["paper"]["id"] = "not-on-arxiv"
    fetch = RecordedFetch().add(week_page(0), json.dumps(rows).encode(), JSON)
    fetch.add(week_page(1), daily_rows(WEEK.sunday, range(101, 106)), JSON)
    reading = await huggingface.read_weekly(SETTINGS, fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert len(reading.items) == 104


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (daily_rows(WEEK.monday, range(1, 5)), "week 2026-W33 has 4 papers, fewer than 30"),
        (
            daily_rows(date(2026, 8, 17), range(1, 60)),
            "59 of 59 papers are not of 2026-08-10 to 2026-08-16",
        ),
        (
            daily_rows(WEEK.monday, range(1, 60), upvotes=0),
            "no paper of week 2026-W33 has an upvote",
        ),
        (b"[]", "week 2026-W33 has 0 papers, fewer than 30"),
    ],
)
async def test_papers_of_another_week_drift(body: bytes, reason: str) -> None:
    found = await huggingface.read_weekly(
        WeeklyPapersSettings(), RecordedFetch().add(week_page(0), body, JSON), FEED_DATE
    )
    assert found == FeedDrift(reason)


async def test_a_week_is_read_from_its_five_days_and_all_are_needed() -> None:
    fetch = RecordedFetch()
    for place, day in enumerate(last_workdays(WEEK.sunday)):
        numbers = range(1 + 10 * place, 11 + 10 * place)
        fetch.add(f"{HF}?date={day}&limit=100", daily_rows(day, numbers), JSON)
    reading = await huggingface.read_daily(WeeklyPapersSettings(), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert len(reading.items) == 50
    del fetch.responses[f"{HF}?date=2026-08-12&limit=100"]
    found = await huggingface.read_daily(WeeklyPapersSettings(), fetch, FEED_DATE)
    assert found == FeedDrift("2026-08-12: not reached: the name does not exist")


DAYS = [date(2026, 8, day) for day in (17, 18, 19, 20, 21)]


def daily(days: list[date], rows: int = 8, **changes: object) -> RecordedFetch:
    fetch = RecordedFetch()
    for place, day in enumerate(days):
        found = [daily_row(10 * place + number, day) for number in range(1, rows + 1)]
        for one in found:
            one["paper"] = {**one["paper"], **changes}  # type: ignore[dict-item]
        body = json.dumps(found).encode()
        fetch.add(f"{WeeklyPapersSettings().url}?date={day}&limit=100", body, JSON)
    return fetch


async def test_daily_papers_with_repositories_are_ranked_by_stars() -> None:
    fetch = daily(DAYS)
    reading = await huggingface.read_repositories(
        PapersWithCodeSettings(limit=10), fetch, FEED_DATE
    )
    assert isinstance(reading, FeedReading)
    assert len(reading.items) == 10
    assert [item.stars for item in reading.items[:3]] == [470, 450, 430]
    assert all(item.repository for item in reading.items)
    assert reading.note == ("papers of 2026-08-17 to 2026-08-21 by the stars of their repositories")
    assert len(fetch.requested) == 5


@pytest.mark.parametrize(
    ("fetch", "reason"),
    [
        (daily(DAYS[:3]), "2026-08-20: not reached: the name does not exist"),
        (daily(DAYS, githubRepo=None), "0 of 40 papers have a repository, fewer than 5"),
        (daily(DAYS, githubStars=0), "no repository has any stars"),
        (daily(DAYS, submittedOnDailyAt="2026-07-01"), "40 of 40 papers are not of"),
        (daily(DAYS, id="soon"), "2026-08-17: only 0 of 8 rows are papers on arXiv"),
    ],
)
async def test_daily_papers_without_repositories_or_of_other_days_drift(
    fetch: RecordedFetch, reason: str
) -> None:
    found = await huggingface.read_repositories(PapersWithCodeSettings(), fetch, FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert found.reason.startswith(reason)


HF_CHANGES: list[dict[str, object]] = [
    {"githubRepo": None, "githubStars": None, "ai_summary": None},
    {"authors": None, "organization": {"name": "x"}, "mediaUrls": []},
    {"upvotes": None},
    {"summary": None},
    {"publishedAt": None},
    {"githubRepo": "github.com/a/b"},
    {"githubRepo": 7, "githubStars": "many"},
]


@pytest.mark.parametrize("changes", HF_CHANGES)
def test_daily_papers_with_missing_fields_are_read(changes: dict[str, object]) -> None:
    row = daily_row(1, date(2026, 8, 20))
    paper = {**row["paper"], **changes}  # type: ignore[dict-item]
    read = huggingface.parse_papers(JsonValue([{**row, "paper": paper}]))
    assert not isinstance(read, FeedDrift)
    assert read[0].item.identity == "paper:arxiv:2608.00001"


TITLES = st.text(
    st.sampled_from("<>&;'\"`[](){}!@#|\\/-_*~:.a1 \n\r\t\0\x1b\u200b\u202e\u0301\ue000\U000e0041"),
    min_size=1,
    max_size=60,
)


def clean(items: tuple[Item, ...]) -> bool:
    text = "".join(f"{item.title}{item.summary}{item.url}{item.identity}" for item in items)
    return not {unicodedata.category(one) for one in text} & {"Cc", "Cf", "Cs", "Co", "Cn"}


@given(TITLES)
@settings(max_examples=300)
def test_a_hostile_title_is_one_clean_line(title: str) -> None:
    row = {**daily_row(1, date(2026, 8, 20)), "title": title, "summary": title}
    found = huggingface.parse_papers(JsonValue([row]))
    if not isinstance(found, FeedDrift):
        assert clean(tuple(one.item for one in found))


MONDAY = "Mon, 17 Aug 2026 00:30:00 +0000"


async def test_the_weekly_archive_has_upvotes_in_its_summaries() -> None:
    url = WeeklyPapersSettings().rss_url
    fetch = RecordedFetch().add(url, weekly_rss(range(1, 41), MONDAY), "text/plain; charset=utf-8")
    reading = await huggingface.read_archive(WeeklyPapersSettings(), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    first = reading.items[0]
    assert (first.title, first.upvotes, first.summary) == ("Paper 40", 40, "Text 40.")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (weekly_rss(range(1, 5), MONDAY), "feed has 4 papers, fewer than 30"),
        (
            weekly_rss(range(40), "Mon, 10 Aug 2026 00:30:00 +0000"),
            "built on 2026-08-10, not after",
        ),
        (weekly_rss(range(1, 41), MONDAY, month="2605"), "only 0 of 40 papers are as new as"),
        (weekly_rss(range(1, 41), MONDAY)[:-900], "feed is damaged"),
        (weekly_rss(range(1, 41), MONDAY).replace(b"Upvotes", b"Likes"), "no paper has an upvote"),
        (fixture("challenge.html"), "body is not a feed"),
        (b"file:///etc/passwd", "body is not a feed"),
    ],
)
async def test_an_archive_of_another_week_drifts(body: bytes, reason: str) -> None:
    found = await read_body(huggingface.parse_archive, body, SETTINGS, FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"&lt;b&gt;Upvotes:&lt;/b&gt; ", b"Upvotes: "),
        (b"&lt;b&gt;Upvotes:&lt;/b&gt; ", b"&lt;strong&gt;Upvotes&lt;/strong&gt;: "),
        (b"&lt;b&gt;Upvotes:&lt;/b&gt; ", b"&lt;em&gt;Upvote&lt;/em&gt;&amp;nbsp;"),
    ],
)
async def test_upvotes_are_read_in_any_markup(old: bytes, new: bytes) -> None:
    body = weekly_rss(range(1, 41), "Mon, 17 Aug 2026 00:30:00 +0000")
    assert old in body
    found = await read_body(huggingface.parse_archive, body.replace(old, new), SETTINGS, FEED_DATE)
    assert not isinstance(found, FeedDrift)
    assert [item.upvotes for item in found.items] == list(range(40, 0, -1))


async def test_upvotes_are_found_after_the_names_of_hundreds_of_authors() -> None:
    body = weekly_rss(range(1, 41), "Mon, 17 Aug 2026 00:30:00 +0000")
    body = body.replace(b"A. Moth", b"A. Moth, " * 600)
    found = await read_body(huggingface.parse_archive, body, SETTINGS, FEED_DATE)
    assert not isinstance(found, FeedDrift)
    assert [item.upvotes for item in found.items] == list(range(40, 0, -1))


def recorded_files(*parts: str) -> list[Path]:
    found = sorted(RECORDED.joinpath(*parts[:-1]).glob(parts[-1]))
    if not found:
        pytest.skip("../recorded_files is absent")
    return found


@pytest.mark.shared
async def test_recorded_archives_parse_until_the_rollover() -> None:
    for path in recorded_files("history", "hf_weekly", "*.xml"):
        run_date = date.fromisoformat(path.name[:10])
        found = await read_body(huggingface.parse_archive, path.read_bytes(), SETTINGS, run_date)
        if run_date < date(2026, 7, 13):
            assert not isinstance(found, FeedDrift)
            assert len(found.items) == 105
        else:
            assert isinstance(found, FeedDrift)
            assert "fewer than 30" in found.reason


@pytest.mark.shared
async def test_recorded_daily_feeds_are_read_with_their_upvotes() -> None:
    paths = sorted((RECORDED / "history" / "hf_daily").glob("*.xml"))
    if not paths:
        pytest.skip("../shared is absent")
    for path in paths:
        run_date = date.fromisoformat(path.name[:10])
        found = await read_body(
            huggingface.parse_archive,
            path.read_bytes(),
            WeeklyPapersSettings(min_papers=1),
            run_date,
        )
        assert not isinstance(found, FeedDrift), found
        assert all(item.upvotes is not None and item.summary for item in found.items)
