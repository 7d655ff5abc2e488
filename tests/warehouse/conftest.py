"""A warehouse in memory, a warehouse on disk, and the path where one may be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from staycurrent.warehouse.open import Warehouse, open_in_memory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a warehouse may be made; not even its folder is there."""
    return tmp_path / "memory" / "warehouse.duckdb"


@pytest.fixture
def w() -> Iterator[Warehouse]:
    with open_in_memory() as warehouse:
        yield warehouse
