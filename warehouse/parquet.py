"""The history as Parquet files, and a warehouse made from them."""

import json
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Literal

import duckdb
import msgspec
from msgspec import Meta

from staycurrent.files import draft_of, move_file, write_file
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.warehouse import connection, migrations
from staycurrent.warehouse.backups import RestoreResult, replace_with
from staycurrent.warehouse.file import WarehouseUnusable, WriterLock, check_file, unusable
from staycurrent.warehouse.import_validation import ImportLimits, refuse_invalid_rows
from staycurrent.warehouse.migrations import AppliedMigration
from staycurrent.warehouse.observations import checked_links, ensure_ids
from staycurrent.warehouse.open import finish_new_file, open_warehouse

# Stored responses of feeds and vectors are many times larger than all the rest, and no result
# depends on them.
EXCLUDED_TABLES = ("response_cache", "response_bodies", "text_vectors")

_MANIFEST = "manifest.json"
_MAX_MANIFEST_BYTES = 4 << 20
_MAX_ROWS = 100_000_000
"""Of all tables: a few kilobytes of Parquet can hold more rows than a disk."""
_MAX_COLUMN_BYTES = 512 << 20
"""Uncompressed, in a row group, which is read as a whole."""
_EXISTS_HINT = "name another with --warehouse, or have it renamed with --replace"
_CLOSED_SETS = {"outcome": Outcome, "freshness": Freshness}
"""Columns of observations that the schema does not restrict."""
# Tables with dates have a file for each month: files of past months do not change, so that a
# repository that stores an export grows by the last month only.
_DATE_EXPRESSIONS = {
    "items": "(SELECT p.run_date FROM pulls AS p WHERE p.id = t.pull_id)",
    "compacted_observations": "t.first_date",
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file with the rows of a table, or those of one month."""

    table: str
    file: Annotated[str, Meta(pattern=r"\A[a-z_]{1,40}(-\d{4}-\d\d)?\.parquet\Z")]
    rows: Annotated[int, Meta(ge=1)]
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportManifest:
    """The content of an export."""

    migrations: Annotated[tuple[AppliedMigration, ...], Meta(min_length=1)]
    """Its schema."""
    tables: tuple[Annotated[str, Meta(pattern=r"\A[a-z_]{1,40}\Z")], ...]
    files: tuple[ExportedFile, ...]
    """A table without rows has none."""
    format: Literal[1] = 1

    def __post_init__(self) -> None:
        """Raise ValueError for what no export holds: it may be written by a stranger."""
        if foreign := {one.table for one in self.files} - {*self.tables}:
            raise ValueError(f"{min(foreign)!r} is not one of its tables")
        if len({one.file for one in self.files}) != len(self.files):
            raise ValueError("it has the same file twice")
        if self.rows > _MAX_ROWS:
            raise ValueError(f"it has more than {_MAX_ROWS} rows")

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(one.rows for one in self.files)


def export_parquet(path: Path, folder: Path) -> ExportManifest:
    """Write every table of a warehouse into a folder; equal rows give equal files.

    Raises WarehouseBusy and WarehouseUnusable, also if another program's files are in the folder.
    """
    path, folder = path.absolute(), folder.absolute()
    open_warehouse(path, read_only=True).close()
    with unusable(f"{folder} cannot be written"):
        if folder.exists() and not folder.is_dir():
            raise WarehouseUnusable(f"{folder} is not a folder: name another one")
        earlier = _files_of_earlier_export(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with draft_of(folder / "export") as draft:
            draft.mkdir()
            with (
                connection.translated_errors(path),
                closing(connection.connect_with_folder(path, draft, read_only=True)) as con,
            ):
                tables = _exported_tables(con)
                exported = tuple(
                    one
                    for table, columns in tables.items()
                    for one in _write_table(con, table, columns, draft)
                )
                manifest = ExportManifest(
                    migrations.applied_migrations(con) or (), tuple(tables), exported
                )
            _replace_files(folder, draft, manifest, earlier)
    return manifest


def _files_of_earlier_export(folder: Path) -> set[str]:
    """The names of the files that an export into this folder may delete."""
    if (folder / _MANIFEST).exists():
        try:
            return {one.file for one in _load_manifest(folder / _MANIFEST).files}
        except WarehouseUnusable as error:
            raise WarehouseUnusable(f"{error}: name another folder") from error
    if any(folder.glob("*.parquet")):
        raise WarehouseUnusable(
            f"{folder} holds Parquet files of another program: name another folder"
        )
    return set()


def _exported_tables(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The columns of each table, by its name."""
    tables = migrations.columns_by_table(con).items()
    return {table: list(columns) for table, columns in tables if table not in EXCLUDED_TABLES}


def _write_table(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], draft: Path
) -> Iterator[ExportedFile]:
    run_date = "t.run_date" if "run_date" in columns else None
    run_date = _DATE_EXPRESSIONS.get(table, run_date)
    month = f"strftime({run_date}, '%Y-%m')" if run_date else "NULL"
    counts = f'SELECT {month}, count(*) FROM "{table}" AS t GROUP BY 1 ORDER BY 1'  # noqa: S608
    for of_month, rows in con.execute(counts).fetchall():
        name = f"{table}-{of_month}.parquet" if of_month else f"{table}.parquet"
        query = f'SELECT t.* FROM "{table}" AS t WHERE {month} IS NOT DISTINCT FROM ? ORDER BY ALL'  # noqa: S608
        target = connection.sql_string(draft / name)
        con.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)", [of_month])
        yield ExportedFile(table, name, rows, _sha256(draft / name))


