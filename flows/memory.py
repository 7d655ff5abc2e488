"""The warehouse as readers open it: read only, and empty where none was made yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.night import Night
from warehouse.open import Warehouse, open_in_memory, open_warehouse


@contextmanager
def remembered(night: Night) -> Iterator[Warehouse]:
    """What is remembered so far; raises WarehouseBusy and WarehouseUnusable."""
    if not night.warehouse.exists():
        with open_in_memory() as nothing:
            yield nothing
        return
    with open_warehouse(night.warehouse, read_only=True) as warehouse:
        yield warehouse
