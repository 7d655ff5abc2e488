"""Runs: each night's attempt, and whether what it saw counts."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import aware_utc, naive_utc, utf8_text

_COLUMNS = """
    SELECT id, night, started_at, finished_at, status, reason, links, looked_at, requests, seconds
    FROM runs
"""
_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM runs"
_ADOPT = "UPDATE runs SET adopted_by = ? WHERE night = ? AND status = 'running'"
_BURY = """
UPDATE runs SET status = 'not_judged', reason = 'it died before it ended' WHERE status = 'running'
AND night <> ?
"""
_BEGIN = "INSERT INTO runs VALUES (?, ?, ?, NULL, 'running', '', ?, 0, 0, 0, NULL)"
_FINISH = """
UPDATE runs
SET status = ?, reason = ?, finished_at = ?, looked_at = ?, requests = ?, seconds = ?
WHERE id = ?
"""
_FINISH_ADOPTED = "UPDATE runs SET status = ?, reason = ? WHERE adopted_by = ?"
_BY_ID = _COLUMNS + "WHERE id = ?"
_LATEST = _COLUMNS + "ORDER BY id DESC LIMIT 1"
_LATEST_JUDGED = _COLUMNS + "WHERE status = 'judged' ORDER BY id DESC LIMIT 1"
_OF_NIGHT = _COLUMNS + "WHERE night = ? ORDER BY id"


class RunStatus(StrEnum):
    """Whether a run's observations are evidence."""

    RUNNING = "running"
    """Under way, or died: a run that ends says one of the other two."""
    JUDGED = "judged"
    NOT_JUDGED = "not_judged"
    """Offline, or too much failed at once: what it saw is kept for explanation only."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run, with what it did."""

    id: int
    run_date: date
    """UTC date; several runs may share one."""
    started_at: datetime
    finished_at: datetime | None
    """None while it runs, and for ever if it died."""
    status: RunStatus
    reason: str
    """Why it was not judged; empty otherwise."""
    links: int
    """Links of the list."""
    checked: int
    requests: int
    seconds: float


def begin(w: Warehouse, *, run_date: date, started_at: datetime, links: int) -> int:
    """Begin a run and return its number.

    As one writer has the file, every other running run has died. One of the same night is
    adopted: its observations share this run's fate. One of another night is not judged.
    """
    with w.transaction():
        run_id: int = w.select(_NEXT_ID)[0][0]
        w.execute(_ADOPT, run_id, run_date)
        w.execute(_BURY, run_date)
        w.execute(_BEGIN, run_id, run_date, naive_utc(started_at), links)
    return run_id


def finish(
    w: Warehouse,
    run_id: int,
    *,
    status: RunStatus,
    reason: str,
    finished_at: datetime,
    checked: int,
    requests: int,
    seconds: float,
) -> None:
    """End a running run as judged or not judged, and with it the died runs that it adopted."""
    if status is RunStatus.RUNNING:
        raise ValueError("a run ends as judged or not_judged, not as running")
    why = utf8_text(reason)
    with w.transaction():
        require_running(w, run_id)
        w.execute(_FINISH, status, why, naive_utc(finished_at), checked, requests, seconds, run_id)
        w.execute(_FINISH_ADOPTED, status, why, run_id)


def require_running(w: Warehouse, run_id: int) -> Run:
    """The run, if it may still be written to; raises ValueError if it ended or never began."""
    found = get(w, run_id)
    if found.status is not RunStatus.RUNNING:
        raise ValueError(f"run {run_id} has ended as {found.status}: begin another one")
    return found


def get(w: Warehouse, run_id: int) -> Run:
    """The run of that number; raises ValueError where none has it."""
    found = _only(w.select(_BY_ID, run_id))
    if found is None:
        raise ValueError(f"there is no run {run_id}: begin one")
    return found


def latest(w: Warehouse) -> Run | None:
    """The run that began last, whatever came of it."""
    return _only(w.select(_LATEST))


def latest_judged(w: Warehouse) -> Run | None:
    """The judged run that began last."""
    return _only(w.select(_LATEST_JUDGED))


def of_date(w: Warehouse, night: date) -> tuple[Run, ...]:
    """A night's runs in the order in which they began."""
    return tuple(map(_run, w.select(_OF_NIGHT, night)))


def _only(rows: list[tuple[Value, ...]]) -> Run | None:
    return _run(rows[0]) if rows else None


def _run(row: tuple[Value, ...]) -> Run:
    number, night, started_at, finished_at, status, *rest = row
    ended = None if finished_at is None else aware_utc(finished_at)
    return Run(number, night, aware_utc(started_at), ended, RunStatus(status), *rest)