def _replace_files(folder: Path, draft: Path, manifest: ExportManifest, earlier: set[str]) -> None:
    """Write the manifest, then move the changed files, then delete earlier ones not named in it.

    If it is killed in between, the manifest shows what is missing, and whose folder it is.
    """
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
    write_file(folder / _MANIFEST, f"{text}\n".encode())
    for one in manifest.files:
        target = folder / one.file
        if not target.is_file() or _sha256(target) != one.sha256:
            move_file(draft / one.file, target)
    for name in earlier - {one.file for one in manifest.files}:
        (folder / name).unlink(missing_ok=True)


def import_parquet(
    folder: Path, path: Path, limits: ImportLimits, *, replace: bool = False
) -> RestoreResult:
    """Make a warehouse from an export, which may have an older schema.

    Raises WarehouseBusy, and WarehouseUnusable if the export is incomplete or holds what no run
    writes, or if a warehouse exists and `replace` is false (else it is renamed); nothing is changed
    then.
    """
    folder, path = folder.absolute(), path.absolute()
    if not replace and _exists(path):
        raise WarehouseUnusable(f"{path} exists already: {_EXISTS_HINT}")
    manifest = _known_manifest(folder)
    with (
        unusable(f"{path} cannot be written"),
        closing(WriterLock(path)),
        draft_of(path) as draft,
    ):
        with _filled(draft, path, folder, manifest, limits) as con:
            imported = finish_new_file(draft, con)
        return replace_with(draft, path, imported, folder)


_RUN_DATES = "SELECT DISTINCT run_date FROM runs WHERE vantage = ''"
_WITNESS_RUNS = """
SELECT * REPLACE (NULL AS adopted_by) FROM runs
WHERE vantage <> '' AND status = 'judged' ORDER BY id
"""
_WITNESS_ROWS = """
SELECT l.link, o.* EXCLUDE (run_id, link_id) FROM all_observations AS o
JOIN links AS l ON l.id = o.link_id WHERE o.run_id = ?
"""


def merge_witnesses(folder: Path, path: Path, limits: ImportLimits) -> int:
    """Add to a warehouse what witnesses observed by an export; the number of new observations.

    What is known of a link, date and vantage is not added again. Raises as `import_parquet` does,
    also if there is nothing to add, but the export has runs of dates that the warehouse lacks;
    nothing is changed then.
    """
    folder, path = folder.absolute(), path.absolute()
    manifest = _known_manifest(folder)
    with draft_of(path) as draft, _filled(draft, path, folder, manifest, limits) as con:
        runs = con.execute(_WITNESS_RUNS).fetchall()
        observed = [con.execute(_WITNESS_ROWS, [run[0]]).fetchall() for run in runs]
        dates = con.execute(_RUN_DATES).fetchall()
    added = 0
    with open_warehouse(path) as warehouse, warehouse.transaction():
        for (_, *run), rows in zip(runs, observed, strict=True):
            known = checked_links(warehouse, run[0], vantage=run[-1])
            new = [row for row in rows if row[0] not in known]
            if new:
                (run_id,) = warehouse.append_numbered("runs", [run])
                ids = ensure_ids(warehouse, (row[0] for row in new))
                warehouse.append("observations", ((run_id, ids[row[0]], *row[1:]) for row in new))
                added += len(new)
        lacking = {*dates}.difference(warehouse.select(_RUN_DATES))
    if lacking and not added:
        raise WarehouseUnusable(
            f"{path} exists already, and lacks the run of {min(lacking)[0]} that {folder} has: "
            f"nothing was imported; {_EXISTS_HINT}"
        )
    return added


