"""Connections: large pages over TLS, handshakes that fail, a machine out of sockets."""

import resource
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

import pytest

from staycurrent.web.client import FRESH_CONNECTION, Client
from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from staycurrent.web.response import Failure, Response
from staycurrent.web.transport import Transport
from tests.support.network import listening
from tests.support.web_server import NETWORK, impatient, played

EVIL = "127.64.0.12"
BODY = b"<title>Here</title>" + bytes(range(256)) * 900


class Says:
    """A resolver that gives every name the same address."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        return (EVIL,)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_large_page_is_received_completely(scheme: str) -> None:
    page = PageRule(f"{scheme}://site.test/a", ReplayResponse(200, body=BODY))
    with played(Scenario((HostRule("site.test"),), (page,))) as it:
        response = await it.web().request(page.url)
    assert (response.body == BODY, response.truncated) == (True, False)


@contextmanager
def greeting(how: bytes | None) -> Iterator[int]:
    """A server that replies to each hello with this and closes; None: resets the connection."""
    with socket.create_server((EVIL, 0)) as door:

        def serve() -> None:
            while True:
                try:
                    visitor, _ = door.accept()
                except OSError:  # shut: the test is over
                    return
                with visitor:
                    visitor.recv(1 << 16)
                    if how is None:
                        linger = struct.pack("ii", 1, 0)
                        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    else:
                        visitor.sendall(how)

        serving = Thread(target=serve, daemon=True)
        serving.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        serving.join()


async def greeted(port: int) -> Response:
    own = replace(impatient(), allow_networks=(NETWORK,), connect_timeout_s=0.5)
    transport = Transport(own, ports={443: port})
    return await Client(own, transport=transport, resolver=Says()).request("https://evil.test/")


@pytest.mark.parametrize(
    ("how", "failure", "detail"),
    [
        (None, Failure.RESET, "the connection was cut"),
        (b"", Failure.RESET, "the connection was cut"),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            Failure.PROTOCOL,
            "the server does not speak TLS on this port",
        ),
        (
            b"\x15\x03\x03\x00\x02\x02\x28",
            Failure.UNSUPPORTED,
            "no common ground in TLS (sslv3 alert handshake failure)",
        ),
    ],
)
async def test_a_failed_handshake_has_its_reason(
    how: bytes | None, failure: Failure, detail: str
) -> None:
    with greeting(how) as port:
        response = await greeted(port)
    assert (response.failure, response.detail) == (failure, detail)


async def test_a_handshake_without_an_answer_times_out() -> None:
    def nothing() -> Iterator[bytes]:
        time.sleep(1.0)
        yield b""

    with listening(nothing, EVIL) as evil:
        response = await greeted(evil.port)
    assert (response.failure, response.detail) == (Failure.TIMEOUT, "no answer in time")


async def test_out_of_sockets_the_request_is_deferred() -> None:
    with played(
        Scenario((HostRule("site.test"),), (PageRule("http://site.test/a", ReplayResponse(200)),))
    ) as it:
        client = it.web()
        assert (
            await client.request("http://site.test/a", conditions=FRESH_CONNECTION)
        ).status == 200
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            response = await client.request("http://site.test/a")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert (response.failure, response.is_overloaded) == (Failure.DEFERRED, True)
    assert response.detail == "this machine is out of open files or memory: raise `ulimit -n`"
