"""A disk that fills up while a night runs: said in a sentence, and the night ends another time."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.folder import Walk

# A mount of one's own, in a user namespace where one is not root.
_MOUNT = 'mount -t tmpfs -o size=64m tmpfs "$1" && shift && exec "$@"'
_ALONE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh")


@cache
def is_allowed(disk: Path) -> bool:
    """Whether one may mount a tmpfs."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_ALONE, disk, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.timeout(400)
def test_a_disk_that_is_full_at_any_point_of_a_night_costs_nothing(
    walk: Walk, tmp_path: Path
) -> None:
    if not is_allowed(tmp_path):
        pytest.skip("no tmpfs may be mounted here")
    mornings = [str(walk.morning(processes.NIGHT - ago).path) for ago in (1, 0)]
    ended = subprocess.run(
        [*_ALONE, tmp_path, sys.executable, "-m", processes.__name__, *mornings, tmp_path],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    reported = ended.stdout.splitlines()
    assert len(reported) == len(processes.FREE)
    assert "exit 2" in reported[0], "a full disk must have been met"
    assert "exit 0" in reported[-1], "and room enough in the end"
