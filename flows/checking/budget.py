"""What tonight's looks may still cost: requests and minutes."""

import math
from datetime import timedelta
from typing import Unpack

from staycurrent.flows.context import RunContext
from staycurrent.web.client import Client
from staycurrent.web.response import Failure, RequestOptions, Response

_REQUESTS_A_LOOK = 2
_WORDS = "tonight's budget is used up"


class Budget:
    """The budget of one night while it is being spent; canaries are not refused, nor second looks.

    Requests may exceed it by what the looks under way still take.
    """

    def __init__(self, night: RunContext, web: Client, *, limited: bool) -> None:
        self._night = night
        self._web = web
        settings = night.settings.links
        self._requests = settings.budget_requests if limited else 0
        self._minutes = settings.budget_minutes if limited else 0
        self.deferred = 0
        """Looks that were left for another night."""

    def can_afford(self, promised: int | None = 0) -> bool:
        """Whether another look may begin, beside requests that are promised to others.

        None: for a link that fails, whose streak must not wait; only the minutes count for it.
        """
        spent = self._late() if promised is None else self._spent(promised)
        self.deferred += spent
        return not spent

    def capacity(self, promised: int) -> int:
        """How many looks may begin at once without one too many; 0: no limit, or nothing left.

        A look takes two requests where it is redirected or its host's robots.txt is asked for.
        """
        left = max(0, self._requests - self._web.requests_sent - promised)
        return math.ceil(left / _REQUESTS_A_LOOK)

    async def request(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        """Ask as the web does; once the budget is used up, the answer is: not tonight."""
        if self._spent(0):
            return Response(url, url, (), 0.0, Failure.DEFERRED, _WORDS)
        return await self._web.request(url, **how)

    def _spent(self, promised: int) -> bool:
        if 0 < self._requests <= self._web.requests_sent + promised:
            return True
        return self._late()

    def _late(self) -> bool:
        return self._minutes > 0 and self._elapsed() >= timedelta(minutes=self._minutes)

    def _elapsed(self) -> timedelta:
        return self._night.now() - self._night.clock.as_of
