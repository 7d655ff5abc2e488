"""Politeness per host: concurrent requests, the pause between two, and `Retry-After`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from staycurrent.web.settings import WebSettings


@dataclass(slots=True)
class HostSlot:
    """The limits of one host and where it is in them; times are seconds of the limiter's clock."""

    concurrency: int
    """Requests at once."""
    pause_s: float
    semaphore: asyncio.Semaphore
    next_at: float = 0.0
    """When the pause after the latest request ends."""
    closed_until: float = 0.0
    """When a `Retry-After` ends."""
    closed_for_run: bool = False
    """The host named a time that is too long to wait for, or too many of them in vain."""
    vain_s: float = 0.0
    """Seconds of the pauses since a request was answered without another one."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the one request that waits for the pause."""


_MAX_VAIN = 10
"""So many times the longest pause is waited for in vain: each check of a host that puts everybody
off takes two pauses, one after the other, and would hold the run up until its time is spent."""


class HostLimiter:
    """One `HostSlot` per host, made when it is first needed."""

    def __init__(
        self,
        settings: WebSettings,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._slots: dict[str, HostSlot] = {}
        slow_hosts = (text.rsplit("=", maxsplit=1) for text in settings.slow_hosts)
        self._slow_hosts = {host.strip().lower(): float(pause_s) for host, pause_s in slow_hosts}
        self._own_hosts: Collection[str] | None = None
        self._processes = 1
        self.waiting = 0
        """How many requests wait for their host at this moment."""

    def set_share(self, own_hosts: Collection[str], processes: int) -> None:
        """Take only a share of every other host's limits: `processes` may be redirected there."""
        self._own_hosts, self._processes = own_hosts, processes

    def slot(self, host: str) -> HostSlot:
        """The slot of a host; slow hosts get one request at a time."""
        if host not in self._slots:
            slow_pause_s = self._slow_hosts.get(host)
            concurrency = self._settings.per_host if slow_pause_s is None else 1
            pause_s = self._settings.pause_s if slow_pause_s is None else slow_pause_s
            if self._own_hosts is not None and host not in self._own_hosts:
                concurrency = max(1, concurrency // self._processes)
                pause_s *= self._processes
            self._slots[host] = HostSlot(concurrency, pause_s, asyncio.Semaphore(concurrency))
        return self._slots[host]

    @asynccontextmanager
    async def acquire(self, host: str) -> AsyncIterator[None]:
        """Hold a place at the host; waits for it and for the pause since the last request."""
        slot, waits = self.slot(host), 1
        self.waiting += waits
        try:
            async with slot.semaphore:
                async with slot.lock:
                    now = self._clock()
                    opens_at = max(slot.next_at, slot.closed_until)
                    if opens_at > now:
                        await self._sleep(opens_at - now)
                    slot.next_at = self._clock() + slot.pause_s
                self.waiting, waits = self.waiting - waits, 0
                yield
        finally:
            self.waiting -= waits

    def seconds_until_open(self, host: str) -> float:
        """How long a request would wait now; infinite if the host has no place left."""
        slot = self.slot(host)
        if slot.closed_for_run:
            return 0.0  # the request fails at once
        if slot.semaphore.locked():
            return float("inf")
        wait = max(slot.next_at, slot.closed_until) - self._clock()
        return max(0.0, wait) + (slot.pause_s if slot.lock.locked() else 0.0)

    def seconds_closed(self, host: str) -> float:
        """How long the `Retry-After` of a host still lasts."""
        return max(0.0, self.slot(host).closed_until - self._clock())

    def minimum_seconds(self, host: str, requests: int, seconds: float) -> float:
        """How long `requests` to a host, which take `seconds` in sum, need at least."""
        slot = self.slot(host)
        return max(requests * slot.pause_s, seconds / slot.concurrency)

    def apply_retry_after(self, host: str, seconds: float) -> bool:
        """Note a `Retry-After`; False if it is longer than `retry_after_max_s`, or one too many."""
        slot, longest_s = self.slot(host), self._settings.retry_after_max_s
        if self._clock() >= slot.closed_until:  # else it is about the same pause
            slot.vain_s += seconds
        if seconds > longest_s or slot.vain_s > _MAX_VAIN * longest_s:
            slot.closed_for_run = True
            return False
        slot.closed_until = max(slot.closed_until, self._clock() + seconds)
        return True
