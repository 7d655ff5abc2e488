"""Pulling: frozen pages, fallbacks of another meaning, and nights that are read again."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from staycurrent.warehouse import items, lookups
from staycurrent.warehouse.open import open_warehouse
from tests.support.folder import CANARIES, SETTINGS, Folder, trending

PAGE = "https://github.com/trending"
SEARCH = "https://api.github.com/search/*"
ONLY_TRENDING = """
[sources.github_trending]
languages = []
[sources.papers_with_code]
enabled = false
[sources.weekly_papers]
enabled = false
"""
FOUND = {
    "total_count": 1,
    "incomplete_results": False,
    "items": [
        {
            "full_name": "young/star",
            "html_url": "https://github.com/young/star",
            "description": "A young one.",
            "stargazers_count": 900,
            "created_at": "2026-10-30T00:00:00Z",
        }
    ],
}


def rule(url: str, body: str, nights: str = "", kind: str = "text/html") -> str:
    head = f'[[page]]\nurl = "{url}"\nbody = {json.dumps(body)}\n'
    return f'{head}nights = "{nights}"\nheaders = {{ content-type = "{kind}" }}\n'


def laid_out(folder: Folder, *rules: str) -> Folder:
    folder.write(listed="# A list\n", web="".join(rules), settings=ONLY_TRENDING)
    return folder


def feed(folder: Folder, night: int) -> tuple[str, str | None, str]:
    ended = folder.staycurrent("pull", night=night)
    assert ended.code == 0, ended.err
    (found,) = folder.status(night)["sources"]
    return found["state"], found["used"], found["note"] or ""


def rows(folder: Folder, night: int) -> list[tuple[str, int | None]]:
    """What the warehouse has of a night: names and stars of today."""
    day = date(2026, 11, night)
    with open_warehouse(folder.warehouse, read_only=True) as w:
        seen = items.past_readings(w, "github_trending", day, day + timedelta(days=1))
        return [(item.title, item.stars_today) for one in seen for item in one.items]


def test_a_page_that_stands_still_is_not_believed_until_it_moves(folder: Folder) -> None:
    """As from 2025-11-13 to 2025-12-04, when the counters went on changing."""
    moving = [rule(PAGE, trending("a/one", f"b/n{n}"), str(n)) for n in (1, 2, 9)]
    frozen = [rule(PAGE, trending("a/one", "b/n2", stars=n), str(n)) for n in range(3, 9)]
    search = rule(SEARCH, json.dumps(FOUND), kind="application/json")
    laid_out(folder, *moving, *frozen, search)
    nights = [feed(folder, night) for night in range(1, 10)]
    assert [(state, used) for state, used, _ in nights] == [
        ("ok", "github_trending_page"),
        ("ok", "github_trending_page"),
        ("ok", "github_trending_page"),
        ("stale", None),
        ("stale", None),
        ("fallback", "github_search"),
        ("fallback", "github_search"),
        ("fallback", "github_search"),
        ("ok", "github_trending_page"),
    ]
    assert "same rows in the same order as on 2026-11-03 and 2026-11-02" in nights[3][2]
    assert "not trending" in nights[5][2]
    assert nights[7][2].endswith("not ok since 2026-11-04")


def test_a_replay_reads_the_kept_page_again_and_twice_is_as_once(folder: Folder) -> None:
    laid_out(
        folder,
        rule(PAGE, trending("a/one", "b/two"), "1"),
        rule(PAGE, trending("c/three"), "2-"),
    )
    feed(folder, 1)
    feed(folder, 2)
    as_pulled = rows(folder, 1)
    spoil(folder)
    (folder.path / "web.toml").write_text(CANARIES, encoding="utf-8")
    for _ in range(2):
        ended = folder.staycurrent("pull", "--replay", "2026-11-01", night=2)
        assert ended.code == 0, ended.err
        assert "replay of 2026-11-01: github_trending ok, 2 items" in ended.err
        assert rows(folder, 1) == as_pulled == [("a/one", 10), ("b/two", 11)]
        assert rows(folder, 2) == [("c/three", 10)]
    with duckdb.connect(str(folder.warehouse), read_only=True) as own:
        assert own.sql("SELECT count(*), min(hour(pulled_at)) FROM pulls").fetchall() == [(2, 2)]


def spoil(folder: Folder) -> None:
    """What a parser with a fault would have left: every counter is wrong."""
    with duckdb.connect(str(folder.warehouse)) as own:
        first = "pull_id = (SELECT id FROM pulls WHERE run_date = '2026-11-01')"
        own.execute(f"UPDATE items SET stars_today = 0 WHERE {first}")  # noqa: S608
        own.execute(f"DELETE FROM items WHERE rank = 2 AND {first}")  # noqa: S608


def test_a_replay_of_a_page_that_cannot_be_believed_leaves_the_rows(folder: Folder) -> None:
    laid_out(folder, rule(PAGE, trending("a/one", "b/two")))
    feed(folder, 1)
    with open_warehouse(folder.warehouse) as w:
        (kept,) = lookups.responses_of(w, date(2026, 11, 1))
        w.execute("DELETE FROM response_bodies")
        w.execute("DELETE FROM response_cache")
        lookups.add_responses(w, [replace(kept, content=b"<p>another page")])
    ended = folder.staycurrent("pull", "--replay", "2026-11-01")
    assert ended.code == 0
    assert "page shows no rows" in ended.err
    assert "its items are unchanged" in ended.err
    assert rows(folder, 1) == [("a/one", 10), ("b/two", 11)]
    assert folder.status(1)["sources"][0]["state"] == "ok"


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (
            "2026-11-01",
            "no response of that date is stored; there are those of 2026-11-02 to 2026-11-03",
        ),
        (
            "2027-01-01",
            "no response of that date is stored; there are those of 2026-11-02 to 2026-11-03",
        ),
        ("yesterday", "is not a date; write YYYY-MM-DD"),
    ],
)
def test_a_night_whose_pages_are_gone_cannot_be_replayed(
    folder: Folder, day: str, says: str
) -> None:
    laid_out(folder, rule(PAGE, trending("a/one")))
    settings = folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[warehouse]", "[warehouse]\nresponse_days = 2"))
    for night in (1, 2, 3):
        feed(folder, night)
    ended = folder.staycurrent("pull", "--replay", day, night=3)
    assert ended.code == 2
    assert says in ended.err


def test_nothing_can_be_replayed_before_anything_was_pulled(folder: Folder) -> None:
    laid_out(folder)
    ended = folder.staycurrent("pull", "--replay", "2026-11-01")
    assert (ended.code, folder.warehouse.exists()) == (2, False)
    assert "nothing was pulled yet" in ended.err


def test_no_page_is_kept_where_that_is_wanted(folder: Folder) -> None:
    laid_out(folder, rule(PAGE, trending("a/one")))
    settings = folder.path / "staycurrent.toml"
    settings.write_text(SETTINGS + ONLY_TRENDING + "[warehouse]\nresponse_days = 0\n")
    assert feed(folder, 1)[0] == "ok"
    ended = folder.staycurrent("pull", "--replay", "2026-11-01")
    assert (ended.code, "there are none" in ended.err) == (2, True)


def test_a_replay_of_one_feed_leaves_the_others_and_knows_their_names(tmp_path: Path) -> None:
    folder = laid_out(Folder(tmp_path), rule(PAGE, trending("a/one")))
    feed(folder, 1)
    ended = folder.staycurrent("pull", "--replay", "2026-11-01", "--source", "nobody")
    assert (ended.code, "choose from github_trending" in ended.err) == (2, True)


def test_several_feeds_are_pulled_where_a_comma_is_between_them(folder: Folder) -> None:
    laid_out(folder, rule(PAGE, trending("a/one")))
    ended = folder.staycurrent("pull", "--source", "github_trending, github_trending")
    assert (ended.code, "github_trending ok, 1 item" in ended.err) == (0, True)
