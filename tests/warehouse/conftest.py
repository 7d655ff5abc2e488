"""An empty warehouse, and the path where one may be."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from staycurrent.warehouse.connection import connect
from staycurrent.warehouse.open import Warehouse


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a warehouse may be made; not even its folder is there."""
    return tmp_path / "memory" / "warehouse.duckdb"


@pytest.fixture
def w(empty_warehouse: Path, tmp_path: Path) -> Iterator[Warehouse]:
    """A copy of an empty file: to make the schema in memory takes three times as long."""
    own = copyfile(empty_warehouse, tmp_path / "empty.duckdb")
    with Warehouse(own, connect(own, read_only=False)) as warehouse:
        yield warehouse
