"""What every adapter promises: an answer that is none is drift, whichever address gave it."""

from dataclasses import replace
from typing import Any

import pytest

from staycurrent.sources.chain import Adapter
from staycurrent.sources.item import FeedDrift
from staycurrent.sources.registry import SOURCES
from staycurrent.web.response import Failure, Response
from tests.support.values import FEED_DATE, Shelf, feed_response

ADAPTERS = [
    (source.settings(), adapter)
    for source in SOURCES.values()
    for adapter in (*source.chain, *source.fallbacks)
]
NAMES = [adapter.name for _, adapter in ADAPTERS]
PAGES = ("github_trending_page", "arxiv_listing")
"""Adapters that read HTML; all others are sold or retired when HTML comes."""


class Everywhere(Shelf):
    """Answers every address alike."""

    def __init__(self, given: Response) -> None:
        super().__init__()
        self.given = given

    async def __call__(self, url: str, **_: object) -> Response:
        self.asked.append(url)
        elsewhere = self.given.final_url != self.given.url
        return replace(self.given, url=url, final_url=self.given.final_url if elsewhere else url)


async def drift(settings: Any, adapter: Adapter[Any], given: Response) -> str:
    found = await adapter.read(settings, Everywhere(given), FEED_DATE)
    assert isinstance(found, FeedDrift)
    return found.reason


URL = "https://any.test/"
ANSWERS = [
    (feed_response(URL, b"x", moved_to="https://walled.test/"), "redirected from"),
    (feed_response(URL, status=500), "answers 500"),
    (feed_response(URL, status=404), "answers 404"),
    (feed_response(URL, status=304), "answers 304"),
    (feed_response(URL, status=429), "answers 429"),
    (feed_response(URL, b" \n"), "body is empty"),
    (replace(feed_response(URL, b"half"), truncated=True), "body was cut after 4 bytes"),
    (feed_response(URL, b"x", headers={"cf-mitigated": "challenge"}), "answers with a challenge"),
    (Response(URL, URL, (), 0.0, Failure.TIMEOUT), "no answer: timeout"),
    (Response(URL, URL, (), 0.0, Failure.DEFERRED), "no answer: not now"),
]


@pytest.mark.parametrize(("settings", "adapter"), ADAPTERS, ids=NAMES)
@pytest.mark.parametrize(("given", "says"), ANSWERS, ids=[says for _, says in ANSWERS])
async def test_an_answer_that_is_none_is_drift(
    settings: Any, adapter: Adapter[Any], given: Response, says: str
) -> None:
    assert says in await drift(settings, adapter, given)


@pytest.mark.parametrize(("settings", "adapter"), ADAPTERS, ids=NAMES)
async def test_a_host_that_does_not_answer_is_asked_once(
    settings: Any, adapter: Adapter[Any]
) -> None:
    shelf = Everywhere(feed_response(URL, status=503))
    await adapter.read(settings, shelf, FEED_DATE)
    assert len(shelf.asked) == 1


@pytest.mark.parametrize(("settings", "adapter"), ADAPTERS, ids=NAMES)
async def test_a_body_of_another_type_is_drift(settings: Any, adapter: Adapter[Any]) -> None:
    kind = "application/json" if adapter.name in PAGES else "text/html; charset=utf-8"
    reason = await drift(settings, adapter, feed_response(URL, b"<html>", kind))
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
async def test_a_body_that_says_nothing_is_drift_and_no_empty_list(
    settings: Any, adapter: Adapter[Any]
) -> None:
    for body in BODIES:
        assert await drift(settings, adapter, feed_response(URL, body))
