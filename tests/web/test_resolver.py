"""Names over real DNS: the machine's own resolver, in a network where the name server is ours."""

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from staycurrent.web.client import Client
from staycurrent.web.resolver import SystemResolver
from staycurrent.web.response import TransportError
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Transport
from tests.support.network import Name, NameServer, Rcode, alone, has, why_not
from tests.support.web_server import NETWORK

HERE = "tests.web.test_resolver"
PUBLIC, PRIVATE = "127.64.0.1", "127.0.0.1"
"""The policy below opens the network of the first; the second stays private."""
SILENT, HEALTHY, CROWD = 12, 40, 300
ZONE = {
    "both.test": has("2001:db8::7", "192.0.2.7"),
    "six.test": has("2001:db8::7"),
    "nodata.test": has(),
    "servfail.test": Name(rcode=Rcode.SERVFAIL),
    "refused.test": Name(rcode=Rcode.REFUSED),
    "silent.test": Name(silent=True),
    "rebind.test": Name(((PUBLIC,), (PUBLIC,), (PRIVATE,), (PRIVATE,))),
    "mixed.test": has(PRIVATE, PUBLIC, "10.0.0.1"),
    **{f"silent{n}.test": Name(silent=True) for n in range(CROWD)},
    **{f"healthy{n}.test": has(f"192.0.2.{n + 1}") for n in range(HEALTHY)},
}


@contextmanager
def resolving(timeout_s: float) -> Iterator[SystemResolver]:
    resolver = SystemResolver(timeout_s)
    try:
        yield resolver
    finally:
        resolver.close()


async def said(resolver: SystemResolver, host: str) -> list[str]:
    """The addresses of a name, or the failure alone."""
    try:
        return sorted(await resolver.resolve(host))
    except TransportError as broken:
        return [str(broken.failure)]


async def answers() -> dict[str, list[str]]:
    names = ["both", "six", "missing", "nodata", "servfail", "refused", "silent"]
    with resolving(1.0) as resolver:
        found = [await said(resolver, f"{name}.test") for name in names]
    return dict(zip(names, found, strict=True))


async def asked_often(server: NameServer) -> list[int]:
    """How often A and AAAA were asked of names that thirty links have."""
    with resolving(1.0) as resolver:
        for name in ("both.test", "missing.test", "both.test"):
            await asyncio.gather(*(said(resolver, name) for _ in range(10)))
    return [server.asked[name, kind] for name in ("both.test", "missing.test") for kind in (1, 28)]


async def beside_silence(silent: int) -> dict[str, float]:
    """How many of the healthy names are answered beside silent ones, and how soon."""
    with resolving(2.0) as resolver:
        began = time.monotonic()
        quiet = [asyncio.create_task(said(resolver, f"silent{n}.test")) for n in range(silent)]
        await asyncio.sleep(0.1)
        found = await asyncio.gather(*(said(resolver, f"healthy{n}.test") for n in range(HEALTHY)))
        healthy_s = time.monotonic() - began
        failures = await asyncio.gather(*quiet)
    return {
        "answered": sum(one == [f"192.0.2.{n + 1}"] for n, one in enumerate(found)),
        "seconds": healthy_s,
        "trouble": failures.count(["dns_trouble"]),
    }


class Doors:
    """A web server on the public address, and one on the private address that keeps a secret."""

    def __init__(self) -> None:
        self.secrets_told = 0
        self.doors = [socket.create_server((ip, 80)) for ip in (PUBLIC, PRIVATE)]
        for door, text in zip(self.doors, (b"public", b"SECRET"), strict=True):
            Thread(target=self._serve, args=(door, text), daemon=True).start()

    def _serve(self, door: socket.socket, text: bytes) -> None:
        while True:
            visitor, _ = door.accept()
            with visitor:
                self.secrets_told += text == b"SECRET"
                visitor.recv(4096)
                visitor.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + text)


