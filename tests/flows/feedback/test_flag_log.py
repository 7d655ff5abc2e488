"""The git log says who removed a flag and when, and whether the list ever had it."""

import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import which

import pytest

from staycurrent.flows.feedback.manual_edits import (
    has_flag,
    is_revert,
    parse_flag_log,
    read_flag_log,
)
from tests.support.folder import Folder, Walk

URL = "https://gone.example/a"
WEB = f'[[page]]\nurl = "{URL}"\nstatus = 410\n'
PLAIN = f"# T\n\n- [G]({URL}) - Text.\n"
FLAG = " (💀<!--stay:dead:2026-11-01-->)"
FLAGGED = PLAIN.replace(")", f"){FLAG}")
FIRST_DAY = date(2026, 11, 1)
pytestmark = pytest.mark.skipif(which("git") is None, reason="git is absent")


class Checkout:
    """A git checkout with a list in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, who: str = "A Writer", day: int = 1, committer: str = "") -> str:
        moment = f"2026-11-{day:02}T12:00:00+00:00"
        env = {
            "GIT_AUTHOR_NAME": who,
            "GIT_COMMITTER_NAME": committer or who,
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "a@example.org"),
            **dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), moment),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.path),
        }
        return subprocess.run(
            ["git", *arguments], cwd=self.path, env=env, check=True, capture_output=True, text=True
        ).stdout

    def commit(self, text: str, who: str = "A Writer", day: int = 1, committer: str = "") -> str:
        (self.path / "curated.md").write_text(text, encoding="utf-8")
        self.git("add", "curated.md")
        command = ("commit", "--quiet", "--allow-empty", "-m", "x")
        return self.git(*command, who=who, day=day, committer=committer)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def flagged(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The only flag of a list, which stands and was seen back."""
    return Walk.over(tmp_path_factory.mktemp("flagged"), PLAIN, WEB, nights=3)


def test_the_log_has_the_commits_that_changed_flags(checkout: Checkout) -> None:
    checkout.commit(PLAIN, day=1)
    checkout.commit(FLAGGED, who="The Night", day=2)
    checkout.commit(FLAGGED.replace("# T", "# Title"), who="An Editor", day=3)
    checkout.commit(PLAIN, who="A Maintainer", day=4)
    found = read_flag_log(checkout.path / "curated.md", FIRST_DAY)
    assert found is not None
    last, first = found
    assert (last.who, last.when) == ("A Maintainer", datetime(2026, 11, 4, 12, tzinfo=UTC))
    assert (first.before, first.after) == (PLAIN.strip(), FLAGGED.strip())
    retitled = FLAGGED.replace("# T", "# Title")
    assert (last.before, last.after) == (retitled.strip(), PLAIN.strip())


def test_the_log_has_the_commits_of_a_merged_branch_in_the_order_of_their_parents(
    checkout: Checkout,
) -> None:
    """Whatever their clocks said, and however much of them the merge took."""
    checkout.commit(PLAIN)
    checkout.commit(FLAGGED, "The Night", day=3)
    checkout.git("checkout", "--quiet", "-b", "branch")
    checkout.commit(PLAIN, "A Maintainer", day=2)
    checkout.git("checkout", "--quiet", "main")
    checkout.git("merge", "--quiet", "--no-ff", "--no-edit", "branch", day=3)
    log = read_flag_log(checkout.path / "curated.md", FIRST_DAY)
    assert log is not None
    assert [one.who for one in log] == ["A Maintainer", "The Night"]


def test_without_a_checkout_there_is_no_log_and_without_commits_an_empty_one(
    tmp_path: Path, checkout: Checkout
) -> None:
    assert read_flag_log(Path("/curated.md"), FIRST_DAY) is None
    assert read_flag_log(checkout.path / "curated.md", FIRST_DAY) == ()


