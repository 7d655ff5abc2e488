"""The robots policy over sockets: disallowed pages are not requested, robots.txt is, once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

import httpx
import pytest

from staycurrent.web.client import Client
from staycurrent.web.replay.scenario import (
    Dns,
    Fault,
    HostRule,
    PageRule,
    Ranges,
    ReplayResponse,
    Scenario,
)
from staycurrent.web.response import Failure, Response
from staycurrent.web.robots import RobotsPolicy, RobotsTxt
from staycurrent.web.settings import WebSettings
from tests.support.web_server import NETWORK, Played, impatient, played

NIGHT = date(2026, 11, 1)
HOST = "https://site.test"
CLOSED = b"User-agent: *\nDisallow: /closed\n"


def page(
    url: str, status: int = 200, body: bytes = b"<title>Here</title>", **more: str
) -> PageRule:
    return PageRule(url, ReplayResponse(status, tuple(more.items()), body))


def robots(host: str = HOST, body: bytes = CLOSED) -> PageRule:
    return page(f"{host}/robots.txt", body=body)


def scenario(*pages: PageRule) -> Scenario:
    return Scenario((HostRule("site.test"), HostRule("other.test")), pages)


def policy(
    it: Played,
    kept: list[RobotsTxt],
    known: Mapping[str, RobotsTxt] | None = None,
    per_host: int = 4,
) -> RobotsPolicy:
    client = it.web(replace(impatient(), per_host=per_host))
    return RobotsPolicy(client, NIGHT, cached=known or {}, save=kept.append)


async def fetch_all(
    web: Scenario, *urls: str, known: Mapping[str, RobotsTxt] | None = None
) -> tuple[list[Response], list[str], list[RobotsTxt]]:
    """The responses, the requests that were sent, and what is to be cached."""
    kept: list[RobotsTxt] = []
    with played(web) as it:
        own = policy(it, kept, known)
        responses = [await own.fetch(url) for url in urls]
        return responses, [request.url for request in it.server.requests], kept


async def test_a_disallowed_page_is_not_requested() -> None:
    (response,), asked, kept = await fetch_all(scenario(robots()), f"{HOST}/closed/a")
    assert (response.failure, response.detail) == (Failure.ROBOTS, "robots.txt disallows it")
    assert asked == [f"{HOST}/robots.txt"]
    assert kept == [RobotsTxt("site.test", NIGHT, 200, CLOSED.decode().strip())]


async def test_robots_txt_is_requested_once_for_both_schemes() -> None:
    web = scenario(robots(), page(f"{HOST}/a"), page(f"{HOST}/b"), page("http://site.test/c"))
    responses, asked, _ = await fetch_all(web, f"{HOST}/a", f"{HOST}/b", "http://site.test/c")
    assert [one.status for one in responses] == [200, 200, 200]
    assert len(asked) == 4


async def test_concurrent_requests_wait_for_one_robots_txt() -> None:
    slow = PageRule(f"{HOST}/robots.txt", ReplayResponse(200, body=CLOSED, delay_s=0.1))
    with played(scenario(slow)) as it:
        own = policy(it, [])
        urls = [f"{HOST}/closed/{n}" for n in range(9)]
        responses = await asyncio.gather(*(own.fetch(url) for url in urls))
        assert {one.failure for one in responses} == {Failure.ROBOTS}
        assert len(it.server.requests) == 1


async def test_a_fresh_robots_txt_is_not_requested_again() -> None:
    known = {"site.test": RobotsTxt("site.test", NIGHT, 200, CLOSED.decode())}
    (response, there), asked, kept = await fetch_all(
        scenario(page(f"{HOST}/a")), f"{HOST}/closed", f"{HOST}/a", known=known
    )
    assert (response.failure, there.status) == (Failure.ROBOTS, 200)
    assert (asked, kept) == ([f"{HOST}/a"], [])


async def test_an_old_robots_txt_is_requested_again() -> None:
    known = {"site.test": RobotsTxt("site.test", date(2026, 1, 1), 200, CLOSED.decode())}
    (response,), _, kept = await fetch_all(
        scenario(page(f"{HOST}/closed")), f"{HOST}/closed", known=known
    )
    assert response.status == 200
    assert kept == [RobotsTxt("site.test", NIGHT, 404)]


async def test_the_target_of_a_redirect_must_be_allowed_by_its_own_host() -> None:
    web = scenario(
        page(f"{HOST}/a", 301, location="https://other.test/closed"),
        page("https://other.test/closed"),
        robots("https://other.test"),
    )
    (response,), asked, kept = await fetch_all(web, f"{HOST}/a")
    assert (response.failure, response.final_url) == (Failure.ROBOTS, "https://other.test/closed")
    assert "https://other.test/closed" not in asked
    assert [one.host for one in kept] == ["site.test", "other.test"]


async def test_the_target_of_a_refresh_must_be_allowed() -> None:
    way = page(f"{HOST}/a", 200, b"", refresh="0; url=/closed")
    (response,), asked, _ = await fetch_all(scenario(robots(), way), f"{HOST}/a")
    assert response.failure is Failure.ROBOTS
    assert asked == [f"{HOST}/robots.txt", f"{HOST}/a"]


@pytest.mark.parametrize("status", [401, 403, 404, 410, 500, 502])
async def test_a_missing_robots_txt_disallows_nothing(status: int) -> None:
    web = scenario(page(f"{HOST}/robots.txt", status, CLOSED), page(f"{HOST}/closed"))
    (response,), asked, kept = await fetch_all(web, f"{HOST}/closed")
    assert (response.status, len(asked)) == (200, 2)
    assert [one.status for one in kept] == [status]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.GARBAGE, Fault.HANG, Fault.GIANT_HEADERS])
async def test_a_robots_txt_that_fails_disallows_nothing(fault: Fault) -> None:
    web = scenario(
        PageRule(f"{HOST}/robots.txt", ReplayResponse(fault=fault)), page(f"{HOST}/closed")
    )
    (response,), _, kept = await fetch_all(web, f"{HOST}/closed")
    assert response.status == 200
    assert kept == [RobotsTxt("site.test", NIGHT, 0)]


async def test_a_name_that_does_not_exist_is_the_failure_of_the_page() -> None:
    web = Scenario((HostRule("site.test", dns=Dns.MISSING),), ())
    (response,), _, kept = await fetch_all(web, f"{HOST}/a")
    assert response.failure is Failure.DNS
    assert kept == [RobotsTxt("site.test", NIGHT, 0)]


@pytest.mark.parametrize(("hops", "failure"), [(5, Failure.ROBOTS), (6, None)])
async def test_five_redirects_are_followed_to_a_robots_txt(
    hops: int, failure: Failure | None
) -> None:
    steps = [f"{HOST}/robots.txt", *(f"{HOST}/{n}" for n in range(hops))]
    chain = [page(a, 301, location=b) for a, b in pairwise(steps)]
    web = scenario(*chain, page(steps[-1], body=CLOSED), page(f"{HOST}/closed"))
    (response,), _, _ = await fetch_all(web, f"{HOST}/closed")
    assert response.failure is failure


async def test_a_deferred_robots_txt_is_not_cached() -> None:
    busy = PageRule(f"{HOST}/a", ReplayResponse(503, (("retry-after", "86400"),)))
    with played(scenario(busy)) as it:
        kept: list[RobotsTxt] = []
        client = it.web()
        await client.request(f"{HOST}/a")
        response = await RobotsPolicy(client, NIGHT, cached={}, save=kept.append).fetch(f"{HOST}/a")
        assert (response.failure, kept) == (Failure.DEFERRED, [])


async def test_the_request_for_robots_txt_keeps_the_hosts_pause() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    transport = httpx.MockTransport(lambda _: httpx.Response(404, stream=httpx.ByteStream(b"")))
    settings = replace(impatient(), pause_s=0.25)
    client = Client(
        settings, transport=transport, resolver=Says(), clock=lambda: 100.0, sleep=sleep
    )
    await RobotsPolicy(client, NIGHT, cached={}, save=lambda _: None).fetch(f"{HOST}/a")
    assert slept == [0.25]


class Says:
    """A resolver that gives every name the same public IP."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        del host
        return ("1.1.1.1",)