async def fetched(name: str, times: int) -> list[str]:
    """What that many nights bring from a name: each night asks the name server anew."""
    policy = WebSettings(allow_networks=(NETWORK,), pause_s=0)
    brought = []
    for _ in range(times):
        with resolving(1.0) as resolver:
            web = Client(policy, transport=Transport(policy), resolver=resolver)
            answer = await web.request(f"http://{name}/")
        brought.append(str(answer.failure or answer.body.decode()))
    return brought


def naive(name: str) -> list[str]:
    """What a client brings that vets one look-up and connects by another."""
    brought = []
    for _ in range(4):
        vetted = socket.gethostbyname(name)
        if vetted == PUBLIC:
            with socket.create_connection((socket.gethostbyname(name), 80)) as own:
                own.sendall(b"GET / HTTP/1.1\r\n\r\n")
                brought.append(own.makefile("rb").read().rpartition(b"\n")[2].decode())
    return brought


def over_dns() -> dict[str, Any]:
    """Runs in the private network."""
    told: dict[str, Any] = {}
    experiments: dict[str, Callable[[NameServer], Awaitable[object]]] = {
        "answers": lambda _: answers(),
        "asked": asked_often,
        "beside 12": lambda _: beside_silence(SILENT),
        "beside 300": lambda _: beside_silence(CROWD),
        "mixed": lambda _: fetched("mixed.test", 5),
        "rebind": lambda _: fetched("rebind.test", 10),
    }
    doors = Doors()
    for what, experiment in experiments.items():
        with NameServer(ZONE) as server:
            told[what] = asyncio.run(_awaited(experiment(server)))
    told["secrets told"] = doors.secrets_told
    with NameServer({"rebind.test": Name(((PUBLIC,), (PRIVATE,)))}):
        told["naive"] = naive("rebind.test")
    return told


async def _awaited(what: Awaitable[object]) -> object:
    return await what


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    if why_not():
        pytest.skip(why_not())
    began = time.monotonic()
    found: dict[str, Any] = alone(HERE, "over_dns")
    return {**found, "whole": time.monotonic() - began}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("both", ["192.0.2.7", "2001:db8::7"]),
        ("six", ["2001:db8::7"]),
        ("missing", ["dns"]),
        ("nodata", ["dns_trouble"]),
        ("servfail", ["dns_trouble"]),
        ("refused", ["dns_trouble"]),
        ("silent", ["dns_trouble"]),
    ],
)
def test_only_a_name_that_the_servers_deny_does_not_exist(
    told: dict[str, Any], name: str, answer: list[str]
) -> None:
    assert told["answers"][name] == answer


def test_a_name_is_asked_once_a_night_however_many_links_it_has(told: dict[str, Any]) -> None:
    assert told["asked"] == [1, 1, 1, 1]


@pytest.mark.parametrize("silent", [SILENT, CROWD])
def test_silent_names_do_not_sink_the_healthy_ones(told: dict[str, Any], silent: int) -> None:
    beside = told[f"beside {silent}"]
    assert (beside["answered"], beside["trouble"]) == (HEALTHY, silent)
    assert beside["seconds"] < 2.0


def test_nobody_waits_for_silent_names_when_the_night_is_over(told: dict[str, Any]) -> None:
    # The C library asks twice and waits five seconds each time: ten, and the process would too.
    assert told["whole"] < 10.0


def test_the_address_that_was_vetted_is_the_one_connected_to(told: dict[str, Any]) -> None:
    assert told["naive"] == ["SECRET"] * 4  # the trap works
    assert set(told["rebind"]) == {"public", "refused_by_policy"}
    assert told["mixed"] == ["public"] * 5
    assert told["secrets told"] == 0


async def test_a_look_that_gives_up_leaves_no_cry_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with resolving(0.2) as resolver:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(resolver.resolve("nowhere.invalid"), 0.0)
        await asyncio.sleep(0.3)
    assert json.dumps([record.getMessage() for record in caplog.records]) == "[]"
