"""The warehouse as readers open it: read only, and empty where none was ever made."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.night import Night
from warehouse.open import Warehouse, WarehouseMissing, open_in_memory, open_warehouse


@contextmanager
def remembered(night: Night) -> Iterator[Warehouse]:
    """What is remembered so far; raises WarehouseBusy and WarehouseUnusable."""
    with _opened(night) as warehouse:
        yield warehouse


def _opened(night: Night) -> Warehouse:
    try:
        return open_warehouse(night.warehouse, read_only=True)
    except WarehouseMissing:
        return open_in_memory()
