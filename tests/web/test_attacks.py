"""The client under attack, over real sockets: nothing private is reached, nothing costs much."""

import asyncio
import itertools
import logging
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from staycurrent.web.client import Client
from staycurrent.web.connection import READ_SIZE
from staycurrent.web.replay.scenario import Fault, PageRule, ReplayResponse, Scenario
from staycurrent.web.resolver import SystemResolver
from staycurrent.web.response import Failure, Response
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Transport
from tests.support.network import BODIES, BOMBS, HEADS, OK, Attack, Heard, listening
from tests.support.web_server import NETWORK, impatient, played

ROOT = Path(__file__).parents[2]
EVIL = "127.64.0.9"
MOST_BYTES, FEW_BYTES = 64_000_000, 8_000_000
SECRET = "ghs_CANARYcanaryCANARYcanary0123456789"
# Every way that we know of to write this machine's own addresses, and of hiding them.
SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "127.255.255.254", "0", "0.0.0.0", "0x0",
    "2130706433", "0x7f000001", "0X7F.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1", "0177.0x0.1",
    "00000177.0.0.1", "localhost", "LOCALHOST", "localhost.", "１２７.０.０.１", "127。0。0。1",
    "①②⑦.⓪.⓪.①", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1%25lo]",
    "[::1%lo]", "%31%32%37.0.0.1", "user@127.0.0.1", "example.org@127.0.0.1",
    "127.0.0.1%00.example.org", "127.0.0.1\\@example.org", "127.0.0.1%2f.example.org",
    "%6c%6fcalhost", "ｌｏｃａｌｈｏｓｔ", "local\u00adhost", "lo\tcal\nhost", "LOCALHOST。",
    "@127.0.0.1", "127.0.0.0x1", "127.0x0.1.", "\u200d127.1", "127\u06f00.0.1", "[::ffff:127.1]",
    "[200::1]", "[4000::1]", "[2a00:1450::200:5efe:127.0.0.1]", "/127.0.0.1", "\\127.0.0.1",
    "127.0.0.1\\.example.org",
]  # fmt: skip
REACHED = [one for one in SPELLINGS[:25] if not one.startswith("127.2")]
"""These a guard that is open lets through to the trap."""


class Says:
    """A resolver that gives every name the same addresses."""

    def __init__(self, *ips: str) -> None:
        self.ips = ips

    async def resolve(self, host: str) -> tuple[str, ...]:
        return self.ips


@dataclass(frozen=True, slots=True)
class Trap:
    """Listeners on this machine's private addresses, old and new; they tell a secret."""

    old: Heard
    new: Heard

    @property
    def port(self) -> int:
        return self.old.port

    @property
    def visits(self) -> int:
        return self.old.visits + self.new.visits


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    def secret() -> list[bytes]:
        return [OK + b"\r\nSECRET"]

    with listening(secret, "127.0.0.1") as old, listening(secret, "::1", old.port) as new:
        yield Trap(old, new)


def guarded(*, port: int, networks: tuple[str, ...] = (NETWORK,)) -> WebSettings:
    """The usual guard, but for a port that is open: the address alone must be the reason."""
    ports = (80, 443, port)
    return replace(impatient(), allow_networks=networks, allow_ports=ports, max_redirects=3)


async def asked(url: str, policy: WebSettings) -> Response:
    resolver = SystemResolver(1.0)
    try:
        return await Client(policy, transport=Transport(policy), resolver=resolver).request(url)
    finally:
        resolver.close()


@pytest.mark.parametrize("spelling", REACHED)
async def test_the_trap_is_reached_if_the_guard_allows_it(spelling: str, trap: Trap) -> None:
    opened = guarded(port=trap.port, networks=("127.0.0.0/8", "0.0.0.0/32", "::/127"))
    response = await asked(f"http://{spelling}:{trap.port}/", opened)
    assert response.body == b"SECRET"


