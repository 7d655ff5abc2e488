"""The robots policy: robots.txt is fetched before the pages of a host, and cached for weeks."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Unpack

from staycurrent.web.address import Address, parse
from staycurrent.web.client import Client
from staycurrent.web.deadline import Deadline
from staycurrent.web.response import Failure, RequestOptions, Response
from staycurrent.web.robots import (
    MAX_ROBOTS_BYTES,
    MAX_ROBOTS_REDIRECTS,
    RobotsTxt,
    product_token,
    read_robots_txt,
)


class RobotsPolicy:
    """A client that requests a page only if the robots.txt of each host on its way allows it."""

    def __init__(
        self,
        client: Client,
        run_date: date,
        *,
        cached: Mapping[str, RobotsTxt],
        save: Callable[[RobotsTxt], None],
    ) -> None:
        self._client = client
        self._run_date = run_date
        self._by_host = {
            host: robots for host, robots in cached.items() if robots.is_fresh(run_date)
        }
        self._save = save
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._agent = product_token(client.settings.user_agent)

    async def fetch(self, url: str, conditions: Mapping[str, str] | None = None) -> Response:
        """GET a page; `Failure.ROBOTS` if it, or what it redirects to, is disallowed."""
        return await self._client.request(
            url, why_disallowed=self._why_disallowed, conditions=conditions
        )

    async def request(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """As `Client.request`, if robots.txt allows `url` or it is an API, made for programs."""
        address = parse(url)
        if isinstance(address, Address):
            is_api = address.host.startswith(("api.", "export.")) or "/api/" in address.target
            if not is_api and (
                reason := await self._why_disallowed(address, self._client.deadline())
            ):
                return Response(url, url, (), 0.0, Failure.ROBOTS, reason)
        return await self._client.request(url, **options)

    async def _why_disallowed(self, address: Address, deadline: Deadline) -> str:
        """Why a page is disallowed; empty if it is not. robots.txt is fetched within `deadline`."""
        host = address.netloc
        async with self._locks[host]:  # the first request to a host fetches the file for all
            robots = self._by_host.get(host)
            if robots is None:
                with deadline.half() as part:
                    had_time = part.left_s >= self._client.settings.timeout_s / 4
                    response = await self._client.request(
                        f"{address.scheme}://{host}/robots.txt",
                        body_bytes=MAX_ROBOTS_BYTES,
                        max_redirects=min(
                            MAX_ROBOTS_REDIRECTS, self._client.settings.max_redirects
                        ),
                        deadline=part,
                    )
                robots = read_robots_txt(host, self._run_date, response)
                # A host is not to blame where earlier ones took the time: asked again by others.
                is_known = had_time or response.failure is not Failure.TIMEOUT
                if is_known and response.failure is not Failure.DEFERRED:
                    self._by_host[host] = robots
                    self._save(robots)
        return robots.why_disallowed(address.url, self._agent)
