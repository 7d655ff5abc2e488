"""A writer that is killed, or whose disk is full, leaves whole transactions and a sound file."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.open import open_warehouse

_ROWS = 300
_WRITE_FOR_EVER = f"""
import sys
from pathlib import Path
from links.observation import Outcome
from tests.warehouse.story import began, judged
from warehouse.open import open_warehouse
with open_warehouse(Path(sys.argv[1])) as w:
    for n in range(1, 100_000):
        with w.transaction():
            judged(w, n, {{f"https://example.org/{{k}}": Outcome.OK for k in range({_ROWS})}})
        print(n, flush=True)
        if n % 5 == 0:
            w.checkpoint()
"""
_WITHOUT_CHECKPOINTS = _WRITE_FOR_EVER.replace("n % 5 == 0", "False")
_ON_A_FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
"""


def started(path: Path, program: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", program, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def whole_nights(path: Path) -> int:
    """How many runs a warehouse has; each of them must be judged and hold all its rows."""
    with open_warehouse(path) as w:
        last = runs.latest_judged(w)
        assert runs.latest(w) == last
        seen = {len(observed) for observed in observations.histories(w).values()}
        count = 0 if last is None else last.id
        assert seen == ({count} if count else set())
        assert len(observations.histories(w)) == (_ROWS if count else 0)
    return count


def test_kills_at_any_moment_leave_whole_transactions_and_lose_no_acknowledged_one(
    path: Path,
) -> None:
    for attempt in range(6):
        own = path.with_name(f"killed_{attempt}.duckdb")
        with started(own, _WRITE_FOR_EVER) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"1\n"
            time.sleep(0.037 * attempt)
            writer.kill()
            acknowledged = 1 + writer.stdout.read().count(b"\n")
        assert whole_nights(own) in (acknowledged, acknowledged + 1)


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.1, 0.2])
def test_a_kill_while_the_file_is_made_leaves_none_or_a_whole_one(
    path: Path, moment: float
) -> None:
    with started(path, _WRITE_FOR_EVER) as writer:
        while not path.parent.exists():
            time.sleep(0.001)
        time.sleep(moment)
        writer.kill()
    whole_nights(path)


@pytest.mark.parametrize("program", [_WRITE_FOR_EVER, _WITHOUT_CHECKPOINTS])
def test_a_full_disk_ends_in_a_sentence_and_costs_no_committed_night(
    path: Path, program: str
) -> None:
    with started(path, _ON_A_FULL_DISK + program) as writer:
        said, trouble = writer.communicate(timeout=60)
    last_line = trouble.decode().strip().splitlines()[-1]
    assert last_line.startswith(
        f"warehouse.refusals.WarehouseUnusable: {path} could not be read or written"
    )
    assert last_line.endswith("brings the newest good backup back")
    assert said.count(b"\n") >= 3
    assert whole_nights(path) in (said.count(b"\n"), said.count(b"\n") + 1)
