"""dair-ai's papers of the week: ranges, rows, and drift."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.sources.adapters import dair
from staycurrent.sources.item import FeedDrift, FeedReading, Item
from staycurrent.sources.settings import WeeklyPapersSettings
from tests.support.values import FEED_DATE, RecordedFetch, fixture

YEAR = "https://raw.githubusercontent.com/dair-ai/AI-Papers-of-the-Week/main/years"


async def test_the_newest_week_is_read_without_its_texts() -> None:
    fetch = RecordedFetch().add(f"{YEAR}/2026.md", fixture("dair.md"), "text/plain; charset=utf-8")
    reading = await dair.read(WeeklyPapersSettings(), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(item.identity, item.title) for item in reading.items[:5]] == [
        ("paper:arxiv:2608.01001", "Lanterns"),
        ("paper:arxiv:2608.01002", "A Pond, Quiet"),
        ("paper:openreview:abc123", "Mills"),
        ("paper:arxiv:2608.01004", "Reeds"),
        ("page:labs.test/weirs.pdf", "Weirs"),
    ]
    assert len(reading.items) == 9
    assert {item.summary for item in reading.items} == {""}
    assert reading.note == (
        "ten papers chosen by people, for the week to 2026-08-16; 1 of 10 rows could not be read"
    )


RANGES = [
    ("(June 21 - June 28) - 2026", date(2026, 6, 28)),
    ("(Feb 13 - 19)", date(2026, 2, 19)),
    ("(May 29-June 4)", date(2026, 6, 4)),
    ("(May 1-7)", date(2026, 5, 7)),
    ("(December 29 - January 4) - 2026", date(2026, 1, 4)),
    ("(December 29, 2025 - January 4, 2026)", date(2026, 1, 4)),
    ("(June 21 – June 28) – 2025", date(2025, 6, 28)),
    ("(Soon - Later)", None),
    ("(June 21 - June 31) - 2026", None),
    ("(28)", None),
]


@pytest.mark.parametrize(("span", "ends"), RANGES)
def test_the_range_of_a_week_is_read_in_every_spelling(span: str, ends: date | None) -> None:
    found = dair.parse_weeks(f"## Top ML Papers of the Week {span}\n", 2026)
    assert [*found] == ([] if ends is None else [ends])


def without_row(number: int) -> str:
    lines = fixture("dair.md").decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith(f"| {number})"))


@pytest.mark.parametrize(
    ("text", "run_date", "reason"),
    [
        (
            "# Index\n- [Top AI Papers (June 21 - June 28)](years/2026.md)",
            FEED_DATE,
            "no week that",
        ),
        (fixture("challenge.html").decode(), FEED_DATE, "file has no week that can be read"),
        (without_row(7), FEED_DATE, "week to 2026-08-16 has 9 rows, not 10"),
        (fixture("dair.md").decode(), date(2026, 9, 7), "newest week ended on 2026-08-16"),
        (fixture("dair.md").decode().replace("aper](", "ost]("), FEED_DATE, "only 0 of 10 rows"),
        ("", FEED_DATE, "file has no week that can be read"),
    ],
)
def test_a_file_without_a_recent_complete_week_drifts(
    text: str, run_date: date, reason: str
) -> None:
    found = dair.parse(text, 2026, run_date)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


def test_a_week_that_has_not_ended_is_not_the_last_one() -> None:
    found = dair.parse(fixture("dair.md").decode(), 2026, date(2026, 8, 16))
    assert found == FeedDrift("week to 2026-08-09 has 1 rows, not 10")


async def test_a_file_of_nothing_but_opening_marks_drifts() -> None:
    for flood in ("| 1) " * 200_000, "## Top AI Papers of the Week (" * 50_000, "[" * 500_000):
        assert isinstance(dair.parse(flood, 2026, FEED_DATE), FeedDrift)


TITLES = st.text(
    st.sampled_from("<>&;'\"`[](){}!@#|\\/-_*~:.a1 \n\r\t\0\x1b\u200b\u202e\u0301\ue000\U000e0041"),
    min_size=1,
    max_size=60,
)


def clean(items: tuple[Item, ...]) -> bool:
    text = "".join(f"{item.title}{item.summary}{item.url}{item.identity}" for item in items)
    return not {unicodedata.category(one) for one in text} & {"Cc", "Cf", "Cs", "Co", "Cn"}


@given(TITLES)
@settings(max_examples=200)
def test_a_hostile_row_of_a_table_is_clean_or_left_out(title: str) -> None:
    text = fixture("dair.md").decode().replace("Lanterns", title).replace("https://labs", title)
    found = dair.parse(text, 2026, FEED_DATE)
    if not isinstance(found, FeedDrift):
        assert clean(found.items)
        assert all(item.url.startswith("http") for item in found.items)
