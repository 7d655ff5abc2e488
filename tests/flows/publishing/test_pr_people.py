"""Who decides in a pull request, which one is ours, and what people wrote into it is kept."""

from pathlib import Path
from shutil import copyfile

import pytest

from staycurrent.flows.publishing.github import Account
from tests.flows.publishing.test_pr_learning import tick, why
from tests.support.folder import LIST, Ended, Walk
from tests.support.github import UPDATE_BRANCH, Fault, Keeper, keeping

NOTHING = "nothing to propose, and no pull request is open\n"


@pytest.fixture
def keeper(proposed: Keeper) -> Keeper:
    return proposed


def decided_nothing(keeper: Keeper, ended: Ended) -> bool:
    """Whether the closed pull request was opened again, with every line."""
    (pull,) = keeper.hub.opened
    kept = any(keeper.kept()[title] for title in ("Gone", "Moved", "Typo"))
    again = pull["title"] == "Update links: 1 dead, 1 moved, 1 malformed"
    return ended.out.startswith("opened ") and again and not kept


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("stale[bot]", "Bot"),
        ("stale[bot]", "User"),
        ("github-actions", "User"),
        ("github-merge-queue", "Bot"),
        ("ghost", "User"),
        ("an-organisation", "Organization"),
    ],
)
def test_bots_and_accounts_of_nobody_are_no_people(who: str, kind: str) -> None:
    assert not Account(who, kind).is_person
    assert Account("a-person").is_person


def test_a_close_by_a_bot_is_no_decision(keeper: Keeper) -> None:
    keeper.hub.close(1, "github-merge-queue", "Bot")
    assert decided_nothing(keeper, keeper.pr())


def test_a_close_by_who_may_not_write_is_no_decision(keeper: Keeper) -> None:
    keeper.hub.readers.add("triager")
    keeper.hub.close(1, "triager")
    assert decided_nothing(keeper, keeper.pr())


@pytest.mark.parametrize(
    "asked", ["issues/1", "issues/1/events", "collaborators/maintainer/permission"]
)
def test_a_close_of_which_github_says_nothing_yet_waits(keeper: Keeper, asked: str) -> None:
    """Who closed it, whether they may, and whether its branch was deleted first."""
    keeper.hub.close(1)
    keeper.hub.day = 4
    keeper.hub.delete_branch(UPDATE_BRANCH)
    keeper.hub.faults.append(Fault("GET", asked, 502))
    assert (keeper.pr(night=5).code, keeper.hub.opened, why(keeper)) == (75, [], "")
    assert keeper.pr(night=5).out == NOTHING
    assert "pull request #1 was closed unmerged" in why(keeper)


def test_an_author_of_whom_github_says_nothing_yet_is_no_stranger(keeper: Keeper) -> None:
    keeper.hub.pulls[1]["author_association"] = "CONTRIBUTOR"
    keeper.hub.faults.append(Fault("GET", "collaborators/our-bot/permission", 429))
    ended = keeper.pr()
    assert (ended.code, "limit is reached (429)" in ended.err) == (75, True), ended.err
    assert keeper.pr().out.endswith("/pull/1 is up to date\n")


def test_a_close_whose_author_is_not_given_is_no_decision(keeper: Keeper) -> None:
    keeper.hub.close(1)
    keeper.hub.pulls[1]["closed_by"] = None
    assert decided_nothing(keeper, keeper.pr())


@pytest.mark.parametrize("events_fail", [False, True])
def test_a_branch_that_vanished_is_no_decision(keeper: Keeper, *, events_fail: bool) -> None:
    keeper.hub.delete_branch(UPDATE_BRANCH)
    if events_fail:
        keeper.hub.faults.append(Fault("GET", "issues/1/events", 404))
    assert decided_nothing(keeper, keeper.pr())


