"""A part of a night as Parquet files: what its looks need to know, and what they brought."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from staycurrent.warehouse import lookups, runs
from staycurrent.warehouse.connection import (
    connect_with_folder,
    escape_glob,
    sql_string,
    translated_errors,
)
from staycurrent.warehouse.link_ids import ensure_ids
from staycurrent.warehouse.migrations import create_schema
from staycurrent.warehouse.open import Value, Warehouse

_MEMORY = Path(":memory:")
_COUNTS = "(r.status = 'judged' OR (r.status = 'running' AND r.night = ?))"
_HOST_OF_FOLDER = "regexp_extract(s.folder, '://([^/]+?)(:[0-9]+)?/', 1)"
_HOST = "regexp_extract(s.host, '^(.+?)(:[0-9]+)?$', 1)"
_RUNS = f"SELECT r.* FROM runs AS r WHERE {_COUNTS}"  # noqa: S608
_OF_LINKS = {
    "links": "SELECT * FROM links WHERE id IN (SELECT unnest(?::INTEGER[]))",
    "observations": """
        SELECT o.* FROM every_observation AS o JOIN runs AS r ON r.id = o.run_id
        WHERE r.status = 'judged' AND o.link_id IN (SELECT unnest(?::INTEGER[]))
    """,
    "validators": "SELECT * FROM validators WHERE link_id IN (SELECT unnest(?::INTEGER[]))",
}
_OF_HOSTS = {
    "siblings": f"""
        SELECT s.* FROM siblings AS s WHERE {_HOST_OF_FOLDER} IN (SELECT unnest(?::VARCHAR[]))
    """,  # noqa: S608
    "robots": f"SELECT s.* FROM robots AS s WHERE {_HOST} IN (SELECT unnest(?::VARCHAR[]))",  # noqa: S608
}
_ENDED_AT = """
SELECT DISTINCT regexp_extract(final_url, '://(?:[^/@]*@)?([^/:?#]+)', 1) FROM every_observation
WHERE final_url IS NOT NULL AND link_id IN (SELECT unnest(?::INTEGER[]))
"""
_TOLD = "SELECT * FROM github_repositories"
_LEARNED = ("observations", "siblings", "robots", "github_repositories", "validators")
"""The tables that a run's looks write to; all begin with the run, then the link if there is one."""
_NUMBERED = ("observations", "validators")
_OWN = """
CREATE TABLE tonight (url VARCHAR);
CREATE TABLE shown (print VARCHAR, host VARCHAR);
CREATE TABLE held (url VARCHAR, print VARCHAR);
CREATE TABLE said (line VARCHAR);
CREATE TABLE came (
    looked_at INTEGER, requests INTEGER, waiting INTEGER, bound_s DOUBLE, bound VARCHAR
)
"""
"""The links as the list has them; who shows which page; links that only the whole night can tell;
lines for the log; what it came to."""
RESULT_FOLDER = "back"
"""Where in its folder a part leaves what came."""
_ASKED = "SELECT host FROM robots WHERE run_id = ?"
_SHOWN_BY = """
SELECT DISTINCT print, host FROM read_parquet({files}) WHERE print IN (SELECT unnest(?::VARCHAR[]))
"""


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What a part of a night came to, its observations aside."""

    checked: int
    requests: int
    remaining: int
    """Links that the budget left for another night."""
    lower_bound_s: float
    """What its looks took at least, in whatever order, in seconds."""
    bottleneck: str
    """What it was that took so long."""
    log_lines: tuple[str, ...] = ()
    """For the log."""
    undecided: tuple[tuple[str, str], ...] = ()
    """Addresses that only the whole night can tell, and the prints of their pages."""


def write_shard(
    w: Warehouse,
    folder: Path,
    urls: Sequence[str],
    keys: Iterable[str],
    *,
    run_date: date,
    shown: Iterable[tuple[str, str]] = (),
) -> None:
    """Write what looks at these links need into a folder; a numbered link stays numbered.

    `urls` are the links as the list has them, fragments included; `keys` what they are kept
    under; `shown` says of pages, by print, at which hosts they were seen tonight.
    """
    with w.transaction():
        ids = ensure_ids(w, keys)
    with closing(_opened(folder)) as part:
        for table, rows in _known(w, list(ids.values()), run_date):
            part.append(table, rows)
        part.append("tonight", ((url,) for url in urls))
        part.append("shown", shown)
        for table in ("runs", *_OF_LINKS, *_OF_HOSTS, "github_repositories", "tonight", "shown"):
            _write(part, folder, table, f"FROM {table}")


def open_shard(folder: Path) -> Warehouse:
    """A warehouse in memory that holds what was handed out; it can write to that folder only."""
    part = _opened(folder)
    for one in sorted(folder.glob("*.parquet")):
        source = f"read_parquet({sql_string(escape_glob(one))})"
        part.execute(f"INSERT INTO {one.stem} SELECT * FROM {source}")  # noqa: S608
    return part


def urls_to_check(part: Warehouse) -> tuple[str, ...]:
    """The addresses that are to be looked at, in the order of the list."""
    return tuple(url for (url,) in part.select("SELECT url FROM tonight ORDER BY rowid"))


def known_fingerprints(part: Warehouse) -> Iterator[tuple[str, str]]:
    """Prints of pages, and hosts that are known to show them tonight."""
    yield from part.select("SELECT print, host FROM shown")


def write_result(
    part: Warehouse,
    folder: Path,
    run_id: int,
    came: ShardResult,
    shown: Iterable[tuple[str, str]],
) -> None:
    """Write what the part's run learned beside what was handed out, and whole or not at all."""
    draft, done = folder / ".back", folder / RESULT_FOLDER
    draft.mkdir(exist_ok=True)
    part.execute("DELETE FROM shown")
    part.append("shown", shown)
    part.append("held", came.undecided)
    part.append("said", ((line,) for line in came.log_lines))
    part.append(
        "came", [(came.checked, came.requests, came.remaining, came.lower_bound_s, came.bottleneck)]
    )
    for table in _LEARNED:
        _write(part, draft, table, f"FROM {table} WHERE run_id = {run_id:d}")
    _write(part, draft, "links", "FROM links")
    for table in ("shown", "held", "said", "came"):
        _write(part, draft, table, f"FROM {table}")
    draft.rename(done)


