"""The client over real sockets: redirects, limits, politeness and refusals."""

import asyncio
import itertools
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from staycurrent.web.client import Client
from staycurrent.web.replay.scenario import (
    Fault,
    HostRule,
    PageRule,
    Ranges,
    ReplayResponse,
    Scenario,
    Tcp,
    Tls,
)
from staycurrent.web.response import Failure, Response, TransportError, parse_retry_after
from staycurrent.web.settings import WebSettings
from tests.support.web_server import impatient, played

HOST = "https://site.test"


def scenario(*pages: PageRule, hosts: tuple[HostRule, ...] = ()) -> Scenario:
    names = {page.url.split("/")[2] for page in pages} - {host.name for host in hosts}
    return Scenario((*hosts, *(HostRule(name) for name in sorted(names))), pages, _FIRST)


_FIRST = datetime(2026, 11, 1, tzinfo=UTC).date()


def page(
    path: str, status: int = 200, body: bytes = b"<title>Here</title>", **more: object
) -> PageRule:
    headers = tuple((name.replace("_", "-"), str(text)) for name, text in more.items())
    return PageRule(path if "://" in path else HOST + path, ReplayResponse(status, headers, body))


def broken(path: str, fault: Fault) -> PageRule:
    return PageRule(HOST + path, ReplayResponse(fault=fault, body=b"<title>Here</title>"))


async def ask(
    web_scenario: Scenario, url: str, policy: WebSettings | None = None, **how: object
) -> Response:
    with played(web_scenario) as it:
        client = it.web(policy)
        return await client.request(url if "://" in url else HOST + url, **how)  # type: ignore[arg-type]


async def test_a_response_has_status_headers_and_body() -> None:
    response = await ask(scenario(page("/a", x_mark="yes")), "/a")
    assert (response.status, response.failure, response.hops) == (200, None, ())
    assert response.body == b"<title>Here</title>"
    assert response.headers["x-mark"] == "yes"
    assert response.requests == 1


async def test_elapsed_s_is_the_time_of_the_request() -> None:
    clock = itertools.count(step=3.0)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"")))
    client = Client(
        WebSettings(pause_s=0),
        transport=transport,
        resolver=Says("1.1.1.1"),
        clock=lambda: next(clock),
    )
    assert (await client.request(HOST + "/a")).elapsed_s == 3.0


async def test_each_redirect_is_a_hop_of_the_response() -> None:
    web = scenario(
        page("/a", 301, location="/b"), page("/b", 302, location=HOST + "/c"), page("/c")
    )
    response = await ask(web, "/a")
    assert [(hop.url, hop.status) for hop in response.hops] == [
        (HOST + "/a", 301),
        (HOST + "/b", 302),
    ]
    assert (response.final_url, response.status, response.is_permanent_redirect) == (
        HOST + "/c",
        200,
        False,
    )


async def test_a_chain_of_301_and_308_is_permanent() -> None:
    web = scenario(page("/a", 301, location="/b"), page("/b", 308, location="/c"), page("/c"))
    assert (await ask(web, "/a")).is_permanent_redirect


async def test_a_circle_of_redirects_is_a_loop() -> None:
    web = scenario(page("/a", 302, location="/b"), page("/b", 302, location="/a"))
    assert (await ask(web, "/a")).failure is Failure.REDIRECT_LOOP


async def test_a_loop_that_sets_a_cookie_is_a_wall() -> None:
    web = scenario(page("/a", 302, location="/a", set_cookie="seen=1"))
    assert (await ask(web, "/a")).failure is Failure.COOKIE_WALL


async def test_redirects_without_end_are_cut() -> None:
    hops = [page(f"/{n}", 302, location=f"/{n + 1}") for n in range(30)]
    response = await ask(scenario(*hops), "/0")
    assert response.failure is Failure.REDIRECT_LOOP
    assert response.requests == impatient().max_redirects + 1


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/", "http://2130706433/", "http://127.1/",
        "http://[::ffff:10.0.0.1]/", "http://0x7f.1/", "http://0177.0.0.1/", "http://0/",
        "http://[::1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://10.0.0.1/", "//192.168.1.1/",
        "file:///etc/passwd", "javascript:alert(1)", "gopher://site.test/", "data:text/html,x",
        "http://user:password@site.test/", "https://site.test:22/", "http://site.test:25/",
    ],
)  # fmt: skip
async def test_a_redirect_to_a_forbidden_target_is_refused(location: str) -> None:
    connected = []

    def serve(request: httpx.Request) -> httpx.Response:
        connected.append(request.extensions["address"])
        return httpx.Response(302, headers={"location": location}, stream=httpx.ByteStream(b""))

    client = Client(
        WebSettings(pause_s=0), transport=httpx.MockTransport(serve), resolver=Says("1.1.1.1")
    )
    response = await client.request(HOST + "/a")
    assert response.failure is Failure.REFUSED_BY_POLICY
    assert connected == ["1.1.1.1"]


