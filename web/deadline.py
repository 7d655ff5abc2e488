"""The time that one check may take, and how it is measured: our own lateness does not count."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Deadline:
    """What is left of the time for a page and for the robots.txt and certificates that it needs.

    Waiting for a place at a host or for its usual pause does not count; both are our own limits.
    """

    left_s: float
    """Seconds of requests."""
    pauses_left_s: float
    """Seconds that hosts may still make us wait (`Retry-After`), all of them together."""
    is_fresh: bool = True
    """Whether no host was waited for yet: the first pause may be due to earlier checks."""

    @contextmanager
    def half(self) -> Iterator["Deadline"]:
        """For a request that has to come first: at most half of the time that is left."""
        given = self.left_s / 2
        part = Deadline(given, self.pauses_left_s, self.is_fresh)
        try:
            yield part
        finally:
            self.left_s -= given - part.left_s
            self.pauses_left_s, self.is_fresh = part.pauses_left_s, part.is_fresh

    def takes_pause(self, seconds: float) -> bool:
        """Whether a host may be waited for so long; if so it counts."""
        if not self.is_fresh:
            if seconds > self.pauses_left_s:
                return False
            self.pauses_left_s -= seconds
        self.is_fresh = False
        return True


_TICK_S = 0.25
_STALL_S = 1.0
"""An event loop that is late by so much may also have let servers wait until they hung up."""


class LoopTimer:
    """`asyncio.timeout` that counts only the time in which the event loop ran.

    It counts ticks, each as what it was set for, however late the loop calls it: while another task
    (or another process) held the loop up, no answer could be read. Raises TimeoutError after
    `limit_s`; without a limit it only measures.
    """

    def __init__(self, limit_s: float = math.inf) -> None:
        self.ran_s = 0.0
        """Seconds of whole ticks."""
        self.late_s = 0.0
        """Seconds by which ticks came late, in sum."""
        self.has_stalled = False
        """Whether a tick came late by more than a second."""
        self._left_s = limit_s

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Measure, and limit, what is done in this context."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as self._timeout:
            self._set()
            try:
                yield
            finally:
                self._handle.cancel()

    def _set(self) -> None:
        seconds = min(_TICK_S, self._left_s)
        due = self._loop.time() + seconds
        self._handle = self._loop.call_at(due, self._tick, seconds, due)

    def _tick(self, seconds: float, due: float) -> None:
        late_s = max(0.0, self._loop.time() - due)
        self.late_s += late_s
        self.has_stalled |= late_s > _STALL_S
        self.ran_s += seconds
        self._left_s -= seconds
        if self._left_s > 0:
            self._set()
        else:
            self._timeout.reschedule(self._loop.time())
