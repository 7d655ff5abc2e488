"""How many rows were committed, noted next to the file: DuckDB accepts a truncated log silently."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Self

from duckdb import DuckDBPyConnection

from staycurrent.files import write_file
from staycurrent.warehouse.errors import WarehouseUnusable

_COUNT = """
SELECT max(run_date), coalesce(max(id), 0), count(*) FILTER (status = 'judged'),
    (SELECT count(*) FROM observations)
        + (SELECT coalesce(sum(observations), 0)::BIGINT FROM compacted_observations),
    (SELECT count(*) FROM verdicts),
    (SELECT count(*) FROM overrides)
FROM runs
"""
RESTORE_HINT = "`staycurrent restore` puts the newest good backup in its place"


@dataclass(frozen=True, slots=True)
class CommittedRows:
    """How many rows the append-only tables of a warehouse hold."""

    run_date: date | None = None
    """Of the latest run."""
    runs: int = 0
    judged: int = 0
    observations: int = 0
    """Compacted or not."""
    verdicts: int = 0
    overrides: int = 0

    def covers(self, other: Self) -> bool:
        """Whether no count is smaller than in `other`."""
        return (
            self.runs >= other.runs
            and self.judged >= other.judged
            and self.observations >= other.observations
            and self.verdicts >= other.verdicts
            and self.overrides >= other.overrides
        )

    def plus(self, rows: Mapping[str, int]) -> Self:
        """The counts after so many rows were appended to these tables; runs are not appended."""
        return replace(
            self,
            observations=self.observations + rows.get("observations", 0),
            verdicts=self.verdicts + rows.get("verdicts", 0),
            overrides=self.overrides + rows.get("overrides", 0),
        )

    def __str__(self) -> str:
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
        return (
            f"{runs} ({self.judged} judged), {self.observations} observations, "
            f"{self.verdicts} verdicts and {self.overrides} overrides"
        )


def committed_path(path: Path) -> Path:
    """The file next to a warehouse that holds its counts."""
    return path.with_name(f"{path.name}.json")


def count_rows(con: DuckDBPyConnection) -> CommittedRows:
    """The counts of an open warehouse."""
    return CommittedRows(*con.execute(_COUNT).fetchall()[0])


def read_committed(path: Path) -> CommittedRows:
    """The counts noted next to a warehouse; zero if there are none.

    Raises WarehouseUnusable if the note cannot be read or is damaged.
    """
    note = committed_path(path)
    try:
        text = note.read_bytes()
    except FileNotFoundError:
        return CommittedRows()
    except OSError as error:
        raise WarehouseUnusable(f"{note} cannot be read ({error.strerror})") from error
    try:
        fields = json.loads(text)
        if fields.pop("sha256") == _digest(fields):
            run_date = fields.pop("run_date")
            return CommittedRows(run_date and date.fromisoformat(run_date), **fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise WarehouseUnusable(
        f"{note}, which holds the number of rows of {path.name}, is damaged, and {path.name} may "
        f"be damaged too: {RESTORE_HINT}; remove {note.name} only if you know that nothing is lost"
    )


def write_committed(path: Path, rows: CommittedRows) -> None:
    """Note the counts of a warehouse; if that fails, the smaller counts stay."""
    fields = asdict(rows) | {"run_date": rows.run_date and rows.run_date.isoformat()}
    with suppress(OSError):
        content = json.dumps(fields | {"sha256": _digest(fields)}).encode() + b"\n"
        write_file(committed_path(path), content)


def forget_committed(path: Path) -> None:
    """Delete the counts if the warehouse itself does not exist, to begin a new one."""
    if not path.exists():
        committed_path(path).unlink(missing_ok=True)


def refuse_lost_rows(path: Path, found: CommittedRows) -> None:
    """Raise WarehouseUnusable if an open warehouse holds fewer rows than were committed to it."""
    committed = read_committed(path)
    if not found.covers(committed):
        raise WarehouseUnusable(
            f"{path} has lost rows: {committed} were committed, it has {found} "
            f"(its log was truncated, or it was replaced by an older copy): {RESTORE_HINT}; "
            f"to use this copy, remove {committed_path(path).name}"
        )


def refuse_smaller_copy(copy: Path, found: CommittedRows, committed: CommittedRows) -> None:
    """Raise WarehouseUnusable if a copy holds fewer rows than its original."""
    if not found.covers(committed):
        raise WarehouseUnusable(f"{copy} has {found}, but {committed} were committed")


def refuse_lost_file(path: Path) -> None:
    """Raise WarehouseUnusable if a missing warehouse had runs."""
    committed = read_committed(path)
    if committed.runs:
        raise WarehouseUnusable(
            f"{path} is missing, and {committed} with it: {RESTORE_HINT}, or start a new one with "
            f"`staycurrent run --cold-start`"
        )


def _digest(fields: dict[str, object]) -> str:
    return sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
