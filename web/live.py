"""The edge as a run opens it: the real network, or a recording in its place."""

import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from staycurrent.web.carrier import PinnedTransport
from staycurrent.web.client import Web
from staycurrent.web.policy import Policy
from staycurrent.web.recorded import RecordedResolver, RecordedTransport
from staycurrent.web.resolver import SystemResolver
from staycurrent.web.scenario import load

_SPARE = 512
"""Open files that everything else may need, connections that are kept among them."""


@asynccontextmanager
async def open_web(policy: Policy, night: date) -> AsyncIterator[Web]:
    """The web of one night; `night` chooses what a recording answers."""
    if policy.recording:
        view = load(Path(policy.recording)).on(night)
        yield Web(policy, transport=RecordedTransport(view), resolver=RecordedResolver(view))
        return
    _make_room(2 * policy.concurrency + _SPARE)  # a look has its connection, or asks for a name
    resolver = SystemResolver(policy.dns_timeout_s)
    web = Web(policy, transport=PinnedTransport(policy), resolver=resolver)
    try:
        yield web
    finally:
        resolver.close()
        await web.aclose()


def _make_room(files: int) -> None:
    """Have this process allowed so many open files, as far as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
