"""The parts of a night as Prefect's tasks, looked at by the workers of a Dask scheduler."""

import pickle
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import as_completed
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.context import TaskRunContext
from prefect_dask import DaskTaskRunner

from staycurrent.flows.distributed.coordinator import Executor, ShardDone
from staycurrent.flows.distributed.shard import ShardTask, check_shard
from staycurrent.links.verdict import RULES_VERSION
from staycurrent.warehouse.shards import RESULT_FOLDER

_AT_HAND: ContextVar[tuple[Iterable[ShardTask], ShardDone]] = ContextVar("at_hand")


@dataclass(frozen=True, slots=True)
class SerialisedTask:
    """A part on its way: its order, and its files by their names."""

    order: ShardTask
    files: tuple[tuple[str, bytes], ...]
    code: str
    """Of the room `links` here: a worker of another release would judge otherwise."""


def dask_executor(address: str) -> Executor:
    """The workers of a scheduler, by its address.

    What authorities are asked for stays here, where the tokens are: no secret goes to a worker. A
    part whose worker died is looked at by another (Dask's `allowed-failures`).
    """

    def hands(orders: Iterable[ShardTask], done: ShardDone) -> None:
        copy_context().run(_begin, address, orders, done)

    return hands


def _begin(address: str, orders: Iterable[ShardTask], done: ShardDone) -> None:
    """Run the flow in a context without the present task: its arguments have our secrets.

    prefect-dask sends the contexts of flow and task along with each task of its own.
    """
    TaskRunContext.__var__.set(None)  # type: ignore[arg-type]
    _AT_HAND.set((orders, done))
    check_shards.with_options(task_runner=DaskTaskRunner(address=address))()


@flow(name="look-at-parts", persist_result=False)
def check_shards() -> None:
    """Look at what is at hand; without parameters, which would go along with each task as well."""
    _spread()


def _spread() -> None:
    """Hand the parts out to the workers, and those that stay to a thread; tell of each that ends.

    Apart from the flow, which goes along: what is at hand cannot.
    """
    orders, done = _AT_HAND.get()
    looked: Any = check_on_worker
    sent: dict[Any, tuple[Any, Path]] = {}
    with ThreadPoolExecutor(1) as aside:
        here = []
        for order in orders:
            if order.conducted:
                here.append(aside.submit(check_shard, order))
            else:
                future = looked.submit(pickle.dumps(_packed(order)))
                sent[future.wrapped_future] = future, order.folder
        known: Any = list(sent)
        for wrapped in as_completed(known, loop=known[0].client.loop) if known else ():
            future, folder = sent.pop(wrapped)
            _unpacked(future.result(), folder / RESULT_FOLDER)
            done(folder)
        for one in here:
            done(one.result())


@task(name="look-at-part", cache_policy=NO_CACHE, persist_result=False)
def check_on_worker(packed: bytes) -> tuple[tuple[str, bytes], ...]:
    """Look at a part in a folder of the worker's own; the files that come back.

    A parcel comes as one piece: Prefect and Dask walk through what they are given, and rebuild it.
    """
    parcel: SerialisedTask = pickle.loads(packed)  # noqa: S301 -- Dask unpickles all that it is sent
    if parcel.code != _release():
        raise RuntimeError("this worker runs another release: install the same one everywhere")
    with TemporaryDirectory(prefix="staycurrent-part-") as name:
        folder = Path(name)
        _unpacked(parcel.files, folder)
        return _files(check_shard(replace(parcel.order, folder=folder)) / RESULT_FOLDER)


def _release() -> str:
    return f"{version('staycurrent')}, rules {RULES_VERSION}"


def _packed(order: ShardTask) -> SerialisedTask:
    return SerialisedTask(order, _files(order.folder), _release())


def _files(folder: Path) -> tuple[tuple[str, bytes], ...]:
    return tuple((one.name, one.read_bytes()) for one in sorted(folder.glob("*.parquet")))


def _unpacked(files: Iterable[tuple[str, bytes]], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files:
        (folder / name).write_bytes(content)
