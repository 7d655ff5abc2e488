"""Momentum: dates of the last seven, stars gained, and the counter among others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from staycurrent.sources.item import Item
from staycurrent.sources.momentum import Momentum, momentum_by_identity
from tests.support.values import FEED_DATE

Seen = tuple[date, Item]


def ago(days: int) -> date:
    return FEED_DATE - timedelta(days=days)


def code(name: str, today: int | None = None, stars: int | None = None) -> Item:
    identity = f"repository:github:a/{name}"
    return Item(identity, "repository", name, "", 1, stars=stars, stars_today=today)


def paper(name: str, upvotes: int | None = None, today: int | None = None) -> Item:
    return Item(f"paper:arxiv:{name}", "paper", name, "", 1, upvotes=upvotes, stars_today=today)


def of(found: dict[str, Momentum], name: str) -> Momentum:
    return found[f"repository:github:a/{name}"]


NIGHTS = [
    ([0], 1),
    ([0, 1, 6], 3),
    ([0, 0, 0], 1),
    ([0, 7], 1),
    ([6], 1),
]


@pytest.mark.parametrize(("days", "nights"), NIGHTS)
def test_dates_are_counted_once_within_a_week(days: Sequence[int], nights: int) -> None:
    seen = [(ago(day), code("x", 5)) for day in days]
    assert of(momentum_by_identity(seen, FEED_DATE), "x").nights == nights


def test_items_outside_the_week_have_no_momentum() -> None:
    assert momentum_by_identity([(ago(7), code("x", 5)), (ago(-1), code("y", 5))], FEED_DATE) == {}


GAINED: list[tuple[list[Seen], int | None]] = [
    ([(ago(0), code("x", 5)), (ago(1), code("x", 7))], 12),
    # The totals include the dates between, on which the page did not show it.
    ([(ago(0), code("x", 5, 130)), (ago(5), code("x", 7, 100))], 30),
    ([(ago(0), code("x", None, 130)), (ago(5), code("x", None, 100))], 30),
    # Stars that were taken back do not reduce what was counted.
    ([(ago(0), code("x", 5, 90)), (ago(1), code("x", 7, 100))], 12),
    ([(ago(0), code("x", None, 90))], None),
    ([(ago(0), code("x"))], None),
    ([(ago(0), code("x", 0))], 0),
    # Of two feeds of one date, the higher gain is counted.
    ([(ago(0), code("x", 5)), (ago(0), code("x", 9)), (ago(0), code("x"))], 9),
]


@pytest.mark.parametrize(("seen", "gained"), GAINED)
def test_stars_are_gained_by_dates_or_by_totals(seen: list[Seen], gained: int | None) -> None:
    assert of(momentum_by_identity(seen, FEED_DATE), "x").gained == gained


def test_totals_of_papers_are_not_compared() -> None:
    """One feed counts another repository than the other, or counted it long ago."""
    totals = [(1, 100, None), (0, 5_000, 12)]
    seen = [(ago(day), replace(paper("1", 3, today), stars=n)) for day, n, today in totals]
    assert momentum_by_identity(seen, FEED_DATE)["paper:arxiv:1"].gained == 12


def test_a_counter_is_compared_with_those_of_the_last_weeks() -> None:
    seen = [(ago(20), code(f"old{n}", n)) for n in range(1, 10)]
    found = momentum_by_identity([*seen, (ago(0), code("x", 5))], FEED_DATE)
    assert of(found, "x").percentile == pytest.approx(6 / 10)


def test_the_latest_counter_is_used_and_not_the_highest() -> None:
    seen = [(ago(1), code("x", 90)), (ago(0), code("x", 1)), (ago(0), code("y", 50))]
    assert of(momentum_by_identity(seen, FEED_DATE), "x").percentile == pytest.approx(1 / 3)


def test_counters_are_compared_within_kind_and_counter() -> None:
    pages = [(ago(0), code(f"big{n}", 1_000 + n)) for n in range(9)]
    seen = [*pages, (ago(0), paper("1", today=30)), (ago(0), paper("2", upvotes=3))]
    found = momentum_by_identity(seen, FEED_DATE)
    assert found["paper:arxiv:1"].percentile == 1.0
    assert found["paper:arxiv:2"].percentile == 1.0


def test_an_item_without_a_counter_has_no_percentile() -> None:
    seen = [(ago(0), code("x", None, 9_000)), (ago(0), code("y", 1))]
    assert of(momentum_by_identity(seen, FEED_DATE), "x") == Momentum(
        nights=1, gained=None, percentile=0.0, pulls=1
    )


@pytest.mark.parametrize(
    ("apart", "shown", "pulls"),
    [(1, [0, 1], 2), (7, [0, 1], 2), (7, [0, 6], 2), (7, [0, 7], 1), (1, [0, 7], 1), (7, [0], 1)],
)
def test_pulls_are_counted_however_far_apart(apart: int, shown: Sequence[int], pulls: int) -> None:
    seen = [(ago(number * apart), code("other", 5)) for number in range(9)]
    seen += [(ago(number * apart), code("x", 5)) for number in shown]
    found = of(momentum_by_identity(seen, FEED_DATE), "x")
    assert (found.pulls, found.nights) == (pulls, pulls if apart == 1 else 1)
