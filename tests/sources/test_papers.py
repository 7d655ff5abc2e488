"""Papers: Papers with Code, Hugging Face's lists, the weekly archive, arXiv, and their drifts."""

import json
from datetime import date
from pathlib import Path

import pytest

from staycurrent.sources.adapters import arxiv, huggingface, papers_with_code
from staycurrent.sources.item import FeedDrift, FeedReading
from staycurrent.sources.settings import PapersWithCodeSettings, WeeklyPapersSettings
from staycurrent.sources.weeks import IsoWeek, last_closed_week
from tests.support.values import (
    FEED_DATE,
    RECORDED,
    Shelf,
    daily_row,
    feed_response,
    fixture,
    weekly_rss,
)

JSON = "application/json; charset=utf-8"
PWC = "https://paperswithcode.co/api/v1/papers/trending?limit=50&max_age_days=30"
HF = WeeklyPapersSettings().url
WEEK = IsoWeek(date(2026, 8, 10))


def rows(day: date, numbers: range, upvotes: int = 5) -> bytes:
    return json.dumps([daily_row(number, day, upvotes) for number in numbers]).encode()


WEEKS = [
    (date(2026, 8, 22), "2026-W33"),
    (date(2026, 8, 23), "2026-W33"),
    (date(2026, 8, 24), "2026-W34"),
    (date(2026, 1, 1), "2025-W52"),
    (date(2027, 1, 4), "2026-W53"),
    (date(2027, 1, 11), "2027-W01"),
    (date(2025, 1, 6), "2025-W01"),
]


@pytest.mark.parametrize(("night", "week"), WEEKS)
def test_the_week_asked_for_is_the_last_that_has_closed(night: date, week: str) -> None:
    assert last_closed_week(night).name == week
    assert last_closed_week(night).sunday < night


async def test_papers_with_code_rows_become_items() -> None:
    shelf = Shelf().put(PWC, fixture("pwc.json"), JSON)
    reading = await papers_with_code.read(PapersWithCodeSettings(), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    first, second, third = reading.items
    assert first.identity == "paper:arxiv:2608.01001"
    assert first.title == "Sparse Lanterns: Serving Models"
    assert first.repository == "repository:github:lantern-labs/lantern"
    assert (first.stars, first.stars_today, first.published) == (12416, 412, date(2026, 8, 18))
    assert (second.repository, second.rank) == (None, 2)
    assert third.identity == "paper:openreview:abc123"


def pwc(**changes: object) -> bytes:
    read = json.loads(fixture("pwc.json"))
    return json.dumps([{**row, **changes} for row in read]).encode()


PWC_DRIFTS = [
    (fixture("challenge.html"), "body is not JSON"),
    (b'{"detail": "moved"}', "body is not a list of papers"),
    (b"[]", "list is empty"),
    (b'{"results": []}', "list is empty"),
    (b"[" * 100_000, "body is not JSON"),
    (b"[1, null, []]", "only 0 of 3 rows have an arXiv identifier"),
    (pwc(arxiv_id="soon"), "only 1 of 3 rows have an arXiv identifier"),
    (pwc(trending={"stars_gained_24h": 0}), "no row has a trending score"),
    (pwc(trending=None), "no row has a trending score"),
    (pwc(date_published="2026-07-01"), "newest paper is of 2026-07-01"),
    (pwc(title=""), "no row can be read"),
]


@pytest.mark.parametrize(("body", "reason"), PWC_DRIFTS)
def test_papers_with_code_that_breaks_its_promises_drifts(body: bytes, reason: str) -> None:
    found = papers_with_code.parse(body, FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


async def test_papers_with_code_that_redirects_away_drifts() -> None:
    moved = feed_response(
        PWC, b"<html>", "text/html", moved_to="https://huggingface.co/papers/trending"
    )
    found = await papers_with_code.read(PapersWithCodeSettings(), Shelf({PWC: moved}), FEED_DATE)
    assert found == FeedDrift("redirected from paperswithcode.co to huggingface.co")


async def test_html_where_json_should_be_drifts() -> None:
    shelf = Shelf().put(PWC, b"<html></html>", "text/html")
    found = await papers_with_code.read(PapersWithCodeSettings(), shelf, FEED_DATE)
    assert found == FeedDrift("content type is text/html, not json")


async def test_trending_papers_keep_the_order_of_the_answer() -> None:
    shelf = Shelf().put(f"{HF}?sort=trending&limit=50", rows(FEED_DATE, range(1, 8)), JSON)
    reading = await huggingface.read_trending(PapersWithCodeSettings(), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [item.rank for item in reading.items] == list(range(1, 8))
    assert reading.items[0].repository == "repository:github:owner/code-1"
    assert reading.items[1].repository is None
    assert reading.items[0].published == FEED_DATE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (rows(FEED_DATE, range(1, 3)), "list has 2 papers"),
        (rows(FEED_DATE, range(1, 9), upvotes=0), "no paper has an upvote"),
        (b'[{"paper": {"id": "x"}}]', "only 0 of 1 rows are papers on arXiv"),
        (b"null", "body is not a list of papers"),
    ],
)
async def test_trending_papers_that_cannot_be_believed_drift(body: bytes, reason: str) -> None:
    shelf = Shelf().put(f"{HF}?sort=trending&limit=50", body, JSON)
    found = await huggingface.read_trending(PapersWithCodeSettings(), shelf, FEED_DATE)
    assert found == FeedDrift(reason)


def week_page(number: int) -> str:
    return f"{HF}?week=2026-W33&limit=100&p={number}"


async def test_the_week_is_read_until_a_page_is_short_and_ranked_by_upvotes() -> None:
    shelf = Shelf().put(week_page(0), rows(WEEK.monday, range(1, 101)), JSON)
    shelf.put(week_page(1), rows(WEEK.sunday, range(101, 106), upvotes=300), JSON)
    reading = await huggingface.read_weekly(WeeklyPapersSettings(top=10), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert shelf.asked == [week_page(0), week_page(1)]
    assert [item.upvotes for item in reading.items] == [300] * 5 + [5] * 5
    assert [item.rank for item in reading.items] == list(range(1, 11))
    assert reading.note == "week 2026-W33"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (rows(WEEK.monday, range(1, 5)), "week 2026-W33 has 4 papers, fewer than 30"),
        (rows(date(2026, 8, 17), range(1, 60)), "59 of 59 papers are not of week 2026-W33"),
        (rows(WEEK.monday, range(1, 60), upvotes=0), "no paper of week 2026-W33 has an upvote"),
        (b"[]", "week 2026-W33 has 0 papers, fewer than 30"),
    ],
)
async def test_a_week_that_is_not_the_one_asked_for_drifts(body: bytes, reason: str) -> None:
    found = await huggingface.read_weekly(
        WeeklyPapersSettings(), Shelf().put(week_page(0), body, JSON), FEED_DATE
    )
    assert found == FeedDrift(reason)


