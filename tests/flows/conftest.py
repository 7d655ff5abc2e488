"""The folders that the verbs' tests run in."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tests.support.folder import BACKUP, FEEDS_OFF, LIST, WEB, Demo, Folder, Walk, once
from tests.support.one_duckdb import attached_warehouses, copied_warehouses, make_warehouse


@pytest.fixture(scope="session")
def small_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty warehouse whose file has small blocks."""
    template = tmp_path_factory.mktemp("small") / "warehouse.duckdb"
    with attached_warehouses():
        make_warehouse(template)
    return template


@pytest.fixture(scope="module", autouse=True)
def one_duckdb(small_warehouse: Path) -> Iterator[None]:
    """Commands in this process attach their warehouse; those in processes of their own open it."""
    with attached_warehouses(), copied_warehouses(small_warehouse):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder with the command line aimed at it."""
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def demo_once(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, played once as a user plays it."""
    return once(tmp_path_factory, "demo", Demo.play)


@pytest.fixture(scope="session")
def demo_played(demo_once: Demo, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The folder that the demo leaves; to read only.

    Each worker has a copy: a verb that writes would wait for another worker's that reads.
    """
    kept = tmp_path_factory.mktemp("demo") / "kept"
    copytree(demo_once.kept.path, kept)
    return Folder(kept)


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Nine nights over one list, walked once, with backups; ask for a copy of any morning."""

    def walked(path: Path) -> Walk:
        return Walk.over(path, LIST, WEB, nights=9, settings=FEEDS_OFF + BACKUP)

    return once(tmp_path_factory, "walk", walked)
