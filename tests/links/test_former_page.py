"""What the archive has of the time in which a link was listed, and what is concluded from it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Unpack
from urllib.parse import parse_qs, urlsplit

import pytest

from staycurrent.links.former_page import FormerPage, FormerPageLookup, Relation, read_capture
from staycurrent.links.link import Entry, Link, link
from staycurrent.links.observation import Outcome
from staycurrent.links.page.analysis import PageAnalysis, analyse_page
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.settings import WaybackSettings
from staycurrent.links.soft_404 import (
    Ownership,
    PageContext,
    classify_in_context,
    needs_former_page,
    with_former_page,
)
from staycurrent.web.response import Failure, RequestOptions, Response
from tests.support.values import at, html, page_response, sent

URL = "https://tallyboard.example/"
ENTRY = Entry("Tallyboard", f"[Tallyboard]({URL}) - Polls and ballots for clubs.")
LINE, TODAY = date(2023, 1, 5), date(2026, 11, 1)
OLD = ("Tallyboard: ballots", "Polls, ballots and quorum for clubs and unions, by paper or letter")
SHOP = ("Pralines", "Truffles, nougat and pralines of our family workshop in a wooden gift box")
CASINO = (
    "Casino online",
    "Slots online, poker, roulette and a jackpot for each new gambler",
)


def tallyboard() -> Link:
    found = link(URL)
    assert isinstance(found, Link)
    return found


def analysed(title: str, text: str, to: str = "", head: str = "") -> PageAnalysis:
    body = html(title, text, head)
    response = sent(to, body, URL) if to else page_response(body, 200, URL)
    return analyse_page(response, Baseline(), "", ENTRY)


def former(title: str, text: str, head: str = "") -> FormerPage:
    read = read_capture(page_response(html(title, text, head)), tallyboard(), ENTRY, TODAY)
    assert read is not None
    return replace(read, captured_at=datetime(2023, 4, 2, tzinfo=UTC))


def outcome(analysis: PageAnalysis, before: FormerPage | None, owner: Ownership) -> str:
    """What is concluded, with `?` where it is for a person."""
    context = PageContext(ownership=owner, former=before)
    result = classify_in_context(with_former_page(analysis, context), context)
    mark = "?" if "perhaps" in result.evidence else ""
    return f"{result.outcome}{mark}"


YOUNG = Ownership(date(2025, 1, 1), LINE)
PARKED = Ownership(None, LINE, is_parked=True)


@pytest.mark.parametrize(
    ("now", "before", "owner", "without", "concluded"),
    [
        (SHOP, OLD, YOUNG, "taken_over", "taken_over"),
        (SHOP, OLD, Ownership(), "ok", "ok?"),
        (SHOP, SHOP, YOUNG, "taken_over", "ok"),
        (CASINO, OLD, Ownership(), "taken_over", "taken_over"),
        (CASINO, CASINO, Ownership(), "taken_over", "ok?"),
        (("Ballots for clubs", CASINO[1]), OLD, PARKED, "ok", "ok"),
        (("Quorate", "Ballots, polls and quorum for unions"), OLD, YOUNG, "ok", "ok"),
        (SHOP, ("Tallyboard", "coming soon"), YOUNG, "taken_over", "taken_over"),
    ],
)
def test_what_the_link_showed_before_decides(
    now: tuple[str, str], before: tuple[str, str], owner: Ownership, without: str, concluded: str
) -> None:
    analysis = analysed(*now)
    assert outcome(analysis, None, owner) == without
    assert outcome(analysis, former(*before), owner) == concluded


def test_the_evidence_is_a_line_that_a_person_can_check() -> None:
    context = PageContext(ownership=YOUNG, former=former('Tallyboard "old"', OLD[1]))
    result = classify_in_context(analysed(*SHOP), context)
    assert result.outcome is Outcome.TAKEN_OVER
    assert "; the archive's capture of 2023-04-02 showed \"Tallyboard 'old'\"" in result.evidence


AWAY = "https://quorate.example/polls"
AUTHOR = '<meta name="author" content="Ada Sample">'
ENDLESS = AUTHOR.replace("Sample", "Sample" * 2_000)
REPOSITORY = '<a href="https://github.com/people/tallyboard">code</a>'
OTHER = '<a href="https://github.com/themes/minimal">theme</a>'
SNAKES = ("Snakes", "Ballots of python, viper and cobra for each visitor of our warm reptile house")


@pytest.mark.parametrize(
    ("before", "head", "now", "new_head", "believed"),
    [
        (OLD, "", SHOP, "", False),
        (OLD, "", ("Quorate", "Unions and clubs: ballots, polls, quorum"), "", True),
        (OLD, AUTHOR, SHOP, AUTHOR, True),
        (
            OLD,
            AUTHOR.replace("Ada Sample", "admin"),
            SHOP,
            AUTHOR.replace("Ada Sample", "admin"),
            0,
        ),
        (OLD, ENDLESS, SHOP, ENDLESS, False),
        (OLD, OTHER + REPOSITORY, SHOP, REPOSITORY, True),
        (OLD, OTHER, SHOP, OTHER, False),
        (("Tallyboard", "Polls and ballots, in Python"), "", SNAKES, "", False),
        ((OLD[0], f"Tallyboard is now Quorate! {OLD[1]}"), "", SHOP, "", True),
        ((OLD[0], f"Tallyboard is now called Pollmore. {OLD[1]}"), "", SHOP, "", False),
        (OLD, AUTHOR, CASINO, AUTHOR, False),
    ],
)
def test_a_move_is_believed_to_what_continues_the_old_page(
    before: tuple[str, str], head: str, now: tuple[str, str], new_head: str, believed: int
) -> None:
    context = PageContext(former=former(*before, head))
    analysis = analysed(*now, AWAY, new_head)
    assert analysis.signals.elsewhere
    assert with_former_page(analysis, context).signals.elsewhere is not bool(believed)
    taken = replace(context, ownership=YOUNG)
    assert with_former_page(analysis, taken).signals.elsewhere, "of a domain that was bought again"


def test_the_same_page_of_the_same_time_is_the_same() -> None:
    assert former(*OLD).relation(analysed(*SHOP)) is Relation.UNRELATED
    assert former(*SHOP).relation(analysed(*SHOP)) is Relation.SAME
    assert FormerPage(URL, TODAY).relation(analysed(*SHOP)) is Relation.UNKNOWN


def test_nobody_asks_about_a_page_that_an_old_owner_may_have_changed() -> None:
    nameless = analysed(*SHOP)
    assert needs_former_page(nameless, Ownership())
    assert not needs_former_page(nameless, Ownership(is_older=True))
    assert not needs_former_page(analysed("Tallyboard", "Anything"), YOUNG)


class Archive:
    """A played archive: a page for each capture, of status 200 unless it says another."""

    def __init__(self, captures: Mapping[str, Response], index: bytes | None = None) -> None:
        rows = [["timestamp", "original", "statuscode"], *([one, URL, "200"] for one in captures)]
        self.captures = captures
        self.index = json.dumps(rows).encode() if index is None else index
        self.asked: list[str] = []

    async def ask(self, url: str, **_: Unpack[RequestOptions]) -> Response:
        parts = urlsplit(url)
        if parts.path.startswith("/cdx/"):
            self.asked.append("index " + parse_qs(parts.query)["url"][0])
            return replace(page_response(self.index), url=url, final_url=url)
        taken = parts.path.split("/")[2].removesuffix("id_")
        self.asked.append(taken)
        return replace(self.captures[taken], url=url, final_url=url)


async def found(
    archive: Archive,
    known: dict[str, FormerPage] | None = None,
    *,
    registered: date | None = None,
    now: PageAnalysis | None = None,
    **options: object,
) -> tuple[FormerPage | None, FormerPageLookup, list[FormerPage]]:
    kept: list[FormerPage] = []

    async def line_date(_: Link) -> date | None:
        return LINE

    settings = replace(WaybackSettings(), **options)  # type: ignore[arg-type]
    lookup = FormerPageLookup(
        archive.ask,
        settings,
        lambda: at(1),
        TODAY,
        (known or {}).get,
        kept.append,
        line_date,
        {URL: ENTRY},
    )
    page = await lookup.of_link(tallyboard(), registered, now or analysed(*SHOP), Baseline())
    return page, lookup, kept


def shown(title: str, text: str, status: int = 200) -> Response:
    return page_response(html(title, text), status)


async def test_the_capture_nearest_to_the_line_is_read() -> None:
    archive = Archive(
        {
            "20190101000000": shown("Older", OLD[1]),
            "20230402081522": shown(*OLD),
            "20260101000000": shown(*CASINO),
        }
    )
    page, _, kept = await found(archive)
    assert page is not None
    assert (page.title, page.captured_on) == ("Tallyboard: ballots", date(2023, 4, 2))
    assert archive.asked == [f"index {URL}", "20230402081522"]
    assert kept == [page]
    again = Archive({})
    assert (await found(again, {URL: page}))[0] == page
    assert again.asked == []


async def test_a_capture_of_an_error_page_is_passed_over_once() -> None:
    archive = Archive(
        {
            "20190101000000": shown("Older", OLD[1]),
            "20230110000000": shown("Page not found", "404"),
            "20230111000000": shown("Page not found", "404"),
        }
    )
    page, _, _ = await found(archive)
    assert page is not None
    assert page.captured_on == date(2019, 1, 1)
    assert archive.asked[1:] == ["20230110000000", "20190101000000"]


async def test_a_page_about_robots_is_content_where_the_entry_is_about_them() -> None:
    robots = shown("Tallyboard", "Robots that count ballots and polls of clubs")
    page, _, _ = await found(Archive({"20230402081522": robots}))
    assert page is not None
    assert page.is_about


async def test_only_captures_from_before_the_domain_was_registered_again_count() -> None:
    archive = Archive({"20220301000000": shown(*OLD), "20230102000000": shown(*SHOP)})
    page, _, _ = await found(archive, registered=date(2022, 12, 1))
    assert page is not None
    assert page.captured_on == date(2022, 3, 1)


async def test_the_last_capture_is_read_for_what_it_announces() -> None:
    farewell = shown("Tallyboard", f"Tallyboard is now Quorate. {OLD[1]}")
    archive = Archive({"20230402081522": shown(*OLD), "20250101000000": farewell})
    page, _, _ = await found(archive, now=analysed(*SHOP, AWAY))
    assert page is not None
    assert page.captured_on == date(2023, 4, 2)
    assert page.leads_to(analysed(*SHOP, AWAY))


async def test_a_page_is_not_kept_before_what_it_announces_could_be_asked_for() -> None:
    farewell = shown("Tallyboard", f"Tallyboard is now Quorate. {OLD[1]}")
    archive = Archive({"20230402081522": shown(*OLD), "20250101000000": farewell})
    page, lookup, kept = await found(archive, now=analysed(*SHOP, AWAY), former_per_run=2)
    assert (kept, lookup.note) == ([], "only 2 questions a run")
    assert page is not None
    assert page.captured_on == date(2023, 4, 2)


async def test_a_page_with_the_old_title_is_no_usurper_s_while_the_last_capture_fails() -> None:
    title = "Guild of paper and letters"
    now = analysed(title, SHOP[1], AWAY)
    old = shown(title, f"Tallyboard. {OLD[1]}")
    archive = Archive({"20230402081522": old, "20250101000000": shown(*OLD, 500)})
    page, _, _ = await found(archive, now=now)
    assert outcome(now, None, YOUNG) == "taken_over"
    assert outcome(now, page, YOUNG) == "redirected"


NO_CONTENT = {
    "an error page": shown("Page not found", "404"),
    "a status": shown(*OLD, 404),
    "a redirect": sent(URL + "new", html(*OLD)),
    "a parked domain": shown("tallyboard.example is for sale", "buy this domain now"),
    "a closed site": shown("Tallyboard", "The site is under construction, coming soon"),
    "robots": shown("Check", "Robots are checked by our firewall"),
    "a wall": shown("Just a moment...", "Checking your browser, enable JavaScript and cookies"),
    "a PDF": page_response(b"%PDF-1.7"),
    "nothing": page_response(b""),
}


@pytest.mark.parametrize("name", NO_CONTENT)
async def test_a_capture_without_content_says_nothing(name: str) -> None:
    page, _, _ = await found(Archive({"20230402081522": NO_CONTENT[name]}))
    closed = name == "a closed site"  # its title may be all that matters
    assert page is not None
    for now in (SHOP, CASINO):
        for owner in (Ownership(), YOUNG, PARKED):
            with_page = outcome(analysed(*now), page, owner)
            assert with_page == outcome(analysed(*now), None, owner)
    assert page.captured_at is None or closed


@pytest.mark.parametrize(
    ("index", "questions"),
    [
        (b"<html>busy</html>", 1),
        (b'{"captures": 3}', 1),
        (b'[["timestamp"], ["x"]]', 1),
        (b'[["timestamp", "original", "statuscode"], ["2023", "\xff", "200"]]', 1),
        (
            b'[["timestamp","original","statuscode"],["20239999999999","'
            + URL.encode()
            + b'","200"]]',
            1,
        ),
    ],
)
async def test_an_index_that_lies_says_nothing(index: bytes, questions: int) -> None:
    archive = Archive({}, index)
    page, lookup, kept = await found(archive)
    assert (page, kept, lookup.asked) == (None, [], questions)
    for _ in range(9):
        await lookup.of_link(tallyboard(), None, analysed(*SHOP), Baseline())
    assert lookup.asked == WaybackSettings().patience


@pytest.mark.parametrize(
    ("answer", "stops"),
    [
        (Response(URL, URL, (), 9.0, Failure.TIMEOUT), False),
        (page_response(b"", 500), False),
        (page_response(b"", 429), True),
        (page_response(b"", 503), True),
    ],
)
async def test_an_archive_that_is_down_says_nothing(answer: Response, stops: bool) -> None:  # noqa: FBT001
    async def ask(url: str, **_: Unpack[RequestOptions]) -> Response:
        return replace(answer, url=url, final_url=url)

    archive = Archive({})
    archive.ask = ask  # type: ignore[method-assign]
    page, lookup, kept = await found(archive)
    assert (page, kept, bool(lookup.note)) == (None, [], stops)
    for _ in range(9):
        await lookup.of_link(tallyboard(), None, analysed(*SHOP), Baseline())
    assert lookup.asked == (1 if stops else WaybackSettings().patience)


@pytest.mark.parametrize(("status", "asked"), [(503, 4), (429, 2)])
async def test_a_capture_that_fails_keeps_no_other_from_being_asked_for(
    status: int, asked: int
) -> None:
    archive = Archive({"20230402081522": page_response(b"", status)})
    page, lookup, kept = await found(archive)
    assert (page, kept) == (None, [])
    await lookup.of_link(tallyboard(), None, analysed(*SHOP), Baseline())
    assert lookup.asked == asked


async def test_no_more_questions_are_asked_than_allowed() -> None:
    page, lookup, kept = await found(Archive({"20230402081522": shown(*OLD)}), former_per_run=1)
    assert (page, kept, lookup.asked) == (None, [], 1)
    assert lookup.note == "only 1 questions a run"
    _, lookup, _ = await found(Archive({}), enabled=False)
    assert lookup.asked == 0


async def test_that_there_is_no_capture_is_believed_for_a_month() -> None:
    archive = Archive({})
    page, _, kept = await found(archive)
    assert kept == [FormerPage(URL, TODAY)] == [page]
    assert len(archive.asked) == 2, "empty answers are often wrong"
    for asked_on, questions in ((date(2026, 10, 3), 0), (date(2026, 10, 2), 2)):
        archive = Archive({})
        await found(archive, {URL: FormerPage(URL, asked_on)})
        assert len(archive.asked) == questions


async def test_a_site_that_the_archive_may_not_show_is_asked_about_once() -> None:
    archive = Archive({})
    blocked = page_response(b"AdministrativeAccessControlException: Blocked Site Error", 403)

    async def ask(url: str, **_: Unpack[RequestOptions]) -> Response:
        return replace(blocked, url=url, final_url=url)

    archive.ask = ask  # type: ignore[method-assign]
    page, lookup, _ = await found(archive)
    assert page == FormerPage(URL, TODAY)
    assert lookup.asked == 1
