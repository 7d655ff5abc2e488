"""The host and the repository that a remote's address names."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from staycurrent.flows.errors import ExternalError
from staycurrent.flows.publishing.git import Git, is_by_program, line_date, parse_remote_url

GITHUB = ("https://github.com", "o/n")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("git@github.com:o/n.git", GITHUB),
        ("github.com:o/n", GITHUB),
        ("ssh://git@github.com/o/n.git", GITHUB),
        ("ssh://git@ssh.github.com:443/o/n.git", GITHUB),
        ("https://github.com/o/n", GITHUB),
        ("https://github.com/o/n.git/", GITHUB),
        ("https://x-access-token:secret@github.com/o/n.git", GITHUB),
        ("git://github.com/o/n.git", GITHUB),
        ("https://ghe.example.org:8443/o/n.js.git", ("https://ghe.example.org:8443", "o/n.js")),
        ("http://127.0.0.1:81/o/n.git", ("http://127.0.0.1:81", "o/n")),
        ("git@ghe.example.org:o/n.git", ("https://ghe.example.org", "o/n")),
        ("/srv/git/n.git", ("", "")),
        ("../n.git", ("", "")),
        ("file:///srv/o/n.git", ("", "")),
        ("https://gitlab.example/group/sub/n.git", ("", "")),
        ("https://github.com:port/o/n", ("", "")),
        ("https://[::1/o/n", ("", "")),
        ("git@github.com:o/n m.git", ("", "")),
    ],
)
def test_every_form_of_a_remote_url_is_parsed(url: str, found: tuple[str, str]) -> None:
    assert parse_remote_url(url) == found


@pytest.mark.parametrize(
    ("author", "email", "committer", "expected"),
    [
        ("Ada", "ada@example.org", "GitHub", False),
        ("Ada", "ada@example.org", "Ada", False),
        ("Ada", "ada@example.org", "mergify[bot]", False),
        ("formatter[bot]", "", "GitHub", True),
        ("CI", "41898282+github-actions[bot]@users.noreply.github.com", "CI", True),
        ("github-actions", "github-actions@github.com", "github-actions", True),
        ("Ada", "ada@example.org", "GitHub Actions", True),
        ("actions-user", "actions@github.com", "actions-user", True),
        ("Ada", "ada@example.org", "github-actions[bot]", True),
    ],
)
def test_a_commit_of_a_workflow_is_not_of_who_started_it(
    author: str, email: str, committer: str, *, expected: bool
) -> None:
    assert is_by_program(author, email, committer) is expected


def test_a_branch_is_gone_only_if_the_remote_says_so(tmp_path: Path) -> None:
    remote, git = (Git(tmp_path / name) for name in ("remote", "checkout"))
    for one in (remote, git):
        one.folder.mkdir()
        one.run("init", "--quiet")
    tree = remote.write_tree({"list.md": b"text"})
    commit = remote.commit_tree(tree, [], "A list", datetime(2026, 11, 1, tzinfo=UTC))
    remote.run("update-ref", "refs/heads/there", commit)

    def fetch(branch: str) -> str | None:
        return git.fetch("../remote", f"refs/heads/{branch}", "refs/fetched")

    assert fetch("there") == commit
    assert (fetch("the"), git.find_commit("refs/fetched")) == (None, None)
    assert fetch("there") == commit
    remote.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(ExternalError, match="does not appear to be a git repository"):
        fetch("there")
    assert git.find_commit("refs/fetched") == commit


def test_the_date_of_a_line_is_that_of_its_words(tmp_path: Path) -> None:
    """Sorting and blanks change nothing; the end of a shallow clone knows no date."""
    full, shallow = tmp_path / "full", tmp_path / "shallow"
    old = "- [Reposearch](https://reposearch.example/) - Searches source code repositories."
    other = "- [Changes](https://changes.example/) - Monitors any page for changes."
    texts = f"{old}\n{other}\n", f"{other}\n  {old}\n\n", f"{other}\n  {old}\n\nnew\n"
    full.mkdir()
    for year, text in enumerate(texts, 2021):
        (full / "list.md").write_text(text, encoding="utf-8")
        when = f"{year}-01-05T00:00:00Z"
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "PATH": "/usr/bin:/bin"}
        named = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        for command in (("init", "-q"), ("add", "."), (*named, "commit", "-q", "-m", "list")):
            subprocess.run(["git", *command], cwd=full, env=dates, check=True)
    clone = ["git", "clone", "-q", "--depth=2", f"file://{full}", str(shallow)]
    subprocess.run(clone, check=True)
    lines = (1, 2, 4)
    assert [line_date(full / "list.md", one) for one in lines] == [
        date(2021, 1, 5),
        date(2021, 1, 5),
        date(2023, 1, 5),
    ]
    assert [line_date(shallow / "list.md", one) for one in lines] == [None, None, date(2023, 1, 5)]


def test_outside_of_a_checkout_git_is_not_asked_for_the_date_of_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.md").write_text("- [A](https://a.example/)\n", encoding="utf-8")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("git was asked"))
    assert line_date(tmp_path / "list.md", 1) is None


def test_a_tree_has_the_bytes_of_its_paths_in_every_locale(tmp_path: Path) -> None:
    """Where the locale is not UTF-8, Python reads the name of a file as other letters."""
    (tmp_path / "é").mkdir()
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from staycurrent.flows.publishing.git import Git\n"
        "name = f'{os.listdir()[0]}/list.md'\n"
        "git = Git(Path(sys.argv[1]))\n"
        "git.run('init', '--quiet')\n"
        "print(git.write_tree({name: b'text'}))\n"
    )
    locale = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", program, str(tmp_path)]
    ended = subprocess.run(command, cwd=tmp_path, env=locale, check=False, capture_output=True)
    assert ended.returncode == 0, ended.stderr.decode()
    tree = ended.stdout.decode().strip()
    listed = Git(tmp_path).run("ls-tree", "-r", "-z", "--name-only", tree).out
    assert listed == "é/list.md\0".encode()
