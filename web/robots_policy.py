"""Asking a host what it allows before its pages are asked for: once, and then remembered."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Unpack

from staycurrent.web.address import Address, parse
from staycurrent.web.client import Client
from staycurrent.web.response import Failure, RequestOptions, Response
from staycurrent.web.robots import RobotsTxt, product_token, read_robots_txt


class RobotsPolicy:
    """One night's looks at pages, each allowed by the robots.txt of every host on its way."""

    def __init__(
        self,
        web: Client,
        run_date: date,
        *,
        cached: Mapping[str, RobotsTxt],
        save: Callable[[RobotsTxt], None],
    ) -> None:
        self._web = web
        self._night = run_date
        self._known = {host: one for host, one in cached.items() if one.is_fresh(run_date)}
        self._keep = save
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._agent = product_token(web.settings.user_agent)

    async def fetch(self, url: str, conditions: Mapping[str, str] | None = None) -> Response:
        """Look at a page; `Failure.ROBOTS` where it, or where it leads, is not for us."""
        return await self._web.fetch(url, self._allows, conditions)

    async def request(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        """As `Web.ask`, for a page: its host is asked first. What is made for programs is not."""
        here = parse(url)
        if isinstance(here, Address) and not _is_api(here) and not await self._allows(here):
            why = "robots.txt disallows it"
            return Response(url, url, (), 0.0, Failure.ROBOTS, why)
        return await self._web.request(url, **how)

    async def _allows(self, here: Address) -> bool:
        return (await self._robots(here)).allows(here.url, self._agent)

    async def _robots(self, here: Address) -> RobotsTxt:
        host = here.netloc
        async with self._turns[host]:  # the first look at a host asks for all
            if host not in self._known:
                self._known[host] = await self._asked(here)
            return self._known[host]

    async def _asked(self, here: Address) -> RobotsTxt:
        answer = await self._web.fetch_robots_txt(here)
        found = read_robots_txt(here.netloc, self._night, answer)
        if answer.failure is not Failure.DEFERRED:
            self._keep(found)
        return found


def _is_api(here: Address) -> bool:
    """An interface for programs has its own terms; robots.txt speaks of pages to crawlers."""
    return here.host.startswith(("api.", "export.")) or "/api/" in here.target
