"""Numbered migrations and the views: how a file gets the shape that this version speaks."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files

import duckdb
from duckdb import DuckDBPyConnection

from warehouse.refusals import WarehouseUnusable

_LEDGER_EXISTS = """
SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = 'schema_migrations'
"""
_CREATE_LEDGER = """
CREATE TABLE schema_migrations (
    number INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    applied_by VARCHAR NOT NULL
)
"""
_READ_LEDGER = "SELECT number, name, sha256, applied_by FROM schema_migrations ORDER BY number"
_NOTE = "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; its text never changes once a file has it."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Digest of the text, as the file's own ledger records it."""
        return sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration as a file says that it has it."""

    number: int
    name: str
    sha256: str
    applied_by: str
    """The version of staycurrent that applied it."""


def known_migrations() -> tuple[Migration, ...]:
    """The migrations of this version, in order."""
    return tuple(
        Migration(int(name[:3]), name, sql) for name, sql in _texts("schema", r"\d{3}_\w+\.sql")
    )


def known_views() -> tuple[str, ...]:
    """The text of every view, in the order in which they can be created."""
    return tuple(sql for _, sql in _texts("views", r"\d{2}_\w+\.sql"))


def _texts(folder: str, pattern: str) -> list[tuple[str, str]]:
    return sorted(
        (file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files("warehouse").joinpath(folder).iterdir()
        if re.fullmatch(pattern, file.name)
    )


def applied(con: DuckDBPyConnection) -> tuple[Applied, ...] | None:
    """The migrations that a file has, in order; None where it keeps no ledger of them."""
    if con.execute(_LEDGER_EXISTS).fetchall() == [(0,)]:
        return None
    return tuple(Applied(*row) for row in con.execute(_READ_LEDGER).fetchall())


def refuse_unfit(file: str, present: Sequence[Applied] | None, known: Iterable[Migration]) -> None:
    """Raise WarehouseUnusable for another's database, a newer schema or a changed migration."""
    if present is None:
        raise WarehouseUnusable(
            f"{file} is a DuckDB database, but not a warehouse: name another file"
        )
    by_number = {migration.number: migration for migration in known}
    newest = max(by_number, default=0)
    newer = [one for one in present if one.number > newest]
    if newer:
        raise WarehouseUnusable(
            f"{file} has schema {newer[-1].number}, this version knows up to {newest}: "
            f"it needs staycurrent {newer[-1].applied_by} or later"
        )
    for one in present:
        ours = by_number.get(one.number)
        if ours is None or ours.sha256 != one.sha256:
            raise WarehouseUnusable(
                f"migration {one.name} was changed after {file} got it: "
                f"restore its text and put the change into a new migration"
            )


def refuse_pending(file: str, present: Sequence[Applied], known: Iterable[Migration]) -> None:
    """Raise WarehouseUnusable where a reader would meet an older schema than it speaks."""
    have = {one.number for one in present}
    if any(migration.number not in have for migration in known):
        raise WarehouseUnusable(
            f"{file} has an older schema than this version reads: the next run brings it up to date"
        )


def migrate(con: DuckDBPyConnection, known: Iterable[Migration]) -> None:
    """Apply what the file lacks, each migration in a transaction of its own with its record."""
    have = {one.number for one in applied(con) or ()}
    for migration in known:
        if migration.number not in have:
            _apply(con, migration)


def _apply(con: DuckDBPyConnection, migration: Migration) -> None:
    record = (migration.number, migration.name, migration.sha256, version("staycurrent"))
    con.begin()
    try:
        if applied(con) is None:
            con.execute(_CREATE_LEDGER)
        con.execute(migration.sql)
        con.execute(_NOTE, record)
        con.commit()
    except BaseException:
        with suppress(duckdb.TransactionException):  # a commit that failed has rolled back already
            con.rollback()
        raise


def create_views(con: DuckDBPyConnection, views: Iterable[str]) -> None:
    """Create or replace every view, all or none."""
    con.begin()
    try:
        for view in views:
            con.execute(view)
        con.commit()
    except BaseException:
        with suppress(duckdb.TransactionException):  # a commit that failed has rolled back already
            con.rollback()
        raise