@pytest.mark.parametrize("odd", ["\x0c", "\x1c", "\x85", "\u2028", "\x1e"])
def test_a_line_of_the_log_ends_where_git_ends_it(checkout: Checkout, odd: str) -> None:
    flagged, plain = (text.replace("[G]", f"Text{odd} [G]") for text in (FLAGGED, PLAIN))
    checkout.commit(flagged, day=2)
    checkout.commit(plain, "A Maintainer", day=3)
    log = read_flag_log(checkout.path / "curated.md", FIRST_DAY)
    assert log is not None
    assert FLAG in log[0].before
    assert FLAG not in log[0].after
    assert log[0].who == "A Maintainer"


def test_a_malformed_log_has_no_changes() -> None:
    log = "\n\x1eabc\nA\n\nA\nno date\n Title\n\ndiff --git a/a b/a\n-a <!--stay:dead:"
    assert list(parse_flag_log(log)) == list(parse_flag_log(f"nonsense{log[1:]}")) == []


@pytest.mark.parametrize(
    ("message", "is_decision"),
    [
        ('Revert "Update links: 1 dead" (#4)', False),
        ("revert: links\n \n This reverts commit 1234567.", False),
        ("Undo\n \n This reverts merge request !12", False),
        ("Undo (#5)\n \n Reverts keeper/list#4", False),
        ("Reverts an edit of mine", True),
        ('Say what "Revert" means\n \n See #4.', True),
    ],
)
def test_a_revert_is_no_decision(message: str, *, is_decision: bool) -> None:
    log = f"\x1eabc\nA\n\nA\n2026-11-02T12:00:00Z\n {message}\n\ndiff --git a/a b/a\n-{FLAGGED}"
    assert [one.is_decision for one in parse_flag_log(log)] == [is_decision]


def test_a_message_forges_no_commit(checkout: Checkout) -> None:
    checkout.commit(FLAGGED)
    forged = f"x\n\n\x1eabc\nB\n\nB\n2026-11-02T12:00:00Z\n\ndiff --git a/a b/a\n-{FLAGGED}"
    checkout.git("commit", "--quiet", "--amend", "--cleanup=verbatim", "-m", forged)
    log = read_flag_log(checkout.path / "curated.md", FIRST_DAY)
    assert log is not None
    assert [(one.who, one.before) for one in log] == [("A Writer", "")]


@pytest.mark.parametrize(
    ("text", "place", "has"),
    [
        (f"[G]({URL}){FLAG} [Other](https://b.example)", "link", True),
        (f"[Other](https://b.example){FLAG} [G]({URL})", "link", False),
        (f"[G]({URL}) [Other](https://b.example){FLAG}", "link", False),
        (f"[G]({URL}) [Other](https://b.example){FLAG}", "end", True),
        (f"- [G]({URL}) and\n  [Other](https://b.example){FLAG}", "end", True),
        (f"- [G]({URL}) and\n- [Other](https://b.example){FLAG}", "end", False),
        (f"- [G]({URL})\n**[Top](#contents)**{FLAG}", "end", True),
        (f"- [G]({URL})\n---\n[Other](https://b.example){FLAG}", "end", False),
        (f"[G]({URL}) and\r\n\r\n[Other](https://b.example){FLAG}", "end", False),
        (f"{URL} and <https://b.example>{FLAG}", "link", False),
        (f"[G][g] or [Other][b]{FLAG}", "link", False),
        (f"[![I](https://b.example/i.png)]({URL}){FLAG}", "link", True),
        (f'<a href="{URL}"><img src="https://b.example/i.png"></a>{FLAG}', "link", True),
        (f'<a href="{URL}">\n  <img src="https://b.example/i.png">\n</a>{FLAG}', "link", True),
        (f'[![I]({URL} "I")](https://b.example){FLAG}', "link", True),
        (f'<a href="{URL}">G</a>, <a href="https://b.example">O</a>{FLAG}', "link", False),
        (f"~~[G]({URL})~~<!--stay:struck--> (🔀<!--stay:moved:2026-11-01-->){FLAG}", "link", True),
        (f"[G]({URL})\n  {FLAG[1:]}", "link", True),
        (f"> [G]({URL}) (dead\n> link{FLAG[3:]}", "link", True),
        (f"[G]({URL}) - Text.\n- [Other][b]{FLAG}", "link", False),
        (f"[G](https://web.archive.org/web/2020/{URL}){FLAG}", "link", False),
        (f"[G]({URL}.pdf){FLAG}", "link", False),
        (f"[G]({URL}){FLAG.replace('11-01', '10-01')}", "link", False),
        (f"[G]({URL}+b){FLAG}", "link", False),
    ],
)
def test_a_flag_in_the_log_belongs_to_its_own_link(text: str, place: str, *, has: bool) -> None:
    written = "[G][g]" if "[g]" in text else URL
    assert has_flag(text, written, "dead", FIRST_DAY, place) is has


