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


def body(
    run_date: date = YESTERDAY, status: int = 200, etag: str = '"one"', on: str = ""
) -> CachedResponse:
    return CachedResponse(URL, run_date, URL, status, "text/html", etag, on, b"<p>kept")


class Server:
    """An Ask with one page, which notes the headers of each request."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self.requested: list[dict[str, str]] = []

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        await asyncio.sleep(0)
        self.requested.append(dict(how.get("headers") or {}))
        return self.answer


def says(status: int = 200, content: bytes = b"<p>new", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(URL, URL, (), 0.1, status=status, headers=named, body=content)


async def asked(
    server: Server, kept: CachedResponse | None, *, again: bool = True
) -> tuple[Response, ResponseCache]:
    pages = ResponseCache(server, FEED_DATE, lambda _: kept)
    return await pages.fetcher(refresh=again)(URL, headers={"Accept": "text/html"}), pages


async def test_concurrent_requests_for_one_address_are_one_request() -> None:
    server = Server(says())
    pages = ResponseCache(server, FEED_DATE, lambda _: None)
    ask = pages.fetcher(refresh=True)
    answers = await asyncio.gather(ask(URL), ask(URL), pages.fetcher(refresh=False)(URL))
    assert [answer.body for answer in answers] == [b"<p>new"] * 3
    assert len(server.requested) == 1


async def test_validators_are_sent_and_a_304_gives_the_cached_body() -> None:
    server = Server(says(304, b"", etag='"two"'))
    kept = body(on="Fri, 21 Aug 2026 01:00:00 GMT")
    answer, pages = await asked(server, kept)
    assert server.requested == [
        {
            "Accept": "text/html",
            "If-None-Match": '"one"',
            "If-Modified-Since": "Fri, 21 Aug 2026 01:00:00 GMT",
        }
    ]
    assert (answer.status, answer.body) == (200, b"<p>kept")
    assert answer.headers["content-type"] == "text/html"
    assert pages.received[URL].run_date == FEED_DATE
    assert pages.received[URL].etag == '"two"'


@pytest.mark.parametrize(
    "kept", [None, body(etag=""), body(status=404)], ids=["nothing", "no validator", "an error"]
)
async def test_a_request_without_a_usable_cached_response_is_unconditional(
    kept: CachedResponse | None,
) -> None:
    server = Server(says(304, b""))
    answer, _ = await asked(server, kept)
    assert server.requested == [{"Accept": "text/html"}]
    assert answer.status == 304


async def test_a_changed_body_replaces_the_cached_one() -> None:
    answer, pages = await asked(Server(says(etag='"two"', content_type="text/html")), body())
    assert answer.body == b"<p>new"
    assert pages.received[URL] == CachedResponse(
        URL, FEED_DATE, URL, 200, "text/html", '"two"', "", b"<p>new"
    )


async def test_a_response_is_cached_under_the_requested_address() -> None:
    pages = ResponseCache(Server(says()), FEED_DATE, lambda _: None)
    spelt = "HTTPS://feed.test/page#top"
    await pages.fetcher(refresh=True)(spelt)
    assert list(pages.received) == [pages.received[spelt].url] == [spelt]


async def test_a_response_of_the_same_date_is_used_without_refresh() -> None:
    server = Server(says())
    answer, pages = await asked(server, body(FEED_DATE), again=False)
    assert (answer.body, server.requested, pages.received) == (b"<p>kept", [], {})
    answer, _ = await asked(server, body(FEED_DATE), again=True)
    assert (answer.body, len(server.requested)) == (b"<p>new", 1)


@pytest.mark.parametrize(
    "answer",
    [
        Response(URL, URL, (), 0.1, Failure.TIMEOUT),
        Response(URL, URL, (), 0.1, status=200, body=b"cut", truncated=True),
        says(403, cf_mitigated="challenge"),
    ],
)
async def test_incomplete_responses_are_not_cached(answer: Response) -> None:
    found, pages = await asked(Server(answer), body())
    assert found == answer
    assert pages.received == {}


async def test_a_replay_has_only_the_cached_responses() -> None:
    ask = replay_fetch([body(FEED_DATE)])
    answer = await ask(URL)
    assert (answer.status, answer.body, answer.final_url) == (200, b"<p>kept", URL)
    assert (await ask("https://feed.test/other")).failure is Failure.DEFERRED


async def test_anything_but_a_plain_get_is_a_bug() -> None:
    pages = ResponseCache(Server(says()), FEED_DATE, lambda _: None)
    with pytest.raises(ValueError, match="plain GET"):
        await pages.fetcher(refresh=True)(URL, method="POST")
