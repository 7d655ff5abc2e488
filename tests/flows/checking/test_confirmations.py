"""Bad news is confirmed: by a second check, on a connection that no other check has used."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from staycurrent.flows.checking.targets import CheckScope
from staycurrent.flows.commands.check import check
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.reporter import Reporter
from staycurrent.web.client import Client
from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Transport
from tests.support.folder import with_database
from tests.support.web_server import NETWORK, PlayedResolver, Server

HERE, GONE = "https://site.test/here", "https://site.test/gone"
SITE = Scenario(
    (HostRule("site.test"),), (PageRule(HERE, ReplayResponse(200, body=b"<title>Here</title>")),)
)
SETTINGS = f"""
[web]
pause_s = 0
canaries = ["{HERE}"]
[links]
second_look_s = 0
"""


def test_a_second_check_asks_to_be_alone_and_a_first_one_does_not(tmp_path: Path) -> None:
    (tmp_path / "curated.md").write_text(f"- [A]({HERE})\n- [B]({GONE})\n", encoding="utf-8")
    (tmp_path / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
    clock = fixed_clock(datetime.fromisoformat("2026-11-02T02:00:00+00:00"))
    made = load_context(tmp_path / "staycurrent.toml", clock, Reporter(), environment={})
    with Server(SITE) as server:

        @asynccontextmanager
        async def edge(policy: WebSettings) -> AsyncIterator[Client]:
            own = replace(policy, allow_networks=(NETWORK,))
            transport = Transport(own, ca_certificates=server.certificates.pem, ports=server.ports)
            web = Client(own, transport=transport, resolver=PlayedResolver(server))
            yield web
            await web.aclose()

        def aimed(policy: WebSettings, _night: date) -> AbstractAsyncContextManager[Client]:
            return edge(policy)

        with_database(check, replace(made, open_client=aimed), CheckScope(all=True))
        asked = [one for one in server.requests if one.url == GONE]
        said = ["connection" in one.headers for one in asked]
        assert said == [False, True]
        assert server.connections("site.test") < len(server.requests)
