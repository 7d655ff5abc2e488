"""Responses as broken servers send them, over sockets: what browsers show is alive.

Each was served to Chromium 156 too, which showed the page.
"""

import gzip
from dataclasses import replace

import pytest

from staycurrent.links.classification import classify
from staycurrent.links.observation import Outcome
from staycurrent.web.client import Client
from staycurrent.web.response import Failure, Response
from staycurrent.web.transport import Transport
from tests.support.network import listening
from tests.support.web_server import NETWORK, impatient

EVIL = "127.64.0.14"
PAGE = b"<!doctype html><title>Here</title><p>A page with a few words of its own.</p>"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


class Says:
    """A resolver that gives every name the same address."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        return (EVIL,)


async def served(data: bytes, port: int = 80) -> Response:
    """What the client makes of these bytes, sent by a server on that port."""
    own = replace(impatient(), allow_networks=(NETWORK,))
    with listening(lambda: [data], EVIL) as evil:
        client = Client(own, transport=Transport(own, ports={port: evil.port}), resolver=Says())
        response = await client.request(f"http://evil.test:{port}/a")
        await client.aclose()
    return response


def with_header(line: bytes) -> bytes:
    return OK + line + b"\r\n\r\n" + PAGE


def with_status(line: bytes) -> bytes:
    return line + b"\r\nContent-Type: text/html\r\n\r\n" + PAGE


SHOWN = {
    "a blank before the colon": with_header(b"X-Powered-By : PHP"),
    "a line without a colon": with_header(b"get-ban-to-cache-result/forum.php"),
    "a path as name": with_header(b"get-ban-to-cache-result/forum.php: userdata not support"),
    "brackets in a name": with_header(b"X-Foo[bar]: 1"),
    "UTF-8 in a name": with_header("X-Größe: 1".encode()),
    "Latin-1 in a name": with_header("X-Größe: 1".encode("latin-1")),
    "no name": with_header(b": 1"),
    "a folded line": with_header(b"X-A: 1\r\n more"),
    "a folded line with nothing before it": OK.replace(b"\r\n", b"\r\n folded: 1\r\n", 1)
    + b"\r\n" + PAGE,
    "a bare CR in a value": with_header(b"X-A: a\rb"),
    "bare line feeds": OK.replace(b"\r\n", b"\n") + b"\n" + PAGE,
    "a head of 130 KB": with_header(b"X-A: " + b"a" * 130_000),
    "a head of 250 KB in many lines": with_header(b"\r\n".join([b"Set-Cookie: a=b"] * 14_500)),
    "an empty line first": b"\r\n" + with_header(b"A: 1"),
    "a byte order mark first": b"\xef\xbb\xbf" + with_header(b"A: 1"),
    "a status line without a reason": with_status(b"HTTP/1.1 200"),
    "two blanks in the status line": with_status(b"HTTP/1.1  200  OK"),
    "a status line in small letters": with_status(b"http/1.1 200 ok"),
    "HTTP/2 in the status line": with_status(b"HTTP/2 200"),
    "no status": with_status(b"HTTP/1.1 OK"),
    "Transfer-Encoding: identity": with_header(b"Transfer-Encoding: identity"),
    "an unknown Transfer-Encoding": with_header(b"Transfer-Encoding: xyz"),
    "a length that is no number": with_header(b"Content-Length: 0x2a"),
    "both framings, lengths that differ": OK
    + b"Content-Length: 7\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE),
    "Content-Encoding: UTF-8": with_header(b"Content-Encoding: UTF-8"),
    "Content-Encoding: none": with_header(b"Content-Encoding: none"),
    "Content-Encoding: utf-8, gzip": OK
    + b"Content-Encoding: utf-8, gzip\r\n\r\n" + gzip.compress(PAGE),
    "Content-Encoding: gzip on a plain page": with_header(b"Content-Encoding: gzip"),
    "Content-Encoding: br on a plain page": with_header(b"Content-Encoding: br"),
    "Content-Encoding: gzip, deflate on a plain page": with_header(
        b"Content-Encoding: gzip, deflate"
    ),
    "HTTP/0.9": PAGE,
    "SHOUTcast": with_status(b"ICY 200 OK"),
    "300": with_status(b"HTTP/1.1 300 Multiple Choices"),
    **{
        f"{status} without Location": with_status(b"HTTP/1.1 %d Moved" % status)
        for status in (301, 302, 303, 305, 307, 308)
    },
    "302 with an empty Location": b"HTTP/1.1 302 Found\r\nLocation: \r\n\r\n" + PAGE,
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
async def test_what_browsers_show_is_alive(name: str) -> None:
    response = await served(SHOWN[name])
    assert (response.failure, response.body) == (None, PAGE)
    assert classify(response).outcome is Outcome.OK


REFUSED = {
    "no page of HTTP/0.9 on another port": (PAGE, 8080, Failure.PROTOCOL),
    "a mail server": (b"220 mail.example ESMTP\r\n", 80, Failure.PROTOCOL),
    "a zero byte in the head": (with_header(b"A: \0"), 80, Failure.PROTOCOL),
    "lengths that differ": (
        with_header(b"Content-Length: 4\r\nContent-Length: 5"), 80, Failure.PROTOCOL,
    ),
    "places that differ": (
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nLocation: /c\r\n\r\n", 80, Failure.PROTOCOL,
    ),
    "more head than browsers take": (
        with_header(b"X-A: " + b"a" * 262_144), 80, Failure.PROTOCOL,
    ),
    "the settings of HTTP/2": (
        bytes.fromhex("000012040000000000000300000080000400010000000500ffffff"), 80,
        Failure.UNSUPPORTED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_browsers_refuse_is_a_failure(name: str) -> None:
    data, port, failure = REFUSED[name]
    assert (await served(data, port)).failure is failure


async def test_a_server_of_http2_only_is_blocked_and_not_dead() -> None:
    result = classify(await served(bytes.fromhex("00000604000000000000040000ffff"), 8080))
    assert result.outcome is Outcome.BLOCKED
    assert result.evidence == "the server speaks HTTP/2 only: open it in a browser"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_same_location_twice_is_followed(status: int) -> None:
    twice = b"HTTP/1.1 %d Moved\r\nLocation: /a\r\nLocation: /a\r\n\r\n" % status
    response = await served(twice)
    assert [hop.location for hop in response.hops] == ["/a"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_without_place_and_page_leads_nowhere(status: int) -> None:
    response = await served(b"HTTP/1.1 %d Moved\r\nContent-Length: 2\r\n\r\n\r\n" % status)
    assert classify(response).outcome is Outcome.PROTOCOL
