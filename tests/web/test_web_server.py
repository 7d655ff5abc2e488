"""The test web itself: what it says, to whom, on which night, and what it notes of it."""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from staycurrent.web.client import Client
from staycurrent.web.replay.scenario import Fault, HostRule, PageRule, ReplayResponse, Scenario
from staycurrent.web.replay.transport import ReplayResolver, ReplayTransport
from staycurrent.web.response import Failure, TransportError
from tests.support.web_server import (
    HEAD_END,
    Played,
    ask,
    dial,
    fetched,
    heard,
    impatient,
    played,
    status,
)


@pytest.fixture(scope="module")
def basics() -> Iterator[Played]:
    with played("basics") as web:
        yield web


def test_pages_are_served_over_http_and_tls(basics: Played) -> None:
    for scheme in ("http", "https"):
        response = fetched(basics, f"{scheme}://ok.test/")
        head, _, body = response.partition(HEAD_END)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert f"content-length: {len(body)}".encode() in head
        assert b"<title>All is well</title>" in body


@pytest.mark.parametrize(
    ("path", "code"),
    [("/gone", 410), ("/error", 500), ("/nothing", 204), ("/nowhere", 404), ("/empty", 200)],
)
def test_statuses_are_those_of_the_scenario(basics: Played, path: str, code: int) -> None:
    assert status(fetched(basics, f"https://ok.test{path}")) == code


def test_unknown_statuses_are_sent(basics: Played) -> None:
    assert fetched(basics, "https://blocked.test/999").startswith(b"HTTP/1.1 999 Denied\r\n")


def test_headers_are_sent_as_written(basics: Played) -> None:
    assert b"\r\nlocation: /chain/2\r\n" in fetched(basics, "https://moved.test/chain")
    looped = fetched(basics, "https://moved.test/cookie")
    assert looped.count(b"\r\nset-cookie: ") == 2
    through = fetched(basics, "https://moved.test/cookie", more="Cookie: seen=1\r\n")
    assert status(through) == 200


def test_head_has_the_length_and_no_body(basics: Played) -> None:
    head = fetched(basics, "https://ok.test/", "HEAD")
    assert head.endswith(HEAD_END)
    assert b"content-length: 0" not in head
    assert status(fetched(basics, "https://ok.test/no-head", "HEAD")) == 405
    assert status(fetched(basics, "https://ok.test/no-head")) == 200


def test_a_raw_response_is_sent_with_crlf() -> None:
    body = b"HTTP/1.0 200 Fine\nserver: old\n\none\ntwo"
    page = PageRule("http://raw.test/", ReplayResponse(200, (), body, Fault.RAW))
    with played(Scenario((HostRule("raw.test"),), (page,))) as web:
        heard = fetched(web, "http://raw.test/")
    assert heard == b"HTTP/1.0 200 Fine\r\nserver: old\r\n\r\none\ntwo"


def test_a_conditional_request_is_met_with_304(basics: Played) -> None:
    assert status(fetched(basics, "https://ok.test/etag", more='If-None-Match: "v1"\r\n')) == 304
    assert status(fetched(basics, "https://ok.test/etag")) == 200


def test_a_connection_serves_several_requests(basics: Played) -> None:
    plain = HTTPConnection(basics.server.addresses["ok.test"], basics.server.ports[80])
    before = basics.server.connections("ok.test")
    for _ in range(3):
        plain.request("GET", "/", headers={"Host": "ok.test"})
        assert b"All is well" in plain.getresponse().read()
    plain.close()
    assert basics.server.connections("ok.test") == before + 1


def test_a_body_keeps_only_what_the_request_asked_for(basics: Played) -> None:
    one = fetched(basics, "https://ok.test/batch?id=b,c").partition(HEAD_END)[2]
    assert b"<entry>b</entry>" in one
    assert b"<entry>a</entry>" not in one
    assert b"<count>1</count>" in one


def test_nights_change_rules_certificates_and_names() -> None:
    with played("basics", night=2) as web:
        assert status(fetched(web, "https://ok.test/recovers")) == 503
        assert fetched(web, "https://ok.test/nightly").endswith(b"early")
        with pytest.raises(ssl.SSLCertVerificationError):
            dial(web, "renewed.test", "https")
        web.server.play(3)
        assert status(fetched(web, "https://ok.test/recovers")) == 200
        assert fetched(web, "https://ok.test/nightly").endswith(b"late")
        assert status(fetched(web, "https://renewed.test/")) == 200