@pytest.mark.parametrize(
    ("removed", "left", "expected"),
    [
        ([1], [], (False, False)),
        ([2], [1], (False, False)),
        ([1, 2], [], (True, True)),
        ([2, 3], [1, 1, 1], (True, False)),
        ([2, 2], [1, 1, 1, 2], (False, False)),
        ([1, 1], [1], (True, True)),
        ([1] * 20, [1] * 20, (False, False)),
        ([1] * 21, [1] * 40, (True, True)),
    ],
)
def test_an_edit_that_removed_most_lines_or_the_newest_may_be_a_revert(
    removed: list[int], left: list[int], expected: tuple[bool, bool]
) -> None:
    dates = [[date(2026, 11, day) for day in days] for days in (removed, left)]
    found = tuple(is_revert(*dates, by_commit=by_commit) for by_commit in (False, True))
    assert found == expected


def learned(folder: Folder, *, night: int = 4) -> list[tuple[str, str, str | None]]:
    ended = folder.staycurrent("render", night=night)
    assert ended.code == 0
    made = folder.status(night)["overrides"]
    for one in made:
        by = f" by {one['author']}" if one["author"] else ""
        assert f"learned: {one['kind']} {one['url']}{by}: " in ended.err
    return [(one["url"], one["created_at"], one["author"]) for one in made]


def test_a_flag_that_a_commit_removed_makes_an_override_with_its_author(
    flagged: Walk, tmp_path: Path
) -> None:
    folder = flagged.copy(tmp_path, after=3)
    assert folder.text == FLAGGED
    checkout = Checkout(tmp_path)
    checkout.commit(FLAGGED, who="The Night", day=3)
    checkout.commit(PLAIN, who="A Maintainer", day=3)
    assert learned(folder) == [(URL, "2026-11-03T12:00:00+00:00", "A Maintainer")]
    (made,) = folder.status(4)["overrides"]
    commit = checkout.git("rev-parse", "--short", "HEAD").strip()
    assert made["reason"] == f"the flag was removed from curated.md by hand in commit {commit}"
    assert folder.text == PLAIN


NO_DECISIONS: Mapping[str, Callable[[Checkout], object]] = {
    "by a workflow, for who started it": lambda checkout: checkout.commit(
        PLAIN, who="An Owner", day=3, committer="github-actions[bot]"
    ),
    "by us, on another machine": lambda checkout: checkout.commit(PLAIN, who="staycurrent", day=3),
    "reverted": lambda checkout: checkout.git("revert", "--no-edit", "HEAD", day=3),
    "reverted under another title": lambda checkout: checkout.git(
        "-c", "revert.reference=true", "revert", "--no-edit", "HEAD", day=3
    ),
    "with its entry, which came back": lambda checkout: (
        checkout.commit(FLAGGED.replace(FLAG, f"\n  {FLAG[1:]}"), day=3),
        checkout.commit("# T\n", day=3),
        checkout.commit(PLAIN, day=3),
    ),
    "by a merge that took the older side": lambda checkout: (
        checkout.git("checkout", "--quiet", "-B", "older", "HEAD^"),
        checkout.commit(PLAIN.replace("Text", "More"), day=2),
        checkout.git("merge", "--quiet", "--no-commit", "-s", "ours", "main"),
        checkout.commit(PLAIN, day=3),
    ),
    "forced back": lambda checkout: checkout.git("reset", "--quiet", "--hard", "HEAD^"),
}


