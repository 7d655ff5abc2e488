"""Files that appear whole or not at all, and stay when the power goes."""

import os
from contextlib import suppress
from pathlib import Path

_CHUNK = 1 << 20


def write(path: Path, content: bytes) -> None:
    """Give a file these bytes; a reader sees the old ones or the new. Raises OSError."""
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def copy(source: Path, target: Path) -> None:
    """Copy the bytes of a file to where nothing depends on it yet. Raises OSError."""
    with source.open("rb") as file, target.open("wb") as copied:
        while chunk := file.read(_CHUNK):
            copied.write(chunk)
        copied.flush()
        os.fsync(copied.fileno())


def move(source: Path, target: Path) -> None:
    """Give a file another name, in place of what had it; the new name is on disk. OSError."""
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Without it a new name may be lost with the power: a rename is not yet on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