def test_a_branch_that_vanished_after_months_is_no_decision(keeper: Keeper) -> None:
    """Each night's push is an event, and GitHub lists a hundred of them at a time."""
    pushed = {"event": "head_ref_force_pushed", "created_at": keeper.hub.now()}
    keeper.hub.events[1] = [pushed] * 150
    keeper.hub.delete_branch(UPDATE_BRANCH)
    assert decided_nothing(keeper, keeper.pr())


def test_a_person_who_closes_and_then_deletes_the_branch_decides(keeper: Keeper) -> None:
    keeper.hub.close(1)
    keeper.hub.day = 4
    keeper.hub.delete_branch(UPDATE_BRANCH)
    assert keeper.pr(night=5).out == NOTHING
    assert all(keeper.kept()[title] for title in ("Gone", "Moved", "Typo"))


def test_our_own_close_is_no_decision(keeper: Keeper) -> None:
    for was, flagged in ((LIST.splitlines()[n], n) for n in (5, 7, 8)):
        keeper.edits(was, keeper.listed().splitlines()[flagged], "main")
    assert keeper.pr().out.startswith("closed ")
    asked = len(keeper.hub.asked)
    assert keeper.pr().out == NOTHING
    assert keeper.hub.asked[asked:] == [("GET", "pulls")]


def test_lines_that_a_bot_ticked_or_removed_are_proposed_again(keeper: Keeper) -> None:
    tick(keeper, "Gone is not dead", "formatter[bot]")
    keeper.pr()
    assert why(keeper) == ""
    assert "- [ ] line 6: Gone is not dead" in keeper.hub.only()["body"]


def test_a_commit_of_a_bot_is_no_decision(keeper: Keeper) -> None:
    keeper.edits(" (💀<!--stay:dead:2026-11-01-->)", "", author="pre-commit-ci[bot]")
    assert "left alone" in keeper.pr().out
    assert why(keeper) == ""


def test_who_rebased_our_commit_is_named_and_decides(keeper: Keeper) -> None:
    keeper.edits("# A list", "# The list", "main")
    keeper.rebase_branch()
    assert keeper.pr().out.endswith("is left alone: A Person pushed to its branch\n")
    assert "**A Person pushed to this branch" in keeper.hub.only()["body"]
    keeper.edits(" (💀<!--stay:dead:2026-11-01-->)", "")
    assert "left alone" in keeper.pr().out
    assert "by A Person on 2026-11-03: removed in commit" in why(keeper)


def amend(keeper: Keeper, was: str, now: str) -> None:
    """A person changes our commit, and pushes it in the place of ours."""
    other = keeper.folder.path.parent / "other"
    if not other.exists():
        keeper.git("clone", "-q", str(keeper.hub.bare), str(other))
    keeper.git("checkout", "-q", "-B", "mine", f"origin/{UPDATE_BRANCH}", folder=other)
    listed = other / "curated.md"
    text = listed.read_text(encoding="utf-8")
    assert was in text
    listed.write_text(text.replace(was, now), encoding="utf-8")
    keeper.git("commit", "-q", "-a", "--amend", "--no-edit", folder=other)
    keeper.git("push", "-qf", "origin", f"mine:{UPDATE_BRANCH}", folder=other)


def test_a_flag_that_a_person_amends_out_of_our_commit_is_a_decision(keeper: Keeper) -> None:
    amend(keeper, " (💀<!--stay:dead:2026-11-01-->)", "")
    ended = keeper.pr()
    assert ended.out.endswith("is left alone: A Person pushed to its branch\n")
    assert "by A Person on 2026-11-03: removed in commit" in why(keeper)
    assert [title for title, kept in keeper.kept().items() if kept] == ["Gone", "Kept"]


def test_what_our_commit_got_later_is_no_decision_of_who_amended_it_before(keeper: Keeper) -> None:
    """They had fetched it earlier, and replaced ours without seeing it."""
    other = keeper.folder.path.parent / "other"
    keeper.git("clone", "-q", str(keeper.hub.bare), str(other))
    before = keeper.kept()
    assert keeper.later(9).out.startswith("refreshed ")
    assert "**5 lines change" in keeper.hub.only()["body"]
    amend(keeper, "# A list", "# The list")
    assert keeper.pr(night=9).out.endswith("is left alone: A Person pushed to its branch\n")
    assert keeper.kept() == before


