"""The memory of a night: opened once for all its stages, and let go when they are over."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from staycurrent.flows.commands.run import run
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.reporter import Reporter
from staycurrent.warehouse import runs
from staycurrent.warehouse.file import WarehouseBusy
from staycurrent.warehouse.open import open_warehouse
from tests.support.folder import BACKUP, FEEDS_OFF, FIRST, Folder, with_database

P = ParamSpec("P")
R = TypeVar("R")
AT = datetime(2026, 11, 1, 2, tzinfo=UTC)


@pytest.fixture
def night(folder: Folder) -> RunContext:
    """A night over a list of one link."""
    listed = "- [Good](https://good.example/a) - Fine.\n"
    folder.write(listed=listed, settings=FEEDS_OFF + BACKUP)
    settings = folder.path / "staycurrent.toml"
    return load_context(settings, fixed_clock(FIRST), Reporter(), environment={})


def is_busy(path: Path) -> bool:
    """Whether somebody has the warehouse."""
    try:
        open_warehouse(path).close()
    except WarehouseBusy:
        return True
    return False


def test_readers_and_writers_share_one_opening(night: RunContext) -> None:
    with open_database(night) as db:
        assert runs.latest(db.reading()) is None
        assert not night.warehouse_path.exists()
        writer = db.writing()
        runs.begin(writer, run_date=night.run_date, started_at=AT, links=1)
        assert db.reading() is writer
        assert runs.latest(db.reading()) is not None
        assert is_busy(night.warehouse_path)
    assert not is_busy(night.warehouse_path)


def test_a_released_database_is_opened_again_when_it_is_needed(night: RunContext) -> None:
    with open_database(night) as db:
        runs.begin(db.writing(), run_date=night.run_date, started_at=AT, links=1)
        db.release()
        assert not is_busy(night.warehouse_path)
        assert runs.latest(db.reading()) is not None
    assert not is_busy(night.warehouse_path)
    db.release()  # twice is as once


def test_a_writer_waits_for_the_other_process_as_long_as_the_settings_say(
    night: RunContext,
) -> None:
    slept: list[float] = []
    with open_warehouse(night.warehouse_path):
        db = Database(night.warehouse_path, wait_s=2, sleep=slept.append)
        with pytest.raises(WarehouseBusy):
            db.writing()
    assert sum(slept) == 2


def test_from_its_first_stage_to_its_backup_a_run_lets_nobody_between(night: RunContext) -> None:
    busy = {}

    def step(stage: Callable[P, R]) -> Callable[P, R]:
        def stepped(*args: P.args, **kwargs: P.kwargs) -> R:
            busy[stage.__name__] = is_busy(night.warehouse_path)
            return stage(*args, **kwargs)

        return stepped

    with open_warehouse(night.warehouse_path):
        pass
    with_database(run, night, step)
    assert set(busy) == {"check", "find_snapshots", "pull", "render", "write_lists", "back_up"}
    assert all(busy.values())
    assert not is_busy(night.warehouse_path)


def test_a_run_that_fails_leaves_the_warehouse_to_others(night: RunContext) -> None:
    def step(stage: Callable[P, R]) -> Callable[P, R]:
        def stepped(*args: P.args, **kwargs: P.kwargs) -> R:
            stage(*args, **kwargs)
            raise KeyError(stage.__name__)

        return stepped

    with pytest.raises(KeyError, match="check"):
        with_database(run, night, step)
    with open_warehouse(night.warehouse_path, read_only=True) as warehouse:
        assert runs.latest_judged(warehouse) is not None
