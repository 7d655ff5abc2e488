"""Numbered migrations, which create the schema and bring older files up to it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from staycurrent.warehouse.file import WarehouseUnusable

_CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    applied_by VARCHAR NOT NULL
)
"""
_SELECT = "SELECT number, name, sha256, applied_by FROM main.schema_migrations ORDER BY number"
_COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type FROM duckdb_columns() AS c
SEMI JOIN duckdb_tables() AS t ON t.table_name = c.table_name
WHERE c.schema_name = 'main' AND NOT c.internal AND c.table_name <> 'schema_migrations'
ORDER BY c.table_name, c.column_index
"""
_INSERT = "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; its text never changes once a file has it."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The digest of the text that `schema_migrations` holds."""
        return sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """A row of `schema_migrations`."""

    number: int
    name: str
    sha256: str
    applied_by: str
    """The version of staycurrent that applied it."""


@cache
def known_migrations() -> tuple[Migration, ...]:
    """The migrations of this version, in order: `schema/NNN_name.sql`."""
    return tuple(
        Migration(int(file.name[:3]), file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for file in sorted(
            files("staycurrent.warehouse").joinpath("schema").iterdir(), key=lambda file: file.name
        )
        if re.fullmatch(r"\d{3}_\w+\.sql", file.name)
    )


def applied_migrations(con: DuckDBPyConnection) -> tuple[AppliedMigration, ...] | None:
    """The migrations that a database has, in order; None if it has no `schema_migrations`."""
    try:
        rows = con.execute(_SELECT).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):  # no such table, or another's
        return None
    return tuple(AppliedMigration(*row) for row in rows)


def refuse_unknown_schema(file: Path, applied: Sequence[AppliedMigration] | None) -> None:
    """Raise WarehouseUnusable for another's database, a newer schema or a changed migration."""
    if applied is None:
        raise WarehouseUnusable(
            f"{file} is a DuckDB database, but not a warehouse: name another file"
        )
    by_number = {migration.number: migration for migration in known_migrations()}
    newest = max(by_number, default=0)
    for one in reversed(applied):
        if one.number > newest:
            raise WarehouseUnusable(
                f"{file} has schema {one.number}, this version knows up to {newest}: "
                f"it needs staycurrent {one.applied_by} or later"
            )
        migration = by_number.get(one.number)
        if migration is None or migration.sha256 != one.sha256:
            raise WarehouseUnusable(
                f"migration {one.name} was changed after it was applied to {file}: "
                f"restore its text and put the change into a new migration"
            )


def refuse_older_schema(file: Path, applied: Sequence[AppliedMigration]) -> None:
    """Raise WarehouseUnusable if a reader lacks migrations, which only a writer can apply."""
    if len(applied) < len(known_migrations()):
        raise WarehouseUnusable(
            f"{file} has an older schema than this version reads: the next run updates it"
        )


def migrate(con: DuckDBPyConnection, known: Sequence[Migration]) -> None:
    """Apply the migrations that a database lacks, each in a transaction of its own."""
    present = {one.number for one in applied_migrations(con) or ()}
    missing = [migration for migration in known if migration.number not in present]
    applied_by = version("staycurrent") if missing else ""
    for migration in missing:
        with _transaction(con):
            con.execute(_CREATE_TABLE)
            con.execute(migration.sql)
            record = [migration.number, migration.name, migration.sha256]
            con.execute(_INSERT, [*record, applied_by])


def comment(con: DuckDBPyConnection) -> None:
    """Say in the database what its tables and columns hold: `schema/comments.sql`."""
    text = files("staycurrent.warehouse").joinpath("schema/comments.sql").read_text("utf-8")
    with _transaction(con):
        con.execute(text)


def columns_by_table(con: DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The columns of each table but `schema_migrations`, in order, with their types."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for table, column, data_type in con.execute(_COLUMNS).fetchall():
        found[table][column] = data_type
    return dict(found)


@contextmanager
def _transaction(con: DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        with suppress(duckdb.TransactionException):  # a failed commit has rolled back already
            con.rollback()
        raise
