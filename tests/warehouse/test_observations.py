"""Observations: what counts as evidence, what is set aside, and that nothing is ever changed."""

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from staycurrent.links.observation import Outcome
from staycurrent.warehouse import observations
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.open import Warehouse, open_warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import (
    CODE,
    PAPER,
    began,
    ended,
    judged,
    look,
    night,
    not_judged,
    outcomes,
)


def test_text_that_utf8_cannot_carry_is_mended_and_costs_no_other_observation(
    w: Warehouse,
) -> None:
    run_id = began(w, 1, {})
    cut = replace(look(PAPER, 1, Outcome.OK), evidence="cut \ud83d and whole \ud83d\ude00")
    observations.add(w, run_id, [cut, look(CODE, 1, Outcome.OK)])
    ended(w, run_id, 1)
    [mended] = observations.histories(w)[PAPER]
    assert mended.evidence == "cut \ufffd and whole \U0001f600"
    assert outcomes(w, CODE) == [(1, "ok")]


def test_ids_of_links_are_known_as_long_as_their_rows_exist(w: Warehouse) -> None:
    with suppress(KeyError), w.transaction():
        observations.ensure_ids(w, [PAPER])
        assert observations.find_ids(w, [PAPER, CODE]) == {PAPER: 1}
        raise KeyError
    assert observations.find_ids(w, [PAPER]) == {}
    assert observations.ensure_ids(w, [CODE, PAPER]) == {CODE: 1, PAPER: 2}
    assert observations.find_ids(w) == observations.find_ids(w, [CODE, PAPER])


def test_ids_of_many_links_are_not_held_in_memory(
    w: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observations, "_CACHED_LINKS", 2)
    links = [f"https://h.example/{n}" for n in range(9)]
    observations.ensure_ids(w, links)
    for end in (1, 3, 9):
        assert list(observations.find_ids(w, links[:end]).values()) == [*range(1, end + 1)]
        assert len(w.link_ids) <= 2


def test_evidence_comes_oldest_first_whatever_the_order_of_the_runs(w: Warehouse) -> None:
    for n in (2, 3, 1):
        judged(w, n, {PAPER: Outcome.OK})
    assert outcomes(w, PAPER) == [(1, "ok"), (2, "ok"), (3, "ok")]


def test_a_night_that_was_not_judged_is_never_evidence_and_is_kept_aside(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK})
    not_judged(w, 2, {PAPER: Outcome.TIMEOUT, CODE: Outcome.TIMEOUT})
    assert outcomes(w, PAPER) == [(1, "ok")]
    assert CODE not in observations.histories(w)
    assert observations.not_counted(w, PAPER) == (look(PAPER, 2, Outcome.TIMEOUT),)
    assert observations.not_counted(w, "https://example.org/unknown") == ()


def test_of_another_vantage_a_success_is_evidence_and_a_failure_is_not(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK, CODE: Outcome.MISSING}, vantage="laptop")
    judged(w, 1, {PAPER: Outcome.MISSING, CODE: Outcome.MISSING})
    assert outcomes(w, PAPER) == [(1, "missing"), (1, "ok")]  # our own comes first
    assert outcomes(w, CODE) == [(1, "missing")]
    assert observations.latest(w)[PAPER].vantage == "laptop"
    assert [one.vantage for one in observations.not_counted(w, CODE)] == ["laptop"]
    assert observations.checked_links(w, night(1), vantage="laptop") == {PAPER, CODE}
    assert observations.checked_links(w, night(1), vantage="phone") == frozenset()


def test_a_run_that_died_is_not_adopted_by_one_of_another_vantage(w: Warehouse) -> None:
    began(w, 1, {PAPER: Outcome.OK})
    judged(w, 1, {CODE: Outcome.OK}, vantage="laptop")
    assert outcomes(w, PAPER) == []


def test_a_night_has_one_observation_of_a_link_and_the_last_run_wins(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.MISSING, CODE: Outcome.OK})
    judged(w, 1, {PAPER: Outcome.OK})
    assert outcomes(w, PAPER) == [(1, "ok")]
    assert outcomes(w, CODE) == [(1, "ok")]


def test_a_later_run_that_is_not_judged_takes_nothing_from_the_night(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK})
    not_judged(w, 1, {PAPER: Outcome.TIMEOUT})
    assert outcomes(w, PAPER) == [(1, "ok")]


def test_histories_can_be_asked_for_a_few_links(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK, CODE: Outcome.OK})
    unknown = "https://example.org/unknown"
    assert observations.histories(w, [PAPER, unknown]) == {PAPER: (look(PAPER, 1, Outcome.OK),)}
    assert observations.histories(w, []) == {}


def test_a_running_run_sees_its_own_evidence_and_nobody_else_does(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK})
    run_id = began(w, 2, {PAPER: Outcome.MISSING})
    assert outcomes(w, PAPER) == [(1, "ok")]
    assert outcomes(w, PAPER, pending_run=run_id) == [(1, "ok"), (2, "missing")]


def test_a_run_goes_on_where_a_died_one_of_the_night_stopped(w: Warehouse) -> None:
    began(w, 1, {PAPER: Outcome.MISSING})
    again = began(w, 1, {CODE: Outcome.OK})
    assert observations.checked_links(w, night(1)) == {PAPER, CODE}
    assert outcomes(w, PAPER, pending_run=again) == [(1, "missing")]
    assert outcomes(w, PAPER) == []
    ended(w, again, 1)
    assert outcomes(w, PAPER) == [(1, "missing")]
    assert observations.not_counted(w, PAPER) == ()


