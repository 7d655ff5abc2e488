"""Backups: one a night, read through before it counts, and the way back loses nothing silently."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copyfile

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.warehouse.backups import back_up, backups, restore
from staycurrent.warehouse.file import (
    CommittedRows,
    WarehouseBusy,
    WarehouseMissing,
    WarehouseUnusable,
    write_committed,
)
from staycurrent.warehouse.open import open_warehouse
from tests.support.values import CODE, PAPER, judged, night, not_judged, outcomes
from tests.warehouse.filled import made, rows


def lived(path: Path, *nights: int) -> None:
    """Each of these nights is judged and backed up."""
    for n in nights:
        with open_warehouse(path) as warehouse:
            judged(warehouse, n, {PAPER: Outcome.OK, CODE: Outcome.MISSING})
        back_up(path, night(n), keep=3)


def seen(path: Path) -> list[int]:
    with open_warehouse(path, read_only=True) as warehouse:
        return [n for n, _ in outcomes(warehouse, PAPER)]


def flip(path: Path, at: float) -> None:
    """Spoil a byte at that share of a file."""
    raw = bytearray(path.read_bytes())
    raw[int(at * len(raw))] ^= 0xFF
    path.write_bytes(raw)


def test_the_newest_nights_are_kept_and_older_ones_go(path: Path) -> None:
    lived(path, 1, 2, 3, 4)
    assert [one.run_date for one in backups(path)] == [night(4), night(3), night(2)]
    assert {one.name for one in (path.parent / "backups").iterdir()} == {
        f"warehouse-{night(n)}.duckdb" for n in (2, 3, 4)
    }


def test_a_backup_of_the_same_night_takes_the_place_of_the_first(path: Path) -> None:
    lived(path, 1, 1)
    assert len(backups(path)) == 1
    assert rows(backups(path)[0].path) == rows(path)


def test_new_backups_stay_where_there_are_some_of_later_dates(path: Path, tmp_path: Path) -> None:
    lived(path, 1)
    before = copyfile(path, tmp_path / "copy.duckdb")
    lived(path, 7, 8, 9)
    restore(path, before)
    lived(path, 2, 3, 4, 5)
    assert [one.run_date for one in backups(path)] == [night(n) for n in (9, 8, 7, 5, 4, 3)]
    lived(path, 7)
    assert [one.run_date for one in backups(path)] == [night(n) for n in (9, 8, 7, 5, 4)]


def test_a_backup_of_a_history_that_was_put_aside_is_restored_by_its_name_only(
    path: Path, tmp_path: Path
) -> None:
    lived(path, 1)
    before = copyfile(path, tmp_path / "copy.duckdb")
    lived(path, 7, 8)
    restore(path, before)
    came = restore(path)
    assert came.restored.run_date == night(1)
    assert ["is of a history that was put aside: " in why for why in came.rejected] == [True] * 2
    with open_warehouse(path) as warehouse:
        not_judged(warehouse, 8, {})
    assert restore(path).restored.run_date == night(1)
    restore(path, backups(path)[0].path)
    assert seen(path) == [1, 7, 8]


def test_another_warehouse_in_the_same_folder_has_backups_of_its_own(path: Path) -> None:
    lived(path, 1)
    for n, name in ((2, "other.duckdb"), (3, "warehouse.db")):
        other = path.with_name(name)
        lived(other, n)
        assert [one.run_date for one in backups(other)] == [night(n)]
    assert [one.run_date for one in backups(path)] == [night(1)]


def test_a_file_of_a_date_that_does_not_exist_is_no_backup(path: Path) -> None:
    lived(path, 1)
    other = path.parent / "backups" / "warehouse-2026-02-31.duckdb"
    other.touch()
    lived(path, 2, 3, 4)
    assert [one.run_date for one in backups(path)] == [night(4), night(3), night(2)]
    assert other.exists()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: os.truncate(path, 5000)])
def test_a_damaged_or_lost_warehouse_is_refused_and_the_newest_backup_brings_it_back(
    path: Path, spoil: Callable[[Path], None]
) -> None:
    lived(path, 1, 2)
    expected = rows(path)
    spoil(path)
    damaged = path.read_bytes() if path.exists() else None
    with pytest.raises(WarehouseUnusable, match="`staycurrent restore` puts the newest good"):
        open_warehouse(path)
    came = restore(path)
    assert rows(path) == expected
    assert (came.source, came.restored, came.replaced) == (
        backups(path)[0].path,
        came.replaced,
        came.restored,
    )
    assert (None if came.moved_to is None else came.moved_to.read_bytes()) == damaged
    assert seen(path) == [1, 2]


def test_what_is_lost_is_known_and_the_nights_after_it_can_be_lived_again(path: Path) -> None:
    lived(path, 1)
    with open_warehouse(path) as warehouse:
        for n in (2, 3):
            judged(warehouse, n, {PAPER: Outcome.OK})
    flip(path, 0.0001)
    came = restore(path)
    assert (came.restored.run_date, came.restored.runs) == (night(1), 1)
    assert (came.replaced.run_date, came.replaced.runs) == (night(3), 3)
    lived(path, 2)
    assert seen(path) == [1, 2]


def test_a_bad_backup_is_passed_over_and_never_made(path: Path) -> None:
    lived(path, 1, 2)
    newest, older = backups(path)
    os.truncate(newest.path, 20_000)
    came = restore(path)
    assert came.source == older.path
    assert [newest.path.name in why for why in came.rejected] == [True]
    assert seen(path) == [1]


def test_where_no_backup_is_good_nothing_is_moved(path: Path) -> None:
    lived(path, 1)
    backups(path)[0].path.write_bytes(b"not at all")
    before = path.read_bytes()
    with pytest.raises(WarehouseUnusable, match="is unchanged, there is no good backup"):
        restore(path)
    assert path.read_bytes() == before
    backups(path)[0].path.unlink()
    with pytest.raises(WarehouseMissing, match="name a copy with --from, import an export with"):
        restore(path)
    assert path.read_bytes() == before


def test_a_damaged_warehouse_is_not_backed_up_and_harms_no_earlier_backup(path: Path) -> None:
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {f"https://example.org/{n}": Outcome.OK for n in range(9_000)})
    back_up(path, night(1), keep=1)
    before = backups(path)[0].path.read_bytes()
    for tenth in range(3, 10):
        flip(path, tenth / 10)
    with pytest.raises(WarehouseUnusable):
        back_up(path, night(2), keep=1)
    assert [one.run_date for one in backups(path)] == [night(1)]
    assert backups(path)[0].path.read_bytes() == before
    assert not list((path.parent / "backups").glob("*.new"))


def test_restore_accepts_a_copy_that_was_made_elsewhere(path: Path, tmp_path: Path) -> None:
    lived(path, 1)
    restore(path, made(tmp_path / "copy.duckdb"))
    open_warehouse(path).close()
    assert [run["id"] for run in rows(path)["runs"]] == [1, 2, 3]


def test_a_copy_that_does_not_exist_is_not_promised_by_the_next_run(path: Path) -> None:
    lived(path, 1)
    with pytest.raises(WarehouseUnusable, match=r"is unchanged, .*copy\.duckdb does not exist$"):
        restore(path, path.with_name("copy.duckdb"))


@pytest.mark.parametrize("copy", [None, "copy.duckdb"])
def test_where_nothing_can_be_restored_no_folder_is_created(
    tmp_path: Path, copy: str | None
) -> None:
    path = tmp_path / ".staycurrent" / "warehouse.duckdb"
    with pytest.raises(WarehouseMissing):
        restore(path, tmp_path / copy if copy else None)
    assert not path.parent.exists()


def test_a_copy_without_its_log_is_no_backup(path: Path, tmp_path: Path) -> None:
    lived(path, 1)
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(path.read_bytes())
    write_committed(copy, CommittedRows(runs=2))
    with pytest.raises(WarehouseUnusable, match="but 2 runs"):
        restore(path, copy)


@pytest.mark.parametrize("suffixes", [("", ".wal"), ("", ".wal", ".json")])
def test_the_log_of_a_copy_is_restored_too(
    path: Path, tmp_path: Path, suffixes: Sequence[str]
) -> None:
    lived(path, 1)
    copy = tmp_path / "copy.duckdb"
    with open_warehouse(path) as warehouse:
        judged(warehouse, 2, {PAPER: Outcome.OK})
        for suffix in suffixes:  # as a killed run leaves them
            copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    before = {file: file.read_bytes() for file in tmp_path.glob("copy.duckdb*")}
    assert restore(path, copy).restored.runs == 2
    assert seen(path) == [1, 2]
    assert {file: file.read_bytes() for file in tmp_path.glob("copy.duckdb*")} == before


def test_while_another_run_holds_the_warehouse_nothing_is_restored_or_copied(path: Path) -> None:
    lived(path, 1)
    with open_warehouse(path):
        for act in (lambda: restore(path), lambda: back_up(path, night(2), keep=3)):
            with pytest.raises(WarehouseBusy):
                act()
    assert len(backups(path)) == 1


def test_a_folder_that_cannot_be_written_is_a_sentence(path: Path) -> None:
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {PAPER: Outcome.OK})
    (path.parent / "backups").write_text("a file")
    with pytest.raises(WarehouseUnusable, match="cannot be written"):
        back_up(path, night(1), keep=3)


def test_counts_are_said_with_their_date_if_there_was_a_run() -> None:
    counts = CommittedRows(runs=1, judged=1, observations=2, overrides=1)
    said = "1 run (1 judged), 2 observations, 0 verdicts and 1 override"
    assert counts.dated == said
    assert replace(counts, run_date=night(1)).dated == f"{said}, up to {night(1)}"
