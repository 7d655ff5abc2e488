"""The archive, night after night: found early, kept, asked with patience, never in the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import Unpack

import pytest

from staycurrent.flows.commands.check import check
from staycurrent.flows.context import fixed_clock, load_context, open_live_client
from staycurrent.flows.reporter import Reporter
from staycurrent.links.wayback import LookupResult, SnapshotLookup
from staycurrent.warehouse import witnesses
from staycurrent.warehouse.open import open_warehouse
from staycurrent.web.client import Client
from staycurrent.web.response import RequestOptions, Response
from staycurrent.web.settings import WebSettings
from tests.support.folder import FEEDS_OFF, FIRST, Demo, Folder, Walk, with_database

GONE = "https://gone.example/a"
SNAPSHOT = f"https://web.archive.org/web/20261012081522/{GONE}"
LIST = f"""- [Gone]({GONE}) - Says 410.
- [Good](https://good.example/a) - Fine.
"""
PAGES = """
[[page]]
url = "https://good.example/a"
title = "Here"
[[page]]
url = "https://gone.example/*"
status = 410
"""
FOUND = """
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*gone.example*to=20261031*"
body = '''[["timestamp","original","statuscode"],
["20261012081522","https://gone.example/a","200"]]'''
"""
EMPTY = """
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*"
body = "[]"
"""
BLOCKED = """
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*"
status = 403
body = "org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error"
"""


def archives(folder: Folder, night: int) -> dict[str, str | None]:
    return {row["url"]: row["archive"] for row in folder.status(night)["links"]}


def look_ups(folder: Folder) -> list[SnapshotLookup]:
    with open_warehouse(folder.warehouse, read_only=True) as warehouse:
        return [one for made in witnesses.snapshot_lookups(warehouse).values() for one in made]


def nights_of(made: list[SnapshotLookup]) -> list[int]:
    return [one.run_date.day for one in made]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Three nights with an archive that has a snapshot."""
    return Walk.over(tmp_path_factory.mktemp("found"), LIST, PAGES + FOUND, nights=3)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Two nights with an archive that has nothing."""
    return Walk.over(tmp_path_factory.mktemp("empty"), LIST, PAGES + EMPTY, nights=2)


def test_a_snapshot_is_found_when_a_link_is_suspect_and_shown_everywhere(found: Walk) -> None:
    folder = found.morning(1)
    assert folder.verdicts(1)[GONE] == "suspect"
    assert archives(folder, 1) == {GONE: SNAPSHOT, "https://good.example/a": None}
    assert f"[snapshot {SNAPSHOT}]" in folder.staycurrent("status", night=1).out
    assert f"snapshot    {SNAPSHOT}" in folder.staycurrent("explain", GONE, night=1).out


def test_the_archive_is_said_to_be_asked_only_on_nights_when_it_is(folder: Folder) -> None:
    folder.write(listed=LIST, web=PAGES + FOUND)
    settings = folder.path / "staycurrent.toml"
    waits = settings.read_text().replace("second_look_s = 0", "second_look_s = 0.001")
    settings.write_text(waits)
    for night, asked in ((1, "; meanwhile the archive is asked for snapshots"), (2, "")):
        said = folder.nights(night, night).err
        assert f"check: 1 link failed, each is checked twice{asked}\n" in said


def test_a_snapshot_is_kept_and_the_archive_is_not_asked_again(found: Walk) -> None:
    folder = found.morning(3)
    status = folder.status(3)["links"]
    assert [row["verdict"] for row in status if row["url"] == GONE] == ["dead"]
    assert [row["archive"] for row in status if row["url"] == GONE] == [SNAPSHOT]
    assert [(one.run_date.day, one.result) for one in look_ups(folder)] == [(1, LookupResult.FOUND)]


def test_nothing_of_it_is_written_to_the_list(found: Walk, empty: Walk) -> None:
    assert found.morning(2).text == empty.morning(2).text
    assert "stay:dead" in found.morning(2).text


def test_a_false_empty_is_asked_again_with_growing_distance_until_it_is_found(
    folder: Folder,
) -> None:
    empty = EMPTY.replace("[[page]]", '[[page]]\nnights = "1-3"')
    folder.write(listed=LIST, web=PAGES + empty + FOUND)
    folder.nights(1, 3)
    assert archives(folder, 3)[GONE] is None
    folder.nights(4, 4)
    assert archives(folder, 4)[GONE] == SNAPSHOT
    assert [(one.run_date.day, one.result) for one in look_ups(folder)] == [
        (1, LookupResult.NOTHING),
        (2, LookupResult.NOTHING),
        (4, LookupResult.FOUND),
    ]


def test_a_blocked_site_is_noted_for_all_its_pages(folder: Folder) -> None:
    second = "- [Gone too](https://gone.example/b) - Says 410.\n"
    folder.write(listed=LIST + second, web=PAGES + BLOCKED)
    folder.nights(1, 3)
    assert [(one.run_date.day, one.result) for one in look_ups(folder)] == [
        (1, LookupResult.BLOCKED)
    ]
    assert set(archives(folder, 3).values()) == {None}


def rows_of(number: int) -> str:
    return "".join(f"- [A{n}](https://h{n}.example/a)\n" for n in range(number))


def all_gone(number: int) -> str:
    return "".join(
        f'[[page]]\nurl = "https://h{n}.example/a"\nstatus = 410\n' for n in range(number)
    )


def test_the_first_429_stops_the_questions_and_not_the_night(folder: Folder) -> None:
    first = EMPTY.replace("[[page]]", '[[page]]\ntries = "1"')
    later = '[[page]]\nurl = "https://web.archive.org/*"\nstatus = 429\n'
    folder.write(listed=rows_of(4), web=all_gone(4) + first + later)
    reported = folder.staycurrent("run", night=1)
    assert reported.code == 0
    assert "archive: 0 snapshots of 4 failing links found, 2 requests" in reported.err
    assert "asked to come back later" in reported.err
    assert len(look_ups(folder)) == 1


@pytest.mark.parametrize(
    "down",
    [
        '[[host]]\nname = "web.archive.org"\ndns = "missing"\n',
        '[[host]]\nname = "web.archive.org"\ntcp = "silent"\n',
        '[[page]]\nurl = "https://web.archive.org/*"\nstatus = 500\n',
        '[[page]]\nurl = "https://web.archive.org/*"\nfault = "garbage"\n',
        '[[page]]\nurl = "https://web.archive.org/*"\nbody = "{}"\n',
        '[[page]]\nurl = "https://web.archive.org/*"\nfault = "endless"\n',
    ],
)
def test_an_archive_in_trouble_harms_nothing_and_is_asked_three_times_at_most(
    folder: Folder, down: str
) -> None:
    folder.write(listed=rows_of(8), web=all_gone(8) + down)
    quiet = folder.nights(1, 2)
    status = folder.status(2)
    assert {row["verdict"] for row in status["links"]} == {"dead"}
    assert status["run"]["status"] == "judged"
    assert folder.list.read_text(encoding="utf-8").count("stay:dead") == 8
    assert "archive: 0 snapshots" in quiet.err
    asked = Counter(nights_of(look_ups(folder)))
    assert all(number <= 3 for number in asked.values())


def test_a_night_asks_no_more_than_its_limit_and_the_next_one_goes_on(folder: Folder) -> None:
    limit = FEEDS_OFF + "[links.wayback]\nper_run = 3\n"
    folder.write(listed=rows_of(5), web=all_gone(5) + EMPTY, settings=limit)
    folder.nights(1, 2)
    made = look_ups(folder)
    assert Counter(nights_of(made)) == {1: 3, 2: 3}
    assert len({one.link for one in made}) == 5


def test_the_runs_requests_are_those_that_judge_links(folder: Folder) -> None:
    requests = []
    for settings in (FEEDS_OFF, FEEDS_OFF + "[links.wayback]\nenabled = false\n"):
        folder.write(listed=LIST, web=PAGES + FOUND, settings=settings)
        rmtree(folder.warehouse.parent, ignore_errors=True)
        folder.nights(1, 1)
        requests.append(folder.status(1)["run"]["requests"])
    assert requests[0] == requests[1]
    assert look_ups(folder) == []


def test_a_night_that_is_not_judged_asks_the_archive_nothing(empty: Walk, tmp_path: Path) -> None:
    folder = empty.copy(tmp_path, after=1)
    (folder.path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    assert folder.staycurrent("run", night=2).code == 75
    assert nights_of(look_ups(folder)) == [1]


def test_a_second_run_of_the_same_night_asks_nobody_again(empty: Walk, tmp_path: Path) -> None:
    folder = empty.copy(tmp_path, after=1)
    folder.nights(1, 1)
    assert nights_of(look_ups(folder)) == [1]


def test_a_quiet_night_says_nothing_of_the_archive(folder: Folder) -> None:
    folder.write(listed="- [Good](https://good.example/a)\n", web=PAGES)
    assert "archive" not in folder.nights(1, 1).err


def test_a_link_that_comes_back_offers_no_snapshot_any_more(folder: Folder) -> None:
    ended = PAGES.replace('url = "https://gone.example/*"', f'url = "{GONE}"\nnights = "1-3"')
    again = f'[[page]]\nurl = "{GONE}"\ntitle = "Here again"\n'
    folder.write(listed=LIST, web=ended + again + FOUND)
    folder.nights(1, 4)
    assert folder.verdicts(4)[GONE] == "alive"
    assert archives(folder, 4)[GONE] is None


def test_ignored_links_are_not_reported_to_the_archive(empty: Walk, tmp_path: Path) -> None:
    folder = empty.copy(tmp_path, after=1)
    folder.list.write_text(f"- [Gone]({GONE}) <!-- stay:ignore -->\n", encoding="utf-8")
    folder.nights(2, 2)
    assert nights_of(look_ups(folder)) == [1]


def test_the_demo_offers_both_snapshots_of_its_recording(demo_once: Demo) -> None:
    assert demo_once.ended.out.count("[snapshot https://web.archive.org/web/") == 2


def test_the_archive_is_asked_while_failed_links_wait_for_their_second_check(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second check begins only after the archive was asked."""
    folder.write(listed=LIST, web=PAGES + FOUND)
    order: list[str] = []
    archive_asked = asyncio.Event()

    async def waited(seconds: float) -> None:
        if seconds > 1:
            await archive_asked.wait()

    @asynccontextmanager
    async def noted(settings: WebSettings, run_date: date) -> AsyncIterator[Client]:
        async with open_live_client(settings, run_date) as client:
            request = client.request

            async def asked(url: str, **options: Unpack[RequestOptions]) -> Response:
                order.append(url)
                if "cdx" in url:
                    archive_asked.set()
                return await request(url, **options)

            monkeypatch.setattr(client, "request", asked)
            yield client

    ctx = load_context(
        folder.path / "staycurrent.toml",
        fixed_clock(FIRST),
        Reporter(),
        environment={"STAYCURRENT_LINKS__SECOND_LOOK_S": "7"},
    )
    report = with_database(check, replace(ctx, sleep=waited, open_client=noted), archive=True)
    assert report.archive is not None
    assert (report.archive.wanted, report.archive.found) == (1, 1)
    assert ["cdx" in url for url in order if url == GONE or "cdx" in url] == [False, True, False]


def test_a_snapshot_is_found_of_what_ends_soon_before_it_ends(folder: Folder) -> None:
    listed = "- [Endsoon](https://endsoon.example/) - Lists for teams.\n"
    body = "<title>Lists</title><p>This service will be discontinued on 2026-12-20."
    folder.write(
        listed=LIST + listed,
        web=f"""
[[page]]
url = "https://endsoon.example/"
body = "{body}"
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*endsoon.example*to=20261101*"
body = '''[["timestamp","original","statuscode"],
["20261030081522","https://endsoon.example/","200"]]'''
"""
        + PAGES
        + FOUND,
    )
    ended = folder.nights(1, 2)
    assert "archive:" not in ended.err  # both were found on the first night
    (row,) = folder.status(2)["endings"]
    assert (row["url"], row["kind"]) == ("https://endsoon.example/", "announcement")
    assert row["archive"] == "https://web.archive.org/web/20261030081522/https://endsoon.example/"
    assert "This service will be discontinued on 2026-12-20" in row["evidence"]
    assert "(https://endsoon.example/) - Lists" in folder.text