def test_a_died_run_is_set_aside_with_the_run_that_adopted_it(w: Warehouse) -> None:
    began(w, 1, {PAPER: Outcome.TIMEOUT})
    again = ended(w, began(w, 1, {}), 1, RunStatus.NOT_JUDGED)
    assert observations.checked_links(w, night(1)) == frozenset()
    assert outcomes(w, PAPER, pending_run=again) == []
    assert len(observations.not_counted(w, PAPER)) == 1


def test_a_run_that_died_on_an_earlier_night_never_becomes_evidence(w: Warehouse) -> None:
    began(w, 1, {PAPER: Outcome.MISSING})
    judged(w, 2, {PAPER: Outcome.OK})
    assert outcomes(w, PAPER) == [(2, "ok")]
    assert observations.checked_links(w, night(1)) == frozenset()


def test_only_checks_of_this_date_make_a_link_checked(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK})
    not_judged(w, 2, {PAPER: Outcome.TIMEOUT})
    judged(w, 2, {CODE: Outcome.OK})
    assert observations.checked_links(w, night(1)) == {PAPER}
    assert observations.checked_links(w, night(2)) == {CODE}


def test_nothing_can_be_added_to_a_run_that_ended(w: Warehouse) -> None:
    run_id = judged(w, 1, {PAPER: Outcome.OK})
    with pytest.raises(ValueError, match=f"run {run_id} has ended as judged"):
        observations.add(w, run_id, [look(CODE, 1, Outcome.OK)])


def test_a_run_notes_a_link_once_and_of_its_own_night(w: Warehouse) -> None:
    run_id = began(w, 1, {PAPER: Outcome.OK})
    with pytest.raises(duckdb.ConstraintException):
        observations.add(w, run_id, [look(CODE, 1, Outcome.OK), look(PAPER, 1, Outcome.MISSING)])
    with pytest.raises(
        ValueError, match=f"{CODE} was checked on 2026-12-02, run {run_id} is of 2026"
    ):
        observations.add(w, run_id, [look(CODE, 2, Outcome.OK)])
    ended(w, run_id, 1)
    assert observations.histories(w) == {PAPER: (look(PAPER, 1, Outcome.OK),)}


@pytest.mark.parametrize("column", ["outcome", "freshness"])
def test_what_a_later_version_wrote_is_named(w: Warehouse, column: str) -> None:
    judged(w, 1, {PAPER: Outcome.OK})
    w.execute(f"UPDATE observations SET {column} = 'x'")  # noqa: S608
    expected = f"the warehouse has the {column} 'x', which this version does not know"
    with pytest.raises(WarehouseUnusable, match=expected):
        observations.histories(w)


def test_histories_longer_than_one_query_are_whole(w: Warehouse) -> None:
    links = {f"https://example.org/{n}": Outcome.OK for n in range(1203)}
    for n in (1, 2):
        judged(w, n, links)
    assert {link: len(found) for link, found in observations.iter_histories(w)} == dict.fromkeys(
        links, 2
    )


def test_ten_thousand_observations_are_added_in_under_a_second(path: Path) -> None:
    noted = [look(f"https://example.org/{n}", 1, Outcome.MISSING) for n in range(10_000)]
    with open_warehouse(path) as w:
        run_id = began(w, 1, {})
        started = time.process_time()
        observations.add(w, run_id, noted)
        assert time.process_time() - started < 1
        ended(w, run_id, 1)
        assert len(observations.histories(w)) == 10_000


def test_the_last_look_at_a_link_is_of_a_judged_night_and_was_not_skipped(w: Warehouse) -> None:
    judged(w, 1, {PAPER: Outcome.OK, CODE: Outcome.OK})
    judged(w, 2, {PAPER: Outcome.GONE, CODE: Outcome.SKIPPED})
    judged(w, 2, {PAPER: Outcome.MISSING})
    not_judged(w, 3, {PAPER: Outcome.TIMEOUT})
    last = observations.latest(w)
    assert {link: (one.run_date, one.outcome) for link, one in last.items()} == {
        PAPER: (night(2), Outcome.MISSING),
        CODE: (night(1), Outcome.OK),
    }


def test_hosts_are_counted_by_the_last_status_of_a_date(w: Warehouse) -> None:
    judged(w, 1, {f"{CODE}/{number}": Outcome.OK for number in range(2)})
    run_id = began(w, 2, {})
    limited = [look(f"{CODE}/{number}", 2, Outcome.BLOCKED) for number in range(3)]
    observations.add(w, run_id, [replace(one, status=429) for one in limited])
    observations.add(w, run_id, [look(f"{CODE}/3", 2, Outcome.OK), look(PAPER, 2, Outcome.OK)])
    assert observations.hosts_with_status(w, night(2), status=429) == []
    ended(w, run_id, 2)
    assert observations.hosts_with_status(w, night(2), status=429) == [("code.example", 3, 4)]
    assert observations.hosts_with_status(w, night(1), status=429) == []
    assert observations.hosts_with_status(w, night(3), status=429) == []
