"""Copies of the warehouse, one a judged night, and the way back to one of them."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from staycurrent.warehouse import durable, promise
from staycurrent.warehouse.connection import connect, failed, telling
from staycurrent.warehouse.file import WriterLock, existing, has_log, vet
from staycurrent.warehouse.migrations import applied, known_migrations, refuse_unfit
from staycurrent.warehouse.open import open_warehouse
from staycurrent.warehouse.promise import Promise
from staycurrent.warehouse.refusals import WarehouseMissing, WarehouseUnusable

_TABLES = """
SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """One night's copy."""

    night: date
    path: Path


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place, and what is no longer there."""

    source: Path
    holds: Promise
    lost: Promise
    """What the file that was there before had been promised to hold."""
    aside: Path | None
    """Where that file lies now; None where there was none."""
    passed_over: tuple[str, ...] = ()
    """Why newer backups were not taken, a sentence each."""


def backups(path: Path) -> tuple[Backup, ...]:
    """The backups of a warehouse, the newest night first."""
    named = re.compile(rf"{re.escape(path.stem)}-(\d{{4}}-\d\d-\d\d)\.duckdb")
    folder = _folder(path)
    names = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    found = ((named.fullmatch(name), name) for name in names)
    return tuple(Backup(date.fromisoformat(m[1]), folder / name) for m, name in found if m)[::-1]


def back_up(path: Path, night: date, *, kept: int) -> Backup:
    """Copy a warehouse beside it under the name of a night, read the copy through, keep the newest.

    Raises WarehouseBusy, and WarehouseUnusable where the copy cannot be made or is not as good as
    what was committed; the earlier backups are then as they were.
    """
    path = path.absolute()
    if not vet(path) or has_log(path):
        with open_warehouse(path) as warehouse:
            warehouse.checkpoint()
    made = Backup(night, _folder(path) / f"{path.stem}-{night}.duckdb")
    draft = made.path.with_name(f"{made.path.name}.new")
    # Not while DuckDB has the file open: closing a second handle would give its lock away (POSIX).
    lock = WriterLock(path)
    try:
        made.path.parent.mkdir(exist_ok=True)
        durable.copy(path, draft)
        promise.refuse_less(draft, read_through(draft), promise.promised(path))
        durable.move(draft, made.path)
        for one in backups(path)[kept:]:
            one.path.unlink(missing_ok=True)
    except OSError as error:
        raise WarehouseUnusable(f"{draft} cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        lock.release()
    return made


def restore(path: Path, source: Path | None = None) -> Restored:
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
            durable.move(draft, path)
            promise.keep(path, holds)
            return Restored(candidate, holds, lost, aside, tuple(passed_over))
    except OSError as error:
        raise WarehouseUnusable(f"{path} cannot be restored ({error.strerror})") from error
    finally:
        draft.unlink(missing_ok=True)
        lock.release()
    raise WarehouseUnusable(f"{path} is as it was, no backup is good: {'; '.join(passed_over)}")


def read_through(path: Path) -> Promise:
    """Read every block of every table, each of which has a checksum; what the file holds.

    An older schema is fine, as a writer brings it up to date. Raises WarehouseUnusable.
    """
    existing(path)
    with ExitStack() as undo:
        undo.enter_context(telling(path))
        con = undo.enter_context(closing(connect(path, read_only=True)))
        refuse_unfit(str(path), applied(con), known_migrations())
        try:
            for (table,) in con.execute(_TABLES).fetchall():
                con.execute(f'SELECT bit_xor(hash(t)) FROM "{table}" AS t').fetchall()  # noqa: S608
        except duckdb.Error as error:
            raise failed(path, error) from error
        return promise.counted(con)


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


def _drafted(source: Path, draft: Path) -> Promise:
    existing(source)
    durable.copy(source, draft)
    try:
        found = read_through(draft)
        promise.refuse_less(draft, found, promise.promised(source))
    except WarehouseUnusable as refusal:
        raise WarehouseUnusable(str(refusal).replace(str(draft), str(source))) from refusal
    return found


def _was_promised(path: Path) -> Promise:
    try:
        return promise.promised(path)
    except WarehouseUnusable:
        return Promise()


def move_aside(path: Path) -> Path | None:
    """Give the warehouse and its log other names, free ones; where it lies now.

    Its promise stays until another one replaces it: killed between, nothing begins empty.
    """
    number = 1
    while path.with_name(f"{path.name}.aside-{number}").exists():
        number += 1
    aside = path.with_name(f"{path.name}.aside-{number}")
    if path.exists() and promise.beside(path).exists():
        durable.copy(promise.beside(path), promise.beside(aside))
    for suffix in (".wal", ""):
        one = path.with_name(f"{path.name}{suffix}")
        if one.exists():
            durable.move(one, aside.with_name(f"{aside.name}{suffix}"))
    return aside if aside.exists() else None