@pytest.mark.parametrize("ips", [("10.0.0.1",), ("::1", "fe80::1"), ("168.63.129.16",)])
async def test_a_name_with_only_private_addresses_is_never_connected_to(
    ips: tuple[str, ...],
) -> None:
    transport = httpx.MockTransport(lambda _: pytest.fail("it was connected to"))
    client = Client(WebSettings(), transport=transport, resolver=Says(*ips))
    assert (await client.request(HOST + "/a")).failure is Failure.REFUSED_BY_POLICY


async def test_the_address_that_was_vetted_is_the_one_connected_to() -> None:
    seen = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append((request.extensions["address"], request.url.host))
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    resolver = Says("10.0.0.1", "1.1.1.1")
    client = Client(WebSettings(), transport=httpx.MockTransport(serve), resolver=resolver)
    await client.request(HOST + "/a")
    assert seen == [("1.1.1.1", "site.test")]


async def test_a_header_of_the_request_takes_the_place_of_the_usual_one() -> None:
    seen = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get_list("accept"))
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    transport = httpx.MockTransport(serve)
    client = Client(WebSettings(), transport=transport, resolver=Says("1.1.1.1"))
    await client.request(HOST + "/a", headers={"accept": "application/json"})
    assert seen == [["application/json"]]


class Says:
    """A resolver that gives every name the same addresses."""

    def __init__(self, *ips: str) -> None:
        self.ips = ips

    async def resolve(self, host: str) -> tuple[str, ...]:
        return self.ips


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault.RESET, Failure.RESET),
        (Fault.CLOSE, Failure.RESET),
        (Fault.HANG, Failure.TIMEOUT),
        (Fault.DRIP, Failure.TIMEOUT),
        (Fault.GARBAGE, Failure.PROTOCOL),
        (Fault.GIANT_HEADERS, Failure.PROTOCOL),
    ],
)
async def test_every_fault_before_a_response_is_a_failure(fault: Fault, failure: Failure) -> None:
    assert (await ask(scenario(broken("/a", fault)), "/a")).failure is failure


@pytest.mark.parametrize("fault", [Fault.TRUNCATE, Fault.ENDLESS, Fault.DRIP_BODY, Fault.BOMB])
async def test_a_broken_body_is_truncated(fault: Fault) -> None:
    response = await ask(scenario(broken("/a", fault)), "/a")
    assert (response.status, response.failure, response.truncated) == (200, None, True)


async def test_interim_responses_without_end_are_a_failure() -> None:
    response = await ask(scenario(broken("/a", Fault.FLOOD)), "/a")
    assert response.failure is not None


@pytest.mark.parametrize("tls", [Tls.EXPIRED, Tls.UNTRUSTED, Tls.WRONG_NAME])
async def test_an_invalid_certificate_is_a_tls_failure(tls: Tls) -> None:
    web = scenario(page("/a"), hosts=(HostRule("site.test", tls=tls),))
    response = await ask(web, "/a")
    assert response.failure is Failure.TLS
    assert response.detail


async def test_a_closed_port_is_refused() -> None:
    web = scenario(page("/a"), hosts=(HostRule("site.test", tcp=Tcp.REFUSED),))
    assert (await ask(web, "/a")).failure is Failure.REFUSED


async def test_the_deadline_covers_the_whole_request() -> None:
    response = await ask(scenario(broken("/a", Fault.DRIP)), "/a")
    assert response.failure is Failure.TIMEOUT


async def test_a_bomb_takes_little_memory() -> None:
    with played(scenario(broken("/a", Fault.BOMB))) as it:
        client = it.web()
        tracemalloc.start()
        response = await client.request(HOST + "/a")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(response.body) <= impatient().body_bytes
    assert peak < 64_000_000


async def test_a_header_for_one_host_does_not_follow_a_redirect_to_another() -> None:
    other = "https://other.test"
    web = scenario(page("/a", 302, location=other + "/b"), page(other + "/b"))
    with played(web) as it:
        await it.web().request(HOST + "/a", headers={"Authorization": "Bearer secret"})
        seen = {request.host: request.headers for request in it.server.requests}
    assert seen["site.test"]["authorization"] == "Bearer secret"
    assert "authorization" not in seen["other.test"]


