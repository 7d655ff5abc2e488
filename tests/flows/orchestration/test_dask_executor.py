"""A run on the workers of a Dask scheduler: the same results, also if a worker dies."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from tests.support.folder import FEEDS_OFF, Folder, rows
from tests.support.processes import ROOT, Installation, server

HOSTS, PAGES = 24, 16
LISTED = "".join(
    f"- [Page](https://host-{host}.example/{'gone' if page == 3 else page}) - One.\n"
    for host in range(HOSTS)
    for page in range(PAGES)
)
LED = (
    "- [Repository](https://github.com/owner/name) - One.\n- [Led](https://led.example/a) - One.\n"
)
NAMED = "".join(f'[[host]]\nname = "host-{host}.example"\n' for host in range(HOSTS))
WEB = """
[[page]]
url = "https://led.example/a"
status = 301
location = "https://host-1.example/1"
[[page]]
url = "https://host-7.example/*"
fault = "hang"
[[page]]
url = "*://*/gone"
status = 404
[[page]]
url = "https://api.github.com/repos/owner/name"
[page.json]
full_name = "owner/name"
node_id = "R_1"
private = false
archived = true
disabled = false
pushed_at = "2026-10-20T00:00:00Z"
[[page]]
url = "https://host-*"
title = "Here"
"""
SCALE = """
[scale]
scheduler = "{address}"
shards = 10
"""
SLOWLY = "pause_s = 0.1"
"""A shard then takes seconds, so that a worker can be killed in the middle of one."""

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.timeout(800),
    pytest.mark.skipif(
        importlib.util.find_spec("prefect_dask") is None, reason="needs the extra `scale`"
    ),
]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A scheduler and its workers, as processes on loopback."""

    address: str
    workers: Sequence[subprocess.Popen[bytes]]
    folders: Sequence[Path]
    """The temporary folder of each worker."""


@contextmanager
def cluster(here: Installation) -> Iterator[Cluster]:
    """One scheduler, and two workers that are not restarted."""
    file = here.home / "scheduler.json"
    known = ("--scheduler-file", str(file), "--no-dashboard")
    with ExitStack() as stack:
        stack.enter_context(_process(here, "scheduler", *known, "--host=127.0.0.1", "--port=0"))
        until = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < until
            time.sleep(0.2)
        folders = [here.home / "one", here.home / "two"]
        workers = []
        for folder in folders:
            folder.mkdir()
            alone = ("--nthreads=1", "--no-nanny", "--host=127.0.0.1")
            process = _process(here, "worker", *known, *alone, TMPDIR=str(folder))
            workers.append(stack.enter_context(process))
        yield Cluster(json.loads(file.read_text())["address"], workers, folders)


@contextmanager
def _process(
    here: Installation, kind: str, *argv: str, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    env = {**here.env, "PYTHONPATH": str(ROOT), **environment}
    with (here.home / f"dask-{kind}.log").open("ab") as log:
        command = [sys.executable, "-m", "dask", kind, *argv]
        process = subprocess.Popen(command, cwd=here.home, env=env, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def laid_out(path: Path, more: str = "") -> Folder:
    path.mkdir()
    folder = Folder(path)
    folder.write(listed=LISTED + LED, web=NAMED + WEB, settings=FEEDS_OFF + more)
    return folder


def start_run(here: Installation, folder: Folder) -> subprocess.Popen[str]:
    """Start a run under Prefect."""
    program = (
        "from pathlib import Path; from datetime import datetime;"
        "from staycurrent.flows.pipeline import nightly;"
        "state = nightly(settings=Path('staycurrent.toml'), return_state=True,"
        "as_of=datetime.fromisoformat('2026-11-01T02:00:00+00:00'));"
        "assert state.is_completed(), state"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=folder.path,
        env={**here.env, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_workers_find_what_one_machine_finds_even_if_one_dies(tmp_path: Path) -> None:
    alone = laid_out(tmp_path / "alone")
    alone.nights(1, 1)
    with server(tmp_path) as here, cluster(here) as there:
        folder = laid_out(tmp_path / "many", SCALE.format(address=there.address))
        settings = folder.path / "staycurrent.toml"
        settings.write_text(settings.read_text().replace("pause_s = 0", SLOWLY), encoding="utf-8")
        night = start_run(here, folder)
        until = time.monotonic() + 200
        while not list(there.folders[0].glob("staycurrent-shard-*")):
            assert night.poll() is None and time.monotonic() < until, night.communicate()[0]  # noqa: PT018
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(there.workers[0].pid, signal.SIGKILL)
        said, _ = night.communicate(timeout=300)
        assert night.returncode == 0, said
        assert list(there.folders[0].glob("staycurrent-shard-*"))  # it died during a shard
        assert not list(there.folders[1].glob("staycurrent-shard-*"))
        assert there.workers[1].poll() is None
    found = rows(folder)
    assert found == rows(alone)
    assert len(found["observations"]) == HOSTS * PAGES + 2
    assert {"ok", "missing", "timeout", "redirected"} <= {row[2] for row in found["observations"]}
    assert folder.text == alone.text


@pytest.mark.parametrize("error", [None, ValueError("a bug")])
def test_where_workers_die_or_raise_the_other_shards_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    """Without a scheduler: its clients raise KilledWorker, and what a worker raised."""
    from distributed import KilledWorker

    from staycurrent.flows.errors import NotJudged
    from staycurrent.flows.orchestration import dask_executor

    worker: Any = SimpleNamespace(address="tcp://127.0.0.1:1")
    results = Mock(side_effect=error or KilledWorker("shard", worker, 3)), Mock(return_value=[])
    futures = [SimpleNamespace(result=one, wrapped_future=Mock()) for one in results]
    submit = SimpleNamespace(submit=Mock(side_effect=futures))
    monkeypatch.setattr(dask_executor, "check_on_worker", submit)
    monkeypatch.setattr(dask_executor, "as_completed", lambda waiting, **_: waiting)
    tasks = [SimpleNamespace(folder=tmp_path / name, is_local=False) for name in "ab"]
    for task in tasks:
        task.folder.mkdir()
    done: list[str] = []
    work: Any = tasks, lambda folder: done.append(folder.name)
    token = dask_executor._WORK.set(work)
    with pytest.raises(type(error) if error else NotJudged, match="a bug" if error else "die"):
        dask_executor._submit()
    dask_executor._WORK.reset(token)
    assert done == ["b"]
