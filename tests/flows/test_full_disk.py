"""A disk that fills up while a night runs: said in a sentence, and the night ends another time."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from staycurrent.warehouse.parquet import export_parquet
from tests.support import processes
from tests.support.folder import Walk
from tests.warehouse.filled import made

# A mount of one's own, in a user namespace where one is not root.
_MOUNT = 'mount -t tmpfs -o size="$SIZE" tmpfs "$1" && shift && exec "$@"'
_ALONE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh")


@cache
def is_allowed(disk: Path) -> bool:
    """Whether one may mount a tmpfs."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        [*_ALONE, disk, "true"], env=os.environ | {"SIZE": "1m"}, capture_output=True, check=False
    )
    return tried.returncode == 0


def said_alone(disk: Path, *argv: str) -> list[str]:
    """What a Python process prints that may mount disks of its own; the first is there already."""
    ended = subprocess.run(
        [*_ALONE, disk, sys.executable, *argv],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONWARNINGS": "ignore", "SIZE": "64m"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()


@pytest.mark.timeout(400)
def test_a_disk_that_is_full_at_any_point_of_a_night_costs_nothing(
    walk: Walk, tmp_path: Path
) -> None:
    if not is_allowed(tmp_path):
        pytest.skip("no tmpfs may be mounted here")
    mornings = [str(walk.morning(processes.NIGHT - ago).path) for ago in (1, 0)]
    reported = said_alone(tmp_path, "-m", processes.__name__, *mornings, str(tmp_path))
    assert len(reported) == len(processes.FREE)
    assert "exit 2" in reported[0], "a full disk must have been met"
    assert "exit 0" in reported[-1], "and room enough in the end"


IMPORT = """
import subprocess, sys
from pathlib import Path
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.open import open_warehouse
from staycurrent.warehouse.parquet import import_parquet
from tests.warehouse.filled import LIMITS
disk, export, *sizes = sys.argv[1:]
path = Path(disk, "warehouse.duckdb")
for size in sizes:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
    said = []
    try:
        said.append(f"{import_parquet(Path(export), path, LIMITS).restored.runs} runs")
        with open_warehouse(path, read_only=True) as w:
            said.append(f"{w.select('SELECT count(*) FROM runs')[0][0]} runs")
    except WarehouseUnusable:
        said.append(f"refused {path.exists()}")
    try:
        with open_warehouse(path) as w:
            migrated = w.select("SELECT count(*) > 0 FROM schema_migrations")[0][0]
            said.append(f"{migrated} migrated")
    except WarehouseUnusable:
        said.append(f"refused {path.exists()}")
    print(*said, sep=", ")
    subprocess.run(["umount", "--lazy", disk], check=True)
"""
SIZES = ("200k", "1400k", "64m")


def test_a_small_disk_takes_an_import_whole_or_not_at_all(tmp_path: Path) -> None:
    disk, export = tmp_path / "disk", tmp_path / "export"
    disk.mkdir()
    if not is_allowed(disk):
        pytest.skip("no tmpfs may be mounted here")
    export_parquet(made(tmp_path / "warehouse.duckdb"), export)
    seen = said_alone(disk, "-c", IMPORT, str(disk), str(export), *SIZES)
    assert len(seen) == len(SIZES)
    assert set(seen) <= {
        "3 runs, 3 runs, True migrated",
        "refused False, True migrated",
        "refused False, refused False",
    }
    assert len(set(seen)) > 1
    assert seen[-1].startswith("3 runs")