def merge_result(w: Warehouse, run_id: int, folder: Path) -> ShardResult:
    """Append what a part of a running run brought, all or nothing; raises ValueError if it ended.

    What several parts asked for, as the robots.txt of a host that many lead to, is kept once.
    """
    with closing(connect_with_folder(_MEMORY, folder, read_only=False)) as con, w.transaction():
        runs.require_running(w, run_id)
        texts: dict[Value, Value] = dict(_rows(con, folder, "links"))
        asked = {host for (host,) in w.select(_ASKED, run_id)}
        for table in _LEARNED:
            rows = _rows(con, folder, table)
            if table in _NUMBERED:
                rows = _renumbered(w, rows, texts)
            if table == "validators":
                lookups.delete_validators(w, [row[1] for row in rows])
            if table == "robots":
                rows = [row for row in rows if row[1] not in asked]
            w.append(table, ((run_id, *row[1:]) for row in rows))
        return _came(con, folder)


def hosts_by_fingerprint(folders: Iterable[Path], prints: Collection[str]) -> list[tuple[str, str]]:
    """At which hosts these pages were seen tonight, by the parts that were handed back."""
    found: set[tuple[str, str]] = set()
    for folder in folders:
        with closing(connect_with_folder(_MEMORY, folder, read_only=False)) as con:
            files = sql_string(escape_glob(folder / RESULT_FOLDER / "shown.parquet"))
            found.update(con.execute(_SHOWN_BY.format(files=files), [list(prints)]).fetchall())
    return sorted(found)


def _opened(folder: Path) -> Warehouse:
    con = connect_with_folder(_MEMORY, folder, read_only=False)
    create_schema(con)
    con.execute(_OWN)
    return Warehouse(_MEMORY, con)


def _known(
    w: Warehouse, ids: Sequence[int], night: date
) -> Iterator[tuple[str, list[tuple[Value, ...]]]]:
    """Rows that looks at these links need, table by table."""
    yield "runs", w.select(_RUNS, night)
    for table, rows in _OF_LINKS.items():
        yield table, w.select(rows, ids)
    hosts = {host for _, _, host in w.select(_OF_LINKS["links"], ids) if host}
    ended = {host for (host,) in w.select(_ENDED_AT, ids)}
    for table, rows in _OF_HOSTS.items():
        yield table, w.select(rows, sorted(hosts | ended))
    yield "github_repositories", w.select(_TOLD) if "github.com" in hosts else []


def _write(part: Warehouse, folder: Path, table: str, rows: str) -> None:
    target = sql_string(folder / f"{table}.parquet")
    part.execute(f"COPY (SELECT * {rows}) TO {target} (FORMAT parquet, COMPRESSION zstd)")


def _rows(con: duckdb.DuckDBPyConnection, folder: Path, table: str) -> list[tuple[Value, ...]]:
    file = folder / RESULT_FOLDER / f"{table}.parquet"
    with translated_errors(file):
        wanted = "id, link" if table == "links" else "*"
        source = f"read_parquet({sql_string(escape_glob(file))})"
        return con.execute(f"SELECT {wanted} FROM {source}").fetchall()  # noqa: S608


def _renumbered(
    w: Warehouse, rows: Iterable[tuple[Value, ...]], texts: dict[Value, Value]
) -> list[tuple[Value, ...]]:
    """Rows under the warehouse's own numbers: a part numbers what it meets by itself."""
    found = list(rows)
    ids = ensure_ids(w, (texts[row[1]] for row in found))
    return [(row[0], ids[texts[row[1]]], *row[2:]) for row in found]


def _came(con: duckdb.DuckDBPyConnection, folder: Path) -> ShardResult:
    ((looked_at, requests, waiting, bound_s, bound),) = _rows(con, folder, "came")
    lines = tuple(line for (line,) in _rows(con, folder, "said"))
    held = tuple((url, print_) for url, print_ in _rows(con, folder, "held"))
    return ShardResult(looked_at, requests, waiting, bound_s, bound, lines, held)
