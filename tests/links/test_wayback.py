"""Asking the Wayback Machine: what its answers amount to, of whom it is asked, and when again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Unpack
from urllib.parse import parse_qs, urlsplit

import pytest

from staycurrent.links.link import Link, link
from staycurrent.links.observation import ELSEWHERE, PERHAPS_USURPED, Observation, Outcome
from staycurrent.links.settings import Rules
from staycurrent.links.settings import WaybackSettings as Settings
from staycurrent.links.verdict import conclude_verdict, is_failing
from staycurrent.links.wayback import (
    FailingLink,
    IndexResponse,
    LookupResult,
    SnapshotLookup,
    due_lookups,
    failing_link,
    index_query_url,
    look_up_snapshots,
    parse_index_response,
    replay_url,
)
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.response import Failure, RequestOptions, Response
from staycurrent.web.settings import WebSettings

PAGE = "https://site.example/a"
SINCE = date(2026, 11, 10)
API = "https://web.archive.org/cdx/search/cdx"
HEAD = '["timestamp","original","statuscode"]'
SHARED = Path(__file__).parents[3] / "shared" / "recorded" / "wayback"
EXCLUDED = b"org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error"


def night(n: int) -> date:
    """The nth night, from 1; the tenth is the streak's first."""
    return SINCE + timedelta(days=n - 10)


def to(url: str) -> Link:
    made = link(url)
    assert isinstance(made, Link), url
    return made


def said(body: str | bytes = b"", status: int = 200, failure: Failure | None = None) -> Response:
    raw = body if isinstance(body, bytes) else body.encode()
    return Response(API, API, (), 0.1, failure=failure, status=status, body=raw)


def read(answer: Response, key: str = PAGE, before: date = SINCE) -> IndexResponse:
    """What is read of an answer, of the captures before a day."""
    last = datetime.combine(before, datetime.min.time(), UTC) - timedelta(seconds=1)
    return parse_index_response(answer, key, last)


def newest(reply: IndexResponse, key: str = PAGE) -> str | None:
    """The address of the newest capture."""
    return replay_url(key, reply.times[-1]) if reply.times else None


def row(timestamp: str, original: str = PAGE, status: str = "200") -> str:
    return f'["{timestamp}","{original}","{status}"]'


def rows(*found: str) -> str:
    return f"[{','.join([HEAD, *found])}]"


FOUND = {
    "one row": (rows(row("20260802190344")), "20260802190344"),
    "the newest of several, in whatever order": (
        rows(row("20260801000000"), row("20261109235959"), row("20260901000000")),
        "20261109235959",
    ),
    "the newest of before it failed": (
        rows(row("20261101000000"), row("20261110000000"), row("20261201000000")),
        "20261101000000",
    ),
    "a good one among redirects and revisits": (
        rows(row("20261101000000", status="301"), row("20261102000000", status="-"), row("2" * 14))
        + "\n",
        None,
    ),
    "a redirect is passed over": (
        rows(row("20261101000000"), row("20261105000000", status="301")),
        "20261101000000",
    ),
    "filed without www, with a port, as http": (
        rows(row("20261101000000", "http://www.site.example:80/a")),
        "20261101000000",
    ),
    "another site's row is passed over": (
        rows(row("20261101000000", "https://other.example/a"), row("20250101000000")),
        "20250101000000",
    ),
    "other columns in another order": (
        f'[["statuscode","timestamp","original"],["200","20261101000000","{PAGE}"]]',
        "20261101000000",
    ),
    "lines of the columns asked for": (f"20261101000000 {PAGE} 200\n", "20261101000000"),
    "lines of all columns": (
        f"example,site)/a 20261101000000 {PAGE} text/html 200 MGIGF4GRGGF5 1811\n",
        "20261101000000",
    ),
    "rows and the key of a next page": (
        f'[{HEAD},{row("20261101000000")},[],["example,site)/a+20261101000001"]]',
        "20261101000000",
    ),
    "lines and the key of a next page": (
        f"20261101000000 {PAGE} 200\n\nexample%2Csite%29%2Fa+20261101000001\n",
        "20261101000000",
    ),
    "a moment that cannot be": (rows(row("00000000000000")), None),
    "a moment that is no number": (rows(row("2026/../../evil")), None),
    "an address that is none": (rows(row("20261101000000", "javascript:x")), None),
    "no row but the head": (rows(), None),
    "an empty list": ("[]", None),
    "an empty body": ("", None),
    "a newline": ("\n", None),
}


