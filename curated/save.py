"""A list on disk: read with care, and replaced whole or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 50 * 1024 * 1024
"""Bytes; a list is written by people, and GitHub shows none above 512 KB."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class UnusableList(Exception):
    """A list that cannot be read or written; the sentence names it and the mend."""


def read_list(path: Path) -> bytes:
    """The bytes of a list; raises UnusableList where it is no readable UTF-8 file below 50 MB."""
    try:
        found = path.stat()
        _refuse_other_than_file(path, found)
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UnusableList(f"the list {path} does not exist: name another with --list") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnusableList(f"the list {path} cannot be read: {reason}") from error
    _refuse_other_than_utf_8(path, raw)
    return raw


def replace_atomically(path: Path, before: bytes, after: bytes) -> bool:
    """Give a list new bytes; whether it was written, False where nothing would change.

    A reader sees the old list or the new one, whatever happens; symbolic links are followed, the
    permissions stay. Raises UnusableList, with the old list in place, where the file no longer
    holds `before`, is read-only or cannot be written.
    """
    if before == after:
        return False
    target = path.resolve()
    _refuse_edited(target, before)
    require_writable(path)
    try:
        _replace(target, before, after)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnusableList(f"the list {path} cannot be replaced: {reason}") from error
    return True


def require_writable(path: Path) -> None:
    """Raise UnusableList where the list could be read and not written."""
    target = path.resolve()
    if not os.access(target, os.W_OK) or not target.stat().st_mode & stat.S_IWUSR:
        raise UnusableList(f"the list {path} is read-only: allow writing with chmod u+w {path}")


def _refuse_other_than_file(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise UnusableList(f"the list {path} is a folder: name the markdown file in it")
    if not stat.S_ISREG(found.st_mode):
        raise UnusableList(f"the list {path} is no regular file")
    if found.st_size > MAX_BYTES:
        size = found.st_size / 1024 / 1024
        raise UnusableList(f"the list {path} has {size:.0f} MB, more than 50: it is not read")


def _refuse_other_than_utf_8(path: Path, raw: bytes) -> None:
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


def _refuse_edited(path: Path, before: bytes) -> None:
    if read_list(path) != before:
        raise UnusableList(f"the list {path} was edited meanwhile: it is left as it is, run again")


def _replace(target: Path, before: bytes, after: bytes) -> None:
    # Always the same name: what a kill leaves behind is overwritten, and gone, the next time.
    draft = target.with_name(f".{target.name}.staycurrent")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            _keep_rights(file.fileno(), target.stat())
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        _refuse_edited(target, before)  # again: fsync may have taken seconds
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _keep_rights(handle: int, found: os.stat_result) -> None:
    """Mode always; the owner where the system lets us, so that root's run takes no list away."""
    os.fchmod(handle, stat.S_IMODE(found.st_mode))
    if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.fchown(handle, found.st_uid, found.st_gid)


def _sync_folder(folder: Path) -> None:
    """Without it the new name may be lost with the power (rename is not yet on disk)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems know no such thing; the list stands
            os.fsync(handle)
    finally:
        os.close(handle)
