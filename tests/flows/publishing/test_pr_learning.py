"""`pr` reads what people said: boxes, commits on the branch, and closing it unmerged."""

from collections import Counter
from datetime import date

import pytest

from staycurrent.flows.publishing.git import Git
from staycurrent.identity import identify
from staycurrent.warehouse import candidates
from staycurrent.warehouse.open import open_warehouse
from tests.support.github import UPDATE_BRANCH, Fault, Keeper

FLAG = " (💀<!--stay:dead:2026-11-01-->)"
GONE = "https://gone.example/a"
ALIVE = "https://good.example/a"


@pytest.fixture
def keeper(proposed: Keeper) -> Keeper:
    return proposed


def tick(keeper: Keeper, title: str, who: str = "reviewer") -> None:
    r"""As a person does in the browser, which sends `\r\n`, with a comment added."""
    (pull,) = keeper.hub.opened
    (line,) = [one for one in pull["body"].splitlines() if one.startswith("- [ ]") and title in one]
    ticked = f"{line.replace('[ ]', '[X]')} fine by me"
    body = "Thanks!\r\n" + pull["body"].replace(line, ticked).replace("\n", "\r\n")
    keeper.hub.edit(pull["number"], body, who)


def why(keeper: Keeper, url: str = GONE) -> str:
    """What `explain` says about the override."""
    shown = keeper.folder.staycurrent("explain", url, night=3).out
    return "".join(line for line in shown.splitlines() if "override" in line)


def test_a_ticked_line_is_removed_and_not_proposed_again(keeper: Keeper) -> None:
    tick(keeper, "Gone is not dead")
    ended = keeper.pr()
    assert (
        f"learned: keep {GONE} by reviewer: ticked in pull request #1; `staycurrent keep --undo"
        in ended.err
    )
    assert keeper.hub.only()["title"] == "Update links: 1 moved, 1 malformed"
    assert "Gone is not dead" not in keeper.hub.only()["body"]
    assert "Kept: you decided to keep them as they are (1)" in keeper.hub.only()["body"]
    assert FLAG not in keeper.listed()
    assert why(keeper).endswith(
        f"keep dead <{GONE}> by reviewer on 2026-11-03: ticked in pull request #1"
    )


def test_feedback_first_records_it_and_changes_nothing_on_github(keeper: Keeper) -> None:
    tick(keeper, "Gone is not dead")
    ticked, head = keeper.hub.only(), keeper.hub.head(UPDATE_BRANCH)
    ended = keeper.pr("--feedback-first")
    assert (ended.code, ended.out) == (1, "")
    assert f"learned: keep {GONE} by reviewer" in ended.err
    assert (keeper.hub.only(), keeper.hub.head(UPDATE_BRANCH)) == (ticked, head)
    ended = keeper.pr("--feedback-first")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("refreshed ")


def test_a_tick_made_while_the_body_is_rendered_is_not_overwritten(keeper: Keeper) -> None:
    keeper.hub.meanwhile += [lambda: tick(keeper, "Gone is not dead"), lambda: None]
    ended = keeper.later(9)
    assert (ended.code, "somebody edited" in ended.err) == (75, True)
    assert "[X]" in keeper.hub.only()["body"]
    assert f"learned: keep {GONE} by reviewer" in keeper.pr(night=9).err


def test_the_author_of_a_tick_is_not_a_later_editor(keeper: Keeper) -> None:
    tick(keeper, "Gone is not dead", "the first")
    keeper.hub.day = 4
    tick(keeper, "Moved is not moved", "the second")
    keeper.pr(night=5)
    assert f"keep dead <{GONE}> by the first on 2026-11-03" in why(keeper)
    assert "keep moved <https://moved.example/a#part> by the second on 2026-11-04" in why(
        keeper, "https://moved.example/a#part"
    )


@pytest.mark.parametrize("status", [0, 403, 502])
def test_a_tick_counts_without_an_author_if_github_does_not_answer(
    keeper: Keeper, status: int
) -> None:
    keeper.hub.faults.append(Fault("POST", "graphql", status))
    tick(keeper, "Gone is not dead")
    assert keeper.pr().code == 0
    assert why(keeper).endswith(f"keep dead <{GONE}> on 2026-11-03: ticked in pull request #1")


