"""From every schema that was ever released to the present one, with every row."""

from pathlib import Path

import pytest

from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.migrations import known_migrations
from staycurrent.warehouse.open import WarehouseUnusable, open_warehouse
from tests.warehouse.versions import ROWS, made, rows

SCHEMAS = [one.number for one in known_migrations()]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_writer_brings_every_schema_up_to_date_and_keeps_every_row(
    path: Path, schema: int
) -> None:
    before = rows(made(path, schema))
    open_warehouse(path).close()
    after = rows(path)
    del before["schema_migrations"]
    for table, kept in before.items():
        assert len(kept) == ROWS
        common = [{name: row[name] for name in kept[0]} for row in after[table]]
        assert common == kept, table
    with open_warehouse(path, read_only=True) as warehouse:
        assert runs.get(warehouse, ROWS).id == ROWS
        assert observations.histories(warehouse)


@pytest.mark.parametrize("schema", SCHEMAS[:-1])
def test_a_reader_of_an_older_schema_is_told_what_mends_it(path: Path, schema: int) -> None:
    before = rows(made(path, schema))
    with pytest.raises(WarehouseUnusable, match="the next run brings it up to date"):
        open_warehouse(path, read_only=True)
    assert rows(path) == before
