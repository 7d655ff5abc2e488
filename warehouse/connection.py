"""Connections to DuckDB that can access nothing but the warehouse; its errors and values."""

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

import duckdb

from staycurrent.files import MACHINE_ERRORS
from staycurrent.warehouse.file import RESTORE_HINT, WarehouseUnusable, busy

_Config = dict[str, str | bool | int | float | list[str]]

# https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview: with these settings,
# SQL cannot read other files, load an extension, read Python variables or undo the settings.
HARDENED: _Config = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": "1GB",
    "max_temp_directory_size": "1GB",
    "lock_configuration": True,
    # DuckDB 1.4 and later open a file that is made with it; by default, 2.0's files need 2.0.
    "storage_compatibility_version": "v1.4.0",
}
_SMALL = 32 << 20
"""Bytes of a file below which a second thread costs more than it brings: docs/scale.md."""
_DISK_ERRORS = (
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.SerializationException,
)

_ODD = "?\\"
"""Characters of paths that DuckDB takes for the start of a URL's query, and for a `/`."""
_NESTED = re.compile(r'\{"exception_type".*"exception_message":"(.*?)","errno".*\}')
"""How DuckDB 2 reports what happened in another thread."""


def connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file; raises WarehouseBusy and WarehouseUnusable."""
    # Blocks of a file can be read again, and larger queries spill into a temporary folder.
    config = {**HARDENED, "memory_limit": "192MB"}
    if not path.exists() or path.stat().st_size < _SMALL:
        config["threads"] = 1
    return _connect(path, config, read_only=read_only)


def connect_with_folder(path: Path, folder: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """As `connect`, with access to the files of one folder."""
    set_later = ("enable_external_access", "lock_configuration")
    config = {key: value for key, value in HARDENED.items() if key not in set_later}
    config["threads"] = 1  # so that equal rows give equal bytes
    con = _connect(path, config, read_only=read_only)
    spellings = ", ".join(sql_string(f"{one}/") for one in {str(folder), escape_glob(folder)})
    con.execute(f"SET allowed_directories = [{spellings}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def _connect(path: Path, config: _Config, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    if odd := next((one for one in _ODD if one in str(path)), ""):
        raise WarehouseUnusable(
            f"{path} cannot be opened: DuckDB opens no file with {odd} in its path: rename the "
            "folder, or name another place with --warehouse or warehouse.path"
        )
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.ConnectionException as error:  # this process has it open in another mode
        raise busy(path, os.getpid()) from error
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            holder = re.search(r"PID (\d+)", str(error))
            raise busy(path, int(holder[1]) if holder else None) from error
        if todo := _what_to_do(error):
            raise WarehouseUnusable(
                f"{path} cannot be opened ({first_line(error)}): {todo}"
            ) from error
        raise WarehouseUnusable(
            f"{path} cannot be opened: it is damaged, or written by a newer DuckDB "
            f"({first_line(error)}): {RESTORE_HINT}"
        ) from error


def escape_glob(path: Path) -> str:
    """A path whose special characters are literal where DuckDB expects a glob pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def sql_string(text: Path | str) -> str:
    """A string literal, for statements that take no parameters."""
    return "'" + str(text).replace("'", "''") + "'"


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Raise WarehouseUnusable for DuckDB's errors about a full disk or a damaged file.

    A signal during a query is a RuntimeError of DuckDB, which loses the KeyboardInterrupt.
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise
    except duckdb.Error as error:
        is_failed_commit = isinstance(error, duckdb.TransactionException) and (
            "Failed to commit" in str(error)
        )
        # A wrong checksum of a block is a plain duckdb.Error. Anything else is a bug of ours.
        if is_failed_commit or isinstance(error, _DISK_ERRORS) or type(error) is duckdb.Error:
            raise failure(path, error) from error
        raise


def failure(path: Path, error: duckdb.Error) -> WarehouseUnusable:
    """The error for a file that was opened, but could not be read or written."""
    todo = _what_to_do(error)
    hint = f"{todo}; what was committed is not lost"
    if not todo:
        hint = f"free disk space, or if it is damaged: {RESTORE_HINT}"
    return WarehouseUnusable(f"{path} could not be read or written ({first_line(error)}): {hint}")


def _what_to_do(error: duckdb.Error) -> str:
    """What to do about what the machine refuses; empty if the file may be damaged."""
    if _is_out_of_memory(error):
        return MACHINE_ERRORS[errno.ENOMEM]
    refused = (number for number in MACHINE_ERRORS if os.strerror(number) in str(error))
    return next((MACHINE_ERRORS[one] for one in refused if one != errno.EIO), "")


def _is_out_of_memory(error: duckdb.Error) -> bool:
    """Whether the machine has too little memory: then there is nothing to restore."""
    text = str(error)
    is_memory = isinstance(error, duckdb.OutOfMemoryException) or "bad_alloc" in text
    return is_memory and "max_temp_directory" not in text


def first_line(error: duckdb.Error) -> str:
    """DuckDB's message without the query that it appends."""
    line = str(error).partition("\n")[0].strip()
    return _NESTED.sub(lambda nested: nested[1].replace('\\"', '"'), line)


Value = Any
"""What a column holds: str, int, float, bool, bytes, date, naive datetime, list of str, None."""


R = TypeVar("R")
E = TypeVar("E", bound=StrEnum)


def to_row(record: Any) -> tuple[Value, ...]:
    """What columns hold of a dataclass: its fields, in order."""
    return tuple(to_column(getattr(record, one.name)) for one in fields(record))


def to_column(value: object) -> Value:
    """What a column holds of a value."""
    match value:
        case str():
            return utf8_text(value)
        case datetime():
            return naive_utc(value)
        case tuple():
            return [to_column(one) for one in value]
        case frozenset():
            return sorted(map(to_column, value))
        case _:
            return value


def from_row(kind: Callable[..., R], row: Iterable[Value]) -> R:
    """The dataclass whose fields a row has, in order; the last ones may be missing."""
    values = list(row)
    for index, convert in _converters_of(kind):
        if index < len(values) and values[index] is not None:
            values[index] = convert(values[index])
    return kind(*values)


@cache
def _converters_of(kind: Any) -> tuple[tuple[int, Callable[[Value], object]], ...]:
    """For the fields that are not as their columns are: which one, and how it is made."""
    found: list[tuple[int, Callable[[Value], object]]] = []
    for index, field in enumerate(fields(kind)):
        hint, *_ = get_args(field.type) if isinstance(field.type, UnionType) else (field.type,)
        if hint is datetime:
            found.append((index, aware_utc))
        elif get_origin(hint) in (tuple, frozenset):
            found.append((index, get_origin(hint)))
        elif isinstance(hint, type) and issubclass(hint, StrEnum):
            found.append((index, partial(member_of, hint)))
    return tuple(found)


def member_of(kind: type[E], value: str) -> E:
    """What a column of a closed set holds; raises WarehouseUnusable for what is not of the set."""
    try:
        return kind(value)
    except ValueError:
        name = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
        raise WarehouseUnusable(
            f"the warehouse has the {name} {value!r}, which this version does not know: it was "
            "written by a later staycurrent; install that"
        ) from None


def naive_utc(moment: datetime) -> datetime:
    """An aware datetime as the naive UTC of a column; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset from UTC")
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware_utc(moment: datetime) -> datetime:
    """The naive UTC of a column as an aware datetime."""
    return moment.replace(tzinfo=UTC)


def utf8_text(text: str) -> str:
    """Text without lone surrogates, which JSON can hold and UTF-8 cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
