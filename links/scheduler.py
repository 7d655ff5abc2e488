"""What a night takes at least, in whatever order its links are looked at."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from heapq import heappop, heappush
from types import TracebackType
from typing import Self

from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.web.host_limiter import HostLimiter


@dataclass(frozen=True, slots=True)
class LowerBound:
    """The time below which no order could have come."""

    seconds: float
    reason: str
    """What it was that took so long, in a few words."""
    first_checks_s: float = 0.0
    """Seconds that it took until every link had been looked at once; 0 where nobody measured it."""


@dataclass(slots=True)
class CheckTimes:
    """The looks of a night as they were measured."""

    checks: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: str = ""

    def add(self, host: str, seconds: float) -> None:
        """Take in one look."""
        self.checks[host] += 1
        self.seconds[host] += round(seconds * 1000)
        if seconds > self.slowest_s:
            self.slowest_s, self.slowest = seconds, host

    def lower_bound(self, gates: HostLimiter, ceiling: int) -> LowerBound:
        """The longest of: one host's looks with their pauses, the slowest look, all by ceiling.

        Waiting for a second look, and for robots.txt, is left out: both are waited for beside
        other looks.
        """
        slowest = f"the slowest look, at {self.slowest}" if self.checks else "no look"
        found = [LowerBound(self.slowest_s, slowest)]
        for host, count in self.checks.items():
            seconds = gates.minimum_seconds(host, count - 1, self.seconds[host] / 1000)
            found.append(LowerBound(seconds, f"{count} looks at {host}"))
        total = self.seconds.total() / 1000 / ceiling
        found.append(LowerBound(total, f"all looks, {ceiling} at once"))
        return max(found, key=lambda one: one.seconds)


_STILL_TRIED = 8
"""Of the links behind an open breaker, one in so many is looked at: the host may be back."""
_SILENT = frozenset((Outcome.TIMEOUT, Outcome.REFUSED, Outcome.RESET, Outcome.DNS_TROUBLE))


class CircuitBreaker:
    """Counts by host the looks in a row that no answer came to.

    Only at hosts that were well lately, whose looks `links.outage` would leave out: no verdict
    can rest on them, and a night need not wait for each to time out. Links that were failing
    already do not count, for they prove nothing about their host.
    """

    def __init__(self, hosts: Collection[str], *, after: int) -> None:
        self._hosts = hosts
        self._after = after
        self._row: Counter[str] = Counter()
        self._aside: defaultdict[str, list[Link]] = defaultdict(list)
        self._passed: Counter[str] = Counter()

    def skips(self, link: Link) -> bool:
        """Whether this link is not to be looked at unless its host answers again."""
        host = link.host
        if self._row[host] < self._after or host not in self._hosts:
            return False
        self._passed[host] += 1
        if self._passed[host] % _STILL_TRIED == 0:
            return False
        self._aside[host].append(link)
        return True

    def record(self, link: Link, outcome: Outcome, *, failing: bool) -> list[Link]:
        """Take in how a look ended; the links that were set aside, if the host is back."""
        host = link.host
        if outcome in _SILENT:
            self._row[host] += not failing
            return []
        self._row[host] = 0
        return self._aside.pop(host, [])


CheckTask = Callable[[], Awaitable[None]]

_UNKNOWN_S = 0.3
"""How long a look is taken to last of which nothing is known."""
_AGAIN_S = 0.1
"""How soon a host is tried again whose places others' redirects have taken."""
_PILE = 4
"""So many times the ceiling may be under way, where what is above it waits at some host."""
_AHEAD = 2
"""So many looks for each place of a host: some have been redirected to others by now."""


