"""DuckDB itself: a connection that touches nothing but its file, and failures as sentences."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from staycurrent.warehouse.committed_rows import RESTORE_HINT
from staycurrent.warehouse.errors import WarehouseBusy, WarehouseUnusable
from staycurrent.warehouse.lock import busy_message

Config = dict[str, str | bool | int | float | list[str]]

# duckdb.org/security: SQL is executable code, ATTACH loads a library. Nothing here
# reads another file, loads an extension, sees a Python variable, or undoes these settings.
HARDENED: Config = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": "1GB",
    "max_temp_directory_size": "1GB",
    "lock_configuration": True,
}
_OF_FILE: Config = {**HARDENED, "memory_limit": "192MB"}
"""What lies in a file need not lie in memory as well; what a query cannot hold goes to a folder
beside the file, which is gone when it is closed."""
_FAILURES = (
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.SerializationException,
)


def connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open a file that is known to be DuckDB's; raises WarehouseBusy and WarehouseUnusable."""
    return _connected(path, _OF_FILE, read_only=read_only)


def connect_with_folder(path: Path, folder: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """As `connect`, and files of that one folder can be read and written."""
    closed_later = ("enable_external_access", "lock_configuration")
    config = {key: value for key, value in HARDENED.items() if key not in closed_later}
    # One thread, so that the same rows make the same bytes.
    config["threads"] = 1
    con = _connected(path, config, read_only=read_only)
    spellings = ", ".join(sql_string(f"{one}/") for one in {str(folder), escape_glob(folder)})
    con.execute(f"SET allowed_directories = [{spellings}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def escape_glob(path: Path) -> str:
    """A path in which nothing is a pattern: DuckDB takes the names of files to read for globs."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def sql_string(text: Path | str) -> str:
    """A text as SQL writes it, where no value can be bound."""
    return "'" + str(text).replace("'", "''") + "'"


def _connected(path: Path, config: Config, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.ConnectionException as error:  # this process has it open in another mode
        raise WarehouseBusy(busy_message(path, str(os.getpid()))) from error
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            holder = re.search(r"PID (\d+)", str(error))
            raise WarehouseBusy(busy_message(path, holder[1] if holder else "")) from error
        raise WarehouseUnusable(
            f"{path} cannot be opened, it is damaged or of a newer DuckDB "
            f"({first_line(error)}): {RESTORE_HINT}"
        ) from error


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn what DuckDB says of a full disk or a damaged block into a sentence."""
    try:
        yield
    except duckdb.Error as error:
        if _is_failure(error):
            raise failure(path, error) from error
        raise


def _is_failure(error: duckdb.Error) -> bool:
    """Whether the file or the disk is to blame; anything else is a bug of ours."""
    if isinstance(error, duckdb.TransactionException):
        return "Failed to commit" in str(error)  # the log could not be written
    # A block whose checksum is wrong comes as no kind of error in particular.
    return isinstance(error, _FAILURES) or type(error) is duckdb.Error


def failure(path: Path, error: duckdb.Error) -> WarehouseUnusable:
    """The sentence for a file that opened, and then could not be read or written."""
    return WarehouseUnusable(
        f"{path} could not be read or written ({first_line(error)}): "
        f"free disk space, or if it is damaged: {RESTORE_HINT}"
    )


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without the query that it adds."""
    return str(error).partition("\n")[0].strip()
