"""DNS lookups with the system's resolver, in a network namespace with a name server of ours."""

import asyncio
import json
import socket
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
SILENT, HEALTHY, MANY = 12, 40, 300
ZONE = {
    "both.test": has("2001:db8::7", "192.0.2.7"),
    "six.test": has("2001:db8::7"),
    "nodata.test": has(),
    "servfail.test": Name(rcode=Rcode.SERVFAIL),
    "refused.test": Name(rcode=Rcode.REFUSED),
    "silent.test": Name(silent=True),
    "rebind.test": Name(((PUBLIC,), (PUBLIC,), (PRIVATE,), (PRIVATE,))),
    "mixed.test": has(PRIVATE, PUBLIC, "10.0.0.1"),
    **{f"silent{n}.test": Name(silent=True) for n in range(MANY)},
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


async def lookups_with_silent_names(silent: int) -> dict[str, int]:
    """How many healthy names resolve while others are silent, and how many fail before that."""
    with resolving(2.0) as resolver:
        quiet = [asyncio.create_task(said(resolver, f"silent{n}.test")) for n in range(silent)]
        await asyncio.sleep(0)
        found = await asyncio.gather(*(said(resolver, f"healthy{n}.test") for n in range(HEALTHY)))
        failed_before = sum(task.done() for task in quiet)
        failures = await asyncio.gather(*quiet)
    return {
        "answered": sum(one == [f"192.0.2.{n + 1}"] for n, one in enumerate(found)),
        "failed_before": failed_before,
        "trouble": failures.count(["dns_trouble"]),
    }


class Doors:
    """A web server on the public address, and one on the private address that keeps a secret."""

    def __init__(self) -> None:
        self.secrets_sent = 0
        self.doors = [socket.create_server((ip, 80)) for ip in (PUBLIC, PRIVATE)]
        for door, text in zip(self.doors, (b"public", b"SECRET"), strict=True):
            Thread(target=self._serve, args=(door, text), daemon=True).start()

    def _serve(self, door: socket.socket, text: bytes) -> None:
        while True:
            visitor, _ = door.accept()
            with visitor:
                self.secrets_sent += text == b"SECRET"
                visitor.recv(4096)
                visitor.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + text)


async def fetched(name: str, times: int) -> list[str]:
    """What that many nights bring from a name: each night asks the name server anew."""
    policy = WebSettings(allow_networks=(NETWORK,), pause_s=0)
    brought = []
    for _ in range(times):
        with resolving(1.0) as resolver:
            client = Client(policy, transport=Transport(policy), resolver=resolver)
            answer = await client.request(f"http://{name}/")
        brought.append(str(answer.failure or answer.body.decode()))
    return brought


def naive(name: str) -> list[str]:
    """What a client brings that vets one lookup and connects by another."""
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
    results: dict[str, Any] = {}
    experiments: dict[str, Callable[[NameServer], Awaitable[object]]] = {
        "answers": lambda _: answers(),
        "asked": asked_often,
        "with 12 silent": lambda _: lookups_with_silent_names(SILENT),
        "with 300 silent": lambda _: lookups_with_silent_names(MANY),
        "mixed": lambda _: fetched("mixed.test", 5),
        "rebind": lambda _: fetched("rebind.test", 10),
    }
    doors = Doors()
    for what, experiment in experiments.items():
        with NameServer(ZONE) as server:
            results[what] = asyncio.run(_awaited(experiment(server)))
    results["secrets sent"] = doors.secrets_sent
    with NameServer({"rebind.test": Name(((PUBLIC,), (PRIVATE,)))}):
        results["naive"] = naive("rebind.test")
    return results


async def _awaited(what: Awaitable[object]) -> object:
    return await what


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    if why_not():
        pytest.skip(why_not())
    found: dict[str, Any] = alone(HERE, "over_dns")
    return found


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
def test_only_nxdomain_means_that_a_name_does_not_exist(
    results: dict[str, Any], name: str, answer: list[str]
) -> None:
    assert results["answers"][name] == answer


def test_there_is_one_lookup_per_name(results: dict[str, Any]) -> None:
    assert results["asked"] == [1, 1, 1, 1]


@pytest.mark.parametrize("silent", [SILENT, MANY])
def test_silent_name_servers_do_not_block_other_names(results: dict[str, Any], silent: int) -> None:
    counts = results[f"with {silent} silent"]
    assert counts == {"answered": HEALTHY, "trouble": silent, "failed_before": 0}


def test_the_address_that_was_vetted_is_the_one_connected_to(results: dict[str, Any]) -> None:
    assert results["naive"] == ["SECRET"] * 4  # the trap works
    assert set(results["rebind"]) == {"public", "refused_by_policy"}
    assert results["mixed"] == ["public"] * 5
    assert results["secrets sent"] == 0


async def test_a_cancelled_lookup_logs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with resolving(0.2) as resolver:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(resolver.resolve("nowhere.invalid"), 0.0)
        await asyncio.sleep(0.3)
    assert json.dumps([record.getMessage() for record in caplog.records]) == "[]"
