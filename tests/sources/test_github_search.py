"""GitHub's search: requests by topic, ranking by stars, and drift."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from staycurrent.sources.adapters import github_search
from staycurrent.sources.item import FeedDrift, FeedReading
from staycurrent.sources.settings import (
    GithubTrendingSettings,
)
from staycurrent.web.response import Response
from tests.support.values import FEED_DATE, RecordedFetch, fixture, json_value

JSON = "application/json; charset=utf-8"
SINCE = date(2026, 7, 23)


class Searched(RecordedFetch):
    """Answers every search with the same results."""

    async def __call__(self, url: str, **_: object) -> Response:
        self.requested.append(url)
        body = fixture("search.json")
        return Response(url, url, (), 0.1, status=200, headers={"content-type": JSON}, body=body)


async def test_search_ranks_by_stars_and_notes_that_it_is_not_trending() -> None:
    fetch = Searched()
    reading = await github_search.read(GithubTrendingSettings(), fetch, FEED_DATE)
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
    asked = urlsplit(fetch.requested[0])
    assert (asked.netloc, asked.path) == ("api.github.com", "/search/repositories")
    assert parse_qs(asked.query) == {
        "q": ["topic:llm created:>=2026-07-23 stars:>100"],
        "sort": ["stars"],
        "order": ["desc"],
        "per_page": ["50"],
    }


async def test_each_topic_is_one_request_and_no_topics_are_one() -> None:
    for topics, wanted in ((("llm", "agents"), 2), ((), 1)):
        fetch = Searched()
        await github_search.read(GithubTrendingSettings(topics=topics), fetch, FEED_DATE)
        assert len(fetch.requested) == wanted
    assert "topic" not in fetch.requested[0]


def search(**changes: object) -> bytes:
    return json.dumps({**json.loads(fixture("search.json")), **changes}).encode()


def results(**changes: object) -> bytes:
    rows = json.loads(fixture("search.json"))["items"]
    return search(items=[{**row, **changes} for row in rows])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
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
def test_a_search_response_that_has_changed_drifts(body: bytes, reason: str) -> None:
    assert github_search.parse(json_value(body), SINCE) == FeedDrift(reason)
