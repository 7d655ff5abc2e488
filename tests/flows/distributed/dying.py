"""Checks of shards whose process dies, or raises; this imports no more than that takes."""

import os
import signal
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from staycurrent.flows.distributed.shard import ShardTask


class Unreadable(Exception):
    """Can be pickled, but not read again."""

    def __init__(self, *, code: int) -> None:
        super().__init__(code)


def check_and_raise(task: "ShardTask") -> Path:
    """Raise what the name of the folder says, while the one of "stopped" waits for SIGTERM."""
    received: list[int] = []
    if task.folder.name == "stopped":
        signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
        task.folder.touch()
        while not received:
            sleep(0.01)
        return task.folder
    while not task.folder.with_name("stopped").exists():
        sleep(0.01)
    raise SystemExit(3) if task.folder.name == "SystemExit(3)" else Unreadable(code=3)


def check_and_die(task: "ShardTask") -> Path:
    """Die at the first attempt, or at every one, as the name of the folder says.

    "server": the server that forks processes dies, and this process does not.
    """
    if task.folder.name == "server":
        server = os.getppid()
        if b"forkserver" in Path(f"/proc/{server}/cmdline").read_bytes():
            os.kill(server, signal.SIGKILL)
    elif task.folder.name == "always" or not task.folder.exists():
        task.folder.mkdir(exist_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return task.folder
