"""The responses that the feeds are read from: one conditional request a date, kept for replays."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Unpack

from staycurrent.web.response import (
    Failure,
    Fetch,
    RequestOptions,
    Response,
    Validators,
    from_not_modified,
)


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
    """Empty if the server sent none that is well-formed, like `last_modified`."""
    last_modified: str
    content: bytes

    @property
    def validators(self) -> Validators:
        """What identifies this version of the page; empty for an error page."""
        return Validators(self.etag, self.last_modified) if self.status == 200 else Validators()

    @property
    def response(self) -> Response:
        """The response as it was received, without redirects and further headers."""
        return Response(
            url=self.url,
            final_url=self.final_url,
            hops=(),
            elapsed_s=0.0,
            status=self.status,
            headers={"content-type": self.content_type},
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

        async def fetch(url: str, **options: Unpack[RequestOptions]) -> Response:
            if options.keys() - {"headers", "body_bytes"}:
                raise ValueError(f"{url}: feeds are read with a plain GET")
            if url not in self._requests:
                request = self._request(url, options, refresh=refresh)
                self._requests[url] = asyncio.ensure_future(request)
            return await self._requests[url]

        return fetch

    async def _request(self, url: str, options: RequestOptions, *, refresh: bool) -> Response:
        cached = self._latest(url)
        if cached is not None and cached.run_date == self._run_date and not refresh:
            return cached.response
        known = cached.validators if cached is not None else Validators()
        headers = {**(options.get("headers") or {}), **known.headers}
        conditional: RequestOptions = {**options, "headers": headers}
        response = await self._fetch(url, **conditional)
        validators = Validators.of(response)
        if cached is not None and known and response.status == 304:
            response = from_not_modified(response, cached.content, cached.content_type)
            validators = validators or known
        is_complete = response.failure is None and response.status and not response.truncated
        if is_complete and "cf-mitigated" not in response.headers:
            self.received[url] = CachedResponse(
                url=url,
                run_date=self._run_date,
                final_url=response.final_url,
                status=response.status,
                content_type=response.headers.get("content-type", ""),
                etag=validators.etag,
                last_modified=validators.last_modified,
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
