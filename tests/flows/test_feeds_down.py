"""Feeds that fail: the list stands still, the status says which and since when, others go on."""

from pathlib import Path

import pytest

from tests.support.folder import OURS, Ended, Folder, failing, proposed, week

Down = tuple[Folder, list[str], list[Ended]]


@pytest.fixture(scope="module")
def all_down(tmp_path_factory: pytest.TempPathFactory) -> Down:
    """Every feed is out of order from the fourth of seven nights on; the candidates before that."""
    folder = week(tmp_path_factory.mktemp("down"), failing(*OURS, nights="4-"))
    folder.nights(1, 3)
    before = proposed(folder)
    return folder, before, [folder.staycurrent("run", night=night) for night in range(4, 8)]


def test_the_list_does_not_change_while_every_feed_is_down(
    all_down: Down,
) -> None:
    folder, before, ended = all_down
    assert [one.code for one in ended] == [0] * 4
    assert len(before) > 1
    assert proposed(folder) == before
    assert "0 lists changed" in ended[1].err


def test_the_summary_warns_of_the_feeds_that_are_down(
    all_down: Down,
) -> None:
    _, _, ended = all_down
    assert (
        "; warning: 3 of 3 feeds: github_trending stale, papers_with_code stale, "
        "weekly_papers stale\n"
    ) in ended[0].err
    assert "warning: 3 of 3 feeds: github_trending down, papers_with_code down" in ended[3].err


def test_the_status_says_which_feeds_are_down_and_since_when(
    all_down: Down,
) -> None:
    folder, _, _ = all_down
    feeds = {one["name"]: one for one in folder.status(7)["sources"]}
    assert {name: one["state"] for name, one in feeds.items()} == {
        "github_trending": "down",
        "papers_with_code": "down",
        "weekly_papers": "stale",
    }
    for one in feeds.values():
        assert one["note"].endswith("; failing since 2026-11-04")
        assert "answers 503" in one["note"]
    assert "last read on 2026-11-03" in feeds["github_trending"]["note"]
    text = folder.staycurrent("status", night=7).out
    assert "Feed github_trending: down, 0 items" in text
    assert text.rstrip().endswith("Feeds: 2 down, 1 stale.")


def test_rows_are_kept_for_48_hours_and_not_longer(tmp_path: Path) -> None:
    folder = week(tmp_path, failing("github_trending", nights="2-"))
    states = []
    for night in range(1, 5):
        folder.staycurrent("pull", night=night)
        (feed,) = [one for one in folder.status(night)["sources"] if one["name"] == OURS[0]]
        states.append(feed["state"])
    assert states == ["ok", "stale", "stale", "down"]


def test_one_feed_that_is_down_harms_no_other(tmp_path: Path) -> None:
    folder = week(tmp_path, failing("github_trending", nights="1-"))
    ended = folder.staycurrent("run")
    feeds = {one["name"]: one for one in folder.status()["sources"]}
    assert ended.code == 0
    assert {name: one["state"] for name, one in feeds.items()} == {
        "github_trending": "down",
        "papers_with_code": "ok",
        "weekly_papers": "ok",
    }
    assert feeds["papers_with_code"]["items"] > 0
    assert "never read; failing since 2026-11-01" in feeds["github_trending"]["note"]
    assert proposed(folder)


def test_a_feed_that_comes_back_is_ok_and_forgets_its_trouble(tmp_path: Path) -> None:
    folder = week(tmp_path, failing("papers_with_code", nights="2-3"))
    for night in range(1, 5):
        folder.staycurrent("pull", night=night)
    (feed,) = [one for one in folder.status(4)["sources"] if one["name"] == "papers_with_code"]
    assert (feed["state"], feed["note"]) == ("ok", None)


def test_a_feed_that_was_switched_off_or_removed_is_not_reported_as_down(tmp_path: Path) -> None:
    folder = week(tmp_path, failing(*OURS, nights="1-"))
    settings = tmp_path / "staycurrent.toml"
    usual = settings.read_text("utf-8")
    mine = '[sources.mine]\nkind = "rss"\nurl = "https://feeds.test/rss"\n'
    settings.write_text(f"{usual}\n{mine}", encoding="utf-8")
    folder.staycurrent("pull", night=1)
    assert {one["name"] for one in folder.status(1)["sources"]} == {*OURS, "mine"}
    off = f"[sources.{OURS[0]}]\nenabled = false\n"
    settings.write_text(f"{usual}\n{off}", encoding="utf-8")
    folder.staycurrent("pull", night=2)
    assert {one["name"] for one in folder.status(2)["sources"]} == {*OURS[1:]}
