"""The memory, to write, once whoever has it open lets it go."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager

from staycurrent.flows.memory import at_hand, remembering
from staycurrent.flows.night import Night
from staycurrent.warehouse.open import Warehouse, WarehouseBusy

_AGAIN_S = 0.5
"""How soon a warehouse that somebody has open is tried again."""


@contextmanager
def in_time(night: Night) -> Iterator[Warehouse]:
    """As `flows.memory.remembering`; raises WarehouseBusy only after `warehouse.wait_s`."""
    with at_hand(night) as held:
        for _ in range(math.ceil(night.settings.warehouse.wait_s / _AGAIN_S)):
            try:
                with remembering(held):
                    break
            except WarehouseBusy:
                asyncio.run(_moment(night))
        with remembering(held) as warehouse:
            yield warehouse


def bring_up_to_date(night: Night) -> None:
    """Give a warehouse of an older schema the present one, before the first reader meets it."""
    if night.warehouse.exists():
        with in_time(night):
            return


async def _moment(night: Night) -> None:
    await night.sleep(_AGAIN_S)
