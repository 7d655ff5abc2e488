"""Opening a warehouse: what is made, what is refused with which sentence, and what is untouched."""

import contextlib
import errno
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from staycurrent.links.observation import Outcome
from staycurrent.warehouse import migrations, runs
from staycurrent.warehouse.file import (
    WarehouseBusy,
    WarehouseMissing,
    WarehouseUnusable,
    WriterLock,
)
from staycurrent.warehouse.migrations import Migration, known_migrations
from staycurrent.warehouse.open import Warehouse, open_in_memory, open_warehouse
from tests.support.values import CODE, PAPER, judged, outcomes

_HOLD = """
import sys
from pathlib import Path
from staycurrent.warehouse.open import open_warehouse
with open_warehouse(Path(sys.argv[1]), read_only=sys.argv[2] == "read"):
    print("open", flush=True)
    sys.stdin.read()
"""

_FEW_FILES = """
import os, resource, sys
from pathlib import Path
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.open import open_warehouse
free = os.open(os.devnull, os.O_RDONLY)
os.close(free)
resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, free + 1))
try:
    open_warehouse(Path(sys.argv[1]), read_only=True)
except WarehouseUnusable as error:
    print(error)
"""


@contextlib.contextmanager
def held(path: Path, how: str) -> Iterator[int]:
    """Another process has the warehouse open; its id."""
    command = [sys.executable, "-c", _HOLD, str(path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield process.pid
        process.stdin.close()


def contents(path: Path) -> dict[str, bytes]:
    """Every file of a warehouse's folder but the lock and `.gitignore`."""
    return {
        file.name: file.read_bytes()
        for file in path.parent.iterdir()
        if file.is_file() and not file.name.endswith((".lock", ".gitignore"))
    }


def made(path: Path) -> Path:
    """A warehouse with two nights in it, closed."""
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {PAPER: Outcome.OK, CODE: Outcome.OK})
        judged(warehouse, 2, {PAPER: Outcome.MISSING})
    return path


def test_a_writer_makes_the_folder_the_file_and_the_schema(path: Path) -> None:
    with open_warehouse(path) as warehouse:
        assert runs.latest(warehouse) is None
    assert sorted(contents(path)) == ["warehouse.duckdb"]
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_a_folder_of_somebody_else_gets_no_gitignore(path: Path) -> None:
    path.parent.mkdir()
    open_warehouse(path).close()
    assert not (path.parent / ".gitignore").exists()


def test_what_was_written_is_there_for_the_next_writer_and_for_two_readers_at_once(
    path: Path,
) -> None:
    made(path)
    with open_warehouse(path) as warehouse:
        assert outcomes(warehouse, PAPER) == [(1, "ok"), (2, "missing")]
    with held(path, "read"), open_warehouse(path, read_only=True) as warehouse:
        assert outcomes(warehouse, CODE) == [(1, "ok")]


def test_rows_that_a_migration_removes_are_not_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(path)
    known = known_migrations()
    fewer = Migration(len(known) + 1, "999_fewer", "DELETE FROM observations WHERE run_id = 1")
    monkeypatch.setattr(migrations, "known_migrations", lambda: (*known, fewer))
    monkeypatch.setattr(migrations, "comment", lambda _: None)
    open_warehouse(path).close()
    with open_warehouse(path) as warehouse:
        assert outcomes(warehouse, PAPER) == [(2, "missing")]


def test_a_reader_cannot_write(path: Path) -> None:
    with (
        open_warehouse(made(path), read_only=True) as warehouse,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        judged(warehouse, 3, {PAPER: Outcome.OK})


def test_a_reader_leaves_every_byte_as_it_was(path: Path) -> None:
    before = contents(made(path))
    with open_warehouse(path, read_only=True) as warehouse:
        outcomes(warehouse, PAPER)
    assert contents(path) == before


@pytest.mark.parametrize("how", ["read", "write"])
def test_while_another_process_writes_nobody_else_opens(path: Path, how: str) -> None:
    made(path)
    with held(path, "write") as process:
        before = contents(path)
        with pytest.raises(WarehouseBusy) as refusal:
            open_warehouse(path, read_only=how == "read")
        assert contents(path) == before
    assert str(refusal.value) == (
        f"{path} is open in another run (process {process}): try again when it has ended"
    )


def test_while_another_process_reads_nobody_writes(path: Path) -> None:
    made(path)
    with held(path, "read") as process, pytest.raises(WarehouseBusy) as refusal:
        open_warehouse(path)
    assert f"(process {process})" in str(refusal.value)


@pytest.mark.parametrize("how", ["read", "write"])
def test_one_process_is_not_its_own_exception(path: Path, how: str) -> None:
    with open_warehouse(path), pytest.raises(WarehouseBusy, match=f"process {os.getpid()}"):
        open_warehouse(path, read_only=how == "read")


def test_two_writers_do_not_make_the_same_file_at_once(path: Path) -> None:
    lock = WriterLock(path)
    with pytest.raises(WarehouseBusy, match=f"process {os.getpid()}"):
        open_warehouse(path)
    lock.close()
    assert contents(path) == {}


def test_a_refused_or_closed_writer_lets_the_next_one_in(path: Path) -> None:
    with held(path, "write"), pytest.raises(WarehouseBusy):
        open_warehouse(path)
    warehouse = open_warehouse(path)
    warehouse.close()
    warehouse.close()
    with open_warehouse(path) as again:
        assert runs.latest(again) is None


def test_a_disk_on_which_the_lock_cannot_be_emptied_fails_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with open_warehouse(path) as warehouse:
        monkeypatch.setattr(os, "ftruncate", broken)
        judged(warehouse, 1, {CODE: Outcome.OK})
    open_warehouse(path).close()


def test_a_reader_of_a_missing_file_raises_and_creates_nothing(path: Path) -> None:
    with pytest.raises(WarehouseMissing) as refusal:
        open_warehouse(path, read_only=True)
    assert str(refusal.value) == f"{path} does not exist: the first run creates it"
    assert not path.parent.exists()


def _text(path: Path) -> None:
    path.write_text("# A list, not a warehouse\n" * 1000, encoding="utf-8")


def _sqlite(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.commit()


def _cut(length: int) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        made(path)
        os.truncate(path, length)

    return cut


def _foreign(path: Path) -> None:
    with contextlib.closing(duckdb.connect(str(path))) as connection:
        connection.execute("CREATE TABLE prices (x INTEGER)")


def _orphaned_log(path: Path) -> None:
    path.with_name(f"{path.name}.wal").write_bytes(b"rows that were never moved")


def _garbled(path: Path) -> None:
    made(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(255 - byte for byte in whole[4096:]))


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (_text, "is not a DuckDB database: name another file"),
        (_sqlite, "is a SQLite database, not a warehouse: name another file"),
        (Path.touch, "is empty, not a warehouse: remove it to start a new one"),
        (Path.mkdir, "is a folder: name a file for the warehouse"),
        (os.mkfifo, "is not a regular file: name a file for the warehouse"),
        (_cut(20), "is truncated: `staycurrent restore` puts"),
        (_cut(12288), "cannot be opened: it is damaged, or written by a newer DuckDB"),
        (_cut(300_000), "could not be read or written (IO Error: Could not read enough bytes"),
        (_garbled, "cannot be opened: it is damaged, or written by a newer DuckDB"),
        (_foreign, "is a DuckDB database, but not a warehouse: name another file"),
        (_orphaned_log, "is missing, but its log warehouse.duckdb.wal holds rows"),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_no_warehouse_is_refused_in_one_sentence_and_untouched(
    path: Path, build: Callable[[Path], None], sentence: str, *, read_only: bool
) -> None:
    path.parent.mkdir()
    build(path)
    before = contents(path) if not path.is_fifo() else {}
    with pytest.raises(WarehouseUnusable) as refusal:
        open_warehouse(path, read_only=read_only)
    assert str(refusal.value).startswith(f"{path} {sentence}")
    assert "\n" not in str(refusal.value)
    assert (contents(path) if not path.is_fifo() else {}) == before


def test_a_parent_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("no folder", encoding="utf-8")
    path = tmp_path / "notes" / "warehouse.duckdb"
    with pytest.raises(WarehouseUnusable, match=r"cannot be reached \(Not a directory\)"):
        open_warehouse(path)


@pytest.mark.parametrize("odd", ["?", "\\"])
def test_a_path_that_duckdb_does_not_open_is_named(tmp_path: Path, odd: str) -> None:
    path = tmp_path / f"what{odd}" / "warehouse.duckdb"
    with pytest.raises(WarehouseUnusable, match=re.escape(f"no file with {odd} in its path: ren")):
        open_warehouse(path)


def _tampered(path: Path, sql: str) -> None:
    made(path)
    with contextlib.closing(duckdb.connect(str(path))) as connection:
        connection.execute(sql)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_newer_schema_is_refused_with_the_version_that_it_needs(
    path: Path, *, read_only: bool
) -> None:
    _tampered(path, "INSERT INTO schema_migrations VALUES (900, '900_later', 'x', '7.2.0')")
    before = contents(path)
    with pytest.raises(WarehouseUnusable) as refusal:
        open_warehouse(path, read_only=read_only)
    assert str(refusal.value) == (
        f"{path} has schema 900, this version knows up to {known_migrations()[-1].number}: "
        f"it needs staycurrent 7.2.0 or later"
    )
    assert contents(path) == before


@pytest.mark.parametrize("read_only", [True, False])
def test_a_migration_that_was_changed_after_it_was_applied_is_refused(
    path: Path, *, read_only: bool
) -> None:
    _tampered(path, "UPDATE schema_migrations SET sha256 = 'other' WHERE number = 1")
    before = contents(path)
    with pytest.raises(WarehouseUnusable) as refusal:
        open_warehouse(path, read_only=read_only)
    assert str(refusal.value) == (
        f"migration 001_schema was changed after it was applied to {path}: "
        f"restore its text and put the change into a new migration"
    )
    assert contents(path) == before


def test_a_refusal_leaves_the_log_of_a_killed_writer_as_it_was(path: Path) -> None:
    made(path)
    with contextlib.closing(duckdb.connect(str(path))) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (900, '900_later', 'x', '7.2.0')")
        killed = path.parent / "killed" / path.name
        killed.parent.mkdir()
        shutil.copy(path, killed)
        shutil.copy(f"{path}.wal", f"{killed}.wal")
    before = contents(killed)
    assert set(before) == {"warehouse.duckdb", "warehouse.duckdb.wal"}
    with pytest.raises(WarehouseUnusable, match="needs staycurrent 7"):
        open_warehouse(killed)
    assert contents(killed) == before


def test_a_creation_that_was_killed_leaves_no_file_and_is_begun_anew(path: Path) -> None:
    draft = path.parent / ".staycurrent-1.new" / path.name
    draft.parent.mkdir(parents=True)
    draft.write_bytes(b"half a header")
    os.utime(draft.parent, (0, 0))
    with pytest.raises(WarehouseMissing):
        open_warehouse(path, read_only=True)
    with open_warehouse(path) as warehouse:
        assert runs.latest(warehouse) is None
    assert not draft.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY runs TO 'rows.csv'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD sqlite_scanner",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SELECT * FROM a_python_variable",
    ],
)
def test_sql_reaches_nothing_but_the_warehouse(path: Path, sql: str) -> None:
    a_python_variable = [1]
    with open_warehouse(path) as warehouse, pytest.raises(duckdb.Error):
        warehouse.execute(sql)
    assert a_python_variable == [1]


def test_a_checkpoint_leaves_everything_in_the_one_file(path: Path, tmp_path: Path) -> None:
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {PAPER: Outcome.OK})
        warehouse.execute("CHECKPOINT")
        copy = tmp_path / "copy.duckdb"
        shutil.copy(path, copy)
    with open_warehouse(copy, read_only=True) as warehouse:
        assert outcomes(warehouse, PAPER) == [(1, "ok")]


def _fail_inside(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        judged(warehouse, 1, {PAPER: Outcome.OK})
        raise KeyError(PAPER)


def test_a_transaction_that_fails_leaves_nothing_of_what_it_wrote() -> None:
    with open_in_memory() as warehouse:
        with pytest.raises(KeyError):
            _fail_inside(warehouse)
        assert runs.latest(warehouse) is None
        judged(warehouse, 1, {CODE: Outcome.OK})
        assert outcomes(warehouse, CODE) == [(1, "ok")]


def test_a_signal_during_a_query_is_no_bug() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    with open_in_memory() as w:
        try:
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                w.select("SELECT count(*) FROM range(300000000) WHERE hash(range) = 1")
        finally:
            timer.cancel()
            signal.signal(signal.SIGINT, before)


def test_a_file_that_the_system_does_not_open_is_not_said_to_be_damaged(path: Path) -> None:
    open_warehouse(path).close()
    path.with_name(f"{path.name}.wal").touch()  # the second file that DuckDB opens
    command = [sys.executable, "-c", _FEW_FILES, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "cannot be opened (" in said
    assert "Too many open files): raise `ulimit -n`" in said
    assert "restore" not in said
