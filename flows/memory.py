"""The memory as the stages of a night use it: opened when it is asked for, once for all of them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from staycurrent.flows.night import Night
from staycurrent.warehouse.open import Warehouse, WarehouseMissing, open_in_memory, open_warehouse


class Memory:
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
def at_hand(night: Night) -> Iterator[Night]:
    """The night with its memory kept open to the end, once it was asked for; one inside joins."""
    with _of(night) as memory:
        yield replace(night, memory=memory)


@contextmanager
def remembered(night: Night) -> Iterator[Warehouse]:
    """What is remembered so far, to read; raises WarehouseBusy and WarehouseUnusable."""
    with _of(night) as memory:
        yield memory.to_read()


@contextmanager
def remembering(night: Night) -> Iterator[Warehouse]:
    """The memory, to write; made where it lacks. Raises WarehouseBusy and WarehouseUnusable."""
    with _of(night) as memory:
        yield memory.to_write()


def let_go(night: Night) -> None:
    """Close what is at hand, for who wants the file itself."""
    if night.memory is not None:
        night.memory.close()


@contextmanager
def _of(night: Night) -> Iterator[Memory]:
    """The memory that is at hand, or one for this use alone."""
    if night.memory is not None:
        yield night.memory
        return
    with closing(Memory(night.warehouse)) as memory:
        yield memory


def _read(path: Path) -> Warehouse:
    try:
        return open_warehouse(path, read_only=True)
    except WarehouseMissing:
        return open_in_memory()
