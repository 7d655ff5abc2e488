"""The view `own_trending`: the sums of the daily pages' stars, and the dates that they lack."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from staycurrent.sources.item import SourceState
from staycurrent.warehouse import items
from staycurrent.warehouse.open import Warehouse
from tests.support.values import at, item, night, pull

MONDAY = next(n for n in range(1, 9) if night(n).weekday() == 0)


def pulled(w: Warehouse, n: int, *rows: tuple[str, int, int | None]) -> None:
    """On one date: name, stars, stars of that day."""
    found = (
        replace(item(name, rank, stars=stars), stars_today=today)
        for rank, (name, stars, today) in enumerate(rows, 1)
    )
    items.add(w, night(n), pull(*found), pulled_at=at(n))


def trending(w: Warehouse, period: str, first: date, columns: str) -> list[tuple[Any, ...]]:
    return w.select(
        f"SELECT {columns} FROM own_trending WHERE period = ? AND first_date = ?",  # noqa: S608
        period,
        first,
    )


def test_a_week_sums_the_stars_of_its_dates_and_lists_the_dates_it_lacks(w: Warehouse) -> None:
    pulled(w, MONDAY, ("a/one", 110, 10), ("b/two", 52, 2))
    pulled(w, MONDAY + 1, ("b/two", 82, 30))
    # A page from the archive has no counters, and without a page there is nothing.
    pulled(w, MONDAY + 2, ("a/one", 0, None))
    down = pull(state=SourceState.STALE, note="no answer")
    items.add(w, night(MONDAY + 3), down, pulled_at=at(MONDAY + 3))
    lacking = [night(MONDAY + 2), night(MONDAY + 3)]
    assert trending(
        w, "week", night(MONDAY), "title, gained, stars, best_rank, days, missing_dates"
    ) == [
        ("b/two", 32, 82, 1, 2, lacking),
        ("a/one", 10, 110, 1, 1, lacking),
    ]


def test_a_week_ends_on_sunday_and_the_next_begins_anew(w: Warehouse) -> None:
    pulled(w, MONDAY + 6, ("a/one", 110, 10))
    pulled(w, MONDAY + 7, ("a/one", 150, 40))
    earlier = [night(MONDAY + n) for n in range(6)]
    assert trending(w, "week", night(MONDAY), "gained, missing_dates") == [(10, earlier)]
    assert trending(w, "week", night(MONDAY + 7), "gained, missing_dates") == [(40, [])]


def test_a_month_sums_its_dates_up_to_the_last_pull(w: Warehouse) -> None:
    first = night(1).replace(day=1)
    for day in range(3):
        row = replace(item("a/one", 1, stars=100), stars_today=5)
        items.add(w, first + timedelta(days=day), pull(row), pulled_at=at(1))
    columns = "identity, gained, stars, best_rank, days, missing_dates"
    assert trending(w, "month", first, columns) == [("repository:github:a/one", 15, 100, 1, 3, [])]


def test_other_feeds_are_not_in_the_sum(w: Warehouse) -> None:
    paper = replace(pull(replace(item("a/one", 1), stars_today=7)), source="papers_with_code")
    items.add(w, night(1), paper, pulled_at=at(1))
    assert w.select("FROM own_trending") == []
