"""The action's script on a pull request: annotations, and nothing that a stranger could use."""

from pathlib import Path

import pytest

from tests.support.folder import CANARIES, SETTINGS
from tests.support.github import Hosted, Step, git, step

ADDED = """- [Missing](https://missing.example/a) - ::add-mask::e
- [Ours](http://127.0.0.1:{port}/) - Mine.
"""


@pytest.fixture
def change(tmp_path: Path) -> Path:
    """A runner's checkout of a pull request's merge, two commits deep."""
    hosted = Hosted.of(tmp_path)
    person = hosted.runner("person")
    page = '[[page]]\nurl = "https://missing.example/a"\nstatus = 404\n'
    (person.path / "web.toml").write_text(CANARIES + page, encoding="utf-8")
    settings = SETTINGS.replace("[web]", '[web]\nallow_networks = ["127.0.0.0/8"]')
    (person.path / "staycurrent.toml").write_text(settings, encoding="utf-8")
    with (person.path / "curated.md").open("a", encoding="utf-8") as listed:
        listed.write(ADDED.format(port=80))
    git(person.path, "add", ".")
    git(person.path, "commit", "--quiet", "-m", "Add two links")
    git(person.path, "push", "--quiet", "origin", "main")
    return hosted.runner("merge", depth=2).path


def lint(change: Path, event: str = "pull_request", **inputs: str) -> Step:
    """The script, with the web as it is played."""
    return step("lint", change, inputs, event=event)


def test_what_a_pull_request_adds_is_annotated(change: Path) -> None:
    ended = lint(change)
    assert ended.code == 0, ended.log
    missing, ours = ended.commands
    assert missing == (
        "::warning file=curated.md,line=2,col=3,title=staycurrent%3A missing::"
        "https://missing.example/a was not found: 404 (checked twice)"
    )
    assert ours.startswith("::warning file=curated.md,line=3,col=3,title=staycurrent%3A private::")


def test_it_fails_for_the_chosen_findings(change: Path) -> None:
    assert lint(change, fail_on="malformed").code == 0
    ended = lint(change, fail_on="malformed,missing")
    assert ended.code == 1
    assert len(ended.commands) == 2
    assert lint(change, fail_on="$(touch owned)").code == 2
    assert not (change / "owned").exists()


@pytest.mark.parametrize(
    "listed", ["curated.md\n\n  curated.md ", "../curated.md", "-x.md", "$(id)"]
)
def test_lists_are_paths_and_nothing_else(change: Path, listed: str) -> None:
    ended = lint(change, list=listed)
    assert ended.code == (0 if listed.startswith("curated") else 2)
    assert len(ended.commands) == (2 if listed.startswith("curated") else 0)


def test_without_settings_the_list_is_the_readme(change: Path) -> None:
    (change / "staycurrent.toml").unlink()
    ended = lint(change)
    assert ended.code == 2
    assert "README.md" in ended.log


def test_the_readme_is_found_as_it_is_spelled(change: Path) -> None:
    (change / "staycurrent.toml").unlink()
    git(change, "mv", "curated.md", "readme.md")
    git(change, "commit", "--quiet", "-m", "Rename the list")
    assert lint(change, base="HEAD").code == 0


def test_settings_above_name_the_list(change: Path) -> None:
    (change / "docs").mkdir()
    with (change / "staycurrent.toml").open("a", encoding="utf-8") as settings:
        settings.write('[list]\npaths = ["curated.md"]\n')
    ended = lint(change / "docs")
    assert (ended.code, len(ended.commands)) == (0, 2), ended.log


def test_pull_request_target_is_refused(change: Path) -> None:
    ended = lint(change, event="pull_request_target")
    assert ended.code == 2
    assert ended.commands[0].startswith("::error::use on: pull_request")
