"""Faults at system calls: a kill, a broken disk or a full one at any of them harms nothing."""

import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.support.folder import FIRST, Folder, Walk

CALLS = "openat,write,pwrite64,fsync,fdatasync,rename,unlink,ftruncate,mkdir,fchmod"
FAULTS = {"kill": "signal=SIGKILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC"}
SAMPLE = 2
NIGHT = 3
LEAST = 25
"""So many points must be met for a fault to have been tried."""
DRAFTS = ".staycurrent-draft.new"
"""The folder of each draft, whose name is a random one otherwise: strace must know the paths."""
PROGRAM = """
import tempfile
from itertools import repeat
from staycurrent.flows.cli import entry
tempfile._get_candidate_names = lambda: repeat("draft")
entry()
"""
_CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)\(", re.MULTILINE)


@cache
def is_allowed() -> bool:
    """Whether strace is there and may trace."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-f", "-qq", "true"], capture_output=True, check=False)
    return tried.returncode == 0


needs_strace = pytest.mark.skipif(not is_allowed(), reason="strace is not there or may not trace")


def changed_files(folder: Folder) -> list[Path]:
    """Every file and folder that a run writes to, whether it is there yet or not."""
    memory, home = folder.warehouse.parent, folder.warehouse
    backup = memory / "backups" / f"warehouse-2026-11-0{NIGHT}.duckdb"
    names = [home.with_name(f"{home.name}{end}") for end in ("", ".wal", ".json")]
    drafts = [
        one
        for target in (folder.list, backup, *names)
        for one in (target.parent / DRAFTS, target.parent / DRAFTS / target.name)
    ]
    return [folder.list, folder.path, memory, memory / "backups", backup, *names, *drafts]


def traced(folder: Folder, *options: str) -> subprocess.CompletedProcess[str]:
    """One night in a process of its own under strace, which sees our files only."""
    paths = [word for path in changed_files(folder) for word in ("-P", str(path))]
    as_of = (FIRST + timedelta(days=NIGHT - 1)).isoformat()
    command = [sys.executable, "-c", PROGRAM, "run", "--as-of", as_of]
    # With it strace 6.1 delivers no injected signal, and says nothing of it.
    speed = () if any("signal=" in one for one in options) else ("--seccomp-bpf",)
    return subprocess.run(
        [
            "strace",
            "-f",
            "-qq",
            *speed,
            *paths,
            "-e",
            f"trace={CALLS}",
            *options,
            *command,
        ],
        cwd=folder.path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.fixture(scope="module")
def points(walk: Walk, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int]]:
    """Every call of an undisturbed night that touches our files, by name and number."""
    folder = walk.copy(tmp_path_factory.mktemp("counted") / "x", after=NIGHT - 1)
    log = folder.path.parent / "calls"
    ended = traced(folder, "-o", str(log))
    assert ended.returncode == 0, ended.stderr
    assert folder.text == walk.morning(NIGHT).text
    counts = Counter(_CALL.findall(log.read_text(encoding="utf-8", errors="replace")))
    most: dict[str, int] = {}
    for (_, call), count in counts.items():
        most[call] = max(most.get(call, 0), count)
    found = [(call, n) for call, count in sorted(most.items()) for n in range(1, count + 1)]
    assert len(found) >= LEAST, most
    assert {"openat", "rename", "fsync"} <= set(most)
    return found


def disturb(walk: Walk, path: Path, fault: str, call: str, n: int) -> str:
    """A night that a fault ends or not, and the same night again; how the first one ended."""
    folder = walk.copy(path, after=NIGHT - 1)
    inject = f"inject={call}:{FAULTS[fault]}:when={n}"
    ended = traced(folder, "-o", os.devnull, "-e", inject)
    where = f"{fault} at {call} {n}: {ended.stderr}"
    killed = fault == "kill" and ended.returncode in (-9, 137)
    assert killed or ended.returncode in (0, 2, 75), where
    assert "Traceback" not in ended.stderr, where
    assert folder.text in (walk.morning(NIGHT - 1).text, walk.morning(NIGHT).text), where
    again = folder.staycurrent("run", night=NIGHT)
    assert again.code == 0, where + again.err
    assert folder.text == walk.morning(NIGHT).text, where
    expected = walk.morning(NIGHT).status(NIGHT)["links"]
    assert folder.status(NIGHT)["links"] == expected, where
    return "killed" if killed else f"exit {ended.returncode}"


@needs_strace
@pytest.mark.parametrize("number", range(SAMPLE))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_a_few_system_calls_costs_nothing(
    walk: Walk, points: list[tuple[str, int]], tmp_path: Path, fault: str, number: int
) -> None:
    chance = random.Random(fault)  # noqa: S311
    call, n = chance.sample(points, SAMPLE)[number]
    disturb(walk, tmp_path / "disturbed", fault, call, n)


@needs_strace
@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_every_file_changing_system_call_costs_nothing(
    walk: Walk, points: list[tuple[str, int]], tmp_path: Path, fault: str
) -> None:
    wrong, endings = [], Counter[str]()
    for call, n in points:
        path = tmp_path / f"{call}{n}"
        try:
            endings[disturb(walk, path, fault, call, n)] += 1
        except AssertionError as error:
            wrong.append(str(error).partition("\nassert ")[0])
        shutil.rmtree(path)
    print(f"{fault}: {len(points)} points, {dict(endings)}")  # noqa: T201
    assert wrong == []
    # Threads take turns, so that not every point of one run is met in the next.
    assert len(points) - endings["exit 0"] >= LEAST if fault == "kill" else endings["exit 2"]
