"""Checks of shards whose process dies; this imports no more than that takes."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from staycurrent.flows.distributed.shard import ShardTask


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
