"""Own trending: the sums of the daily pages' stars, and the nights that are not in them."""

from dataclasses import replace
from datetime import timedelta

from staycurrent.sources.item import SourceState
from staycurrent.warehouse import items
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.trending import Gain, Period, trending
from tests.support.values import at, item, night, pull

ONE = item("a/one", 1, stars=100)
TWO = item("b/two", 2, stars=50)
MONDAY = next(n for n in range(1, 9) if night(n).weekday() == 0)


def pulled(w: Warehouse, n: int, *rows: tuple[str, int, int | None]) -> None:
    """On a night: name, stars, stars of today."""
    found = (
        replace(item(name, rank, stars=stars), stars_today=today)
        for rank, (name, stars, today) in enumerate(rows, 1)
    )
    items.add(w, night(n), pull(*found), pulled_at=at(n))


def test_a_week_sums_the_stars_of_its_nights_and_says_which_nights_it_lacks(w: Warehouse) -> None:
    pulled(w, MONDAY, ("a/one", 110, 10), ("b/two", 52, 2))
    pulled(w, MONDAY + 1, ("b/two", 82, 30))
    # A night by the archive shows no counters, and one without any page shows nothing.
    pulled(w, MONDAY + 2, ("a/one", 0, None))
    down = pull(state=SourceState.STALE, note="no answer")
    items.add(w, night(MONDAY + 3), down, pulled_at=at(MONDAY + 3))
    found = trending(w, Period.WEEK, night(MONDAY + 3))
    assert [
        (row.title, row.gained, row.stars, row.best_rank, row.nights) for row in found.rows
    ] == [
        ("b/two", 32, 82, 1, 2),
        ("a/one", 10, 110, 1, 1),
    ]
    assert found.lacking == (night(MONDAY + 2), night(MONDAY + 3))


def test_a_week_ends_on_sunday_and_the_next_begins_anew(w: Warehouse) -> None:
    pulled(w, MONDAY + 6, ("a/one", 110, 10))
    pulled(w, MONDAY + 7, ("a/one", 150, 40))
    assert [row.gained for row in trending(w, Period.WEEK, night(MONDAY)).rows] == [10]
    following = trending(w, Period.WEEK, night(MONDAY + 9))
    assert [row.gained for row in following.rows] == [40]
    assert following.lacking == ()
    earlier = tuple(night(MONDAY + n) for n in range(6))
    assert trending(w, Period.WEEK, night(MONDAY)).lacking == earlier


def test_a_month_sums_its_nights_up_to_the_last_pull(w: Warehouse) -> None:
    first = night(1).replace(day=1)
    for back in range(3):
        day = first + timedelta(days=back)
        row = replace(item("a/one", 1, stars=100), stars_today=5)
        items.add(w, day, pull(row), pulled_at=at(1))
    found = trending(w, Period.MONTH, first + timedelta(days=20))
    assert found.rows == (
        Gain("repository:github:a/one", "a/one", "https://github.com/a/one", 15, 100, 1, 3),
    )
    assert found.lacking == ()
    assert trending(w, Period.MONTH, first - timedelta(days=1)).rows == ()


def test_other_feeds_are_not_in_the_sum(w: Warehouse) -> None:
    paper = replace(pull(replace(ONE, stars_today=7)), source="papers_with_code")
    items.add(w, night(1), paper, pulled_at=at(1))
    assert trending(w, Period.WEEK, night(1)).rows == ()


def test_the_most_that_is_asked_for_is_the_most_that_comes(w: Warehouse) -> None:
    pulled(w, MONDAY, *((f"a/n{n}", 100, n) for n in range(1, 9)))
    found = trending(w, Period.WEEK, night(MONDAY), most=3)
    assert [row.gained for row in found.rows] == [8, 7, 6]
