"""Numbered migrations and the views: how a file gets the shape that this version speaks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from itertools import chain

import duckdb
from duckdb import DuckDBPyConnection

from staycurrent.warehouse.errors import WarehouseUnusable

_CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    applied_by VARCHAR NOT NULL
)
"""
_READ_LEDGER = """
SELECT number, name, sha256, applied_by FROM main.schema_migrations ORDER BY number
"""
_NOTE = "INSERT INTO schema_migrations VALUES "
# Which views a file has, as a word of its own to SQL: a table would be a schema of its own.
_READ_VIEWS = "SELECT main.views_are()"
_NOTE_VIEWS = "CREATE OR REPLACE MACRO views_are() AS '{}'"
_CREATE = "CREATE OR REPLACE VIEW "
_CREATE_FOR_NOW = "CREATE OR REPLACE TEMP VIEW "


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
class AppliedMigration:
    """A migration as a file says that it has it."""

    number: int
    name: str
    sha256: str
    applied_by: str
    """The version of staycurrent that applied it."""


@cache
def known_migrations() -> tuple[Migration, ...]:
    """The migrations of this version, in order."""
    return tuple(
        Migration(int(name[:3]), name, sql) for name, sql in _texts("schema", r"\d{3}_\w+\.sql")
    )


@cache
def known_views() -> tuple[str, ...]:
    """The text of every view, in the order in which they can be created."""
    return tuple(sql for _, sql in _texts("views", r"\d{2}_\w+\.sql"))


def _texts(folder: str, pattern: str) -> list[tuple[str, str]]:
    return sorted(
        (file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files("staycurrent.warehouse").joinpath(folder).iterdir()
        if re.fullmatch(pattern, file.name)
    )


def applied_migrations(con: DuckDBPyConnection) -> tuple[AppliedMigration, ...] | None:
    """The migrations that a file has, in order; None where it keeps no ledger of them.

    It is asked for by reading it: to look for it in the catalog takes DuckDB ten times as long.
    """
    try:
        rows = con.execute(_READ_LEDGER).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):  # no such table, or another's
        return None
    return tuple(AppliedMigration(*row) for row in rows)


def refuse_unknown_schema(
    file: str, present: Sequence[AppliedMigration] | None, known: Iterable[Migration]
) -> None:
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


def refuse_older_schema(
    file: str, present: Sequence[AppliedMigration], known: Iterable[Migration]
) -> None:
    """Raise WarehouseUnusable where a reader would meet an older schema than it speaks."""
    have = {one.number for one in present}
    if any(migration.number not in have for migration in known):
        raise WarehouseUnusable(
            f"{file} has an older schema than this version reads: the next run brings it up to date"
        )


def migrate(con: DuckDBPyConnection, known: Iterable[Migration]) -> None:
    """Apply what a file lacks, each migration in a transaction of its own with its record.

    A database without any gets all of them in one: it takes DuckDB a third of the time.
    """
    present = applied_migrations(con)
    have = {one.number for one in present or ()}
    pending = [migration for migration in known if migration.number not in have]
    steps = [pending] if present is None else [[one] for one in pending]
    for step in filter(None, steps):
        with _all_or_none(con):
            _apply(con, step)


def _apply(con: DuckDBPyConnection, migrations: Sequence[Migration]) -> None:
    con.execute(_CREATE_LEDGER)
    for migration in migrations:
        con.execute(migration.sql)
    ours = version("staycurrent")
    records = [(one.number, one.name, one.sha256, ours) for one in migrations]
    con.execute(_NOTE + ", ".join(["(?, ?, ?, ?)"] * len(records)), list(chain(*records)))


def create_schema(con: DuckDBPyConnection) -> None:
    """Give a database that holds nothing the shape of this version.

    To ask DuckDB first for what is not there takes it half as long again.
    """
    with _all_or_none(con):
        _apply(con, known_migrations())
        _view(con, known_views())


def create_views(con: DuckDBPyConnection, views: Sequence[str]) -> None:
    """Create or replace every view and note which they are, all or none."""
    with _all_or_none(con):
        _view(con, views)


def _view(con: DuckDBPyConnection, views: Sequence[str]) -> None:
    for view in views:
        con.execute(view)
    con.execute(_NOTE_VIEWS.format(_digest(views)))


def has_views(con: DuckDBPyConnection, views: Sequence[str]) -> bool:
    """Whether a file's views are these, as was noted when they were made."""
    try:
        return con.execute(_READ_VIEWS).fetchall() == [(_digest(views),)]
    except duckdb.CatalogException:
        return False


def create_temporary_views(con: DuckDBPyConnection, views: Iterable[str]) -> None:
    """Lay views over those of a file that is only read; they end with the connection."""
    for view in views:
        con.execute(view.replace(_CREATE, _CREATE_FOR_NOW, 1))


@contextmanager
def _all_or_none(con: DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        with suppress(duckdb.TransactionException):  # a commit that failed has rolled back already
            con.rollback()
        raise


def _digest(views: Iterable[str]) -> str:
    return sha256(repr(tuple(views)).encode()).hexdigest()
