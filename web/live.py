"""The edge as a run opens it: the real network, or a recording in its place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from web.carrier import PinnedTransport
from web.client import Web
from web.policy import Policy
from web.recorded import RecordedResolver, RecordedTransport
from web.resolver import SystemResolver
from web.scenario import load


@asynccontextmanager
async def open_web(policy: Policy, night: date) -> AsyncIterator[Web]:
    """The web of one night; `night` chooses what a recording answers."""
    if policy.recording:
        view = load(Path(policy.recording)).on(night)
        yield Web(policy, transport=RecordedTransport(view), resolver=RecordedResolver(view))
        return
    resolver = SystemResolver(policy.dns_timeout_s)
    web = Web(policy, transport=PinnedTransport(policy), resolver=resolver)
    try:
        yield web
    finally:
        resolver.close()
        await web.aclose()
