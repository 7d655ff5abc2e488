"""`init` writes what a list needs, and changes nothing that exists."""

import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from staycurrent.curated.generated_section import NO_CANDIDATES
from staycurrent.flows.commands.init import WORKFLOW, settings_for
from staycurrent.flows.settings.loading import load_settings
from staycurrent.flows.settings.sections import Settings
from tests.support.folder import Folder

ROOT = Path(__file__).parents[2]
LIST = "# A list\n\n- [A](https://a.example/x) - Text.\n"
MARKERS = f"\n<!-- stay:begin current -->\n\n{NO_CANDIDATES}\n\n<!-- stay:end current -->\n"


def written(folder: Folder) -> dict[str, bytes]:
    """Every file with its content."""
    files = (one for one in folder.path.rglob("*") if one.is_file())
    return {str(one.relative_to(folder.path)): one.read_bytes() for one in files}


@pytest.mark.parametrize(
    ("names", "argv", "chosen"),
    [
        (("README.md", "curated.md"), (), "README.md"),
        (("curated.md",), (), "curated.md"),
        (("readme.md", "curated.md"), (), "readme.md"),
        (("README.md", "Readme.md"), (), "README.md"),
        (("README.md", 'a "list".md'), ("--list", 'a "list".md'), 'a "list".md'),
    ],
)
def test_the_settings_name_the_list_and_change_no_default(
    folder: Folder, names: tuple[str, ...], argv: tuple[str, ...], chosen: str
) -> None:
    for name in names:
        (folder.path / name).write_text(LIST, encoding="utf-8")
    ended = folder.plainly("init", *argv)
    assert (ended.code, ended.err) == (0, "")
    assert f"wrote staycurrent.toml: settings for {chosen} (1 link)\n" in ended.out
    assert "staycurrent status" in ended.out
    assert "staycurrent run" in ended.out
    assert set(written(folder)) == {*names, "staycurrent.toml"}
    settings = load_settings(folder.path / "staycurrent.toml", {})
    assert settings.list.paths == (chosen,)
    text = (folder.path / "staycurrent.toml").read_text(encoding="utf-8")
    assert '# here: "A list"\n' in text


@pytest.mark.parametrize("name", ["readme.md", "Readme.md"])
def test_a_readme_in_small_letters_is_the_list_too(folder: Folder, name: str) -> None:
    (folder.path / name).write_text(LIST, encoding="utf-8")
    ended = folder.plainly("status")
    assert (ended.code, "1 unchecked" in ended.out) == (0, True), ended


@pytest.mark.parametrize(
    ("titles", "comment"),
    [
        ((), "no title, so write a few phrases"),
        (("", ""), "no title, so write a few phrases"),
        (("Bees", "", 'The "wax"\x07'), '"Bees", "The "wax""'),
    ],
)
def test_the_settings_say_what_the_list_is_taken_to_be_about(
    titles: tuple[str, ...], comment: str
) -> None:
    lines = settings_for(["README.md"], titles).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("# about = []"))
    assert lines[at + 1] == f"# {'':38}# here: {comment}"


def test_what_is_commented_out_in_the_settings_is_the_default() -> None:
    head, _, rest = settings_for(["README.md"]).partition("[list]\n")
    assert all(line.startswith("#") for line in head.splitlines() if line)
    uncommented = "\n".join(line.removeprefix("# ") for line in rest.splitlines())
    data = tomllib.loads("[list]\n" + uncommented)
    assert data.pop("list") == {"paths": ["README.md"]}
    assert sum(len(section) for section in data.values()) == 17
    assert load_settings(None, {}, data) == Settings()


def test_the_reference_has_every_setting_with_its_default(folder: Folder) -> None:
    ended = folder.plainly("init", "--reference")
    assert load_settings(None, {}, tomllib.loads(ended.out)) == Settings()
    own, printed = (
        text.splitlines()
        for text in ((ROOT / "staycurrent.toml").read_text(encoding="utf-8"), ended.out)
    )
    assert [line for line, other in zip(own, printed, strict=True) if line != other] == [own[6]]
    assert folder.files() == set()


