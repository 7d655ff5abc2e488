"""The limits of hosts: pauses, concurrency, Retry-After, and shares between processes."""

import asyncio

import pytest

from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.settings import WebSettings

SETTINGS = WebSettings(per_host=4, pause_s=0.5, slow_hosts=("slow.example=2.0",))


class Clock:
    """A clock that only sleeping advances."""

    def __init__(self) -> None:
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def limiter(self) -> HostLimiter:
        return HostLimiter(SETTINGS, lambda: self.now, self.sleep)


async def start_times(clock: Clock, limiter: HostLimiter, host: str, count: int) -> list[float]:
    """When each of so many concurrent requests to a host starts."""
    starts: list[float] = []

    async def request() -> None:
        async with limiter.acquire(host):
            starts.append(clock.now - 100.0)

    await asyncio.gather(*(request() for _ in range(count)))
    return starts


@pytest.mark.parametrize(
    ("host", "starts"), [("a.example", [0.0, 0.5, 1.0]), ("slow.example", [0.0, 2.0, 4.0])]
)
async def test_requests_to_one_host_keep_its_pause(host: str, starts: list[float]) -> None:
    clock = Clock()
    assert await start_times(clock, clock.limiter(), host, 3) == starts


async def test_other_hosts_do_not_wait() -> None:
    clock = Clock()
    limiter = clock.limiter()
    async with limiter.acquire("a.example"), limiter.acquire("b.example"):
        assert clock.now == 100.0


async def test_a_host_has_no_place_left_until_a_request_ends() -> None:
    clock = Clock()
    limiter = clock.limiter()
    async with limiter.acquire("slow.example"):
        assert limiter.seconds_until_open("slow.example") == float("inf")
    assert limiter.seconds_until_open("slow.example") == 2.0
    assert limiter.seconds_until_open("a.example") == 0.0


async def test_a_request_that_fails_or_is_cancelled_leaves_its_place() -> None:
    limiter = Clock().limiter()
    with pytest.raises(KeyError):
        async with limiter.acquire("slow.example"):
            raise KeyError
    async with limiter.acquire("slow.example"):
        waiting = asyncio.create_task(start_times(Clock(), limiter, "slow.example", 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert limiter.waiting == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert limiter.waiting == 0
    async with limiter.acquire("slow.example"):
        pass


async def test_a_short_retry_after_is_waited_for_and_a_long_one_closes_the_host() -> None:
    clock = Clock()
    limiter = clock.limiter()
    assert limiter.apply_retry_after("a.example", 60.0)
    assert await start_times(clock, limiter, "a.example", 1) == [60.0]
    assert not limiter.apply_retry_after("a.example", 61.0)
    assert limiter.slot("a.example").closed_for_run


def test_requests_that_are_put_off_together_count_once() -> None:
    clock = Clock()
    limiter = clock.limiter()
    for _ in range(10):
        assert all(limiter.apply_retry_after("a.example", 60.0) for _ in range(4))
        clock.now += 60.0
    assert not limiter.apply_retry_after("a.example", 60.0)
    assert limiter.slot("a.example").closed_for_run


def test_the_least_time_for_many_requests() -> None:
    limiter = Clock().limiter()
    assert limiter.minimum_seconds("a.example", 10, 8.0) == 5.0
    assert limiter.minimum_seconds("a.example", 10, 80.0) == 20.0


def limits(host: str, processes: int) -> tuple[int, float]:
    """Concurrency and pause at a host, in one of so many processes."""
    limiter = HostLimiter(SETTINGS, lambda: 0.0)
    limiter.set_share({"own.example"}, processes)
    slot = limiter.slot(host)
    return slot.concurrency, slot.pause_s


def test_processes_share_the_limits_of_hosts_that_are_not_their_own() -> None:
    assert limits("own.example", 3) == (4, 0.5)
    assert limits("other.example", 2) == (2, 1.0)
    assert limits("other.example", 3) == (1, 1.5)
    assert limits("slow.example", 10) == (1, 20.0)


def test_a_single_process_has_the_whole_limits() -> None:
    assert limits("other.example", 1) == limits("own.example", 1) == (4, 0.5)
