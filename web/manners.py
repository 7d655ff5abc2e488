"""Asking a host what it allows before its pages are asked for: once, and then remembered."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Unpack

from staycurrent.web.address import Address, parse
from staycurrent.web.answer import Answer, Failure, How
from staycurrent.web.client import Web
from staycurrent.web.robots import Robots, product, read


class Manners:
    """One night's looks at pages, each allowed by the robots.txt of every host on its way."""

    def __init__(
        self,
        web: Web,
        night: date,
        *,
        known: Mapping[str, Robots],
        keep: Callable[[Robots], None],
    ) -> None:
        self._web = web
        self._night = night
        self._known = {host: one for host, one in known.items() if one.holds_on(night)}
        self._keep = keep
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._agent = product(web.policy.user_agent)

    async def look(self, url: str, conditions: Mapping[str, str] | None = None) -> Answer:
        """Look at a page; `Failure.ROBOTS` where it, or where it leads, is not for us."""
        return await self._web.look(url, self._allows, conditions)

    async def ask(self, url: str, **how: Unpack[How]) -> Answer:
        """As `Web.ask`, for a page: its host is asked first. What is made for programs is not."""
        here = parse(url)
        if isinstance(here, Address) and not _is_api(here) and not await self._allows(here):
            why = "robots.txt disallows it"
            return Answer(url, url, (), 0.0, Failure.ROBOTS, why)
        return await self._web.ask(url, **how)

    async def _allows(self, here: Address) -> bool:
        return (await self._robots(here)).allows(here.url, self._agent)

    async def _robots(self, here: Address) -> Robots:
        host = here.netloc
        async with self._turns[host]:  # the first look at a host asks for all
            if host not in self._known:
                self._known[host] = await self._asked(here)
            return self._known[host]

    async def _asked(self, here: Address) -> Robots:
        answer = await self._web.robots_txt(here)
        found = read(here.netloc, self._night, answer)
        if answer.failure is not Failure.NOT_NOW:
            self._keep(found)
        return found


def _is_api(here: Address) -> bool:
    """An interface for programs has its own terms; robots.txt speaks of pages to crawlers."""
    return here.host.startswith(("api.", "export.")) or "/api/" in here.target
