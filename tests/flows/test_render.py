"""`render`: the list from what is known, and not one byte more."""

from pathlib import Path

import pytest

from tests.support.documents import strip_flags
from tests.support.folder import LIST, Folder, Walk

DEAD = '[[page]]\nurl = "https://dead.example/a"\nstatus = 410\n'
ENTRY = "- [A](https://dead.example/a) - One."
FLAG = " (💀<!--stay:dead:2026-11-01-->)"
FLAGGED = f"- [A](https://dead.example/a){FLAG} - One."
PART = "<!-- stay:begin current -->\n<!-- stay:end current -->\n"


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Two nights over a list of one link, which is dead after them."""
    return Walk.over(tmp_path_factory.mktemp("dead"), ENTRY + "\n", DEAD, nights=2)


@pytest.fixture
def known(dead: Walk, tmp_path: Path) -> Folder:
    """A folder whose warehouse knows the dead link."""
    return dead.copy(tmp_path, after=2)


def setting(folder: Folder, text: str) -> None:
    """Add settings."""
    with (folder.path / "staycurrent.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_check_says_whether_the_list_would_change_and_writes_nothing(known: Folder) -> None:
    assert known.staycurrent("render", "--check", night=2).code == 0
    known.list.write_text(ENTRY + "\n", encoding="utf-8")
    ended = known.staycurrent("render", "--check", night=2)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "render: curated.md would change\n"
    assert known.text == ENTRY + "\n"


def test_diff_prints_the_change_and_writes_nothing(known: Folder) -> None:
    known.list.write_text(ENTRY + "\n", encoding="utf-8")
    ended = known.staycurrent("render", "--diff", night=2)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "--- a/curated.md",
        "+++ b/curated.md",
        "@@ -1 +1 @@",
        f"-{ENTRY}",
        f"+{FLAGGED}",
    ]
    assert known.text == ENTRY + "\n"


def test_a_second_render_writes_no_byte(known: Folder) -> None:
    known.list.write_text(ENTRY + "\n", encoding="utf-8")
    assert known.staycurrent("render", night=2).err == "render: curated.md written\n"
    before = known.list.stat()
    assert known.text == FLAGGED + "\n"
    assert known.staycurrent("render", night=2).err == "render: nothing written\n"
    after = known.list.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_miswritten_comments_are_named_and_their_lines_stay(known: Folder) -> None:
    lines = f"{ENTRY} <!-- stay:ignore-next-line -->\n" * 4
    known.list.write_text(lines, encoding="utf-8")
    err = known.staycurrent("render", night=2).err
    comment = "<!-- stay:ignore-next-line --> has no effect: `stay:ignore-next-line` is unknown"
    assert f"render: curated.md:1:{len(ENTRY) + 2}: {comment}" in err
    assert "; perhaps <!-- stay:ignore -->\n" in err
    assert err.count(comment) == 3
    assert "render: ... and 1 more in curated.md; see `staycurrent status`\n" in err
    assert known.text == lines.replace(ENTRY, FLAGGED)
    found = known.status(2)["maintenance"]
    assert [(one["line"], one["kind"]) for one in found] == [(n, "unreadable") for n in range(1, 5)]


def test_a_flag_that_cannot_be_taken_out_is_named(known: Folder) -> None:
    moved = ENTRY.replace("](", f"]{FLAG}(")
    known.list.write_text(f"{moved}\n", encoding="utf-8")
    err = known.staycurrent("render", night=2).err
    at = moved.index(FLAG.strip()) + 1
    named = f"curated.md:1:{at}: {FLAG.strip()} stays: without it, the text around it would be"
    assert f"render: {named}" in err
    (found,) = known.status(2)["maintenance"]
    assert (found["line"], found["kind"], found["text"]) == (1, "unreadable", FLAG.strip())
    assert known.text == f"{moved}\n"
    known.list.write_text(f"{FLAGGED}\n", encoding="utf-8")
    assert known.staycurrent("render", night=2).err == "render: nothing written\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"# T\r\n\r\n{ENTRY}\r\n", f"# T\r\n\r\n{FLAGGED}\r\n"),
        (f"# T\n\n{ENTRY}", f"# T\n\n{FLAGGED}"),
        (f"\ufeff{ENTRY}\n", f"\ufeff{FLAGGED}\n"),
        (f"{ENTRY}  \n\n\n\t\n", f"{FLAGGED}  \n\n\n\t\n"),
        (f"a\rb\r\n{ENTRY}\n\r\n", f"a\rb\r\n{FLAGGED}\n\r\n"),
        ("## [A](https://dead.example/a)\n", "## [A](https://dead.example/a)\n"),
        ("`[A](https://dead.example/a)`\n", "`[A](https://dead.example/a)`\n"),
        (f"{FLAGGED.replace('-01-->', '-09-->')}\n", f"{FLAGGED}\n"),
        (f"[B](https://b.example){FLAG}\n", "[B](https://b.example)\n"),
    ],
)
def test_every_byte_that_is_not_ours_stays(known: Folder, before: str, after: str) -> None:
    known.list.write_bytes(before.encode())
    assert known.staycurrent("render", night=2).code == 0
    assert known.text == after


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ('[curated]\nflags = "report"\n', ENTRY),
        (
            '[curated]\nglyphs = "words"\n',
            "- [A](https://dead.example/a) (dead link<!--stay:dead:2026-11-01-->) - One.",
        ),
        ('[curated]\nplace = "end"\n', f"{ENTRY}{FLAG}"),
    ],
)
def test_flags_check_and_stand_as_the_settings_say(known: Folder, settings: str, line: str) -> None:
    setting(known, settings)
    assert known.staycurrent("render", night=2).code == 0
    assert known.text == f"{line}\n"


def test_a_flag_that_no_later_night_saw_comes_back(known: Folder) -> None:
    """Its pull request may not be merged yet; what stood and was taken out: test_lessons.py."""
    known.list.write_text(ENTRY + "\n", encoding="utf-8")
    known.staycurrent("render", night=2)
    assert known.text == FLAGGED + "\n"
    known.list.write_text(f"{ENTRY} <!-- stay:keep -->\n", encoding="utf-8")
    known.staycurrent("render", night=2)
    assert known.text == f"{ENTRY} <!-- stay:keep -->\n"


def test_without_a_warehouse_nothing_is_known_and_none_is_made(folder: Folder) -> None:
    folder.write(listed=LIST)
    assert folder.staycurrent("render", "--check").code == 0
    assert folder.staycurrent("render").code == 0
    assert folder.text == LIST
    assert not folder.warehouse.parent.exists()


def test_damaged_text_is_repaired_only_on_request(known: Folder) -> None:
    damaged = f"# ğŸ“š Books\n\n{ENTRY} ğŸ”—\n\n`ğŸ”—`\n"
    known.list.write_text(damaged, encoding="utf-8")
    known.staycurrent("render", night=2)
    assert known.text == damaged.replace(ENTRY, FLAGGED)
    previewed = known.staycurrent("render", "--fix-encoding", "--diff", night=2)
    assert "+# 📚 Books" in previewed.out.splitlines()
    assert "ğŸ“š" in known.text
    ended = known.staycurrent("render", "--fix-encoding", night=2)
    assert known.text == f"# 📚 Books\n\n{FLAGGED} 🔗\n\n`ğŸ”—`\n"
    lines = ended.err.splitlines()
    assert lines[0] == "render: 2 damaged passages repaired in curated.md"
    assert lines[1].startswith("render: the anchor on line 1 is now #-books; links to #ğ")
    assert lines[2] == "render: curated.md written"
    assert known.staycurrent("render", "--fix-encoding", "--check", night=2).code == 0


def test_two_lists_are_written_each_with_its_own_flags(known: Folder) -> None:
    other = known.path / "docs" / "other.md"
    other.parent.mkdir()
    other.write_text(f"Other: {ENTRY[2:]}", encoding="utf-8")
    known.list.write_text(ENTRY + "\n", encoding="utf-8")
    lists = ("--list", "curated.md", "--list", str(other), "--list", "./docs/other.md")
    diff = known.staycurrent("render", "--diff", *lists, night=2).out
    assert [line for line in diff.splitlines() if line.startswith("+++")] == [
        "+++ b/curated.md",
        "+++ b/docs/other.md",
    ]
    ended = known.staycurrent("render", *lists, night=2)
    assert (ended.code, ended.err) == (0, "render: curated.md, docs/other.md written\n")
    assert known.text == FLAGGED + "\n"
    assert other.read_text(encoding="utf-8") == f"Other: {FLAGGED[2:]}"


def test_a_symbolic_link_is_followed_and_stays_one(known: Folder) -> None:
    real = known.path / "real.md"
    real.write_text(ENTRY, encoding="utf-8")
    known.list.unlink()
    known.list.symlink_to("real.md")
    assert known.staycurrent("render", night=2).code == 0
    assert known.list.is_symlink()
    assert real.read_text(encoding="utf-8") == FLAGGED


def test_permissions_stay(known: Folder) -> None:
    known.list.write_text(ENTRY, encoding="utf-8")
    known.list.chmod(0o640)
    known.staycurrent("render", night=2)
    assert known.text == FLAGGED
    assert known.list.stat().st_mode & 0o777 == 0o640


def test_a_list_that_is_read_only_is_refused_with_the_remedy(known: Folder) -> None:
    known.list.write_text(ENTRY, encoding="utf-8")
    known.list.chmod(0o444)
    ended = known.staycurrent("render", night=2)
    assert (ended.code, ended.out) == (2, "")
    assert "is read-only: allow writing with chmod u+w" in ended.err
    assert known.text == ENTRY
    assert known.staycurrent("render", "--check", night=2).code == 1


def test_nothing_is_left_with_the_list(known: Folder) -> None:
    known.list.write_text(ENTRY, encoding="utf-8")
    before = known.files()
    known.staycurrent("render", night=2)
    assert known.files() == before


def test_a_list_without_markers_gets_no_part_unless_it_is_asked_for(known: Folder) -> None:
    known.staycurrent("render", night=2)
    assert "stay:begin" not in known.text
    known.staycurrent("render", "--create", night=2)
    begin, end = PART.splitlines()
    assert begin in known.text.splitlines()
    assert end in known.text.splitlines()
    created = known.text
    known.staycurrent("render", "--create", night=2)
    assert known.text == created


def test_candidates_stand_in_the_part_and_nowhere_else(demo_played: Folder) -> None:
    text = demo_played.text
    inside = text.partition("<!-- stay:begin current -->")[2].partition("<!-- stay:end current")[0]
    offered = [row["url"] for row in demo_played.status(7)["candidates"]]
    assert offered
    for url in offered:
        assert f"({url}) (🆕<!--stay:new:2026-11-0" in inside
        assert text.count(url) == 1
    assert inside.startswith("\n\n")
    assert inside.endswith("\n\n")


def test_a_candidate_that_was_taken_into_the_list_leaves_the_part(
    demo_played: Folder, tmp_path: Path
) -> None:
    first = demo_played.status(7)["candidates"][0]
    own = tmp_path / "curated.md"
    text = demo_played.text.replace("## Talk\n", f"## Talk\n\n- [Mine]({first['url']}) - Good.\n")
    own.write_text(text, encoding="utf-8")
    ended = demo_played.staycurrent("render", "--list", str(own), night=7)
    assert ended.code == 0, ended.err
    assert own.read_text(encoding="utf-8").count(first["url"]) == 1
    assert strip_flags(own.read_bytes()).count(b"- [Mine](") == 1


def test_a_list_that_lies_elsewhere_is_called_by_the_link_to_it(
    known: Folder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    real = tmp_path_factory.mktemp("elsewhere") / "real.md"
    known.list.rename(real)
    known.list.symlink_to(real)
    assert {row["list"] for row in known.status(2)["links"]} == {"curated.md"}
    real.write_text(ENTRY + "\n", encoding="utf-8")
    diff = known.staycurrent("render", "--diff", night=2).out
    assert diff.startswith("--- a/curated.md\n+++ b/curated.md\n")
