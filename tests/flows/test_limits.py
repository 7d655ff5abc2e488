"""What the machine lacks is named before a request is sent, and is never called a bug."""

import errno
import os
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb
import pytest

from staycurrent.flows import preflight
from staycurrent.flows.context import Clock, RunContext, load_context, running_clock, system_clock
from staycurrent.flows.errors import BAD_USAGE, BUG, NotJudged, UsageError, exit_status
from staycurrent.flows.reporter import Reporter
from staycurrent.warehouse.connection import failure
from tests.support.folder import FIRST, Folder, Walk, with_database


def context(folder: Folder, clock: Clock) -> RunContext:
    settings = folder.path / "staycurrent.toml"
    return load_context(settings, clock, Reporter(), environment={})


def fails(number: int) -> Callable[..., None]:
    def failing(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return failing


def test_too_little_address_space_is_named(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (400 << 20, 400 << 20))
    ended = folder.staycurrent("run")
    assert (ended.code, list(folder.path.iterdir())) == (2, [])
    assert "`ulimit -v` allows 400 MB of address space, and 1024 MB are needed" in ended.err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_disk_without_room_is_named_before_a_request(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, number: int, command: str
) -> None:
    folder.write(listed="- [A](https://a.example/x)\n")
    monkeypatch.setattr(os, "posix_fallocate", fails(number))
    ended = folder.staycurrent(command)
    assert ended.code == 2
    assert f"has no room for a run ({os.strerror(number)}): it needs 8 MB" in ended.err
    assert "due" not in ended.err
    assert not folder.warehouse.exists()


def test_a_slow_disk_is_named(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write(listed="")
    ticks = count(0, 3)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    reported: list[str] = []
    ctx = context(folder, running_clock(FIRST))
    monkeypatch.setattr(Reporter, "info", lambda _, text: reported.append(text))
    preflight.require_room(ctx)
    (sentence,) = reported
    assert "is slow: 8 MB took 3 s to reach it" in sentence
    assert [one.name for one in folder.warehouse.parent.iterdir()] == [".gitignore"]


@pytest.mark.parametrize(
    ("year", "sentence"),
    [
        (1970, "shows 1970-01-01, which is years ago: set it"),
        (2019, "shows 2019-01-01, which is years ago: set it"),
    ],
)
def test_a_clock_of_years_ago_is_named(folder: Folder, year: int, sentence: str) -> None:
    folder.write(listed="")
    ctx = context(folder, system_clock(datetime(year, 1, 1, tzinfo=UTC)))
    with pytest.raises(NotJudged, match=sentence):
        with_database(preflight.ensure_monotonic_date, ctx)
    assert not folder.warehouse.parent.exists()


def test_a_clock_behind_what_was_judged_is_named(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=4)
    behind = context(folder, system_clock(datetime(2026, 11, 2, 2, 0, tzinfo=UTC)))
    with pytest.raises(NotJudged, match=r"shows 2026-11-02, but 2026-11-04 was judged already"):
        with_database(preflight.ensure_monotonic_date, behind)
    by_a_day = context(folder, system_clock(datetime(2026, 11, 3, 23, 0, tzinfo=UTC)))
    with_database(preflight.ensure_monotonic_date, by_a_day)
    with pytest.raises(UsageError, match="was judged already"):
        with_database(preflight.ensure_monotonic_date, context(folder, running_clock(FIRST)))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "", "/d/x"), "No space left on device (/d/x): free disk"),
        (OSError(errno.EFBIG, "File too large"), "File too large: raise `ulimit -f`"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error: check the disk"),
        (OSError(errno.EMFILE, ""), "Too many open files: raise `ulimit -n`"),
        (RuntimeError("can't start new thread"), "no more processes or threads may be started"),
        (OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)), "no more processes or threads"),
        (MemoryError(), "Cannot allocate memory: free memory, or raise `ulimit -v`"),
    ],
)
def test_what_the_machine_refuses_is_not_a_bug(error: Exception, sentence: str) -> None:
    code, text = exit_status(error)
    assert (code, text.startswith(sentence)) == (BAD_USAGE, True)
    assert exit_status(OSError(errno.EINVAL, "Invalid argument"))[0] == BUG


NESTED = (
    'IO Error: Async write failed: {"exception_type":"IO","exception_message":"Could not write file'
    ' \\"/x/t.parquet\\": No space left on device","errno":"28"}'
)


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (
            duckdb.OutOfMemoryException,
            "(bad allocation)",
            "free memory, or raise `ulimit -v`; what",
        ),
        (
            duckdb.OutOfMemoryException,
            "(190 MiB/192 MiB used)",
            "(190 MiB/192 MiB used)): free mem",
        ),
        (duckdb.OutOfMemoryException, "max_temp_directory_size reached", "free disk space, or if "),
        (duckdb.IOException, "File too large", "(File too large): raise `ulimit -f`; what was"),
        (duckdb.IOException, NESTED, 'file "/x/t.parquet": No space left on device): free disk sp'),
    ],
)
def test_what_has_no_room_asks_nobody_to_restore(
    kind: type[duckdb.Error], text: str, sentence: str
) -> None:
    found = str(failure(Path("w"), kind(text)))
    assert sentence in found
    assert ("restore" in found) is ("or if " in sentence)


def test_a_folder_that_may_not_be_read_is_named_and_no_bug(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> bool:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "is_symlink", refused)
    ended = folder.plainly("status")
    assert ended.code == 2
    assert f"Permission denied ({folder.path / 'staycurrent.toml'}): " in ended.err
    assert "give this user the right to it" in ended.err
