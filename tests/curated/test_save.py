"""A list is replaced as a whole or not at all, and an unusable file is refused."""

import os
import stat
from pathlib import Path

import pytest

from staycurrent.curated.save import UnusableList, read_list, replace_atomically, require_writable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "list.md"
    path.write_bytes(b"old\r\n")
    return path


def test_a_list_is_read_and_replaced_byte_for_byte(path: Path) -> None:
    before = read_list(path)
    assert replace_atomically(path, before, b"new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert [each.name for each in path.parent.iterdir()] == ["list.md"]


def test_a_folder_that_cannot_be_synced_is_not_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def files_only(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(22, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", files_only)
    assert replace_atomically(path, b"old\r\n", b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("target", ["nowhere.md", "loop.md"])
def test_a_broken_symbolic_link_is_refused(tmp_path: Path, target: str) -> None:
    link = tmp_path / "loop.md"
    link.symlink_to(target)
    with pytest.raises(UnusableList, match=r"loop\.md (does not exist|cannot be read: Too many)"):
        read_list(link)


def test_a_draft_left_by_a_killed_run_is_removed(path: Path) -> None:
    leftover = path.with_name(".staycurrent-1.new")
    leftover.mkdir()
    (leftover / "list.md").write_bytes(b"half")
    os.utime(leftover, (0, 0))
    assert replace_atomically(path, b"old\r\n", b"new")
    assert [each.name for each in path.parent.iterdir()] == ["list.md"]


def test_equal_bytes_are_not_written(path: Path) -> None:
    inode = path.stat().st_ino
    assert not replace_atomically(path, b"same", b"same")
    assert path.stat().st_ino == inode
    assert path.read_bytes() == b"old\r\n"


def test_the_permissions_stay(path: Path) -> None:
    path.chmod(0o640)
    replace_atomically(path, b"old\r\n", b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_symbolic_link_is_followed_and_stays_one(path: Path) -> None:
    folder = path.parent / "elsewhere"
    folder.mkdir()
    link = folder / "link.md"
    link.symlink_to("../list.md")
    assert replace_atomically(link, read_list(link), b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert [each.name for each in folder.iterdir()] == ["link.md"]


def test_a_list_that_was_edited_during_the_run_is_not_written(path: Path) -> None:
    with pytest.raises(UnusableList, match="was edited during the run"):
        replace_atomically(path, b"what it was", b"new")
    assert path.read_bytes() == b"old\r\n"


def test_a_read_only_list_is_not_written(path: Path) -> None:
    path.chmod(0o444)
    with pytest.raises(UnusableList, match=r"is read-only: allow writing with chmod u\+w"):
        replace_atomically(path, b"old\r\n", b"new")
    assert path.read_bytes() == b"old\r\n"


def test_a_list_in_a_read_only_folder_is_not_writable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def access(asked: Path, _mode: int) -> bool:  # root may write anywhere
        return bool(asked.stat().st_mode & stat.S_IWUSR)

    monkeypatch.setattr(os, "access", access)
    path.parent.chmod(0o555)
    with pytest.raises(UnusableList, match=rf"folder of .*chmod u\+w {path.parent}$"):
        require_writable(path)
    path.parent.chmod(0o755)
    require_writable(path)


def test_a_failure_leaves_the_old_list_and_no_draft(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnusableList, match=r"list\.md cannot be replaced: No space left on device"):
        replace_atomically(path, b"old\r\n", b"new")
    assert path.read_bytes() == b"old\r\n"
    assert [each.name for each in path.parent.iterdir()] == ["list.md"]


def test_a_list_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableList, match=r"no\.md does not exist: name another in list.paths"):
        read_list(tmp_path / "no.md")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableList, match="is a folder"):
        read_list(tmp_path)


def test_a_list_of_600_mb_is_refused_without_reading_it(path: Path) -> None:
    os.truncate(path, 600 * 1024 * 1024)
    with pytest.raises(UnusableList, match="has 600 MB, more than the limit of 50 MB"):
        read_list(path)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("# Vögel\n".encode("utf-16"), r"is UTF-16, not UTF-8: .* iconv -f UTF-16 -t UTF-8"),
        (b"# a\n\nV\xf6gel\n", r"not UTF-8 \(line 3, byte 0xF6\): .* iconv -f WINDOWS-1252"),
        (b"a\0b\0c\0d\0", "is a binary file"),
    ],
)
def test_other_encodings_are_refused_with_a_command_to_convert(
    path: Path, raw: bytes, sentence: str
) -> None:
    path.write_bytes(raw)
    with pytest.raises(UnusableList, match=sentence):
        read_list(path)


def test_a_byte_order_mark_and_an_empty_list_are_valid(path: Path) -> None:
    for raw in (b"\xef\xbb\xbf# a\n", b""):
        path.write_bytes(raw)
        assert read_list(path) == raw


def test_a_device_is_refused() -> None:
    with pytest.raises(UnusableList, match="is not a regular file"):
        read_list(Path(os.devnull))
