"""Killed at any moment: the list is whole, the warehouse opens, and the night can be run again."""

import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from tests.support.folder import CANARIES, FIRST, MANY_LINKS_SETTINGS, Folder

ROOT = Path(__file__).parents[2]
LINKS = 60
PROGRAM = """
import sys
from staycurrent.flows.cli import main
for date in sys.argv[1:]:
    assert main(["run", "--quiet", "--as-of", date]) == 0
"""
NIGHTS = 2
KILLS = 3
LIST = "# Many\n\n" + "".join(f"- [T{n}](https://h{n}.example/x) - Text.\n" for n in range(LINKS))
WEB = "".join(
    f'[[page]]\nurl = "https://h{n}.example/x"\n{"status = 410" if n % 3 == 0 else "title = `x`"}\n'
    for n in range(LINKS)
).replace("`", '"')
OURS = {"curated.md", "staycurrent.toml", "web.toml", ".staycurrent"}


def lay_out(path: Path) -> Folder:
    folder = Folder(path)
    path.mkdir()
    folder.list.write_text(LIST, encoding="utf-8")
    (path / "web.toml").write_text(CANARIES + WEB, encoding="utf-8")
    settings = MANY_LINKS_SETTINGS.replace("alive_every = 30", "alive_every = 1\nsettled_every = 1")
    (path / "staycurrent.toml").write_text(settings, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Folder]:
    """The mornings of a walk that nobody disturbed."""
    path = tmp_path_factory.mktemp("undisturbed")
    mornings = [lay_out(path / "0")]
    for night in range(1, NIGHTS + 1):
        folder = Folder(path / str(night))
        copytree(mornings[-1].path, folder.path)
        folder.nights(night, night)
        mornings.append(folder)
    assert mornings[1].text == LIST
    assert mornings[2].text.count("stay:dead:2026-11-01") == LINKS // 3
    return mornings


def walking(folder: Folder) -> "subprocess.Popen[bytes]":
    """A process of its own that plays the dates; returns when it has opened the warehouse."""
    dates = [(FIRST + timedelta(days=night)).isoformat() for night in range(NIGHTS)]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *dates],
        cwd=folder.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while not folder.warehouse.parent.exists():
        assert time.monotonic() < until
        time.sleep(0.001)
    return process


@pytest.fixture(scope="module")
def lasts_s(tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long such a process takes from its first write to its end."""
    process = walking(lay_out(tmp_path_factory.mktemp("timed") / "walk"))
    began = time.monotonic()
    assert process.wait() == 0
    return time.monotonic() - began


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_kill_at_any_moment_harms_nothing(
    undisturbed: list[Folder], tmp_path: Path, lasts_s: float, seed: int
) -> None:
    folder = lay_out(tmp_path / "killed")
    process = walking(folder)
    # Evenly over the nights, with a tremble, so that every stage has its turn.
    time.sleep((seed + random.Random(seed).random()) / KILLS * lasts_s)  # noqa: S311
    process.kill()
    process.wait()
    assert folder.text in [one.text for one in undisturbed]
    drafts = {one.name for one in folder.path.iterdir()} - OURS
    assert all(name.startswith(".staycurrent-") and name.endswith(".new") for name in drafts)
    reached = folder.status(NIGHTS)["run"]
    folder.nights(min(reached["id"], NIGHTS) if reached else 1, NIGHTS)
    assert folder.text == undisturbed[NIGHTS].text
    assert folder.status(NIGHTS)["links"] == undisturbed[NIGHTS].status(NIGHTS)["links"]
