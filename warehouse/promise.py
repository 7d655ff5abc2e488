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

from staycurrent.warehouse import durable
from staycurrent.warehouse.refusals import WarehouseUnusable

_COUNTS = """
SELECT max(night), coalesce(max(id), 0), count(*) FILTER (status = 'judged'),
    (SELECT count(*) FROM observations), (SELECT count(*) FROM verdicts),
    (SELECT count(*) FROM decisions)
FROM runs
"""
_FOLDED = "SELECT coalesce(sum(times), 0)::BIGINT FROM stretches"
MEND = "`staycurrent restore` brings the newest good backup back"


@dataclass(frozen=True, slots=True)
class Promise:
    """How much a warehouse holds of what is only ever appended; an older one is a weaker one."""

    night: date | None = None
    """Of the latest run."""
    runs: int = 0
    judged: int = 0
    """Runs that are evidence."""
    observations: int = 0
    """Folded or not."""
    verdicts: int = 0
    decisions: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """All that may grow and never shrink."""
        return (self.runs, self.judged, self.observations, self.verdicts, self.decisions)

    def keeps(self, other: Self) -> bool:
        """Whether nothing of another is missing here."""
        return all(has >= must for has, must in zip(self.counts, other.counts, strict=True))

    def grown(self, rows: Mapping[str, int]) -> Self:
        """The same with so many rows more in these tables; runs are never appended."""
        return replace(
            self,
            observations=self.observations + rows.get("observations", 0),
            verdicts=self.verdicts + rows.get("verdicts", 0),
            decisions=self.decisions + rows.get("decisions", 0),
        )

    def __str__(self) -> str:
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
        return (
            f"{runs} ({self.judged} judged), {self.observations} observations, "
            f"{self.verdicts} verdicts and {self.decisions} decisions"
        )


def beside(path: Path) -> Path:
    """Where the promise of a warehouse is kept."""
    return path.with_name(f"{path.name}.json")


def counted(con: DuckDBPyConnection) -> Promise:
    """What an open warehouse holds."""
    found = Promise(*con.execute(_COUNTS).fetchall()[0])
    return replace(found, observations=found.observations + _folded(con))


def _folded(con: DuckDBPyConnection) -> int:
    try:
        return int(con.execute(_FOLDED).fetchall()[0][0])
    except CatalogException:
        return 0  # a schema of before 010


def promised(path: Path) -> Promise:
    """What a warehouse must hold at least: nothing where no promise lies beside it.

    Raises WarehouseUnusable for a promise that cannot be read.
    """
    note = beside(path)
    try:
        text = note.read_bytes()
    except FileNotFoundError:
        return Promise()
    except OSError as error:
        raise WarehouseUnusable(f"{note} cannot be read ({error.strerror})") from error
    found = _read(text)
    if found is None:
        raise WarehouseUnusable(
            f"{note}, which says how much {path.name} must hold, is damaged, and so may be its "
            f"neighbour: {MEND}; remove {note.name} only if you know that nothing is lost"
        )
    return found


def keep(path: Path, promise: Promise) -> None:
    """Note what a warehouse holds; where that cannot be written, the weaker promise stands."""
    with suppress(OSError):
        durable.write(beside(path), _written(promise))


def forget(path: Path) -> None:
    """Begin anew: where the warehouse itself is gone, so is what it had to hold."""
    if not path.exists():
        beside(path).unlink(missing_ok=True)


def refuse_broken(path: Path, found: Promise) -> None:
    """Raise WarehouseUnusable where an open warehouse holds less than was committed to it."""
    wanted = promised(path)
    if not found.keeps(wanted):
        raise WarehouseUnusable(
            f"{path} has lost rows: {wanted} were committed, {found} are there "
            f"(its log was cut, or an older copy was put in its place): {MEND}; "
            f"if that copy is what you want, remove {beside(path).name}"
        )


def refuse_less(copy: Path, found: Promise, wanted: Promise) -> None:
    """Raise WarehouseUnusable where a copy holds less than what it was made of."""
    if not found.keeps(wanted):
        raise WarehouseUnusable(f"{copy} holds {found}, and {wanted} were committed")


def refuse_lost(path: Path) -> None:
    """Raise WarehouseUnusable where a warehouse that is not there held runs."""
    wanted = promised(path)
    if wanted.runs:
        raise WarehouseUnusable(
            f"{path} is missing, and {wanted} with it: {MEND}, or begin anew with "
            f"`staycurrent run --cold-start`"
        )


def _written(promise: Promise) -> bytes:
    plain = asdict(promise) | {"night": promise.night and promise.night.isoformat()}
    return json.dumps(plain | {"sha256": _digest(plain)}).encode() + b"\n"


def _read(text: bytes) -> Promise | None:
    try:
        plain = json.loads(text)
        if plain.pop("sha256") != _digest(plain):
            return None
        night = plain.pop("night")
        return Promise(night and date.fromisoformat(night), **plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _digest(plain: dict[str, object]) -> str:
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]
