"""Backups come by themselves, and a lost, damaged or older memory never begins empty in silence."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import pytest

from staycurrent.warehouse.migrations import Migration, known_migrations
from tests.support.folder import BACKUP, FEEDS_OFF, LIST, NO_BACKUP, WEB, Folder, Walk
from tests.warehouse.filled import rows

SPOILS: dict[str, Callable[[Path], None]] = {
    "lost": Path.unlink,
    "cut": lambda path: os.truncate(path, 9_000),
    "emptied": lambda path: os.truncate(path, 0),
}


@pytest.fixture
def third(walk: Walk, tmp_path: Path) -> Folder:
    """The third morning of the walk."""
    return walk.copy(tmp_path, after=3, backups=True)


def test_every_judged_night_leaves_a_backup_and_seven_are_kept(walk: Walk) -> None:
    names = {one.name for one in (walk.morning(9).warehouse.parent / "backups").iterdir()}
    assert names == {f"warehouse-2026-11-0{n}.duckdb" for n in range(3, 10)}
    assert "see `staycurrent status`\n" in walk.ended[8].err
    assert "backup: warehouse-2026-11-09.duckdb, verified\n" in walk.ended[8].err


def test_no_backups_are_made_where_none_are_wanted_nor_of_a_night_that_is_not_judged(
    folder: Folder,
) -> None:
    folder.write(listed=LIST, web=WEB, settings=FEEDS_OFF + NO_BACKUP)
    folder.nights(1, 1)
    assert not (folder.warehouse.parent / "backups").exists()
    folder.write(listed=LIST, settings=FEEDS_OFF + BACKUP)
    (folder.path / "web.toml").write_text('[[host]]\nname = "*"\ndns = "missing"\n')
    assert folder.staycurrent("check", night=2).code == 75
    assert not (folder.warehouse.parent / "backups").exists()


def test_a_backup_that_fails_is_a_sentence_and_no_failed_night(third: Folder) -> None:
    rmtree(third.warehouse.parent / "backups")
    (third.warehouse.parent / "backups").write_text("in the way")
    ended = third.staycurrent("run", night=4)
    assert ended.code == 0
    assert "backup: skipped: " in ended.err


def test_checks_of_old_months_are_compacted_and_explained_as_before(third: Folder) -> None:
    url = "https://back.example/a"
    before = [
        line for line in third.staycurrent("explain", url).out.splitlines() if "2026-" in line
    ]
    assert sum(" 2026-11-0" in line for line in before) >= 3
    ended = third.staycurrent("run", night=90)
    assert "compact: equal observations of 2026-11\n" in ended.err
    after = third.staycurrent("explain", url, night=90).out.splitlines()
    checks = [line for line in before if line.startswith(("    2026-11-0", "  * 2026-11-0"))]
    assert checks
    assert set(checks) <= set(after)
    assert "fold: " not in third.staycurrent("run", night=91).err


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_spoiled_memory_is_refused_by_every_command_and_restored_by_one(
    third: Folder, walk: Walk, spoil: str
) -> None:
    SPOILS[spoil](third.warehouse)
    for verb in ("run", "check", "pull", "render", "status", "explain https://gone.example/a"):
        ended = third.staycurrent(*verb.split(), night=4)
        assert (ended.code, ended.out) == (2, ""), verb
        assert "staycurrent" in ended.err
        assert ended.err.count("\n") == 1
    assert third.text == walk.morning(3).text
    back = third.staycurrent("restore", night=4)
    assert back.code == 0, back.err
    assert "restored" in back.out
    assert "lost: nothing that was committed\n" in back.out
    assert rows(third.warehouse) == rows(walk.morning(3).warehouse)
    third.nights(4, 4)
    assert third.text == walk.morning(4).text


def test_overrides_that_a_backup_lacks_are_said_to_be_lost(third: Folder) -> None:
    third.staycurrent("keep", "https://gone.example/a", night=3)
    back = third.staycurrent("restore", night=3)
    assert "lost: 1 override (what people kept, declined or undid since)\n" in back.out
    third.staycurrent("keep", "https://gone.example/a", night=3)
    (third.path / "web.toml").write_text('[[host]]\nname = "*"\ndns = "missing"\n')
    assert third.staycurrent("check", night=3).code == 75
    back = third.staycurrent("restore", night=3)
    assert "lost: 1 run up to 2026-11-03 and 1 override (" in back.out


@pytest.mark.parametrize("note", [None, "{"])
def test_without_a_count_of_the_rows_nobody_says_that_nothing_is_lost(
    third: Folder, note: str | None
) -> None:
    counts = third.warehouse.with_name("warehouse.duckdb.json")
    for file in (third.warehouse, counts):
        file.unlink()
    if note is not None:
        counts.write_text(note)
    back = third.staycurrent("restore", night=4)
    assert back.code == 0, back.err
    assert "lost: unknown, because there is no readable count of what was committed\n" in back.out


def test_an_older_night_can_be_named_and_what_is_lost_is_said(third: Folder) -> None:
    back = third.staycurrent("restore", "--from", "2026-11-01", night=4)
    assert "lost: 2 runs up to 2026-11-03\n" in back.out
    assert "the previous file is now" in back.out
    third.nights(2, 2)
    unnamed = third.staycurrent("restore", "--from", "", night=4)  # such as an unset variable
    assert (unnamed.code, unnamed.out) == (2, "")
    ended = third.staycurrent("restore", "--from", "2025-01-01", night=4)
    assert (ended.code, ended.out) == (2, "")
    assert "there is no backup of that date; there are: 2026-11-03, 2026-11-02, 2026-11-01" in (
        ended.err
    )


def test_a_cold_start_takes_flags_off_and_sets_none_until_the_windows_are_full(
    walk: Walk, tmp_path: Path
) -> None:
    folder = walk.copy(tmp_path, after=9, backups=True)
    assert folder.text.count("stay:dead") > 0
    folder.warehouse.unlink()
    refused = folder.staycurrent("run", night=10)
    assert refused.code == 2
    assert "is missing, and 9 runs (9 judged)" in refused.err
    assert "--cold-start" in refused.err
    assert folder.text == walk.morning(9).text
    assert folder.staycurrent("run", "--cold-start", night=10).code == 0
    # What needs one check only is what the first night of all showed.
    assert folder.text.replace("2026-11-10", "2026-11-01") == walk.morning(1).text
    folder.nights(11, 12)
    expected = walk.morning(3).text
    for n in (3, 2, 1):
        expected = expected.replace(f"2026-11-0{n}", f"2026-11-{n + 9}")
    assert folder.text == expected


@pytest.mark.parametrize("preview", ["--check", "--diff"])
def test_the_preview_of_a_cold_start_shows_it_and_writes_nothing(
    walk: Walk, tmp_path: Path, preview: str
) -> None:
    folder = walk.copy(tmp_path, after=9, backups=True)
    folder.warehouse.unlink()
    before = {one: (folder.path / one).stat().st_mtime_ns for one in folder.files()}
    shown = folder.staycurrent("render", preview, "--cold-start", night=10)
    assert shown.code == (preview == "--check"), shown.err
    assert "render: curated.md would change" in shown.err
    assert before == {one: (folder.path / one).stat().st_mtime_ns for one in folder.files()}
    assert folder.staycurrent("run", night=10).code == 2


def test_a_cold_start_moves_the_log_of_a_lost_warehouse_aside(third: Folder) -> None:
    wal = third.warehouse.with_name("warehouse.duckdb.wal")
    for n in (1, 2):
        third.warehouse.unlink()
        wal.write_bytes(b"log")
        refused = third.staycurrent("run", night=3 + n)
        assert refused.code == 2
        assert "is missing, but its log warehouse.duckdb.wal holds rows" in refused.err
        assert "--cold-start" in refused.err
        assert third.staycurrent("run", "--cold-start", night=3 + n).code == 0
        assert wal.with_name(f"warehouse.duckdb.aside-{n}.wal").read_bytes() == b"log"


def test_a_cold_start_that_is_not_judged_begins_nothing_and_says_so(
    third: Folder, walk: Walk
) -> None:
    third.warehouse.unlink()
    web = (third.path / "web.toml").read_text(encoding="utf-8")
    (third.path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    offline = third.staycurrent("run", "--cold-start", night=4)
    assert offline.code == 75
    assert "offline" in offline.err
    assert "no history has begun: say --cold-start again" in offline.err
    (third.path / "web.toml").write_text(web, encoding="utf-8")
    assert third.staycurrent("run", night=4).code == 2
    assert third.text == walk.morning(3).text
    assert third.staycurrent("run", "--cold-start", night=4).code == 0
    assert third.staycurrent("run", night=5).code == 0


def test_export_and_import_bring_the_whole_memory_to_another_place(
    third: Folder, walk: Walk
) -> None:
    out = third.staycurrent("history", "export", "memory", night=4)
    assert out.code == 0, out.err
    assert re.search(r"^exported .*, [1-9][0-9]* kB, to memory$", out.out)
    rmtree(third.warehouse.parent)
    came = third.staycurrent("history", "import", "memory", night=4)
    assert came.code == 0, came.err
    theirs = rows(walk.morning(3).warehouse)
    assert rows(third.warehouse) == theirs | {"response_bodies": [], "response_cache": []}
    again = third.staycurrent("history", "import", "memory", night=4)
    assert (again.code, "--replace takes all" in again.out) == (0, True)
    replaced = third.staycurrent("history", "import", "--replace", "memory", night=4)
    holds, before = replaced.out.splitlines()
    aside = f"{third.warehouse}.aside-1"
    assert before == f"the previous file is now {aside}: it held {holds.partition(' holds ')[2]}"
    third.nights(4, 4)
    assert third.text == walk.morning(4).text


ODD_LIST = """# T\tof \x9d

