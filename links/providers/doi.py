"""The DOI system's answers about DOIs: registered or not, wherever they lead."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.links.providers.base import (
    ProviderAnswer,
    ProviderReply,
    ProviderReport,
    check_sequentially,
    confirm_negative,
    unavailable,
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


async def check(
    links: Sequence[Link], *, settings: DoiSettings, ask: Fetch, now: datetime, run_date: date
) -> ProviderReport:
    """Request one DOI after another; a missing one is requested twice."""

    async def ask_about(name: str) -> ProviderReply:
        async def again() -> ProviderReply:
            return parse_response(await ask(f"{settings.api}/{name}"))

        return await confirm_negative(await again(), again)

    patience = settings.patience
    return await check_sequentially(
        "doi", links, claims, ask_about, patience=patience, now=now, run_date=run_date
    )


def parse_response(answer: Response) -> ProviderReply:
    """Conclude from a handle record: response code 1 is a registered DOI, 100 an unknown one."""
    unheard = unavailable(answer)
    if unheard is not None:
        return unheard
    body = json_object(answer)
    match body.get("responseCode") if body else None:
        case 1:
            return ProviderReply(ProviderAnswer(Outcome.OK, "registered", answer.status))
        case 100:
            return ProviderReply(
                ProviderAnswer(Outcome.MISSING, "not registered, asked twice", answer.status)
            )
        case _:
            return ProviderReply(None, "a response of the DOI system cannot be read")
