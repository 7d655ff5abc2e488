"""What a test needs to look at a played web: server, resolver, and the edge that is aimed at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from staycurrent.web.carrier import PinnedTransport
from staycurrent.web.client import Web
from staycurrent.web.play import Scenario
from staycurrent.web.policy import Policy
from staycurrent.web.scenario import load
from tests.web_of_tests.listeners import NETWORK
from tests.web_of_tests.resolver import PlayedResolver
from tests.web_of_tests.server import Server

SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Played:
    """A server that is playing, and how to reach it."""

    server: Server
    resolver: PlayedResolver

    def web(self, policy: Policy | None = None) -> Web:
        """The real edge, its guard open for the test web's network and for nothing else."""
        own = replace(policy or impatient(), allow_networks=(NETWORK,))
        transport = PinnedTransport(
            own, tls=self.server.certificates.client, ports=self.server.ports
        )
        return Web(own, transport=transport, resolver=self.resolver)


def impatient() -> Policy:
    """Limits that end a test soon: no pauses, a deadline of a second or two."""
    return Policy(timeout_s=2.0, connect_timeout_s=1.0, pause_s=0.0, slow_hosts=())


@contextmanager
def played(scenario: Scenario | str, night: int = 1) -> Iterator[Played]:
    """Play a scenario, or the one of that name in `scenarios/`, from a night on."""
    chosen = load(SCENARIOS / f"{scenario}.toml") if isinstance(scenario, str) else scenario
    with Server(chosen, night=night) as server:
        yield Played(server, PlayedResolver(server))


def written(folder: Path, toml: str) -> Scenario:
    """The scenario that a file with this text would give."""
    file = folder / "web.toml"
    file.write_text(toml, encoding="utf-8")
    return load(file)
