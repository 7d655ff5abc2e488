"""Where the shards of a check run: the interface of executors, and processes of this machine.

This module imports nothing of the warehouse. A thread that waits at the end of a process keeps what
its module has imported, and if that is DuckDB, its binding prints forty lines about leaks.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, get_context, parent_process, resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from staycurrent.flows.distributed.shard import ShardTask

_QUEUED = 1
"""Shards that are prepared before a process is free for them."""
_ATTEMPTS = 3
"""Attempts in which no shard is finished, as processes die; memory may be short for a while."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What a terminal, `timeout` and systemd send to the whole group of processes."""


Executor = Callable[[Iterable["ShardTask"], Callable[[Path], None]], None]
"""Checks every shard, in any order and anywhere, and calls the function with the folder of each
that is finished. Takes the tasks, and calls it, in the thread of the caller."""


def process_executor(count: int, check: Callable[["ShardTask"], Path]) -> Executor:
    """`count` processes that call `check`; a shard whose process died is checked again."""

    def execute(tasks: Iterable["ShardTask"], done: Callable[[Path], None]) -> None:
        attempts, left = 0, 0
        while attempts < _ATTEMPTS:
            lost = _run_processes(tasks, count, check, done)
            if not lost:
                return
            attempts = attempts + 1 if len(lost) == left else 1
            tasks, left = lost, len(lost)
        raise RuntimeError(f"{lost[0].folder}: every process that checks this shard dies")

    return execute


def _run_processes(
    tasks: Iterable["ShardTask"],
    count: int,
    check: Callable[["ShardTask"], Path],
    done: Callable[[Path], None],
) -> list["ShardTask"]:
    """Check shards in processes; returns the tasks whose process died."""
    lost: list[ShardTask] = []
    running: dict[Future[Path], ShardTask] = {}

    def wait_for_one() -> None:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            task = running.pop(future)
            try:
                done(future.result())
            except BrokenProcessPool:
                lost.append(task)

    # One task each: a process that ends gives its memory back.
    context = _start_method(check.__module__)
    with ProcessPoolExecutor(count, context, exit_with_parent, max_tasks_per_child=1) as pool:
        for task in tasks:
            try:
                running[pool.submit(check, task)] = task
            except BrokenProcessPool:
                lost.append(task)
            while len(running) >= count + _QUEUED:
                wait_for_one()
        while running:
            wait_for_one()
    return lost


def _start_method(module: str) -> BaseContext:
    """How processes start that need a module.

    A fork of this process would inherit the locks of DuckDB's threads; one of a server that has
    only imported the module starts in a hundredth of the time of a new process, and shares its
    memory. macOS's own libraries forbid forks.
    """
    if sys.platform == "darwin":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([module])
    resource_tracker.ensure_running()  # as the server would, which unblocks signals (Python 3.11)
    # Ctrl-C and `kill` reach the whole group: with the server all shards would be lost.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        forkserver.ensure_running()
    except OSError:  # no folder for its socket, or one with a name of more than 90 bytes
        return get_context("spawn")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def exit_with_parent() -> None:
    """End this process as soon as its parent ends, so that a killed run sends no more requests.

    Ctrl-C reaches all processes of a terminal; the parent tells its shards what to do.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)  # which the server left blocked

    def wait_for_parent() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=wait_for_parent, daemon=True).start()
