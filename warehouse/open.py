"""The warehouse: one DuckDB file with one writer or several readers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Self, TypeVar

import duckdb

from staycurrent.files import draft_of, move_file
from staycurrent.warehouse import connection, file, migrations
from staycurrent.warehouse.connection import Value, from_row, to_column
from staycurrent.warehouse.file import COUNTED, CommittedRows, WarehouseUnusable, WriterLock

R = TypeVar("R")


class Warehouse:
    """An open warehouse, the first argument of the functions of this package. To be closed.

    All but `path`, `close` and `transaction` is for this package only, and so is `select`, except
    for users of `staycurrent.open`. Not thread-safe.
    """

    def __init__(
        self,
        path: Path,
        con: duckdb.DuckDBPyConnection,
        lock: WriterLock | None = None,
        rows: CommittedRows | None = None,
    ) -> None:
        self.path = path
        self._con = con
        self._lock = lock
        self._noted: CommittedRows | None = None
        self._rows = rows
        """What the warehouse holds; None if the rows must be counted again."""
        self._in_transaction = False
        self.link_ids: dict[str, int] = {}
        """The ids of links that were wanted (`observations.find_ids`)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and release the lock of a writer; may be called twice."""
        with suppress(duckdb.Error):  # after a fatal error the last committed counts are right
            self._write_committed()
        self._con.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is written inside, or nothing of it; a nested one joins the outer one."""
        if self._in_transaction:
            yield
            return
        with connection.translated_errors(self.path):
            self._con.begin()
        self._in_transaction = True
        try:
            yield
            with connection.translated_errors(self.path):
                self._con.commit()
                self._write_committed()
        except BaseException:
            self._rows = None
            self.link_ids.clear()  # it may have those of rows that will not exist
            # A failed commit has rolled back already; after a fatal error, opening the file does.
            with suppress(duckdb.TransactionException, duckdb.FatalException):
                self._con.rollback()
            raise
        finally:
            self._in_transaction = False

    def select(self, sql: str, *values: Value) -> list[tuple[Value, ...]]:
        """All rows of a query."""
        with connection.translated_errors(self.path):
            return self._con.execute(sql, values).fetchall()

    def column(self, sql: str, *values: Value) -> list[Value]:
        """All rows of a query with one column."""
        return [value for (value,) in self.select(sql, *values)]

    def records(self, kind: type[R], sql: str, *values: Value) -> tuple[R, ...]:
        """All rows of a query whose columns are the fields of a dataclass."""
        return tuple(from_row(kind, row) for row in self.select(sql, *values))

    def next_id(self, table: str) -> int:
        """The first id that no row of a table has yet."""
        ((last,),) = self.select(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608
        return int(last) + 1

    def execute(self, sql: str, *values: Value) -> None:
        """Run one statement."""
        if any(table in sql for table in COUNTED):
            self._rows = None
        with connection.translated_errors(self.path):
            self._con.execute(sql, list(map(to_column, values)))

    def append(self, table: str, rows: Iterable[Sequence[Value]]) -> None:
        """Insert rows with a value for each column; 300 times faster than INSERT row by row."""
        new = tuple(rows)
        if not new:
            return
        with connection.translated_errors(self.path), self._con.appender(table) as appender:
            appender.append_rows(new)
        if self._rows is not None:
            self._rows = self._rows.plus(table, len(new))

    def append_numbered(self, table: str, rows: Iterable[Sequence[Value]]) -> range:
        """Append rows, all or nothing, each with a new id before its values; returns the ids."""
        new = tuple(rows)
        if not new:
            return range(0)
        with self.transaction():
            first = self.next_id(table)
            self.append(table, ((number, *row) for number, row in enumerate(new, first)))
        return range(first, first + len(new))

    def _write_committed(self) -> None:
        if self._lock is None:
            return
        if self._rows is None:
            self._rows = file.count_rows(self._con)
        if self._rows.runs and self._rows != self._noted:
            file.write_committed(self.path, self._rows)
            self._noted = self._rows


def open_warehouse(path: Path, *, read_only: bool = False) -> Warehouse:
    """Open a warehouse; a writer creates the file, its folder and its schema if they are missing.

    Raises WarehouseBusy, WarehouseUnusable or, for a reader, WarehouseMissing; the file is not
    changed then. It can be open in several readers or in one writer.
    """
    path = path.absolute()  # DuckDB takes a relative `md:x` for the address of a service
    return _open_reader(path) if read_only else _open_writer(path)


def open_in_memory() -> Warehouse:
    """An empty warehouse in memory."""
    con = duckdb.connect(":memory:", config=connection.HARDENED)
    migrations.migrate(con, migrations.known_migrations())
    return Warehouse(Path(":memory:"), con)


def _open_reader(path: Path) -> Warehouse:
    file.require_file(path)
    with ExitStack() as undo, connection.translated_errors(path):
        con = connection.connect(path, read_only=True)
        undo.callback(con.close)
        applied, _ = _refuse_unusable(path, con)
        migrations.refuse_older_schema(path, applied)
        undo.pop_all()
    return Warehouse(path, con)


def _open_writer(path: Path) -> Warehouse:
    file.check_file(path)  # before a lock file is created next to another program's file
    with ExitStack() as undo, connection.translated_errors(path):
        lock = WriterLock(path)
        undo.callback(lock.close)
        if not file.check_file(path):
            _create(path)
        elif file.has_wal(path):  # a writer moves the log into the file: check as a reader first
            with closing(connection.connect(path, read_only=True)) as reader:
                _refuse_unusable(path, reader)
        con = connection.connect(path, read_only=False)
        undo.callback(con.close)
        applied, rows = _refuse_unusable(path, con)
        if len(applied) < len(migrations.known_migrations()):
            migrations.migrate(con, migrations.known_migrations())
            migrations.comment(con)
            rows = file.count_rows(con)  # a migration may remove some
        undo.pop_all()
    return Warehouse(path, con, lock, rows)


def _refuse_unusable(
    path: Path, con: duckdb.DuckDBPyConnection
) -> tuple[tuple[migrations.AppliedMigration, ...], CommittedRows]:
    """The migrations and rows of an open file; raises WarehouseUnusable for one to distrust."""
    applied = migrations.applied_migrations(con)
    migrations.refuse_unknown_schema(path, applied)
    rows = file.count_rows(con)
    file.refuse_lost_rows(path, rows)
    return applied or (), rows


def _create(path: Path) -> None:
    """Create the file under another name first, so that it is never incomplete."""
    with draft_of(path) as draft:
        with closing(connection.connect(draft, read_only=False)) as con:
            migrations.migrate(con, migrations.known_migrations())
            migrations.comment(con)
            finish_new_file(draft, con)
        move_file(draft, path)


def finish_new_file(draft: Path, con: duckdb.DuckDBPyConnection) -> CommittedRows:
    """Write all rows into a new file, close it and count them again: it may be renamed then.

    DuckDB does not report that the checkpoint of a closing connection failed, and deletes the log.
    Raises WarehouseUnusable and DuckDB's errors.
    """
    rows = file.count_rows(con)
    con.execute("CHECKPOINT")
    con.close()
    with closing(connection.connect(draft, read_only=True)) as written:
        is_whole = file.count_rows(written) == rows and migrations.applied_migrations(written)
    if file.has_wal(draft) or not is_whole:
        raise WarehouseUnusable(f"{draft.name} could not be written whole: free disk space")
    return rows