@pytest.mark.parametrize(("body", "timestamp"), FOUND.values(), ids=FOUND)
def test_the_newest_good_row_of_before_it_failed_is_the_snapshot(
    body: str, timestamp: str | None
) -> None:
    reply = read(said(body))
    if timestamp is None:
        assert (reply.result, reply.times, reply.reason) == (LookupResult.NOTHING, (), "")
    else:
        address = f"https://web.archive.org/web/{timestamp}/{PAGE}"
        assert (reply.result, newest(reply)) == (LookupResult.FOUND, address)


UNUSABLE = {
    "a page for people": said("<!doctype html><title>Internet Archive: down</title> <p>We are"),
    "an error in words": said("org.archive.util.io.RuntimeIOException: something went wrong\n"),
    "JSON of another shape": said('{"archived_snapshots":{}}'),
    "rows that are no lists": said(f'[{HEAD},"20261101000000"]'),
    "cells that are no texts": said(f'[{HEAD},[20261101000000,"{PAGE}",200]]'),
    "rows without a time": said(f'[["original"],["{PAGE}"]]'),
    "a row cut short": said(f'[{HEAD},["20261101000000"]]'),
    "JSON without end": said("[" * 100_000),
    "cut by our limit": replace(said(rows(row("20261101000000"))), truncated=True),
    "sent elsewhere": replace(said(rows(row("2026"))), final_url="https://evil.example/cdx"),
    "a redirect": said("", 302),
    "refused for another reason": said("Forbidden", 403),
    "a question it does not understand": said("", 400),
    "broken": said("", 500),
    "too slow for itself": said("", 504),
    "too slow for us": said(failure=Failure.TIMEOUT),
    "cut off": said(failure=Failure.RESET),
}


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE)
def test_an_answer_that_cannot_be_used_proves_nothing_and_says_why(answer: Response) -> None:
    reply = read(answer)
    assert (reply.result, newest(reply)) == (LookupResult.NOTHING, None)
    assert reply.reason


@pytest.mark.parametrize(
    "answer",
    [
        said("Too Many Requests", 429),
        said("", 503),
        said(failure=Failure.DEFERRED),
        said(failure=Failure.DNS),
        said(failure=Failure.DNS_TROUBLE),
        said(failure=Failure.REFUSED),
        said(failure=Failure.TLS),
    ],
)
def test_an_archive_that_wants_no_questions_or_is_not_reached_is_not_asked_on(
    answer: Response,
) -> None:
    reply = read(answer)
    assert reply.result is None
    assert reply.reason


def test_a_blocked_site_is_distinguished_from_other_errors() -> None:
    assert read(said(EXCLUDED, 403)).result is LookupResult.BLOCKED
    assert read(said(EXCLUDED, 200)).result is LookupResult.NOTHING


def test_nothing_that_the_archive_writes_gets_into_the_address() -> None:
    evil = rows(row("20261101000000", "https://site.example/](https://evil.example)"))
    assert newest(read(said(evil))) == (f"https://web.archive.org/web/20261101000000/{PAGE}")


def asked(key: str = PAGE, tries: int = 0) -> Mapping[str, list[str]]:
    url = index_query_url(API, key, SINCE, tries=tries)
    assert url.startswith(f"{API}?")
    return parse_qs(urlsplit(url).query)


def test_the_question_names_the_day_before_it_failed_on_both_roads() -> None:
    for tries in (0, 1):
        assert asked(tries=tries)["to"] == ["20261109"]
        assert asked(tries=tries)["filter"] == ["statuscode:200"]
    assert asked(tries=0)["closest"] == ["20261109235959"]
    assert asked(tries=0)["sort"] == ["closest"]
    assert asked(tries=1)["limit"] == ["-10"]
    assert asked(tries=2) == asked(tries=0)


