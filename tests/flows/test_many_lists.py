"""Several files in one run: what they share, where relative links lead, and findings by list."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from tests.support.documents import SHARED
from tests.support.folder import Folder

SEEDS = SHARED / "seeds"
GOOD = "https://good.example/a"
WEB = f'[[page]]\nurl = "{GOOD}"\n[[page]]\nurl = "https://gone.example/a"\nstatus = 410\n'


def placed(folder: Folder, **texts: str) -> list[str]:
    """Lay lists out, `docs__b` as docs/b.md, and give the arguments that name them."""
    arguments: list[str] = []
    for name, text in texts.items():
        path = folder.path / f"{name.replace('__', '/')}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        arguments += ["--list", str(path.relative_to(folder.path))]
    return arguments


def found(folder: Folder, *lists: str) -> list[tuple[str, str, int, str | None]]:
    rows = folder.status(1, *lists)["findings"]
    return [(row["list"], row["kind"], row["line"], row["suggestion"]) for row in rows]


def test_relative_links_and_anchors_lead_across_files_from_each_files_own_folder(
    folder: Folder,
) -> None:
    folder.write(listed="")
    (folder.path / ".git").mkdir()
    lists = placed(
        folder,
        a="# Birds\n\n[b](docs/b.md#fish) [c](docs/b.md#fsh) [d](b.md) [e](/docs/b.md)\n",
        docs__b="# Fish\n\n[a](../a.md#birds) [b](a.md) [c](../../issues) [d](/a.md#bird) [e](.)\n",
    )
    assert found(folder, *lists) == [
        ("a.md", "broken_anchor", 3, "docs/b.md#fish"),
        ("a.md", "missing_file", 3, None),
        ("docs/b.md", "missing_file", 3, None),
        ("docs/b.md", "broken_anchor", 3, "/a.md#birds"),
    ]


def test_a_list_outside_of_the_settings_folder_is_read_from_where_it_lies(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """So a pull request's branch may lie in a work tree of its own."""
    folder.write(listed="", web=WEB)
    elsewhere = tmp_path_factory.mktemp("branch")
    (elsewhere / "notes.md").write_text("# N\n", encoding="utf-8")
    listed = elsewhere / "README.md"
    listed.write_text(f"- [N](notes.md#n) [M](none.md) [G]({GOOD})\n", encoding="utf-8")
    where = ("--list", str(listed))
    assert folder.staycurrent("check", *where, night=1).code == 0
    assert [row["verdict"] for row in folder.status(1, *where)["links"]] == [
        "unchecked",
        "unchecked",
        "alive",
    ]
    assert found(folder, *where) == [(listed.as_posix(), "missing_file", 1, None)]


def test_a_link_in_two_files_is_checked_once_and_flagged_in_both(folder: Folder) -> None:
    folder.write(listed="", web=WEB)
    lists = placed(
        folder,
        a=f"- [A](https://gone.example/a) [G]({GOOD})\n",
        docs__b="- [B](https://gone.example/a#part)\n",
    )
    for night in (1, 2):
        assert folder.staycurrent("run", *lists, night=night).code == 0
        assert folder.status(night, *lists)["run"]["checked"] == 2
    for name in ("a.md", "docs/b.md"):
        assert "💀" in (folder.path / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def flagged_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, list[str]]:
    """After three nights; to read only."""
    folder = Folder(tmp_path_factory.mktemp("flagged"))
    folder.write(listed="", web=WEB + '[[page]]\nurl = "https://other.example/a"\nstatus = 410\n')
    both = "- [A](https://gone.example/a)\n- [O](https://other.example/a)\n"
    lists = placed(folder, a=both, docs__b=both)
    for night in (1, 2, 3):
        assert folder.staycurrent("run", *lists, night=night).code == 0
    return folder, lists


@pytest.fixture
def flagged(flagged_once: tuple[Folder, list[str]], tmp_path: Path) -> tuple[Folder, list[str]]:
    """Two dead links, each flagged in both of two files; the arguments that name the files."""
    copytree(flagged_once[0].path, tmp_path, dirs_exist_ok=True)
    return Folder(tmp_path), flagged_once[1]


