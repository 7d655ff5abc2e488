"""What was committed, noted beside the file: DuckDB takes a log that was cut for a whole one."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Self

from duckdb import CatalogException, DuckDBPyConnection

from staycurrent.warehouse import atomic
from staycurrent.warehouse.errors import WarehouseUnusable

_COUNTS = """
SELECT max(night), coalesce(max(id), 0), count(*) FILTER (status = 'judged'),
    (SELECT count(*) FROM observations), (SELECT count(*) FROM verdicts),
    (SELECT count(*) FROM decisions)
FROM runs
"""
_FOLDED = "SELECT coalesce(sum(times), 0)::BIGINT FROM stretches"
RESTORE_HINT = "`staycurrent restore` brings the newest good backup back"


@dataclass(frozen=True, slots=True)
class CommittedRows:
    """How much a warehouse holds of what is only ever appended; an older one is a weaker one."""

    run_date: date | None = None
    """Of the latest run."""
    runs: int = 0
    judged: int = 0
    """Runs that are evidence."""
    observations: int = 0
    """Folded or not."""
    verdicts: int = 0
    overrides: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """All that may grow and never shrink."""
        return (self.runs, self.judged, self.observations, self.verdicts, self.overrides)

    def covers(self, other: Self) -> bool:
        """Whether nothing of another is missing here."""
        return all(has >= must for has, must in zip(self.counts, other.counts, strict=True))

    def plus(self, rows: Mapping[str, int]) -> Self:
        """The same with so many rows more in these tables; runs are never appended."""
        return replace(
            self,
            observations=self.observations + rows.get("observations", 0),
            verdicts=self.verdicts + rows.get("verdicts", 0),
            overrides=self.overrides + rows.get("decisions", 0),
        )

    def __str__(self) -> str:
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
        return (
            f"{runs} ({self.judged} judged), {self.observations} observations, "
            f"{self.verdicts} verdicts and {self.overrides} decisions"
        )


def committed_path(path: Path) -> Path:
    """Where the promise of a warehouse is kept."""
    return path.with_name(f"{path.name}.json")


def count_rows(con: DuckDBPyConnection) -> CommittedRows:
    """What an open warehouse holds."""
    found = CommittedRows(*con.execute(_COUNTS).fetchall()[0])
    return replace(found, observations=found.observations + _folded(con))


def _folded(con: DuckDBPyConnection) -> int:
    try:
        return int(con.execute(_FOLDED).fetchall()[0][0])
    except CatalogException:
        return 0  # a schema of before 010


def read_committed(path: Path) -> CommittedRows:
    """What a warehouse must hold at least: nothing where no promise lies beside it.

    Raises WarehouseUnusable for a promise that cannot be read.
    """
    note = committed_path(path)
    try:
        text = note.read_bytes()
    except FileNotFoundError:
        return CommittedRows()
    except OSError as error:
        raise WarehouseUnusable(f"{note} cannot be read ({error.strerror})") from error
    found = _read(text)
    if found is None:
        raise WarehouseUnusable(
            f"{note}, which says how much {path.name} must hold, is damaged, and so may be its "
            f"neighbour: {RESTORE_HINT}; remove {note.name} only if you know that nothing is lost"
        )
    return found


def write_committed(path: Path, promise: CommittedRows) -> None:
    """Note what a warehouse holds; where that cannot be written, the weaker promise stands."""
    with suppress(OSError):
        atomic.write(committed_path(path), _written(promise))


def forget_committed(path: Path) -> None:
    """Begin anew: where the warehouse itself is gone, so is what it had to hold."""
    if not path.exists():
        committed_path(path).unlink(missing_ok=True)


def refuse_lost_rows(path: Path, found: CommittedRows) -> None:
    """Raise WarehouseUnusable where an open warehouse holds less than was committed to it."""
    wanted = read_committed(path)
    if not found.covers(wanted):
        raise WarehouseUnusable(
            f"{path} has lost rows: {wanted} were committed, {found} are there "
            f"(its log was cut, or an older copy was put in its place): {RESTORE_HINT}; "
            f"if that copy is what you want, remove {committed_path(path).name}"
        )


def refuse_smaller_copy(copy: Path, found: CommittedRows, wanted: CommittedRows) -> None:
    """Raise WarehouseUnusable where a copy holds less than what it was made of."""
    if not found.covers(wanted):
        raise WarehouseUnusable(f"{copy} holds {found}, and {wanted} were committed")


def refuse_lost_file(path: Path) -> None:
    """Raise WarehouseUnusable where a warehouse that is not there held runs."""
    wanted = read_committed(path)
    if wanted.runs:
        raise WarehouseUnusable(
            f"{path} is missing, and {wanted} with it: {RESTORE_HINT}, or begin anew with "
            f"`staycurrent run --cold-start`"
        )


def _written(promise: CommittedRows) -> bytes:
    plain = asdict(promise) | {"run_date": promise.run_date and promise.run_date.isoformat()}
    return json.dumps(plain | {"sha256": _digest(plain)}).encode() + b"\n"


def _read(text: bytes) -> CommittedRows | None:
    try:
        plain = json.loads(text)
        if plain.pop("sha256") != _digest(plain):
            return None
        run_date = plain.pop("run_date")
        return CommittedRows(run_date and date.fromisoformat(run_date), **plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _digest(plain: dict[str, object]) -> str:
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]
