"""Decisions: what people settled stands until they take it back or its time is over."""

from dataclasses import replace

from staycurrent.warehouse import overrides
from staycurrent.warehouse.open import Warehouse
from tests.support.values import CODE, PAPER, at, decision, night


def test_a_decision_comes_back_whole(w: Warehouse) -> None:
    made = decision(PAPER, 1, verdict="dead", until=9)
    overrides.add(w, made)
    assert overrides.active(w, night(2)) == (made,)


def test_a_decision_stands_up_to_its_last_night(w: Warehouse) -> None:
    overrides.add(w, decision(PAPER, 1, until=5))
    overrides.add(w, decision(CODE, 1, kind="decline"))
    assert [one.url for one in overrides.active(w, night(5))] == [PAPER, CODE]
    assert [one.url for one in overrides.active(w, night(6))] == [CODE]


def test_revoking_takes_back_one_and_erases_nothing(w: Warehouse) -> None:
    for made in (decision(PAPER, 1, verdict="dead"), decision(PAPER, 1), decision(CODE, 1)):
        overrides.add(w, made)
    overrides.revoke(w, decision(PAPER, 1), at(2))
    assert [(one.url, one.verdict) for one in overrides.active(w, night(2))] == [
        (PAPER, "dead"),
        (CODE, None),
    ]
    assert len(w.select("FROM overrides")) == 4


def test_what_was_undone_can_be_settled_anew(w: Warehouse) -> None:
    overrides.add(w, decision(PAPER, 1))
    overrides.revoke(w, decision(PAPER, 1), at(2))
    assert overrides.active(w, night(2)) == ()
    overrides.add(w, decision(PAPER, 3))
    assert overrides.active(w, night(3)) == (decision(PAPER, 3),)


def test_a_later_decision_on_the_same_subject_takes_the_place_of_the_earlier(
    w: Warehouse,
) -> None:
    overrides.add(w, decision(PAPER, 1))
    shorter = replace(decision(PAPER, 2, until=4), reason="only this week")
    overrides.add(w, shorter)
    assert overrides.active(w, night(3)) == (shorter,)
    assert overrides.active(w, night(5)) == ()
