"""The manifest of an export: which schema it has, and each file with its rows and its digest."""

import json
import re
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb

from staycurrent.warehouse import atomic, committed_rows
from staycurrent.warehouse.backups import move_aside
from staycurrent.warehouse.committed_rows import CommittedRows
from staycurrent.warehouse.connection import (
    connect_with_folder,
    escape_glob,
    first_line,
    sql_string,
    translated_errors,
)
from staycurrent.warehouse.errors import WarehouseUnusable
from staycurrent.warehouse.lock import WriterLock, check_file
from staycurrent.warehouse.migrations import (
    AppliedMigration,
    applied_migrations,
    create_views,
    known_migrations,
    known_views,
    migrate,
    refuse_unknown_schema,
)
from staycurrent.warehouse.open import open_warehouse

MANIFEST_NAME = "manifest.json"
_FORMAT = 1
_LARGEST = 4 << 20
_FILE = re.compile(r"[a-z_]{1,40}(-\d{4}-\d\d)?\.parquet")
_TABLE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file: the rows of a table, or those of one month."""

    table: str
    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportManifest:
    """What an export holds."""

    migrations: tuple[AppliedMigration, ...]
    """Its schema, as the warehouse's own ledger had it."""
    tables: tuple[str, ...]
    files: tuple[ExportedFile, ...]
    """A table without rows has none."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self.files)


def manifest_json(manifest: ExportManifest) -> bytes:
    """The manifest as text: the same for the same rows, a line for each file."""
    told = {"format": _FORMAT, **asdict(manifest)}
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()


def read_manifest(folder: Path) -> ExportManifest:
    """The manifest of a folder; raises WarehouseUnusable for what is no export of ours.

    Nothing that it names is believed: file names are plain, and every file is there, a regular
    one, with the digest that was noted.
    """
    _refuse_other_than_file(folder / MANIFEST_NAME, _LARGEST)
    try:
        found = _manifest(json.loads((folder / MANIFEST_NAME).read_bytes()))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WarehouseUnusable(
            f"{folder / MANIFEST_NAME} is no manifest of an export: {error}"
        ) from error
    for part in found.files:
        path = folder / part.file
        _refuse_other_than_file(path, None)
        with path.open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != part.sha256:
                raise WarehouseUnusable(
                    f"{path} is not what was exported, it was changed or cut: export again, or "
                    f"take an older state of the folder"
                )
    return found


def _manifest(told: Any) -> ExportManifest:
    if told["format"] != _FORMAT:
        raise ValueError(f"format {told['format']!r} is not known here")
    migrations = tuple(AppliedMigration(**_typed(one, number=int)) for one in told["migrations"])
    parts = tuple(ExportedFile(**_typed(one, rows=int)) for one in told["files"])
    tables = tuple(told["tables"])
    for table in tables:
        if not (isinstance(table, str) and _TABLE.fullmatch(table)):
            raise ValueError(f"{table!r} is no table")
    for part in parts:
        if not _FILE.fullmatch(part.file) or part.table not in tables:
            raise ValueError(f"{part.file!r} is no file of a table")
    if not migrations or len({part.file for part in parts}) != len(parts):
        raise ValueError("it names no schema, or a file twice")
    return ExportManifest(migrations, tables, parts)


def _typed(told: dict[str, Any], **numbers: type[int]) -> dict[str, Any]:
    for key, value in told.items():
        if type(value) is not numbers.get(key, str):
            raise ValueError(f"{key} cannot be {value!r}")
    return told


def _refuse_other_than_file(path: Path, largest: int | None) -> None:
    try:
        found = path.lstat()
    except OSError as error:
        raise WarehouseUnusable(
            f"{path} cannot be read ({error.strerror}): name a folder that `staycurrent export` "
            f"wrote"
        ) from error
    if not stat.S_ISREG(found.st_mode) or (largest is not None and found.st_size > largest):
        raise WarehouseUnusable(f"{path} is no regular file of a believable size")


# Pages of the feeds, kept for some nights so that parsers can be run again: many times the size
# of all the rest, and no conclusion rests on them.
EXCLUDED_TABLES = ("bodies", "contents")
_LEDGER = "schema_migrations"
_TABLES = """
SELECT table_name FROM duckdb_tables()
WHERE schema_name = 'main' AND NOT internal AND table_name <> 'schema_migrations' ORDER BY 1
"""
_COLUMNS = """
SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index
"""
# What is appended night by night goes into a file a month, so that the older ones stay as they are
# and a repository that keeps them grows by the last one only.
_NIGHT_OF = {
    "items": "(SELECT p.night FROM pulls AS p WHERE p.id = t.pull_id)",
    "stretches": "t.first_night",
}
_REFILL = "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)"


def export_parquet(path: Path, folder: Path) -> ExportManifest:
    """Write every table of a warehouse into a folder; files whose rows are the same stay the same.

    Raises WarehouseBusy and WarehouseUnusable, the latter also for a folder of something else.
    """
    path, folder = path.absolute(), folder.absolute()
    open_warehouse(path, read_only=True).close()
    draft = folder / ".new"
    try:
        _refuse_foreign(folder)
        rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        with (
            translated_errors(path),
            closing(connect_with_folder(path, draft, read_only=True)) as con,
        ):
            names = _tables(con)
            parts = tuple(part for name in names for part in _written(con, name, draft))
            found = ExportManifest(applied_migrations(con) or (), names, parts)
        _put_in_place(folder, draft, found)
    except OSError as error:
        raise WarehouseUnusable(f"{folder} cannot be written ({error.strerror})") from error
    finally:
        rmtree(draft, ignore_errors=True)
    return found


def import_parquet(folder: Path, path: Path, *, replace: bool = False) -> CommittedRows:
    """Make a warehouse of an export, of this or an older schema; what it holds.

    Raises WarehouseBusy, and WarehouseUnusable where the folder is no whole export, or where a
    warehouse is there and is not to be replaced (moved aside); nothing has changed then.
    """
    folder, path = folder.absolute(), path.absolute()
    if not replace and _is_there(path):
        raise WarehouseUnusable(
            f"{path} is there already: name another with --warehouse, or have it moved aside with "
            f"--replace"
        )
    told = read_manifest(folder)
    refuse_unknown_schema(str(folder), told.migrations, known_migrations())
    lock = WriterLock(path)
    draft = path.with_name(f"{path.name}.import")
    try:
        _drop(draft)
        with (
            translated_errors(draft),
            closing(connect_with_folder(draft, folder, read_only=False)) as con,
        ):
            _fill(con, folder, told)
            holds = committed_rows.count_rows(con)
        move_aside(path)
        atomic.move(draft, path)
        committed_rows.write_committed(path, holds)
    except duckdb.Error as error:
        raise WarehouseUnusable(
            f"{folder} is no export that can be read ({first_line(error)}): nothing was rebuilt"
        ) from error
    except OSError as error:
        raise WarehouseUnusable(f"{path} cannot be rebuilt ({error.strerror})") from error
    finally:
        _drop(draft)
        lock.release()
    return holds


def _tables(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    names = [name for (name,) in con.execute(_TABLES).fetchall()]
    return tuple(name for name in names if name not in EXCLUDED_TABLES)


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [name for (name,) in con.execute(_COLUMNS, [table]).fetchall()]


def _written(con: duckdb.DuckDBPyConnection, table: str, draft: Path) -> Iterator[ExportedFile]:
    """Write a table, by months where its rows are of nights."""
    night = _NIGHT_OF.get(table) or ("t.night" if "night" in _columns(con, table) else None)
    month = f"strftime({night}, '%Y-%m')" if night else "NULL"
    counts = f'SELECT {month}, count(*) FROM "{table}" AS t GROUP BY 1 ORDER BY 1'  # noqa: S608
    for which, rows in con.execute(counts).fetchall():
        name = f"{table}-{which}.parquet" if which else f"{table}.parquet"
        chosen = f'SELECT t.* FROM "{table}" AS t WHERE {month} IS NOT DISTINCT FROM ? ORDER BY ALL'  # noqa: S608
        con.execute(
            f"COPY ({chosen}) TO {sql_string(draft / name)} (FORMAT parquet, COMPRESSION zstd)",
            [which],
        )
        if rows:
            yield ExportedFile(table, name, rows, _digest(draft / name))


def _put_in_place(folder: Path, draft: Path, found: ExportManifest) -> None:
    """Move the new files in, then say so in the manifest, then drop those of before."""
    for part in found.files:
        target = folder / part.file
        if not target.is_file() or _digest(target) != part.sha256:
            atomic.move(draft / part.file, target)
    atomic.write(folder / MANIFEST_NAME, manifest_json(found))
    current = {part.file for part in found.files}
    for one in folder.glob("*.parquet"):
        if one.name not in current:
            one.unlink()


def _refuse_foreign(folder: Path) -> None:
    """Raise WarehouseUnusable for a folder with files in it and no manifest."""
    if folder.exists() and not folder.is_dir():
        raise WarehouseUnusable(f"{folder} is no folder: name one with --out")
    ours = folder.is_dir() and (folder / MANIFEST_NAME).is_file()
    if not ours and folder.is_dir() and any(folder.glob("*.parquet")):
        raise WarehouseUnusable(
            f"{folder} holds Parquet files that are none of ours: name another folder with --out"
        )


def _is_there(path: Path) -> bool:
    try:
        return check_file(path)
    except WarehouseUnusable:
        return path.exists()  # lost, damaged or foreign: only what exists is in the way


def _fill(con: duckdb.DuckDBPyConnection, folder: Path, told: ExportManifest) -> None:
    numbers = {one.number for one in told.migrations}
    migrate(con, [one for one in known_migrations() if one.number in numbers])
    names = _tables(con)
    if set(names) != set(told.tables):
        raise WarehouseUnusable(f"{folder} does not hold the tables of its schema: export again")
    for part in told.files:
        _insert(con, folder, part)
    con.execute(f"DELETE FROM {_LEDGER}")  # noqa: S608
    for one in told.migrations:
        con.execute(_REFILL, [one.number, one.name, one.sha256, one.applied_by])
    migrate(con, known_migrations())
    create_views(con, known_views())


def _insert(con: duckdb.DuckDBPyConnection, folder: Path, part: ExportedFile) -> None:
    source = f"read_parquet({sql_string(escape_glob(folder / part.file))})"
    described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    if [row[0] for row in described] != _columns(con, part.table):
        raise WarehouseUnusable(f"{folder / part.file} has other columns than {part.table}")
    con.execute(f'INSERT INTO "{part.table}" SELECT * FROM {source}')  # noqa: S608
    held = con.execute(f"SELECT count(*) FROM {source}").fetchall()  # noqa: S608
    if held != [(part.rows,)]:
        raise WarehouseUnusable(f"{folder / part.file} has other rows than the manifest says")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _drop(draft: Path) -> None:
    for one in (draft, draft.with_name(f"{draft.name}.wal")):
        one.unlink(missing_ok=True)
