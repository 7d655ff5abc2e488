"""The facts of hints, from nights that were really walked, and where the hints are told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.hints import hint_facts
from staycurrent.flows.reporter import Reporter
from staycurrent.reports.hints import HintFacts, HostCount
from tests.support.folder import (
    CANARIES,
    FEEDS_OFF,
    FIRST,
    OURS,
    SETTINGS,
    Folder,
    failing,
    week,
    with_database,
)

LISTED = "".join(f"- [P{n}](https://limited.example/{n})\n" for n in range(4))
LIMITED = '[[page]]\nurl = ["{}"]\nstatus = 429\n'.format(
    '", "'.join(f"https://limited.example/{n}" for n in range(4))
)
CLOSED = """
[[page]]
url = "https://a.example/"
[[page]]
url = "https://api.github.com/repos/a/closed"
status = 451
json = { message = "Repository access blocked" }
"""
QUOTA = """
[[page]]
url = "https://api.github.com/*"
status = 403
headers = { x-ratelimit-remaining = "0" }
"""
NONE: Mapping[str, str] = {}
IGNORING = """
[[links.ignore]]
pattern = "gone.example"
[[links.ignore]]
pattern = "limited.example"
until = 2026-10-31
"""


def night(folder: Folder, number: int, secrets: Mapping[str, str]) -> RunContext:
    as_of = FIRST + timedelta(days=number - 1)
    settings = folder.path / "staycurrent.toml"
    return load_context(settings, fixed_clock(as_of), Reporter(), environment=secrets)


def found(folder: Folder, number: int, secrets: Mapping[str, str] = NONE) -> HintFacts:
    return with_database(hint_facts, night(folder, number, secrets))


def test_a_host_that_limits_is_reported_after_the_run_and_not_in_the_quiet(folder: Folder) -> None:
    folder.write(listed=f"{LISTED}- [F](https://github.com/a/b/tree/main/f)\n", web=LIMITED + QUOTA)
    ended = folder.staycurrent("run")
    assert ended.code == 0
    assert (
        'hint: 4 links of limited.example were rate-limited: add "limited.example=2" to '
        "web.slow_hosts\n"
    ) in ended.err
    assert "hint" not in ended.out
    assert folder.staycurrent("run", "-q", night=2).err == ""
    assert found(folder, 2).rate_limited == (HostCount("limited.example", 4, 4),)
    assert found(folder, 2).blocked == (HostCount("limited.example", 4, 4),)
    assert found(folder, 2).github_waiting == 1
    markdown = folder.staycurrent("status", "--format", "markdown", night=2).out
    assert "## Suggestions" in markdown


def test_a_quiet_night_gives_no_hint(folder: Folder) -> None:
    listed = "- [A](https://a.example/)\n- [C](https://github.com/a/closed)\n"
    folder.write(listed=listed, web=CLOSED)
    assert "hint" not in folder.staycurrent("run").err
    assert found(folder, 1) == replace(
        HintFacts(FIRST.date(), FIRST.date()),
        has_github_token=False, has_section=False, min_relevance=0.7,
        slow_hosts=(),
    )  # fmt: skip


def test_the_nights_without_canaries_are_counted_and_no_others(folder: Folder) -> None:
    folder.write(listed="- [A](https://a.example/)\n", web='[[page]]\nurl = "https://a.example/"\n')
    folder.nights(1, 1)
    web = folder.path / "web.toml"
    lie = '[[page]]\nurl = "http://canary-20261102.invalid/"\n'
    web.write_text(f"{CANARIES}{lie}", encoding="utf-8")
    ended = folder.staycurrent("run", night=2)
    assert (ended.code, "hint" in ended.err) == (75, False)
    assert found(folder, 2).canaries_failed == 0
    web.write_text("first_night = 2026-11-01\n", encoding="utf-8")
    ended = folder.staycurrent("run", night=3)
    assert (ended.code, "hint" in ended.err) == (75, False)
    ended = folder.staycurrent("run", night=4)
    assert "hint: the canaries did not respond in the last 2 runs: set web.canaries" in ended.err
    reported = found(folder, 6)
    assert (reported.last_run, reported.canaries_failed) == (date(2026, 11, 4), 2)


def test_before_the_first_night_github_links_wait_for_a_token(folder: Folder) -> None:
    twice = "- [A](https://github.com/a/b)\n" * 2
    ignored = "- [I](https://github.com/a/ignored) <!-- stay:ignore -->\n"
    folder.write(listed=f"{twice}- [B](https://b.example/)\n{ignored}")
    reported = found(folder, 1)
    assert (reported.github_waiting, reported.has_github_token) == (1, False)
    assert found(folder, 1, {"GITHUB_TOKEN": "x"}).has_github_token
    elsewhere = {"GITHUB_TOKEN": "x", "STAYCURRENT_PULL_REQUEST__API": "https://ghe.example/api/v3"}
    of_other = found(folder, 1, elsewhere)
    assert (of_other.has_github_token, of_other.other_server) == (False, "ghe.example")
    assert (reported.last_run, reported.rate_limited) == (None, ())


def test_patterns_that_lapsed_or_match_nothing_are_found(folder: Folder) -> None:
    folder.write(listed=LISTED, settings=FEEDS_OFF + IGNORING)
    reported = found(folder, 1)
    assert reported.expired == ("limited.example",)
    assert reported.unmatched == ("gone.example",)


def test_of_one_of_several_lists_it_is_not_known_whether_another_has_the_section(
    tmp_path: Path,
) -> None:
    folder = week(tmp_path)
    (tmp_path / "other.md").write_text("- [A](https://a.example/)\n", encoding="utf-8")
    for lists, has_section in ((["curated.md", "other.md"], True), (["other.md"], False)):
        paths = f"[list]\npaths = {lists}\n{SETTINGS}"
        (tmp_path / "staycurrent.toml").write_text(paths, encoding="utf-8")
        other = replace(night(folder, 1, NONE), list_paths=(tmp_path / "other.md",))
        assert with_database(hint_facts, other).has_section is has_section


def test_a_feed_that_was_switched_off_is_not_said_to_be_down(tmp_path: Path) -> None:
    folder = week(tmp_path, failing(*OURS, nights="1-"))
    for number in (1, 2, 3):
        folder.staycurrent("pull", night=number)
    assert found(folder, 3).feeds_down == OURS
    settings = folder.path / "staycurrent.toml"
    off = "[sources.weekly_papers]\nenabled = false\n"
    settings.write_text(f"{settings.read_text(encoding='utf-8')}{off}", encoding="utf-8")
    assert found(folder, 3).feeds_down == OURS[:2]


def test_the_demo_has_its_part_and_its_feeds(demo_played: Folder) -> None:
    reported = found(demo_played, 7)
    assert (reported.has_section, reported.best_relevance, reported.feeds_down) == (True, None, ())
    assert (reported.candidates, reported.feed_days) == (5, 7)
