"""The responses that the feeds are read from: one conditional request a date, kept for replays."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Unpack

from staycurrent.web.response import Failure, Fetch, RequestOptions, Response


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A complete response to a feed's request on one date."""

    url: str
    """As it was requested, not normalised."""
    run_date: date
    final_url: str
    status: int
    content_type: str
    etag: str
    """Validator of RFC 9110 section 8.8; empty if the server sent none."""
    last_modified: str
    content: bytes

    @property
    def conditions(self) -> dict[str, str]:
        """The request headers of RFC 9110 section 13.1: both, as a server may know only one."""
        values = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in values.items() if value and self.status == 200}

    @property
    def response(self) -> Response:
        """The response as it was received, without redirects and further headers."""
        headers = {
            "content-type": self.content_type,
            "etag": self.etag,
            "last-modified": self.last_modified,
        }
        return Response(
            url=self.url,
            final_url=self.final_url,
            hops=(),
            elapsed_s=0.0,
            status=self.status,
            headers={name: value for name, value in headers.items() if value},
            body=self.content,
        )


class ResponseCache:
    """Requests each address once a run, with the validators of its latest cached response.

    `latest` returns that response. `received` has the complete responses of this run, by address.
    """

    def __init__(
        self, fetch: Fetch, run_date: date, latest: Callable[[str], CachedResponse | None]
    ) -> None:
        self.received: dict[str, CachedResponse] = {}
        self._fetch = fetch
        self._run_date = run_date
        self._latest = latest
        self._requests: dict[str, asyncio.Task[Response]] = {}

    def fetcher(self, *, refresh: bool) -> Fetch:
        """Return what a source fetches with; `refresh`: also what an earlier run of the date got.

        Raises ValueError for anything but a plain GET.
        """
        return partial(self._fetch_once, refresh=refresh)

    async def _fetch_once(
        self, url: str, *, refresh: bool, **options: Unpack[RequestOptions]
    ) -> Response:
        if options.keys() - {"headers", "body_bytes"}:
            raise ValueError(f"{url}: feeds are read with a plain GET")
        if url not in self._requests:
            request = self._request(url, options, refresh=refresh)
            self._requests[url] = asyncio.ensure_future(request)
        return await self._requests[url]

    async def _request(self, url: str, options: RequestOptions, *, refresh: bool) -> Response:
        cached = self._latest(url)
        if cached is not None and cached.run_date == self._run_date and not refresh:
            return cached.response
        conditions = cached.conditions if cached is not None else {}
        headers = {**(options.get("headers") or {}), **conditions}
        conditional: RequestOptions = {**options, "headers": headers}
        response = await self._fetch(url, **conditional)
        if cached is not None and conditions and response.status == 304:
            # The validators of a 304 replace the cached ones, its content type does not.
            headers = {**cached.response.headers, **response.headers}
            headers["content-type"] = cached.content_type
            response = replace(
                response, status=200, headers=headers, body=cached.content, truncated=False
            )
        is_complete = response.failure is None and response.status and not response.truncated
        if is_complete and "cf-mitigated" not in response.headers:
            self.received[url] = CachedResponse(
                url=url,
                run_date=self._run_date,
                final_url=response.final_url,
                status=response.status,
                content_type=response.headers.get("content-type", ""),
                etag=response.headers.get("etag", ""),
                last_modified=response.headers.get("last-modified", ""),
                content=response.body,
            )
        return response


def replay_fetch(cached: Iterable[CachedResponse]) -> Fetch:
    """Return a Fetch that answers with these responses and makes no request."""
    by_url = {one.url: one.response for one in cached}

    async def fetch(url: str, **options: Unpack[RequestOptions]) -> Response:
        del options
        missing = Response(url, url, (), 0.0, Failure.DEFERRED, "no response of that date is kept")
        return by_url.get(url, missing)

    return fetch
