"""The whole memory as Parquet files, and a warehouse made of them again."""

from collections.abc import Iterator
from contextlib import closing
from hashlib import file_digest
from pathlib import Path
from shutil import rmtree

import duckdb

from staycurrent.warehouse import durable, manifest, promise
from staycurrent.warehouse.backups import move_aside
from staycurrent.warehouse.connection import connect_beside, first_line, literally, quoted, telling
from staycurrent.warehouse.file import WriterLock, vet
from staycurrent.warehouse.manifest import Manifest, Part
from staycurrent.warehouse.migrations import (
    applied,
    create_views,
    known_migrations,
    known_views,
    migrate,
    refuse_unfit,
)
from staycurrent.warehouse.open import open_warehouse
from staycurrent.warehouse.promise import Promise
from staycurrent.warehouse.refusals import WarehouseUnusable

# Pages of the feeds, kept for some nights so that parsers can be run again: many times the size
# of all the rest, and no conclusion rests on them.
LEFT_BEHIND = ("bodies", "contents")
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


def export(path: Path, folder: Path) -> Manifest:
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
        with telling(path), closing(connect_beside(path, draft, read_only=True)) as con:
            names = _tables(con)
            parts = tuple(part for name in names for part in _written(con, name, draft))
            found = Manifest(applied(con) or (), names, parts)
        _put_in_place(folder, draft, found)
    except OSError as error:
        raise WarehouseUnusable(f"{folder} cannot be written ({error.strerror})") from error
    finally:
        rmtree(draft, ignore_errors=True)
    return found


def rebuild(folder: Path, path: Path, *, replace: bool = False) -> Promise:
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
    told = manifest.read(folder)
    refuse_unfit(str(folder), told.migrations, known_migrations())
    lock = WriterLock(path)
    draft = path.with_name(f"{path.name}.import")
    try:
        _drop(draft)
        with telling(draft), closing(connect_beside(draft, folder, read_only=False)) as con:
            _fill(con, folder, told)
            holds = promise.counted(con)
        move_aside(path)
        durable.move(draft, path)
        promise.keep(path, holds)
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
    return tuple(name for name in names if name not in LEFT_BEHIND)


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [name for (name,) in con.execute(_COLUMNS, [table]).fetchall()]


def _written(con: duckdb.DuckDBPyConnection, table: str, draft: Path) -> Iterator[Part]:
    """Write a table, by months where its rows are of nights."""
    night = _NIGHT_OF.get(table) or ("t.night" if "night" in _columns(con, table) else None)
    month = f"strftime({night}, '%Y-%m')" if night else "NULL"
    counts = f'SELECT {month}, count(*) FROM "{table}" AS t GROUP BY 1 ORDER BY 1'  # noqa: S608
    for which, rows in con.execute(counts).fetchall():
        name = f"{table}-{which}.parquet" if which else f"{table}.parquet"
        chosen = f'SELECT t.* FROM "{table}" AS t WHERE {month} IS NOT DISTINCT FROM ? ORDER BY ALL'  # noqa: S608
        con.execute(
            f"COPY ({chosen}) TO {quoted(draft / name)} (FORMAT parquet, COMPRESSION zstd)",
            [which],
        )
        if rows:
            yield Part(table, name, rows, _digest(draft / name))


def _put_in_place(folder: Path, draft: Path, found: Manifest) -> None:
    """Move the new files in, then say so in the manifest, then drop those of before."""
    for part in found.parts:
        target = folder / part.file
        if not target.is_file() or _digest(target) != part.sha256:
            durable.move(draft / part.file, target)
    durable.write(folder / manifest.NAME, manifest.written(found))
    current = {part.file for part in found.parts}
    for one in folder.glob("*.parquet"):
        if one.name not in current:
            one.unlink()


def _refuse_foreign(folder: Path) -> None:
    """Raise WarehouseUnusable for a folder with files in it and no manifest."""
    if folder.exists() and not folder.is_dir():
        raise WarehouseUnusable(f"{folder} is no folder: name one with --out")
    ours = folder.is_dir() and (folder / manifest.NAME).is_file()
    if not ours and folder.is_dir() and any(folder.glob("*.parquet")):
        raise WarehouseUnusable(
            f"{folder} holds Parquet files that are none of ours: name another folder with --out"
        )


def _is_there(path: Path) -> bool:
    try:
        return vet(path)
    except WarehouseUnusable:
        return path.exists()  # lost, damaged or foreign: only what exists is in the way


def _fill(con: duckdb.DuckDBPyConnection, folder: Path, told: Manifest) -> None:
    numbers = {one.number for one in told.migrations}
    migrate(con, [one for one in known_migrations() if one.number in numbers])
    names = _tables(con)
    if set(names) != set(told.tables):
        raise WarehouseUnusable(f"{folder} does not hold the tables of its schema: export again")
    for part in told.parts:
        _insert(con, folder, part)
    con.execute(f"DELETE FROM {_LEDGER}")  # noqa: S608
    for one in told.migrations:
        con.execute(_REFILL, [one.number, one.name, one.sha256, one.applied_by])
    migrate(con, known_migrations())
    create_views(con, known_views())


def _insert(con: duckdb.DuckDBPyConnection, folder: Path, part: Part) -> None:
    source = f"read_parquet({quoted(literally(folder / part.file))})"
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
