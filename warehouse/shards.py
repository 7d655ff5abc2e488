"""Shards: what checks of a part of the links need, and what they return, as Parquet files."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from staycurrent.warehouse import connection, lookups, migrations, runs
from staycurrent.warehouse.connection import Value, to_row
from staycurrent.warehouse.observations import ensure_ids
from staycurrent.warehouse.open import Warehouse

RESULT_FOLDER = "result"
"""The name of the folder that a shard's result is written to."""

_MEMORY = Path(":memory:")
_RUNS = """
SELECT * FROM runs WHERE status = 'judged' OR (status = 'running' AND run_date = ?)
"""
_LINKS = "SELECT * FROM links WHERE id IN (SELECT unnest(?::INTEGER[]))"
_OBSERVATIONS = """
SELECT o.* FROM all_observations AS o JOIN runs AS r ON r.id = o.run_id
WHERE r.status = 'judged' AND o.link_id IN (SELECT unnest(?::INTEGER[]))
"""
_VALIDATORS = "SELECT * FROM validators WHERE link_id IN (SELECT unnest(?::INTEGER[]))"
_CONTROL_PAGES = """
SELECT * FROM control_pages
WHERE regexp_extract(folder, '://([^/]+?)(:[0-9]+)?/', 1) IN (SELECT unnest(?::VARCHAR[]))
"""
_ROBOTS_TXT = """
SELECT * FROM robots_txt
WHERE regexp_extract(host, '^(.+?)(:[0-9]+)?$', 1) IN (SELECT unnest(?::VARCHAR[]))
"""
_FINAL_HOSTS = """
SELECT DISTINCT regexp_extract(final_url, '://(?:[^/@]*@)?([^/:?#]+)', 1) FROM all_observations
WHERE final_url IS NOT NULL AND link_id IN (SELECT unnest(?::INTEGER[]))
"""
_RESULT_TABLES = ("observations", "control_pages", "robots_txt", "validators")
"""The tables that checks write to; the first column is the run."""
_TABLES_WITH_LINKS = ("observations", "validators")
"""Of these, those whose second column is a link."""
# Which hosts show which page; links that no shard can decide; lines of the log; the totals.
_SHARD_TABLES = """
CREATE TABLE shard_fingerprints (fingerprint VARCHAR, host VARCHAR);
CREATE TABLE shard_undecided (link VARCHAR, suspicion INTEGER, analysis BLOB);
CREATE TABLE shard_log (line VARCHAR);
CREATE TABLE shard_totals (
    checked INTEGER, requests INTEGER, remaining INTEGER, lower_bound_s DOUBLE, bottleneck VARCHAR
);
"""


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What the run of a shard came to; its observations are stored in its warehouse."""

    checked: int
    requests: int
    remaining: int
    """Links that the budget left for another run."""
    lower_bound_s: float
    """The least time that its checks need, in any order."""
    bottleneck: str
    """What takes this time."""
    log_lines: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    """The fingerprints of pages, with the hosts that show them; not read when it is merged."""
    undecided: tuple[tuple[str, int, bytes], ...] = ()
    """Links that no shard can decide, how much speaks for another party's site, and their first
    checks, encoded; not read when it is merged."""


def write_shard(warehouse: Warehouse, folder: Path, keys: Iterable[str], *, run_date: date) -> None:
    """Write what the checks of these links need into a folder."""
    with warehouse.transaction():
        ids = list(ensure_ids(warehouse, keys).values())
    links = warehouse.select(_LINKS, ids)
    hosts = {host for _, _, host in links if host}
    all_hosts = sorted(hosts | {host for (host,) in warehouse.select(_FINAL_HOSTS, ids)})
    tables: dict[str, Iterable[tuple[Value, ...]]] = {
        "runs": warehouse.select(_RUNS, run_date),
        "links": links,
        "observations": warehouse.select(_OBSERVATIONS, ids),
        "validators": warehouse.select(_VALIDATORS, ids),
        "control_pages": warehouse.select(_CONTROL_PAGES, all_hosts),
        "robots_txt": warehouse.select(_ROBOTS_TXT, all_hosts),
    }
    with closing(_empty_shard(folder)) as shard:
        for table, rows in tables.items():
            shard.append(table, rows)
            _write(shard, folder, table, f"FROM {table}")


def open_shard(folder: Path) -> Warehouse:
    """A warehouse in memory with the content of a folder; it can write to that folder only."""
    shard = _empty_shard(folder)
    for file in sorted(folder.glob("*.parquet")):
        source = f"read_parquet({connection.sql_string(connection.escape_glob(file))})"
        shard.execute(f"INSERT INTO {file.stem} SELECT * FROM {source}")  # noqa: S608
    return shard


def _empty_shard(folder: Path) -> Warehouse:
    con = connection.connect_with_folder(_MEMORY, folder, read_only=False)
    migrations.migrate(con, migrations.known_migrations())
    con.execute(_SHARD_TABLES)
    return Warehouse(folder, con)  # which is what cannot be written


def write_result(shard: Warehouse, folder: Path, run_id: int, result: ShardResult) -> None:
    """Write what the run of a shard learned into a folder of its folder, all or nothing."""
    draft = folder / ".result"
    draft.mkdir(exist_ok=True)
    totals = to_row(result)[:5]
    tables: dict[str, Iterable[tuple[Value, ...]]] = {
        "shard_fingerprints": result.shown,
        "shard_undecided": result.undecided,
        "shard_log": ((line,) for line in result.log_lines),
        "shard_totals": [totals],
    }
    for table, rows in tables.items():
        shard.append(table, rows)
        _write(shard, draft, table, f"FROM {table}")
    for table in _RESULT_TABLES:
        _write(shard, draft, table, f"FROM {table} WHERE run_id = {run_id:d}")
    _write(shard, draft, "links", "FROM links")
    draft.rename(folder / RESULT_FOLDER)


def merge_result(warehouse: Warehouse, run_id: int, folder: Path) -> ShardResult:
    """Append the result of a shard of a running run, all or nothing.

    The robots.txt of a host that several shards fetched is stored once. Raises ValueError for a
    run that has ended.
    """
    with (
        closing(connection.connect_with_folder(_MEMORY, folder, read_only=False)) as con,
        warehouse.transaction(),
    ):
        runs.require_running(warehouse, run_id)
        texts = {link_id: text for link_id, text, _ in _read(con, folder, "links")}
        known_hosts = set(warehouse.column("SELECT host FROM robots_txt WHERE run_id = ?", run_id))
        for table in _RESULT_TABLES:
            rows = _read(con, folder, table)
            if table in _TABLES_WITH_LINKS:  # a shard gives new links ids of its own
                ids = ensure_ids(warehouse, (texts[row[1]] for row in rows))
                rows = [(row[0], ids[texts[row[1]]], *row[2:]) for row in rows]
            if table == "validators":
                lookups.delete_validators(warehouse, [row[1] for row in rows])
            if table == "robots_txt":
                rows = [row for row in rows if row[1] not in known_hosts]
            warehouse.append(table, ((run_id, *row[1:]) for row in rows))
        log_lines = tuple(line for (line,) in _read(con, folder, "shard_log"))
        (totals,) = _read(con, folder, "shard_totals")
    return replace(ShardResult(*totals), log_lines=log_lines)


def hosts_by_fingerprint(
    folders: Iterable[Path], fingerprints: Collection[str]
) -> defaultdict[str, set[str]]:
    """Which hosts showed these pages in this run, by the results of the shards."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    query = "FROM {} WHERE fingerprint IN (SELECT unnest(?::VARCHAR[]))"
    for page, host in _read_all(folders, "shard_fingerprints", query, fingerprints):
        found[page].add(host)
    return found


