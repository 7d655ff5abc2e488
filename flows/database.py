"""The warehouse as the stages of a run use it: opened when it is needed, once for all of them."""

import math
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Self

from staycurrent.flows.context import RunContext
from staycurrent.warehouse import backups, observations
from staycurrent.warehouse.backups import Backup
from staycurrent.warehouse.file import WarehouseBusy, WarehouseMissing, WarehouseUnusable
from staycurrent.warehouse.open import Warehouse, open_in_memory, open_warehouse

_RETRY_S = 0.5
"""How soon a warehouse that another process holds is tried again."""
_COMPACT_AFTER = timedelta(days=31)
"""Age of the months whose observations are compacted."""


class Database:
    """One opening of a warehouse file, for stages that run one after the other.

    To open a file, read its schema and close it takes longer than most stages of a run. A
    `Warehouse` from `reading()` must not be used after `writing()` or `release()` was called.
    """

    def __init__(
        self, path: Path, *, wait_s: float = 0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.path = path
        self._wait_s = wait_s
        self._sleep = sleep
        self._warehouse: Warehouse | None = None
        self._is_writable = False

    def reading(self) -> Warehouse:
        """The warehouse, to read; empty where the file does not exist.

        Raises WarehouseBusy and WarehouseUnusable.
        """
        if self._warehouse is None:
            try:
                self._warehouse = open_warehouse(self.path, read_only=True)
            except WarehouseMissing:
                self._warehouse = open_in_memory()
        return self._warehouse

    def read_as_new(self) -> None:
        """Read an empty warehouse in the place of one that is lost; nothing is written."""
        if not self.path.exists():
            self._warehouse = open_in_memory()

    def writing(self) -> Warehouse:
        """The warehouse, to write, until it is released; the file is made if it does not exist.

        Raises WarehouseBusy where another process holds it for longer than `wait_s`, and
        WarehouseUnusable.
        """
        if self._warehouse is None or not self._is_writable:
            self.release()
            for _ in range(math.ceil(self._wait_s / _RETRY_S)):
                try:
                    self._warehouse = open_warehouse(self.path)
                    break
                except WarehouseBusy:
                    self._sleep(_RETRY_S)
            else:
                self._warehouse = open_warehouse(self.path)
            self._is_writable = True
        return self._warehouse

    def migrate(self) -> None:
        """Bring a warehouse of an older schema up to date, before anything reads it."""
        if self.path.exists():
            self.writing()

    def release(self) -> None:
        """Close the file, so that others can open it; it is opened again when it is needed."""
        if self._warehouse is not None:
            self._warehouse.close()
        self._warehouse, self._is_writable = None, False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def open_database(ctx: RunContext) -> Database:
    """The run's database; the file is opened when it is needed."""
    return Database(ctx.warehouse_path, wait_s=ctx.settings.warehouse.wait_s)


def compact(ctx: RunContext, db: Database) -> None:
    """Compact the observations of old months, without loss; a failure is reported only."""
    try:
        months = observations.compact(db.writing(), before=ctx.run_date - _COMPACT_AFTER)
    except (WarehouseBusy, WarehouseUnusable) as error:
        ctx.reporter.info(f"compact: skipped: {error}")
        return
    for month in months:
        ctx.reporter.info(f"compact: equal observations of {month:%Y-%m}")


def back_up(ctx: RunContext, db: Database) -> Backup | None:
    """Copy the warehouse and verify the copy; a failure is reported only."""
    kept = ctx.settings.warehouse.backups
    if not kept:
        return None
    db.release()
    try:
        backup = backups.back_up(db.path, ctx.run_date, keep=kept)
    except (WarehouseBusy, WarehouseUnusable) as error:
        ctx.reporter.info(f"backup: skipped: {error}")
        return None
    ctx.reporter.info(f"backup: {backup.path.name}, verified")
    return backup