class Scheduler:
    """Queues by host, and as many looks under way as are allowed; use it with `async with`.

    No look is begun that would only wait for its host's place or pause, so that the ceiling is
    spent on requests. Of the hosts that are open, the one that will take longest goes first: a
    night lasts at least as long as its slowest host. One look begins in a turn of the loop: a
    machine that is behind with what it has begun begins no more.
    """

    def __init__(
        self, gates: HostLimiter, ceiling: int, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._gates = gates
        self._ceiling = ceiling
        self._sleep = sleep
        self._queues: defaultdict[str, _Queue] = defaultdict(_Queue)
        self._joined: dict[str, None] = {}
        """Hosts that looks were added at and that were not tried since, in that order."""
        self._ready: list[tuple[float, int, str]] = []
        """Hosts that may be open: minus the seconds that they will take, their number, name."""
        self._resting: list[tuple[float, int, str]] = []
        """Hosts that are not: when they will be, their number, name."""
        self._number = 0
        self._later: deque[tuple[float, str, str, CheckTask]] = deque()
        self._under_way = 0
        self._left: Counter[str] = Counter()
        self._woken, self._ended, self._due = (asyncio.Event() for _ in range(3))
        self._group = asyncio.TaskGroup()
        self._own: list[asyncio.Task[None]] = []
        self._now = asyncio.get_running_loop().time

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._own = [self._group.create_task(one()) for one in (self._dispatch, self._ripen)]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._own:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def add(self, kind: str, host: str, work: CheckTask, *, seconds: float = 0.0) -> None:
        """Queue a look; `seconds` is how long it took last time, 0 if that is unknown."""
        self._left[kind] += 1
        queue = self._queues[host]
        queue.looks.append((kind, work))
        queue.seconds += seconds or _UNKNOWN_S
        self._joined[host] = None
        self._woken.set()

    def add_later(self, kind: str, host: str, work: CheckTask, *, after_s: float) -> None:
        """Queue a look at the head of its host's queue, so many seconds from now.

        They become due in the order in which they are added.
        """
        self._left[kind] += 1
        self._later.append((self._now() + after_s, kind, host, work))
        self._due.set()

    async def wait_for(self, kind: str) -> None:
        """Wait until no look of this kind is queued, due later, or under way."""
        while self._left[kind]:
            self._ended.clear()
            await self._ended.wait()

    async def _ripen(self) -> None:
        while True:
            while not self._later:
                self._due.clear()
                await self._due.wait()
            due, kind, host, work = self._later.popleft()
            await self._sleep(max(0.0, due - self._now()))
            queue = self._queues[host]
            queue.looks.appendleft((kind, work))
            queue.seconds += _UNKNOWN_S
            self._try(host)

    async def _dispatch(self) -> None:
        while True:
            now = self._now()
            for host in self._joined:
                self._try(host)
            self._joined.clear()
            while self._resting and self._resting[0][0] <= now:
                _, number, host = heappop(self._resting)
                if number == self._queues[host].number:
                    self._try(host)
            if self._ready and self._has_room():
                _, number, host = heappop(self._ready)
                if number == self._queues[host].number:
                    self._begin(host)
                    await asyncio.sleep(0)
            else:
                await self._wake(now)

    def _has_room(self) -> bool:
        busy = self._under_way - self._gates.waiting
        return busy < self._ceiling and self._under_way < _PILE * self._ceiling

    def _begin(self, host: str) -> None:
        """Begin a look if its host is open; say when the host is to be tried again."""
        queue = self._queues[host]
        if queue.under_way >= _AHEAD * self._gates.capacity(host):
            return  # until one of them ends
        rests = self._gates.seconds_until_open(host)
        if rests > 0:
            self._try(host, min(rests, _AGAIN_S) if rests == float("inf") else rests)
            return
        queue.seconds -= queue.seconds / len(queue.looks)
        kind, work = queue.looks.popleft()
        queue.under_way += 1
        self._under_way += 1
        self._group.create_task(self._do(kind, host, work))
        self._try(host)

    async def _do(self, kind: str, host: str, work: CheckTask) -> None:
        await work()
        self._under_way -= 1
        self._queues[host].under_way -= 1
        self._left[kind] -= 1
        if not self._left[kind]:
            self._ended.set()
        self._try(host)
        self._woken.set()

    def _try(self, host: str, rests: float = 0.0) -> None:
        """Have the host come up now or after a rest; what was said of it before is void."""
        queue = self._queues[host]
        self._number += 1
        queue.number = self._number
        if not queue.looks:
            return
        if rests > 0:
            heappush(self._resting, (self._now() + rests, queue.number, host))
        else:
            takes = self._gates.minimum_seconds(host, len(queue.looks), queue.seconds)
            heappush(self._ready, (-takes, queue.number, host))
        self._woken.set()

    async def _wake(self, now: float) -> None:
        """Wait for a look to end, a host to open, or room above the ceiling."""
        self._woken.clear()
        at = self._resting[0][0] - now if self._resting else None
        if self._ready:
            at = min(at, _AGAIN_S) if at is not None else _AGAIN_S
        alarm = None
        if at is not None:
            alarm = asyncio.get_running_loop().call_later(at, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if alarm is not None:
                alarm.cancel()


class _Queue:
    """What is to be looked at on one host."""

    __slots__ = ("looks", "number", "seconds", "under_way")

    def __init__(self) -> None:
        self.looks: deque[tuple[str, CheckTask]] = deque()
        self.seconds = 0.0
        self.under_way = 0
        self.number = 0