def test_markers_and_workflow_are_written_where_they_are_wanted(folder: Folder) -> None:
    readme = folder.path / "README.md"
    readme.write_text(LIST, encoding="utf-8")
    (folder.path / ".git").mkdir()
    ended = folder.plainly("init", "--markers", "--workflow")
    assert ended.code == 0
    assert len(ended.out.splitlines()) <= 10
    assert readme.read_text(encoding="utf-8") == LIST + MARKERS
    workflow = folder.path / ".github" / "workflows" / "staycurrent.yml"
    assert workflow.read_text(encoding="utf-8") == WORKFLOW
    assert folder.plainly("render", "--check").code == 0
    readme.write_text("# A\n\n<!-- stay:end current -->\n", encoding="utf-8")
    said = "no markers are added to README.md: section 'current' ends on line 3 and never begins"
    assert said in folder.plainly("init", "--markers").out


def test_the_workflow_of_a_list_below_the_top_names_its_settings(folder: Folder) -> None:
    (folder.path / ".git").mkdir()
    below = Folder(folder.path / "lists")
    below.path.mkdir()
    (below.path / "README.md").write_text(LIST, encoding="utf-8")
    assert below.plainly("init", "--workflow").code == 0
    workflow = folder.path / ".github" / "workflows" / "staycurrent.yml"
    given = '    with: {settings: "lists/staycurrent.toml"}\n'
    assert workflow.read_text(encoding="utf-8") == WORKFLOW + given


@pytest.mark.parametrize("page", ["README.md", "docs/github.md"])
def test_the_workflow_is_the_documented_one(page: str) -> None:
    assert f"```yaml\n{WORKFLOW}```" in (ROOT / page).read_text(encoding="utf-8")


def test_nothing_that_exists_is_changed(folder: Folder) -> None:
    (folder.path / "README.md").write_text(LIST, encoding="utf-8")
    folder.plainly("init", "--markers", "--workflow")
    (folder.path / "staycurrent.toml").write_text("[list]\npaths = []\n", encoding="utf-8")
    before = written(folder)
    ended = folder.plainly("init", "--markers", "--workflow")
    assert (ended.code, ended.out.count("left as it is")) == (0, 3)
    assert written(folder) == before


def test_without_a_list_it_says_so_and_writes_nothing(folder: Folder) -> None:
    ended = folder.plainly("init", "--workflow")
    assert (ended.code, ended.out) == (2, "")
    assert "neither README.md nor curated.md: name the list with --list" in ended.err
    assert "README.md does not exist" in folder.plainly("run").err
    assert folder.plainly("init", "--list", "other.md").code == 2
    assert folder.files() == set()


def test_the_first_status_says_what_is_wrong_and_what_comes_next(folder: Folder) -> None:
    listed = LIST + "- [B](https://a.example/x)\n- [C](hhttps://c.example)\n- [D](#nowhere)\n"
    (folder.path / "links.md").write_text(listed, encoding="utf-8")
    ended = folder.plainly("status", "links.md")
    assert ended.code == 0
    for part in ("links.md:4:3 https://a.example/x is 'B' here", "-> https://c.example"):
        assert part in ended.out
    assert "#nowhere does not match any heading" in ended.out
    assert "`staycurrent init` writes the settings of this list; `staycurrent run`" in ended.err
    folder.plainly("init", "--list", "links.md")
    assert "staycurrent init" not in folder.plainly("status").err
    assert folder.plainly("status", "missing.md").code == 2


def on_terminal(folder: Folder, answers: str) -> str:
    """What `init` prints on a terminal where a person types these answers."""
    controller, terminal = pty.openpty()
    argv = [sys.executable, "-m", "staycurrent", "init"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        argv, cwd=folder.path, env=env, stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        os.write(controller, answers.encode())
        shown = b""
        try:
            while read := os.read(controller, 4096):
                shown += read
        except OSError:  # Linux: nobody holds the terminal any more
            pass
        assert process.wait() == 0, shown
    os.close(controller)
    return shown.decode()


def test_on_a_terminal_it_asks_for_the_list_and_what_else_is_wanted(folder: Folder) -> None:
    (folder.path / "links.md").write_text(LIST, encoding="utf-8")
    shown = on_terminal(folder, "links.md\ny\n\n")
    assert "Which markdown file is the list? " in shown
    assert "Add the nightly workflow of GitHub (.github/workflows/staycurrent.yml)? [y/N]" in shown
    assert set(written(folder)) == {"links.md", "staycurrent.toml"}
    assert (folder.path / "links.md").read_text(encoding="utf-8") == LIST + MARKERS
