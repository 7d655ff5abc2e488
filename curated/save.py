"""Reads a list from disk, and replaces it as a whole or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from staycurrent.files import draft_of, sync_folder

MAX_BYTES: Final = 50 * 1024 * 1024
"""Lists are written by people, and GitHub renders none above 512 KB."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class UnusableList(Exception):
    """A list that cannot be read or written; the message says which one and what to do."""


def read_list(path: Path) -> bytes:
    """The bytes of a list; raises UnusableList unless it is a UTF-8 file of at most 50 MB."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UnusableList(f"the list {path} is a folder: name the markdown file in it")
        if not stat.S_ISREG(found.st_mode):
            raise UnusableList(f"the list {path} is not a regular file")
        if found.st_size > MAX_BYTES:
            size = found.st_size / 1024 / 1024
            raise UnusableList(f"the list {path} has {size:.0f} MB, more than the limit of 50 MB")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UnusableList(
            f"the list {path} does not exist: name another in list.paths of the settings, or with "
            "--list"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnusableList(f"the list {path} cannot be read: {reason}") from error
    _require_utf_8(path, raw)
    return raw


def replace_atomically(path: Path, before: bytes, after: bytes) -> bool:
    """Write a list unless nothing would change; returns whether it was written.

    A reader sees the old list or the new one, whatever happens. Symbolic links are followed,
    permissions are kept. Raises UnusableList, and leaves the old list in place, if the file no
    longer contains `before`, is read-only or cannot be written.
    """
    if before == after:
        return False
    target = path.resolve()
    _require_unedited(target, before)
    require_writable(path)
    try:
        with draft_of(target) as draft:
            with draft.open("xb") as file:
                found = target.stat()
                os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode))
                if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                    with suppress(PermissionError):  # only root may keep another user's ownership
                        os.fchown(file.fileno(), found.st_uid, found.st_gid)
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            _require_unedited(target, before)  # again: fsync may have taken seconds
            draft.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnusableList(f"the list {path} cannot be replaced: {reason}") from error
    with suppress(OSError):  # some network file systems do not support it
        sync_folder(target.parent)
    return True


def require_writable(path: Path) -> None:
    """Raise UnusableList if the list cannot be written, or replaced by a new file."""
    target = path.resolve()
    if not os.access(target, os.W_OK) or not target.stat().st_mode & stat.S_IWUSR:
        raise UnusableList(f"the list {path} is read-only: allow writing with chmod u+w {path}")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise UnusableList(
            f"the folder of the list {path} is read-only, and a list is replaced by a new file: "
            f"allow writing with chmod u+w {target.parent}"
        )


def _require_utf_8(path: Path, raw: bytes) -> None:
    if raw.startswith(_UTF_16):
        raise UnusableList(
            f"the list {path} is UTF-16, not UTF-8: convert it with iconv -f UTF-16 -t UTF-8 {path}"
        )
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnusableList(
            f"the list {path} is not UTF-8 (line {line}, byte 0x{raw[error.start]:02X}): "
            f"convert it with iconv -f WINDOWS-1252 -t UTF-8 {path}"
        ) from None
    if b"\0" in raw and raw.count(b"\0") * 100 > len(raw):
        raise UnusableList(f"the list {path} is a binary file, full of NUL bytes")


def _require_unedited(path: Path, before: bytes) -> None:
    if read_list(path) != before:
        raise UnusableList(f"the list {path} was edited during the run: nothing is written")
