"""The order of checks, when an unresponsive host is skipped, and how long a run takes at least."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any, Self

from staycurrent.links.link import Link
from staycurrent.links.observation import NO_RESPONSE, Outcome
from staycurrent.web.host_limiter import HostLimiter


@dataclass(frozen=True, slots=True)
class LowerBound:
    """The time that a run's checks take at least, in any order."""

    seconds: float
    reason: str
    """What takes so long, in a few words."""
    first_checks_s: float = 0.0
    """Seconds until every link had been checked once; 0 if not measured."""


def lower_bound(
    durations: Mapping[str, Sequence[float]], limiter: HostLimiter, concurrency: int
) -> LowerBound:
    """The longest of one host's checks with pauses, the slowest check, and all by concurrency.

    `durations` are the seconds of each check, by host. Waiting for second checks and for robots.txt
    is not included: other checks go on meanwhile.
    """
    found = [] if durations else [LowerBound(0.0, "no check")]
    for host, seconds in durations.items():
        found.append(LowerBound(max(seconds), f"the slowest check, at {host}"))
        takes = limiter.minimum_seconds(host, len(seconds) - 1, sum(seconds))
        found.append(LowerBound(takes, f"{len(seconds)} checks at {host}"))
    total = sum(map(sum, durations.values())) / concurrency
    found.append(LowerBound(total, f"all checks, {concurrency} at once"))
    return max(found, key=lambda one: one.seconds)


_TRY_ONE_IN = 8
"""Of the links of a skipped host, one in so many is checked: the host may be back."""


class CircuitBreaker:
    """Counts the checks in a row without a response, by host, and skips hosts with too many.

    Only hosts that were well lately: their observations would be excluded as an outage anyway, and
    a run need not wait for each time-out. Links that were failing already do not count, because
    they prove nothing about their host.
    """

    def __init__(self, hosts: Collection[str], *, after: int) -> None:
        self._hosts = hosts
        self._after = after
        self._silent_checks: Counter[str] = Counter()
        self._skipped: defaultdict[str, list[Link]] = defaultdict(list)
        self._skip_counts: Counter[str] = Counter()

    def skips(self, link: Link) -> bool:
        """Whether this link is left until its host answers again."""
        host = link.host
        if self._silent_checks[host] < self._after or host not in self._hosts:
            return False
        self._skip_counts[host] += 1
        if self._skip_counts[host] % _TRY_ONE_IN == 0:
            return False
        self._skipped[host].append(link)
        return True

    def record(self, link: Link, outcome: Outcome, *, failing: bool) -> list[Link]:
        """Record the outcome of a check; returns the skipped links, if the host is back."""
        host = link.host
        if outcome in NO_RESPONSE:
            self._silent_checks[host] += not failing
            return []
        self._silent_checks[host] = 0
        return self._skipped.pop(host, [])


CheckTask = Callable[[], Awaitable[None]]

_UNKNOWN_S = 0.3
"""Expected duration of a check of which nothing is known."""
_RETRY_S = 0.1
"""How soon a host is tried again whose slots are taken by redirects of others."""
_MAX_EXCESS = 4
"""So many times the concurrency may be in progress, if the excess waits for a host."""
_CHECKS_PER_SLOT = 2
"""So many checks for each slot of a host: some have been redirected to other hosts by now."""