async def test_the_resolver_replays_the_nights_dns() -> None:
    failures = {
        "missing.test": Failure.DNS,
        "nobody-mentions-it.test": Failure.DNS,
        "servfail.test": Failure.DNS_TROUBLE,
        "silent-dns.test": Failure.DNS_TROUBLE,
        "nodata.test": Failure.DNS_TROUBLE,
        "lapsed.test": Failure.DNS,
    }
    with played("basics") as web:
        own = web.server.addresses
        for host, failure in failures.items():
            with pytest.raises(TransportError) as broken:
                await web.resolver.resolve(host)
            assert broken.value.failure is failure, host
        assert await web.resolver.resolve("ok.test") == (own["ok.test"],)
        assert await web.resolver.resolve("private.test") == ("10.0.0.1",)
        assert await web.resolver.resolve("mixed.test") == ("10.0.0.1", own["mixed.test"])
        rebound = [await web.resolver.resolve("rebind.test") for _ in range(2)]
        assert rebound == [(own["rebind.test"],), ("10.0.0.1",)]
        web.server.play(3)
        assert await web.resolver.resolve("lapsed.test") == (own["lapsed.test"],)


def test_the_server_logs_requests() -> None:
    with played("basics") as web, ThreadPoolExecutor(3) as three:
        list(three.map(lambda _: fetched(web, "https://ok.test/slow"), range(3)))
        fetched(web, "http://blocked.test/busy")
        assert web.server.peak("ok.test") == 3
        assert web.server.peak("blocked.test") == 1
        assert [one.url for one in web.server.requests][:1] == ["https://ok.test/slow"]
        assert web.server.connections("ok.test") == 3
        web.server.forget()
        assert (web.server.requests, web.server.peak("ok.test")) == ((), 0)


def test_a_rule_for_all_hosts_has_certificates_for_any_name() -> None:
    portal = PageRule("*", ReplayResponse(200, (("x-portal", "café"),), b"Please log in"))
    with played(Scenario((HostRule("*"),), (portal,))) as web:
        where = (web.server.addresses["*"], web.server.ports[443])
        for host in ("one.test", "two.test"):
            plain = socket.create_connection(where, timeout=1.0)
            client = web.server.certificates.client
            with client.wrap_socket(plain, server_hostname=host) as own:
                ask(own, host, "/deep/link", more="Connection: close\r\n")
                response = heard(own)
            assert response.endswith(b"Please log in")
            assert "x-portal: café".encode("latin-1") in response
        asked = [one.url for one in web.server.requests]
    assert asked == ["https://one.test/deep/link", "https://two.test/deep/link"]


async def test_the_client_reaches_only_the_test_server() -> None:
    with played("basics") as web:
        edge = web.web()
        response = await edge.request("https://moved.test/chain")
        assert (response.status, response.final_url) == (200, "https://ok.test/")
        assert response.is_permanent_redirect
        refused = await edge.request("https://moved.test/to-private")
        assert refused.failure is Failure.REFUSED_BY_POLICY
        assert [one.url for one in web.server.requests][-1] == "https://moved.test/to-private"


ENDS = {
    "https://faults.test/reset": Failure.RESET,
    "https://faults.test/close": Failure.RESET,
    "http://faults.test/hang": Failure.TIMEOUT,
    "http://faults.test/drip": Failure.TIMEOUT,
    "http://faults.test/garbage": Failure.PROTOCOL,
    "http://silent.test/": Failure.TIMEOUT,
    "https://refused.test/": Failure.REFUSED,
    "https://plain-only.test/": Failure.REFUSED,
    "https://expired.test/": Failure.TLS,
    "https://untrusted.test/": Failure.TLS,
    "https://wrong-name.test/": Failure.TLS,
    "https://old-tls.test/": Failure.TLS,
    "http://missing.test/": Failure.DNS,
    "http://servfail.test/": Failure.DNS_TROUBLE,
    "http://silent-dns.test/": Failure.DNS_TROUBLE,
    "http://private.test/": Failure.REFUSED_BY_POLICY,
    "https://moved.test/loop": Failure.REDIRECT_LOOP,
    "https://moved.test/cookie": Failure.COOKIE_WALL,
    "https://ok.test/": None,
    "https://blocked.test/999": None,
    "http://faults.test/truncate": None,
    "http://faults.test/endless": None,
}


@pytest.mark.parametrize("url", ENDS)
async def test_server_and_replay_give_the_same_responses(basics: Played, url: str) -> None:
    view = basics.server.view
    recorded = Client(impatient(), transport=ReplayTransport(view), resolver=ReplayResolver(view))
    on_the_wire = await basics.web().request(url)
    played_here = await recorded.request(url)
    assert (on_the_wire.failure, played_here.failure) == (ENDS[url], ENDS[url])
    assert on_the_wire.status == played_here.status
    assert on_the_wire.hops == played_here.hops
    assert on_the_wire.truncated == played_here.truncated
