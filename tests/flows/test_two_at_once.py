"""Two at once: the second one says so, ends with 75, and touches nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Timer

import pytest

from tests.support.folder import FIRST, Folder, Walk

PROGRAM = "from staycurrent.flows.cli import entry; entry()"
HOLDER = """
import sys
from pathlib import Path
from staycurrent.warehouse.open import open_warehouse
with open_warehouse(Path(sys.argv[1])) as warehouse, warehouse.transaction():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(walk: Walk, tmp_path: Path) -> Iterator[tuple[Folder, int]]:
    """The second morning, its warehouse held by another process; and that process's id."""
    folder = walk.copy(tmp_path, after=2)
    settings = folder.path / "staycurrent.toml"
    hasty = settings.read_text().replace("[warehouse]", "[warehouse]\nwait_s = 0")
    settings.write_text(hasty)
    with holding(folder) as holder:
        yield folder, holder.pid


@contextmanager
def holding(folder: Folder) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the warehouse until its standard input ends."""
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
        yield holder
        assert holder.stdin is not None
        holder.stdin.close()


def test_while_another_run_holds_the_warehouse_every_command_says_so(
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
            f"staycurrent: {folder.warehouse} is open in another run (process {pid}): "
            "try again when it has ended\n"
        )
    assert folder.text == walk.morning(2).text
    assert folder.files() == files
    assert folder.warehouse.read_bytes() == bytes_before


def test_a_run_waits_a_moment_for_whoever_has_the_warehouse_and_goes_on(
    walk: Walk, tmp_path: Path
) -> None:
    folder = walk.copy(tmp_path, after=2)
    with holding(folder) as holder:
        assert holder.stdin is not None
        letting_go = Timer(1.0, holder.stdin.close)
        letting_go.start()
        ended = folder.staycurrent("run", night=3)
        letting_go.join()
    assert ended.code == 0, ended.err
    assert folder.text == walk.morning(3).text


def test_two_runs_begun_together_leave_what_one_would_have(walk: Walk, tmp_path: Path) -> None:
    """They take the file by turns, stage by stage; one may leave with 75, none harms anything."""
    folder = walk.copy(tmp_path, after=2)
    as_of = (FIRST + timedelta(days=2)).isoformat()
    command = [sys.executable, "-c", PROGRAM, "run", "--as-of", as_of]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    both = [
        subprocess.Popen(
            command, cwd=folder.path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=100)[0].decode() for one in both]
    codes = sorted(one.returncode for one in both)
    assert codes in ([0, 0], [0, 75], [75, 75]), said
    assert all("is open in another run" in said[n] for n, one in enumerate(both) if one.returncode)
    folder.nights(3, 3)
    assert folder.text == walk.morning(3).text
    assert folder.status(3)["links"] == walk.morning(3).status(3)["links"]


def test_when_the_other_run_has_ended_the_night_goes_on(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=2)
    folder.nights(3, 3)
    assert folder.text == walk.morning(3).text
