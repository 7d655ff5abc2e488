"""Candidates: the last choice stands, and the night of the first sight never moves."""

from dataclasses import replace

import pytest

from staycurrent.sources.item import CandidateGroup, ListSubject
from staycurrent.warehouse import candidates
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.open import Warehouse
from tests.support.values import candidate, night

ONE = candidate("a/one", 0.5, 1)
TWO = candidate("b/two", 0.9, 1)


def test_candidates_come_back_whole_best_first_and_equal_ones_by_identity(w: Warehouse) -> None:
    three, four = candidate("d/four", 0.7, 1), candidate("c/three", 0.7, 1)
    candidates.record(w, night(1), [ONE, three, four, TWO])
    assert candidates.current(w) == (TWO, four, three, ONE)


def test_first_seen_stays_and_the_other_fields_are_of_the_last_selection(w: Warehouse) -> None:
    candidates.record(w, night(1), [ONE])
    later = replace(ONE, score=0.8, why="in 3 feeds", section=("Courses",), first_seen=night(2))
    candidates.record(w, night(2), [later])
    assert candidates.current(w) == (replace(later, first_seen=night(1)),)


def test_what_is_not_chosen_any_more_does_not_stand_and_keeps_its_row(w: Warehouse) -> None:
    candidates.record(w, night(1), [ONE, TWO])
    candidates.record(w, night(2), [TWO])
    assert candidates.current(w) == (TWO,)
    assert candidates.all_proposed(w) == (ONE, TWO)
    assert candidates.dropped(w) == (ONE,)
    candidates.record(w, night(3), [replace(ONE, first_seen=night(3))])
    assert candidates.current(w) == (ONE,)
    assert candidates.dropped(w) == (TWO,)


def test_what_was_chosen_twice_in_a_night_left_no_night_before(w: Warehouse) -> None:
    candidates.record(w, night(1), [ONE, TWO])
    candidates.record(w, night(1), [TWO])
    assert candidates.dropped(w) == ()


def test_a_candidate_comes_back_in_its_group(w: Warehouse) -> None:
    weekly = replace(ONE, group=CandidateGroup.WEEKLY)
    candidates.record(w, night(1), [weekly])
    assert candidates.current(w) == (weekly,)


def test_a_group_of_a_later_version_is_named(w: Warehouse) -> None:
    candidates.record(w, night(1), [ONE])
    w.execute("UPDATE candidates SET candidate_group = 'x'")
    with pytest.raises(WarehouseUnusable, match="the warehouse has the candidate group 'x', which"):
        candidates.current(w)


def test_the_night_on_which_something_was_taken_never_moves(w: Warehouse) -> None:
    candidates.record_accepted(w, {"b": night(2), "a": night(3)})
    candidates.record_accepted(w, {"a": night(9)})
    assert candidates.accepted(w) == {"b": night(2), "a": night(3)}


def test_an_empty_choice_is_a_choice(w: Warehouse) -> None:
    candidates.record(w, night(1), [ONE])
    candidates.record(w, night(2), [])
    assert candidates.current(w) == ()


def test_choosing_again_on_the_same_night_replaces_the_choice(w: Warehouse) -> None:
    candidates.record(w, night(1), [ONE, TWO])
    candidates.record(w, night(1), [ONE])
    assert candidates.current(w) == (ONE,)


def test_what_the_last_choice_was_made_by_comes_back(w: Warehouse) -> None:
    assert candidates.subject(w) is None
    candidates.record(w, night(1), [ONE], ListSubject(("Bees",), ("honey bees",), 0.4))
    assert candidates.subject(w) == ListSubject(("Bees",), ("honey bees",), 0.4)
    candidates.record(w, night(2), [], ListSubject(()))
    assert candidates.subject(w) == ListSubject(())
    candidates.record(w, night(3), [])
    assert candidates.subject(w) == ListSubject(())