def test_what_a_base_lost_is_no_decision_of_who_rebased_our_commit_upon_it(keeper: Keeper) -> None:
    """As where a program has written the base's list anew, without the flags."""
    keeper.hub.merge(1)
    keeper.later(9)
    keeper.edits(" (💀<!--stay:dead:2026-11-01-->)", "", "main", "generator[bot]")
    keeper.rebase_branch("-X", "ours")
    keeper.later(9)
    assert why(keeper) == ""


def test_what_our_commit_removes_is_no_decision_of_who_rebased_it(keeper: Keeper) -> None:
    """As where the settings want no flags in the list any more."""
    keeper.hub.merge(1)
    path = keeper.folder.path / "staycurrent.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}\n[curated]\nflags = "report"\n', "utf-8")
    assert keeper.pr().out.startswith("opened ")
    keeper.edits("# A list", "# The list", "main")
    keeper.rebase_branch()
    assert keeper.pr().out.endswith("is left alone: A Person pushed to its branch\n")
    assert not any(keeper.kept()[title] for title in ("Gone", "Moved", "Typo"))


@pytest.mark.parametrize("association", ["NONE", "CONTRIBUTOR"])
def test_a_strangers_pull_request_from_our_branch_is_not_obeyed(
    keeper: Keeper, association: str
) -> None:
    body = keeper.hub.only()["body"].replace("- [ ]", "- [x]")
    keeper.hub.git("branch", "devel", "main")
    number = keeper.hub.opened_by("stranger", "devel", body, association)
    assert keeper.pr().out.endswith("/pull/1 is up to date\n")
    keeper.hub.close(number, "stranger")
    assert keeper.pr().out.endswith("/pull/1 is up to date\n")
    assert why(keeper) == ""
    assert keeper.hub.pulls[number]["body"] == body


def test_a_maintainers_pull_request_to_another_base_is_theirs(keeper: Keeper) -> None:
    keeper.hub.git("branch", "devel", "main")
    number = keeper.hub.opened_by("maintainer", "devel", "Mine.", "OWNER")
    keeper.hub.close(1)
    assert keeper.pr().out == NOTHING
    pull = keeper.hub.pulls[number]
    assert (pull["state"], pull["body"], pull["base"]["ref"]) == ("open", "Mine.", "devel")


def test_a_strangers_pull_request_in_the_place_of_ours_is_named(keeper: Keeper) -> None:
    keeper.hub.close(1, "stale[bot]", "Bot")
    keeper.hub.opened_by("stranger", "main")
    ended = keeper.pr()
    assert ended.code == 2
    assert "/pull/2 is from our branch, but stranger, who opened it, may not write" in ended.err


def test_a_pull_request_that_a_maintainer_opened_from_our_branch_is_refreshed(
    keeper: Keeper,
) -> None:
    keeper.hub.pulls[1].update(title="Flags", body="By hand.", author_association="OWNER")
    assert keeper.pr().out.startswith("refreshed ")
    pull = keeper.hub.only()
    assert (pull["title"], pull["body"].startswith("By hand.\n\n**3 lines")) == ("Flags", True)
    assert keeper.pr().out.endswith("is up to date\n")


def test_our_pull_request_is_known_to_a_token_that_does_not_see_our_membership(
    keeper: Keeper,
) -> None:
    keeper.hub.pulls[1]["author_association"] = "CONTRIBUTOR"
    assert keeper.pr().out.endswith("/pull/1 is up to date\n")


