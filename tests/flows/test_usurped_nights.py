"""Three nights of the whole pipeline among usurpers: what the list shows, and what is asked."""

import subprocess
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest

from staycurrent.warehouse import lookups, witnesses
from staycurrent.warehouse.open import open_warehouse
from tests.support.folder import FEEDS_OFF, Folder, rows

SHOP = "https://reposearch-of-old.com/"
CASINO = "https://imagefinder.example/"
AWAY = "https://changedetect.example/"
MOVED = "https://oldname.example/"
ENDS = "https://gardenlog.com/"
RENAMED = "https://tallyboard.example/"
PAGES = (SHOP, CASINO, AWAY, ENDS, RENAMED)
LIST = f"""# Tools

- [Reposearch]({SHOP}) - Searches source code repositories.
- [Imagefinder]({CASINO}) - Reverse image search for photographers.
- [ChangeDetect]({AWAY}) - Monitors any page for changes.
- [Oldname]({MOVED}) - Kanban boards for teams.
- [Weeding]({ENDS}) - Notes about vegetables.
- [Tallyboard]({RENAMED}) - Counts votes.
"""

SWEETS = "Truffles, nougat and pralines of our family workshop in a wooden gift box with a card"


def capture(url: str, index: str, page: str) -> str:
    """What the played archive has of a link: a capture of April 2023."""
    return f"""
[[page]]
url = "https://web.archive.org/cdx/search/cdx?url={quote(url, "")}&*"
body = '[["timestamp","original","statuscode"],["20230402081522","{index}","200"]]'
[[page]]
url = "https://web.archive.org/web/20230402081522id_/{url}"
body = "{page}"
"""


WEB = f"""{
    capture(SHOP, SHOP, "<title>Reposearch</title>Search in the source code of repositories")
}{capture(CASINO, CASINO, "<title>Casino</title>Jackpots and bets on every match of the season")}{
    capture(
        RENAMED, RENAMED, "<title>Tallyboard</title>Polls, ballots and quorum for clubs and unions"
    )
}
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*"
body = "[]"
[[page]]
url = "{RENAMED}"
status = 301
location = "https://quorate.example/polls"
[[page]]
url = "https://quorate.example/polls"
body = "<title>Quorate</title><h1>Ballots and polls</h1>For clubs, unions and their quorum"
[[page]]
url = "{SHOP}"
body = "<title>Pralines</title><h1>Pralines</h1>{SWEETS}"
[[page]]
url = "{CASINO}"
body = "<title>Slots online and casino</title><h1>Slots online</h1>Poker, roulette and baccarat"
[[page]]
url = "{AWAY}"
status = 301
location = "https://pralines.example/shop"
[[page]]
url = "https://pralines.example/shop"
title = "Pralines"
[[page]]
url = "{MOVED}"
status = 301
location = "https://newname.example/boards"
[[page]]
url = "https://newname.example/boards"
title = "Newname (formerly Oldname): kanban boards"
[[page]]
url = "{ENDS}"
title = "Berkenheger"
[[page]]
url = "https://rdap.verisign.com/com/v1/domain/gardenlog.com"
[page.json]
objectClassName = "domain"
ldhName = "GARDENLOG.COM"
events = [
    {{ eventAction = "registration", eventDate = "2001-08-01T00:00:00Z" }},
    {{ eventAction = "expiration", eventDate = "2026-11-20T00:00:00Z" }},
]
[[page]]
url = "https://rdap.verisign.com/com/v1/domain/reposearch-of-old.com"
[page.json]
objectClassName = "domain"
ldhName = "REPOSEARCH-OF-OLD.COM"
events = [{{ eventAction = "registration", eventDate = "2026-08-01T00:00:00Z" }}]
"""
FIX = '[curated]\nmoved = "fix"\n'


HARBOUR = "https://almanac-of-old.com/harbour"
NIGHT_SKY = "https://almanac-of-old.com/night-sky"
BOUGHT = f"""# Tools

- [Tidemark]({HARBOUR}) - Harbour tables for sailors.
- [Moonrise]({NIGHT_SKY}) - Where to find the planets.
"""
ANNOUNCED = (
    f"<title>Tidemark and Moonrise join Pelagic</title><h1>Pelagic welcomes both teams</h1>{SWEETS}"
)
ANNOUNCEMENT = f"""
[[page]]
url = "{HARBOUR}"
nights = "1-3"
body = "<title>Harbour tables</title>High water, low water and currents at each pier and buoy"
[[page]]
url = "{NIGHT_SKY}"
nights = "1-3"
body = "<title>Planets of the evening</title>Jupiter, Saturn and Mars above your horizon by hour"
[[page]]
url = "https://almanac-of-old.com/*"
body = "{ANNOUNCED}"
[[page]]
url = "https://rdap.verisign.com/com/v1/domain/almanac-of-old.com"
nights = "1-4"
[page.json]
objectClassName = "domain"
ldhName = "ALMANAC-OF-OLD.COM"
events = [{{ eventAction = "registration", eventDate = "2001-08-01T00:00:00Z" }}]
[[page]]
url = "https://rdap.verisign.com/*"
status = 429
"""


