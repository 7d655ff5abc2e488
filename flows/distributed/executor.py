"""Where the shards of a check run: the interface of executors, and processes of this machine.

This module imports nothing of the warehouse. A thread that waits at the end of a process keeps what
its module has imported, and if that is DuckDB, its binding prints forty lines about leaks.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import forkserver, get_context, parent_process, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from threading import Thread
from time import sleep
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from staycurrent.flows.errors import NotJudged

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from staycurrent.flows.distributed.shard import ShardTask

_ATTEMPTS = 3
"""Processes that may die with one shard; memory may be short for a while."""
_RESTART_S = 1
"""Seconds after which a fork server that was killed has surely ended; then it is started again."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What a terminal, `timeout` and systemd send to the whole group of processes."""


Executor = Callable[[Iterable["ShardTask"], Callable[[Path], None]], None]
"""Checks every shard, in any order and anywhere, and calls the function with the folder of each
that is finished. Takes the tasks, and calls it, in the thread of the caller."""


def process_executor(count: int, check: Callable[["ShardTask"], Path]) -> Executor:
    """`count` processes that call `check`; a shard whose process died is checked again.

    Raises NotJudged, after all others are done, if each process that checks a shard dies, or at
    once if none can start.
    """

    def execute(tasks: Iterable["ShardTask"], done: Callable[[Path], None]) -> None:
        for _ in range(_ATTEMPTS):
            tasks = _run_processes(tasks, count, check, done)
            if not tasks:
                return
        raise NotJudged(
            "processes die or cannot start, as happens when memory is short or scale.processes "
            "is too high"
        )

    return execute


def _run_processes(
    tasks: Iterable["ShardTask"],
    count: int,
    check: Callable[["ShardTask"], Path],
    done: Callable[[Path], None],
) -> list["ShardTask"]:
    """Check shards, each in a process of its own; returns the tasks whose process has no result.

    Once a process cannot start, no more are started at once than run then.

    Not a `ProcessPoolExecutor`: if one process dies it ends all others, and if the server that
    forks them dies, it may wait for ever.
    """
    running: dict[Connection[Any, Any], tuple[ShardTask, BaseProcess]] = {}
    unstarted, lost = iter(tasks), list["ShardTask"]()
    try:
        for task in unstarted:  # the next one is prepared before a process is free for it
            while len(running) >= count:
                lost += _wait_for_one(running, done)
            try:
                context = _start_method(check.__module__)
                receiver, sender = context.Pipe(duplex=False)
                with sender:
                    arguments = check, task, sender
                    process: BaseProcess = context.Process(target=_check_and_report, args=arguments)
                    process.start()
                running[receiver] = task, process
            except (EOFError, ConnectionError, BlockingIOError):
                # The fork server was killed, or this user has as many processes as are allowed.
                lost.append(task)
                sleep(_RESTART_S)
                if not running:
                    return [*lost, *unstarted]
                count = len(running)
        while running:
            lost += _wait_for_one(running, done)
    finally:  # if one raised, the others stop and report what they have
        for _, process in running.values():
            process.terminate()
        while running:
            with suppress(Exception):  # only the first is raised
                _wait_for_one(running, done)
    return lost


def _wait_for_one(
    running: "dict[Connection[Any, Any], tuple[ShardTask, BaseProcess]]",
    done: Callable[[Path], None],
) -> list["ShardTask"]:
    """Wait until a process ends; returns the tasks of those that died."""
    lost: list[ShardTask] = []
    ready: list[Any] = wait(list(running))
    for receiver in ready:
        task, process = running.pop(receiver)
        if _has_ended(receiver):
            done(task.folder)
        else:
            lost.append(task)
        process.join()
    return lost


def _has_ended(receiver: "Connection[Any, Any]") -> bool:
    """Whether a process sent its result, before its end; raises the exception that ended it."""
    with receiver:
        try:
            error = receiver.recv()
        except (EOFError, OSError):  # it died before, or while it sent
            return False
    if error is not None:
        raise error
    return True


def _check_and_report(
    check: Callable[["ShardTask"], Path], task: "ShardTask", sender: "Connection[Any, Any]"
) -> None:
    """Check a shard in a process of its own, and send None or the exception that ended it.

    A RuntimeError stands for one that cannot be pickled, or would end the process that raises it.
    """
    exit_with_parent()
    try:
        check(task)
    except BaseException as error:  # noqa: BLE001 -- raised by the process that reads it
        sent: Exception = RuntimeError(repr(error))
        with suppress(Exception):
            read = pickle.loads(pickle.dumps(error))  # noqa: S301 -- written here
            sent = read if isinstance(read, Exception) else sent
        sent.add_note("".join(format_exception(error)))
        sender.send(sent)
    else:
        sender.send(None)


def _start_method(module: str) -> ForkServerContext | SpawnContext:
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