def test_a_persons_title_and_notes_are_kept(keeper: Keeper) -> None:
    pull = keeper.hub.pulls[1]
    ours = pull["body"]
    inside = ours.replace("### Moved", "Ask Ada about this one.\n\n### Moved")
    body = f"First of all:\n\n- a plan\n\n{inside}\nSigned-off-by: Me\n"
    pull["title"] = "docs: links of November"
    keeper.hub.edit(1, body.replace("\n", "\r\n"), "maintainer")
    ended = keeper.later(9)
    assert ended.out.startswith("refreshed "), ended.err
    refreshed = keeper.hub.only()
    assert refreshed["title"] == "docs: links of November"
    lines = refreshed["body"].splitlines()
    assert lines[:5] == ["First of all:", "", "- a plan", "", lines[4]]
    assert lines[4].startswith("**5 lines change in")
    below = refreshed["body"].partition("<!--stay:text")[2]
    assert below.partition("-->\n")[2] == "\nAsk Ada about this one.\n\nSigned-off-by: Me\n"
    assert refreshed["body"].count("### Moved") == 1
    assert keeper.pr(night=9).out.endswith("is up to date\n")


def test_notes_are_kept_when_nothing_is_left_to_change(keeper: Keeper) -> None:
    keeper.hub.edit(1, "Read me.\r\n" + keeper.hub.only()["body"], "maintainer")
    for was, flagged in ((LIST.splitlines()[n], n) for n in (5, 7, 8)):
        keeper.edits(was, keeper.listed().splitlines()[flagged], "main")
    assert keeper.pr().out.startswith("closed ")
    assert keeper.hub.pulls[1]["body"].startswith("Read me.\n\nNothing is left to change")


def test_a_title_prefix_begins_title_and_commit(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, 'title_prefix = "docs(links):"\n') as keeper:
        keeper.pr()
        title = "docs(links): update links: 1 dead, 1 moved, 1 malformed"
        assert keeper.hub.only()["title"] == title
        assert keeper.hub.git("show", "-s", "--format=%s", UPDATE_BRANCH) == title
        keeper.later(9)
        changed = "docs(links): update links: 2 dead, 1 insecure, 1 moved, 1 malformed"
        assert keeper.hub.only()["title"] == changed


def test_runs_with_one_list_each_do_not_undo_each_other(keeper: Keeper) -> None:
    other = keeper.folder.path / "other.md"
    other.write_text("# Other\n\n- [Good](https://good.example/a) - Fine.\n", encoding="utf-8")
    third = keeper.folder.path / "third.md"
    third.write_text("# Third\n\n- [Gone](https://gone.example/a) - Fine.\n", encoding="utf-8")
    keeper.git("add", "other.md", "third.md")
    keeper.git("commit", "-qm", "More lists")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")
    head, body = keeper.hub.head(UPDATE_BRANCH), keeper.hub.only()["body"]
    ended = keeper.pr("--list", str(other))
    assert (ended.code, ended.out) == (
        0,
        (
            f"nothing to propose; {keeper.hub.site}/keeper/list/pull/1 is about curated.md and is "
            "left alone\n"
        ),
    )
    ended = keeper.pr("--list", str(third))
    assert (ended.code, "/pull/1 changes curated.md too: name all lists" in ended.err) == (2, True)
    assert (keeper.hub.head(UPDATE_BRANCH), keeper.hub.only()["body"]) == (head, body)
    every = [part for path in (keeper.folder.list, other, third) for part in ("--list", str(path))]
    assert keeper.pr(*every).out.startswith("refreshed ")
    ended = keeper.pr("--list", str(keeper.folder.list))
    assert (ended.code, "/pull/1 changes third.md too" in ended.err) == (2, True)


def test_each_branch_has_a_dashboard_of_its_own(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, "dashboard = true\n") as keeper:
        keeper.pr()
        settings = keeper.folder.path / "staycurrent.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace("dashboard", 'branch = "links/b"\ndashboard'))
        copyfile(keeper.walk.morning(3).warehouse, keeper.folder.warehouse)
        assert "dashboard #4 opened" in keeper.pr().out
        assert [issue["state"] for issue in keeper.hub.issues.values()] == ["open", "open"]
