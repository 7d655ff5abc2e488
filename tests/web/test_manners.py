"""Manners on the wire: what a host disallows is not asked for, and a host is asked once."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

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
from tests.support.web_server import Played, impatient, played

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


def manners(
    it: Played,
    kept: list[RobotsTxt],
    known: Mapping[str, RobotsTxt] | None = None,
    per_host: int = 4,
) -> RobotsPolicy:
    web = it.web(replace(impatient(), per_host=per_host))
    return RobotsPolicy(web, NIGHT, cached=known or {}, save=kept.append)


async def looked(
    web: Scenario, *urls: str, known: Mapping[str, RobotsTxt] | None = None
) -> tuple[list[Response], list[str], list[RobotsTxt]]:
    """What came, what was asked for, and what is to be remembered."""
    kept: list[RobotsTxt] = []
    with played(web) as it:
        own = manners(it, kept, known)
        answers = [await own.fetch(url) for url in urls]
        return answers, [request.url for request in it.server.requests], kept


async def test_a_disallowed_page_is_not_asked_for() -> None:
    (answer,), asked, kept = await looked(scenario(robots()), f"{HOST}/closed/a")
    assert (answer.failure, answer.detail) == (Failure.ROBOTS, "robots.txt disallows it")
    assert asked == [f"{HOST}/robots.txt"]
    assert kept == [RobotsTxt("site.test", NIGHT, 200, CLOSED.decode().strip())]


async def test_a_host_is_asked_once_for_all_its_pages_and_by_both_schemes() -> None:
    web = scenario(robots(), page(f"{HOST}/a"), page(f"{HOST}/b"), page("http://site.test/c"))
    answers, asked, _ = await looked(web, f"{HOST}/a", f"{HOST}/b", "http://site.test/c")
    assert [one.status for one in answers] == [200, 200, 200]
    assert len(asked) == 4


async def test_looks_at_once_wait_for_one_question() -> None:
    slow = PageRule(f"{HOST}/robots.txt", ReplayResponse(200, body=CLOSED, delay_s=0.1))
    with played(scenario(slow)) as it:
        own = manners(it, [])
        urls = [f"{HOST}/closed/{n}" for n in range(9)]
        answers = await asyncio.gather(*(own.fetch(url) for url in urls))
        assert {one.failure for one in answers} == {Failure.ROBOTS}
        assert len(it.server.requests) == 1


async def test_what_is_remembered_is_not_asked_for_again() -> None:
    known = {"site.test": RobotsTxt("site.test", NIGHT, 200, CLOSED.decode())}
    (answer, there), asked, kept = await looked(
        scenario(page(f"{HOST}/a")), f"{HOST}/closed", f"{HOST}/a", known=known
    )
    assert (answer.failure, there.status) == (Failure.ROBOTS, 200)
    assert (asked, kept) == ([f"{HOST}/a"], [])


async def test_what_is_too_old_is_asked_for_again() -> None:
    known = {"site.test": RobotsTxt("site.test", date(2026, 1, 1), 200, CLOSED.decode())}
    (answer,), _, kept = await looked(
        scenario(page(f"{HOST}/closed")), f"{HOST}/closed", known=known
    )
    assert answer.status == 200
    assert kept == [RobotsTxt("site.test", NIGHT, 404)]


async def test_a_redirect_leads_nowhere_that_its_own_host_disallows() -> None:
    web = scenario(
        page(f"{HOST}/a", 301, location="https://other.test/closed"),
        page("https://other.test/closed"),
        robots("https://other.test"),
    )
    (answer,), asked, kept = await looked(web, f"{HOST}/a")
    assert (answer.failure, answer.final_url) == (Failure.ROBOTS, "https://other.test/closed")
    assert "https://other.test/closed" not in asked
    assert [one.host for one in kept] == ["site.test", "other.test"]


async def test_a_refresh_and_a_cookie_s_way_back_obey_as_well() -> None:
    way = page(f"{HOST}/a", 200, b"", refresh="0; url=/closed")
    (answer,), asked, _ = await looked(scenario(robots(), way), f"{HOST}/a")
    assert answer.failure is Failure.ROBOTS
    assert asked == [f"{HOST}/robots.txt", f"{HOST}/a"]


@pytest.mark.parametrize("status", [401, 403, 404, 410, 500, 502])
async def test_a_file_that_is_not_there_forbids_nothing(status: int) -> None:
    web = scenario(page(f"{HOST}/robots.txt", status, CLOSED), page(f"{HOST}/closed"))
    (answer,), asked, kept = await looked(web, f"{HOST}/closed")
    assert (answer.status, len(asked)) == (200, 2)
    assert [one.status for one in kept] == [status]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.GARBAGE, Fault.HANG, Fault.GIANT_HEADERS])
async def test_a_file_that_cannot_be_had_forbids_nothing(fault: Fault) -> None:
    web = scenario(
        PageRule(f"{HOST}/robots.txt", ReplayResponse(fault=fault)), page(f"{HOST}/closed")
    )
    (answer,), _, kept = await looked(web, f"{HOST}/closed")
    assert answer.status == 200
    assert kept == [RobotsTxt("site.test", NIGHT, 0)]


async def test_a_name_that_does_not_exist_is_told_by_the_page_itself() -> None:
    web = Scenario((HostRule("site.test", dns=Dns.MISSING),), ())
    (answer,), _, kept = await looked(web, f"{HOST}/a")
    assert answer.failure is Failure.DNS
    assert kept == [RobotsTxt("site.test", NIGHT, 0)]


@pytest.mark.parametrize(("hops", "failure"), [(5, Failure.ROBOTS), (6, None)])
async def test_five_redirects_are_followed_to_a_robots_txt(
    hops: int, failure: Failure | None
) -> None:
    steps = [f"{HOST}/robots.txt", *(f"{HOST}/{n}" for n in range(hops))]
    chain = [page(a, 301, location=b) for a, b in pairwise(steps)]
    web = scenario(*chain, page(steps[-1], body=CLOSED), page(f"{HOST}/closed"))
    (answer,), _, _ = await looked(web, f"{HOST}/closed")
    assert answer.failure is failure


async def test_a_host_that_puts_us_off_is_not_remembered_for_that() -> None:
    busy = PageRule(f"{HOST}/a", ReplayResponse(503, (("retry-after", "86400"),)))
    with played(scenario(busy)) as it:
        kept: list[RobotsTxt] = []
        web = it.web()
        await web.request(f"{HOST}/a")
        answer = await RobotsPolicy(web, NIGHT, cached={}, save=kept.append).fetch(f"{HOST}/a")
        assert (answer.failure, kept) == (Failure.DEFERRED, [])


async def test_the_question_keeps_the_host_s_pause() -> None:
    with played(scenario(robots(), page(f"{HOST}/a"))) as it:
        web = it.web(replace(impatient(), pause_s=0.15))
        await RobotsPolicy(web, NIGHT, cached={}, save=lambda _: None).fetch(f"{HOST}/a")
        assert it.server.gaps("site.test")[0] > 0.13


async def test_a_second_try_is_of_the_page_and_not_of_the_file() -> None:
    first = PageRule(
        f"{HOST}/a", ReplayResponse(429, (("retry-after", "1"),)), tries=Ranges.parse("1")
    )
    (answer,), asked, _ = await looked(scenario(robots(), first, page(f"{HOST}/a")), f"{HOST}/a")
    assert answer.status == 200
    assert asked == [f"{HOST}/robots.txt", f"{HOST}/a", f"{HOST}/a"]
