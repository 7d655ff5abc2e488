"""Redirects with cookies, and refreshes, over real sockets."""

import pytest

from staycurrent.web.replay.scenario import Fault, PageRule, ReplayResponse
from staycurrent.web.response import Failure
from tests.support.web_server import played
from tests.web.test_client import HOST, ask, page, scenario


async def test_a_page_that_needs_a_cookie_from_itself_is_a_cookie_wall() -> None:
    behind = PageRule(
        HOST + "/a", ReplayResponse(200, body=b"inside"), needs=(("cookie", "seen=1"),)
    )
    web = scenario(behind, page("/a", 302, location="/a", set_cookie="seen=1"))
    assert (await ask(web, "/a")).failure is Failure.COOKIE_WALL


@pytest.mark.parametrize("cookie", ["seen=1", "prefs[seen]=1", "seen", "gesehen=é", "a\tb=c"])
async def test_a_page_that_wants_an_odd_cookie_is_a_cookie_wall(cookie: str) -> None:
    web = scenario(page("/a", 302, location="/a", set_cookie=cookie))
    assert (await ask(web, "/a")).failure is Failure.COOKIE_WALL


async def test_a_silent_login_over_two_hosts_returns_to_the_page() -> None:
    behind = PageRule(
        HOST + "/a", ReplayResponse(200, body=b"inside"), needs=(("cookie", "pass=yes"),)
    )
    web = scenario(
        behind,
        page("/a", 302, location="https://id.test/in", set_cookie="began=1"),
        page("https://id.test/in", 302, location=HOST + "/back?ok", set_cookie="id=1; Secure"),
        page("/back?ok", 302, location="/a", set_cookie="pass=yes"),
    )
    response = await ask(web, "/a")
    assert (response.failure, response.status, response.body) == (None, 200, b"inside")
    assert (response.final_url, len(response.hops), response.requests) == (HOST + "/a", 3, 4)


async def test_a_cookie_is_not_sent_to_other_hosts_or_in_later_requests() -> None:
    web_scenario = scenario(
        page("/a", 302, location="https://other.test/b", set_cookie="mine=1"),
        page("https://other.test/b"),
        page("/c"),
    )
    with played(web_scenario) as it:
        client = it.web()
        await client.request(HOST + "/a")
        await client.request(HOST + "/c")
        assert [request.headers.get("cookie") for request in it.server.requests] == [None] * 3


async def test_a_circle_with_ever_new_cookies_is_a_cookie_wall() -> None:
    web = scenario(
        page("/a", 302, location="/b", set_cookie="a=1"),
        page("/b", 302, location="/a", set_cookie="b=1"),
    )
    response = await ask(web, "/a")
    assert response.failure is Failure.COOKIE_WALL
    assert response.requests <= 4


@pytest.mark.parametrize("seconds", [0, 5])
async def test_a_refresh_is_followed_as_a_redirect_for_now(seconds: int) -> None:
    body = f'<meta http-equiv=refresh content="{seconds}; url=/b">'.encode()
    response = await ask(scenario(page("/a", body=body), page("/b")), "/a")
    assert (response.final_url, response.is_permanent_redirect) == (HOST + "/b", False)
    assert [(hop.status, hop.location) for hop in response.hops] == [(200, "/b")]


async def test_a_refresh_header_is_followed_too() -> None:
    response = await ask(scenario(page("/a", refresh="0; url=/b"), page("/b", 404)), "/a")
    assert (response.final_url, response.status) == (HOST + "/b", 404)


@pytest.mark.parametrize("to", ["/a", "", "/a#part", "http://[", "javascript:x()"])
async def test_a_page_that_reloads_itself_is_a_page(to: str) -> None:
    body = f'<title>Here</title><meta http-equiv=refresh content="0; url={to}">'.encode()
    response = await ask(scenario(page("/a", body=body)), "/a")
    assert (response.status, response.hops, response.requests) == (200, (), 1)


async def test_slides_that_go_on_and_on_are_pages() -> None:
    slides = [
        page(f"/{n}", body=f'<meta http-equiv=refresh content="3; url=/{n + 1}">'.encode())
        for n in range(30)
    ]
    response = await ask(scenario(*slides), "/0")
    assert (response.failure, response.status) == (None, 200)
    assert not response.is_permanent_redirect


async def test_a_refresh_is_guarded_like_a_redirect() -> None:
    body = b'<meta http-equiv=refresh content="0; url=http://127.0.0.1/secret">'
    response = await ask(scenario(page("/a", body=body)), "/a")
    assert response.failure is Failure.REFUSED_BY_POLICY


async def test_a_redirect_is_followed_though_its_body_never_comes() -> None:
    moved = ReplayResponse(301, (("location", "/b"),), b"It is at /b.", Fault.DRIP_BODY)
    response = await ask(scenario(PageRule(HOST + "/a", moved), page("/b")), "/a")
    assert (response.failure, response.status, response.requests) == (None, 200, 2)


async def test_follow_redirects_false_follows_nothing() -> None:
    body = b'<meta http-equiv=refresh content="0; url=/b">'
    response = await ask(scenario(page("/a", body=body), page("/b")), "/a", follow_redirects=False)
    assert (response.final_url, response.hops) == (HOST + "/a", ())


async def test_a_refresh_on_an_error_page_is_not_followed() -> None:
    body = b'<meta http-equiv=refresh content="0; url=/b">'
    response = await ask(scenario(page("/a", 404, body=body), page("/b")), "/a")
    assert (response.final_url, response.status) == (HOST + "/a", 404)