@pytest.mark.parametrize("key", ["https://site.example/a?b=c&url=d#", "https://site.example/*"])
def test_an_address_is_asked_for_as_it_stands_whatever_it_holds(key: str) -> None:
    assert asked(key)["url"] == [key]
    assert asked(key)["matchType"] == ["exact"]


# --- of whom, and when ----------------------------------------------------------------------


def a_lost(url: str = PAGE, *, before: int = 10, dead: bool = False) -> FailingLink:
    return FailingLink(to(url), night(before), dead)


def a_look_up(n: int, answer: LookupResult, url: str = PAGE, *, before: int = 10) -> SnapshotLookup:
    return SnapshotLookup(url, night(n), night(before), answer)


def nights_asked(
    first: int, last: int, memory: list[SnapshotLookup], one: FailingLink
) -> list[int]:
    """The nights on which a link is asked for, if every answer is empty."""
    found = []
    for n in range(first, last + 1):
        if due_lookups([one], {PAGE: memory}, night(n), Settings()):
            found.append(n)
            memory.append(a_look_up(n, LookupResult.NOTHING))
    return found


def test_an_empty_answer_is_doubted_again_at_growing_distance_and_never_believed() -> None:
    asked_on = nights_asked(10, 150, [], a_lost())
    assert asked_on == [10, 11, 13, 17, 25, 41, 73, 105, 137]


def test_a_new_streak_begins_with_new_patience() -> None:
    earlier = [a_look_up(n, LookupResult.NOTHING) for n in (10, 11, 13, 17)]
    assert nights_asked(19, 20, earlier, a_lost(before=19)) == [19, 20]


def test_tries_are_counted_so_that_the_next_one_takes_the_other_road() -> None:
    memory = {PAGE: [a_look_up(10, LookupResult.NOTHING)]}
    (one,) = due_lookups([a_lost()], memory, night(11), Settings())
    assert one.tries == 1


def test_a_snapshot_is_requested_once_and_anew_for_a_streak_long_after() -> None:
    memory = {PAGE: [a_look_up(10, LookupResult.FOUND)]}
    for before, n in ((10, 10), (10, 400), (39, 39)):
        assert due_lookups([a_lost(before=before)], memory, night(n), Settings()) == ()
    assert due_lookups([a_lost(before=40)], memory, night(40), Settings()) == (a_lost(before=40),)


def test_a_blocked_site_is_left_alone_whichever_page_of_it_fails() -> None:
    left = "https://site.example/left-the-list"
    memory = {left: [a_look_up(10, LookupResult.BLOCKED, left)]}
    failing = [a_lost(), a_lost("https://site.example:8080/b"), a_lost("https://other.example/a")]
    assert due_lookups(failing, memory, night(11), Settings()) == (failing[2],)
    assert due_lookups(failing, memory, night(40), Settings()) == tuple(failing)


def test_a_night_asks_no_more_than_allowed_the_least_tried_and_the_dead_first() -> None:
    tried = a_lost("https://tried.example/", dead=True)
    suspect, dead = a_lost("https://suspect.example/"), a_lost("https://dead.example/", dead=True)
    memory = {tried.link.key: [a_look_up(10, LookupResult.NOTHING, tried.link.key)]}
    failing = [tried, suspect, dead]
    chosen = due_lookups(failing, memory, night(11), Settings())
    assert [one.link.host for one in chosen] == ["dead.example", "suspect.example", "tried.example"]
    assert due_lookups(failing, memory, night(11), Settings(per_run=1)) == chosen[:1]
    assert due_lookups(failing, memory, night(11), Settings(per_run=0)) == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/a",
        "http://[::1]/",
        "http://2130706433/",
        "http://localhost/",
        "http://app.localhost/",
        "http://intranet/wiki",
        "https://wiki.corp.internal/",
        "http://printer.local/",
        "http://router.home.arpa/",
        "https://web.archive.org/web/2020/https://site.example/a",
    ],
)
def test_the_archive_never_hears_of_private_names_nor_of_its_own_pages(url: str) -> None:
    assert due_lookups([a_lost(url)], {}, night(10), Settings()) == ()


