"""`demo`: the same story every time, without a network, and a folder that all verbs accept."""

import os
from pathlib import Path

from staycurrent.flows.commands.demo import RECORDED
from staycurrent.reports.wording import reason_text
from tests.flows.contract import validate
from tests.support.folder import Demo, Folder, left, played_in


def test_the_demo_twice_is_the_same_bytes_and_needs_no_network(demo_once: Demo) -> None:
    """Also from a folder in the one that it leaves, to which it tells people to go."""
    here = left(demo_once.ended).path / ".staycurrent"
    again = played_in(demo_once.temporary, "-q", here=here)
    assert (again.code, again.out, again.err) == (0, demo_once.ended.out, "")
    for name in ("curated.md", "report.txt", "report.html", "pull-request.md"):
        assert (left(again).path / name).read_bytes() == (demo_once.kept.path / name).read_bytes()


def test_the_demo_says_where_the_report_lies(demo_once: Demo) -> None:
    left_in = left(demo_once.ended).path
    line = f"The report is {left_in}/report.html (for the browser) and "
    assert line in demo_once.ended.out
    assert (left_in / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_demo_says_how_far_it_is(demo_once: Demo) -> None:
    assert demo_once.ended.err.splitlines() == [f"night {n} of 7" for n in range(1, 8)]


def test_after_the_demo_the_list_is_as_render_would_write_it(demo_played: Folder) -> None:
    ended = demo_played.staycurrent("render", "--check", night=7)
    assert (ended.code, ended.out) == (0, "")
    without_clock = demo_played.plainly("render", "--check")
    assert without_clock.code == 0


def test_after_the_demo_the_status_keeps_the_contract(demo_played: Folder) -> None:
    status = demo_played.status(7)
    validate(status)
    flags = {row["flag"] for row in status["links"]} - {None}
    assert flags == {"dead", "moved", "insecure", "archived", "withdrawn", "malformed"}
    verdicts = {row["verdict"] for row in status["links"]}
    assert verdicts == {
        "alive", "suspect", "dead", "moved", "insecure", "stale", "blocked", "refused", "unchecked",
    }  # fmt: skip


def test_every_flag_of_the_list_is_reported_with_its_reason(demo_once: Demo) -> None:
    out = demo_once.ended.out
    for row in demo_once.kept.status(7)["links"]:
        if row["flag"]:
            link = f"  {row['flag']}: {row['title']} <{row['url']}>"
            assert f"{link}: {reason_text(row['reason'])}" in out
    assert "  the list did not change: 0 bytes\n" in out
    assert "no longer idle: bpe-playground" in out
    assert "--- a/curated.md\n+++ b/curated.md\n" in out


def test_the_demo_leaves_the_pull_request_that_it_would_open(demo_played: Folder) -> None:
    reported = (demo_played.path / "pull-request.md").read_text(encoding="utf-8")
    assert reported.startswith(
        "# Update links: 4 dead, 1 insecure, 2 moved, 1 malformed, 2 stale, "
    )
    for row in demo_played.status(7)["links"]:
        assert not row["flag"] or f"{row['title']} is not {row['flag']} <!--stay:ask" in reported


def test_the_recording_is_left_as_it_is(demo_played: Folder) -> None:
    recorded = (RECORDED / "curated.md").read_text(encoding="utf-8")
    assert demo_played.text != recorded
    assert "stay:dead" not in recorded


def test_a_folder_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.md").touch()
    (tmp_path / f"staycurrent-demo-{os.getuid()}").symlink_to(precious)
    ended = played_in(tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "belongs to somebody else" in ended.err
    assert (precious / "thesis.md").exists()
