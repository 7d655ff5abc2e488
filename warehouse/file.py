"""The warehouse's file before DuckDB opens it: what it is, who writes it, and what it must hold.

How many rows were committed is noted next to it, because DuckDB accepts a truncated log silently.
"""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, astuple, dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

from staycurrent.files import LockFile, make_own_folder, write_file

if TYPE_CHECKING:  # slow to import
    from duckdb import DuckDBPyConnection


class WarehouseBusy(Exception):
    """Another run has the file open; try again later."""


class WarehouseUnusable(Exception):
    """The file is not a warehouse, is damaged, or cannot be written; waiting does not help."""


class WarehouseMissing(WarehouseUnusable):
    """There is no file to read."""


@contextmanager
def unusable(what: str, hint: str = "") -> Iterator[None]:
    """Raise WarehouseUnusable for what the system refuses, with its reason."""
    try:
        yield
    except OSError as error:
        raise WarehouseUnusable(f"{what} ({error.strerror}){hint}") from error


_COUNT = """
SELECT max(run_date), coalesce(max(id), 0), count(*) FILTER (status = 'judged'),
    (SELECT count(*) FROM observations)
        + (SELECT coalesce(sum(observations), 0)::BIGINT FROM compacted_observations),
    (SELECT count(*) FROM verdicts),
    (SELECT count(*) FROM overrides)
FROM runs
"""
COUNTED = ("runs", "observations", "verdicts", "overrides")
"""What the names of the counted tables contain."""
RESTORE_HINT = "`staycurrent restore` puts the newest good backup in its place"
_LOST_HINT = f"{RESTORE_HINT}, or start a new one with `staycurrent run --cold-start`"


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
        (_, *own), (_, *others) = astuple(self), astuple(other)  # all but the date
        return all(count >= least for count, least in zip(own, others, strict=True))

    def plus(self, table: str, count: int) -> Self | None:
        """The counts after so many rows were appended to a table; None if they must be counted."""
        if table in ("observations", "verdicts", "overrides"):
            return replace(self, **{table: getattr(self, table) + count})
        return None if table in COUNTED else self

    def __str__(self) -> str:
        counts = {
            "run": self.runs,
            "observation": self.observations,
            "verdict": self.verdicts,
            "override": self.overrides,
        }
        runs, observations, verdicts, overrides = (
            f"{count} {noun}" if count == 1 else f"{count} {noun}s"
            for noun, count in counts.items()
        )
        return f"{runs} ({self.judged} judged), {observations}, {verdicts} and {overrides}"

    @property
    def dated(self) -> str:
        """With the date of the latest run, if there was one."""
        return f"{self}, up to {self.run_date}" if self.run_date else str(self)


def committed_path(path: Path) -> Path:
    """The file next to a warehouse that holds its counts."""
    return path.with_name(f"{path.name}.json")


def wal_path(path: Path) -> Path:
    """The write-ahead log of a warehouse."""
    return path.with_name(f"{path.name}.wal")


def count_rows(con: "DuckDBPyConnection") -> CommittedRows:
    """The counts of an open warehouse."""
    return CommittedRows(*con.execute(_COUNT).fetchall()[0])


def read_committed(path: Path) -> CommittedRows:
    """The counts noted next to a warehouse; zero if there are none.

    Raises WarehouseUnusable if the note cannot be read or is damaged.
    """
    note = committed_path(path)
    with unusable(f"{note} cannot be read"):
        try:
            text = note.read_bytes()
        except FileNotFoundError:
            return CommittedRows()
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


def refuse_foreign_backup(backup: Path, found: CommittedRows, committed: CommittedRows) -> None:
    """Raise WarehouseUnusable for a backup of another history than the one that was committed.

    A history only grows: none of its backups has more rows than it, or a later run.
    """
    if committed.run_date is None or found.run_date is None:
        return
    if found.run_date > committed.run_date or not committed.covers(found):
        raise WarehouseUnusable(
            f"{backup} is of a history that was put aside: it has {found.dated}, but only "
            f"{committed.dated}, were committed since; --from takes it"
        )


def _digest(fields: dict[str, object]) -> str:
    return sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


_HEADER_BYTES = 3 * 4096
_MAGIC_OFFSET = 8


def check_file(path: Path) -> bool:
    """Whether the file exists; raises WarehouseUnusable if it is not a DuckDB database.

    DuckDB must not open anything else: for a SQLite file it downloads an extension, and on a pipe
    it waits.
    """
    mode: int | None = None
    with unusable(f"{path} cannot be reached", ": name another file"), suppress(FileNotFoundError):
        mode = path.stat().st_mode
    if mode is None:
        if wal_path(path).exists():
            raise WarehouseUnusable(
                f"{path} is missing, but its log {wal_path(path).name} holds rows that are not in "
                f"it yet: put the file back next to its log; {_LOST_HINT}"
            )
        committed = read_committed(path)
        if committed.runs:
            raise WarehouseUnusable(f"{path} is missing, and {committed} with it: {_LOST_HINT}")
        return False
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise WarehouseUnusable(f"{path} is {kind}: name a file for the warehouse")
    with unusable(f"{path} cannot be read"), path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    is_database = head[_MAGIC_OFFSET : _MAGIC_OFFSET + 4] == b"DUCK"
    if not is_database and committed_path(path).exists():  # it was a warehouse
        raise WarehouseUnusable(f"{path} is damaged: {RESTORE_HINT}")
    if not head:
        raise WarehouseUnusable(f"{path} is empty, not a warehouse: remove it to start a new one")
    if head.startswith(b"SQLite format 3\0"):
        raise WarehouseUnusable(f"{path} is a SQLite database, not a warehouse: name another file")
    if not is_database:
        raise WarehouseUnusable(f"{path} is not a DuckDB database: name another file")
    if len(head) < _HEADER_BYTES:
        raise WarehouseUnusable(f"{path} is truncated: {RESTORE_HINT}")
    return True


def require_file(path: Path) -> None:
    """As `check_file`; raises WarehouseMissing if there is no file."""
    if not check_file(path):
        raise WarehouseMissing(f"{path} does not exist: the first run creates it")


def has_wal(path: Path) -> bool:
    """Whether a write-ahead log may hold rows that are not in the file yet."""
    prefix = wal_path(path).name  # DuckDB 2 has a second one during a checkpoint
    return any(file.name.startswith(prefix) for file in path.parent.iterdir())


def busy(path: Path, process: int | None) -> WarehouseBusy:
    """The error for a file that another run has open; `process` is its id, or None."""
    holder = f" (process {process})" if process else ""
    return WarehouseBusy(f"{path} is open in another run{holder}: try again when it has ended")


class WriterLock:
    """The lock of the one writer, on `PATH.lock`.

    DuckDB's own lock needs an existing file and does not work within a process.
    """

    def __init__(self, path: Path) -> None:
        name = f"{path.name}.lock"
        with unusable(f"{path} cannot be written: {name} cannot be created in its folder"):
            make_own_folder(path.parent)
            self._file = LockFile(path.with_name(name))
        with ExitStack() as undo:
            undo.callback(self._file.close)
            with unusable(f"{path} cannot be locked"):
                if not self._file.take():
                    raise busy(path, self._file.holder())
            self._file.name_holder(os.getpid())
            undo.pop_all()

    def close(self) -> None:
        """Release the lock."""
        self._file.name_holder(None)
        self._file.close()
