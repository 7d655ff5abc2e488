"""The action's script on runners that last one night, against a bare repository."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.hosting import BRANCH, Hosted, Runner, git
from tests.flows.on_runner import URL, Step, step
from tests.flows.played import CANARIES, FEEDS_OFF, SETTINGS

HOSTILE = "::add-mask::e"


@dataclass(frozen=True, slots=True)
class Nights:
    """Two nights, two jobs each, of one list's repository."""

    hosted: Hosted
    first: tuple[Step, Step]
    second: tuple[Step, Step]


LISTED = f"""# A list

- [Good](https://good.example/a) - Fine.
- [Gone](https://gone.example/a) - Says 410.
{HOSTILE}
- [Typo](hhttps://typo.example/a) - ##[error]Malformed.
"""
WEB = """
[[page]]
url = "https://good.example/a"
title = "Here"
[[page]]
url = "https://gone.example/a"
status = 410
"""
OFFLINE = """
[[page]]
url = "https://good.example/a"
title = "Here"
"""


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    """A list's repository with settings that play the web."""
    return playing(tmp_path)


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Two nights in two jobs each; to read only."""
    hosted = playing(tmp_path_factory.mktemp("nights"))
    return Nights(hosted, two_jobs(hosted, 1), two_jobs(hosted, 2))


def playing(folder: Path) -> Hosted:
    found = Hosted.of(folder, LISTED)
    lay_out(found, CANARIES + WEB)
    return found


def lay_out(hosted: Hosted, web: str) -> None:
    """Commit a web that is played from now on."""
    person = hosted.runner(f"person-{len(list(hosted.path.parent.iterdir()))}")
    (person.path / "web.toml").write_text(web, encoding="utf-8")
    (person.path / "staycurrent.toml").write_text(SETTINGS + FEEDS_OFF, encoding="utf-8")
    git(person.path, "add", ".")
    git(person.path, "commit", "--quiet", "-m", "Play the web")
    git(person.path, "push", "--quiet", "origin", "main")


def two_jobs(hosted: Hosted, night: int) -> tuple[Step, Step]:
    """A night as nightly.yml has it: two machines, and an artifact between them."""
    crawl = step("crawl", hosted.runner(f"crawl-{night}").path, night=night)
    assert crawl.code == 0, crawl.log
    return crawl, published(hosted, crawl, hosted.runner(f"publish-{night}"), night)


def published(hosted: Hosted, crawl: Step, runner: Runner, night: int) -> Step:
    handed = {name: crawl.outputs[name] for name in ("history", "upon", "judged")}
    return step("publish", runner.path, handed, night=night)


def test_a_first_night_begins_the_memory_and_proposes_what_needs_none(two_nights: Nights) -> None:
    crawl, publish = two_nights.first
    assert crawl.outputs["upon"] == ""
    assert crawl.outputs["judged"] == "true"
    assert publish.code == 0, publish.log
    assert publish.outputs["changed"] == "true"  # the malformed one, at once
    assert publish.outputs["pull-request"] == URL
    assert Path(publish.outputs["report"]).is_file()
    assert "# The night of 2026-11-01" in (publish.files / "summary.md").read_text(encoding="utf-8")


def test_a_second_night_knows_the_first(two_nights: Nights) -> None:
    hosted, (crawl, publish) = two_nights.hosted, two_nights.second
    assert publish.code == 0, publish.log
    assert crawl.outputs["upon"] == git(hosted.path, "rev-parse", f"{BRANCH}~1")
    assert hosted.commits() == 2
    proposed = (hosted.path.parent / "proposed").read_text(encoding="utf-8")
    assert "stay:dead:2026-11-01" in proposed  # which takes two nights


def test_what_strangers_wrote_commands_no_runner(two_nights: Nights) -> None:
    for one in (*two_nights.first, *two_nights.second):
        assert one.commands == ()
    assert HOSTILE in two_nights.first[0].log  # it was printed


def test_the_crawl_writes_nothing_to_the_repository(two_nights: Nights) -> None:
    hosted = two_nights.hosted
    before = git(hosted.path, "for-each-ref")
    crawl = step("crawl", hosted.runner("crawl").path, night=3)
    assert crawl.code == 0, crawl.log
    assert git(hosted.path, "for-each-ref") == before


def test_both_in_one_job_come_to_the_same(hosted: Hosted) -> None:
    ended = step("nightly", hosted.runner("night").path)
    assert ended.code == 0, ended.log
    assert ended.outputs["changed"] == "true"
    assert ended.outputs["pull-request"] == URL
    assert hosted.commits() == 1


def test_of_two_runs_at_once_the_second_proposes_and_warns(hosted: Hosted) -> None:
    left = step("crawl", hosted.runner("left").path)
    right = step("crawl", hosted.runner("right").path)
    assert published(hosted, left, hosted.runner("left-publish"), 1).code == 0
    first = git(hosted.path, "rev-parse", BRANCH)
    late = published(hosted, right, hosted.runner("right-publish"), 1)
    assert late.code == 0
    assert "another run saved meanwhile" in late.log
    assert [one.split("::")[1] for one in late.commands] == ["warning"]
    assert git(hosted.path, "rev-parse", BRANCH) == first


def test_a_night_that_is_not_judged_is_remembered_and_proposes_nothing(hosted: Hosted) -> None:
    lay_out(hosted, OFFLINE)
    crawl, publish = two_jobs(hosted, 1)
    assert crawl.outputs["judged"] == "false"
    assert [one.split("::")[1] for one in crawl.commands] == ["warning"]
    assert publish.code == 0, publish.log
    assert "pull-request" not in publish.outputs
    assert not (hosted.path.parent / "proposed").exists()
    assert hosted.commits() == 1


def test_a_pull_request_that_fails_is_told_and_the_night_remembered(hosted: Hosted) -> None:
    (hosted.path.parent / "pr-fails").touch()
    _, publish = two_jobs(hosted, 1)
    assert publish.code == 1
    assert publish.commands == ()
    assert publish.outputs["pull-request"] == ""
    assert hosted.commits() == 1


def test_a_damaged_history_stops_the_night_and_stays_as_it_is(hosted: Hosted) -> None:
    person = hosted.runner("somebody")
    git(person.path, "switch", "--quiet", "--orphan", BRANCH)
    (person.path / "looks.parquet").write_text("one", encoding="utf-8")
    git(person.path, "add", ".")
    git(person.path, "commit", "--quiet", "-m", "Tidy up")
    git(person.path, "push", "--quiet", "origin", BRANCH)
    crawl = step("crawl", hosted.runner("crawl").path, night=2)
    assert crawl.code == 2
    assert "holds no history of staycurrent's: it has no manifest.json" in crawl.log
    assert "judged" not in crawl.outputs
    assert hosted.commits() == 1


def test_a_history_that_is_refused_stops_the_night(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.exported("what cannot be read")
    assert runner.save().code == 0
    (hosted.path.parent / "import-fails").touch()
    assert step("crawl", hosted.runner("crawl").path, night=2).code == 1
    assert hosted.commits() == 1


def test_a_lost_history_of_a_list_with_flags_is_an_error_until_somebody_says_so(
    hosted: Hosted,
) -> None:
    flagged = LISTED.replace("a) - Says", "a) (💀<!--stay:dead:2026-11-01-->) - Says")
    person = hosted.runner("somebody")
    (person.path / "curated.md").write_text(flagged, encoding="utf-8")
    git(person.path, "commit", "--quiet", "-am", "Merge")
    git(person.path, "push", "--quiet", "origin", "main")
    lost = step("crawl", hosted.runner("lost").path, night=9)
    assert lost.code == 2
    assert "begin anew with --cold-start" in lost.log
    anew = step("crawl", hosted.runner("anew").path, {"cold_start": "true"}, night=9)
    assert anew.code == 0, anew.log


def test_a_fork_without_rights_keeps_its_hands_off_and_says_why(hosted: Hosted) -> None:
    hook = hosted.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'error: 403 Permission denied' >&2\nexit 1\n")
    hook.chmod(0o755)
    _, publish = two_jobs(hosted, 1)
    assert publish.code == 2
    assert "needs the right to write contents" in publish.log


@pytest.mark.parametrize("mode", ["", "all", "$(id)", "::error::x"])
def test_a_mode_that_nobody_knows_is_refused(tmp_path: Path, mode: str) -> None:
    (tmp_path / "list").mkdir()
    ended = step(mode, tmp_path / "list")
    assert ended.code == 2
    assert ended.commands == ("::error::mode: there are nightly, crawl, publish and lint.",)