def _known_manifest(folder: Path) -> ExportManifest:
    """The manifest of an export whose schema is known."""
    manifest = read_manifest(folder)
    migrations.refuse_unknown_schema(folder, manifest.migrations)
    return manifest


@contextmanager
def _filled(
    draft: Path, path: Path, folder: Path, manifest: ExportManifest, limits: ImportLimits
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows of an export in the draft of a warehouse, validated; raises WarehouseUnusable."""
    try:
        with (
            connection.translated_errors(path),
            closing(connection.connect_with_folder(draft, folder, read_only=False)) as con,
        ):
            _fill(con, folder, manifest)
            refuse_invalid_rows(con, limits)
            yield con
    except duckdb.Error as error:
        reason = connection.first_line(error)
        raise WarehouseUnusable(
            f"{folder} is not a readable export ({reason}): nothing was imported"
        ) from error


def _exists(path: Path) -> bool:
    try:
        return check_file(path)
    except WarehouseUnusable:
        return path.exists()  # a lost one is not in the way


def _fill(con: duckdb.DuckDBPyConnection, folder: Path, manifest: ExportManifest) -> None:
    exported = {one.number for one in manifest.migrations}
    migrations.migrate(
        con, [one for one in migrations.known_migrations() if one.number in exported]
    )
    columns = _exported_tables(con)
    if columns.keys() != set(manifest.tables):
        raise WarehouseUnusable(f"{folder} does not have the tables of its schema: export again")
    for one in manifest.files:
        pattern = connection.sql_string(connection.escape_glob(folder / one.file))
        source = f"read_parquet({pattern})"
        described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
        if [row[0] for row in described] != columns[one.table]:
            raise WarehouseUnusable(f"{folder / one.file} has other columns than {one.table}")
        if con.execute(f"SELECT count(*) FROM {source}").fetchall() != [(one.rows,)]:  # noqa: S608
            raise WarehouseUnusable(f"{folder / one.file} has other rows than the manifest says")
        largest = "SELECT coalesce(max(total_uncompressed_size), 0) FROM parquet_metadata"
        ((size,),) = con.execute(f"{largest}({pattern})").fetchall()
        if size > _MAX_COLUMN_BYTES:
            raise WarehouseUnusable(
                f"{folder / one.file} has a row group with {size} bytes in a column, which no "
                "export has"
            )
        con.execute(f'INSERT INTO "{one.table}" SELECT * FROM {source}')  # noqa: S608
    con.execute("DELETE FROM schema_migrations")  # keep which version applied each migration
    applied = [astuple(one) for one in manifest.migrations]
    con.executemany("INSERT INTO schema_migrations VALUES (?, ?, ?, ?)", applied)
    migrations.migrate(con, migrations.known_migrations())
    migrations.comment(con)
    for column, known in _CLOSED_SETS.items():
        found = con.execute(f"SELECT DISTINCT {column} FROM all_observations").fetchall()  # noqa: S608
        if foreign := {value for (value,) in found} - {None, *known}:
            raise WarehouseUnusable(
                f"{folder} has the {column} {min(foreign)!r}, which this version does not know: "
                f"import it with the staycurrent that exported it"
            )


def read_manifest(folder: Path) -> ExportManifest:
    """The manifest of an export; raises WarehouseUnusable if it or a file is not as exported.

    The manifest is not trusted: file names must be plain, and the files regular ones with the
    recorded digest.
    """
    manifest = _load_manifest(folder / _MANIFEST)
    for one in manifest.files:
        _require_regular_file(folder / one.file)
        if _sha256(folder / one.file) != one.sha256:
            raise WarehouseUnusable(
                f"{folder / one.file} was changed or truncated after the export: export again, or "
                f"use an older state of the folder"
            )
    return manifest


def _load_manifest(path: Path) -> ExportManifest:
    _require_regular_file(path, _MAX_MANIFEST_BYTES)
    try:
        return msgspec.json.decode(path.read_bytes(), type=ExportManifest)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WarehouseUnusable(f"{path} is not the manifest of an export: {error}") from error


def _require_regular_file(path: Path, max_bytes: int | None = None) -> None:
    hint = ": name a folder that `staycurrent history export` wrote"
    with unusable(f"{path} cannot be read", hint):
        found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or (max_bytes is not None and found.st_size > max_bytes):
        raise WarehouseUnusable(f"{path} is not a regular file, or too large")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
