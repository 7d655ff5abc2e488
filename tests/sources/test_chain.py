"""Pulling a source: the first valid adapter, else the last valid rows, else nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from staycurrent.sources.chain import Adapter, Source, pull
from staycurrent.sources.item import FeedDrift, FeedReading, FeedResult, Item, SourceState
from staycurrent.sources.validation import PastReading, UpdateFrequency, reading_problem
from staycurrent.web.response import Fetch
from tests.support.values import FEED_DATE, RecordedFetch


def items(*names: str) -> tuple[Item, ...]:
    return tuple(
        Item(f"page:{n}", "page", n, f"https://{n}.test/", k) for k, n in enumerate(names, 1)
    )


def past(*days: tuple[int, tuple[Item, ...]], adapter: str = "first") -> list[PastReading]:
    """What an adapter read so many days ago, the oldest first."""
    return [PastReading(ago(back), adapter, rows) for back, rows in days]


def ago(days: int) -> date:
    return FEED_DATE - timedelta(days=days)


@dataclass(frozen=True)
class Readings:
    """Settings with what each adapter returns."""

    first: FeedResult
    second: FeedResult
    limit: int = 50


async def _first(settings: Readings, _fetch: Fetch, _run_date: date) -> FeedResult:
    return settings.first


async def _second(settings: Readings, _fetch: Fetch, _run_date: date) -> FeedResult:
    return settings.second


FEED = Source("feed", (Adapter("first", _first), Adapter("second", _second)))
GOOD = FeedReading(items("a", "b", "c", "d"))
OTHER = FeedReading(items("b", "a", "e"), "no counters")
BAD = FeedDrift("page shows no rows")
WORSE = FeedDrift("answers 503")


async def test_the_first_adapter_is_used_if_it_is_valid() -> None:
    found = await pull(FEED, Readings(GOOD, OTHER), RecordedFetch(), FEED_DATE, ())
    assert (found.state, found.used, found.items) == (SourceState.OK, "first", GOOD.items)
    assert found.note == ""


async def test_a_fallback_notes_why_the_first_adapter_was_not_used() -> None:
    found = await pull(FEED, Readings(BAD, OTHER), RecordedFetch(), FEED_DATE, ())
    assert (found.state, found.used, found.items) == (SourceState.FALLBACK, "second", OTHER.items)
    assert found.note == "first: page shows no rows; no counters"


async def test_frozen_rows_lead_to_the_fallback() -> None:
    earlier = past((1, GOOD.items), (2, GOOD.items))
    found = await pull(FEED, Readings(GOOD, OTHER), RecordedFetch(), FEED_DATE, earlier)
    assert found.state is SourceState.FALLBACK
    assert found.note.startswith(f"first: same rows in the same order as on {ago(1)} and {ago(2)}")


async def test_a_reading_of_the_same_date_is_not_compared() -> None:
    earlier = past((0, GOOD.items), (1, GOOD.items))
    found = await pull(FEED, Readings(GOOD, OTHER), RecordedFetch(), FEED_DATE, earlier)
    assert (found.state, found.used) == (SourceState.OK, "first")


async def test_the_last_valid_rows_are_kept_while_they_are_recent() -> None:
    earlier = past((2, items("z")), (5, items("y")))
    found = await pull(FEED, Readings(BAD, WORSE), RecordedFetch(), FEED_DATE, earlier)
    assert (found.state, found.used, found.items) == (SourceState.STALE, "", items("z"))
    assert found.note == (
        f"first: page shows no rows; second: answers 503; rows of {ago(2)} are kept"
    )


LAST = Source(
    "feed",
    (Adapter("first", _first),),
    fallbacks=(Adapter("second", _second, UpdateFrequency.ANY),),
)


async def test_fallbacks_are_read_if_no_rows_can_be_kept() -> None:
    kept = await pull(LAST, Readings(BAD, OTHER), RecordedFetch(), FEED_DATE, past((2, items("z"))))
    assert (kept.state, kept.items) == (SourceState.STALE, items("z"))
    found = await pull(
        LAST, Readings(BAD, OTHER), RecordedFetch(), FEED_DATE, past((3, items("z")))
    )
    assert (found.state, found.used, found.items) == (SourceState.FALLBACK, "second", OTHER.items)


async def test_rows_of_fallbacks_are_neither_kept_nor_compared() -> None:
    frozen = past((9, GOOD.items), (8, GOOD.items))
    other = past((1, OTHER.items), (2, items("q")), adapter="second")
    again = await pull(LAST, Readings(GOOD, OTHER), RecordedFetch(), FEED_DATE, [*frozen, *other])
    assert (again.state, again.used) == (SourceState.FALLBACK, "second")
    assert "same rows in the same order" in again.note
    down = await pull(LAST, Readings(BAD, WORSE), RecordedFetch(), FEED_DATE, [*frozen, *other])
    assert (down.state, down.items) == (SourceState.DOWN, ())
    assert down.note.endswith(f"last read on {ago(1)}")


@pytest.mark.parametrize(
    ("earlier", "last"),
    [((), "never read"), (past((3, items("z"))), f"last read on {ago(3)}")],
)
async def test_a_source_without_recent_rows_is_down(
    earlier: Sequence[PastReading], last: str
) -> None:
    found = await pull(FEED, Readings(BAD, WORSE), RecordedFetch(), FEED_DATE, earlier)
    assert (found.state, found.items) == (SourceState.DOWN, ())
    assert found.note.endswith(last)


async def test_a_reading_is_not_short_where_the_settings_ask_for_fewer_rows() -> None:
    earlier = past(*((back, items(*"abcdefghij")) for back in (3, 2, 1)))
    source = replace(FEED, max_rows=lambda one: one.limit)
    for limit, used in ((6, "first"), (8, "first"), (9, "second")):
        settings = Readings(GOOD, OTHER, limit)
        found = await pull(source, settings, RecordedFetch(), FEED_DATE, earlier)
        assert found.used == used


FULL = items(*"abcdefgh")
READINGS = [
    ("first night", FULL, (), UpdateFrequency.DAILY, None),
    ("one night the same", FULL, past((1, FULL)), UpdateFrequency.DAILY, None),
    ("frozen", FULL, past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, "same rows"),
    ("frozen with a gap", FULL, past((4, FULL), (2, FULL)), UpdateFrequency.DAILY, "same rows"),
    ("part of frozen", items(*"abdefh"), past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, "same"),
    ("reordered", items(*"bacdefgh"), past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, None),
    ("one new", items(*"abcdefgx"), past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, None),
    ("a blog may not change", FULL, past((2, FULL), (1, FULL)), UpdateFrequency.ANY, None),
    (
        "shrunk",
        items(*"xyz"),
        past((3, FULL), (2, FULL), (1, FULL)),
        UpdateFrequency.DAILY,
        "3 rows, fewer than half of the usual 8",
    ),
    (
        "short is normal",
        items(*"wxyz"),
        past((3, FULL), (2, FULL), (1, FULL)),
        UpdateFrequency.DAILY,
        None,
    ),
    ("too little history", items("x"), past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, None),
    (
        "a weekend is not frozen",
        FULL,
        past((3, FULL), (2, FULL), (1, FULL)),
        UpdateFrequency.WORKDAYS,
        None,
    ),
    (
        "frozen over a weekend and on",
        FULL,
        past((4, FULL), (3, FULL), (2, FULL), (1, FULL)),
        UpdateFrequency.WORKDAYS,
        f"same rows in the same order as on {ago(1)} and {ago(4)}",
    ),
    (
        "another adapter is longer by nature",
        items("x"),
        past((3, FULL), (2, FULL), (1, FULL), adapter="other"),
        UpdateFrequency.DAILY,
        None,
    ),
    (
        "short for good",
        items("x"),
        past((20, FULL), (16, FULL), (15, FULL)),
        UpdateFrequency.DAILY,
        None,
    ),
    ("same week", FULL, past((2, FULL), (1, FULL)), UpdateFrequency.WEEKLY, None),
    ("last week again", FULL, past((7, FULL)), UpdateFrequency.WEEKLY, "repeats the week"),
    ("another week", items(*"pqrstuvw"), past((7, FULL)), UpdateFrequency.WEEKLY, None),
]


@pytest.mark.parametrize(
    ("items_read", "earlier", "frequency", "reason"),
    [row[1:] for row in READINGS],
    ids=[row[0] for row in READINGS],
)
def test_a_reading_is_compared_with_past_readings(
    items_read: tuple[Item, ...],
    earlier: Sequence[PastReading],
    frequency: UpdateFrequency,
    reason: str | None,
) -> None:
    found = reading_problem("first", items_read, earlier, FEED_DATE, frequency)
    assert found is None if reason is None else found is not None and reason in found
