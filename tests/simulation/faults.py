"""Faults at the seams between the project and its machine: disk, DuckDB's commits, clock, time."""

import asyncio
import errno
import os
import resource
import selectors
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import duckdb

from tests.support.one_duckdb import BLOCK_BYTES, Attached, connect, execute, is_warehouse

_IMMUTABLE = ("backups", "objects")
"""Folders whose files are replaced, never changed: a link is a copy of them."""
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")
"""Audit events of calls that change the disk, in addition to files that are opened to write."""
_FAILED_COMMIT = "TransactionContext Error: Failed to commit: Could not fsync: Input/output error"


class Killed(BaseException):
    """The process ends here: what unwinding writes is thrown away."""


class Fault(StrEnum):
    """What happens at one moment of a run."""

    NONE = "nothing"
    KILL = "killed"
    FULL_DISK = "full disk"
    """From this moment on no file may grow beyond a size."""
    IO_ERROR = "I/O error"
    """This one call fails."""
    GIT_KILLED = "git killed"
    """Git is killed while it speaks with the host, and the run goes on without it."""
    INTERRUPT = "interrupted"
    """SIGTERM at a request: it ends the process where nobody waits for it."""


@dataclass(slots=True)
class Disk:
    """Counts the moments at which a run changes the disk; at one of them something happens.

    A moment is before a file of the folder is made, opened to write, renamed, removed or synced,
    and before and after each commit of DuckDB and each command of git.
    """

    folder: Path
    fault: Fault = Fault.NONE
    at: int = 0
    """The moment of the fault; 0: none."""
    file_bytes: int = 0
    """How large a file may grow on a full disk."""
    moments: int = 0
    where: str = ""
    """The call at which the fault happened."""
    is_watching: bool = True

    def moment(self, call: str) -> None:
        """Count, and fail if it is time. Raises Killed, OSError or DuckDB's error."""
        if not self.is_watching:
            return
        self.moments += 1
        if self.moments != self.at or self.fault is Fault.INTERRUPT:
            return
        is_elsewhere = call in ("committed", "close", "git", "git ended")
        if (self.fault is Fault.IO_ERROR and is_elsewhere) or (
            self.fault is Fault.GIT_KILLED and call != "git"
        ):
            self.at += 1  # nothing of ours can fail there
            return
        self.where = call
        if self.fault is Fault.KILL:
            self.kill(call)
        if self.fault is Fault.GIT_KILLED:
            git_killer(self.folder).touch()
        if self.fault is Fault.FULL_DISK:
            _limit_file_size(self.file_bytes)
        if self.fault is Fault.IO_ERROR:
            if call == "commit":
                raise duckdb.TransactionException(_FAILED_COMMIT)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def kill(self, where: str) -> NoReturn:
        """End the process; the folder is kept as it is now. Raises Killed."""
        self.where, self.is_watching = where, False
        copy_folder(self.folder, corpse_of(self.folder))
        raise Killed


def corpse_of(folder: Path) -> Path:
    """Where the folder is kept as it was when the process was killed."""
    return folder.with_name(f"{folder.name}.killed")


def git_killer(folder: Path) -> Path:
    """As long as this file exists, git is killed when it speaks with the host."""
    return folder.with_name("kill-git")


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder with everything in it, as a killed process leaves it."""

    def copy(one: str, other: str) -> None:
        if any(f"/{name}/" in one for name in _IMMUTABLE):
            os.link(one, other)
        else:
            shutil.copyfile(one, other)
            shutil.copymode(one, other)

    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True, copy_function=copy)


def _limit_file_size(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


_watched: list[Disk] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    """Python calls it before each call that it audits; a hook cannot be removed, only be idle."""
    if not _watched or (event != "open" and event not in _CHANGES):
        return
    if event == "open" and not (args[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        return
    if str(args[0]).startswith(f"{_watched[-1].folder}/"):
        _watched[-1].moment(event)


class _Connection:
    """A connection of DuckDB whose commits are moments."""

    def __init__(self, real: duckdb.DuckDBPyConnection | Attached, disk: Disk) -> None:
        self._real = real
        self._disk = disk

    def commit(self) -> None:
        try:
            self._disk.moment("commit")
        except duckdb.Error:
            self._real.rollback()  # as DuckDB does where it cannot write its log
            raise
        self._real.commit()
        self._disk.moment("committed")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """As DuckDB's."""
        if isinstance(self._real, Attached):
            return self._real.execute(sql, values)
        return execute(self._real, sql, values)

    def close(self) -> None:
        try:
            self._disk.moment("close")
        finally:  # later it would remove the log of the folder that the kill left
            self._real.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def watching(disk: Disk) -> Iterator[None]:
    """Count the moments of a run, and let its fault happen."""
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked.append(True)
    fsync, run = os.fsync, subprocess.run

    def connected(path: str, *, config: Mapping[str, Any], **options: Any) -> Any:
        if path == ":memory:":  # no disk, no fault
            return connect(path, config=dict(config), **options)
        # What a fault does to DuckDB stays in a DuckDB of its own, as it is in the product.
        if disk.fault is Fault.NONE and is_warehouse(path, config):
            return _Connection(Attached(path, **options), disk)
        # One thread: the order of writes is the same in each replay.
        own = {**config, "threads": 1, "default_block_size": BLOCK_BYTES}
        return _Connection(connect(path, config=own, **options), disk)

    def synced(descriptor: int) -> None:
        disk.moment("fsync")
        fsync(descriptor)

    def git_run(argv: Any, *, cwd: Path | None = None, **options: Any) -> Any:
        if cwd is None or not Path(cwd).is_relative_to(disk.folder):
            return run(argv, cwd=cwd, **options)  # the host's own
        disk.moment("git")
        ended = run(argv, cwd=cwd, **options)
        disk.moment("git ended")
        return ended

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    _watched.append(disk)
    try:
        with (
            patch.object(duckdb, "connect", connected),
            patch.object(os, "fsync", synced),
            patch.object(subprocess, "run", git_run),
        ):
            yield
    finally:
        _watched.pop()
        _limit_file_size(hard)


_hooked: list[bool] = []


@dataclass(slots=True)
class VirtualTime:
    """Seconds that pass only while everybody waits."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


class _Selector(selectors.DefaultSelector):
    """Where the event loop would wait, time is moved forward."""

    time: VirtualTime

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            return list(super().select(None))
        ready = super().select(0)
        if not ready:
            self.time.seconds += timeout
        return list(ready)


@contextmanager
def virtual_time() -> Iterator[VirtualTime]:
    """Event loops in which nobody waits: the next timer is due as soon as nothing else is."""
    time = VirtualTime()

    def new_event_loop() -> asyncio.AbstractEventLoop:
        selector = _Selector()
        selector.time = time
        loop = asyncio.SelectorEventLoop(selector)
        loop.time = time  # type: ignore[method-assign]
        return loop

    # what `asyncio.run` calls; Python 3.14 deprecates the policies that were made for this
    with patch.object(asyncio.events, "new_event_loop", new_event_loop):
        yield time
