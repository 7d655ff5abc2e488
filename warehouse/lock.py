"""Checks of the warehouse's file before DuckDB opens it, and the lock of its one writer."""

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from staycurrent.files import make_own_folder
from staycurrent.warehouse.committed_rows import RESTORE_HINT, committed_path, refuse_lost_file
from staycurrent.warehouse.errors import WarehouseBusy, WarehouseMissing, WarehouseUnusable

_HEADER_BYTES = 3 * 4096
_MAGIC_OFFSET = 8


def check_file(path: Path) -> bool:
    """Whether the file exists; raises WarehouseUnusable if it is not a DuckDB database.

    DuckDB must not open anything else: for a SQLite file it downloads an extension, and on a pipe
    it waits.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        wal = path.with_name(f"{path.name}.wal")
        if wal.exists():
            raise WarehouseUnusable(
                f"{path} is missing, but its log {wal.name} holds rows that are not in it yet: "
                f"put the file back next to its log, or {RESTORE_HINT}"
            ) from None
        refuse_lost_file(path)
        return False
    except OSError as error:
        raise WarehouseUnusable(
            f"{path} cannot be reached ({error.strerror}): name another file"
        ) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise WarehouseUnusable(f"{path} is {kind}: name a file for the warehouse")
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
    except OSError as error:
        raise WarehouseUnusable(f"{path} cannot be read ({error.strerror})") from error
    _refuse_other_file(path, head)
    return True


def _refuse_other_file(path: Path, head: bytes) -> None:
    """Raise WarehouseUnusable if a file does not begin as a DuckDB database does."""
    is_database = head[_MAGIC_OFFSET : _MAGIC_OFFSET + 4] == b"DUCK"
    if not is_database and committed_path(path).exists():  # it was a warehouse
        raise WarehouseUnusable(f"{path} is damaged: {RESTORE_HINT}")
    if not head:
        raise WarehouseUnusable(f"{path} is empty, not a warehouse: remove it to start a new one")
    if head.startswith(b"SQLite format 3\0"):
        raise WarehouseUnusable(f"{path} is a SQLite database, not a warehouse: name another file")
    if not is_database:
        raise WarehouseUnusable(f"{path} is not a DuckDB database: name another file")
    if len(head) < _HEADER_BYTES:
        raise WarehouseUnusable(f"{path} is truncated: {RESTORE_HINT}")


def require_file(path: Path) -> None:
    """As `check_file`; raises WarehouseMissing if there is no file."""
    if not check_file(path):
        raise WarehouseMissing(f"{path} does not exist: the first run creates it")


def has_wal(path: Path) -> bool:
    """Whether a write-ahead log may hold rows that are not in the file yet."""
    prefix = f"{path.name}.wal"  # DuckDB 2 has a second one during a checkpoint
    return any(file.name.startswith(prefix) for file in path.parent.iterdir())


def busy_message(path: Path, process: str) -> str:
    """The message for a file that another run has open; `process` is its id, or empty."""
    holder = f" (process {process})" if process.isdigit() else ""
    return f"{path} is open in another run{holder}: try again when it has ended"


class WriterLock:
    """The lock of the one writer, on `PATH.lock`; the system releases it when the process ends.

    DuckDB's own lock needs an existing file and does not work within a process.
    """

    def __init__(self, path: Path) -> None:
        lock = path.with_name(f"{path.name}.lock")
        try:
            make_own_folder(path.parent)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(lock, flags, 0o666)
        except OSError as error:
            raise WarehouseUnusable(
                f"{path} cannot be written: {lock.name} cannot be created in its folder "
                f"({error.strerror})"
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            if isinstance(error, BlockingIOError):
                raise WarehouseBusy(busy_message(path, holder)) from error
            raise WarehouseUnusable(f"{path} cannot be locked ({error.strerror})") from error
        with suppress(OSError):  # the disk is full: the message lacks the process, the lock holds
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Release the lock. Its file stays: to remove it would race with the next writer."""
        with suppress(OSError):  # the process id stays, which nobody reads without the lock
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
