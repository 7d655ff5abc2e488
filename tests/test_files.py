"""Files are written whole or not at all, and never where somebody else pointed to."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from staycurrent.files import copy_file, write_file


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"one", b"two"):
        write_file(path, content)
        assert path.read_bytes() == content
    assert names(tmp_path) == ["file"]


def test_a_new_file_has_the_permissions_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_failed_write_keeps_the_file_and_leaves_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_symbolic_links_in_the_way_of_a_draft_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    for name in ("file.new", ".file.new", ".staycurrent-guessed.new"):
        (tmp_path / name).symlink_to(victim)
    guessed = iter(["guessed", "free"])
    monkeypatch.setattr(tempfile, "_get_candidate_names", lambda: guessed)
    write_file(tmp_path / "file", b"new")
    assert (victim.read_bytes(), (tmp_path / "file").read_bytes()) == (b"precious", b"new")
    with pytest.raises(FileExistsError):
        copy_file(victim, tmp_path / "file.new")


def test_only_the_draft_that_nobody_writes_any_more_is_removed(tmp_path: Path) -> None:
    dead, alive, other = (tmp_path / f".staycurrent-{name}.new" for name in "abc")
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "file").touch()
    other.symlink_to(tmp_path.parent)
    os.utime(dead, (0, 0))
    os.utime(other, (0, 0), follow_symlinks=False)
    write_file(tmp_path / "file", b"")
    assert names(tmp_path) == [alive.name, other.name, "file"]