# --- what is to be looked for ---------------------------------------------------------------


def look(n: int, outcome: Outcome) -> Observation:
    seen_at = datetime(2026, 11, 10, 2, tzinfo=UTC) + timedelta(days=n - 10)
    return Observation(PAGE, night(n), seen_at, outcome, "page")


def lost_by(*history: Observation) -> FailingLink:
    found = failing_link(to(PAGE), conclude_verdict(PAGE, history, Rules()), history)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "history",
    [
        (),
        (look(10, Outcome.OK),),
        (look(9, Outcome.MISSING), look(10, Outcome.OK)),
        (look(10, Outcome.BLOCKED),),
        tuple(look(n, Outcome.TLS) for n in (10, 13, 16)),
    ],
    ids=["never seen", "fine", "fine again", "blocked", "insecure"],
)
def test_what_lives_or_cannot_be_judged_needs_no_snapshot(history: tuple[Observation, ...]) -> None:
    verdict = conclude_verdict(PAGE, history, Rules())
    assert not is_failing(verdict)
    assert failing_link(to(PAGE), verdict, history) is None


def test_snapshots_are_wanted_of_before_the_streak_whether_suspect_or_dead() -> None:
    fine, gone, gone_again = look(5, Outcome.OK), look(10, Outcome.GONE), look(11, Outcome.GONE)
    assert lost_by(fine, gone) == a_lost()
    assert lost_by(fine, gone, gone_again) == a_lost(dead=True)


def test_where_a_bad_page_says_200_only_snapshots_up_to_the_last_good_look_count() -> None:
    assert lost_by(look(5, Outcome.OK), look(10, Outcome.PARKED)) == a_lost(before=6)
    assert lost_by(look(10, Outcome.PARKED)) == a_lost()


# --- asking ---------------------------------------------------------------------------------


class Archive:
    """Answers in turn, the last one for ever, and notes what it was asked; its clock can run."""

    def __init__(self, *turns: Response, seconds: float = 0.0) -> None:
        self.turns = list(turns)
        self.seconds = seconds
        self.asked: list[str] = []
        self.clock = datetime(2026, 11, 10, 2, tzinfo=UTC)

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        assert not how.get("follow_redirects", True)
        self.asked.append(parse_qs(urlsplit(url).query)["url"][0])
        self.clock += timedelta(seconds=self.seconds)
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


async def asking(archive: Archive, *urls: str) -> tuple[list[SnapshotLookup], str]:
    noted: list[SnapshotLookup] = []
    why = await look_up_snapshots(
        [a_lost(url) for url in urls],
        settings=Settings(),
        ask=archive,
        now=lambda: archive.clock,
        run_date=night(10),
        note=noted.append,
    )
    return noted, why


PAGES = tuple(f"https://h{n}.example/a" for n in range(10))


async def test_every_link_is_asked_for_once_and_noted() -> None:
    archive = Archive(said(rows(row("20260802190344"))), said("[]"))
    noted, why = await asking(archive, PAGE, *PAGES[:2])
    assert (archive.asked, why) == ([PAGE, *PAGES[:2]], "")
    address = f"https://web.archive.org/web/20260802190344/{PAGE}"
    assert noted == [
        SnapshotLookup(PAGE, night(10), SINCE, LookupResult.FOUND, address),
        SnapshotLookup(PAGES[0], night(10), SINCE, LookupResult.NOTHING),
        SnapshotLookup(PAGES[1], night(10), SINCE, LookupResult.NOTHING),
    ]


async def test_the_first_429_ends_the_night_and_is_not_held_against_the_link() -> None:
    archive = Archive(said("[]"), said("Too Many Requests", 429), said("[]"))
    noted, why = await asking(archive, *PAGES)
    assert archive.asked == list(PAGES[:2])
    assert [one.link for one in noted] == [PAGES[0]]
    assert why == "asked to come back later"


