"""Files that are written whole or not at all, and why a warehouse cannot be opened or used."""

import os
from contextlib import suppress
from pathlib import Path


class WarehouseBusy(Exception):
    """Another run has the file open; try again later."""


class WarehouseUnusable(Exception):
    """The file is not a warehouse, is damaged, or cannot be written; waiting does not help."""


class WarehouseMissing(WarehouseUnusable):
    """There is no file to read."""


_CHUNK_BYTES = 1 << 20


def write(path: Path, content: bytes) -> None:
    """Replace the content of a file; a reader sees the old or the new one. Raises OSError."""
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
    """Copy a file and sync the copy, which may be incomplete until then. Raises OSError."""
    with source.open("rb") as file, target.open("wb") as copied:
        while chunk := file.read(_CHUNK_BYTES):
            copied.write(chunk)
        copied.flush()
        os.fsync(copied.fileno())


def move(source: Path, target: Path) -> None:
    """Rename a file, replacing the target, and sync the folder. Raises OSError."""
    source.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # a rename is only on disk once its folder is
    finally:
        os.close(folder)