@pytest.mark.parametrize("way", ["link", "location", "refresh", "meta"])
@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_of_a_private_address_is_connected_to(
    spelling: str, way: str, trap: Trap
) -> None:
    before = trap.visits
    target = f"http://{spelling}:{trap.port}/"
    ways = {
        "location": f"HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n",
        "refresh": f"HTTP/1.1 200 OK\r\nrefresh: 0; url={target}\r\ncontent-length: 0\r\n\r\n",
        "meta": "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n"
        f'<meta http-equiv=refresh content="0; url={target}">',
    }
    policy = guarded(port=trap.port)
    if way == "link":
        response = await asked(target, policy)
        assert response.failure in (Failure.REFUSED_BY_POLICY, Failure.MALFORMED)
    else:
        with listening(lambda: [ways[way].encode()], EVIL) as evil:
            response = await asked(f"http://{EVIL}:{evil.port}/", policy)
        assert evil.visits == 1
    assert b"SECRET" not in response.body
    assert (response.requests, trap.visits) == (way != "link", before)


async def test_of_mixed_ips_only_the_public_one_is_connected_to(trap: Trap) -> None:
    before = trap.visits
    policy = guarded(port=trap.port)
    names = Says("127.0.0.1", "::1", EVIL, "10.0.0.1")
    with listening(lambda: [OK + b"\r\npublic"], EVIL) as door:
        transport = Transport(policy, ports={80: door.port})
        response = await Client(policy, transport=transport, resolver=names).request(
            "http://mixed.test/"
        )
    assert (response.body, trap.visits) == (b"public", before)


async def attacked(attack: Attack, policy: WebSettings | None = None) -> Response:
    """The response from a server that does this."""
    own = policy or replace(impatient(), timeout_s=20.0, allow_networks=(NETWORK,))
    with listening(attack, EVIL) as evil:
        transport = Transport(own, ports={80: evil.port})
        return await Client(own, transport=transport, resolver=Says(EVIL)).request(
            "http://evil.test/a"
        )


async def measured(name: str, attack: Attack) -> tuple[Response, int]:
    """The response, and the most bytes of Python's memory that it took.

    What drips ends at the deadline; everything else ends at a limit for bytes, long before it.
    """
    drips = "drip" in name or name == "nothing at all"
    if not drips:
        list(itertools.islice(attack(), 2))  # packing a bomb is not the client's time
    own = replace(impatient(), timeout_s=1.0 if drips else 20.0, allow_networks=(NETWORK,))
    tracemalloc.start()
    response = await attacked(attack, own)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return response, peak


@pytest.mark.parametrize("name", [*BOMBS, *BODIES])
async def test_a_hostile_body_is_truncated_and_takes_little_memory(name: str) -> None:
    response, peak = await measured(name, {**BOMBS, **BODIES}[name])
    assert (response.status, response.failure) == (200, None)
    assert len(response.body) <= impatient().body_bytes
    assert response.truncated
    assert peak < FEW_BYTES


@pytest.mark.parametrize("name", HEADS)
async def test_a_hostile_head_is_a_failure(name: str) -> None:
    response, peak = await measured(name, HEADS[name])
    assert response.failure in (Failure.PROTOCOL, Failure.TIMEOUT)
    assert (response.status, response.body) == (0, b"")
    assert peak < MOST_BYTES


async def test_endless_responses_are_cut_at_the_byte_budget() -> None:
    own = replace(impatient(), timeout_s=20.0, wire_bytes=50_000, allow_networks=(NETWORK,))
    response = await attacked(HEADS["interim answers without end"], own)
    assert (response.failure, response.detail) == (Failure.PROTOCOL, "it sends without end")


