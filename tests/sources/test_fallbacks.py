"""The later links of the chains: search, daily papers with code, dair-ai's weeks, arXiv's page."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from staycurrent.sources.adapters import arxiv, dair, github_search, huggingface
from staycurrent.sources.item import FeedDrift, FeedReading
from staycurrent.sources.settings import (
    GithubTrendingSettings,
    PapersWithCodeSettings,
    WeeklyPapersSettings,
)
from staycurrent.web.response import Failure, Response
from tests.support.values import FEED_DATE, RECORDED, Shelf, daily_row, fixture

JSON = "application/json; charset=utf-8"
SINCE = date(2026, 7, 23)
DAYS = [date(2026, 8, day) for day in (17, 18, 19, 20, 21)]
YEAR = "https://raw.githubusercontent.com/dair-ai/AI-Papers-of-the-Week/main/years"


class Searched(Shelf):
    """Answers every search alike, and notes what was searched for."""

    async def __call__(self, url: str, **_: object) -> Response:
        self.asked.append(url)
        body = fixture("search.json")
        return Response(url, url, (), 0.1, status=200, headers={"content-type": JSON}, body=body)


async def test_search_says_that_it_means_something_else_and_ranks_by_stars() -> None:
    shelf = Searched()
    reading = await github_search.read(GithubTrendingSettings(), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(item.rank, item.title, item.stars) for item in reading.items] == [
        (1, "Lantern-Labs/lantern", 12416),
        (2, "mill/wheel", 500),
        (3, "quiet/pond", 310),
    ]
    assert [item.summary for item in reading.items] == ["Serve models", "", ""]
    assert all(item.stars_today is None for item in reading.items)
    assert [item.number for item in reading.items] == [1, 3, 2]
    assert reading.note == (
        "not trending: the repositories created since 2026-07-23 that have most stars"
    )
    asked = urlsplit(shelf.asked[0])
    assert (asked.netloc, asked.path) == ("api.github.com", "/search/repositories")
    assert parse_qs(asked.query) == {
        "q": ["topic:llm created:>=2026-07-23 stars:>100"],
        "sort": ["stars"],
        "order": ["desc"],
        "per_page": ["50"],
    }


async def test_each_topic_is_one_request_and_without_topics_there_is_one() -> None:
    for topics, wanted in ((("llm", "agents"), 2), ((), 1)):
        shelf = Searched()
        await github_search.read(GithubTrendingSettings(topics=topics), shelf, FEED_DATE)
        assert len(shelf.asked) == wanted
    assert "topic" not in shelf.asked[0]


def search(**changes: object) -> bytes:
    return json.dumps({**json.loads(fixture("search.json")), **changes}).encode()


def results(**changes: object) -> bytes:
    rows = json.loads(fixture("search.json"))["items"]
    return search(items=[{**row, **changes} for row in rows])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "body is not JSON"),
        (b'{"message": "API rate limit exceeded"}', "body is not a list of results"),
        (search(items=None), "body is not a list of results"),
        (search(incomplete_results=True), "results are incomplete"),
        (search(incomplete_results=None), "results are incomplete"),
        (search(items=[]), "no results"),
        (results(html_url=None), "only 0 of 3 results name a repository"),
        (results(html_url="https://evil.test/a/b"), "only 0 of 3 results name a repository"),
        (results(stargazers_count=0), "no result has any stars"),
        (results(created_at="2019-01-01T00:00:00Z"), "3 of 3 results are older than 2026-07-23"),
        (results(created_at=None), "3 of 3 results are older than 2026-07-23"),
    ],
)
def test_a_search_that_breaks_its_promises_drifts(body: bytes, reason: str) -> None:
    assert github_search.parse(body, SINCE) == FeedDrift(reason)


def daily(days: list[date], rows: int = 8, **changes: object) -> Shelf:
    shelf = Shelf()
    for place, day in enumerate(days):
        found = [daily_row(10 * place + number, day) for number in range(1, rows + 1)]
        for one in found:
            one["paper"] = {**one["paper"], **changes}  # type: ignore[dict-item]
        body = json.dumps(found).encode()
        shelf.put(f"{WeeklyPapersSettings().url}?date={day}&limit=100", body, JSON)
    return shelf


async def test_daily_papers_with_repositories_are_ranked_by_stars() -> None:
    shelf = daily(DAYS)
    reading = await huggingface.read_repositories(
        PapersWithCodeSettings(limit=10), shelf, FEED_DATE
    )
    assert isinstance(reading, FeedReading)
    assert len(reading.items) == 10
    assert [item.stars for item in reading.items[:3]] == [470, 450, 430]
    assert all(item.repository for item in reading.items)
    assert reading.note == ("papers of 2026-08-17 to 2026-08-21 by the stars of their repositories")
    assert len(shelf.asked) == 5


@pytest.mark.parametrize(
    ("shelf", "reason"),
    [
        (daily(DAYS[:3]), "2026-08-20: no answer: dns"),
        (daily(DAYS, githubRepo=None), "0 of 40 papers have a repository, fewer than 5"),
        (daily(DAYS, githubStars=0), "no repository has any stars"),
        (daily(DAYS, submittedOnDailyAt="2026-07-01"), "40 of 40 papers are not of"),
        (daily(DAYS, id="soon"), "2026-08-17: only 0 of 8 rows are papers on arXiv"),
    ],
)
async def test_daily_papers_that_cannot_be_believed_drift(shelf: Shelf, reason: str) -> None:
    found = await huggingface.read_repositories(PapersWithCodeSettings(), shelf, FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert found.reason.startswith(reason)


async def test_the_newest_week_that_people_chose_is_read_without_its_texts() -> None:
    shelf = Shelf().put(f"{YEAR}/2026.md", fixture("dair.md"), "text/plain; charset=utf-8")
    reading = await dair.read(WeeklyPapersSettings(), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(item.identity, item.title) for item in reading.items[:5]] == [
        ("paper:arxiv:2608.01001", "Lanterns"),
        ("paper:arxiv:2608.01002", "A Pond, Quiet"),
        ("paper:openreview:abc123", "Mills"),
        ("paper:arxiv:2608.01004", "Reeds"),
        ("page:labs.test/weirs.pdf", "Weirs"),
    ]
    assert len(reading.items) == 9
    assert {item.summary for item in reading.items} == {""}
    assert reading.note == "ten papers chosen by people, for the week to 2026-08-16"


RANGES = [
    ("(June 21 - June 28) - 2026", date(2026, 6, 28)),
    ("(Feb 13 - 19)", date(2026, 2, 19)),
    ("(May 29-June 4)", date(2026, 6, 4)),
    ("(May 1-7)", date(2026, 5, 7)),
    ("(December 29 - January 4) - 2026", date(2026, 1, 4)),
    ("(December 29, 2025 - January 4, 2026)", date(2026, 1, 4)),
    ("(June 21 – June 28) – 2025", date(2025, 6, 28)),
    ("(Soon - Later)", None),
    ("(June 21 - June 31) - 2026", None),
    ("(28)", None),
]


@pytest.mark.parametrize(("span", "ends"), RANGES)
def test_a_weeks_range_is_read_in_every_spelling_that_was_used(
    span: str, ends: date | None
) -> None:
    found = dair.parse_issues(f"## Top ML Papers of the Week {span}\n", 2026)
    assert [issue.ends for issue in found] == ([] if ends is None else [ends])


def without_row(number: int) -> str:
    lines = fixture("dair.md").decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith(f"| {number})"))


@pytest.mark.parametrize(
    ("text", "night", "reason"),
    [
        (
            "# Index\n- [Top AI Papers (June 21 - June 28)](years/2026.md)",
            FEED_DATE,
            "no week that",
        ),
        (fixture("challenge.html").decode(), FEED_DATE, "file has no week that can be read"),
        (without_row(7), FEED_DATE, "week to 2026-08-16 has 9 rows, not 10"),
        (fixture("dair.md").decode(), date(2026, 9, 7), "newest week ended on 2026-08-16"),
        (fixture("dair.md").decode().replace("aper](", "ost]("), FEED_DATE, "only 0 of 10 rows"),
        ("", FEED_DATE, "file has no week that can be read"),
    ],
)
def test_a_year_that_cannot_be_believed_drifts(text: str, night: date, reason: str) -> None:
    found = dair.parse(text, 2026, night)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


def test_a_week_that_has_not_ended_is_not_the_last_one() -> None:
    found = dair.parse(fixture("dair.md").decode(), 2026, date(2026, 8, 16))
    assert found == FeedDrift("week to 2026-08-09 has 1 rows, not 10")


async def test_a_flood_of_openings_is_read_in_time() -> None:
    for flood in ("| 1) " * 200_000, "## Top AI Papers of the Week (" * 50_000, "[" * 500_000):
        assert isinstance(dair.parse(flood, 2026, FEED_DATE), FeedDrift)


async def test_arxivs_page_has_the_new_papers_of_the_first_category() -> None:
    url = "https://arxiv.org/list/cs.CL/new"
    shelf = Shelf().put(url, fixture("arxiv_new.html"), "text/html; charset=utf-8")
    reading = await arxiv.read_listing(WeeklyPapersSettings(), shelf, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(item.identity, item.title, item.summary) for item in reading.items] == [
        ("paper:arxiv:2608.12001", "Lanterns for Long Contexts", "We light the way."),
        ("paper:arxiv:2608.12002", "Reeds", ""),
    ]
    assert reading.note == "new in cs.CL, not ranked"


def listing(old: str, new: str) -> bytes:
    text = fixture("arxiv_new.html").decode()
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize(
    ("body", "night", "reason"),
    [
        (fixture("arxiv_new.html"), date(2026, 8, 26), "listing is of 2026-08-21"),
        (fixture("arxiv_new.html"), date(2026, 8, 19), "listing is of 2026-08-21"),
        (listing("21 August", "41 August"), FEED_DATE, "page is not a daily listing"),
        (
            listing("showing 2 of 2", "showing 9 of 9"),
            FEED_DATE,
            "only 2 papers can be read of",
        ),
        (listing("New submissions", "Old submissions"), FEED_DATE, "page has no section of new"),
        (listing("/abs/", "/papers/"), FEED_DATE, "only 0 papers can be read of"),
        (fixture("challenge.html"), FEED_DATE, "page is not a daily listing"),
        (b"", FEED_DATE, "page is not a daily listing"),
        (b"<dl><dt>" * 100_000, FEED_DATE, "page is not a daily listing"),
    ],
)
def test_a_listing_that_cannot_be_believed_drifts(body: bytes, night: date, reason: str) -> None:
    found = arxiv.parse_listing(body, night)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


@pytest.mark.shared
def test_the_recorded_listing_has_the_new_papers_that_it_counts() -> None:
    path = RECORDED / "arxiv" / "2026-08-12_list_new_sample_polaris.html"
    if not path.exists():
        pytest.skip("../shared is absent")
    found = arxiv.parse_listing(path.read_bytes(), date(2026, 8, 12))
    assert not isinstance(found, FeedDrift)
    assert [item.identity for item in found] == ["paper:arxiv:2608.09949", "paper:arxiv:2608.09967"]


async def test_no_answer_drifts_everywhere() -> None:
    nobody = Shelf()
    assert nobody.answers.get("x") is None
    for found in (
        await github_search.read(GithubTrendingSettings(), nobody, FEED_DATE),
        await huggingface.read_repositories(PapersWithCodeSettings(), nobody, FEED_DATE),
        await dair.read(WeeklyPapersSettings(), nobody, FEED_DATE),
        await arxiv.read_listing(WeeklyPapersSettings(), nobody, FEED_DATE),
    ):
        assert isinstance(found, FeedDrift)
        assert f"no answer: {Failure.DNS.value}" in found.reason
