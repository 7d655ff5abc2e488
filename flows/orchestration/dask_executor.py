"""Shards as Prefect's tasks, checked by the workers of a Dask scheduler."""

import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import KilledWorker, as_completed
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.context import TaskRunContext
from prefect_dask import DaskTaskRunner

from staycurrent.flows.distributed.executor import Executor
from staycurrent.flows.distributed.shard import ShardTask, check_shard
from staycurrent.flows.errors import NotJudged
from staycurrent.links.verdict import RULES_VERSION
from staycurrent.warehouse.shards import RESULT_FOLDER

_WORK: ContextVar[tuple[Iterable[ShardTask], Callable[[Path], None]]] = ContextVar("work")
"""Tasks and callback of the present `check_shards`."""


def dask_executor(address: str) -> Executor:
    """The workers of a scheduler, by its address.

    Local tasks are checked here, where the tokens are: a worker gets no secrets. A shard whose
    worker died is checked by another one (Dask's `allowed-failures`). Raises, after all others are
    done, what the first shard raised that failed; NotJudged, if each worker dies with it.
    """

    def execute(tasks: Iterable[ShardTask], done: Callable[[Path], None]) -> None:
        # prefect-dask sends the contexts of flow and task along with each of its tasks. The
        # arguments of the present task have our secrets, so the flow runs in a context without it.
        context = copy_context()
        context.run(TaskRunContext.__var__.set, None)  # type: ignore[arg-type]
        context.run(_WORK.set, (tasks, done))
        context.run(check_shards.with_options(task_runner=DaskTaskRunner(address=address)))

    return execute


@flow(name="check-shards", persist_result=False)
def check_shards() -> None:
    """Check the tasks of `_WORK`; parameters would be sent along with each task as well."""
    _submit()


def _submit() -> None:
    """Send the tasks to the workers and the local ones to a thread; report each that is done.

    Apart from the flow, because its function is sent along too, and `_WORK` cannot be.
    """
    tasks, done = _WORK.get()
    worker_task: Any = check_on_worker
    sent: dict[Any, tuple[Any, Path]] = {}
    failed: list[Exception] = []
    with ThreadPoolExecutor(1) as thread:
        local = []
        for one in tasks:
            if one.is_local:
                local.append(thread.submit(check_shard, one))
            else:
                work = one, _read_files(one.folder), _release()
                future = worker_task.submit(pickle.dumps(work))
                sent[future.wrapped_future] = future, one.folder
        waiting: Any = list(sent)
        for wrapped in as_completed(waiting, loop=waiting[0].client.loop) if waiting else ():
            future, folder = sent.pop(wrapped)
            try:
                files = future.result()
            except KilledWorker:
                why = "workers die while they check links, as happens when memory is short"
                failed.append(NotJudged(why))
            except Exception as error:  # noqa: BLE001 -- raised once all others are done
                failed.append(error)
            else:
                _write_files(files, folder / RESULT_FOLDER)
                done(folder)
        for shard in local:
            done(shard.result())
    if failed:
        raise failed[0]


@task(name="check-shard", cache_policy=NO_CACHE, persist_result=False)
def check_on_worker(pickled: bytes) -> tuple[tuple[str, bytes], ...]:
    """Check a shard in a temporary folder of the worker; the files of the result.

    Task, files by name and release are pickled already, because Prefect and Dask would visit and
    rebuild their parts. A worker of another release would conclude differently.
    """
    shard, files, release = pickle.loads(pickled)  # noqa: S301 -- Dask unpickles everything
    if release != _release():
        raise RuntimeError("this worker runs another release: install the same one everywhere")
    with TemporaryDirectory(prefix="staycurrent-shard-") as name:
        folder = Path(name)
        _write_files(files, folder)
        checked = check_shard(replace(shard, folder=folder))
        return _read_files(checked / RESULT_FOLDER)


def _release() -> str:
    return f"{version('staycurrent')}, rules {RULES_VERSION}"


def _read_files(folder: Path) -> tuple[tuple[str, bytes], ...]:
    return tuple((file.name, file.read_bytes()) for file in sorted(folder.glob("*.parquet")))


def _write_files(files: Iterable[tuple[str, bytes]], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files:
        (folder / name).write_bytes(content)
