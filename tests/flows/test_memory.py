"""The memory of a night: opened once for all its stages, and let go when they are over."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from staycurrent.flows.memory import Memory, at_hand, let_go, remembered, remembering
from staycurrent.flows.night import Night, night_of, still
from staycurrent.flows.run import run
from staycurrent.flows.voice import Silence
from staycurrent.warehouse import runs
from staycurrent.warehouse.open import WarehouseBusy, open_warehouse
from tests.support.folder import BACKUP, FEEDS_OFF, FIRST, Folder

P = ParamSpec("P")
R = TypeVar("R")
AT = datetime(2026, 11, 1, 2, tzinfo=UTC)


@pytest.fixture
def night(folder: Folder) -> Night:
    """A night over a list of one link."""
    listed = "- [Good](https://good.example/a) - Fine.\n"
    folder.write(listed=listed, settings=FEEDS_OFF + BACKUP)
    settings = folder.path / "staycurrent.toml"
    return night_of(settings, still(FIRST), Silence(), environment={})


def is_busy(path: Path) -> bool:
    """Whether somebody has the warehouse."""
    try:
        open_warehouse(path).close()
    except WarehouseBusy:
        return True
    return False


def test_readers_and_writers_of_one_memory_share_what_is_open(night: Night) -> None:
    with at_hand(night) as held, at_hand(held) as inner:
        with remembered(inner) as warehouse:
            assert runs.latest(warehouse) is None
        assert not night.warehouse.exists()
        with remembering(inner) as writer:
            runs.begin(writer, night=night.night, started_at=AT, links=1)
        with remembered(held) as reader:
            assert reader is writer
            assert runs.latest(reader) is not None
        assert is_busy(night.warehouse)
    assert not is_busy(night.warehouse)


def test_what_is_not_at_hand_is_closed_at_once(night: Night) -> None:
    with remembering(night) as warehouse:
        runs.begin(warehouse, night=night.night, started_at=AT, links=1)
    assert not is_busy(night.warehouse)
    with remembered(night) as warehouse:
        assert runs.latest(warehouse) is not None
    assert not is_busy(night.warehouse)


def test_a_reader_becomes_a_writer_and_a_memory_that_was_let_go_comes_back(night: Night) -> None:
    with remembering(night):
        pass
    with closing(Memory(night.warehouse)) as memory:
        memory.to_read()
        runs.begin(memory.to_write(), night=night.night, started_at=AT, links=1)
        memory.close()
        assert not is_busy(night.warehouse)
        assert runs.latest(memory.to_read()) is not None
    assert not is_busy(night.warehouse)


def test_letting_go_of_what_is_not_at_hand_harms_nothing(night: Night) -> None:
    let_go(night)


def test_from_its_first_stage_to_its_backup_a_run_lets_nobody_between(night: Night) -> None:
    busy = {}

    def step(stage: Callable[P, R]) -> Callable[P, R]:
        def stepped(*args: P.args, **kwargs: P.kwargs) -> R:
            busy[stage.__name__] = is_busy(night.warehouse)
            return stage(*args, **kwargs)

        return stepped

    with remembering(night):
        pass
    run(night, step)
    assert set(busy) == {"check", "archive", "pull", "render", "write", "back_up"}
    assert all(busy.values())
    assert not is_busy(night.warehouse)


def test_a_run_that_fails_leaves_the_warehouse_to_others(night: Night) -> None:
    def step(stage: Callable[P, R]) -> Callable[P, R]:
        def stepped(*args: P.args, **kwargs: P.kwargs) -> R:
            stage(*args, **kwargs)
            raise KeyError(stage.__name__)

        return stepped

    with pytest.raises(KeyError, match="check"):
        run(night, step)
    with open_warehouse(night.warehouse, read_only=True) as warehouse:
        assert runs.latest_judged(warehouse) is not None
