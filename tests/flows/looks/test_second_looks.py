"""Bad news is confirmed: by a second look, on a connection that no other look has used."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from staycurrent.flows.check import Scope, check
from staycurrent.flows.night import night_of, still
from staycurrent.flows.voice import Silence
from staycurrent.web.carrier import PinnedTransport
from staycurrent.web.client import Web
from staycurrent.web.play import Host, Page, Reply, Scenario
from staycurrent.web.policy import Policy
from tests.support.web_server import NETWORK, PlayedResolver, Server

HERE, GONE = "https://site.test/here", "https://site.test/gone"
SITE = Scenario((Host("site.test"),), (Page(HERE, Reply(200, body=b"<title>Here</title>")),))
SETTINGS = f"""
[web]
pause_s = 0
canaries = ["{HERE}"]
[links]
second_look_s = 0
"""


def test_a_second_look_asks_to_be_alone_and_a_first_one_does_not(tmp_path: Path) -> None:
    (tmp_path / "curated.md").write_text(f"- [A]({HERE})\n- [B]({GONE})\n", encoding="utf-8")
    (tmp_path / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
    clock = still(datetime.fromisoformat("2026-11-02T02:00:00+00:00"))
    made = night_of(tmp_path / "staycurrent.toml", clock, Silence(), environment={})
    with Server(SITE) as server:

        @asynccontextmanager
        async def edge(policy: Policy) -> AsyncIterator[Web]:
            own = replace(policy, allow_networks=(NETWORK,))
            tls = server.certificates.client
            transport = PinnedTransport(own, tls=tls, ports=server.ports)
            web = Web(own, transport=transport, resolver=PlayedResolver(server))
            yield web
            await web.aclose()

        def aimed(policy: Policy, _night: date) -> AbstractAsyncContextManager[Web]:
            return edge(policy)

        check(replace(made, open_web=aimed), Scope(everything=True))
        asked = [one for one in server.requests if one.url == GONE]
        said = ["connection" in one.headers for one in asked]
        assert said == [False, True]
        assert server.connections("site.test") < len(server.requests)
