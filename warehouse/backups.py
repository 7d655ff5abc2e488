"""Backups: a copy of the warehouse for each judged date, and how to restore one."""

import re
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

import duckdb

from staycurrent.files import copy_file, draft_of, move_file, write_file
from staycurrent.warehouse import file, migrations
from staycurrent.warehouse.connection import connect, failure, translated_errors
from staycurrent.warehouse.file import (
    CommittedRows,
    WarehouseMissing,
    WarehouseUnusable,
    WriterLock,
)
from staycurrent.warehouse.open import open_warehouse

_TABLES = """
SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """The copy of one date."""

    run_date: date
    path: Path


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What was restored, and what it replaced."""

    source: Path
    restored: CommittedRows
    replaced: CommittedRows
    """What was committed to the file that was there before."""
    moved_to: Path | None
    """Where that file is now; None if there was none."""
    rejected: tuple[str, ...] = ()
    """Why newer backups were not used, a sentence each."""


def backups(path: Path) -> tuple[Backup, ...]:
    """The backups of a warehouse, the newest first."""
    pattern = re.compile(rf"{re.escape(_name(path))}-(\d{{4}}-\d\d-\d\d)\.duckdb")
    folder = _backup_folder(path)
    copies = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    found: list[Backup] = []
    for copy in copies:
        if match := pattern.fullmatch(copy.name):
            with suppress(ValueError):  # a date that does not exist: not a backup of ours
                found.append(Backup(date.fromisoformat(match[1]), copy))
    return tuple(found)


def back_up(path: Path, run_date: date, *, keep: int) -> Backup:
    """Copy a warehouse, read the copy completely, and keep the newest `keep` up to its date.

    Raises WarehouseBusy, and WarehouseUnusable if the copy cannot be written or lacks rows; the
    earlier backups are unchanged then.
    """
    path = path.absolute()
    if not file.check_file(path) or file.has_wal(path):
        with open_warehouse(path) as warehouse:
            warehouse.execute("CHECKPOINT")
    backup = Backup(run_date, _backup_folder(path) / f"{_name(path)}-{run_date}.duckdb")
    # DuckDB must not have the file open: closing another descriptor releases its lock (POSIX).
    with file.unusable(f"{backup.path} cannot be written"), closing(WriterLock(path)):
        backup.path.parent.mkdir(exist_ok=True)
        with draft_of(backup.path) as draft:
            copy_file(path, draft)
            file.refuse_smaller_copy(draft, verify(draft), file.read_committed(path))
            move_file(draft, backup.path)
        # Those of later dates are of a history that was put aside: they count after their date.
        earlier = [one for one in backups(path) if one.run_date < run_date]
        for old in earlier[keep - 1 :]:
            old.path.unlink(missing_ok=True)
    return backup


def restore(path: Path, source: Path | None = None) -> RestoreResult:
    """Replace a warehouse with the newest good backup of its history, or with `source`.

    The old file is renamed, never deleted. Raises WarehouseBusy, WarehouseMissing if there is no
    backup, and WarehouseUnusable if none is good; the warehouse is unchanged then.
    """
    path = path.absolute()
    candidates = _restore_candidates(path, source)  # before the lock, which creates the folder
    rejected: list[str] = []
    with file.unusable(f"{path} cannot be restored"), closing(WriterLock(path)):
        for candidate in candidates:
            with draft_of(path) as draft:
                try:
                    restored = _copy_verified(candidate, draft)
                    if source is None:
                        file.refuse_foreign_backup(candidate, restored, _committed(path))
                except WarehouseUnusable as error:
                    rejected.append(str(error))
                    continue
                return replace_with(draft, path, restored, candidate, tuple(rejected))
    raise WarehouseUnusable(f"{path} is unchanged, there is no good backup: {'; '.join(rejected)}")


def _restore_candidates(path: Path, source: Path | None) -> list[Path]:
    if source is not None and not source.exists():
        raise WarehouseMissing(f"{path} is unchanged, because {source.absolute()} does not exist")
    if source is not None:
        return [source.absolute()]
    found = [backup.path for backup in backups(path)]
    if not found:
        raise WarehouseMissing(
            f"{_backup_folder(path)} has no backup of {path.name}: name a copy with --from, import "
            f"an export with `staycurrent history import`, or start a new one with "
            f"`staycurrent run --cold-start`"
        )
    return found


def _copy_verified(source: Path, draft: Path) -> CommittedRows:
    file.require_file(source)
    copy_file(source, draft)
    try:
        if file.wal_path(source).exists():  # a killed run left rows that are not in the file yet
            copy_file(file.wal_path(source), file.wal_path(draft))
            with translated_errors(draft), closing(connect(draft, read_only=False)) as con:
                con.execute("CHECKPOINT")
        rows = verify(draft)
        file.refuse_smaller_copy(draft, rows, file.read_committed(source))
    except WarehouseUnusable as error:
        raise WarehouseUnusable(str(error).replace(str(draft), str(source))) from error
    return rows


def verify(path: Path) -> CommittedRows:
    """Read every block of every table, which checks their checksums; return the row counts.

    The schema may be older, as a writer updates it. Raises WarehouseUnusable.
    """
    file.require_file(path)
    with translated_errors(path), closing(connect(path, read_only=True)) as con:
        migrations.refuse_unknown_schema(path, migrations.applied_migrations(con))
        try:
            tables = con.execute(_TABLES).fetchall()
            reads = [f'SELECT bit_xor(hash(t)) FROM "{table}" AS t' for (table,) in tables]  # noqa: S608
            con.execute(" UNION ALL ".join(reads)).fetchall()  # to plan one query each took twice
        except duckdb.Error as error:
            raise failure(path, error) from error
        return file.count_rows(con)


def replace_with(
    draft: Path,
    path: Path,
    restored: CommittedRows,
    source: Path,
    rejected: tuple[str, ...] = (),
) -> RestoreResult:
    """Rename a warehouse, if there is one, and move a draft with these rows into its place."""
    replaced = _committed(path)
    moved_to = move_aside(path)
    move_file(draft, path)
    file.write_committed(path, restored)
    return RestoreResult(source, restored, replaced, moved_to, rejected)


def _committed(path: Path) -> CommittedRows:
    """What was committed to a warehouse; zero if that is not known."""
    try:
        return file.read_committed(path)
    except WarehouseUnusable:
        return CommittedRows()


def move_aside(path: Path) -> Path | None:
    """Rename a warehouse and its log to free names; return the new path, None if there was none.

    The committed counts stay next to `path` until others replace them: if the process is killed in
    between, the next run does not start with an empty warehouse.
    """
    for number in count(1):
        aside = path.with_name(f"{path.name}.aside-{number}")
        if not aside.exists() and not file.wal_path(aside).exists():
            break
    if path.exists() and file.committed_path(path).exists():
        write_file(file.committed_path(aside), file.committed_path(path).read_bytes())
    for old, target in ((file.wal_path(path), file.wal_path(aside)), (path, aside)):
        if old.exists():
            move_file(old, target)
    return aside if aside.exists() else None


def forget_lost(path: Path) -> None:
    """Put aside what is left of a warehouse that does not exist, to begin a new one."""
    if not path.exists():
        move_aside(path)
        file.committed_path(path).unlink(missing_ok=True)


def _name(path: Path) -> str:
    """What its backups are named after; `a.db` and `a.duckdb` may be in one folder."""
    return path.name.removesuffix(".duckdb")


def _backup_folder(path: Path) -> Path:
    return path.absolute().parent / "backups"
