"""The scenario's names, as a resolver that sends everybody to the test web's own addresses."""

import asyncio
from collections import Counter

from staycurrent.web.play import Dns
from staycurrent.web.recorded import resolved
from tests.web_of_tests.server import Server


class PlayedResolver:
    """Answers as the night's name servers do; those that stay silent do so for a moment."""

    def __init__(self, server: Server, *, silence_s: float = 0.2) -> None:
        self._server = server
        self._silence_s = silence_s
        self.asked: Counter[str] = Counter()
        """How often each name was looked up."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Literal addresses of `host`; raises `Broken` with DNS or DNS_TROUBLE."""
        earlier = self.asked[host]
        self.asked[host] += 1
        known = self._server.view.host(host)
        if known.dns is Dns.SILENT:
            await asyncio.sleep(self._silence_s)
        addresses = self._server.addresses
        return resolved(known, addresses.get(host) or addresses.get("*", ""), earlier)
