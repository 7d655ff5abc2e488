"""Runs: how they begin and end, and what becomes of one that died."""

from datetime import datetime, timedelta, timezone

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.warehouse import runs
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import Run, RunStatus
from tests.support.values import PAPER, at, began, ended, judged, night, not_judged


def statuses(w: Warehouse, n: int) -> list[str]:
    rows = w.select("SELECT status FROM runs WHERE run_date = ? ORDER BY id", night(n))
    return [status for (status,) in rows]


def test_a_warehouse_without_runs_has_no_latest(w: Warehouse) -> None:
    assert runs.latest(w) is None
    assert runs.latest_judged(w) is None


def test_a_run_comes_back_as_it_began_and_as_it_ended(w: Warehouse) -> None:
    run_id = runs.begin(w, run_date=night(1), started_at=at(1), links=168)
    assert runs.latest(w) == Run(
        run_id, night(1), at(1), None, RunStatus.RUNNING, "", 168, 0, 0, 0.0
    )
    runs.finish(
        w,
        run_id,
        status=RunStatus.NOT_JUDGED,
        reason="2 of 3 canaries are silent",
        finished_at=at(1, 3),
        checked=41,
        requests=57,
        seconds=21.4,
    )
    assert runs.latest(w) == Run(
        run_id,
        night(1),
        at(1),
        at(1, 3),
        RunStatus.NOT_JUDGED,
        "2 of 3 canaries are silent",
        168,
        41,
        57,
        21.4,
    )


def test_moments_are_kept_in_utc_whatever_offset_they_came_with(w: Warehouse) -> None:
    began_at = datetime(2026, 12, 1, 7, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    runs.begin(w, run_date=night(1), started_at=began_at, links=0)
    run = runs.latest(w)
    assert run is not None
    assert run.started_at.isoformat() == "2026-12-01T02:00:00+00:00"


def test_a_moment_without_offset_is_refused(w: Warehouse) -> None:
    naive = datetime(2026, 12, 1, 2)  # noqa: DTZ001
    with pytest.raises(ValueError, match="2026-12-01T02:00:00 has no offset"):
        runs.begin(w, run_date=night(1), started_at=naive, links=0)
    assert runs.latest(w) is None


def test_the_latest_run_and_the_latest_judged_one_may_differ(w: Warehouse) -> None:
    first = judged(w, 1, {PAPER: Outcome.OK})
    second = not_judged(w, 2, {PAPER: Outcome.TIMEOUT})
    latest, latest_judged = runs.latest(w), runs.latest_judged(w)
    assert latest is not None
    assert latest_judged is not None
    assert (latest.id, latest_judged.id) == (second, first)


@pytest.mark.parametrize("status", [RunStatus.JUDGED, RunStatus.NOT_JUDGED])
def test_died_runs_of_the_night_share_the_fate_of_the_run_that_ended(
    w: Warehouse, status: RunStatus
) -> None:
    for _ in range(2):
        began(w, 1, {})
    ended(w, began(w, 1, {}), 1, status)
    assert statuses(w, 1) == [status] * 3


@pytest.mark.parametrize("later", [1, 3])
def test_a_run_that_died_on_another_night_is_not_judged(w: Warehouse, later: int) -> None:
    run_id = began(w, 2, {PAPER: Outcome.OK})
    judged(w, later, {PAPER: Outcome.OK})
    died = runs.get(w, run_id)
    assert (died.status, died.reason) == (RunStatus.NOT_JUDGED, "it died before it ended")
    assert died.finished_at is None


def test_an_earlier_end_of_the_same_night_is_not_rewritten_by_a_later_one(w: Warehouse) -> None:
    not_judged(w, 1, {})
    judged(w, 1, {})
    assert statuses(w, 1) == [RunStatus.NOT_JUDGED, RunStatus.JUDGED]


def test_a_run_ends_once_and_not_as_running(w: Warehouse) -> None:
    run_id = began(w, 1, {})
    with pytest.raises(ValueError, match="not as running"):
        ended(w, run_id, 1, RunStatus.RUNNING)
    ended(w, run_id, 1)
    with pytest.raises(ValueError, match=f"run {run_id} has ended as judged"):
        ended(w, run_id, 1, RunStatus.NOT_JUDGED)
    with pytest.raises(ValueError, match="there is no run 99"):
        ended(w, 99, 1)
