"""The order of checks: slowest hosts first, waiting blocks no other host, recheck in between."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from staycurrent.links.scheduler import Scheduler
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.settings import WebSettings

Check = Callable[[str], Awaitable[None]]


class Web:
    """Checks that pass a real host limiter, take a moment, and are recorded."""

    def __init__(self, *, lasts_s: float = 0.0, **policy: object) -> None:
        limits = {"pause_s": 0.0, "slow_hosts": (), **policy}
        self.limiter = HostLimiter(WebSettings(**limits), time.monotonic)  # type: ignore[arg-type]
        self.lasts_s = lasts_s
        self.begun: list[str] = []
        self.under_way = self.most = 0
        self.slept: list[float] = []

    async def check(self, host: str, *then: str) -> None:
        for name in (host, *then):
            async with self.limiter.acquire(name):
                self.begun.append(name)
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                await asyncio.sleep(self.lasts_s)
                self.under_way -= 1

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def scheduler(self, ceiling: int) -> Scheduler:
        return Scheduler(self.limiter, ceiling, self.sleep)

    async def check_all(self, ceiling: int, hosts: str) -> None:
        async with self.scheduler(ceiling) as scheduler:
            for host in hosts:
                scheduler.add("first", host, partial(self.check, host))
            await scheduler.wait_for("first")


async def test_the_host_that_takes_longest_goes_first_and_every_link_is_checked() -> None:
    web = Web()
    await web.check_all(1, "abbbbbcc")
    assert web.begun[:3] == ["b", "b", "b"]
    assert sorted(web.begun) == sorted("abbbbbcc")


async def test_a_host_known_to_be_slow_goes_before_one_with_more_links() -> None:
    web = Web()
    async with web.scheduler(1) as scheduler:
        for host, seconds in (("many", 0.2), ("many", 0.2), ("slow", 20.0)):
            scheduler.add("first", host, partial(web.check, host), seconds=seconds)
        await scheduler.wait_for("first")
    assert web.begun[0] == "slow"


async def test_no_more_checks_than_the_limit_run_at_once() -> None:
    web = Web(lasts_s=0.01)
    await web.check_all(3, "abcdefghijkl")
    assert web.most == 3


async def test_a_pausing_host_does_not_delay_others() -> None:
    web = Web(slow_hosts=("s=0.2",))
    await web.check_all(1, "sss" + "f" * 8)
    assert (web.begun[0], web.begun[-2:]) == ("s", ["s", "s"])


async def test_a_check_that_waits_for_another_host_does_not_count_towards_the_limit() -> None:
    web = Web(lasts_s=0.01, slow_hosts=("busy=0.3",))
    async with web.scheduler(2) as scheduler:
        for host in "abcd":
            scheduler.add("first", host, partial(web.check, host, "busy"))
        for _ in range(10):
            scheduler.add("first", "z", partial(web.check, "z"))
        await scheduler.wait_for("first")
    last = max(at for at, host in enumerate(web.begun) if host == "z")
    assert web.begun[last:].count("busy") >= 1


async def test_a_check_that_ends_leaves_its_place_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing but the end of a check may wake it.
    monkeypatch.setattr("staycurrent.links.scheduler._RETRY_S", 3600.0)
    web = Web(lasts_s=0.001, per_host=2)
    async with asyncio.timeout(300):
        await web.check_all(9, "h" * 10)
    assert (web.most, len(web.begun)) == (2, 10)


async def test_the_scheduler_sleeps_until_delayed_checks_are_due() -> None:
    web = Web()
    async with web.scheduler(4) as scheduler:
        scheduler.add("first", "a", partial(web.check, "a"))
        scheduler.add_later("second", "b", partial(web.check, "b"), after_s=120)
        await scheduler.wait_for("first")
        await scheduler.wait_for("second")
    assert sorted(web.begun) == ["a", "b"]
    assert web.slept == pytest.approx([120], abs=60)


async def test_what_the_checks_wait_for_is_described_at_each_moment() -> None:
    web = Web()
    seen, go = asyncio.Event(), asyncio.Event()

    async def later(seconds: float) -> None:
        assert seconds > 0
        seen.set()
        await go.wait()

    async def compare() -> None:
        assert scheduler.waits_for() == expected.pop(0)

    async with Scheduler(web.limiter, 1, later) as scheduler:
        assert scheduler.waits_for() == ""
        expected = ["2 more checks at a", "1 more check at a", "1 response"]
        for _ in range(3):
            scheduler.add("first", "a", compare)
        assert scheduler.waits_for() == "3 more checks at a"
        await scheduler.wait_for("first")
        assert not expected
        for host in ("a", "b"):
            scheduler.add_later("second", host, partial(web.check, host), after_s=3600)
        await seen.wait()
        waits = scheduler.waits_for()
        assert re.fullmatch(r"2 second checks, due in (3600|3[0-5]\d\d) s", waits), waits
        go.set()
        await scheduler.wait_for("second")
    assert sorted(web.begun) == ["a", "b"]
    assert scheduler.waits_for() == ""


async def test_an_exception_in_a_check_is_raised() -> None:
    async def breaks() -> None:
        raise KeyError("a bug")

    async def run() -> None:
        async with Web().scheduler(4) as scheduler:
            scheduler.add("first", "a", breaks)
            await scheduler.wait_for("first")

    with pytest.raises(ExceptionGroup) as caught:
        await run()
    assert caught.group_contains(KeyError, match="a bug")
