"""A feed's night: the first adapter that can be believed, else the last good rows, else nothing."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from staycurrent.sources.chain import Adapter, Source, pull
from staycurrent.sources.item import FeedDrift, FeedReading, Item, SourceState
from staycurrent.sources.registry import SOURCES, custom_source
from staycurrent.sources.validation import (
    PastReading,
    PastReadings,
    UpdateFrequency,
    reading_problem,
)
from staycurrent.web.response import Fetch
from tests.support.values import FEED_DATE, Shelf, fixture


def items(*names: str) -> tuple[Item, ...]:
    return tuple(
        Item(f"page:{n}", "page", n, f"https://{n}.test/", k) for k, n in enumerate(names, 1)
    )


def past(*nights: tuple[int, tuple[Item, ...]], adapter: str = "first") -> PastReadings:
    """What an adapter brought so many nights ago."""
    return [PastReading(ago(back), adapter, rows) for back, rows in nights]


def ago(nights: int) -> date:
    return FEED_DATE - timedelta(days=nights)


@dataclass(frozen=True)
class Told:
    """Settings that say what each adapter brings."""

    first: FeedReading | FeedDrift
    second: FeedReading | FeedDrift


async def _first(settings: Told, _ask: Fetch, _night: date) -> FeedReading | FeedDrift:
    return settings.first


async def _second(settings: Told, _ask: Fetch, _night: date) -> FeedReading | FeedDrift:
    return settings.second


FEED = Source("feed", Told, (Adapter("first", _first), Adapter("second", _second)))
GOOD = FeedReading(items("a", "b", "c", "d"))
OTHER = FeedReading(items("b", "a", "e"), "no counters")
BAD = FeedDrift("page shows no rows")
WORSE = FeedDrift("answers 503")


async def test_the_first_adapter_speaks_for_the_night() -> None:
    found = await pull(FEED, Told(GOOD, OTHER), Shelf(), FEED_DATE, ())
    assert (found.state, found.used, found.items) == (SourceState.OK, "first", GOOD.items)
    assert found.note == ""


async def test_a_fallback_says_why_the_first_was_not_believed() -> None:
    found = await pull(FEED, Told(BAD, OTHER), Shelf(), FEED_DATE, ())
    assert (found.state, found.used, found.items) == (SourceState.FALLBACK, "second", OTHER.items)
    assert found.note == "first: page shows no rows; no counters"


async def test_rows_that_history_contradicts_lead_to_the_fallback() -> None:
    earlier = past((1, GOOD.items), (2, GOOD.items))
    found = await pull(FEED, Told(GOOD, OTHER), Shelf(), FEED_DATE, earlier)
    assert found.state is SourceState.FALLBACK
    assert found.note.startswith(f"first: same rows in the same order as on {ago(1)} and {ago(2)}")


async def test_the_last_good_rows_are_kept_while_they_are_young() -> None:
    earlier = past((2, items("z")), (5, items("y")))
    found = await pull(FEED, Told(BAD, WORSE), Shelf(), FEED_DATE, earlier)
    assert (found.state, found.used, found.items) == (SourceState.STALE, "", items("z"))
    assert found.note == (
        f"first: page shows no rows; second: answers 503; rows of {ago(2)} are kept"
    )


LAST = Source(
    "feed",
    Told,
    (Adapter("first", _first),),
    fallbacks=(Adapter("second", _second, UpdateFrequency.ANY),),
)


async def test_what_means_something_else_is_asked_once_no_rows_can_be_kept() -> None:
    kept = await pull(LAST, Told(BAD, OTHER), Shelf(), FEED_DATE, past((2, items("z"))))
    assert (kept.state, kept.items) == (SourceState.STALE, items("z"))
    found = await pull(LAST, Told(BAD, OTHER), Shelf(), FEED_DATE, past((3, items("z"))))
    assert (found.state, found.used, found.items) == (SourceState.FALLBACK, "second", OTHER.items)


async def test_what_means_something_else_is_neither_kept_nor_compared() -> None:
    frozen = past((9, GOOD.items), (8, GOOD.items))
    other = past((1, OTHER.items), (2, items("q")), adapter="second")
    again = await pull(LAST, Told(GOOD, OTHER), Shelf(), FEED_DATE, [*frozen, *other])
    assert (again.state, again.used) == (SourceState.FALLBACK, "second")
    assert "same rows in the same order" in again.note
    down = await pull(LAST, Told(BAD, WORSE), Shelf(), FEED_DATE, [*frozen, *other])
    assert (down.state, down.items) == (SourceState.DOWN, ())
    assert down.note.endswith(f"last read on {ago(1)}")


@pytest.mark.parametrize(
    ("earlier", "last"),
    [((), "never read yet"), (past((3, items("z"))), f"last read on {ago(3)}")],
)
async def test_a_feed_without_young_rows_is_down(earlier: PastReadings, last: str) -> None:
    found = await pull(FEED, Told(BAD, WORSE), Shelf(), FEED_DATE, earlier)
    assert (found.state, found.items) == (SourceState.DOWN, ())
    assert found.note.endswith(last)


FULL = items(*"abcdefgh")
IMPLAUSIBLE = [
    ("first night", FULL, (), UpdateFrequency.DAILY, None),
    ("one night the same", FULL, past((1, FULL)), UpdateFrequency.DAILY, None),
    ("frozen", FULL, past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, "same rows"),
    ("frozen with a gap", FULL, past((4, FULL), (2, FULL)), UpdateFrequency.DAILY, "same rows"),
    ("part of frozen", items(*"abdefh"), past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, "same"),
    ("reordered", items(*"bacdefgh"), past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, None),
    ("one new", items(*"abcdefgx"), past((2, FULL), (1, FULL)), UpdateFrequency.DAILY, None),
    ("a blog may rest", FULL, past((2, FULL), (1, FULL)), UpdateFrequency.ANY, None),
    ("tonight itself is no history", FULL, past((0, FULL), (1, FULL)), UpdateFrequency.DAILY, None),
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
        "a weekend is no frost",
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
    ("tonight", "earlier", "rhythm", "reason"),
    [row[1:] for row in IMPLAUSIBLE],
    ids=[row[0] for row in IMPLAUSIBLE],
)
def test_history_tells_what_cannot_be(
    tonight: tuple[Item, ...], earlier: PastReadings, rhythm: UpdateFrequency, reason: str | None
) -> None:
    found = reading_problem("first", tonight, earlier, FEED_DATE, rhythm)
    assert found is None if reason is None else found is not None and reason in found


def test_every_source_has_settings_that_need_nothing_and_can_be_switched_off() -> None:
    assert list(SOURCES) == ["github_trending", "papers_with_code", "weekly_papers"]
    for name, source in SOURCES.items():
        assert source.name == name
        assert source.settings().enabled is True
        assert source.settings(enabled=False).enabled is False


@pytest.mark.parametrize("name", SOURCES)
async def test_all_sources_are_down_without_a_network(name: str) -> None:
    source = SOURCES[name]
    shelf = Shelf()
    found = await pull(source, source.settings(), shelf, FEED_DATE, ())
    assert found.state is SourceState.DOWN
    adapters = (*source.chain, *source.fallbacks)
    for adapter in adapters:
        assert f"{adapter.name}: " in found.note
    assert len(shelf.asked) == len(adapters)


async def test_trending_falls_back_from_the_page_of_2019_to_the_archive() -> None:
    source = SOURCES["github_trending"]
    settings = source.settings(languages=())
    shelf = Shelf().put(settings.url, fixture("trending_2019.html"), "text/html")
    shelf.put(f"{settings.rss_url}/all.xml", fixture("archive.xml"), "application/xml")
    found = await pull(source, settings, shelf, FEED_DATE, ())
    assert (found.state, found.used) == (SourceState.FALLBACK, "github_trending_rss")
    assert found.note == "github_trending_page: page shows no rows; without star counts"


async def read_own(name: str) -> tuple[SourceState, list[str]]:
    source = custom_source("mine")
    url = f"https://blog.test/{name}"
    shelf = Shelf().put(url, fixture(name), "text/plain")
    found = await pull(source, source.settings(url=url), shelf, FEED_DATE, ())
    return found.state, [f"{item.identity} {item.title}" for item in found.items]


async def test_a_feed_of_ones_own_may_be_atom() -> None:
    assert await read_own("blog.atom") == (
        SourceState.OK,
        ["page:blog.test/lanterns On lanterns", "repository:github:quiet/pond Untitled note"],
    )


async def test_a_feed_of_ones_own_may_be_json() -> None:
    assert await read_own("blog.json") == (
        SourceState.OK,
        ["paper:arxiv:2608.01001 A paper", "page:blog.test/two No title"],
    )


async def test_a_page_is_no_feed_of_ones_own() -> None:
    assert await read_own("challenge.html") == (SourceState.DOWN, [])
