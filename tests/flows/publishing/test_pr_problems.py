"""Problems of `pr`: one sentence each, and the next run succeeds; never two pull requests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folder import LIST, Walk
from tests.support.github import (
    READER,
    STRANGER,
    TOKEN,
    UPDATE_BRANCH,
    WRITER,
    Fault,
    Keeper,
    keeping,
    playing,
)

FORBIDDEN = "GitHub Actions is not permitted to create or approve pull requests."
ABUSE = "You have triggered an abuse detection mechanism. Please retry your request again later."
LIMIT = "You have exceeded a secondary rate limit. Please wait a few minutes."


@pytest.fixture
def keeper(walk: Walk, tmp_path: Path) -> Iterator[Keeper]:
    with keeping(tmp_path, walk) as found:
        yield found


FAULTS = {
    "POST": [
        (Fault("POST", "pulls", 403, LIMIT), 75, "GitHub's limit is reached (403)"),
        (Fault("POST", "pulls", 403, headers={"retry-after": "60"}), 75, "limit is reached"),
        (Fault("POST", "pulls", 500), 75, "has a problem (500)"),
        (Fault("POST", "pulls"), 75, "could not be reached"),
        (Fault("POST", "pulls", 403, "Resource not accessible"), 2, "may not do this"),
        (
            Fault("POST", "pulls", 422, "Draft pull requests are not supported"),
            2,
            "pulls: 422) (GitHub says: Draft pull requests are not supported",
        ),
    ],
    "GET": [
        (Fault("GET", "pulls", 403, headers={"x-ratelimit-remaining": "0"}), 75, "limit"),
        (Fault("GET", "pulls", 429), 75, "limit is reached (429)"),
        (Fault("GET", "pulls", 502), 75, "has a problem (502)"),
        (Fault("GET", "pulls"), 75, "could not be reached"),
        (Fault("GET", "pulls", 401), 2, "GITHUB_TOKEN is mistyped, expired or revoked"),
        (Fault("GET", "pulls", 404), 2, "does not exist or is hidden"),
        (Fault("GET", "pulls", 301), 2, "the repository moved"),
    ],
}


@pytest.mark.parametrize("method", FAULTS)
def test_an_error_is_one_sentence_and_the_next_run_succeeds(keeper: Keeper, method: str) -> None:
    for fault, code, words in FAULTS[method]:
        keeper.hub.faults.append(fault)
        ended = keeper.pr()
        assert (ended.code, ended.out) == (code, ""), fault
        assert words in ended.err
        assert ended.err.count("\n") == 1
        assert TOKEN not in ended.err
        assert not keeper.hub.faults, fault
    assert keeper.pr().out == f"opened {keeper.hub.site}/keeper/list/pull/1\n"
    assert len(keeper.hub.pulls) == 1


@pytest.mark.parametrize("status", [0, 502])
def test_a_lost_response_does_not_lead_to_a_second_pull_request(
    keeper: Keeper, status: int
) -> None:
    keeper.hub.faults.append(Fault("POST", "pulls", status, done=True))
    ended = keeper.pr()
    assert (ended.code, ended.out) == (0, f"opened {keeper.hub.site}/keeper/list/pull/1\n")
    assert len(keeper.hub.pulls) == 1


def test_after_a_push_without_a_pull_request_the_next_run_opens_it(keeper: Keeper) -> None:
    keeper.hub.faults += [Fault("POST", "pulls"), Fault("GET", "pulls", 503)]
    keeper.hub.faults.reverse()
    keeper.hub.faults.append(Fault("GET", "pulls"))
    assert keeper.pr().code == 75
    keeper.hub.faults[:] = [Fault("POST", "pulls")]
    ended = keeper.pr()
    assert "is pushed, but GitHub could not be reached" in ended.err
    pushed = keeper.hub.head(UPDATE_BRANCH)
    assert pushed
    assert keeper.pr().out.startswith("opened ")
    assert keeper.hub.head(UPDATE_BRANCH) == pushed


def test_a_read_only_token_is_an_error_that_names_the_missing_right(keeper: Keeper) -> None:
    ended = keeper.pr(token=READER)
    assert ended.code == 2
    assert "GITHUB_TOKEN needs the right to write contents" in ended.err
    assert keeper.hub.head(UPDATE_BRANCH) == ""
    assert READER not in ended.err


def test_a_token_that_cannot_see_the_repository_is_an_error(keeper: Keeper) -> None:
    ended = keeper.pr(token=STRANGER)
    assert (ended.code, "does not exist or is hidden" in ended.err) == (2, True)
    assert (keeper.hub.head(UPDATE_BRANCH), keeper.hub.pulls) == ("", {})


def test_a_token_without_pull_requests_leaves_the_branch_and_the_next_run_opens(
    keeper: Keeper,
) -> None:
    ended = keeper.pr(token=WRITER)
    assert ended.code == 2
    assert f"the branch {UPDATE_BRANCH} is pushed, but the token may not do this" in ended.err
    pushed = keeper.hub.head(UPDATE_BRANCH)
    assert keeper.pr(token=WRITER).code == 2
    assert keeper.pr().out.startswith("opened ")
    assert (keeper.hub.head(UPDATE_BRANCH), len(keeper.hub.pulls)) == (pushed, 1)


def test_a_mistyped_token_is_an_error(keeper: Keeper) -> None:
    ended = keeper.pr(token=TOKEN[:-1])
    assert (ended.code, "(401)" in ended.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        f"GH006: Protected branch update failed for refs/heads/{UPDATE_BRANCH}.",
        f"GH013: Repository rule violations found for refs/heads/{UPDATE_BRANCH}.",
    ],
)
def test_a_protected_branch_is_an_error(keeper: Keeper, words: str) -> None:
    hook = keeper.hub.bare / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    ended = keeper.pr()
    assert (ended.code, ended.out) == (2, "")
    assert "the branch is protected" in ended.err
    assert keeper.hub.pulls == {}


def test_the_pull_request_follows_a_new_default_branch(proposed: Keeper) -> None:
    proposed.hub.git("branch", "trunk", "main")
    proposed.hub.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert proposed.pr().out == f"refreshed {proposed.hub.site}/keeper/list/pull/1\n"
    assert proposed.hub.only()["base"]["ref"] == "trunk"
    proposed.hub.git("branch", "-D", "main")
    assert proposed.pr().out.endswith("is up to date\n")
    assert len(proposed.hub.pulls) == 1


def test_what_was_declined_is_declined_after_the_default_branch_was_renamed(
    proposed: Keeper,
) -> None:
    """A closed pull request keeps the old name, unlike an open one."""
    proposed.hub.close(1)
    proposed.hub.git("branch", "-m", "main", "trunk")
    assert proposed.pr().out == "nothing to propose, and no pull request is open\n"
    proposed.hub.git("branch", "main", "trunk")
    ended = proposed.pr()
    assert (ended.out, ended.err) == ("nothing to propose, and no pull request is open\n", "")
    assert all(proposed.kept()[title] for title in ("Gone", "Moved", "Typo"))


def test_a_base_that_was_deleted_declines_nothing(proposed: Keeper) -> None:
    """As by who renames the default branch with git: GitHub closes what is open to the old one."""
    before = proposed.kept()
    proposed.hub.git("branch", "trunk", "main")
    proposed.hub.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    proposed.hub.delete_branch("main")
    assert proposed.hub.opened == []
    assert proposed.pr().out == f"opened {proposed.hub.site}/keeper/list/pull/2\n"
    assert proposed.kept() == before


def test_closing_one_to_a_wrong_base_declines_nothing(proposed: Keeper) -> None:
    before = proposed.kept()
    proposed.hub.git("branch", "devel", "main")
    proposed.hub.close(1)
    settings = proposed.folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    to_devel = text.replace("[pull_request]\n", '[pull_request]\nbase = "devel"\n')
    settings.write_text(to_devel, encoding="utf-8")
    assert proposed.pr().out == f"opened {proposed.hub.site}/keeper/list/pull/2\n"
    assert proposed.kept() == before


def test_a_deleted_base_is_an_error(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, 'base = "devel"\n') as keeper:
        ended = keeper.pr()
        assert (ended.code, "has no branch devel: set pull_request.base" in ended.err) == (2, True)
        assert keeper.hub.asked == []


def test_a_reopened_one_beyond_the_first_page_is_found(proposed: Keeper) -> None:
    for number in range(2, 30):
        closed = {"number": number, "state": "closed", "body": "", "closed_at": proposed.hub.now()}
        proposed.hub.pulls[number] = proposed.hub.pulls[1] | closed
    proposed.pr()  # which is not the first any more
    assert proposed.pr().out == f"{proposed.hub.site}/keeper/list/pull/1 is up to date\n"
    assert len(proposed.hub.opened) == 1


def test_twenty_pull_requests_with_the_longest_bodies_are_read(proposed: Keeper) -> None:
    for number in range(2, 21):
        merged = {"number": number, "state": "closed", "body": "🔀" * 60_000}
        merged |= dict.fromkeys(["closed_at", "merged_at"], proposed.hub.now())
        proposed.hub.pulls[number] = proposed.hub.pulls[1] | merged
    ended = proposed.pr()
    assert (ended.code, "/pull/1" in ended.out) == (0, True), ended.err


def test_a_push_of_a_person_meanwhile_is_not_overwritten(proposed: Keeper) -> None:
    """Between our fetch of the branch and our push: the lease does not hold."""
    pushed: list[str] = []
    proposed.hub.meanwhile.append(lambda: pushed.append(proposed.edits("# A list", "# The list")))
    ended = proposed.later(9)
    assert (ended.code, "run again" in ended.err) == (75, True)
    assert [proposed.hub.head(UPDATE_BRANCH)] == pushed
    assert "left alone" in proposed.pr(night=9).out


def test_a_branch_that_a_person_created_meanwhile_is_not_overwritten(keeper: Keeper) -> None:
    keeper.hub.meanwhile.append(
        lambda: keeper.hub.git("update-ref", f"refs/heads/{UPDATE_BRANCH}", keeper.hub.head("main"))
    )
    assert keeper.pr().code == 75
    assert keeper.hub.head(UPDATE_BRANCH) == keeper.hub.head("main")
    assert keeper.pr().out.startswith("opened ")


def test_the_token_goes_to_no_other_host(keeper: Keeper) -> None:
    settings = keeper.folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(f"{keeper.hub.site}/api/v3", "https://api.github.com"))
    ended = keeper.pr()
    assert ended.code == 2
    assert "the token is for https://api.github.com" in ended.err
    assert keeper.hub.asked == []


def test_the_token_does_not_follow_a_redirect_of_git(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where a person's own settings follow redirects."""
    settings = tmp_path / "gitconfig"
    settings.write_text("[http]\nfollowRedirects = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    (tmp_path / "elsewhere").mkdir()
    with playing(tmp_path / "elsewhere") as other:
        keeper.hub.moved_to = other.site
        ended = keeper.pr()
        assert (ended.code, other.sent_to_git) == (2, [])
    assert "the repository was renamed or moved" in ended.err
    assert "`git remote set-url` sets its new URL" in ended.err


@pytest.mark.parametrize("name", ["staycurrent", f"{UPDATE_BRANCH}/of/mine"])
def test_a_branch_of_the_remote_in_the_way_is_named(keeper: Keeper, name: str) -> None:
    keeper.hub.git("branch", name, "main")
    ended = keeper.pr()
    assert (ended.code, ended.out) == (2, "")
    assert f"the remote origin has a branch {name}, so there cannot be a branch" in ended.err
    assert "set pull_request.branch" in ended.err
    keeper.hub.git("branch", "-m", name, "other")
    assert keeper.pr().out.startswith("opened ")


@pytest.mark.parametrize("name", ["staycurrent", f"{UPDATE_BRANCH}/of/mine"])
def test_a_local_branch_in_the_way_is_named(keeper: Keeper, name: str) -> None:
    keeper.git("branch", name)
    ended = keeper.pr(token="")
    assert ended.code == 2
    assert f"the checkout has a branch {name}, so there cannot be" in ended.err


def test_the_local_branch_is_ready_where_git_may_not_connect_to_folders(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "https")
    ended = keeper.pr(token="")
    assert f"the branch {UPDATE_BRANCH} is ready here" in ended.err
    assert keeper.git("branch", "--list", UPDATE_BRANCH)


def test_a_default_branch_in_the_way_is_named(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, 'branch = "main/links"\n') as keeper:
        ended = keeper.pr()
        assert (ended.code, "main is the branch to change, and main/links" in ended.err) == (
            2,
            True,
        )


def test_the_base_is_never_our_branch(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, 'branch = "main"\n') as keeper:
        head = keeper.hub.head("main")
        ended = keeper.pr()
        assert (ended.code, "pull_request.branch: main is the branch to change" in ended.err) == (
            2,
            True,
        )
        assert keeper.hub.head("main") == head


def test_a_list_outside_of_a_checkout_is_an_error(keeper: Keeper, tmp_path: Path) -> None:
    alone = tmp_path / "alone.md"
    alone.write_text("# A list\n", encoding="utf-8")
    ended = keeper.pr("--list", str(alone))
    assert ended.code == 2
    assert "alone.md is in no git checkout (" in ended.err
    assert ended.err.endswith("; run `git init` in its folder\n")


def test_a_list_that_was_never_pushed_is_an_error(keeper: Keeper) -> None:
    (keeper.folder.path / "new.md").write_text("# A list\n", encoding="utf-8")
    ended = keeper.pr("--list", str(keeper.folder.path / "new.md"))
    assert (ended.code, "new.md is not in main: commit it" in ended.err) == (2, True)


def test_labels_are_added_and_a_refused_label_is_not_a_failure(walk: Walk, tmp_path: Path) -> None:
    """It is added later, unless a person has removed it; only then issues need to be read."""
    with keeping(tmp_path, walk, 'labels = ["links", "Bot"]\ndraft = true\n') as keeper:
        keeper.hub.faults.append(Fault("POST", "issues/1/labels", 502))
        opened = keeper.pr()
        assert (opened.code, "/1; without labels: GitHub has a prob" in opened.out) == (0, True)
        assert (keeper.hub.labels, keeper.hub.only()["draft"]) == ({}, True)
        for _ in range(2):
            assert keeper.pr().out.endswith("/pull/1 is up to date\n")
            assert keeper.hub.labels == {1: ["links", "Bot"]}
        assert keeper.hub.asked.count(("GET", "issues/1/events")) == 1
        keeper.hub.labels[1].remove("links")
        assert keeper.pr().out.endswith("/pull/1 is up to date\n")
        assert keeper.hub.labels == {1: ["Bot"]}


def test_an_empty_warehouse_proposes_no_removal_of_flags(proposed: Keeper) -> None:
    proposed.hub.merge(1)
    proposed.folder.warehouse.unlink()
    proposed.folder.warehouse.parent.rmdir()
    ended = proposed.folder.staycurrent("pr", "--dry-run", night=3)
    assert ended.code == 0  # the checkout has not fetched the merge
    proposed.git("pull", "-q", "origin", "main")
    ended = proposed.folder.staycurrent("pr", "--dry-run", night=3)
    assert (ended.code, "has no history of them" in ended.err) == (2, True)


def test_a_list_under_a_new_name_is_proposed_for(proposed: Keeper) -> None:
    """The open pull request changes it under its old name, which the base has no more."""
    keeper = proposed
    keeper.git("mv", "curated.md", "list.md")
    keeper.git("commit", "-qm", "Rename the list")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")
    settings = keeper.folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'[list]\npaths = ["list.md"]\n{text}', encoding="utf-8")
    ended = keeper.pr()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("refreshed ")
    changed = keeper.hub.git("diff", "--name-only", "main", UPDATE_BRANCH)
    assert changed == "list.md"


def test_a_list_that_is_deleted_is_taken_out_of_the_pull_request(proposed: Keeper) -> None:
    """Else the pull request would change a file that the base has deleted: a conflict."""
    keeper, text = proposed, (proposed.folder.path / "staycurrent.toml").read_text("utf-8")
    settings = keeper.folder.path / "staycurrent.toml"
    (keeper.folder.path / "other.md").write_text(f"# Other\n\n{LIST[LIST.index('- ') :]}", "utf-8")
    keeper.git("add", "other.md")
    keeper.git("commit", "-qm", "Another list")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")
    settings.write_text(f'[list]\npaths = ["curated.md", "other.md"]\n{text}', encoding="utf-8")
    assert keeper.pr().out.startswith("refreshed ")
    keeper.git("rm", "-q", "other.md")
    keeper.git("commit", "-qm", "One list will do")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")
    settings.write_text(text, encoding="utf-8")
    ended = keeper.pr()
    assert ended.out.startswith("refreshed "), ended.err
    changed = keeper.hub.git("diff", "--name-only", f"main...{UPDATE_BRANCH}")
    assert changed == "curated.md"