async def test_an_archive_that_is_down_is_given_up_soon() -> None:
    archive = Archive(said("[]"), said("", 500), said("[]"), said("", 500))
    noted, why = await asking(archive, *PAGES)
    assert (len(archive.asked), len(noted)) == (6, 6)
    assert why == "status 500, 3 times in a row"


async def test_a_slow_archive_does_not_hold_the_night_up() -> None:
    archive = Archive(said("[]"), seconds=100)
    _, why = await asking(archive, *PAGES)
    assert len(archive.asked) == 3
    assert why == "out of time after 300 s"


async def test_a_blocked_host_is_asked_for_once() -> None:
    archive = Archive(said(EXCLUDED, 403), said("[]"))
    noted, _ = await asking(archive, PAGE, "https://site.example/b", PAGES[0])
    assert archive.asked == [PAGE, PAGES[0]]
    assert [one.result for one in noted] == [LookupResult.BLOCKED, LookupResult.NOTHING]


async def test_the_archive_is_asked_one_thing_at_a_time_and_at_most_24_a_minute() -> None:
    gate = HostLimiter(WebSettings(), lambda: 0.0).slot("web.archive.org")
    assert 60 / gate.pause_s <= 24
    async with gate.semaphore:
        assert gate.semaphore.locked()


# --- as it was once recorded ----------------------------------------------------------------

RECORDED = {
    "search": ("https://www.nasa.gov/", date(2000, 1, 1), "19961231235847"),
    "search_multipage": ("https://www.cnn.com/", date(2001, 4, 14), "20010413235849"),
    "search_rate_limits": ("http://zew.de/", date(1998, 1, 1), "19971211205617"),
}


def recorded(name: str) -> bytes:
    file = SHARED / f"cdx_cassette_test_{name}.body0.txt"
    if not file.is_file():
        pytest.skip("../shared is absent")
    return file.read_bytes()


@pytest.mark.shared
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_rows_are_read(name: str) -> None:
    key, before, timestamp = RECORDED[name]
    reply = read(said(recorded(name)), key, before)
    assert reply.result is LookupResult.FOUND
    assert newest(reply, key) == f"https://web.archive.org/web/{timestamp}/{key}"


@pytest.mark.shared
def test_recorded_revisits_and_redirects_are_no_snapshots() -> None:
    body = recorded("search_with_date")
    assert b"warc/revisit" in body
    reply = read(said(body), "https://www.dw.com/", date(2020, 1, 1))
    assert (reply.result, reply.reason) == (LookupResult.NOTHING, "")


@pytest.mark.shared
def test_a_recorded_refusal_is_a_blocked_site() -> None:
    body = recorded("search_raises_for_blocked_urls")
    assert read(said(body, 403), "https://blocked.example/").result is LookupResult.BLOCKED


def test_no_snapshot_is_wanted_of_what_was_usurped_before_it_was_listed() -> None:
    """The latest snapshot would show the usurper."""
    history = (look(9, Outcome.TAKEN_OVER), look(10, Outcome.TAKEN_OVER))
    assert failing_link(to(PAGE), conclude_verdict(PAGE, history, Rules()), history) is None
    assert lost_by(look(1, Outcome.OK), *history).before == night(2)


def test_a_page_that_was_doubtful_already_is_not_the_last_good_one() -> None:
    """Snapshots of its time show the usurper, and would replace the one that the archive gave."""
    doubtful = [replace(look(n, Outcome.OK), evidence=f"200{PERHAPS_USURPED}") for n in (8, 9)] + [
        replace(look(10, Outcome.REDIRECTED), evidence=f"301{ELSEWHERE}")
    ]
    history = (*doubtful, look(11, Outcome.TAKEN_OVER), look(12, Outcome.TAKEN_OVER))
    assert failing_link(to(PAGE), conclude_verdict(PAGE, history, Rules()), history) is None
    assert lost_by(look(1, Outcome.OK), *history).before == night(2)
