"""`pr` on the first day: the surest first, no more than people review; and the dashboard."""

from pathlib import Path

import pytest

from tests.flows.publishing.test_pr import GONE, MOVED, TYPO
from tests.support.folder import LIST, Walk
from tests.support.github import Fault, Keeper, keeping

FIRST = "This is the first pull request"


def flagged(keeper: Keeper, branch: str = "staycurrent/update") -> list[bool]:
    return [one in keeper.listed(branch) for one in (GONE, MOVED, TYPO)]


def test_the_most_certain_come_first_and_the_rest_is_unchanged(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, "max_lines = 2\n") as keeper:
        assert keeper.pr().code == 0
        body = keeper.hub.only()["body"]
        assert keeper.hub.only()["title"] == "Update links: 1 dead, 1 malformed"
        assert FIRST in body
        assert "**1 more line will follow**: 1 moved." in body
        assert flagged(keeper) == [True, False, True]
        untouched = [one for one in LIST.splitlines() if "Gone" not in one and "Typo" not in one]
        assert set(untouched) <= set(keeper.listed().splitlines())
        keeper.hub.merge(1)
        assert keeper.pr().code == 0
        assert keeper.hub.only()["title"] == "Update links: 1 moved"
        assert FIRST not in keeper.hub.only()["body"]
        assert flagged(keeper) == [True, True, True]


def test_strikes_and_new_urls_are_described(walk: Walk, tmp_path: Path) -> None:
    wants = 'max_lines = 2\n[curated]\ndead = "strike"\nmoved = "fix"\n'
    with keeping(tmp_path, walk, wants) as keeper:
        assert keeper.pr().code == 0
        assert keeper.hub.only()["title"] == "Update links: 1 dead, 1 malformed"
        assert "Gone is not dead" in keeper.hub.only()["body"]
        keeper.hub.merge(1)
        keeper.pr()
        assert keeper.hub.only()["title"] == "Update links: 1 moved"
        assert "https://moved.example/b#part" in keeper.listed()


def rewritten(keeper: Keeper, was: str, now: str) -> None:
    """The person's list with other markup, pushed."""
    text = keeper.folder.text
    assert was in text
    keeper.folder.list.write_text(text.replace(was, now), encoding="utf-8")
    keeper.git("commit", "-qam", "As I write it")
    keeper.git("push", "-q", str(keeper.hub.bare), "main")


def test_a_link_of_several_lines_is_proposed_as_a_whole(walk: Walk, tmp_path: Path) -> None:
    wants = 'max_lines = 1\n[curated]\ndead = "strike"\n'
    with keeping(tmp_path, walk, wants) as keeper:
        rewritten(keeper, "[Gone]", "[Gone\n  for good]")
        ended = keeper.pr()
        assert ended.code == 0, ended.err
        assert "- ~~[Gone\n  for good](https://gone.example/a)~~" in keeper.listed()
        assert keeper.hub.only()["title"] == "Update links: 1 dead"
        assert "**2 lines change in `curated.md`: 1 dead, 1 other.**" in keeper.hub.only()["body"]


def test_a_flag_that_goes_to_another_line_is_neither_lost_nor_doubled(
    walk: Walk, tmp_path: Path
) -> None:
    with keeping(tmp_path, walk, "max_lines = 2\n") as keeper:
        rewritten(keeper, "hhttps://typo.example/a)", "hhttps://typo.example/a)\n  again")
        assert keeper.pr().code == 0
        keeper.hub.merge(1)
        settings = keeper.folder.path / "staycurrent.toml"
        place = '[curated]\nplace = "end"\n'
        settings.write_text(settings.read_text(encoding="utf-8") + place, encoding="utf-8")
        for number in (2, 3):
            assert keeper.pr().code == 0
            listed = keeper.listed()
            assert listed.count("stay:malformed") == 1, listed
            keeper.hub.merge(number)
        assert "again - Malformed. (🔧<!--stay:malformed:2026-11-01-->)" in listed


def test_a_new_url_in_a_definition_is_described(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, '[curated]\nmoved = "fix"\n') as keeper:
        rewritten(keeper, "(https://moved.example/a#part)", "[m]")
        rewritten(keeper, "## Papers", "[m]: https://moved.example/a#part\n\n## Papers")
        assert keeper.pr().code == 0
        assert "[m]: https://moved.example/b#part\n" in keeper.listed()
        assert keeper.hub.only()["title"] == "Update links: 1 dead, 1 moved, 1 malformed"
        assert "Moved is not moved" in keeper.hub.only()["body"]


