"""What all adapters have in common: whatever a server sends is read, or is drift."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from staycurrent.sources.adapters import (
    arxiv,
    dair,
    github_search,
    github_trending,
    huggingface,
    papers_with_code,
)
from staycurrent.sources.chain import SOURCES, Adapter
from staycurrent.sources.item import FeedDrift
from staycurrent.sources.parsing import JsonValue, parse_json
from staycurrent.sources.validation import fetch_json
from staycurrent.web.response import Failure, Response
from tests.support.values import (
    FEED_DATE,
    RecordedFetch,
    default_settings,
    feed_response,
    fixture,
    json_value,
)

ADAPTERS = [
    (default_settings(source), adapter)
    for source in SOURCES.values()
    for adapter in (*source.chain, *source.fallbacks)
]
NAMES = [adapter.name for _, adapter in ADAPTERS]
HTML_ADAPTERS = ("github_trending_page", "arxiv_listing")
"""Adapters that read HTML; for all others, HTML means that the site was sold or retired."""


class Everywhere(RecordedFetch):
    """Answers every address with the same response."""

    def __init__(self, given: Response) -> None:
        super().__init__()
        self.given = given

    async def __call__(self, url: str, **_: object) -> Response:
        self.requested.append(url)
        elsewhere = self.given.final_url != self.given.url
        return replace(self.given, url=url, final_url=self.given.final_url if elsewhere else url)


async def drift_reason(settings: Any, adapter: Adapter[Any], given: Response) -> str:
    found = await adapter.read(settings, Everywhere(given), FEED_DATE)
    assert isinstance(found, FeedDrift)
    return found.reason


URL = "https://any.test/"
RESPONSES = [
    (feed_response(URL, b"x", moved_to="https://walled.test/"), "redirected from"),
    (feed_response(URL, status=500), "answers 500"),
    (feed_response(URL, status=404), "answers 404"),
    (feed_response(URL, status=304), "answers 304"),
    (feed_response(URL, status=429), "answers 429"),
    (feed_response(URL, b" \n"), "body is empty"),
    (replace(feed_response(URL, b"half"), truncated=True), "body was cut after 4 bytes"),
    (feed_response(URL, b"x", headers={"cf-mitigated": "challenge"}), "answers with a challenge"),
    (Response(URL, URL, (), 0.0, Failure.TIMEOUT), "not reached: no answer in time"),
    (Response(URL, URL, (), 0.0, Failure.DEFERRED), "not reached: it asked us to come back"),
]


@pytest.mark.parametrize(("settings", "adapter"), ADAPTERS, ids=NAMES)
async def test_a_failed_response_is_drift(settings: Any, adapter: Adapter[Any]) -> None:
    for response, reason in RESPONSES:
        assert reason in await drift_reason(settings, adapter, response)


@pytest.mark.parametrize(("settings", "adapter"), ADAPTERS, ids=NAMES)
async def test_a_failing_host_is_requested_once(settings: Any, adapter: Adapter[Any]) -> None:
    fetch = Everywhere(feed_response(URL, status=503))
    await adapter.read(settings, fetch, FEED_DATE)
    assert len(fetch.requested) == 1


@pytest.mark.parametrize(("settings", "adapter"), ADAPTERS, ids=NAMES)
async def test_a_body_of_another_content_type_is_drift(
    settings: Any, adapter: Adapter[Any]
) -> None:
    kind = "application/json" if adapter.name in HTML_ADAPTERS else "text/html; charset=utf-8"
    reason = await drift_reason(settings, adapter, feed_response(URL, b"<html>", kind))
    assert f"content type is {kind.partition(';')[0]}, not" in reason


BODIES = [
    b"<html><title>Soon</title></html>",
    b"{}",
    b"[]",
    b"null",
    b"0",
    b'"text"',
    b'{"error": "Sorry"}',
    b'[{"paper": null}, null, 7, [[]]]',
    b"<rss version='2.0'><channel/></rss>",
    b"\x00\xff\xfe",
]


@pytest.mark.parametrize(("settings", "adapter"), ADAPTERS, ids=NAMES)
async def test_a_body_without_rows_is_drift_and_not_an_empty_reading(
    settings: Any, adapter: Adapter[Any]
) -> None:
    for body in BODIES:
        assert await drift_reason(settings, adapter, feed_response(URL, body))


KEYS = st.sampled_from(
    re.findall(
        r"\w+",
        "paper id title arxiv_id trending results repository url upvotes date_published summary"
        " githubRepo submittedOnDailyAt abstract",
    )
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.parametrize("body", [b"<html>", fixture("challenge.html"), b"[" * 100_000])
async def test_a_body_that_is_not_json_drifts(body: bytes) -> None:
    url = "https://api.example/papers"
    fetch = RecordedFetch().add(url, body, "application/json")
    assert await fetch_json(fetch, url) == FeedDrift("body is not JSON")


@given(ANY_JSON)
def test_any_json_is_read_or_drifts(value: object) -> None:
    response = json_value(json.dumps(value).encode())
    assert isinstance(papers_with_code.parse(response, FEED_DATE), tuple | FeedDrift)
    assert isinstance(github_search.parse(response, FEED_DATE), tuple | FeedDrift)
    assert isinstance(huggingface.parse_papers(response), tuple | FeedDrift)


@given(st.binary(max_size=200))
@example(b"<![\x00\x00")
def test_any_bytes_are_read_or_drift(body: bytes) -> None:
    assert isinstance(github_trending.parse_page(body), FeedDrift)
    assert isinstance(arxiv.parse_listing(body, FEED_DATE, 100), FeedDrift)
    assert isinstance(dair.parse(body.decode("latin-1"), 2026, FEED_DATE), FeedDrift)
    assert isinstance(parse_json(body), JsonValue | None)
