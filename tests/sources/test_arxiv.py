"""arXiv's announcements as a feed and as a page, and their drifts."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.sources.adapters import (
    arxiv,
)
from staycurrent.sources.item import FeedDrift, FeedReading
from staycurrent.sources.settings import (
    WeeklyPapersSettings,
)
from tests.support.values import (
    FEED_DATE,
    RECORDED,
    RecordedFetch,
    fixture,
    read_body,
)


async def test_announcements_are_the_new_papers_without_their_label() -> None:
    url = "https://rss.arxiv.org/rss/cs.CL+cs.AI+cs.LG"
    fetch = RecordedFetch().add(url, fixture("arxiv.xml"), "application/rss+xml")
    reading = await arxiv.read_rss(WeeklyPapersSettings(), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    (item,) = reading.items
    assert (item.identity, item.summary) == ("paper:arxiv:2608.12001", "We light the way.")


@pytest.mark.parametrize(
    ("body", "run_date", "reason"),
    [
        (fixture("arxiv_weekend.xml"), FEED_DATE, "feed has no entries, as on weekends"),
        (fixture("arxiv_weekend.xml"), date(2026, 8, 25), "feed has no entries"),
        (fixture("arxiv_error.xml"), FEED_DATE, "only 0 of 1 new entries are papers"),
        (fixture("arxiv.xml"), date(2026, 8, 28), "feed was built on 2026-08-21"),
        (fixture("arxiv.xml")[:600], FEED_DATE, "feed is damaged"),
    ],
)
async def test_a_feed_without_new_papers_drifts(body: bytes, run_date: date, reason: str) -> None:
    found = await read_body(arxiv.parse_rss, body, run_date, 100)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


async def test_the_listing_has_the_new_papers_of_the_first_category() -> None:
    url = "https://arxiv.org/list/cs.CL/new"
    fetch = RecordedFetch().add(url, fixture("arxiv_new.html"), "text/html; charset=utf-8")
    reading = await arxiv.read_listing(WeeklyPapersSettings(), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(item.identity, item.title, item.summary) for item in reading.items] == [
        ("paper:arxiv:2608.12001", "Lanterns for Long Contexts", "We light the way."),
        ("paper:arxiv:2608.12002", "Reeds", ""),
    ]
    assert reading.note == "new submissions, not ranked"


def listing(old: str, new: str) -> bytes:
    text = fixture("arxiv_new.html").decode()
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize(
    ("body", "run_date", "reason"),
    [
        (fixture("arxiv_new.html"), date(2026, 8, 26), "listing is of 2026-08-21"),
        (fixture("arxiv_new.html"), date(2026, 8, 19), "listing is of 2026-08-21"),
        (listing("21 August", "41 August"), FEED_DATE, "page is not a daily listing"),
        (
            listing("showing 2 of 2", "showing 9 of 9"),
            FEED_DATE,
            "only 2 papers can be read of",
        ),
        (listing("New submissions", "Old submissions"), FEED_DATE, "page has no section of new"),
        (listing("/abs/", "/papers/"), FEED_DATE, "only 0 papers can be read of"),
        (fixture("challenge.html"), FEED_DATE, "page is not a daily listing"),
        (b"", FEED_DATE, "page is not a daily listing"),
        (b"<dl><dt>" * 10_000, FEED_DATE, "page is not a daily listing"),
    ],
)
def test_a_listing_of_another_date_or_with_missing_papers_drifts(
    body: bytes, run_date: date, reason: str
) -> None:
    found = arxiv.parse_listing(body, run_date, 100)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_500))
def test_a_listing_cut_anywhere_is_read_or_drifts(at: int) -> None:
    assert isinstance(
        arxiv.parse_listing(fixture("arxiv_new.html")[:at], FEED_DATE, 100), FeedReading | FeedDrift
    )


def recorded_files(*parts: str) -> list[Path]:
    found = sorted(RECORDED.joinpath(*parts[:-1]).glob(parts[-1]))
    if not found:
        pytest.skip("../recorded_files is absent")
    return found


@pytest.mark.shared
@pytest.mark.parametrize("name", ["id_abc_*", "id_0000.0000_*"])
async def test_recorded_errors_drift(name: str) -> None:
    recorded = json.loads(recorded_files("arxiv", name)[0].read_bytes())
    found = await read_body(arxiv.parse_rss, recorded["body"].encode(), date(2026, 4, 13), 100)
    assert isinstance(found, FeedDrift)


@pytest.mark.shared
def test_a_recorded_listing_has_the_papers_that_it_counts() -> None:
    path = RECORDED / "arxiv" / "2026-08-12_list_new_sample_polaris.html"
    if not path.exists():
        pytest.skip("../shared is absent")
    found = arxiv.parse_listing(path.read_bytes(), date(2026, 8, 12), 100)
    assert not isinstance(found, FeedDrift)
    assert [item.identity for item in found.items] == [
        "paper:arxiv:2608.09949",
        "paper:arxiv:2608.09967",
    ]


def test_an_impossible_count_of_submissions_drifts() -> None:
    body = re.sub(
        rb"showing (first )?[0-9]+", b"showing " + b"9" * 5_000, fixture("arxiv_new.html")
    )
    assert body != fixture("arxiv_new.html")
    assert isinstance(arxiv.parse_listing(body, FEED_DATE, 100), FeedDrift)
