"""Writes docs/warehouse.md from the schema and its comments.

python scripts/write_warehouse_md.py
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from staycurrent.warehouse.migrations import comment, known_migrations, migrate

_HEADER = """\
# The warehouse

Written by scripts/write_warehouse_md.py from the schema; a test compares.

`.staycurrent/warehouse.duckdb` is one DuckDB file, for DuckDB 1.4 and later and its command line:

```
duckdb -readonly .staycurrent/warehouse.duckdb "FROM states_by_date"
```

Open it read-only, and not while a run is under way: DuckDB allows one writer or several readers.
Dates and times are UTC. The views answer common questions; the tables are what they are made from.
`staycurrent history export` writes all tables as Parquet files.
"""
_VIEWS = "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1"
_TABLES = "SELECT table_name, comment FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
_COLUMNS = """
SELECT column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
WHERE table_name = ? ORDER BY column_index
"""


def warehouse_md() -> str:
    """The page: views with their questions, tables with their columns."""
    con = duckdb.connect(":memory:")
    migrate(con, known_migrations())
    comment(con)
    return "\n".join([_HEADER, *_sections(con)])


def _sections(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    yield "## Views\n\n| view | answers | columns |\n|---|---|---|"
    for name, question in con.execute(_VIEWS).fetchall():
        columns = ", ".join(row[0] for row in con.execute(_COLUMNS, [name]).fetchall())
        yield f"| `{name}` | {question} | {columns} |"
    yield "\n## Tables"
    for name, text in con.execute(_TABLES).fetchall():
        yield f"\n### {name}\n\n{text}\n\n| column | type | what |\n|---|---|---|"
        for column, data_type, what in con.execute(_COLUMNS, [name]).fetchall():
            kind = "ENUM" if data_type.startswith("ENUM") else data_type
            yield f"| `{column}` | {kind} | {what} |"
    yield ""


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    (root / "docs" / "warehouse.md").write_text(warehouse_md(), encoding="utf-8")
