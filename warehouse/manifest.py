"""The manifest of an export: which schema it has, and each file with its rows and its digest."""

import json
import re
import stat
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from staycurrent.warehouse.migrations import Applied
from staycurrent.warehouse.refusals import WarehouseUnusable

NAME = "manifest.json"
_FORMAT = 1
_LARGEST = 4 << 20
_FILE = re.compile(r"[a-z_]{1,40}(-\d{4}-\d\d)?\.parquet")
_TABLE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Part:
    """One file: the rows of a table, or those of one month."""

    table: str
    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds."""

    migrations: tuple[Applied, ...]
    """Its schema, as the warehouse's own ledger had it."""
    tables: tuple[str, ...]
    parts: tuple[Part, ...]
    """A table without rows has none."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self.parts)


def written(manifest: Manifest) -> bytes:
    """The manifest as text: the same for the same rows, a line for each file."""
    told = {"format": _FORMAT, **asdict(manifest)}
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()


def read(folder: Path) -> Manifest:
    """The manifest of a folder; raises WarehouseUnusable for what is no export of ours.

    Nothing that it names is believed: file names are plain, and every file is there, a regular
    one, with the digest that was noted.
    """
    _refuse_other_than_file(folder / NAME, _LARGEST)
    try:
        found = _manifest(json.loads((folder / NAME).read_bytes()))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WarehouseUnusable(f"{folder / NAME} is no manifest of an export: {error}") from error
    for part in found.parts:
        path = folder / part.file
        _refuse_other_than_file(path, None)
        with path.open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != part.sha256:
                raise WarehouseUnusable(
                    f"{path} is not what was exported, it was changed or cut: export again, or "
                    f"take an older state of the folder"
                )
    return found


def _manifest(told: Any) -> Manifest:
    if told["format"] != _FORMAT:
        raise ValueError(f"format {told['format']!r} is not known here")
    migrations = tuple(Applied(**_typed(one, number=int)) for one in told["migrations"])
    parts = tuple(Part(**_typed(one, rows=int)) for one in told["parts"])
    tables = tuple(told["tables"])
    for table in tables:
        if not (isinstance(table, str) and _TABLE.fullmatch(table)):
            raise ValueError(f"{table!r} is no table")
    for part in parts:
        if not _FILE.fullmatch(part.file) or part.table not in tables:
            raise ValueError(f"{part.file!r} is no file of a table")
    if not migrations or len({part.file for part in parts}) != len(parts):
        raise ValueError("it names no schema, or a file twice")
    return Manifest(migrations, tables, parts)


def _typed(told: dict[str, Any], **numbers: type[int]) -> dict[str, Any]:
    for key, value in told.items():
        if type(value) is not numbers.get(key, str):
            raise ValueError(f"{key} cannot be {value!r}")
    return told


def _refuse_other_than_file(path: Path, largest: int | None) -> None:
    try:
        found = path.lstat()
    except OSError as error:
        raise WarehouseUnusable(
            f"{path} cannot be read ({error.strerror}): name a folder that `staycurrent export` "
            f"wrote"
        ) from error
    if not stat.S_ISREG(found.st_mode) or (largest is not None and found.st_size > largest):
        raise WarehouseUnusable(f"{path} is no regular file of a believable size")
