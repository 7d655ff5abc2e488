"""The order of looks: longest hosts first, nobody waits at a gate, second looks woven in."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from staycurrent.links.scheduler import Scheduler
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.settings import WebSettings

Look = Callable[[str], Awaitable[None]]


class Web:
    """Looks that pass a real gate, last a moment, and are written down."""

    def __init__(self, *, lasts_s: float = 0.0, **policy: object) -> None:
        limits = {"pause_s": 0.0, "slow_hosts": (), **policy}
        self.gates = HostLimiter(WebSettings(**limits), time.monotonic)  # type: ignore[arg-type]
        self.lasts_s = lasts_s
        self.begun: list[str] = []
        self.under_way = self.most = 0
        self.slept: list[float] = []

    async def look(self, host: str, *then: str) -> None:
        for place in (host, *then):
            async with self.gates.acquire(place):
                self.begun.append(place)
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                await asyncio.sleep(self.lasts_s)
                self.under_way -= 1

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def turns(self, ceiling: int) -> Scheduler:
        return Scheduler(self.gates, ceiling, self.sleep)

    async def all_looks(self, ceiling: int, hosts: str) -> None:
        async with self.turns(ceiling) as turns:
            for host in hosts:
                turns.add("first", host, partial(self.look, host))
            await turns.wait_for("first")


async def test_the_host_that_takes_longest_goes_first_and_none_is_forgotten() -> None:
    web = Web()
    await web.all_looks(1, "abbbbbcc")
    assert web.begun[:3] == ["b", "b", "b"]
    assert sorted(web.begun) == sorted("abbbbbcc")


async def test_a_host_known_to_be_slow_goes_before_one_with_more_links() -> None:
    web = Web()
    async with web.turns(1) as turns:
        for host, seconds in (("many", 0.2), ("many", 0.2), ("slow", 20.0)):
            turns.add("first", host, partial(web.look, host), seconds=seconds)
        await turns.wait_for("first")
    assert web.begun[0] == "slow"


async def test_no_more_looks_than_the_ceiling_are_under_way() -> None:
    web = Web(lasts_s=0.01)
    await web.all_looks(3, "abcdefghijkl")
    assert web.most == 3


async def test_a_host_that_pauses_holds_nobody_up() -> None:
    web = Web(slow_hosts=("s=0.2",))
    await web.all_looks(1, "sss" + "f" * 8)
    assert (web.begun[0], web.begun[-2:]) == ("s", ["s", "s"])


async def test_a_look_that_waits_at_another_hosts_gate_does_not_count() -> None:
    web = Web(lasts_s=0.01, slow_hosts=("busy=0.3",))
    async with web.turns(2) as turns:
        for host in "abcd":
            turns.add("first", host, partial(web.look, host, "busy"))
        for _ in range(10):
            turns.add("first", "z", partial(web.look, "z"))
        await turns.wait_for("first")
    last = max(at for at, host in enumerate(web.begun) if host == "z")
    assert web.begun[last:].count("busy") >= 1


async def test_places_at_a_host_are_filled_as_soon_as_one_is_free() -> None:
    web = Web(lasts_s=0.02, per_host=2)
    began = time.monotonic()
    await web.all_looks(9, "h" * 10)
    assert web.most == 2
    assert time.monotonic() - began < 1.0


async def test_what_is_due_later_is_slept_for_and_waited_for() -> None:
    web = Web()
    async with web.turns(4) as turns:
        turns.add("first", "a", partial(web.look, "a"))
        turns.add_later("second", "b", partial(web.look, "b"), after_s=120)
        await turns.wait_for("first")
        await turns.wait_for("second")
    assert sorted(web.begun) == ["a", "b"]
    assert web.slept == pytest.approx([120], abs=1)


async def test_what_goes_wrong_in_a_look_is_not_lost() -> None:
    async def breaks() -> None:
        raise KeyError("a bug")

    async def night() -> None:
        async with Web().turns(4) as turns:
            turns.add("first", "a", breaks)
            await turns.wait_for("first")

    with pytest.raises(ExceptionGroup) as caught:
        await night()
    assert caught.group_contains(KeyError, match="a bug")