async def test_five_days_stand_in_for_the_week_and_all_must_answer() -> None:
    shelf = Shelf()
    for place, day in enumerate(WEEK.workdays()):
        numbers = range(1 + 10 * place, 11 + 10 * place)
        shelf.put(f"{HF}?date={day}&limit=100", rows(day, numbers), JSON)
    reading = await huggingface.read_daily(WeeklyPapersSettings(), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert len(reading.items) == 50
    del shelf.answers[f"{HF}?date=2026-08-12&limit=100"]
    found = await huggingface.read_daily(WeeklyPapersSettings(), shelf, FEED_DATE)
    assert found == FeedDrift("2026-08-12: no answer: dns")


MONDAY = "Mon, 17 Aug 2026 00:30:00 +0000"


async def test_the_weekly_archive_has_upvotes_in_its_summaries() -> None:
    url = WeeklyPapersSettings().rss_url
    shelf = Shelf().put(url, weekly_rss(range(1, 41), MONDAY), "text/plain; charset=utf-8")
    reading = await huggingface.read_archive(WeeklyPapersSettings(), shelf, FEED_DATE)
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
async def test_a_weekly_archive_that_is_not_last_weeks_drifts(body: bytes, reason: str) -> None:
    found = await huggingface.parse_archive(body, FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


async def test_arxiv_announcements_are_the_new_ones_without_their_label() -> None:
    url = "https://rss.arxiv.org/rss/cs.CL+cs.AI+cs.LG"
    shelf = Shelf().put(url, fixture("arxiv.xml"), "application/rss+xml")
    reading = await arxiv.read_rss(WeeklyPapersSettings(), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    (item,) = reading.items
    assert (item.identity, item.summary) == ("paper:arxiv:2608.12001", "We light the way.")


@pytest.mark.parametrize(
    ("body", "night", "reason"),
    [
        (fixture("arxiv_weekend.xml"), FEED_DATE, "feed has no entries, as on weekends"),
        (fixture("arxiv_weekend.xml"), date(2026, 8, 25), "feed has no entries"),
        (fixture("arxiv_error.xml"), FEED_DATE, "only 0 of 1 new entries are papers"),
        (fixture("arxiv.xml"), date(2026, 8, 28), "feed was built on 2026-08-21"),
        (fixture("arxiv.xml")[:600], FEED_DATE, "feed is damaged"),
    ],
)
async def test_arxiv_without_news_drifts(body: bytes, night: date, reason: str) -> None:
    found = await arxiv.parse_rss(body, night)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


def shared(*parts: str) -> list[Path]:
    found = sorted(RECORDED.joinpath(*parts[:-1]).glob(parts[-1]))
    if not found:
        pytest.skip("../shared is absent")
    return found


@pytest.mark.shared
async def test_recorded_weeks_parse_until_the_rollover_breaks_them() -> None:
    for path in shared("history", "huggingface_weekly", "*.xml"):
        night = date.fromisoformat(path.name[:10])
        found = await huggingface.parse_archive(path.read_bytes(), night)
        if night < date(2026, 7, 13):
            assert not isinstance(found, FeedDrift)
            assert len(found) == 105
        else:
            assert isinstance(found, FeedDrift)
            assert "fewer than 30" in found.reason


@pytest.mark.shared
@pytest.mark.parametrize("name", ["id_abc_*", "id_0000.0000_*"])
async def test_recorded_arxiv_errors_drift(name: str) -> None:
    recorded = json.loads(shared("arxiv", name)[0].read_bytes())
    found = await arxiv.parse_rss(recorded["body"].encode(), date(2026, 4, 13))
    assert isinstance(found, FeedDrift)


@pytest.mark.shared
def test_the_old_api_of_papers_with_code_is_not_taken_for_the_new() -> None:
    for path in shared("papers_with_code", "*.json"):
        assert isinstance(papers_with_code.parse(path.read_bytes(), FEED_DATE), FeedDrift)
