"""The warehouse as a run comes upon it: perhaps not there yet, perhaps in another's hands."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager

from flows.night import Night
from warehouse.open import (
    Warehouse,
    WarehouseBusy,
    WarehouseMissing,
    open_in_memory,
    open_warehouse,
)

_AGAIN_S = 0.5
"""How soon a warehouse that somebody has open is tried again."""


@contextmanager
def remembered(night: Night) -> Iterator[Warehouse]:
    """What is remembered so far; raises WarehouseBusy and WarehouseUnusable."""
    with _opened(night) as warehouse:
        yield warehouse


def in_time(night: Night) -> Warehouse:
    """The warehouse as a writer has it, once whoever has it open lets it go.

    Raises WarehouseBusy after `warehouse.wait_s`, and WarehouseUnusable.
    """
    for _ in range(math.ceil(night.settings.warehouse.wait_s / _AGAIN_S)):
        try:
            return open_warehouse(night.warehouse)
        except WarehouseBusy:
            asyncio.run(_moment(night))
    return open_warehouse(night.warehouse)


async def _moment(night: Night) -> None:
    await night.sleep(_AGAIN_S)


def _opened(night: Night) -> Warehouse:
    try:
        return open_warehouse(night.warehouse, read_only=True)
    except WarehouseMissing:
        return open_in_memory()