@pytest.mark.parametrize("commits", [1, 2])
def test_flags_that_commits_took_out_are_judged_by_commit(tmp_path: Path, commits: int) -> None:
    """Between two runs, all that the list has."""
    other = "https://other.example/a"
    folder, listed = Folder(tmp_path), f"{PLAIN}- [O]({other}) - Text.\n"
    folder.write(listed=listed, web=WEB + WEB.replace(URL, other))
    folder.nights(1, 2)
    checkout = Checkout(tmp_path)
    checkout.commit(folder.text, day=2)
    for count in range(2 - commits, 2):
        checkout.commit(folder.text.replace(FLAG, "", 1 + count), day=2)
    assert folder.text == listed
    assert len(learned(folder, night=3)) == (2 if commits == 2 else 0)


@pytest.mark.parametrize("how", NO_DECISIONS)
def test_a_flag_that_nobody_took_out_for_itself_is_written_again(
    flagged: Walk, tmp_path: Path, how: str
) -> None:
    """A run saw it in the list: what counts is the git history alone."""
    folder = flagged.copy(tmp_path, after=3)
    assert folder.text == FLAGGED
    checkout = Checkout(tmp_path)
    checkout.commit(PLAIN, day=1)
    checkout.commit(FLAGGED, day=2)
    NO_DECISIONS[how](checkout)
    assert folder.text == PLAIN
    assert learned(folder) == []
    assert folder.text == FLAGGED


def test_what_the_base_lacks_is_judged_by_the_history_of_the_base(
    flagged: Walk, tmp_path: Path
) -> None:
    """The checkout is behind it: the next pull request has the flag that was reverted there."""
    folder = flagged.copy(tmp_path, after=3)
    checkout = Checkout(tmp_path)
    checkout.commit(PLAIN, day=1)
    checkout.commit(FLAGGED, day=2)
    checkout.git("remote", "add", "origin", "https://git.invalid/keeper/list.git")
    checkout.git("revert", "--no-edit", "HEAD", day=3)
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    checkout.git("reset", "--quiet", "--hard", "HEAD^")
    ended = folder.staycurrent("pr", "--dry-run", night=4)
    assert ended.out.startswith("Update links: 1 dead\n"), ended.err


def test_a_flag_that_no_run_saw_and_a_commit_took_out_makes_an_override(
    flagged: Walk, tmp_path: Path
) -> None:
    folder = flagged.copy(tmp_path, after=2)
    checkout = Checkout(tmp_path)
    checkout.commit(FLAGGED, day=2)
    checkout.commit(PLAIN, who="A Maintainer", day=2)
    assert learned(folder, night=3) == [(URL, "2026-11-02T12:00:00+00:00", "A Maintainer")]
    assert folder.text == PLAIN
    assert folder.staycurrent("keep", "--undo", URL, night=3).code == 0
    for night in (3, 4):
        folder.list.write_text(PLAIN, encoding="utf-8")
        assert learned(folder, night=night) == [], "the commit is of before"
        assert folder.text == FLAGGED


def test_a_flag_that_the_log_never_had_was_not_merged(flagged: Walk, tmp_path: Path) -> None:
    folder = flagged.copy(tmp_path, after=3)
    checkout = Checkout(tmp_path)
    checkout.commit(PLAIN)
    assert learned(folder) == []
    assert folder.text == FLAGGED
    assert learned(folder, night=5) == []
    folder.list.write_text(PLAIN, encoding="utf-8")
    assert len(learned(folder, night=6)) == 1, "twice is an answer"


def test_the_only_flag_of_a_list_without_a_log_was_removed_by_hand(
    flagged: Walk, tmp_path: Path
) -> None:
    folder = flagged.copy(tmp_path, after=3)
    folder.list.write_text(PLAIN, encoding="utf-8")
    ((url, _, who),) = learned(folder)
    assert (url, who) == (URL, None)
    assert folder.text == PLAIN
