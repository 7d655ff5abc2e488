"""A page is asked for once a night, and only for what has changed since it was kept."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Unpack

from staycurrent.web.response import Failure, Fetch, RequestOptions, Response


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """What an address answered a feed on one night; only whole answers are kept."""

    url: str
    run_date: date
    final_url: str
    status: int
    content_type: str
    etag: str
    """The server's validators (RFC 9110 section 8.8); empty where it gave none."""
    last_modified: str
    content: bytes


class ResponseCache:
    """What the feeds ask through: one request for each page of a night, conditional if it can be.

    `newest` gives the body of an address that was kept last. `came` holds, when the feeds are
    done, the bodies of tonight.
    """

    def __init__(
        self, ask: Fetch, run_date: date, latest: Callable[[str], CachedResponse | None]
    ) -> None:
        self.came: dict[str, CachedResponse] = {}
        self._ask = ask
        self._night = run_date
        self._newest = latest
        self._asked: dict[str, asyncio.Task[Response]] = {}

    def fetcher(self, *, refresh: bool) -> Fetch:
        """The function that a feed asks with; `again`: also for what came earlier tonight."""
        return partial(self._once, again=refresh)

    async def _once(self, url: str, *, again: bool, **how: Unpack[RequestOptions]) -> Response:
        if how.keys() - {"headers", "body_bytes"}:
            raise ValueError(f"{url}: feeds are read with a plain GET")
        if url not in self._asked:
            self._asked[url] = asyncio.ensure_future(self._tonight(url, how, again=again))
        return await self._asked[url]

    async def _tonight(self, url: str, how: RequestOptions, *, again: bool) -> Response:
        kept = self._newest(url)
        if kept is not None and kept.run_date == self._night and not again:
            return _answer(kept)
        conditions = _conditions(kept)
        conditional: RequestOptions = {
            **how,
            "headers": {**(how.get("headers") or {}), **conditions},
        }
        answer = await self._ask(url, **conditional)
        if kept is not None and conditions and answer.status == 304:
            answer = _unchanged(answer, kept)
        body = _body(url, answer, self._night)
        if body is not None:
            self.came[url] = body
        return answer


def replay_fetch(bodies: Iterable[CachedResponse]) -> Fetch:
    """An Ask that knows these bodies and nothing else: it has no network behind it."""
    by_url = {body.url: body for body in bodies}

    async def ask(url: str, **how: Unpack[RequestOptions]) -> Response:
        del how
        body = by_url.get(url)
        if body is None:
            return Response(url, url, (), 0.0, Failure.DEFERRED, "no body of that night is kept")
        return _answer(body)

    return ask


def _conditions(kept: CachedResponse | None) -> dict[str, str]:
    """Headers of RFC 9110 section 13.1; both are sent, as servers may know one of them only."""
    if kept is None or kept.status != 200:
        return {}
    pairs = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _unchanged(answer: Response, kept: CachedResponse) -> Response:
    """The kept body in place of the 304; validators that came with it replace the old ones."""
    headers = {**_answer(kept).headers, **answer.headers, "content-type": kept.content_type}
    return replace(answer, status=200, headers=headers, body=kept.content, truncated=False)


def _body(url: str, answer: Response, night: date) -> CachedResponse | None:
    """The answer as it is kept, under the address as it was asked for, however that is spelt."""
    challenged = "cf-mitigated" in answer.headers
    if answer.failure is not None or answer.status == 0 or answer.truncated or challenged:
        return None
    return CachedResponse(
        url=url,
        run_date=night,
        final_url=answer.final_url,
        status=answer.status,
        content_type=answer.headers.get("content-type", ""),
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
        content=answer.body,
    )


def _answer(body: CachedResponse) -> Response:
    headers = {"etag": body.etag, "last-modified": body.last_modified}
    return Response(
        url=body.url,
        final_url=body.final_url,
        hops=(),
        elapsed_s=0.0,
        status=body.status,
        headers={
            "content-type": body.content_type,
            **{name: value for name, value in headers.items() if value},
        },
        body=body.content,
    )