class Scheduler:
    """Queues checks by host, and begins as many as are allowed; used with `async with`.

    No check begins that would only wait for a slot or pause of its host, so that the concurrency is
    used for requests. Of the hosts that are open, the one that will take longest goes first: a run
    lasts at least as long as its slowest host. One check begins in each cycle of the event loop, so
    that a machine that is behind begins no more.
    """

    def __init__(
        self, limiter: HostLimiter, concurrency: int, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._limiter = limiter
        self._concurrency = concurrency
        self._sleep = sleep
        self._queues: defaultdict[str, _HostQueue] = defaultdict(_HostQueue)
        self._ready: list[tuple[float, int, str]] = []
        """Hosts that may be open: negative expected seconds, number, name."""
        self._closed: list[tuple[float, int, str]] = []
        """Hosts that are not open: when they will be, number, name."""
        self._numbers = count()
        self._later: deque[tuple[float, str, str, CheckTask]] = deque()
        self._in_progress = 0
        self._left: Counter[str] = Counter()
        self._woken, self._ended, self._due = (asyncio.Event() for _ in range(3))
        self._group = asyncio.TaskGroup()
        self._own: list[asyncio.Task[None]] = []
        self._now = asyncio.get_running_loop().time

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        own = (self._dispatch(), self._release_later())
        self._own = [self._group.create_task(one) for one in own]
        return self

    async def __aexit__(self, *error: Any) -> None:  # noqa: PYI036 (passed on)
        for task in self._own:
            task.cancel()
        await self._group.__aexit__(*error)

    def add(self, kind: str, host: str, work: CheckTask, *, seconds: float = 0.0) -> None:
        """Queue a check; `seconds` is how long it took the last time, 0 if unknown."""
        self._left[kind] += 1
        queue = self._queues[host]
        queue.checks.append((kind, work))
        queue.seconds += seconds or _UNKNOWN_S
        self._try(host)

    def add_later(self, kind: str, host: str, work: CheckTask, *, after_s: float) -> None:
        """Queue a check at the head of its host's queue, so many seconds from now.

        They become due in the order in which they are added.
        """
        self._left[kind] += 1
        self._later.append((self._now() + after_s, kind, host, work))
        self._due.set()

    async def wait_for(self, kind: str) -> None:
        """Wait until no check of this kind is queued, due later, or in progress."""
        while self._left[kind]:
            self._ended.clear()
            await self._ended.wait()

    def waits_for(self) -> str:
        """What the checks wait for at this moment, in a few words; other threads may ask, too."""
        waiting = [(len(queue.checks), host) for host, queue in list(self._queues.items())]
        most, host = max(waiting, key=lambda one: one[0], default=(0, ""))
        if most:
            return f"{most} more check{'s' * (most > 1)} at {host}"
        if self._in_progress:
            return f"{self._in_progress} response{'s' * (self._in_progress > 1)}"
        later = list(self._later)
        if not later:
            return ""
        name = f"{later[0][1]} check{'s' * (len(later) > 1)}"
        return f"{len(later)} {name}, due in {max(0.0, later[0][0] - self._now()):.0f} s"

    async def _release_later(self) -> None:
        while True:
            while not self._later:
                self._due.clear()
                await self._due.wait()
            await self._sleep(max(0.0, self._later[0][0] - self._now()))
            _, kind, host, work = self._later.popleft()
            queue = self._queues[host]
            queue.checks.appendleft((kind, work))
            queue.seconds += _UNKNOWN_S
            self._try(host)

    async def _dispatch(self) -> None:
        while True:
            now = self._now()
            while self._closed and self._closed[0][0] <= now:
                _, number, host = heappop(self._closed)
                if number == self._queues[host].number:
                    self._try(host)
            busy = self._in_progress - self._limiter.waiting
            excess = self._in_progress >= _MAX_EXCESS * self._concurrency
            if self._ready and busy < self._concurrency and not excess:
                _, number, host = heappop(self._ready)
                if number == self._queues[host].number:
                    self._begin(host)
                    await asyncio.sleep(0)
            else:
                await self._wake(now)

    def _begin(self, host: str) -> None:
        """Begin a check if its host is open; else set when the host is tried again."""
        queue = self._queues[host]
        if queue.in_progress >= _CHECKS_PER_SLOT * self._limiter.slot(host).concurrency:
            return  # until one of them ends
        delay_s = self._limiter.seconds_until_open(host)
        if delay_s > 0:
            self._try(host, min(delay_s, _RETRY_S) if delay_s == float("inf") else delay_s)
            return
        queue.seconds -= queue.seconds / len(queue.checks)
        kind, work = queue.checks.popleft()
        queue.in_progress += 1
        self._in_progress += 1
        self._group.create_task(self._do(kind, host, work))
        self._try(host)

    async def _do(self, kind: str, host: str, work: CheckTask) -> None:
        await work()
        self._in_progress -= 1
        self._queues[host].in_progress -= 1
        self._left[kind] -= 1
        if not self._left[kind]:
            self._ended.set()
        self._try(host)
        self._woken.set()

    def _try(self, host: str, delay_s: float = 0.0) -> None:
        """Try the host now or after a delay; earlier entries of it become void."""
        queue = self._queues[host]
        queue.number = next(self._numbers)
        if not queue.checks:
            return
        if delay_s > 0:
            heappush(self._closed, (self._now() + delay_s, queue.number, host))
        else:
            takes = self._limiter.minimum_seconds(host, len(queue.checks), queue.seconds)
            heappush(self._ready, (-takes, queue.number, host))
        self._woken.set()

    async def _wake(self, now: float) -> None:
        """Wait for a check to end, a host to open, or free concurrency."""
        self._woken.clear()
        waits = [_RETRY_S] if self._ready else []
        if self._closed:
            waits.append(self._closed[0][0] - now)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(waits, default=None)):
                await self._woken.wait()


@dataclass(slots=True)
class _HostQueue:
    """The queued checks of one host."""

    checks: deque[tuple[str, CheckTask]] = field(default_factory=deque)
    seconds: float = 0.0
    in_progress: int = 0
    number: int = 0
