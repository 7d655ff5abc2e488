"""Connections that are reused: by which requests, for how long, and never at a loss."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

import pytest

from staycurrent.web.client import FRESH_CONNECTION, Client
from staycurrent.web.connection import ConnectionPool, PoolKey, connect
from staycurrent.web.replay.scenario import Fault, HostRule, PageRule, ReplayResponse, Scenario
from staycurrent.web.response import Failure, Response
from staycurrent.web.transport import Transport
from tests.support.web_server import NETWORK, impatient, played

EVIL = "127.64.0.13"
WELL = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere"
SITE = Scenario(
    (HostRule("site.test"), HostRule("other.test")),
    (
        PageRule("https://site.test/a", ReplayResponse(200, body=b"a")),
        PageRule("https://site.test/b", ReplayResponse(200, body=b"b")),
        PageRule("https://site.test/gone", ReplayResponse(410, body=b"gone")),
        PageRule("https://site.test/cut", ReplayResponse(200, body=b"cut", fault=Fault.TRUNCATE)),
        PageRule("https://site.test/reset", ReplayResponse(200, fault=Fault.RESET)),
        PageRule(
            "https://site.test/on", ReplayResponse(302, (("location", "https://other.test/"),))
        ),
        PageRule("https://other.test/", ReplayResponse(200, body=b"other")),
    ),
)


@pytest.mark.parametrize(
    ("before", "connections"),
    [
        (("https://site.test/b",), 1),
        (("https://site.test/on",), 1),
        (("https://site.test/gone",), 2),
        (("https://site.test/cut",), 2),
        (("https://other.test/",), 1),
        (("https://site.test/b", "https://site.test/b"), 1),
    ],
)
async def test_a_connection_is_kept_after_a_complete_response_below_400(
    before: tuple[str, ...], connections: int
) -> None:
    with played(SITE) as it:
        client = it.web()
        for url in before:
            await client.request(url)
        response = await client.request("https://site.test/a")
        await client.aclose()
        assert (response.body, it.server.connections("site.test")) == (b"a", connections)


async def test_a_request_for_a_fresh_connection_gets_one() -> None:
    with played(SITE) as it:
        client = it.web()
        for conditions in ({}, FRESH_CONNECTION, {}):
            await client.request("https://site.test/on", conditions=conditions)
        await client.aclose()
        assert it.server.connections("site.test") == it.server.connections("other.test") == 2


async def test_concurrent_requests_have_a_connection_each() -> None:
    with played(SITE) as it:
        client = it.web()
        urls = ["https://site.test/a", "https://site.test/b"]
        responses = await asyncio.gather(*map(client.request, urls))
        await client.aclose()
        assert [one.body for one in responses] == [b"a", b"b"]
        assert it.server.connections("site.test") == 2


async def test_a_reset_is_retried_on_a_new_connection() -> None:
    with played(SITE) as it:
        client = it.web()
        await client.request("https://site.test/a")
        response = await client.request("https://site.test/reset")
        assert response.failure is Failure.RESET
        assert len(it.server.requests) == 3


@contextmanager
def serving(*replies: bytes, in_turn: int = 1) -> Iterator[int]:
    """A server that sends each connection the next `in_turn` of these replies, then closes it."""
    with socket.create_server((EVIL, 0)) as door:

        def serve() -> None:
            for start in range(0, len(replies), in_turn):
                visitor, _ = door.accept()
                with visitor:
                    for reply in replies[start : start + in_turn]:
                        visitor.recv(1 << 16)
                        visitor.sendall(reply)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        thread.join()


async def twice(pause_s: float, *replies: bytes, in_turn: int = 1) -> list[Response]:
    with serving(*replies, in_turn=in_turn) as port:
        own = replace(impatient(), allow_networks=(NETWORK,))
        client = Client(own, transport=Transport(own), resolver=Nobody())
        found = []
        for path in "ab":
            found.append(await client.request(f"http://{EVIL}:{port}/{path}"))
            await asyncio.sleep(pause_s)
        await client.aclose()
    return found


class Nobody:
    """No name is asked for."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        raise AssertionError(host)


@pytest.mark.parametrize("pause_s", [0.0, 0.1])
async def test_a_request_on_a_closed_connection_is_sent_again(pause_s: float) -> None:
    responses = await twice(pause_s, WELL, WELL)
    assert [one.body for one in responses] == [b"here", b"here"]


async def test_a_time_out_of_a_kept_connection_is_no_answer_to_the_request_on_it() -> None:
    late = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    first, second = await twice(0.0, WELL, late, WELL, in_turn=2)
    assert (first.body, second.status, second.body) == (b"here", 200, b"here")
    assert [one.status for one in await twice(0.0, late, late)] == [408, 408]


@pytest.mark.parametrize(
    "said",
    [
        WELL + b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 4\r\n\r\nhere",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nhere",
        b"HTTP/1.1 200 OK\r\n\r\nhere",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhere\r\n0\r\n\r\nHTTP/1.1",
    ],
)
async def test_a_response_that_is_not_exactly_one_closes_its_connection(said: bytes) -> None:
    assert [one.body for one in await twice(0.0, said, said)] == [b"here", b"here"]


async def test_bytes_behind_an_empty_response_are_not_a_response() -> None:
    empty = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    first, second = await twice(0.0, empty + WELL, empty)
    assert (first.body, second.body, second.status) == (b"", b"", 200)


KEYS = [PoolKey("http", "site.test", 80, f"192.0.2.{number}") for number in range(3)]


async def keep(pool: ConnectionPool, door: socket.socket, key: PoolKey) -> socket.socket:
    """Put one connection to the door into the pool; returns the server's side of it."""
    ip, port = door.getsockname()
    pool.put(key, await connect(ip, port, byte_budget=100))
    return door.accept()[0]


def is_closed(server_side: socket.socket) -> bool:
    server_side.settimeout(0.5)
    with server_side:
        try:
            return server_side.recv(1) == b""
        except TimeoutError:
            return False


async def test_idle_connections_expire_and_surplus_ones_are_closed() -> None:
    with socket.create_server((EVIL, 0)) as door:
        pool = ConnectionPool(idle_s=0.2, max_idle=2)
        sides = [await keep(pool, door, key) for key in KEYS]
        assert is_closed(sides[2]), "the one that came last is surplus"
        connection = pool.get(KEYS[0])
        assert connection is not None
        connection.close()
        assert pool.get(KEYS[2]) is None
        await asyncio.sleep(0.4)
        assert is_closed(sides[1])
        pool.close()


async def test_a_connection_on_which_something_arrived_is_not_reused() -> None:
    with socket.create_server((EVIL, 0)) as door:
        pool = ConnectionPool()
        with await keep(pool, door, KEYS[0]) as server_side:
            server_side.sendall(b"HTTP/1.1 410 Gone\r\n\r\n")
            await asyncio.sleep(0.1)
            assert pool.get(KEYS[0]) is None
