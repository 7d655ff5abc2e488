"""Copies of the warehouse, one a judged night, and the way back to one of them."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from staycurrent.warehouse import atomic, committed_rows
from staycurrent.warehouse.committed_rows import CommittedRows
from staycurrent.warehouse.connection import connect, failure, translated_errors
from staycurrent.warehouse.errors import WarehouseMissing, WarehouseUnusable
from staycurrent.warehouse.lock import WriterLock, check_file, has_wal, require_file
from staycurrent.warehouse.migrations import (
    applied_migrations,
    known_migrations,
    refuse_unknown_schema,
)
from staycurrent.warehouse.open import open_warehouse

_TABLES = """
SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """One night's copy."""

    run_date: date
    path: Path


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What was put in place, and what is no longer there."""

    source: Path
    restored: CommittedRows
    replaced: CommittedRows
    """What the file that was there before had been promised to hold."""
    moved_to: Path | None
    """Where that file lies now; None where there was none."""
    rejected: tuple[str, ...] = ()
    """Why newer backups were not taken, a sentence each."""


def backups(path: Path) -> tuple[Backup, ...]:
    """The backups of a warehouse, the newest night first."""
    named = re.compile(rf"{re.escape(path.stem)}-(\d{{4}}-\d\d-\d\d)\.duckdb")
    folder = _folder(path)
    names = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    found = ((named.fullmatch(name), name) for name in names)
    return tuple(Backup(date.fromisoformat(m[1]), folder / name) for m, name in found if m)[::-1]


def back_up(path: Path, night: date, *, keep: int) -> Backup:
    """Copy a warehouse beside it under the name of a night, read the copy through, keep the newest.

    Raises WarehouseBusy, and WarehouseUnusable where the copy cannot be made or is not as good as
    what was committed; the earlier backups are then as they were.
    """
    path = path.absolute()
    if not check_file(path) or has_wal(path):
        with open_warehouse(path) as warehouse:
            warehouse.checkpoint()
    made = Backup(night, _folder(path) / f"{path.stem}-{night}.duckdb")
    draft = made.path.with_name(f"{made.path.name}.new")
    # Not while DuckDB has the file open: closing a second handle would give its lock away (POSIX).
    lock = WriterLock(path)
    try:
        made.path.parent.mkdir(exist_ok=True)
        atomic.copy(path, draft)
        committed_rows.refuse_smaller_copy(
            draft, verify(draft), committed_rows.read_committed(path)
        )
        atomic.move(draft, made.path)
        for one in backups(path)[keep:]:
            one.path.unlink(missing_ok=True)
    except OSError as error:
        raise WarehouseUnusable(f"{draft} cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        lock.release()
    return made


def restore(path: Path, source: Path | None = None) -> RestoreResult:
    """Put the newest good backup, or `source`, in the place of a warehouse, which is moved aside.

    Nothing is ever deleted. Raises WarehouseBusy, WarehouseMissing where there is no backup, and
    WarehouseUnusable where none is good; the warehouse is then as it was.
    """
    path = path.absolute()
    lock = WriterLock(path)
    draft = path.with_name(f"{path.name}.restored")
    passed_over: list[str] = []
    try:
        for candidate in _candidates(path, source):
            try:
                holds = _drafted(candidate, draft)
            except WarehouseUnusable as refusal:
                passed_over.append(str(refusal))
                continue
            lost = _was_promised(path)
            aside = move_aside(path)
            atomic.move(draft, path)
            committed_rows.write_committed(path, holds)
            return RestoreResult(candidate, holds, lost, aside, tuple(passed_over))
    except OSError as error:
        raise WarehouseUnusable(f"{path} cannot be restored ({error.strerror})") from error
    finally:
        draft.unlink(missing_ok=True)
        lock.release()
    raise WarehouseUnusable(f"{path} is as it was, no backup is good: {'; '.join(passed_over)}")


def verify(path: Path) -> CommittedRows:
    """Read every block of every table, each of which has a checksum; what the file holds.

    An older schema is fine, as a writer brings it up to date. Raises WarehouseUnusable.
    """
    require_file(path)
    with ExitStack() as undo:
        undo.enter_context(translated_errors(path))
        con = undo.enter_context(closing(connect(path, read_only=True)))
        refuse_unknown_schema(str(path), applied_migrations(con), known_migrations())
        try:
            for (table,) in con.execute(_TABLES).fetchall():
                con.execute(f'SELECT bit_xor(hash(t)) FROM "{table}" AS t').fetchall()  # noqa: S608
        except duckdb.Error as error:
            raise failure(path, error) from error
        return committed_rows.count_rows(con)


def _folder(path: Path) -> Path:
    return path.absolute().parent / "backups"


def _candidates(path: Path, source: Path | None) -> Iterator[Path]:
    if source is not None:
        yield source.absolute()
        return
    found = backups(path)
    if not found:
        raise WarehouseMissing(
            f"{_folder(path)} holds no backup of {path.name}: name a copy with --from, rebuild it "
            f"with `staycurrent import`, or begin anew with `staycurrent run --cold-start`"
        )
    for one in found:
        yield one.path


def _drafted(source: Path, draft: Path) -> CommittedRows:
    require_file(source)
    atomic.copy(source, draft)
    try:
        found = verify(draft)
        committed_rows.refuse_smaller_copy(draft, found, committed_rows.read_committed(source))
    except WarehouseUnusable as refusal:
        raise WarehouseUnusable(str(refusal).replace(str(draft), str(source))) from refusal
    return found


def _was_promised(path: Path) -> CommittedRows:
    try:
        return committed_rows.read_committed(path)
    except WarehouseUnusable:
        return CommittedRows()


def move_aside(path: Path) -> Path | None:
    """Give the warehouse and its log other names, free ones; where it lies now.

    Its promise stays until another one replaces it: killed between, nothing begins empty.
    """
    number = 1
    while path.with_name(f"{path.name}.aside-{number}").exists():
        number += 1
    aside = path.with_name(f"{path.name}.aside-{number}")
    if path.exists() and committed_rows.committed_path(path).exists():
        atomic.copy(committed_rows.committed_path(path), committed_rows.committed_path(aside))
    for suffix in (".wal", ""):
        one = path.with_name(f"{path.name}{suffix}")
        if one.exists():
            atomic.move(one, aside.with_name(f"{aside.name}{suffix}"))
    return aside if aside.exists() else None