async def test_a_host_gets_at_most_per_host_requests_at_once() -> None:
    pages = [PageRule(f"{HOST}/{n}", ReplayResponse(delay_s=0.05)) for n in range(24)]
    with played(scenario(*pages)) as it:
        client = it.web(replace(impatient(), per_host=3))
        await asyncio.gather(*(client.request(f"{HOST}/{n}") for n in range(24)))
        assert it.server.peak("site.test") <= 3


async def test_a_short_retry_after_is_waited_for_once() -> None:
    first = ReplayResponse(429, (("retry-after", "1"),))
    web = scenario(
        PageRule(HOST + "/a", first, tries=Ranges.parse("1")),
        PageRule(HOST + "/a", ReplayResponse(200, body=b"x")),
    )
    response = await ask(web, "/a")
    assert (response.status, response.requests) == (200, 2)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE, Fault.HANG])
async def test_a_host_that_puts_a_request_off_and_then_hangs_up_has_put_it_off(
    fault: Fault,
) -> None:
    first = ReplayResponse(429, (("retry-after", "0"),))
    web = scenario(PageRule(HOST + "/a", first, tries=Ranges.parse("1")), broken("/a", fault))
    response = await ask(web, "/a")
    assert (response.failure, response.status, response.requests) == (None, 429, 2)


async def test_a_long_retry_after_closes_the_host_for_the_run() -> None:
    with played(scenario(page("/a", 429, retry_after="86400"), page("/b"))) as it:
        client = it.web()
        assert (await client.request(HOST + "/a")).status == 429
        response = await client.request(HOST + "/b")
        assert response.failure is Failure.DEFERRED
        assert len(it.server.requests) == 1


@pytest.mark.parametrize(
    ("failures", "failure"),
    [
        ((Failure.REFUSED, Failure.UNREACHABLE), Failure.REFUSED),
        ((Failure.TIMEOUT, Failure.UNREACHABLE), Failure.TIMEOUT),
        ((Failure.UNREACHABLE, Failure.REFUSED), Failure.REFUSED),
        ((Failure.TIMEOUT, Failure.REFUSED), Failure.REFUSED),
        ((Failure.UNREACHABLE, Failure.UNREACHABLE), Failure.UNREACHABLE),
    ],
)
async def test_an_address_that_this_machine_cannot_reach_excuses_no_other(
    failures: tuple[Failure, ...], failure: Failure
) -> None:
    """As a host with IPv4 and IPv6 that is down, seen from a network without IPv6."""
    remaining = iter(failures)

    def fail(_: httpx.Request) -> httpx.Response:
        raise TransportError(next(remaining), unsent=True)

    client = Client(
        WebSettings(pause_s=0),
        transport=httpx.MockTransport(fail),
        resolver=Says("1.1.1.1", "2606:4700:4700::1111"),
    )
    response = await client.request(f"{HOST}/a")
    assert (response.failure, response.requests) == (failure, 2)


@pytest.mark.parametrize(("answered_between", "failing"), [(False, 6), (True, 0)])
async def test_a_host_that_puts_each_request_off_is_closed_for_the_run(
    *, answered_between: bool, failing: int
) -> None:
    now, sent = [0.0], []

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request.extensions["target"])
        is_busy = sent[-1].startswith(b"/busy")
        headers, body = {"retry-after": "60"} if is_busy else {}, httpx.ByteStream(b"")
        return httpx.Response(429 if is_busy else 200, headers=headers, stream=body)

    client = Client(
        WebSettings(pause_s=0),
        transport=httpx.MockTransport(reply),
        resolver=Says("1.1.1.1"),
        clock=lambda: now[0],
        sleep=sleep,
    )
    failures = []
    for n in range(12):
        failures.append((await client.request(f"{HOST}/busy/{n}")).failure)
        if answered_between:
            assert (await client.request(f"{HOST}/free/{n}")).status == 200
    assert failures.count(Failure.DEFERRED) == failing
    assert now[0] == (600.0 if failing else 24 * 60.0)


@pytest.mark.parametrize(
    ("text", "date", "seconds"),
    [
        ("120", None, 120.0),
        ("0", None, 0.0),
        ("Sun, 22 Nov 2026 02:01:00 GMT", "Sun, 22 Nov 2026 02:00:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 01:00:00 GMT", "Sun, 22 Nov 2026 02:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 02:01:00 GMT", None, None),
        ("soon", "Sun, 22 Nov 2026 02:00:00 GMT", None),
        ("", None, None),
        ("-5", None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(
    text: str, date: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(text, date) == seconds
