"""Opening the warehouse: one file, one writer, and a connection that can touch nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from staycurrent.warehouse import atomic, committed_rows
from staycurrent.warehouse.connection import HARDENED, connect, failure, translated_errors
from staycurrent.warehouse.errors import WarehouseBusy, WarehouseMissing, WarehouseUnusable
from staycurrent.warehouse.lock import WriterLock, check_file, has_wal, require_file
from staycurrent.warehouse.migrations import (
    AppliedMigration,
    applied_migrations,
    create_schema,
    create_temporary_views,
    create_views,
    has_views,
    known_migrations,
    known_views,
    migrate,
    refuse_older_schema,
    refuse_unknown_schema,
)

__all__ = [
    "Warehouse",
    "WarehouseBusy",
    "WarehouseMissing",
    "WarehouseUnusable",
    "open_in_memory",
    "open_warehouse",
]

Value = Any
"""What a column holds: str, int, float, bool, date, naive datetime, list of str, or None."""
_SHORT = 5000
"""Rows of an answer that is kept: a link, a place or a decision each, no year of looks."""
_KEPT = 50_000
"""Rows of all that are kept, and values of their questions: a list's, not a registry's."""


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
        self._noted: committed_rows.CommittedRows | None = None
        self._appended: Counter[str] | None = None
        """Rows by table since that was noted; None where it has to be counted anew."""
        self._in_transaction = False
        self._answers: dict[tuple[object, ...], list[tuple[Value, ...]]] = {}
        self._kept = 0

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
        with suppress(duckdb.Error):  # it may have shut itself down: what was noted before stands
            self._note_down()
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
        with translated_errors(self.path):
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
        """All rows of a query; a short answer to a short question holds until something is written.

        The stages of a night ask the same again and again, and nobody else writes meanwhile:
        DuckDB lets no other writer in, neither beside a reader nor beside a writer.
        """
        if any(isinstance(value, list) and len(value) > _SHORT for value in values):
            return self._asked(sql, values)
        question = (sql, *(tuple(one) if isinstance(one, list) else one for one in values))
        if question not in self._answers:
            found = self._asked(sql, values)
            if len(found) > _SHORT:
                return found
            self._remember(question, found)
        return list(self._answers[question])

    def execute(self, sql: str, *values: Value) -> None:
        """Run one statement."""
        with self._writing():
            self._appended = None
            self._con.execute(sql, values)

    def append(self, table: str, rows: Iterable[Sequence[Value]]) -> None:
        """Insert rows with a value for every column; 300 times as fast as INSERT one by one."""
        came = tuple(rows)
        with self._writing(), self._con.appender(table) as appender:
            appender.append_rows(came)
        if self._appended is not None:
            self._appended[table] += len(came)

    def _remember(self, question: tuple[object, ...], found: list[tuple[Value, ...]]) -> None:
        self._answers[question] = found
        self._kept += _size(question, found)
        while self._kept > _KEPT:
            oldest = next(iter(self._answers))
            self._kept -= _size(oldest, self._answers.pop(oldest))

    def _forget(self) -> None:
        self._answers.clear()
        self._kept = 0

    def _asked(self, sql: str, values: Sequence[Value]) -> list[tuple[Value, ...]]:
        with translated_errors(self.path):
            return self._con.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with translated_errors(self.path):
                yield
        finally:
            self._forget()

    def _commit(self) -> None:
        try:
            self._con.commit()
        except duckdb.Error as error:  # ENOSPC comes as a TransactionException
            raise failure(self.path, error) from error
        with translated_errors(self.path):
            self._note_down()

    def _note_down(self) -> None:
        """Note beside the file what was committed to it, if it is more than before."""
        if self._lock is None:
            return
        if self._noted is None or self._appended is None:
            found = committed_rows.count_rows(self._con)
        else:
            found = self._noted.plus(self._appended)
        self._appended = Counter()
        if found.runs and found != self._noted:
            committed_rows.write_committed(self.path, found)
            self._noted = found

    def _roll_back(self) -> None:
        self._forget()
        self._appended = None
        try:
            self._con.rollback()
        except duckdb.TransactionException:
            return  # a commit that failed has rolled back already
        except duckdb.FatalException:
            return  # the database has shut itself down; reopening rolls back


def _size(question: tuple[object, ...], found: list[tuple[Value, ...]]) -> int:
    return len(found) + sum(len(one) if isinstance(one, tuple) else 1 for one in question)


def open_warehouse(path: Path, *, read_only: bool = False) -> Warehouse:
    """Open a warehouse's file; a writer makes it, its folder and its schema where they lack.

    Raises WarehouseBusy, WarehouseUnusable or, for a reader, WarehouseMissing; the file is then
    as it was. Many readers may be open at once, or one writer.
    """
    path = path.absolute()  # a relative one such as `md:x` would name a service to DuckDB
    return _open_to_read(path) if read_only else _open_to_write(path)


def open_in_memory() -> Warehouse:
    """An empty warehouse that is gone when it is closed."""
    con = duckdb.connect(":memory:", config=HARDENED)
    create_schema(con)
    return Warehouse(Path(":memory:"), con)


def _open_to_read(path: Path) -> Warehouse:
    require_file(path)
    with ExitStack() as undo, translated_errors(path):
        con = connect(path, read_only=True)
        undo.callback(con.close)
        present = _refuse_unusable(path, con)
        refuse_older_schema(str(path), present, known_migrations())
        if not has_views(con, known_views()):
            create_temporary_views(con, known_views())
        undo.pop_all()
    return Warehouse(path, con)


def _open_to_write(path: Path) -> Warehouse:
    check_file(path)  # before a lock's file is put beside something that is none of ours
    with ExitStack() as undo, translated_errors(path):
        lock = WriterLock(path)
        undo.callback(lock.release)
        if not check_file(path):
            _create(path)
        elif has_wal(path):
            _refuse_untouched(path)
        con = connect(path, read_only=False)
        undo.callback(con.close)
        _refuse_unusable(path, con)
        _bring_up(con)
        undo.pop_all()
    return Warehouse(path, con, lock)


def _refuse_untouched(path: Path) -> None:
    """Look at it through a reader's eyes first: a writer would move the log into the file."""
    with closing(connect(path, read_only=True)) as con:
        _refuse_unusable(path, con)


def _refuse_unusable(path: Path, con: duckdb.DuckDBPyConnection) -> tuple[AppliedMigration, ...]:
    """The migrations of an open file; raises WarehouseUnusable before a byte of it has changed."""
    present = applied_migrations(con)
    refuse_unknown_schema(str(path), present, known_migrations())
    committed_rows.refuse_lost_rows(path, committed_rows.count_rows(con))
    return present or ()


def _create(path: Path) -> None:
    """Make the file whole under another name, so that a kill leaves none or all of it."""
    draft = path.with_name(f"{path.name}.new")
    for leftover in (draft, draft.with_name(f"{draft.name}.wal")):
        leftover.unlink(missing_ok=True)
    with closing(connect(draft, read_only=False)) as con:
        create_schema(con)
    atomic.move(draft, path)


def _bring_up(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con, known_migrations())
    if not has_views(con, known_views()):
        create_views(con, known_views())