- [Query](https://gone.example/a?token=x) - Says 410.
- [Image](data:image/png;base64,BIG) - Long.
- [Mojibake](hhttps://typo.example/\u00c3\x9d) - Malformed.
- <a href="hhttps://typo.example/&#10;x">Broken</a> - Malformed.
- [Moved](https://moved.example/a?token=x) - Moves with its key.
"""
ODD_WEB = """
[[page]]
url = "https://gone.example/*"
status = 410
[[page]]
url = "https://gone.example/robots.txt"
headers = { content-type = "text/plain" }
body = "User-agent: *\\nDisallow: /q\\u0000\\u009d\\n"
[[page]]
url = "https://moved.example/a?token=x"
status = 301
location = "https://moved.example/b?token=x"
[[page]]
url = "https://moved.example/b?token=x"
title = "Here"
"""


def test_what_a_run_stored_of_odd_lists_and_servers_can_be_imported(folder: Folder) -> None:
    folder.write(listed=ODD_LIST.replace("BIG", "A" * 20_000), web=ODD_WEB)
    folder.nights(1, 3)
    assert folder.verdicts(3)["https://moved.example/a?token=x"] == "moved"
    url, reason = "https://gone.example/a?token=x", "two\nlines"
    assert folder.staycurrent("keep", url, "--reason", reason, night=3).code == 0
    assert folder.staycurrent("history", "export", "memory", night=3).code == 0
    before = rows(folder.warehouse)
    folder.warehouse.unlink()
    ended = folder.staycurrent("history", "import", "memory", night=3)
    assert ended.code == 0, ended.err
    assert rows(folder.warehouse) == before


def test_a_run_updates_an_older_schema_before_it_reads(
    third: Folder, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = (*known_migrations(), Migration(900, "900_newer", "CREATE TABLE newer (x INTEGER)"))
    monkeypatch.setattr("staycurrent.warehouse.migrations.known_migrations", lambda: newer)
    refused = third.staycurrent("status", night=4)
    assert (refused.code, "the next run updates it" in refused.err) == (2, True)
    third.nights(4, 4)
    assert third.text == walk.morning(4).text


def test_settings_refuse_less_than_no_backup(folder: Folder) -> None:
    folder.write(listed=LIST, settings="[warehouse]\nbackups = -1\n")
    assert (
        "warehouse.backups: must be a whole number, 0 or more" in folder.staycurrent("status").err
    )


def test_a_memory_that_is_lost_with_its_counts_is_missed_as_long_as_there_are_backups(
    walk: Walk, tmp_path: Path
) -> None:
    """No flag of the list says that there was one: on the first night nothing is flagged yet."""
    folder = walk.copy(tmp_path, after=1, backups=True)
    folder.list.write_text("# List\n\n- [Good](https://good.example/a) - Fine.\n")
    for path in folder.warehouse.parent.glob("warehouse.duckdb*"):
        path.unlink()
    ended = folder.staycurrent("run", night=2)
    assert ended.code == 2
    assert "is missing, but there are backups of it, the newest of 2026-11-01" in ended.err
    assert folder.staycurrent("restore", night=2).code == 0
    assert folder.staycurrent("run", night=2).code == 0
    for path in folder.warehouse.parent.glob("warehouse.duckdb*"):
        path.unlink()
    assert folder.staycurrent("run", "--cold-start", night=2).code == 0
