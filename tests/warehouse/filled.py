"""A warehouse with rows of every type in every table."""

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.warehouse.import_validation import ImportLimits
from staycurrent.warehouse.migrations import known_migrations, migrate
from staycurrent.web.settings import WebSettings

ROWS = 3
MODIFIED = "Sun, 01 Nov 2026 02:00:00 GMT"
LIMITS = ImportLimits(date(2027, 1, 1), WebSettings())
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()
WHERE NOT internal ORDER BY table_name, column_index
"""


def made(path: Path) -> Path:
    """A warehouse with rows in every table; closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(path))) as con:
        migrate(con, known_migrations())
        columns = con.execute(_COLUMNS).fetchall()
        con.begin()
        for table in tables(con):
            own = [column for name, *column in columns if name == table]
            marks = ", ".join("?" * len(own))
            for n in range(1, ROWS + 1):
                row = [value(n, *column) for column in own]
                con.execute(f'INSERT INTO "{table}" VALUES ({marks})', row)  # noqa: S608
        con.commit()
    return path


def tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Every table but the ledger of migrations."""
    names = [name for (name,) in con.execute(_TABLES).fetchall()]
    return [name for name in names if name != "schema_migrations"]


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, the ledger's as well, in an order that follows from the rows."""
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        return {
            table: _sorted(con.execute(f'SELECT * FROM "{table}" ORDER BY ALL'))  # noqa: S608
            for table in [*tables(con), "schema_migrations"]
        }


def value(n: int, name: str, kind: str, nullable: bool) -> object:  # noqa: FBT001
    """Something that such a column holds; nothing in the first row where that is allowed."""
    if nullable and n == 1:
        return None
    if name in ("outcome", "freshness"):
        return [*(Outcome if name == "outcome" else Freshness)][n]
    if name in ("url", "final_url", "suggestion", "archive", "snapshot_url"):
        return f"https://example.org/{name}/{n}"
    if name == "witness" and kind == "VARCHAR":
        return "archive well 2026-12-05"
    if name == "vantage":
        return "" if n == 1 else f"machine-{n}"
    words = {"reason": "missing", "checked_by": "page", "trust": "proven"}
    words |= {"candidate_group": "weekly", "etag": '"1"', "last_modified": MODIFIED}
    words |= {"state": "dead", "position": "" if n % 2 else "end"}  # by the kind of the line
    if name in words and kind == "VARCHAR":
        return words[name]
    if name == "observations":
        return 2  # as many as the lists have
    if kind.startswith("ENUM("):
        return kind.removeprefix("ENUM(").removesuffix(")").split(", ")[n % 2].strip("'")
    day = f"2026-1{n % 3}-0{n}"  # of several months
    plain: dict[str, object] = {
        "DATE": day,
        "TIMESTAMP": f"{day} 02:00:00.000001",
        "VARCHAR": f"{name} {n}: it's \N{SKULL}, a \\ and more",
        "VARCHAR[]": ["Training", f"{n}"],
        "INTEGER[]": [n, n],
        "DATE[]": [day, day],
        "TIMESTAMP[]": [f"{day} 02:00:00.000001"] * 2,
        "BLOB": bytes([n, 0, 255]),
        "BOOLEAN": n % 2 == 0,
        "DOUBLE": n / 3,
        "INTEGER": n,
        "BIGINT": n,
        "UBIGINT": 2**63 + n,
    }
    return plain[kind]


def _sorted(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in con.description or ()]
    return [dict(zip(names, row, strict=True)) for row in con.fetchall()]
