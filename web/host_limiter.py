"""The gate of each host: how many at once, how far apart, and when it asked us to come back."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import TracebackType

from staycurrent.web.settings import WebSettings


@dataclass(slots=True)
class HostSlot:
    """One host's politeness; times are seconds of the loop's clock."""

    concurrency: int
    """Requests under way at once."""
    semaphore: asyncio.Semaphore
    pause_s: float
    next_at: float = 0.0
    closed_until: float = 0.0
    """The host said `Retry-After`; no request leaves before."""
    closed_for_run: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class HostLimiter:
    """One gate per host, made when it is first asked for."""

    def __init__(self, policy: WebSettings, clock: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        self._gates: dict[str, HostSlot] = {}
        self.waiting = 0
        """How many wait at a gate at this moment."""
        self._slow = dict(_pair(text) for text in policy.slow_hosts)
        self._own: Collection[str] | None = None
        self._askers = 1

    def set_share(self, own: Collection[str], askers: int) -> None:
        """Let in, at all hosts but `own`, only a share: so many processes lead there tonight."""
        self._own, self._askers = own, askers

    def slot(self, host: str) -> HostSlot:
        """The gate of a host; hosts that ask for a longer pause let one in at a time."""
        if host not in self._gates:
            slow = self._slow.get(host)
            places = self._policy.per_host if slow is None else 1
            pause_s = self._policy.pause_s if slow is None else slow
            if self._own is not None and host not in self._own:
                places, pause_s = max(1, places // self._askers), pause_s * self._askers
            self._gates[host] = HostSlot(places, asyncio.Semaphore(places), pause_s)
        return self._gates[host]

    def acquire(self, host: str) -> "_SlotGuard":
        """Wait for a place and for the pause since the last request to this host."""
        return _SlotGuard(self, self.slot(host))

    async def enter(self, gate: HostSlot) -> None:
        """Take a place, and wait for the pause; who leaves gives the place back."""
        self.waiting += 1
        try:
            await gate.semaphore.acquire()
            try:
                await self._pause(gate)
            except BaseException:
                gate.semaphore.release()
                raise
        finally:
            self.waiting -= 1

    async def _pause(self, gate: HostSlot) -> None:
        async with gate.lock:
            now = self._clock()
            opens_at = max(gate.next_at, gate.closed_until)
            if opens_at > now:
                await asyncio.sleep(opens_at - now)
            gate.next_at = self._clock() + gate.pause_s

    def seconds_until_open(self, host: str) -> float:
        """Seconds after which somebody who came would be let in: 0 at once, inf if it is full."""
        gate = self.slot(host)
        if gate.closed_for_run:
            return 0.0  # nobody waits there: each is told so
        if gate.semaphore.locked():
            return float("inf")
        wait = max(gate.next_at, gate.closed_until) - self._clock()
        return max(0.0, wait) + (gate.pause_s if gate.lock.locked() else 0.0)

    def capacity(self, host: str) -> int:
        """How many may be under way at once at a host."""
        return self.slot(host).concurrency

    def minimum_seconds(self, host: str, requests: int, seconds: float) -> float:
        """Seconds that so many requests, together so long, take at least."""
        gate = self.slot(host)
        return max(requests * gate.pause_s, seconds / gate.concurrency)

    def apply_retry_after(self, host: str, seconds: float) -> bool:
        """Note a `Retry-After`; False if that is later than we are willing to wait tonight."""
        gate = self.slot(host)
        if seconds > self._policy.retry_after_max_s:
            gate.closed_for_run = True
            return False
        gate.closed_until = max(gate.closed_until, self._clock() + seconds)
        return True


@dataclass(frozen=True, slots=True)
class _SlotGuard:
    """One request's way through a gate; use it with `async with`."""

    gates: HostLimiter
    gate: HostSlot

    async def __aenter__(self) -> None:
        await self.gates.enter(self.gate)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gate.semaphore.release()


def _pair(text: str) -> tuple[str, float]:
    """`host=seconds` taken apart; raises ValueError with the text where it is neither."""
    host, _, seconds = text.rpartition("=")
    if not host:
        raise ValueError(f"{text!r} is not host=seconds")
    return host.strip().lower(), float(seconds)