async def test_a_retry_requests_the_page_and_not_robots_txt() -> None:
    first = PageRule(
        f"{HOST}/a", ReplayResponse(429, (("retry-after", "1"),)), tries=Ranges.parse("1")
    )
    (response,), asked, _ = await fetch_all(
        scenario(robots(), first, page(f"{HOST}/a")), f"{HOST}/a"
    )
    assert response.status == 200
    assert asked == [f"{HOST}/robots.txt", f"{HOST}/a", f"{HOST}/a"]


@dataclass
class SlowRobots(httpx.AsyncBaseTransport):
    """A page on each host redirects to the next one; each robots.txt takes its time."""

    seconds: float
    status: int = 200
    retry_after: int = 0
    now: float = 0.0
    requests: list[str] = field(default_factory=list)
    kept: list[RobotsTxt] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, target = request.headers["host"], request.extensions["target"].decode()
        self.requests.append(target)
        self.now += self.seconds if target == "/robots.txt" else 0.1
        if target == "/robots.txt":
            headers = {"retry-after": str(self.retry_after)} if self.retry_after else {}
            return httpx.Response(self.status, headers=headers, stream=Empty())
        number = int(host.removesuffix(".test").removeprefix("host-")) + 1
        location = {"location": f"https://host-{number}.test/a"}
        return httpx.Response(302, headers=location, stream=Empty())

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def resolve(self, host: str) -> tuple[str, ...]:
        return ("127.64.0.1",)

    def policy(self, settings: WebSettings) -> RobotsPolicy:
        own = replace(settings, allow_networks=(NETWORK,))
        client = Client(
            own, transport=self, resolver=self, clock=lambda: self.now, sleep=self.sleep
        )
        return RobotsPolicy(client, NIGHT, cached={}, save=self.kept.append)


