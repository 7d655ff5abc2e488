"""Opening the warehouse: one file, one writer, and a connection that can touch nothing else."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from warehouse.file import WriterLock, busy, existing, vet
from warehouse.migrations import (
    applied,
    create_views,
    known_migrations,
    known_views,
    migrate,
    refuse_pending,
    refuse_unfit,
)
from warehouse.refusals import WarehouseBusy, WarehouseMissing, WarehouseUnusable

__all__ = [
    "Warehouse",
    "WarehouseBusy",
    "WarehouseMissing",
    "WarehouseUnusable",
    "open_in_memory",
    "open_warehouse",
]

# duckdb.org/security: SQL is executable code, ATTACH loads a library. Nothing here
# reads another file, loads an extension, sees a Python variable, or undoes these settings.
_HARDENED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": "1GB",
    "max_temp_directory_size": "1GB",
    "lock_configuration": True,
}
_FAILURES = (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException)

Value = Any
"""What a column holds: str, int, float, bool, date, naive datetime, list of str, or None."""


class Warehouse:
    """An open warehouse; give it to the functions of this room, and close it.

    `select`, `execute` and `append` are for this room's modules only. Not for use by two threads.
    """

    def __init__(
        self, path: Path, con: duckdb.DuckDBPyConnection, lock: WriterLock | None = None
    ) -> None:
        self.path = path
        self._con = con
        self._lock = lock
        self._in_transaction = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Move the log into the file, where written, and let the next one in; harmless twice."""
        self._con.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside; one inside another joins it."""
        if self._in_transaction:
            yield
            return
        with _telling(self.path):
            self._con.begin()
        self._in_transaction = True
        try:
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._in_transaction = False

    def checkpoint(self) -> None:
        """Move the log into the file, so that the file alone holds everything."""
        self.execute("CHECKPOINT")

    def select(self, sql: str, *values: Value) -> list[tuple[Value, ...]]:
        """All rows of a query."""
        with _telling(self.path):
            return self._con.execute(sql, values).fetchall()

    def execute(self, sql: str, *values: Value) -> None:
        """Run one statement."""
        with _telling(self.path):
            self._con.execute(sql, values)

    def append(self, table: str, rows: Iterable[Sequence[Value]]) -> None:
        """Insert rows with a value for every column; 300 times as fast as INSERT one by one."""
        with _telling(self.path), self._con.appender(table) as appender:
            appender.append_rows(rows)

    def _commit(self) -> None:
        try:
            self._con.commit()
        except duckdb.Error as error:  # ENOSPC comes as a TransactionException
            raise _failed(self.path, error) from error

    def _roll_back(self) -> None:
        try:
            self._con.rollback()
        except duckdb.TransactionException:
            return  # a commit that failed has rolled back already
        except duckdb.FatalException:
            return  # the database has shut itself down; reopening rolls back


def open_warehouse(path: Path, *, read_only: bool = False) -> Warehouse:
    """Open a warehouse's file; a writer makes it, its folder and its schema where they lack.

    Raises WarehouseBusy, WarehouseUnusable or, for a reader, WarehouseMissing; the file is then
    as it was. Many readers may be open at once, or one writer.
    """
    path = path.absolute()  # a relative one such as `md:x` would name a service to DuckDB
    return _open_to_read(path) if read_only else _open_to_write(path)


def open_in_memory() -> Warehouse:
    """An empty warehouse that is gone when it is closed."""
    con = duckdb.connect(":memory:", config=_HARDENED)
    _bring_up(con)
    return Warehouse(Path(":memory:"), con)


def _open_to_read(path: Path) -> Warehouse:
    existing(path)
    with ExitStack() as undo, _telling(path):
        con = _connect(path, read_only=True)
        undo.callback(con.close)
        present = applied(con)
        refuse_unfit(str(path), present, known_migrations())
        refuse_pending(str(path), present or (), known_migrations())
        undo.pop_all()
    return Warehouse(path, con)


def _open_to_write(path: Path) -> Warehouse:
    vet(path)  # before a lock's file is put beside something that is none of ours
    with ExitStack() as undo, _telling(path):
        lock = WriterLock(path)
        undo.callback(lock.release)
        if vet(path):
            _refuse_untouched(path)
        else:
            _create(path)
        con = _connect(path, read_only=False)
        undo.callback(con.close)
        _bring_up(con)
        undo.pop_all()
    return Warehouse(path, con, lock)


def _refuse_untouched(path: Path) -> None:
    """Look at the schema through a reader's eyes: a writer would move the log into the file."""
    with closing(_connect(path, read_only=True)) as con:
        refuse_unfit(str(path), applied(con), known_migrations())


def _create(path: Path) -> None:
    """Make the file whole under another name, so that a kill leaves none or all of it."""
    draft = path.with_name(f"{path.name}.new")
    for leftover in (draft, draft.with_name(f"{draft.name}.wal")):
        leftover.unlink(missing_ok=True)
    with closing(_connect(draft, read_only=False)) as con:
        _bring_up(con)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _bring_up(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con, known_migrations())
    create_views(con, known_views())


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only, config=_HARDENED)
    except duckdb.ConnectionException as error:  # this process has it open in another mode
        raise WarehouseBusy(busy(path, str(os.getpid()))) from error
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            holder = re.search(r"PID (\d+)", str(error))
            raise WarehouseBusy(busy(path, holder[1] if holder else "")) from error
        raise WarehouseUnusable(
            f"{path} cannot be opened, it is damaged or of a newer DuckDB "
            f"({_first_line(error)}): restore it from a copy"
        ) from error


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what DuckDB says of a full disk or a damaged block into a sentence."""
    try:
        yield
    except _FAILURES as error:
        raise _failed(path, error) from error


def _failed(path: Path, error: duckdb.Error) -> WarehouseUnusable:
    return WarehouseUnusable(
        f"{path} could not be read or written ({_first_line(error)}): "
        f"free disk space, or restore the file from a copy"
    )


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0].strip()
