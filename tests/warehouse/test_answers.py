"""A question is asked of DuckDB once, until something is written."""

from typing import Any

import pytest

from tests.warehouse.story import night
from warehouse.open import Warehouse

HOW_MANY = "SELECT count(*) FROM runs WHERE night >= ?"
ROW = (night(1), night(1), None, "judged", "", 1, 1, 1, 1.0, None)
INSERT = "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def count(w: Warehouse) -> int:
    """How many runs there are, as the warehouse says."""
    ((found,),) = w.select(HOW_MANY, night(1))
    return int(found)


@pytest.mark.parametrize(
    "write",
    [
        lambda w: w.execute(INSERT, 1, *ROW),
        lambda w: w.append("runs", [(1, *ROW)]),
        lambda w: w.append("runs", ((count(w) + 1, *ROW) for _ in range(1))),
    ],
    ids=["a statement", "rows", "rows that ask meanwhile"],
)
def test_what_was_written_is_in_the_next_answer(w: Warehouse, write: Any) -> None:
    assert count(w) == 0
    write(w)
    assert count(w) == 1
    with w.transaction():
        w.execute("DELETE FROM runs")
        assert count(w) == 0
    assert count(w) == 0


def fail_inside(w: Warehouse) -> None:
    with w.transaction():
        w.execute(INSERT, 1, *ROW)
        assert count(w) == 1
        raise KeyError


def test_what_was_taken_back_is_not_in_the_next_answer(w: Warehouse) -> None:
    with pytest.raises(KeyError):
        fail_inside(w)
    assert count(w) == 0


def test_an_answer_is_the_askers_own(w: Warehouse) -> None:
    w.select(HOW_MANY, night(1)).clear()
    assert count(w) == 0


def test_questions_differ_by_their_values_too(w: Warehouse) -> None:
    w.execute(INSERT, 1, *ROW)
    assert w.select(HOW_MANY, night(1)) == [(1,)]
    assert w.select(HOW_MANY, night(2)) == [(0,)]
    assert w.select("SELECT unnest(?::INTEGER[])", [1, 2]) == [(1,), (2,)]
    assert w.select("SELECT unnest(?::INTEGER[])", [3]) == [(3,)]


def test_a_question_is_put_to_duckdb_once(w: Warehouse) -> None:
    first = w.select("SELECT uuid()")
    assert w.select("SELECT uuid()") == first
    w.execute("DELETE FROM runs")
    assert w.select("SELECT uuid()") != first


def test_a_question_about_named_things_is_put_once_and_again_after_a_write(w: Warehouse) -> None:
    asked = "SELECT unnest(?::VARCHAR[]), uuid()"
    first = w.select(asked, ["one", "two"])
    assert w.select(asked, ["one", "two"]) == first
    assert w.select(asked, ["two", "one"]) != first
    w.execute("DELETE FROM runs")
    assert w.select(asked, ["one", "two"]) != first


def test_a_long_question_is_not_kept(w: Warehouse) -> None:
    asked, many = "SELECT count(*), uuid() FROM unnest(?::INTEGER[])", list(range(6000))
    assert w.select(asked, many) != w.select(asked, many)
