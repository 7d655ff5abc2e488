"""Runs: one execution each, whether its observations count, and its statistics of kinds."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from staycurrent.warehouse.connection import Value, to_row
from staycurrent.warehouse.open import Warehouse

if TYPE_CHECKING:  # the schedule knows all providers, and `render` needs none
    from staycurrent.links.schedule import KindStatistics, RecheckPolicy

_SELECT = """
SELECT id, run_date, started_at, finished_at,
    if(status = 'running' AND finished_at IS NOT NULL, 'interrupted', status::VARCHAR), reason,
    links, checked, requests, seconds, vantage
FROM runs WHERE
"""
_ADOPT = """
UPDATE runs SET adopted_by = ? WHERE run_date = ? AND vantage = ? AND status = 'running'
"""
_COUNT = "(SELECT count(*) FROM observations AS o WHERE o.run_id = runs.id)"
_ABANDON = f"""
UPDATE runs
SET status = 'not_judged', checked = {_COUNT},
    reason = CASE WHEN reason = '' THEN 'it died before it ended' ELSE reason END
WHERE status = 'running' AND NOT (run_date = ? AND vantage = ?)
"""  # noqa: S608
_BEGIN = "INSERT INTO runs VALUES (?, ?, ?, NULL, 'running', '', ?, 0, 0, 0, NULL, NULL, ?)"
_FINISH = """
UPDATE runs
SET status = ?, reason = ?, finished_at = ?, checked = ?, requests = ?, seconds = ?
WHERE id = ?
"""
_FINISH_ADOPTED = f"""
UPDATE runs SET status = ?, reason = ?, checked = {_COUNT} WHERE adopted_by = ?
"""  # noqa: S608
_STATISTICS = """
SELECT kind, links, checks, changes, days, rate, cost, interval_days FROM kind_statistics
WHERE run_id = (
    SELECT max(k.run_id) FROM kind_statistics AS k JOIN runs AS r ON r.id = k.run_id
    WHERE r.status = 'judged'
)
ORDER BY kind
"""


class RunStatus(StrEnum):
    """Whether the observations of a run are evidence."""

    RUNNING = "running"
    """In progress, or dead: a run that ends has one of the others. To another process it is dead,
    because a run holds the warehouse."""
    INTERRUPTED = "interrupted"
    """Asked to stop, and stored as a running one that has ended: the next run of its date adopts
    its observations."""
    JUDGED = "judged"
    NOT_JUDGED = "not_judged"
    """Offline, or too much failed at once: its observations only serve to explain."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run and what it did."""

    id: int
    run_date: date
    """UTC; several runs may have the same."""
    started_at: datetime
    finished_at: datetime | None
    """None while it runs, and forever if it died."""
    status: RunStatus
    reason: str
    """Why it was not judged, else empty."""
    links: int
    """Links of the list."""
    checked: int
    requests: int
    seconds: float
    vantage: str = ""
    """Where it checked: empty for nightly runs, else the name of a witness's machine."""


def begin(
    warehouse: Warehouse, *, run_date: date, started_at: datetime, links: int, vantage: str = ""
) -> int:
    """Begin a run and return its id.

    There is only one writer, so every other running run has died. This run adopts those of the
    same date and vantage: their observations count if its own do. The others are not judged.
    """
    with warehouse.transaction():
        run_id = warehouse.next_id("runs")
        warehouse.execute(_ADOPT, run_id, run_date, vantage)
        warehouse.execute(_ABANDON, run_date, vantage)
        warehouse.execute(_BEGIN, run_id, run_date, started_at, links, vantage)
    return run_id


def finish(
    warehouse: Warehouse,
    run_id: int,
    *,
    status: RunStatus,
    reason: str,
    finished_at: datetime,
    checked: int,
    requests: int,
    seconds: float,
) -> None:
    """End a running run, and with it the dead runs that it adopted.

    The next run of its date continues one that is interrupted, and with those it adopted.
    """
    if status is RunStatus.RUNNING:
        raise ValueError("a run ends as judged, not_judged or interrupted, not as running")
    is_interrupted = status is RunStatus.INTERRUPTED
    stored = RunStatus.RUNNING if is_interrupted else status
    with warehouse.transaction():
        require_running(warehouse, run_id)
        counts = checked, requests, seconds
        warehouse.execute(_FINISH, stored, reason, finished_at, *counts, run_id)
        if not is_interrupted:
            warehouse.execute(_FINISH_ADOPTED, status, reason, run_id)


def require_running(warehouse: Warehouse, run_id: int) -> Run:
    """The run; raises ValueError if it has ended or does not exist."""
    run = get(warehouse, run_id)
    if run.status is not RunStatus.RUNNING:
        raise ValueError(f"run {run_id} has ended as {run.status}: begin another one")
    return run


def get(warehouse: Warehouse, run_id: int) -> Run:
    """The run with this id; raises ValueError if there is none."""
    run = _first(warehouse, "id = ?", run_id)
    if run is None:
        raise ValueError(f"there is no run {run_id}: begin one")
    return run


def latest(warehouse: Warehouse) -> Run | None:
    """The nightly run that began last."""
    return _first(warehouse, "vantage = '' ORDER BY id DESC")


def first_judged(warehouse: Warehouse) -> Run | None:
    """The judged run that began first: with it the history begins."""
    return _first(warehouse, "status = 'judged' ORDER BY id")


def latest_judged(warehouse: Warehouse) -> Run | None:
    """The judged nightly run that began last; None: there is no history yet."""
    return _first(warehouse, "status = 'judged' AND vantage = '' ORDER BY id DESC")


def _first(warehouse: Warehouse, condition: str, *values: Value) -> Run | None:
    runs = warehouse.records(Run, f"{_SELECT} {condition} LIMIT 1", *values)
    return runs[0] if runs else None


def add_statistics(warehouse: Warehouse, run_id: int, policy: "RecheckPolicy") -> None:
    """Append to a running run how often kinds of links change."""
    rows = (
        (run_id, one.kind, one.links, *to_row(one.counts), one.rate, one.cost, one.interval)
        for one in policy.statistics.values()
    )
    warehouse.append("kind_statistics", rows)


def latest_statistics(warehouse: Warehouse) -> "dict[str, KindStatistics]":
    """The statistics of the last judged run that has any, by kind; empty if there is none."""
    from staycurrent.links.schedule import ChangeCounts, KindStatistics

    return {
        kind: KindStatistics(kind, links, ChangeCounts(checks, changes, days), *rates)
        for kind, links, checks, changes, days, *rates in warehouse.select(_STATISTICS)
    }