def test_authors_are_requested_once_and_not_in_every_run(keeper: Keeper) -> None:
    tick(keeper, "Gone is not dead")
    keeper.hub.close(1)
    keeper.pr()
    asked = len(keeper.hub.asked)
    keeper.pr()
    assert keeper.hub.asked[asked:] == [("GET", "pulls")]


def test_a_comment_does_not_repeat_an_override_that_was_undone(keeper: Keeper) -> None:
    tick(keeper, "Gone is not dead")
    keeper.hub.close(1)
    keeper.pr()
    keeper.folder.staycurrent("keep", "--undo", GONE, night=5)
    keeper.hub.day = 8
    keeper.hub.comment(1, "Hm.")
    assert keeper.pr(night=8).out.startswith("opened ")
    assert FLAG in keeper.listed()


def test_a_ticked_line_comes_back_when_it_is_undone(keeper: Keeper) -> None:
    tick(keeper, "Gone is not dead")
    keeper.pr()
    keeper.folder.staycurrent("keep", "--undo", GONE, night=5)
    keeper.pr()
    assert FLAG in keeper.listed()


def test_nothing_of_a_closed_pull_request_is_proposed_again(keeper: Keeper) -> None:
    keeper.hub.close(1, "A Maintainer")
    ended = keeper.pr()
    assert ended.out == "nothing to propose, and no pull request is open\n"
    expected = (
        f"keep dead <{GONE}> by A Maintainer on 2026-11-03: pull request #1 was closed unmerged"
    )
    assert why(keeper).endswith(expected)
    assert all(keeper.kept()[title] for title in ("Gone", "Moved", "Typo"))
    assert keeper.pr().err == ""


def test_who_opens_it_again_takes_back_what_closing_it_declined(keeper: Keeper) -> None:
    keeper.hub.close(1)
    keeper.pr()
    keeper.hub.day = 5
    keeper.hub.pulls[1].update(state="open", closed_at=None)
    tick(keeper, "Moved is not moved")
    ended = keeper.pr()
    assert ended.out.startswith("refreshed ")
    assert f"undone: keep {GONE}: the pull request was opened again" in ended.err
    assert keeper.hub.only()["title"] == "Update links: 1 dead, 1 malformed"
    assert [title for title, kept in keeper.kept().items() if kept] == ["Moved", "Kept"]
    assert keeper.pr().out.endswith("is up to date\n")
    keeper.hub.day = 6
    keeper.hub.close(1)
    keeper.pr(night=6)
    assert keeper.kept()["Gone"]


def test_who_merges_it_after_all_takes_back_what_closing_it_declined(keeper: Keeper) -> None:
    keeper.hub.close(1)
    keeper.pr()
    keeper.hub.pulls[1].update(state="open", closed_at=None)
    keeper.hub.merge(1)
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"
    assert [title for title, kept in keeper.kept().items() if kept] == ["Kept"]


def test_what_a_person_took_into_the_list_is_not_declined_by_closing(keeper: Keeper) -> None:
    """They cherry-picked a part, and closed the rest."""
    keeper.edits(f"{GONE})", f"{GONE}){FLAG}", branch="main")
    keeper.hub.close(1)
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"
    assert why(keeper) == ""
    kept = keeper.kept()
    assert [kept[title] for title in ("Gone", "Moved", "Typo")] == [False, True, True]


@pytest.mark.parametrize("wants", ['place = "end"', 'dead = "strike"', 'moved = "fix"'])
def test_flags_that_are_only_written_differently_are_not_declined_by_closing(
    keeper: Keeper, wants: str
) -> None:
    """They are left as they are, and not proposed in that way again."""
    keeper.hub.merge(1)
    path = keeper.folder.path / "staycurrent.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[curated]\n{wants}\n", "utf-8")
    assert keeper.pr().out.startswith("opened ")
    keeper.hub.close(2)
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"
    kept = keeper.kept()
    assert [kept[title] for title in ("Gone", "Moved", "Typo")] == [False, False, False]


def test_the_mark_of_a_new_entry_that_is_closed_is_not_proposed_again(keeper: Keeper) -> None:
    """No override is about it: the entry was a candidate, and a person took it."""
    keeper.hub.merge(1)
    with open_warehouse(keeper.folder.warehouse) as warehouse:
        accepted = {str(identify(ALIVE)): date(2026, 11, 2)}
        candidates.record_accepted(warehouse, accepted)
    assert keeper.pr().out.startswith("opened ")
    assert "stay:new" in keeper.listed()
    keeper.hub.close(2)
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"


