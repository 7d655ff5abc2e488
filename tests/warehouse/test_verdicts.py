"""Verdicts: a row for each change, and only judged runs change the current ones."""

from dataclasses import replace

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.warehouse import verdicts
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from staycurrent.warehouse.verdicts import StoredVerdict
from tests.support.values import (
    CODE,
    PAPER,
    began,
    conclude,
    current_verdicts,
    ended,
    judged,
    night,
    not_judged,
    verdict,
)

ALIVE = verdict(PAPER, VerdictState.ALIVE, since=1, nights=1, last=1)
SUSPECT = verdict(PAPER, VerdictState.SUSPECT, since=2, nights=1, last=2)


def concluded(w: Warehouse, n: int, *found: Verdict) -> int:
    run_id = ended(w, began(w, n, {}), n)
    conclude(w, run_id, *found)
    return run_id


def rows(w: Warehouse) -> int:
    return len(w.select("FROM verdicts"))


def test_a_verdict_comes_back_whole(w: Warehouse) -> None:
    moved = Verdict(
        CODE,
        VerdictState.MOVED,
        "renamed",
        night(1),
        3,
        night(3),
        "https://new.example/",
        "https://old/",
    )
    unchecked = Verdict("not a web address", VerdictState.UNCHECKED)
    concluded(w, 3, moved, unchecked)
    assert current_verdicts(w) == {CODE: moved, "not a web address": unchecked}


@pytest.mark.parametrize(
    "other",
    [
        replace(SUSPECT, state=VerdictState.DEAD),
        replace(SUSPECT, reason="dns"),
        replace(SUSPECT, since=night(1)),
        replace(SUSPECT, suggestion="https://new.example/"),
        replace(SUSPECT, archive="https://archive.example/"),
    ],
)
def test_another_conclusion_is_a_row_and_the_row_before_it_remains(
    w: Warehouse, other: Verdict
) -> None:
    concluded(w, 2, SUSPECT)
    concluded(w, 3, other)
    assert current_verdicts(w) == {PAPER: other}
    assert rows(w) == 2


def test_counts_alone_are_no_change_and_are_right_in_what_stands(w: Warehouse) -> None:
    concluded(w, 2, SUSPECT)
    counted = replace(SUSPECT, checks=2, last_checked=night(3))
    concluded(w, 3, counted)
    assert current_verdicts(w) == {PAPER: counted}
    assert rows(w) == 1


def test_the_counts_of_one_link_outlive_nights_that_conclude_on_another(w: Warehouse) -> None:
    concluded(w, 2, SUSPECT)
    for n in (3, 4, 5):
        concluded(w, n, verdict(CODE, VerdictState.ALIVE, since=3, nights=n - 2, last=n))
    assert current_verdicts(w)[PAPER] == SUSPECT


def test_a_run_may_conclude_on_one_link_after_the_other(w: Warehouse) -> None:
    run_id = ended(w, began(w, 2, {}), 2)
    other = verdict(CODE, VerdictState.ALIVE, since=1, nights=2, last=2)
    for one in (SUSPECT, other):
        conclude(w, run_id, one)
    assert current_verdicts(w) == {PAPER: SUSPECT, CODE: other}


def test_overtaken_counts_are_dropped(w: Warehouse) -> None:
    for n in range(2, 9):
        concluded(w, n, replace(SUSPECT, checks=n - 1, last_checked=night(n)))
    assert len(w.select("FROM verdict_counts")) == 1


def test_a_run_concludes_after_it_was_judged_and_not_before_nor_if_it_was_not(w: Warehouse) -> None:
    run_id = began(w, 2, {})
    with pytest.raises(ValueError, match=f"run {run_id} is not judged"):
        conclude(w, run_id, SUSPECT)
    ended(w, run_id, 2)
    conclude(w, run_id, SUSPECT)
    refused = ended(w, began(w, 3, {}), 3, RunStatus.NOT_JUDGED)
    with pytest.raises(ValueError, match=f"run {refused} is not judged"):
        conclude(w, refused, ALIVE)
    assert current_verdicts(w) == {PAPER: SUSPECT}


def test_concluding_twice_in_one_run_changes_nothing(w: Warehouse) -> None:
    run_id = concluded(w, 2, SUSPECT)
    conclude(w, run_id, SUSPECT)
    assert current_verdicts(w) == {PAPER: SUSPECT}
    assert rows(w) == 1


def test_a_verdict_is_up_to_date_until_the_rules_change_or_the_link_is_observed(
    w: Warehouse,
) -> None:
    run_id = concluded(w, 2, SUSPECT)
    verdicts.record_rules_version(w, run_id, "1")
    assert verdicts.stored(w, [PAPER, CODE], "1") == {
        PAPER: StoredVerdict(SUSPECT, is_up_to_date=True)
    }
    assert verdicts.stored(w, [PAPER], "2") == {PAPER: StoredVerdict(SUSPECT, is_up_to_date=False)}
    judged(w, 3, {CODE: Outcome.OK})
    not_judged(w, 4, {PAPER: Outcome.OK})
    assert verdicts.stored(w, [PAPER, CODE], "1") == {
        PAPER: StoredVerdict(SUSPECT, is_up_to_date=True),
        CODE: StoredVerdict(None, is_up_to_date=False),
    }
    judged(w, 5, {PAPER: Outcome.OK})
    assert verdicts.stored(w, [PAPER], "1") == {PAPER: StoredVerdict(SUSPECT, is_up_to_date=False)}