def test_a_flag_taken_out_of_one_of_two_files_goes_from_both(
    flagged: tuple[Folder, list[str]],
) -> None:
    folder, lists = flagged
    first = folder.path / "a.md"
    flag = " (💀<!--stay:dead:2026-11-01-->)"
    first.write_text(first.read_text("utf-8").replace(flag, "", 1), encoding="utf-8")
    for night in (4, 5):
        assert folder.staycurrent("run", *lists, night=night).code == 0
        for name in ("a.md", "docs/b.md"):
            assert (folder.path / name).read_text("utf-8").count("💀") == 1
        assert len(folder.status(night, *lists)["overrides"]) == 1


def test_a_file_whose_flag_is_still_to_be_taken_out_does_not_undo_the_decision(
    flagged: tuple[Folder, list[str]],
) -> None:
    """The pull request that takes it out is open: the flag stands, but nobody put it there."""
    folder, lists = flagged
    first, second = folder.path / "a.md", folder.path / "docs" / "b.md"
    unmerged = second.read_text("utf-8")
    flag = " (💀<!--stay:dead:2026-11-01-->)"
    first.write_text(first.read_text("utf-8").replace(flag, "", 1), encoding="utf-8")
    for night in (4, 5, 6):
        second.write_text(unmerged, encoding="utf-8")
        assert folder.staycurrent("run", *lists, night=night).code == 0
        assert len(folder.status(night, *lists)["overrides"]) == 1
        assert [one.read_text("utf-8").count("💀") for one in (first, second)] == [1, 1]


def test_nothing_is_proposed_that_any_of_the_files_has(demo_played: Folder, tmp_path: Path) -> None:
    offered = [row["url"] for row in demo_played.status(7)["candidates"]]
    second = tmp_path / "second.md"
    second.write_text(f"- [Mine]({offered[0]})\n", encoding="utf-8")
    lists = ("--list", "curated.md", "--list", str(second))
    assert [row["url"] for row in demo_played.status(7, *lists)["candidates"]] == offered[1:]
    diff = demo_played.staycurrent("render", "--diff", *lists, night=7).out
    assert [line for line in diff.splitlines() if line.startswith("-- [")] == [
        line for line in diff.splitlines() if f"]({offered[0]})" in line
    ]


@pytest.mark.shared
@pytest.mark.skipif(not SEEDS.exists(), reason="../shared is absent")
def test_status_finds_every_known_anomaly_of_the_seed_documents(folder: Folder) -> None:
    names = ("llm-for-practitioners.md", "llm-powerhouse.md")
    folder.write(listed="")
    lists = [part for name in names for part in ("--list", str(SEEDS / name))]
    rows = folder.status(1, *lists)["findings"]
    first, second = (
        [
            (row["kind"], row["line"], row["suggestion"])
            for row in rows
            if row["list"].endswith(name)
        ]
        for name in names
    )
    assert ("broken_anchor", 11, "#fundamentals") in first
    assert ("plain_http", 26, None) in first
    assert ("trailing_blank", 170, None) in first
    assert ("malformed", 67, "https://github.com/hpcaitech/ColossalAI") in second
    assert ("stray_text", 121, None) in second
    assert [line for kind, line, _ in second if kind == "two_names"] == [42, 44, 45, 49]
    assert [kind for kind, _, _ in second].count("damaged_text") == 68
    reported = folder.staycurrent("status", *lists).out
    assert "Wrongly decoded text (`staycurrent render --fix-encoding` fixes it): 68\n" in reported
    assert "  ... and 65 more (use --format json to see all)\n" in reported
    assert len(reported.splitlines()) < 60


@pytest.mark.parametrize(
    ("words", "code"),
    [("findings", 1), ("broken_anchor", 1), ("damaged_text", 0), ("dead,too_large", 0)],
)
def test_status_fails_on_findings_where_it_is_asked_to(
    folder: Folder, words: str, code: int
) -> None:
    folder.write(listed="[a](#none)\n")
    ended = folder.staycurrent("status", "--fail-on", words)
    assert ended.code == code
    assert (
        "Links to headings that do not exist: 1\n  curated.md:1:1 #none does not match any"
        in ended.out
    )
    assert json.loads(folder.staycurrent("status", "--format", "json").out)["findings"]
    markdown = folder.staycurrent("status", "--format", "markdown").out
    assert "## Findings in the document: 1\n" in markdown


def test_a_list_that_is_named_as_elsewhere_is_reported_how_it_is_named_here(folder: Folder) -> None:
    folder.write(listed="# A list\n")
    ended = folder.staycurrent("check", "curated.md")
    assert (ended.code, ended.out) == (2, "")
    assert "curated.md; use --list to name a list; see `staycurrent --help`" in ended.err
