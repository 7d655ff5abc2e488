"""The action's script on temporary runners, against a simulated GitHub."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import github
from tests.support.folder import CANARIES, FEEDS_OFF, NO_BACKUP, SETTINGS, Folder
from tests.support.github import (
    DATA_BRANCH,
    READER,
    REPOSITORY,
    TOKEN,
    Fault,
    Hosted,
    Hub,
    Runner,
    Step,
    git,
    step,
)

HOSTILE = "::add-mask::e"
PROPOSED = "staycurrent/update"
pytestmark = pytest.mark.timeout(900)  # the runs that the tests share are forty processes


@dataclass(frozen=True, slots=True)
class Site:
    """The list's repository, and the host that it is on."""

    hub: Hub
    hosted: Hosted

    @property
    def url(self) -> str:
        """Of the one pull request."""
        return f"{self.hub.site}/{REPOSITORY}/pull/1"

    def proposed(self) -> str:
        """The list as the pull request has it; empty without one."""
        return self.hub.git("show", f"{PROPOSED}:curated.md")


@dataclass(frozen=True, slots=True)
class Left:
    """The repository after a step."""

    refs: str
    requests: int
    """How many the API had until then."""
    saved: int
    """Commits of the data branch."""
    tip: str
    """Of the data branch."""
    titles: tuple[str, ...]
    """Of the open pull requests."""
    proposed: str
    """The list as the pull request has it."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Three runs of one list's repository, and a fourth crawl; each test reads a part.

    A job is up to nine processes, so that the tests share those that they do not spoil.
    """

    site: Site
    refused: Step
    """The first run in one job: GitHub lets it open no pull request."""
    crawl: Step
    """The second run, in two jobs."""
    publish: Step
    again: Step
    """The second run's other job, which somebody starts once more."""
    late: Step
    """The same once more, when another run has saved."""
    overtaken: Step
    """The third run in one job, after a person ticked the malformed link: another saved before."""
    ticked: Step
    """The same once more, with nobody else."""
    last: Step
    """The fourth run's first job."""
    left: dict[str, Left]
    """By the name of the step."""

    @property
    def steps(self) -> dict[str, Step]:
        return {name: getattr(self, name) for name in self.left}


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
def site(tmp_path: Path) -> Iterator[Site]:
    """A list's repository with settings that play the web."""
    with playing(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All runs of one repository; to read only."""
    steps: dict[str, Step] = {}
    left: dict[str, Left] = {}
    with playing(tmp_path_factory.mktemp("runs")) as site:

        def note(name: str, ended: Step) -> None:
            steps[name], left[name] = ended, leaves(site)

        site.hub.faults.append(Fault("POST", "pulls", 403, "GitHub Actions is not permitted to"))
        note("refused", one_job(site, 1))
        note("crawl", crawled(site, "crawl-2", 2))
        note("publish", published(site, steps["crawl"], "publish-2", 2, summary=True))
        note("again", published(site, steps["crawl"], "again-2", 2))
        saved_by_another(site, "another-2")
        note("late", published(site, steps["crawl"], "late-2", 2))
        ticked = re.sub(r"- \[ \] (line \d+: Typo )", r"- [x] \1", site.hub.only()["body"])
        site.hub.edit(1, ticked, "reviewer")
        site.hub.meanwhile.append(lambda: saved_by_another(site, "another-3"))
        note("overtaken", one_job(site, 3, "overtaken"))
        note("ticked", one_job(site, 3))
        note("last", crawled(site, "crawl-4", 4))
        yield Runs(site, **steps, left=left)


@contextmanager
def playing(folder: Path) -> Iterator[Site]:
    with github.playing(folder) as hub:
        address = f"{hub.site}/{REPOSITORY}.git"
        site = Site(hub, Hosted.at(hub.bare, LISTED, address))
        lay_out(site, CANARIES + WEB)
        yield site


def lay_out(site: Site, web: str) -> None:
    """Commit a web that is played from now on."""
    person = site.hosted.runner(f"person-{len(list(site.hosted.path.parent.iterdir()))}")
    (person.path / "web.toml").write_text(web, encoding="utf-8")
    played = SETTINGS.replace("[web]", '[web]\nallow_networks = ["127.0.0.0/8"]')
    asked = f'[pull_request]\napi = "{site.hub.site}/api/v3"\n'
    text = played + asked + FEEDS_OFF + NO_BACKUP
    (person.path / "staycurrent.toml").write_text(text, encoding="utf-8")
    git(person.path, "add", ".")
    git(person.path, "commit", "--quiet", "-m", "Play the web")
    push(site, person, "main")


def push(site: Site, person: Runner, branch: str) -> None:
    """As somebody who needs no token."""
    git(person.path, "push", "--quiet", str(site.hosted.path), branch)


def crawled(site: Site, name: str, night: int = 1, **inputs: str) -> Step:
    """The job that meets strangers, with a token that may only read."""
    return step("crawl", site.hosted.runner(name).path, inputs, night=night, token=READER)


def two_jobs(site: Site, night: int) -> tuple[Step, Step]:
    """A night as nightly.yml has it: two machines, and an artifact between them."""
    crawl = crawled(site, f"crawl-{night}", night)
    assert crawl.code == 0, crawl.log
    return crawl, published(site, crawl, f"publish-{night}", night)


def leaves(site: Site) -> Left:
    """What a step left in the repository and on its host."""
    return Left(
        refs=git(site.hosted.path, "for-each-ref"),
        requests=len(site.hub.asked),
        saved=site.hosted.commits(),
        tip=git(site.hosted.path, "rev-parse", DATA_BRANCH),
        titles=tuple(site.hub.shown(one)["title"] for one in site.hub.opened),
        proposed=site.proposed(),
    )


def one_job(site: Site, night: int, name: str = "") -> Step:
    """A run on one machine, in fewer processes."""
    checkout = site.hosted.runner(name or f"night-{night}").path
    return step("nightly", checkout, night=night, token=TOKEN)


def saved_by_another(site: Site, name: str) -> None:
    """Another run's commit on the data branch."""
    person = site.hosted.runner(name, depth=None)
    git(person.path, "switch", "--quiet", DATA_BRANCH)
    (person.path / "README.md").write_text(name, encoding="utf-8")
    git(person.path, "commit", "--quiet", "-am", "Save the history of another run")
    push(site, person, DATA_BRANCH)


def published(site: Site, crawl: Step, name: str, night: int = 1, *, summary: bool = False) -> Step:
    handed = {name: crawl.outputs[name] for name in ("history", "upon", "judged")}
    checkout = site.hosted.runner(name).path
    return step("publish", checkout, handed, night=night, token=TOKEN, summary=summary)


def test_a_failed_pull_request_is_reported_and_the_history_saved(runs: Runs) -> None:
    assert runs.refused.code == 2
    assert "Allow GitHub Actions to create" in runs.refused.log
    assert runs.refused.outputs["pull-request"] == ""
    assert runs.refused.commands == (
        "::error::There is no pull request, or it is as before (the reason is above).",
    )
    left = runs.left["refused"]
    assert (left.saved, left.titles) == (1, ())


def test_the_second_run_has_the_history_of_the_first(runs: Runs) -> None:
    assert runs.crawl.code == 0, runs.crawl.log
    assert runs.crawl.outputs["upon"] == runs.left["refused"].tip
    assert runs.crawl.outputs["judged"] == "true"
    assert runs.crawl.outputs["label"] == DATA_BRANCH
    left = runs.left["publish"]
    assert left.saved == 2
    assert left.titles == ("Update links: 1 dead, 1 malformed",)
    assert "stay:dead:2026-11-01" in left.proposed  # which takes two nights


def test_publish_opens_the_pull_request_and_writes_a_report(runs: Runs) -> None:
    publish = runs.publish
    assert publish.code == 0, publish.log
    assert publish.outputs["changed"] == "true"
    assert publish.outputs["pull-request"] == runs.site.url
    assert "<title>" in Path(publish.outputs["report"]).read_text(encoding="utf-8")
    feed = runs.site.hub.git("show", f"{DATA_BRANCH}:feed.atom")
    assert "<title>Dead: Gone</title>" in feed
    assert "2026-11-02" in (publish.files / "summary.md").read_text(encoding="utf-8")


def test_both_in_one_job_have_the_same_result(runs: Runs) -> None:
    ended, left = runs.ticked, runs.left["ticked"]
    assert ended.code == 0, ended.log
    assert ended.outputs["changed"] == "true"
    assert ended.outputs["pull-request"] == runs.site.url
    assert "stay:dead:2026-11-01" in left.proposed
    # before the pull request, and after the tick was read in it
    assert left.saved == runs.left["overtaken"].saved + 2


def test_the_runner_obeys_no_text_of_strangers(runs: Runs) -> None:
    warned = {name for name, one in runs.steps.items() if one.commands}
    assert warned == {"refused", "late", "overtaken"}  # by us
    assert HOSTILE in runs.refused.log  # it was printed


def test_no_token_is_in_the_log_or_on_the_data_branch(runs: Runs, tmp_path: Path) -> None:
    for name, one in runs.steps.items():
        assert TOKEN not in one.log, name
        assert READER not in one.log, name
    kept = tmp_path / "kept"
    git(tmp_path, "clone", "-q", "-b", DATA_BRANCH, str(runs.site.hosted.path), str(kept))
    assert not any(TOKEN.encode() in one.read_bytes() for one in kept.rglob("*.parquet"))


def test_crawl_writes_nothing_to_the_repository(runs: Runs) -> None:
    assert runs.last.code == 0, runs.last.log
    assert runs.left["crawl"] == runs.left["refused"]
    assert runs.left["last"] == runs.left["ticked"]


def test_of_two_runs_at_once_the_second_warns_and_leaves_the_pull_request(runs: Runs) -> None:
    """A tick that it read there would be in no history."""
    assert runs.late.code == 0, runs.late.log
    assert "another run saved meanwhile" in runs.late.log
    assert [one.split("::")[1] for one in runs.late.commands] == ["warning"]
    assert "pull-request" not in runs.late.outputs
    before, left = runs.left["again"], runs.left["late"]
    assert left.saved == before.saved + 1  # the other's
    assert (left.requests, left.titles) == (before.requests, before.titles)


def test_a_job_that_is_started_once_more_has_the_same_result(runs: Runs) -> None:
    assert runs.again.code == 0, runs.again.log
    assert runs.again.outputs["pull-request"] == runs.site.url
    before, left = runs.left["publish"], runs.left["again"]
    assert (left.tip, left.titles) == (before.tip, before.titles)


def test_a_tick_stays_in_the_pull_request_until_the_history_has_it(runs: Runs) -> None:
    assert runs.overtaken.code == 0, runs.overtaken.log
    assert "learned: keep" in runs.overtaken.log
    (warning,) = runs.overtaken.commands
    assert warning.endswith("the next run reads in the pull request what was decided there.")
    before, left = runs.left["late"], runs.left["overtaken"]
    assert (left.titles, left.proposed) == (before.titles, before.proposed)
    assert "pull-request" not in runs.overtaken.outputs


def test_a_tick_is_kept_in_the_history(runs: Runs) -> None:
    assert runs.left["ticked"].titles == ("Update links: 1 dead",)
    (warehouse,) = runs.last.files.glob("staycurrent-run.*/warehouse.duckdb")
    machine = Folder(runs.site.hosted.path.parent / "crawl-4")
    options = ("--format", "markdown", "--warehouse", str(warehouse))
    assert "by reviewer" in machine.staycurrent("status", *options, night=4).out
    assert "stay:dead" in machine.text
    assert "stay:malformed" not in machine.text


def test_a_run_that_is_not_judged_is_saved_and_proposes_nothing(site: Site) -> None:
    lay_out(site, OFFLINE)
    crawl, publish = two_jobs(site, 1)
    assert (crawl.outputs["upon"], crawl.outputs["judged"]) == ("", "false")
    assert [one.split("::")[1] for one in crawl.commands] == ["warning"]
    assert publish.code == 0, publish.log
    assert "pull-request" not in publish.outputs
    assert (site.proposed(), site.hub.pulls) == ("", {})
    assert site.hosted.commits() == 1


def test_a_damaged_history_stops_the_run_and_is_not_changed(site: Site) -> None:
    person = site.hosted.runner("somebody")
    git(person.path, "switch", "--quiet", "--orphan", DATA_BRANCH)
    (person.path / "observations.parquet").write_text("one", encoding="utf-8")
    git(person.path, "add", ".")
    git(person.path, "commit", "--quiet", "-m", "Tidy up")
    push(site, person, DATA_BRANCH)
    crawl = crawled(site, "crawl", 2)
    assert crawl.code == 2
    assert "is not a history of staycurrent: it has no manifest.json" in crawl.log
    assert "judged" not in crawl.outputs
    assert site.hosted.commits() == 1


def test_a_history_that_cannot_be_imported_stops_the_run(site: Site, runs: Runs) -> None:
    person = site.hosted.runner("somebody", depth=None)
    history = str(runs.site.hosted.path)
    git(person.path, "fetch", "--quiet", history, f"{DATA_BRANCH}:{DATA_BRANCH}")
    git(person.path, "switch", "--quiet", DATA_BRANCH)
    (part, *_) = sorted(person.path.rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-9])
    git(person.path, "commit", "--quiet", "-am", "Oh")
    push(site, person, DATA_BRANCH)
    damaged = git(site.hosted.path, "for-each-ref")
    crawl = crawled(site, "crawl", 4)
    assert crawl.code == 2, crawl.log
    assert "judged" not in crawl.outputs
    assert git(site.hosted.path, "for-each-ref") == damaged


