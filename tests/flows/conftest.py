"""The folders that the verbs' tests run in."""

from pathlib import Path

import pytest

from flows.demo import demo
from flows.voice import Silence
from tests.flows.played import Folder
from tests.flows.walk import LIST, WEB, Walk


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder with the command line aimed at it."""
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def demo_played(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The folder that the demo leaves; to read only."""
    path = tmp_path_factory.mktemp("demo")
    demo(Silence(), path)
    return Folder(path)


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Eleven nights over one list, walked once; ask it for a copy of any morning."""
    return Walk.over(tmp_path_factory.mktemp("walk"), LIST, WEB, nights=11)
