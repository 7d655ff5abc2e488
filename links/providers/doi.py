"""The DOI system's answers about DOIs: registered or not, wherever they lead."""

import re
from collections.abc import Sequence
from datetime import datetime

from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.links.providers.base import (
    Provider,
    ProviderAnswer,
    ProviderAnswers,
    ProviderReply,
    ask_sequentially,
    reply_to,
)
from staycurrent.links.settings import DoiSettings
from staycurrent.web.response import Fetch, Response, json_object

_HOSTS = frozenset({"doi.org", "www.doi.org", "dx.doi.org"})


def claims(link: Link) -> str | None:
    """The DOI (`10.1000/182`) as in the URL; None for other pages of doi.org."""
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    path = address.target.partition("?")[0]
    return path[1:] if re.fullmatch(r"/10\.\d{4,9}(\.\d+)*/[^/].*", path) else None


async def answer(
    names: Sequence[str], settings: DoiSettings, ask: Fetch, _now: datetime
) -> ProviderAnswers:
    """Request one DOI after another; a missing one is requested twice."""

    async def request(name: str) -> ProviderReply:
        response = await ask(f"{settings.api}/{name}")
        return reply_to(response, _read(response), "the DOI system")

    return await ask_sequentially(names, request, confirm=request, patience=settings.patience)


def _read(response: Response) -> ProviderAnswer | None:
    """Conclude from a handle record: response code 1 is a registered DOI, 100 an unknown one."""
    match json_object(response):
        case {"responseCode": 1}:
            return ProviderAnswer(Outcome.OK, "registered", response.status)
        case {"responseCode": 100}:
            words = "not registered, asked twice"
            return ProviderAnswer(Outcome.MISSING, words, response.status)
    return None


PROVIDER = Provider("doi", claims, answer)