def growth() -> int:
    """Bytes that twenty-one bombs at once add to what the process ever held."""

    async def one(attack: Attack) -> None:
        patient = replace(impatient(), timeout_s=20.0, allow_networks=(NETWORK,))
        assert (await attacked(attack, patient)).status == 200

    async def all_at_once() -> None:
        await asyncio.gather(*(one(attack) for attack in [*BOMBS.values()] * 3))

    for attack in BOMBS.values():
        b"".join(attack())
    asyncio.run(one(lambda: [OK + b"\r\nwarm"]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asyncio.run(all_at_once())
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10


def test_many_bombs_at_once_take_little_memory() -> None:
    code = "from tests.web.test_attacks import growth; print(growth())"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(ended.stdout) < MOST_BYTES


async def test_a_busy_attacker_lets_other_tasks_run_after_each_read() -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    own = replace(impatient(), wire_bytes=20 * READ_SIZE, allow_networks=(NETWORK,))
    own = replace(own, timeout_s=20.0, body_bytes=4 * READ_SIZE)
    response = await attacked(BODIES["chunks of one byte"], own)
    counting.cancel()
    assert response.truncated
    assert turns >= own.wire_bytes // READ_SIZE, "each read waits for a turn of the event loop"


STRANGE = [
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=\x00\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 30 + b"\r\n\r\n",
    b"HTTP/1.1 000 Nothing\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nlocation: http://[::1\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nlocation: http://\xff\xfe/\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nlocation: http://xn--/\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nlocation: http://a:99999/\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nlocation: //\r\n\r\n",
    b"HTTP/1.1 429 Slow\r\nretry-after: Mon, 01 Jan 99999 00:00:00 +9999\r\n\r\n",
    b"HTTP/1.1 429 Slow\r\nretry-after: \xb2\r\n\r\n",
    b"HTTP/1.1 429 Slow\r\nretry-after: " + b"9" * 5000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("data", STRANGE)
async def test_nothing_that_a_server_sends_raises(data: bytes) -> None:
    response = await attacked(lambda: [data])
    assert response.failure is not None or response.status in (200, 429)


async def test_a_body_limit_of_zero_is_not_unlimited() -> None:
    own = replace(impatient(), body_bytes=0, allow_networks=(NETWORK,))
    assert (await attacked(BOMBS["gzip"], own)).body == b""


STRAY = Scenario(
    (),
    (
        PageRule("https://site.test/a", ReplayResponse(200, body=b"one", fault=Fault.STRAY)),
        PageRule("https://site.test/b", ReplayResponse(200, body=b"two")),
    ),
)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_a_forged_second_response_never_answers_another_request(method: str) -> None:
    with played(STRAY) as it:
        client = it.web()
        for _ in range(3):
            first = await client.request("https://site.test/a", method=method)
            second = await client.request("https://site.test/b")
            assert (first.status, second.status, second.body) == (200, 200, b"two")
        await client.aclose()
        assert it.server.connections("site.test") == 4


async def test_secrets_that_a_server_echoes_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"HTTP/1.1 401 Unauthorized\r\nx-echo: Bearer {SECRET}\r\ncontent-length: 0\r\n\r\n"
    with listening(lambda: [echo.encode()], EVIL) as evil:
        own = replace(impatient(), allow_networks=(NETWORK,))
        transport = Transport(own, ports={80: evil.port})
        client = Client(own, transport=transport, resolver=Says(EVIL))
        await client.request("http://evil.test/", headers={"authorization": f"Bearer {SECRET}"})
    assert SECRET.encode() in evil.bytes[0]
    assert SECRET not in caplog.text


async def test_a_header_that_cannot_be_sent_is_not_quoted_in_the_failure() -> None:
    with listening(lambda: [OK + b"\r\n"], EVIL) as evil:
        own = replace(impatient(), allow_networks=(NETWORK,))
        transport = Transport(own, ports={80: evil.port})
        client = Client(own, transport=transport, resolver=Says(EVIL))
        response = await client.request(
            "http://evil.test/", headers={"authorization": f"{SECRET}\n"}
        )
    assert response.failure is not None
    assert SECRET not in repr(response)
