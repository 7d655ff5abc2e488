"""What takes long to build, built once for all workers of a test run."""

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

import pytest

T = TypeVar("T")


def once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], T]) -> T:
    """What `build` makes in a folder; the first worker to ask builds, the others wait and read.

    Nobody writes there afterwards: another worker may be reading.
    """
    own = factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, built = common / name, common / f"{name}.built"
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            rmtree(folder, ignore_errors=True)  # of a worker that died over it
            folder.mkdir()
            built.write_bytes(pickle.dumps(build(folder)))
        found: T = pickle.loads(built.read_bytes())  # noqa: S301 -- written by this very run
        return found
