"""What people see who open the file with DuckDB: comments everywhere, in a format of 1.4 on."""

from pathlib import Path

from scripts.write_warehouse_md import warehouse_md
from staycurrent.warehouse.open import open_warehouse

ROOT = Path(__file__).resolve().parents[2]
UNCOMMENTED = """
SELECT table_name, NULL FROM duckdb_tables() WHERE NOT internal AND comment IS NULL
UNION ALL SELECT view_name, NULL FROM duckdb_views() WHERE NOT internal AND comment IS NULL
UNION ALL SELECT c.table_name, c.column_name FROM duckdb_columns() AS c
SEMI JOIN duckdb_tables() AS t ON t.table_name = c.table_name
WHERE NOT c.internal AND c.comment IS NULL
"""


def test_every_table_column_and_view_has_a_comment(path: Path) -> None:
    with open_warehouse(path) as w:
        assert w.select(UNCOMMENTED) == []


def test_the_file_stays_readable_by_duckdb_1_4(path: Path) -> None:
    for _ in range(2):  # a later writer keeps the format
        with open_warehouse(path) as w:
            w.execute("INSERT INTO links VALUES ((SELECT count(*) FROM links), uuid(), NULL)")
            w.execute("CHECKPOINT")
            tags = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
            assert w.select(tags) == [("v1.4.0+",)]


def test_the_page_of_the_warehouse_is_that_of_the_schema() -> None:
    """Mended by `python scripts/write_warehouse_md.py`."""
    assert (ROOT / "docs" / "warehouse.md").read_text(encoding="utf-8") == warehouse_md()
