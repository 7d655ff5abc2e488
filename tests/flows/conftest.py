"""The folder that the verbs' tests run in."""

from pathlib import Path

import pytest

from tests.flows.played import Folder


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folder:
    """An empty folder with the command line aimed at it."""
    return Folder(tmp_path, capsys)