def test_a_lost_history_of_a_list_with_flags_is_an_error_until_somebody_says_so(
    site: Site,
) -> None:
    flagged = LISTED.replace("a) - Says", "a) (💀<!--stay:dead:2026-11-01-->) - Says")
    person = site.hosted.runner("somebody")
    (person.path / "curated.md").write_text(flagged, encoding="utf-8")
    git(person.path, "commit", "--quiet", "-am", "Merge")
    push(site, person, "main")
    lost = crawled(site, "lost", 9)
    assert lost.code == 2
    assert "start again with --cold-start" in lost.log
    anew = crawled(site, "anew", 9, cold_start="true")
    assert anew.code == 0, anew.log


def test_two_lists_may_be_two_steps_of_one_job(site: Site) -> None:
    """The second has a history of its own."""
    checkout = site.hosted.runner("both").path
    (checkout / "other.md").write_text("# Other\n\n- [Good](https://good.example/a)\n", "utf-8")
    first = step("crawl", checkout, token=READER)
    other = {"list": "other.md", "branch": "other-data"}
    second = step("crawl", checkout, other, token=READER)
    assert (first.code, second.code) == (0, 0), second.log
    assert "check: 1 of 1 link is due" in second.log
    assert first.outputs["history"] in first.log
    assert second.outputs["history"] not in first.log