def laid_out(path: Path, listed: str = LIST, web: str = WEB, settings: str = FIX) -> Folder:
    """A list of 2023 in git, with `moved = "fix"`."""
    folder = Folder(path)
    folder.write(listed=listed, web=web, settings=FEEDS_OFF + settings)
    long_ago = "2023-01-05T00:00:00Z"
    named = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    dates = {"GIT_AUTHOR_DATE": long_ago, "GIT_COMMITTER_DATE": long_ago, "PATH": "/usr/bin:/bin"}
    for command in (("init", "-q"), ("add", "."), (*named, "commit", "-q", "-m", "list")):
        subprocess.run(["git", *command], cwd=folder.path, env=dates, check=True)
    return folder


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """After three nights."""
    folder = laid_out(tmp_path_factory.mktemp("usurped"))
    assert folder.nights(1, 3).code == 0
    return folder


def test_shards_ask_what_one_process_asks_and_conclude_the_same(
    played: Folder, tmp_path: Path
) -> None:
    sharded = laid_out(tmp_path)
    for night in (1, 2, 3):
        sharded.check_in_shards(night)
    for table in ("observations", "verdicts", "control_pages"):
        assert rows(sharded)[table] == rows(played)[table]
    for folder in (sharded, played):
        with open_warehouse(folder.warehouse, read_only=True) as warehouse:
            last = date(2026, 11, 3)
            asked = (
                witnesses.registrations(warehouse, last),
                lookups.former_pages(warehouse, last, PAGES),
            )
        assert [len(one) for one in asked] == [2, 4]
        days = {one.run_date for known in asked for one in known.values()}
        assert days == {date(2026, 11, 1)}, "later nights ask nothing"


def test_only_the_first_batch_of_what_shards_leave_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staycurrent.flows.distributed.coordinator._UNDECIDED_BATCH", 1)
    sharded = laid_out(tmp_path)
    sharded.check_in_shards(1)
    assert len(rows(sharded)["observations"]) == LIST.count("](")
    with open_warehouse(sharded.warehouse, read_only=True) as warehouse:
        assert set(lookups.former_pages(warehouse, date(2026, 11, 1), PAGES)) <= {CASINO}
        assert witnesses.registrations(warehouse, date(2026, 11, 1)) == {}


def test_usurped_links_are_flagged_and_none_is_followed(played: Folder) -> None:
    assert played.verdicts(3) == {
        SHOP: "usurped",
        CASINO: "usurped",
        AWAY: "suspect",
        "https://newname.example/boards": "unchecked",
        ENDS: "alive",
        "https://quorate.example/polls": "unchecked",
    }
    text = played.text
    assert f"({SHOP}) (🎭<!--stay:usurped:2026-11-01-->)" in text
    assert f"[ChangeDetect]({AWAY}) - Monitors" in text
    assert "pralines.example" not in text
    assert "https://newname.example/boards" in text


def test_the_evidence_names_the_registry_and_the_line(played: Folder) -> None:
    explained = played.staycurrent("explain", SHOP, night=3).out
    assert "the domain was registered on 2026-08-01, the line is of 2023-01-05" in explained
    assert 'the archive\'s capture of 2023-04-02 showed "Reposearch"' in explained
    assert "redirects elsewhere" in played.staycurrent("explain", AWAY, night=3).out
    shown = played.staycurrent("status", night=3).out
    assert "another site at this address: 200, the domain was registered on 2026" in shown
    assert "redirects elsewhere: 301 to https://" in shown


def test_a_registration_that_ends_soon_is_reported_and_not_flagged(played: Folder) -> None:
    (found,) = played.status(3)["endings"]
    words = "the registration of gardenlog.com ends on 2026-11-20 (asked on 2026-11-01)"
    assert found["url"] == ENDS
    assert found["evidence"] == words
    assert f"({ENDS}) - Notes" in played.text
    assert words in played.staycurrent("report", "--out", "-", night=3).out
    assert f"  ends        {words}\n" in played.staycurrent("explain", ENDS, night=3).out


def test_the_snapshot_is_of_the_time_of_the_line_and_no_usurpers(played: Folder) -> None:
    links = {one["url"]: one for one in played.status(3)["links"]}
    assert links[SHOP]["archive"] == f"https://web.archive.org/web/20230402081522/{SHOP}"
    assert links[CASINO]["archive"] is None


def test_the_archive_is_asked_in_the_first_night_only(played: Folder) -> None:
    """Two questions about each of three doubtful links, two in vain about one without captures."""
    with open_warehouse(played.warehouse) as warehouse:
        pages = lookups.former_pages(warehouse, date(2026, 11, 3), PAGES)
    assert {link: page.captured_on for link, page in pages.items()} == {
        SHOP: date(2023, 4, 2),
        CASINO: date(2023, 4, 2),
        RENAMED: date(2023, 4, 2),
        AWAY: None,
    }
    assert {page.run_date for page in pages.values()} == {date(2026, 11, 1)}


@pytest.mark.parametrize("in_shards", [False, True])
def test_who_replaced_all_pages_of_an_old_domain_is_no_usurper(
    tmp_path: Path, *, in_shards: bool
) -> None:
    """The registry is asked though the entries' names are on the new page, and once answers."""
    folder = laid_out(tmp_path, BOUGHT, ANNOUNCEMENT, "[links.rdap]\nkeep_days = 1\n")
    for night in range(1, 8):
        if in_shards:
            folder.check_in_shards(night)
        else:
            assert folder.nights(night, night).code == 0
    assert [row["verdict"] for row in folder.status()["links"]] == ["blocked", "blocked"]
