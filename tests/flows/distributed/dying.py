"""A check of shards whose process dies the first time; it imports no more than that takes."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from staycurrent.flows.distributed.shard import ShardTask


def check_and_die(task: "ShardTask") -> Path:
    """Die at the first attempt; at every one where the name of the folder says so."""
    if task.folder.name == "always" or not task.folder.exists():
        task.folder.mkdir(exist_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return task.folder
