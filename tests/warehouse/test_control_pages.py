"""Siblings: remembered for three weeks, of nights that count, the last one first."""

from datetime import date

from staycurrent.links.soft_404 import CONTROL_PAGE_DAYS, ControlPage
from staycurrent.warehouse import lookups, runs
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import at, began, ended, night

FOLDER = "https://example.org/papers/"
SHELL = "html 5 0123456789abcdef Not found"


def made(n: int, folder: str = FOLDER, status: int = 404) -> ControlPage:
    return ControlPage(folder, night(n), status)


def learned(w: Warehouse, n: int, one: ControlPage, status: RunStatus = RunStatus.JUDGED) -> None:
    run_id = began(w, n, {})
    lookups.add_control_pages(w, run_id, [one])
    ended(w, run_id, n, status)


def test_what_was_learned_comes_back_as_it_was(w: Warehouse) -> None:
    stored = ControlPage(FOLDER, night(1), 200, "https://example.org/", SHELL, says_missing=True)
    bare = made(1, "https://other.example/")
    run_id = began(w, 1, {})
    lookups.add_control_pages(w, run_id, [stored, bare])
    ended(w, run_id, 1)
    assert lookups.control_pages(w, night(2)) == {stored.folder: stored, bare.folder: bare}


def test_three_weeks_are_the_memory(w: Warehouse) -> None:
    learned(w, 1, made(1))
    assert lookups.control_pages(w, night(CONTROL_PAGE_DAYS)) == {FOLDER: made(1)}
    assert lookups.control_pages(w, night(CONTROL_PAGE_DAYS + 1)) == {}


def test_the_last_answer_of_a_folder_counts_and_none_of_a_later_night(w: Warehouse) -> None:
    learned(w, 1, made(1))
    learned(w, 3, made(3, status=200))
    assert lookups.control_pages(w, night(4)) == {FOLDER: made(3, status=200)}
    assert lookups.control_pages(w, night(2)) == {FOLDER: made(1)}


def test_a_night_that_was_not_judged_taught_nothing(w: Warehouse) -> None:
    learned(w, 1, made(1), RunStatus.NOT_JUDGED)
    assert lookups.control_pages(w, night(1)) == {}
    assert lookups.control_pages(w, night(2)) == {}


def test_a_dead_run_of_the_date_counts_on_that_date(w: Warehouse) -> None:
    lookups.add_control_pages(w, began(w, 1, {}), [made(1)])
    assert lookups.control_pages(w, night(1)) == {FOLDER: made(1)}
    assert lookups.control_pages(w, night(2)) == {}


def test_text_that_utf8_cannot_carry_is_mended(w: Warehouse) -> None:
    run_id = runs.begin(w, run_date=date(2026, 12, 1), started_at=at(1), links=0)
    lookups.add_control_pages(
        w, run_id, [ControlPage(FOLDER, night(1), 200, None, f"{SHELL} \ud83d")]
    )
    assert lookups.control_pages(w, night(1))[FOLDER].fingerprint == f"{SHELL} \ufffd"
