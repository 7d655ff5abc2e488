"""Cookies and refreshes on the way: what a look keeps while it lasts, over real sockets."""

import pytest

from staycurrent.web.replay.scenario import PageRule, ReplayResponse
from staycurrent.web.response import Failure
from tests.support.web_server import played
from tests.web.test_client import HOST, ask, page, scenario


async def test_a_page_that_opens_to_who_keeps_its_cookie_is_a_wall() -> None:
    behind = PageRule(
        HOST + "/a", ReplayResponse(200, body=b"inside"), needs=(("cookie", "seen=1"),)
    )
    web = scenario(behind, page("/a", 302, location="/a", set_cookie="seen=1"))
    assert (await ask(web, "/a")).failure is Failure.COOKIE_WALL


async def test_a_journey_over_two_hosts_ends_where_it_began_with_what_they_gave() -> None:
    behind = PageRule(
        HOST + "/a", ReplayResponse(200, body=b"inside"), needs=(("cookie", "pass=yes"),)
    )
    web = scenario(
        behind,
        page("/a", 302, location="https://id.test/in", set_cookie="began=1"),
        page("https://id.test/in", 302, location=HOST + "/back?ok", set_cookie="id=1; Secure"),
        page("/back?ok", 302, location="/a", set_cookie="pass=yes"),
    )
    answer = await ask(web, "/a")
    assert (answer.failure, answer.status, answer.body) == (None, 200, b"inside")
    assert (answer.final_url, len(answer.hops), answer.requests) == (HOST + "/a", 3, 4)


async def test_a_cookie_goes_to_nobody_else_and_not_to_the_next_look() -> None:
    web_scenario = scenario(
        page("/a", 302, location="https://other.test/b", set_cookie="mine=1"),
        page("https://other.test/b"),
        page("/c"),
    )
    with played(web_scenario) as it:
        web = it.web()
        await web.request(HOST + "/a")
        await web.request(HOST + "/c")
        assert [request.headers.get("cookie") for request in it.server.requests] == [None] * 3


async def test_a_circle_that_gives_new_cookies_for_ever_is_a_wall() -> None:
    web = scenario(
        page("/a", 302, location="/b", set_cookie="a=1"),
        page("/b", 302, location="/a", set_cookie="b=1"),
    )
    answer = await ask(web, "/a")
    assert answer.failure is Failure.COOKIE_WALL
    assert answer.requests <= 4


@pytest.mark.parametrize("seconds", [0, 5])
async def test_a_refresh_is_followed_as_a_redirect_for_now(seconds: int) -> None:
    body = f'<meta http-equiv=refresh content="{seconds}; url=/b">'.encode()
    answer = await ask(scenario(page("/a", body=body), page("/b")), "/a")
    assert (answer.final_url, answer.is_permanent_redirect) == (HOST + "/b", False)
    assert [(hop.status, hop.location) for hop in answer.hops] == [(200, "/b")]


async def test_a_refresh_header_is_followed_too() -> None:
    answer = await ask(scenario(page("/a", refresh="0; url=/b"), page("/b", 404)), "/a")
    assert (answer.final_url, answer.status) == (HOST + "/b", 404)


@pytest.mark.parametrize("to", ["/a", "", "/a#part", "http://[", "javascript:x()"])
async def test_a_page_that_reloads_itself_is_a_page(to: str) -> None:
    body = f'<title>Here</title><meta http-equiv=refresh content="0; url={to}">'.encode()
    answer = await ask(scenario(page("/a", body=body)), "/a")
    assert (answer.status, answer.hops, answer.requests) == (200, (), 1)


async def test_a_refresh_passes_the_same_guard() -> None:
    body = b'<meta http-equiv=refresh content="0; url=http://127.0.0.1/secret">'
    answer = await ask(scenario(page("/a", body=body)), "/a")
    assert answer.failure is Failure.REFUSED_BY_POLICY


async def test_nothing_is_followed_where_that_is_not_wanted() -> None:
    body = b'<meta http-equiv=refresh content="0; url=/b">'
    answer = await ask(scenario(page("/a", body=body), page("/b")), "/a", follow_redirects=False)
    assert (answer.final_url, answer.hops) == (HOST + "/a", ())


async def test_an_error_page_does_not_send_on() -> None:
    body = b'<meta http-equiv=refresh content="0; url=/b">'
    answer = await ask(scenario(page("/a", 404, body=body), page("/b")), "/a")
    assert (answer.final_url, answer.status) == (HOST + "/a", 404)
