"""The cache of responses: one conditional request a date, and replays without requests."""

import asyncio
from datetime import date, timedelta
from typing import Unpack

import pytest

from staycurrent.sources.cache import CachedResponse, ResponseCache, replay_fetch
from staycurrent.web.response import Failure, RequestOptions, Response
from tests.support.values import FEED_DATE

URL = "https://feed.test/page"
YESTERDAY = FEED_DATE - timedelta(days=1)


def cached(
    run_date: date = YESTERDAY, status: int = 200, etag: str = '"one"', on: str = ""
) -> CachedResponse:
    return CachedResponse(URL, run_date, URL, status, "text/html", etag, on, b"<p>kept")


class Server:
    """A Fetch with one page, which records the headers of each request."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.requested: list[dict[str, str]] = []

    async def __call__(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        await asyncio.sleep(0)
        self.requested.append(dict(options.get("headers") or {}))
        return self.response


def responds(status: int = 200, content: bytes = b"<p>new", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(URL, URL, (), 0.1, status=status, headers=named, body=content)


async def fetched(
    server: Server, previous: CachedResponse | None, *, refresh: bool = True
) -> tuple[Response, ResponseCache]:
    cache = ResponseCache(server, FEED_DATE, lambda _: previous)
    return await cache.fetcher(refresh=refresh)(URL, headers={"Accept": "text/html"}), cache


async def test_concurrent_requests_for_one_address_are_one_request() -> None:
    server = Server(responds())
    cache = ResponseCache(server, FEED_DATE, lambda _: None)
    fetch = cache.fetcher(refresh=True)
    responses = await asyncio.gather(fetch(URL), fetch(URL), cache.fetcher(refresh=False)(URL))
    assert [response.body for response in responses] == [b"<p>new"] * 3
    assert len(server.requested) == 1


async def test_validators_are_sent_and_a_304_gives_the_cached_body() -> None:
    server = Server(responds(304, b"", etag='"two"'))
    previous = cached(on="Fri, 21 Aug 2026 01:00:00 GMT")
    response, cache = await fetched(server, previous)
    assert server.requested == [
        {
            "Accept": "text/html",
            "if-none-match": '"one"',
            "if-modified-since": "Fri, 21 Aug 2026 01:00:00 GMT",
        }
    ]
    assert (response.status, response.body) == (200, b"<p>kept")
    assert response.headers["content-type"] == "text/html"
    assert cache.received[URL].run_date == FEED_DATE
    assert cache.received[URL].etag == '"two"'


@pytest.mark.parametrize(
    "previous",
    [None, cached(etag=""), cached(status=404)],
    ids=["nothing", "no validator", "an error"],
)
async def test_a_request_without_a_usable_cached_response_is_unconditional(
    previous: CachedResponse | None,
) -> None:
    server = Server(responds(304, b""))
    response, _ = await fetched(server, previous)
    assert server.requested == [{"Accept": "text/html"}]
    assert response.status == 304


async def test_a_changed_body_replaces_the_cached_one() -> None:
    server = Server(responds(etag='"two"', content_type="text/html"))
    response, cache = await fetched(server, cached())
    assert response.body == b"<p>new"
    assert cache.received[URL] == CachedResponse(
        URL, FEED_DATE, URL, 200, "text/html", '"two"', "", b"<p>new"
    )


async def test_a_304_without_validators_leaves_those_of_the_cached_response() -> None:
    _, cache = await fetched(Server(responds(304, b"")), cached())
    assert (cache.received[URL].etag, cache.received[URL].content) == ('"one"', b"<p>kept")


async def test_a_response_is_cached_under_the_requested_address() -> None:
    cache = ResponseCache(Server(responds()), FEED_DATE, lambda _: None)
    url = "HTTPS://feed.test/page#top"
    await cache.fetcher(refresh=True)(url)
    assert list(cache.received) == [cache.received[url].url] == [url]


async def test_a_response_of_the_same_date_is_used_without_refresh() -> None:
    server = Server(responds())
    response, cache = await fetched(server, cached(FEED_DATE), refresh=False)
    assert (response.body, server.requested, cache.received) == (b"<p>kept", [], {})
    response, _ = await fetched(server, cached(FEED_DATE), refresh=True)
    assert (response.body, len(server.requested)) == (b"<p>new", 1)


@pytest.mark.parametrize(
    "response",
    [
        Response(URL, URL, (), 0.1, Failure.TIMEOUT),
        Response(URL, URL, (), 0.1, status=200, body=b"cut", truncated=True),
        responds(403, cf_mitigated="challenge"),
    ],
)
async def test_incomplete_responses_are_not_cached(response: Response) -> None:
    found, cache = await fetched(Server(response), cached())
    assert found == response
    assert cache.received == {}


async def test_a_replay_has_only_the_cached_responses() -> None:
    fetch = replay_fetch([cached(FEED_DATE)])
    response = await fetch(URL)
    assert (response.status, response.body, response.final_url) == (200, b"<p>kept", URL)
    assert (await fetch("https://feed.test/other")).failure is Failure.DEFERRED


async def test_anything_but_a_plain_get_is_a_bug() -> None:
    cache = ResponseCache(Server(responds()), FEED_DATE, lambda _: None)
    with pytest.raises(ValueError, match="plain GET"):
        await cache.fetcher(refresh=True)(URL, method="POST")
