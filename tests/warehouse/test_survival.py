"""A writer that is killed, or whose disk is full, leaves whole transactions and a sound file."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.open import open_warehouse
from tests.warehouse import writer
from tests.warehouse.writer import ROWS

_ROOT = Path(__file__).parents[2]
_LIMIT_FILE_SIZE = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
"""


def started(
    path: Path, *, before: str = "", checkpoint_every: int | None = 5
) -> subprocess.Popen[bytes]:
    """A process that runs `write_until_killed`, after the statements `before`."""
    call = f"{writer.write_until_killed.__name__}(Path({str(path)!r}), {checkpoint_every})"
    program = f"{before}\nfrom pathlib import Path\nfrom {writer.__name__} import *\n{call}"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def whole_runs(path: Path) -> int:
    """How many runs a warehouse has; each of them must be judged and hold all its rows."""
    with open_warehouse(path) as warehouse:
        last = runs.latest_judged(warehouse)
        assert runs.latest(warehouse) == last
        seen = {len(observed) for observed in observations.histories(warehouse).values()}
        count = 0 if last is None else last.id
        assert seen == ({count} if count else set())
        assert len(observations.histories(warehouse)) == (ROWS if count else 0)
    return count


def test_kills_at_any_moment_leave_whole_transactions_and_lose_no_acknowledged_one(
    path: Path,
) -> None:
    for attempt in range(4):
        own = path.with_name(f"killed_{attempt}.duckdb")
        with started(own) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"1\n"
            time.sleep(0.037 * attempt)
            writer.kill()
            acknowledged = 1 + writer.stdout.read().count(b"\n")
        assert whole_runs(own) in (acknowledged, acknowledged + 1)


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.15])
def test_a_kill_while_the_file_is_made_leaves_none_or_a_whole_one(
    path: Path, moment: float
) -> None:
    with started(path) as writer:
        while not path.parent.exists():
            assert writer.poll() is None, "the writer ended before it made the file"
            time.sleep(0.001)
        time.sleep(moment)
        writer.kill()
    whole_runs(path)


@pytest.mark.parametrize("checkpoint_every", [5, None])
def test_a_full_disk_ends_in_a_sentence_and_costs_no_committed_run(
    path: Path, checkpoint_every: int | None
) -> None:
    with started(path, before=_LIMIT_FILE_SIZE, checkpoint_every=checkpoint_every) as writer:
        printed, errors = writer.communicate(timeout=60)
    last_line = errors.decode().strip().splitlines()[-1]
    assert last_line.startswith(
        f"{WarehouseUnusable.__module__}.{WarehouseUnusable.__name__}: "
        f"{path} could not be read or written"
    )
    assert last_line.endswith("raise `ulimit -f`; what was committed is not lost")
    assert printed.count(b"\n") >= 3
    assert whole_runs(path) in (printed.count(b"\n"), printed.count(b"\n") + 1)