def undecided(folders: Iterable[Path]) -> list[str]:
    """The links that no shard could decide, by their results; the strongest suspicion first."""
    found = _read_all(folders, "shard_undecided", "SELECT link, suspicion FROM {}")
    return [link for link, _ in sorted(found, key=lambda one: -one[1])]


def first_checks(folders: Iterable[Path], links: Collection[str]) -> dict[str, bytes]:
    """The encoded first checks of undecided links, by the results of the shards."""
    query = "SELECT link, analysis FROM {} WHERE link IN (SELECT unnest(?::VARCHAR[]))"
    return dict(_read_all(folders, "shard_undecided", query, links))


def _read_all(
    folders: Iterable[Path], table: str, query: str, *values: Collection[str]
) -> Iterator[tuple[Value, ...]]:
    """What a query finds in one table of the results of all these shards."""
    for folder in folders:
        with closing(connection.connect_with_folder(_MEMORY, folder, read_only=False)) as con:
            yield from _read(con, folder, table, query, *values)


def _read(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    table: str,
    query: str = "FROM {}",
    *values: Collection[str],
) -> list[tuple[Value, ...]]:
    file = folder / RESULT_FOLDER / f"{table}.parquet"
    source = f"read_parquet({connection.sql_string(connection.escape_glob(file))})"
    with connection.translated_errors(file):
        return con.execute(query.format(source), list(map(list, values))).fetchall()


def _write(shard: Warehouse, folder: Path, table: str, rows: str) -> None:
    target = connection.sql_string(folder / f"{table}.parquet")
    shard.execute(f"COPY (SELECT * {rows}) TO {target} (FORMAT parquet, COMPRESSION zstd)")
