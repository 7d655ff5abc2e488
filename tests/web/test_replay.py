"""The resolver and the transport that replay a scenario without a socket."""

from collections import Counter
from pathlib import Path

import httpx
import pytest

from staycurrent.web.guard import is_public
from staycurrent.web.replay.scenario import (
    Dns,
    ReplayRequest,
    Scenario,
    ScenarioNight,
    load_scenario,
)
from staycurrent.web.replay.transport import ReplayResolver, ReplayTransport
from staycurrent.web.response import Failure, TransportError
from tests.support.web_server import written

DEMO = Path(__file__).parents[2] / "flows" / "recorded"
CANARIES = ("wikipedia", "python", "cloudflare", "debian", "iana")


def get(view: ScenarioNight, url: str) -> int:
    return view.response(ReplayRequest("GET", url, {}), Counter()).status


async def fetch(view: ScenarioNight, url: str, method: str = "GET") -> tuple[httpx.Response, bytes]:
    response = await ReplayTransport(view).handle_async_request(httpx.Request(method, url))
    return response, b"".join([chunk async for chunk in response.aiter_raw()])


async def test_the_resolver_gives_public_ips(
    tmp_path: Path,
) -> None:
    names = [f"host{number}.test" for number in range(500)]
    view = written(tmp_path, "".join(f'[[page]]\nurl = "https://{n}/"\n' for n in names)).on_night(
        1
    )
    resolver = ReplayResolver(view)
    found = [await resolver.resolve(name) for name in names]
    assert all(is_public(ip) for ips in found for ip in ips)
    assert found == [await ReplayResolver(view).resolve(name) for name in names]


@pytest.mark.parametrize(
    ("dns", "ends"),
    [
        ("missing", Failure.DNS),
        ("servfail", Failure.DNS_TROUBLE),
        ("silent", Failure.DNS_TROUBLE),
        ("nodata", Failure.DNS_TROUBLE),
        ("private", None),
    ],
)
async def test_the_resolver_replays_dns_failures(
    tmp_path: Path, dns: str, ends: Failure | None
) -> None:
    view = written(tmp_path, f'[[host]]\nname = "a.test"\ndns = "{dns}"').on_night(1)
    if ends is None:
        assert await ReplayResolver(view).resolve("a.test") == ("10.0.0.1",)
        return
    with pytest.raises(TransportError) as broken:
        await ReplayResolver(view).resolve("a.test")
    assert broken.value.failure is ends


async def test_a_host_without_a_rule_does_not_exist(
    tmp_path: Path,
) -> None:
    portal = written(
        tmp_path, '[[host]]\nname = "*"\n[[page]]\nurl = "*"\ntitle = "Log in"'
    ).on_night(1)
    assert await ReplayResolver(portal).resolve("anything.test")
    assert get(portal, "https://anything.test/deep/link") == 200
    assert Scenario((), ()).on_night(1).host_rule("anything.test").dns is Dns.MISSING


@pytest.mark.parametrize(
    ("rule", "failure"),
    [
        ("[[page]]\nurl = '*://a.test/'\nfault = 'reset'", Failure.RESET),
        ("[[page]]\nurl = '*://a.test/'\nfault = 'close'", Failure.RESET),
        ("[[page]]\nurl = '*://a.test/'\nfault = 'hang'", Failure.TIMEOUT),
        ("[[page]]\nurl = '*://a.test/'\nfault = 'drip'", Failure.TIMEOUT),
        ("[[page]]\nurl = '*://a.test/'\nfault = 'garbage'", Failure.PROTOCOL),
        ("[[host]]\nname = 'a.test'\ntcp = 'refused'", Failure.REFUSED),
        ("[[host]]\nname = 'a.test'\ntcp = 'silent'", Failure.TIMEOUT),
        ("[[host]]\nname = 'a.test'\ntls = 'none'", Failure.REFUSED),
        ("[[host]]\nname = 'a.test'\ntls = 'expired'", Failure.TLS),
        ("[[host]]\nname = 'a.test'\ntls = 'old'", Failure.TLS),
    ],
)
async def test_faults_are_transport_errors(tmp_path: Path, rule: str, failure: Failure) -> None:
    with pytest.raises(TransportError) as broken:
        await fetch(written(tmp_path, rule).on_night(1), "https://a.test/")
    assert broken.value.failure is failure


async def test_certificates_matter_only_to_https(tmp_path: Path) -> None:
    toml = "[[host]]\nname = 'a.test'\ntls = 'expired'\n[[page]]\nurl = 'http://a.test/'"
    response, _ = await fetch(written(tmp_path, toml).on_night(1), "http://a.test/")
    assert response.status_code == 200


async def test_responses_have_type_length_location_and_repeated_headers(tmp_path: Path) -> None:
    toml = """
        [[page]]
        url = "https://a.test/json"
        json = { id = "x", gated = false }
        [[page]]
        url = "https://a.test/to"
        status = 308
        location = "/json"
        headers = { set-cookie = ["a=1", "b=2"] }
    """
    view = written(tmp_path, toml).on_night(1)
    response, body = await fetch(view, "https://a.test/json")
    assert response.headers["content-type"].startswith("application/json")
    assert (body, response.headers["content-length"]) == (b'{"id": "x", "gated": false}', "27")
    moved, _ = await fetch(view, "https://a.test/to")
    assert (moved.status_code, moved.headers["location"]) == (308, "/json")
    assert moved.headers.get_list("set-cookie") == ["a=1", "b=2"]
    head, nothing = await fetch(view, "https://a.test/json", "HEAD")
    assert (head.headers["content-length"], nothing) == ("27", b"")


async def test_a_body_can_be_padded_truncated_or_endless(tmp_path: Path) -> None:
    toml = """
        [[page]]
        url = "https://a.test/big"
        title = "Big"
        body_size = 100_000
        [[page]]
        url = "https://a.test/cut"
        title = "Cut"
        fault = "truncate"
        [[page]]
        url = "https://a.test/endless"
        fault = "endless"
    """
    view = written(tmp_path, toml).on_night(1)
    assert len((await fetch(view, "https://a.test/big"))[1]) == 100_000
    assert len((await fetch(view, "https://a.test/endless"))[1]) > 10_000_000
    with pytest.raises(TransportError):
        await fetch(view, "https://a.test/cut")


@pytest.fixture(scope="module")
def demo() -> Scenario:
    return load_scenario(DEMO / "web.toml")


async def test_the_demo_has_canaries(demo: Scenario) -> None:
    for name in CANARIES:
        assert (
            get(demo.on_night(1), f"https://www.{name}.org/".replace("flare.org", "flare.com"))
            == 200
        )
    with pytest.raises(TransportError):
        await ReplayResolver(demo.on_night(1)).resolve("canary-20261101.invalid")


def test_every_host_of_the_demos_list_has_a_rule(demo: Scenario) -> None:
    text = (DEMO / "curated.md").read_text(encoding="utf-8")
    hosts = {part.split("/")[0] for part in text.replace("hhttps://", "https://").split("://")[1:]}
    assert hosts - {"export.arxiv.org"} <= set(demo.host_names())


def test_the_demos_bodies_stay_small(demo: Scenario) -> None:
    assert sum(file.stat().st_size for file in DEMO.rglob("*") if file.is_file()) < 120_000