def test_a_fork_without_rights_changes_nothing_and_says_why(site: Site, runs: Runs) -> None:
    history = {"history": runs.crawl.outputs["history"], "upon": "", "judged": "true"}
    publish = step("publish", site.hosted.runner("fork").path, history, night=2, token=READER)
    assert publish.code == 2
    assert "needs the right to write contents" in publish.log
    assert not site.hosted.has()


def test_a_pull_request_that_github_puts_off_is_a_warning(tmp_path: Path) -> None:
    """As a run that is not judged, or a history that another run saved first."""
    (tmp_path / "list").mkdir()
    git(tmp_path / "list", "init", "--quiet")
    puts_off = '#!/bin/sh\n[ "$2" != --feedback-first ] || exit 75\n'
    inputs = {"history": str(tmp_path), "branch": "data/of a list"}
    ended = step("publish", tmp_path / "list", inputs, program=puts_off)
    assert ended.code == 0, ended.log
    assert ended.commands == (
        "::warning::GitHub puts the pull request off (the reason is above); the next run makes it.",
    )
    crawl = step("crawl", tmp_path / "list", inputs, program=puts_off)
    assert crawl.outputs["label"] == "data-of-a-list"


@pytest.mark.parametrize(
    ("previewed", "changed"), [("Nothing to propose.", "false"), ("Update links: 1 dead", "true")]
)
def test_what_other_steps_changed_in_the_checkout_is_no_change_of_the_list(
    tmp_path: Path, previewed: str, changed: str
) -> None:
    checkout = Hosted.of(tmp_path).runner("list").path
    (checkout / "curated.md").write_text("# Other\n", encoding="utf-8")
    program = f'#!/bin/sh\n[ "$2" != --dry-run ] || echo "{previewed}"\n'
    ended = step("publish", checkout, {"history": str(tmp_path)}, program=program)
    assert (ended.code, ended.outputs["changed"]) == (0, changed), ended.log


@pytest.mark.parametrize("mode", ["", "all", "$(id)", "::error::x"])
def test_an_unknown_mode_is_refused(tmp_path: Path, mode: str) -> None:
    (tmp_path / "list").mkdir()
    ended = step(mode, tmp_path / "list")
    assert ended.code == 2
    assert ended.commands == ("::error::mode: choose from nightly, crawl, publish and lint.",)
