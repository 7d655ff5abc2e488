"""Files that are written whole or not at all."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfileobj, rmtree
from tempfile import TemporaryDirectory

_PREFIX, _SUFFIX = ".staycurrent-", ".new"
_LEFTOVER_S = 24 * 3600.0
"""No draft takes a day: an older one was left by a process that was killed."""
MACHINE_ERRORS = {
    errno.ENOSPC: "free disk space",
    errno.EDQUOT: "free disk space, or raise the quota",
    errno.EFBIG: "raise `ulimit -f`",
    errno.EROFS: "mount it writable",
    errno.EACCES: "give this user the right to it",
    errno.EPERM: "give this user the right to it",
    errno.EIO: "check the disk",
    errno.EMFILE: "raise `ulimit -n`",
    errno.ENFILE: "close files of other programs",
    errno.ENOMEM: "free memory, or raise `ulimit -v`",
}
"""What to do about errors of the machine, which are not bugs wherever they occur."""


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """A free path for the next content of `target`, in a folder of its own next to it.

    The folder's name cannot be predicted and only its owner may write into it, so nobody can put a
    symbolic link in the draft's place, and two writers do not meet. It is removed at the end.
    Raises OSError.
    """
    with TemporaryDirectory(
        _SUFFIX, _PREFIX, dir=target.parent, ignore_cleanup_errors=True
    ) as folder:
        began = Path(folder).lstat().st_mtime
        for leftover in target.parent.glob(f"{_PREFIX}*{_SUFFIX}"):
            with suppress(OSError):
                if leftover.lstat().st_mtime < began - _LEFTOVER_S:
                    rmtree(leftover)
        yield Path(folder, target.name)


def write_file(path: Path, content: bytes) -> None:
    """Replace the content of a file; a reader sees the old or the new one. Raises OSError."""
    with draft_of(path) as draft:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_file(draft, path)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file to a new one and sync it; it may be incomplete until then. Raises OSError."""
    with source.open("rb") as file, target.open("xb") as copied:
        copyfileobj(file, copied)
        copied.flush()
        os.fsync(copied.fileno())


def move_file(source: Path, target: Path) -> None:
    """Rename a file, replacing the target, and sync the folder. Raises OSError."""
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Sync a folder: a rename is only on disk once its folder is. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def make_own_folder(folder: Path) -> None:
    """Create a folder of ours that git is to ignore, unless it exists. Raises OSError."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return
    (folder / ".gitignore").write_text("*\n", encoding="ascii")


class LockFile:
    """A file that one process can lock, and that names it; the system releases a dead one's lock.

    The file stays: to remove it would race with the next process. Raises OSError.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self.descriptor = os.open(path, flags, 0o666)

    def take(self) -> bool:
        """Whether it is locked now; False if another process has it locked."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def name_holder(self, process: int | None) -> None:
        """Write which process has it locked, as far as the disk has room; None: none has."""
        with suppress(OSError):
            os.ftruncate(self.descriptor, 0)
            os.pwrite(self.descriptor, b"%d" % process if process else b"", 0)

    def holder(self) -> int | None:
        """Which process has it locked; None if that is not known."""
        named = os.pread(self.descriptor, 20, 0)
        return int(named) if named.isdigit() else None

    def close(self) -> None:
        """Close the file, which releases the lock unless another process has inherited it."""
        os.close(self.descriptor)