def test_what_is_proposed_stays_proposed(walk: Walk, tmp_path: Path) -> None:
    """Surer findings of later nights wait: nobody's half review is taken away."""
    with keeping(tmp_path, walk, "max_lines = 3\n") as keeper:
        keeper.pr()
        assert keeper.later(9).code == 0
        assert keeper.hub.only()["title"] == "Update links: 1 dead, 1 moved, 1 malformed"
        assert "**2 more lines will follow**: 1 dead, 1 insecure." in keeper.hub.only()["body"]


def test_initial_describes_it_as_the_first(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk) as keeper:
        keeper.pr()
        keeper.hub.merge(1)
        keeper.later(9, "--initial")
        assert FIRST in keeper.hub.only()["body"]


def test_the_dashboard_is_one_issue_that_is_closed_when_nothing_is_flagged(
    walk: Walk, tmp_path: Path
) -> None:
    with keeping(tmp_path, walk, "dashboard = true\n") as keeper:
        assert keeper.pr().out.endswith("; dashboard #2 opened\n")
        assert "- in the pull request: 1 dead, 1 moved, 1 malformed\n" in issue(keeper)["body"]
        assert keeper.pr().out.endswith("; dashboard #2 is up to date\n")
        keeper.later(9)
        assert "2 dead, 1 insecure" in issue(keeper)["body"]
        assert keeper.pr().code == 0
        keeper.folder.list.write_text("# A list\n", encoding="utf-8")
        keeper.git("commit", "-qam", "Empty it")
        keeper.git("push", "-q", str(keeper.hub.bare), "HEAD:main")
        assert keeper.later(9).out.endswith("; dashboard #2 closed\n")
        assert issue(keeper)["state"] == "closed"
        keeper.git("revert", "--no-edit", "HEAD")
        keeper.git("push", "-q", str(keeper.hub.bare), "HEAD:main")
        assert keeper.later(9).out.endswith("; dashboard #2 reopened\n")
        assert issue(keeper)["state"] == "open"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (None, "issues are disabled in this repository (410): set pull_request.dashboard"),
        (Fault("POST", "issues", 403, "Resource not accessible by integration"), "may not do this"),
        (Fault("POST", "issues", 404, "Not Found"), "the repository does not exist or is hidden"),
        (Fault("GET", "issues", 500), "has a problem (500)"),
        (Fault("GET", "issues"), "could not be reached"),
    ],
)
def test_a_refused_dashboard_is_reported_and_the_pull_request_is_published(
    walk: Walk, tmp_path: Path, fault: Fault | None, words: str
) -> None:
    with keeping(tmp_path, walk, "dashboard = true\n") as keeper:
        keeper.hub.has_issues = fault is not None
        keeper.hub.faults += [fault] if fault else []
        ended = keeper.pr()
        assert ended.code == 0
        assert ended.out.startswith(f"opened {keeper.hub.site}/keeper/list/pull/1; no dashboard: ")
        assert words in ended.out
        assert len(keeper.hub.opened) == 1


def test_the_dashboard_is_found_among_many_issues_of_that_label(walk: Walk, tmp_path: Path) -> None:
    with keeping(tmp_path, walk, "dashboard = true\n") as keeper:
        for number in range(100, 145):
            other = {"number": number, "title": "x", "body": None, "state": "open"}
            keeper.hub.issues[number] = {**other, "labels": ["staycurrent"]}
        assert keeper.pr().out.endswith("opened\n")
        assert keeper.pr().out.endswith("is up to date\n")
        assert len(keeper.hub.issues) == 46


def test_the_dashboard_is_found_without_its_label_but_no_issue_of_a_stranger(
    walk: Walk, tmp_path: Path
) -> None:
    with keeping(tmp_path, walk, "dashboard = true\n") as keeper:
        keeper.pr()
        keeper.hub.issues[2]["labels"] = []
        assert keeper.pr().out.endswith("; dashboard #2 is up to date\n")
        keeper.hub.issues[2]["author_association"] = "NONE"
        assert keeper.pr().out.endswith("; dashboard #3 opened\n")


def issue(keeper: Keeper) -> dict[str, str]:
    (one,) = keeper.hub.issues.values()
    return one