def test_a_bot_that_closes_what_a_person_opened_again_declines_nothing(keeper: Keeper) -> None:
    keeper.pr()
    with open_warehouse(keeper.folder.warehouse) as warehouse:
        accepted = {str(identify(ALIVE)): date(2026, 11, 2)}
        candidates.record_accepted(warehouse, accepted)
    keeper.pr()
    keeper.hub.close(1)
    keeper.pr()
    keeper.hub.pulls[1].update(state="open", closed_at=None)
    assert keeper.pr().out.endswith("is up to date\n")
    keeper.hub.day = 5
    keeper.hub.close(1, "stale[bot]", "Bot")
    assert keeper.pr(night=6).out.startswith("opened ")
    assert "stay:new" in keeper.listed()


def test_a_declined_line_that_is_undone_is_proposed_again(keeper: Keeper) -> None:
    keeper.hub.close(1)
    keeper.pr()
    keeper.folder.staycurrent("keep", "--undo", GONE, night=5)
    assert keeper.pr().out.startswith("opened ")
    assert keeper.hub.only()["title"] == "Update links: 1 dead"
    assert keeper.pr().out.endswith("is up to date\n")


def test_a_flag_that_a_commit_on_the_branch_removes_is_not_proposed_again(keeper: Keeper) -> None:
    commit = keeper.edits(FLAG, "")
    ended = keeper.pr()
    assert "left alone" in ended.out
    expected = f"by A Person on 2026-11-03: removed in commit {commit[:12]} of pull request #1"
    assert why(keeper).endswith(expected)
    keeper.hub.merge(1)
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"
    assert FLAG not in keeper.listed("main")


def test_a_flag_that_a_later_commit_on_the_branch_restores_makes_no_override(
    keeper: Keeper,
) -> None:
    keeper.edits(f"{GONE}){FLAG}", f"{GONE})")
    keeper.edits(f"{GONE})", f"{GONE}){FLAG}")
    keeper.pr()
    assert why(keeper) == ""
    keeper.hub.merge(1)
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"
    assert FLAG in keeper.listed("main")


def test_the_end_of_the_branch_is_read_once_for_all_commits(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, read_file = Counter[str](), Git.read_file

    def counted(git: Git, commit: str, path: str, **options: float) -> bytes | None:
        read[commit] += 1
        return read_file(git, commit, path, **options)

    monkeypatch.setattr(Git, "read_file", counted)
    commits = [
        keeper.edits(title, f"{title}!") for title in ("# A list", "# A list!", "# A list!!")
    ]
    keeper.pr()
    assert read[commits[-1]] == 3, "for its change, as the end, and to compare it with ours"


def test_a_partial_revert_is_learned_after_the_branch_is_deleted(
    keeper: Keeper,
) -> None:
    keeper.edits(FLAG, "")
    keeper.hub.merge(1)
    keeper.hub.git("update-ref", "-d", f"refs/heads/{UPDATE_BRANCH}")
    assert keeper.pr().out == "nothing to propose, and no pull request is open\n"
    assert "by A Person on 2026-11-03: removed in commit" in why(keeper)


def test_a_link_that_a_commit_on_the_branch_fixes_makes_no_override(keeper: Keeper) -> None:
    keeper.edits(f"{GONE}){FLAG}", "https://good.example/b)")
    keeper.pr()
    assert why(keeper) == ""


def test_another_flag_of_the_link_is_still_proposed(keeper: Keeper) -> None:
    """The override is about one flag: a moved link that dies is proposed."""
    tick(keeper, "Moved is not moved")
    keeper.pr()
    expected = why(keeper, "https://moved.example/a#part")
    assert expected.endswith(
        "keep moved <https://moved.example/a#part> by reviewer on 2026-11-03: "
        "ticked in pull request #1"
    )


def test_a_box_with_an_unknown_key_is_ignored(keeper: Keeper) -> None:
    keeper.hub.pulls[1]["body"] += "\n- [x] odd <!--stay:ask aaaaaaaaaaaaaaaa-->\n- [x] odder"
    assert keeper.pr().code == 0
    assert not any(keeper.kept()[title] for title in ("Gone", "Moved", "Typo"))
