"""Two at once: the second one says so, ends with 75, and touches nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.played import Folder
from tests.flows.walk import Walk

HOLDER = """
import sys
from pathlib import Path
from warehouse.open import open_warehouse
with open_warehouse(Path(sys.argv[1])) as warehouse, warehouse.transaction():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(walk: Walk, tmp_path: Path) -> Iterator[tuple[Folder, int]]:
    """The second morning, its warehouse held by another process; and that process's id."""
    folder = walk.copy(tmp_path, after=2)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.warehouse)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield folder, holder.pid
        holder.communicate()


def test_while_another_run_holds_the_warehouse_every_verb_says_so(
    held: tuple[Folder, int], walk: Walk
) -> None:
    folder, pid = held
    files = folder.files()
    bytes_before = folder.warehouse.read_bytes()
    url = "https://gone.example/a"
    commands = ("run", "check", "pull", "render", "status", f"explain {url}", f"keep {url}")
    for command in commands:
        ended = folder.staycurrent(*command.split(), night=3)
        assert (ended.code, ended.out) == (75, ""), command
        assert ended.err == (
            f"staycurrent: {folder.warehouse} is held by another run (process {pid}): "
            "try again when it has ended\n"
        )
    assert folder.text == walk.morning(2).text
    assert folder.files() == files
    assert folder.warehouse.read_bytes() == bytes_before


def test_when_the_other_run_has_ended_the_night_goes_on(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=2)
    folder.nights(3, 3)
    assert folder.text == walk.morning(3).text
