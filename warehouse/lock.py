"""The warehouse's file before DuckDB sees it: what it is, and who may write it."""

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from staycurrent.warehouse.committed_rows import RESTORE_HINT, refuse_lost_file
from staycurrent.warehouse.errors import WarehouseBusy, WarehouseMissing, WarehouseUnusable

_HEADERS = 3 * 4096
_MAGIC_AT = 8


def check_file(path: Path) -> bool:
    """Say whether there is a file that looks like DuckDB's; raises WarehouseUnusable where not.

    DuckDB must not be handed anything else: it takes a SQLite file for an invitation to download
    an extension, and a pipe for something to wait on.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        _refuse_orphaned_log(path)
        refuse_lost_file(path)
        return False
    except OSError as error:
        raise WarehouseUnusable(
            f"{path} cannot be reached ({error.strerror}): name another file"
        ) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise WarehouseUnusable(f"{path} is {kind}: name a file for the warehouse")
    _refuse_other_content(path)
    return True


def require_file(path: Path) -> None:
    """As `vet`, and WarehouseMissing where there is no file."""
    if not check_file(path):
        raise WarehouseMissing(f"{path} does not exist: a first run makes it")


def has_wal(path: Path) -> bool:
    """Whether rows may lie beside the file that were never moved into it."""
    beginning = f"{path.name}.wal"  # DuckDB 2 keeps a second one while it moves the first
    return any(one.name.startswith(beginning) for one in path.parent.iterdir())


def _refuse_other_content(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEADERS)
    except OSError as error:
        raise WarehouseUnusable(f"{path} cannot be read ({error.strerror})") from error
    if not head:
        raise WarehouseUnusable(f"{path} is empty, not a warehouse: remove it to begin a new one")
    if head.startswith(b"SQLite format 3\0"):
        raise WarehouseUnusable(f"{path} is a SQLite database, not a warehouse: name another file")
    if head[_MAGIC_AT : _MAGIC_AT + 4] != b"DUCK":
        raise WarehouseUnusable(f"{path} is not a DuckDB database: name another file")
    if len(head) < _HEADERS:
        raise WarehouseUnusable(f"{path} is cut short: {RESTORE_HINT}")


def _refuse_orphaned_log(path: Path) -> None:
    log = path.with_name(f"{path.name}.wal")
    if log.exists():
        raise WarehouseUnusable(
            f"{path} is missing, but its log {log.name} is there with rows that were never moved "
            f"into it: put the file back beside its log, or {RESTORE_HINT}"
        )


class WriterLock:
    """The one writer's claim on a warehouse: a lock on `PATH.lock`, given up when its holder dies.

    DuckDB locks its file too, but only once the file exists and only between processes.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = _opened(path)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            if not isinstance(error, BlockingIOError):
                raise WarehouseUnusable(f"{path} cannot be locked ({error.strerror})") from error
            raise WarehouseBusy(busy_message(path, holder)) from error
        with suppress(
            OSError
        ):  # a full disk: who holds it is not told, and it is held all the same
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let the next writer in; the lock's file stays, as removing it would race with them."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def _opened(path: Path) -> int:
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        raise WarehouseUnusable(
            f"{path} cannot be written, its folder refuses {lock.name} ({error.strerror})"
        ) from error


def busy_message(path: Path, process: str) -> str:
    """The sentence for a file that another run holds; `process` is its id, or empty."""
    who = f" (process {process})" if process.isdigit() else ""
    return f"{path} is held by another run{who}: try again when it has ended"
