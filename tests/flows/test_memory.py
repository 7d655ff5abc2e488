"""The memory of a night: opened once for all its stages, and let go when they are over."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from staycurrent.flows.commands.run import run
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.database import Database, reading, release, shared_session, writing
from staycurrent.flows.reporter import SilentReporter
from staycurrent.warehouse import runs
from staycurrent.warehouse.open import WarehouseBusy, open_warehouse
from tests.support.folder import BACKUP, FEEDS_OFF, FIRST, Folder

P = ParamSpec("P")
R = TypeVar("R")
AT = datetime(2026, 11, 1, 2, tzinfo=UTC)


@pytest.fixture
def night(folder: Folder) -> RunContext:
    """A night over a list of one link."""
    listed = "- [Good](https://good.example/a) - Fine.\n"
    folder.write(listed=listed, settings=FEEDS_OFF + BACKUP)
    settings = folder.path / "staycurrent.toml"
    return load_context(settings, fixed_clock(FIRST), SilentReporter(), environment={})


def is_busy(path: Path) -> bool:
    """Whether somebody has the warehouse."""
    try:
        open_warehouse(path).close()
    except WarehouseBusy:
        return True
    return False


def test_readers_and_writers_of_one_memory_share_what_is_open(night: RunContext) -> None:
    with shared_session(night) as held, shared_session(held) as inner:
        with reading(inner) as warehouse:
            assert runs.latest(warehouse) is None
        assert not night.warehouse_path.exists()
        with writing(inner) as writer:
            runs.begin(writer, night=night.run_date, started_at=AT, links=1)
        with reading(held) as reader:
            assert reader is writer
            assert runs.latest(reader) is not None
        assert is_busy(night.warehouse_path)
    assert not is_busy(night.warehouse_path)


def test_what_is_not_at_hand_is_closed_at_once(night: RunContext) -> None:
    with writing(night) as warehouse:
        runs.begin(warehouse, night=night.run_date, started_at=AT, links=1)
    assert not is_busy(night.warehouse_path)
    with reading(night) as warehouse:
        assert runs.latest(warehouse) is not None
    assert not is_busy(night.warehouse_path)


def test_a_reader_becomes_a_writer_and_a_memory_that_was_let_go_comes_back(
    night: RunContext,
) -> None:
    with writing(night):
        pass
    with closing(Database(night.warehouse_path)) as memory:
        memory.to_read()
        runs.begin(memory.to_write(), night=night.run_date, started_at=AT, links=1)
        memory.close()
        assert not is_busy(night.warehouse_path)
        assert runs.latest(memory.to_read()) is not None
    assert not is_busy(night.warehouse_path)


def test_letting_go_of_what_is_not_at_hand_harms_nothing(night: RunContext) -> None:
    release(night)


def test_from_its_first_stage_to_its_backup_a_run_lets_nobody_between(night: RunContext) -> None:
    busy = {}

    def step(stage: Callable[P, R]) -> Callable[P, R]:
        def stepped(*args: P.args, **kwargs: P.kwargs) -> R:
            busy[stage.__name__] = is_busy(night.warehouse_path)
            return stage(*args, **kwargs)

        return stepped

    with writing(night):
        pass
    run(night, step)
    assert set(busy) == {"check", "archive", "pull", "render", "write", "back_up"}
    assert all(busy.values())
    assert not is_busy(night.warehouse_path)


def test_a_run_that_fails_leaves_the_warehouse_to_others(night: RunContext) -> None:
    def step(stage: Callable[P, R]) -> Callable[P, R]:
        def stepped(*args: P.args, **kwargs: P.kwargs) -> R:
            stage(*args, **kwargs)
            raise KeyError(stage.__name__)

        return stepped

    with pytest.raises(KeyError, match="check"):
        run(night, step)
    with open_warehouse(night.warehouse_path, read_only=True) as warehouse:
        assert runs.latest_judged(warehouse) is not None
