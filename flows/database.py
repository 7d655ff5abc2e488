"""The memory as the stages of a night use it: opened when it is asked for, once for all of them."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from staycurrent.flows.context import RunContext
from staycurrent.warehouse.open import (
    Warehouse,
    WarehouseBusy,
    WarehouseMissing,
    open_in_memory,
    open_warehouse,
)


class Database:
    """One opening of a warehouse, for users that come one after the other.

    Opening, asking what a file is and closing takes longer than most stages of a quiet night.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: Warehouse | None = None
        self._is_written = False

    def to_read(self) -> Warehouse:
        """What is remembered so far, empty where none was ever made; as it is open already."""
        if self._open is None:
            self._open = _read(self._path)
        return self._open

    def to_write(self) -> Warehouse:
        """The warehouse as its one writer has it, from now on until it is closed."""
        if self._open is None or not self._is_written:
            self.close()
            self._open = open_warehouse(self._path)
            self._is_written = True
        return self._open

    def close(self) -> None:
        """Let others in; who asks again opens it again."""
        if self._open is not None:
            self._open.close()
        self._open, self._is_written = None, False


@contextmanager
def shared_session(night: RunContext) -> Iterator[RunContext]:
    """The night with its memory kept open to the end, once it was asked for; one inside joins."""
    with _of(night) as memory:
        yield replace(night, database=memory)


@contextmanager
def reading(night: RunContext) -> Iterator[Warehouse]:
    """What is remembered so far, to read; raises WarehouseBusy and WarehouseUnusable."""
    with _of(night) as memory:
        yield memory.to_read()


@contextmanager
def writing(night: RunContext) -> Iterator[Warehouse]:
    """The memory, to write; made where it lacks. Raises WarehouseBusy and WarehouseUnusable."""
    with _of(night) as memory:
        yield memory.to_write()


def release(night: RunContext) -> None:
    """Close what is at hand, for who wants the file itself."""
    if night.database is not None:
        night.database.close()


@contextmanager
def _of(night: RunContext) -> Iterator[Database]:
    """The memory that is at hand, or one for this use alone."""
    if night.database is not None:
        yield night.database
        return
    with closing(Database(night.warehouse_path)) as memory:
        yield memory


def _read(path: Path) -> Warehouse:
    try:
        return open_warehouse(path, read_only=True)
    except WarehouseMissing:
        return open_in_memory()


_AGAIN_S = 0.5
"""How soon a warehouse that somebody has open is tried again."""


@contextmanager
def writing_in_time(night: RunContext) -> Iterator[Warehouse]:
    """As `flows.memory.remembering`; raises WarehouseBusy only after `warehouse.wait_s`."""
    with shared_session(night) as held:
        for _ in range(math.ceil(night.settings.warehouse.wait_s / _AGAIN_S)):
            try:
                with writing(held):
                    break
            except WarehouseBusy:
                asyncio.run(_moment(night))
        with writing(held) as warehouse:
            yield warehouse


def migrate_warehouse(night: RunContext) -> None:
    """Give a warehouse of an older schema the present one, before the first reader meets it."""
    if night.warehouse_path.exists():
        with writing_in_time(night):
            return


async def _moment(night: RunContext) -> None:
    await night.sleep(_AGAIN_S)
