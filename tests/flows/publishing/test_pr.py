"""`pr`: one standing pull request through its life, against a real git and a played GitHub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folder import LIST, Walk
from tests.support.github import TOKEN, UPDATE_BRANCH, Keeper, keeping

GONE = "https://gone.example/a) (💀<!--stay:dead:2026-11-01-->)"
MOVED = "https://moved.example/a#part) (🔀<!--stay:moved:2026-11-01-->)"
TYPO = "hhttps://typo.example/a) (🔧<!--stay:malformed:2026-11-01-->)"


@pytest.fixture
def fresh(walk: Walk, tmp_path: Path) -> Iterator[Keeper]:
    """Before the first `pr`."""
    with keeping(tmp_path, walk) as found:
        yield found


@pytest.fixture
def keeper(proposed: Keeper) -> Keeper:
    return proposed


def test_it_is_opened_when_there_is_something_to_propose(fresh: Keeper) -> None:
    ended = fresh.pr()
    assert (ended.code, ended.out) == (0, f"opened {fresh.hub.site}/keeper/list/pull/1\n")
    pull = fresh.hub.only()
    assert pull["title"] == "Update links: 1 dead, 1 moved, 1 malformed"
    assert (pull["base"]["ref"], pull["head"]["ref"]) == ("main", UPDATE_BRANCH)
    assert "**3 lines change in `curated.md`: 1 dead, 1 moved, 1 malformed.**" in pull["body"]
    assert all(flagged in fresh.listed() for flagged in (GONE, MOVED, TYPO))


def test_line_numbers_lead_to_the_commit_on_the_branch(keeper: Keeper) -> None:
    where = f"/blob/{keeper.hub.head(UPDATE_BRANCH)}/curated.md?plain=1#L"
    assert keeper.hub.only()["body"].count(where) == 3
    (keeper.folder.path / "code.py").write_text("1\n", encoding="utf-8")
    keeper.git("add", "code.py")
    keeper.git("commit", "-qm", "Code")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")
    assert keeper.pr().out.endswith("is up to date\n")


def test_the_checkout_is_not_touched(fresh: Keeper) -> None:
    fresh.folder.list.write_text(f"{LIST}\nan edit that nobody committed\n", encoding="utf-8")
    fresh.git("add", "curated.md")

    def seen() -> tuple[str, ...]:
        status = fresh.git("status", "--porcelain", "--untracked-files=no")
        return status, fresh.git("branch"), fresh.git("stash", "list"), fresh.folder.text

    before = seen()
    assert fresh.pr().code == 0
    assert seen() == before
    assert "nobody committed" not in fresh.listed()


def test_a_second_run_changes_nothing_and_says_so(keeper: Keeper) -> None:
    head, asked = keeper.hub.head(UPDATE_BRANCH), len(keeper.hub.asked)
    ended = keeper.pr()
    assert ended.out == f"{keeper.hub.site}/keeper/list/pull/1 is up to date\n"
    assert keeper.hub.head(UPDATE_BRANCH) == head
    assert keeper.hub.asked[asked:] == [("GET", "pulls")]


def test_a_body_that_came_back_from_a_browser_is_not_edited_again(keeper: Keeper) -> None:
    keeper.hub.pulls[1]["body"] = keeper.hub.pulls[1]["body"].replace("\n", "\r\n").strip()
    assert keeper.pr().out.endswith("is up to date\n")


def test_it_is_refreshed_in_place(keeper: Keeper) -> None:
    ended = keeper.later(9)
    assert ended.out == f"refreshed {keeper.hub.site}/keeper/list/pull/1\n"
    pull = keeper.hub.only()
    assert pull["title"] == "Update links: 2 dead, 1 insecure, 1 moved, 1 malformed"
    assert "missing.example/a) (💀" in keeper.listed()
    assert keeper.hub.git("rev-list", "--count", f"main..{UPDATE_BRANCH}") == "1"


@pytest.mark.parametrize("ending", ["\r", "\r\n", "\r\r\n", "\n\r", "\r\n\n\r"])
def test_a_list_with_any_line_ends_is_proposed_for(fresh: Keeper, ending: str) -> None:
    fresh.edits("\n", ending, "main")
    ended = fresh.pr()
    assert ended.out.startswith("opened "), ended.err
    assert all(flagged in fresh.listed() for flagged in (GONE, MOVED, TYPO))


def test_after_a_merge_nothing_is_left_to_propose(keeper: Keeper) -> None:
    keeper.hub.merge(1)
    ended = keeper.pr()
    assert ended.out == "nothing to propose, and no pull request is open\n"
    assert GONE in keeper.listed("main")
    keeper.later(9)
    assert keeper.hub.only()["number"] == 2
    assert keeper.hub.only()["title"] == "Update links: 1 dead, 1 insecure"


def test_after_a_squash_nothing_is_left_to_propose(keeper: Keeper) -> None:
    keeper.hub.merge(1, squash=True)
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"
    assert keeper.later(9).out.startswith("opened ")
    assert keeper.hub.only()["title"] == "Update links: 1 dead, 1 insecure"
    assert keeper.hub.git("rev-list", "--count", f"main..{UPDATE_BRANCH}") == "1"


@pytest.mark.parametrize("squash", [False, True])
@pytest.mark.parametrize("depth", ["1", "9"])
def test_what_somebody_reverted_after_a_merge_is_proposed_again(
    keeper: Keeper, depth: str, *, squash: bool
) -> None:
    """The branch is still there, with the commit that was merged."""
    keeper.hub.merge(1, squash=squash)
    keeper.git("pull", "-q", str(keeper.hub.bare), "main")
    keeper.git("revert", "--no-edit", *(() if squash else ("-m", "1")), "HEAD")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")
    runner = keeper.folder.path.parent / "runner"
    where = f"{keeper.hub.site}/keeper/list.git"
    keeper.git("clone", "-q", "--depth", depth, where, str(runner))
    ended = keeper.pr("--list", str(runner / "curated.md"))
    assert ended.out == f"opened {keeper.hub.site}/keeper/list/pull/2\n", ended.err
    assert GONE in keeper.listed()


def test_it_is_closed_when_the_diff_is_empty(keeper: Keeper) -> None:
    for was, flagged in ((LIST.splitlines()[n], n) for n in (5, 7, 8)):
        keeper.edits(was, keeper.listed().splitlines()[flagged], "main")
    ended = keeper.pr()
    assert ended.out == f"closed {keeper.hub.site}/keeper/list/pull/1: nothing is left to change\n"
    assert keeper.hub.opened == []
    assert [number for number, _ in keeper.hub.comments] == [1]
    assert keeper.hub.head(UPDATE_BRANCH) == ""
    assert not any(keeper.kept()[title] for title in ("Gone", "Moved", "Typo"))


def test_the_branch_follows_a_base_in_which_the_list_changed(keeper: Keeper) -> None:
    keeper.edits("- [Good]", "- [Better]", "main")
    keeper.pr()
    assert "- [Better]" in keeper.listed()
    assert keeper.hub.git("merge-base", "main", UPDATE_BRANCH) == keeper.hub.head("main")
    assert len(keeper.hub.pulls) == 1


def test_a_branch_that_github_updated_is_still_ours(keeper: Keeper) -> None:
    keeper.edits("# A list", "# The list", "main")
    keeper.update_branch()
    assert keeper.later(9).out.startswith("refreshed ")
    assert keeper.hub.git("rev-list", "--count", f"main..{UPDATE_BRANCH}") == "1"


def test_a_shallow_checkout_works_too(keeper: Keeper) -> None:
    head = keeper.hub.head(UPDATE_BRANCH)
    keeper.edits("# A list", "# A list\n\nA word.", "main")
    runner = keeper.folder.path.parent / "runner"
    where = f"{keeper.hub.site}/keeper/list.git"
    keeper.git("clone", "-q", "--depth=1", where, str(runner))
    listed = ("--list", str(runner / "curated.md"))
    assert keeper.pr(*listed).out.startswith("refreshed ")
    moved = keeper.hub.head(UPDATE_BRANCH)
    assert moved != head  # the list itself had changed
    assert keeper.pr(*listed).out.endswith("is up to date\n")
    assert keeper.hub.head(UPDATE_BRANCH) == moved


@pytest.mark.parametrize("times", [1, 2])
def test_a_branch_that_github_updated_is_ours_in_a_shallow_checkout_too(
    keeper: Keeper, times: int
) -> None:
    for number in range(times):
        keeper.edits("# A list", f"# A list\n\nUpdate {number}.", "main")
        keeper.update_branch()
    keeper.edits("# A list", "# The list", "main")
    runner = keeper.folder.path.parent / "runner"
    where = f"{keeper.hub.site}/keeper/list.git"
    keeper.git("clone", "-q", "--depth=1", where, str(runner))
    ended = keeper.pr("--list", str(runner / "curated.md"))
    assert ended.out.startswith("refreshed "), ended
    assert keeper.hub.git("rev-list", "--count", f"main..{UPDATE_BRANCH}") == "1"


def test_a_person_is_named_in_a_shallow_checkout_too(keeper: Keeper) -> None:
    theirs = keeper.edits("- [Good]", "- [Best]")
    keeper.edits("# A list", "# The list", "main")
    keeper.update_branch()
    runner = keeper.folder.path.parent / "runner"
    where = f"{keeper.hub.site}/keeper/list.git"
    keeper.git("clone", "-q", "--depth=1", where, str(runner))
    ended = keeper.pr("--list", str(runner / "curated.md"))
    assert ended.out.endswith("is left alone: A Person pushed to its branch\n"), ended
    assert theirs in keeper.hub.git("rev-list", UPDATE_BRANCH)


def test_a_base_that_changed_elsewhere_is_not_a_reason_to_push(keeper: Keeper) -> None:
    head = keeper.hub.head(UPDATE_BRANCH)
    (keeper.folder.path / "code.py").write_text("1\n", encoding="utf-8")
    keeper.git("add", "code.py")
    keeper.git("commit", "-qm", "Code")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")
    assert keeper.pr().out.endswith("is up to date\n")
    assert keeper.hub.head(UPDATE_BRANCH) == head


def test_after_a_person_pushed_it_is_left_alone(keeper: Keeper) -> None:
    theirs = keeper.edits("- [Good]", "- [Best]")
    ended = keeper.later(9)
    assert ended.out.endswith("is left alone: A Person pushed to its branch\n")
    assert keeper.hub.head(UPDATE_BRANCH) == theirs
    body = keeper.hub.only()["body"]
    assert body.count("**A Person pushed to this branch") == 1
    keeper.later(9)
    assert keeper.hub.only()["body"] == body
    assert keeper.hub.head(UPDATE_BRANCH) == theirs


def test_a_commit_of_ours_that_a_person_amended_is_not_ours(keeper: Keeper) -> None:
    other = keeper.folder.path.parent / "other"
    keeper.git("clone", "-q", "-b", UPDATE_BRANCH, str(keeper.hub.bare), str(other))
    (other / "curated.md").write_text(keeper.listed() + "\nmine\n", encoding="utf-8")
    keeper.git("commit", "-q", "-a", "--amend", "--no-edit", folder=other)
    keeper.git("push", "-qf", "origin", UPDATE_BRANCH, folder=other)
    assert "left alone" in keeper.later(9).out
    assert "mine" in keeper.listed()


def test_a_closed_branch_with_commits_of_a_person_is_kept(keeper: Keeper) -> None:
    theirs = keeper.edits("- [Good]", "- [Best]")
    keeper.hub.close(1)
    ended = keeper.later(9)
    assert ended.code == 2
    assert "has 1 commit of A Person" in ended.err
    assert (keeper.hub.head(UPDATE_BRANCH), keeper.hub.opened) == (theirs, [])


def test_a_merged_branch_with_commits_of_a_person_is_free_again(keeper: Keeper) -> None:
    keeper.edits("- [Good]", "- [Best]")
    keeper.pr()
    keeper.hub.merge(1)
    assert keeper.later(9).out.startswith("opened ")
    assert "- [Best]" in keeper.listed()


def test_a_dry_run_prints_body_and_diff_and_touches_nothing(fresh: Keeper) -> None:
    before = sorted(fresh.folder.files())
    ended = fresh.pr("--dry-run")
    after = fresh.folder.files() - {".staycurrent", ".staycurrent/warehouse.duckdb"}
    assert ended.code == 0
    assert ended.out.startswith("Update links: 1 dead, 1 moved, 1 malformed\n\n**3 lines change")
    assert f"+- [Gone]({GONE}" in ended.out
    assert (sorted(after), fresh.hub.asked, fresh.hub.pulls) == (before, [], {})


def test_a_dry_run_names_the_branch_that_lacks_the_list(fresh: Keeper) -> None:
    fresh.git("fetch", "-q", "origin")
    (fresh.folder.path / "other.md").write_text("# Other\n", encoding="utf-8")
    fresh.git("add", "other.md")
    fresh.git("commit", "-qm", "Begin another list")
    ended = fresh.pr("--dry-run", "--list", "other.md")
    assert (ended.code, "other.md is not in origin/main: commit" in ended.err) == (2, True), ended


def test_a_dry_run_on_a_runner_is_about_the_branch_that_is_checked_out(fresh: Keeper) -> None:
    """Its checkout has a branch `main` too, and does not know which one is the default."""
    other = fresh.git("commit-tree", "-m", "Begin", fresh.git("mktree"))
    fresh.git("branch", "-m", "main", "trunk")
    fresh.git("update-ref", "refs/remotes/origin/main", other)
    fresh.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    ended = fresh.pr("--dry-run")
    assert ended.out.startswith("Update links: "), ended.err


def test_a_dry_run_without_the_base_is_about_what_is_checked_out(
    walk: Walk, tmp_path: Path
) -> None:
    with keeping(tmp_path, walk, 'base = "devel"\n') as keeper:
        ended = keeper.pr("--dry-run")
        assert ended.out.startswith("Update links: "), ended.err


def test_a_dry_run_says_that_nothing_is_to_be_proposed_as_the_action_expects(
    keeper: Keeper,
) -> None:
    keeper.hub.merge(1)
    keeper.git("fetch", "-q", str(keeper.hub.bare), "main:refs/remotes/origin/main")
    assert keeper.pr("--dry-run").out == "Nothing to propose.\n"


def test_a_dry_run_works_in_a_folder_of_any_name(walk: Walk, tmp_path: Path) -> None:
    """Git divides lists of paths at colons."""
    path = tmp_path / 'a:b "c"'
    path.mkdir()
    with keeping(path, walk) as keeper:
        ended = keeper.pr("--dry-run")
        assert (ended.code, "+- [Gone]" in ended.out) == (0, True), ended.err


@pytest.mark.parametrize(
    ("token", "remotes", "missing"),
    [
        ("", ["origin"], "no GITHUB_TOKEN: "),
        (TOKEN, [], "no remote called origin: "),
        (TOKEN, ["fork", "upstream"], "no remote called origin: "),
    ],
)
def test_without_token_or_remote_the_branch_is_created_locally(
    fresh: Keeper, token: str, remotes: list[str], missing: str
) -> None:
    where = fresh.git("remote", "get-url", "origin")
    fresh.git("remote", "remove", "origin")
    for name in remotes:
        fresh.git("remote", "add", name, where)
    ended = fresh.pr(token=token)
    assert (ended.code, missing in ended.err) == (2, True), ended.err
    assert f"the branch {UPDATE_BRANCH} is ready here" in ended.err
    assert fresh.git("diff", "--numstat", "main", UPDATE_BRANCH) == "3\t3\tcurated.md"
    assert fresh.git("status", "--porcelain", "--untracked-files=no") == ""
    assert fresh.hub.asked == []
    assert fresh.pr(token=token).code == 2


def test_a_local_branch_with_commits_of_somebody_else_is_left_alone(fresh: Keeper) -> None:
    fresh.git("fetch", "-q")
    fresh.pr(token="")
    fresh.git("checkout", "-q", UPDATE_BRANCH)
    assert "is checked out, so it is left alone" in fresh.pr(token="").err
    fresh.git("commit", "-q", "--allow-empty", "-m", "Mine")
    mine = fresh.git("rev-parse", "HEAD")
    fresh.git("checkout", "-q", "main")
    assert "holds commits of somebody else" in fresh.pr(token="").err
    assert fresh.git("rev-parse", UPDATE_BRANCH) == mine


def test_a_commit_has_no_text_of_others(fresh: Keeper) -> None:
    fresh.edits("[Gone]", "[@everybody fixes #1 <b>]", "main")
    fresh.pr()
    said = fresh.hub.git("show", "-s", "--format=%an <%ae>%n%B", UPDATE_BRANCH).splitlines()
    assert said[:2] == [
        "staycurrent <staycurrent@noreply.invalid>",
        "Update links: 1 dead, 1 moved, 1 malformed",
    ]
    assert "everybody" not in "\n".join(said)
    body = fresh.hub.only()["body"]
    assert "@\u200beverybody fixes #\u200b1" in body
    assert "@everybody" not in body


def test_the_token_is_neither_stored_nor_shown(fresh: Keeper) -> None:
    ended = fresh.pr("-v")
    kept = [one for one in fresh.folder.path.rglob("*") if one.is_file()]
    assert not any(TOKEN.encode() in one.read_bytes() for one in kept)
    assert TOKEN not in ended.out + ended.err
