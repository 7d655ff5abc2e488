"""The budget of a run: requests and minutes."""

import math
from datetime import timedelta
from typing import Unpack

from staycurrent.flows.context import RunContext
from staycurrent.web.client import Client
from staycurrent.web.response import Failure, RequestOptions, Response

_REQUESTS_PER_CHECK = 2
"""A check takes two where it is redirected, or where the host's robots.txt is requested."""


class Budget:
    """What the checks of a run may still cost.

    It does not limit canaries, nor the confirmation of a negative check. Requests may exceed it by
    those of the checks that are in progress.
    """

    def __init__(self, ctx: RunContext, client: Client, *, limited: bool) -> None:
        self._ctx = ctx
        self._client = client
        settings = ctx.settings.links
        self._requests = settings.budget_requests if limited else 0
        self._minutes = settings.budget_minutes if limited else 0
        self.deferred = 0
        """Checks that were left for another run."""

    def can_afford(self, promised: int | None = 0) -> bool:
        """Whether another check may begin, in addition to requests that are promised to others.

        None: for a failing link, whose streak must not be interrupted; only the time limits it.
        """
        is_spent = self._is_late() if promised is None else self._is_spent(promised)
        self.deferred += is_spent
        return not is_spent

    def capacity(self, promised: int) -> int:
        """How many checks may begin at once; 0: there is no limit, or nothing is left."""
        left = max(0, self._requests - self._client.requests_sent - promised)
        return math.ceil(left / _REQUESTS_PER_CHECK)

    async def request(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """As `Client.request`; a response with Failure.DEFERRED once the budget is spent."""
        if self._is_spent(0):
            return Response(url, url, (), 0.0, Failure.DEFERRED, "the budget of this run is spent")
        return await self._client.request(url, **options)

    def _is_spent(self, promised: int) -> bool:
        is_over = 0 < self._requests <= self._client.requests_sent + promised
        return is_over or self._is_late()

    def _is_late(self) -> bool:
        elapsed = self._ctx.now() - self._ctx.clock.as_of
        return self._minutes > 0 and elapsed >= timedelta(minutes=self._minutes)
