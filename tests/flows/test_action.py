"""The action's script on temporary runners, against a simulated GitHub."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import github
from tests.support.folder import CANARIES, FEEDS_OFF, NO_BACKUP, SETTINGS
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
pytestmark = pytest.mark.timeout(300)  # up to thirty processes in a test


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
class Nights:
    """Two nights, two jobs each, of one list's repository."""

    site: Site
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
def site(tmp_path: Path) -> Iterator[Site]:
    """A list's repository with settings that play the web."""
    with playing(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """Two nights in two jobs each; to read only."""
    with playing(tmp_path_factory.mktemp("nights")) as site:
        yield Nights(site, two_jobs(site, 1), two_jobs(site, 2))


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


def one_job(site: Site, night: int) -> Step:
    """A night on one machine, in fewer processes."""
    return step("nightly", site.hosted.runner(f"night-{night}").path, night=night, token=TOKEN)


def published(site: Site, crawl: Step, name: str, night: int = 1, token: str = TOKEN) -> Step:
    handed = {name: crawl.outputs[name] for name in ("history", "upon", "judged")}
    return step("publish", site.hosted.runner(name).path, handed, night=night, token=token)


def test_the_first_run_saves_a_history_and_proposes_what_needs_none(two_nights: Nights) -> None:
    crawl, publish = two_nights.first
    assert crawl.outputs["upon"] == ""
    assert crawl.outputs["judged"] == "true"
    assert publish.code == 0, publish.log
    assert publish.outputs["changed"] == "true"  # the malformed one, at once
    assert publish.outputs["pull-request"] == two_nights.site.url
    assert "<title>" in Path(publish.outputs["report"]).read_text(encoding="utf-8")
    assert "2026-11-01" in (publish.files / "summary.md").read_text(encoding="utf-8")


def test_the_second_run_has_the_history_of_the_first(two_nights: Nights) -> None:
    site, (crawl, publish) = two_nights.site, two_nights.second
    assert publish.code == 0, publish.log
    assert crawl.outputs["upon"] == git(site.hosted.path, "rev-parse", f"{DATA_BRANCH}~1")
    assert site.hosted.commits() == 2
    assert publish.outputs["pull-request"] == site.url
    assert site.hub.only()["title"] == "Update links: 1 dead, 1 malformed"
    assert "stay:dead:2026-11-01" in site.proposed()  # which takes two nights


def test_the_runner_obeys_no_text_of_strangers(two_nights: Nights) -> None:
    for one in (*two_nights.first, *two_nights.second):
        assert one.commands == ()
    assert HOSTILE in two_nights.first[0].log  # it was printed


def test_no_token_is_in_the_log_or_on_the_data_branch(two_nights: Nights, tmp_path: Path) -> None:
    for one in (*two_nights.first, *two_nights.second):
        assert TOKEN not in one.log
        assert READER not in one.log
    kept = tmp_path / "kept"
    git(tmp_path, "clone", "-q", "-b", DATA_BRANCH, str(two_nights.site.hosted.path), str(kept))
    assert not any(TOKEN.encode() in one.read_bytes() for one in kept.rglob("*.parquet"))


def test_crawl_writes_nothing_to_the_repository(two_nights: Nights) -> None:
    site = two_nights.site
    before, asked = git(site.hosted.path, "for-each-ref"), len(site.hub.asked)
    crawl = crawled(site, "crawl", 3)
    assert crawl.code == 0, crawl.log
    assert git(site.hosted.path, "for-each-ref") == before
    assert len(site.hub.asked) == asked


def test_both_in_one_job_have_the_same_result(site: Site) -> None:
    ended = one_job(site, 1)
    assert ended.code == 0, ended.log
    assert ended.outputs["changed"] == "true"
    assert ended.outputs["pull-request"] == site.url
    assert site.hosted.commits() == 1


def test_of_two_runs_at_once_the_second_proposes_and_warns(site: Site) -> None:
    left, right = crawled(site, "left"), crawled(site, "right")
    assert published(site, left, "left-publish").code == 0
    first = git(site.hosted.path, "rev-parse", DATA_BRANCH)
    late = published(site, right, "right-publish")
    assert late.code == 0, late.log
    assert "another run saved meanwhile" in late.log
    assert [one.split("::")[1] for one in late.commands] == ["warning"]
    assert git(site.hosted.path, "rev-parse", DATA_BRANCH) == first
    assert len(site.hub.pulls) == 1


def test_a_run_that_is_not_judged_is_saved_and_proposes_nothing(site: Site) -> None:
    lay_out(site, OFFLINE)
    crawl, publish = two_jobs(site, 1)
    assert crawl.outputs["judged"] == "false"
    assert [one.split("::")[1] for one in crawl.commands] == ["warning"]
    assert publish.code == 0, publish.log
    assert "pull-request" not in publish.outputs
    assert (site.proposed(), site.hub.pulls) == ("", {})
    assert site.hosted.commits() == 1


def test_a_failed_pull_request_is_reported_and_the_history_saved(site: Site) -> None:
    site.hub.faults.append(Fault("POST", "pulls", 403, "GitHub Actions is not permitted to"))
    failed = one_job(site, 1)
    assert failed.code == 2
    assert "Allow GitHub Actions to create" in failed.log
    assert failed.commands == ()
    assert failed.outputs["pull-request"] == ""
    assert site.hosted.commits() == 1
    later = one_job(site, 2)
    assert (later.code, later.outputs["pull-request"]) == (0, site.url)


def test_a_tick_is_kept_in_the_history(site: Site) -> None:
    one_job(site, 1)
    body = site.hub.only()["body"]
    site.hub.edit(1, body.replace("- [ ] ", "- [x] "), "reviewer")
    ticked = one_job(site, 2)
    assert ticked.code == 0, ticked.log
    assert site.hub.only()["title"] == "Update links: 1 dead"
    _, publish = two_jobs(site, 3)
    assert site.hub.only()["title"] == "Update links: 1 dead"
    assert "by reviewer" in (publish.files / "summary.md").read_text(encoding="utf-8")


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


def test_a_history_that_cannot_be_imported_stops_the_run(site: Site, two_nights: Nights) -> None:
    person = site.hosted.runner("somebody", depth=None)
    history = str(two_nights.site.hosted.path)
    git(person.path, "fetch", "--quiet", history, f"{DATA_BRANCH}:{DATA_BRANCH}")
    git(person.path, "switch", "--quiet", DATA_BRANCH)
    (part, *_) = sorted(person.path.rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-9])
    git(person.path, "commit", "--quiet", "-am", "Oh")
    push(site, person, DATA_BRANCH)
    crawl = crawled(site, "crawl", 3)
    assert crawl.code == 2, crawl.log
    assert "judged" not in crawl.outputs
    assert site.hosted.commits() == 3


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


def test_a_fork_without_rights_changes_nothing_and_says_why(site: Site) -> None:
    publish = published(site, crawled(site, "crawl"), "publish", token=READER)
    assert publish.code == 2
    assert "needs the right to write contents" in publish.log
    assert not site.hosted.has()


@pytest.mark.parametrize("mode", ["", "all", "$(id)", "::error::x"])
def test_an_unknown_mode_is_refused(tmp_path: Path, mode: str) -> None:
    (tmp_path / "list").mkdir()
    ended = step(mode, tmp_path / "list")
    assert ended.code == 2
    assert ended.commands == ("::error::mode: choose from nightly, crawl, publish and lint.",)
