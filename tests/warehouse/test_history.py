"""The chronicle: what each night knew, and what became of every link."""

from collections.abc import Mapping

from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import VerdictState
from staycurrent.sources.item import SourceState
from staycurrent.warehouse import history, items
from staycurrent.warehouse.history import NotableCheck, VerdictCount
from staycurrent.warehouse.open import Warehouse
from tests.support.values import (
    CODE,
    PAPER,
    at,
    began,
    conclude,
    ended,
    item,
    night,
    not_judged,
    pull,
)
from tests.support.values import verdict as concluded

ALWAYS = night(1)


def judged(w: Warehouse, n: int, seen: Mapping[str, Outcome], **states: VerdictState) -> None:
    """A night that concludes on the paper and, where it is named, on the code."""
    run_id = began(w, n, seen)
    links = {"paper": PAPER, "code": CODE}
    found = [
        concluded(links[name], state, since=1, nights=n, last=n) for name, state in states.items()
    ]
    ended(w, run_id, n)
    conclude(w, run_id, *found)


def test_health_counts_the_verdicts_that_stood_on_each_judged_night(w: Warehouse) -> None:
    judged(
        w,
        1,
        {PAPER: Outcome.OK, CODE: Outcome.OK},
        paper=VerdictState.ALIVE,
        code=VerdictState.ALIVE,
    )
    judged(w, 2, {PAPER: Outcome.GONE}, paper=VerdictState.SUSPECT, code=VerdictState.ALIVE)
    not_judged(w, 3, {PAPER: Outcome.TIMEOUT})
    judged(w, 4, {PAPER: Outcome.GONE}, paper=VerdictState.DEAD, code=VerdictState.ALIVE)
    assert history.verdict_counts(w, ALWAYS) == (
        VerdictCount(night(1), VerdictState.ALIVE, 2),
        VerdictCount(night(2), VerdictState.ALIVE, 1),
        VerdictCount(night(2), VerdictState.SUSPECT, 1),
        VerdictCount(night(4), VerdictState.ALIVE, 1),
        VerdictCount(night(4), VerdictState.DEAD, 1),
    )
    assert {one.run_date for one in history.verdict_counts(w, night(3))} == {night(4)}


def test_a_link_that_left_the_list_is_not_counted_any_more(w: Warehouse) -> None:
    judged(
        w,
        1,
        {PAPER: Outcome.GONE, CODE: Outcome.OK},
        paper=VerdictState.DEAD,
        code=VerdictState.ALIVE,
    )
    judged(w, 2, {CODE: Outcome.OK}, code=VerdictState.ALIVE)
    assert history.verdict_counts(w, night(2)) == (VerdictCount(night(2), VerdictState.ALIVE, 1),)


def test_two_runs_of_a_night_are_one_night(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK}, paper=VerdictState.ALIVE)
    judged(w, 1, {PAPER: Outcome.GONE}, paper=VerdictState.SUSPECT)
    assert history.verdict_counts(w, ALWAYS) == (VerdictCount(night(1), VerdictState.SUSPECT, 1),)
    assert history.link_histories(w, ALWAYS)[PAPER].outcomes == (Outcome.GONE,)


def test_a_life_has_every_judged_look_and_words_where_the_outcome_turns(w: Warehouse) -> None:
    came = (Outcome.OK, Outcome.OK, Outcome.GONE, Outcome.GONE, Outcome.GONE)
    for n, outcome in enumerate(came, 1):
        judged(w, n, {PAPER: outcome}, paper=VerdictState.ALIVE)
    not_judged(w, 6, {PAPER: Outcome.TIMEOUT})
    life = history.link_histories(w, ALWAYS)[PAPER]
    assert life.run_dates == tuple(night(n) for n in range(1, 6))
    assert life.outcomes == came
    assert life.notable == (
        NotableCheck(night(1), Outcome.OK, "ok"),
        NotableCheck(night(3), Outcome.GONE, "gone"),
        NotableCheck(night(5), Outcome.GONE, "gone"),
    )
    assert history.link_histories(w, night(5))[PAPER].run_dates == (night(5),)
    assert CODE not in history.link_histories(w, ALWAYS)


def test_a_turn_is_a_change_of_verdict_and_not_of_its_date(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK}, paper=VerdictState.ALIVE)
    judged(w, 2, {PAPER: Outcome.GONE}, paper=VerdictState.SUSPECT)
    run_id = began(w, 3, {PAPER: Outcome.GONE})
    later = concluded(PAPER, VerdictState.SUSPECT, since=2, nights=2, last=3)
    ended(w, run_id, 3)
    conclude(w, run_id, later)
    turns = [(one.run_date, one.previous, one.state) for one in history.verdict_changes(w, ALWAYS)]
    assert turns == [
        (night(1), None, VerdictState.ALIVE),
        (night(2), VerdictState.ALIVE, VerdictState.SUSPECT),
    ]


def test_days_of_runs_and_pulls_are_in_order(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK}, paper=VerdictState.ALIVE)
    not_judged(w, 2, {PAPER: Outcome.TIMEOUT})
    items.add(w, night(1), pull(item("a/one", 1)), pulled_at=at(1))
    items.add(w, night(2), pull(state=SourceState.DOWN), pulled_at=at(2))
    assert [(one.run_date, one.status) for one in history.run_days(w, ALWAYS)] == [
        (night(1), "judged"),
        (night(2), "not_judged"),
    ]
    pulls = items.pulls_since(w, ALWAYS)
    assert [(one.source, one.run_date, one.state, one.items) for one in pulls] == [
        ("github_trending", night(1), SourceState.OK, 1),
        ("github_trending", night(2), SourceState.DOWN, 0),
    ]