class Empty(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


async def test_slow_robots_txt_of_many_hosts_share_the_deadline_of_the_check() -> None:
    web = SlowRobots(seconds=2.0)
    response = await web.policy(replace(impatient(), timeout_s=3.0)).fetch("https://host-1.test/a")
    assert response.failure is Failure.TIMEOUT
    assert web.requests == ["/robots.txt", "/a", "/robots.txt"]
    assert web.now < 3.0 + 2.0, "no longer than the request that was under way"


async def test_all_pauses_that_hosts_ask_for_during_a_check_have_one_limit() -> None:
    web = SlowRobots(seconds=0.0, status=503, retry_after=10)
    settings = replace(impatient(), timeout_s=30.0, retry_after_max_s=45.0)
    response = await web.policy(settings).fetch("https://host-1.test/a")
    assert (response.failure, len(response.hops)) == (Failure.DEFERRED, 2)
    assert web.now < 45.0 + 30.0
    assert [robots.status for robots in web.kept] == [503, 503, 503]


async def test_a_slow_robots_txt_leaves_half_of_the_deadline_for_its_page() -> None:
    slow = page(f"{HOST}/robots.txt", body=CLOSED)
    slow = replace(slow, response=replace(slow.response, fault=Fault.HANG))
    async with asyncio.timeout(20):
        responses, _, kept = await fetch_all(scenario(slow, page(f"{HOST}/a")), f"{HOST}/a")
    assert [one.status for one in responses] == [200]
    assert [one.status for one in kept] == [0]
