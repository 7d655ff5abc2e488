"""What this machine lacks, descriptors or time, is charged to no host and asked again."""

import asyncio
import errno
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from staycurrent.web.client import Client
from staycurrent.web.deadline import LoopTimer
from staycurrent.web.resolver import SystemResolver
from staycurrent.web.response import Failure, TransportError
from staycurrent.web.transport import Transport
from tests.support.network import listening
from tests.support.web_server import NETWORK, impatient

WELL = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nHere"
IP = "127.64.0.17"


class StalledClock:
    """The clock of a loop that stands still for so many seconds whenever `stall` is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._loop = asyncio.get_running_loop()
        self._stood_s = 0.0
        self.has_stood = threading.Event()
        time = self._loop.time
        monkeypatch.setattr(self._loop, "time", lambda: time() + self._stood_s)

    def stall(self, seconds: float = 3600.0) -> None:
        """Every timer of the next hour is due when the loop goes on."""
        self._loop.call_soon_threadsafe(self._stand, seconds)

    def _stand(self, seconds: float) -> None:
        self._stood_s += seconds
        self._loop.call_later(0.05, self.has_stood.set)  # when all that was due has happened


async def test_an_answer_is_waited_for_though_the_loop_was_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = StalledClock(monkeypatch)

    def answer() -> Iterator[bytes]:
        clock.stall()
        clock.has_stood.wait(20)
        yield WELL

    with listening(answer, IP) as server:
        settings = replace(impatient(), allow_networks=(NETWORK,), timeout_s=20.0)
        client = Client(settings, transport=Transport(settings), resolver=SystemResolver(5))
        response = await client.request(f"http://{IP}:{server.port}/a")
        await client.aclose()
    assert (response.failure, response.body) == (None, b"Here")
    assert server.visits == 1


async def test_lookups_and_connections_wait_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StalledClock(monkeypatch)

    def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        clock.stall()
        clock.has_stood.wait(20)
        return [(0, 0, 0, "", ("192.0.2.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert await SystemResolver(20).resolve("name.example") == ("192.0.2.1",)


async def test_a_timer_counts_ticks_and_no_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StalledClock(monkeypatch)
    timer = LoopTimer(20)
    async with timer.running():
        clock.stall()
        await asyncio.sleep(1)  # until it is due, which is at once
        await asyncio.sleep(0)
    assert timer.late_s > 3000
    assert timer.ran_s < 20
    short = LoopTimer(0.01)
    with pytest.raises(TimeoutError):
        async with short.running():
            await asyncio.sleep(60)
    assert not short.has_stalled


async def slept(_: float) -> None:
    """No pause."""


class Fails(httpx.AsyncBaseTransport):
    """Fails so often in this way while the loop may stand still, then answers."""

    def __init__(self, failure: Failure, times: int, clock: StalledClock | None = None) -> None:
        self.failure, self.left, self.clock = failure, times, clock
        self.requests = 0

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.requests += 1
        if not self.left:
            return httpx.Response(200, stream=httpx.ByteStream(b"Here"))
        self.left -= 1
        if self.clock is not None:
            self.clock.stall()
            await asyncio.sleep(1)  # until it is due, which is at once
        raise TransportError(self.failure, "as it seems")

    async def resolve(self, _: str) -> tuple[str, ...]:
        return ("1.1.1.1",)

    def client(self) -> Client:
        return Client(impatient(), transport=self, resolver=self, sleep=slept)


@pytest.mark.parametrize("failure", [Failure.TIMEOUT, Failure.RESET])
async def test_failures_while_the_loop_stood_still_are_ours_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, failure: Failure
) -> None:
    clock = StalledClock(monkeypatch)
    once, twice = Fails(failure, 1, clock), Fails(failure, 2, clock)
    assert (await once.client().request("https://site.test/a")).body == b"Here"
    response = await twice.client().request("https://site.test/a")
    assert (response.failure, response.is_overloaded) == (Failure.DEFERRED, True)
    assert response.detail == "this machine was too busy: lower `web.concurrency`"
    assert (once.requests, twice.requests) == (2, 2)


@pytest.mark.parametrize("failure", [Failure.TIMEOUT, Failure.RESET])
async def test_failures_of_hosts_stay_theirs(failure: Failure) -> None:
    transport = Fails(failure, 1)
    response = await transport.client().request("https://site.test/a")
    assert (response.failure, response.is_overloaded) == (failure, False)
    assert transport.requests == 1


async def test_a_refusal_is_none_of_ours_however_late_the_loop_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = Fails(Failure.REFUSED, 1, StalledClock(monkeypatch))
    response = await transport.client().request("https://site.test/a")
    assert (response.failure, transport.requests) == (Failure.REFUSED, 1)


async def test_what_is_no_get_is_never_sent_twice() -> None:
    transport = Fails(Failure.DEFERRED, 1)
    response = await transport.client().request("https://site.test/a", method="POST")
    assert (response.failure, transport.requests) == (Failure.DEFERRED, 1)


async def test_want_of_descriptors_gets_a_second_try_with_fewer_at_once() -> None:
    at_once = most = 0

    class Few(Fails):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal at_once, most
            if request.extensions["target"] in seen:
                at_once += 1
                most = max(most, at_once)
                for _ in range(10):
                    await asyncio.sleep(0)
                at_once -= 1
                return httpx.Response(200, stream=httpx.ByteStream(b"Here"))
            seen.add(request.extensions["target"])
            raise TransportError(Failure.DEFERRED, f"error {errno.EMFILE}")

    seen = set[bytes]()
    few = Few(Failure.DEFERRED, 0)
    settings = replace(impatient(), concurrency=16, per_host=16)
    client = Client(settings, transport=few, resolver=few, sleep=slept)
    responses = await asyncio.gather(*(client.request(f"https://site.test/{n}") for n in range(16)))
    assert [response.body for response in responses] == [b"Here"] * 16
    assert most == 2
