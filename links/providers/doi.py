"""The DOI system's answers about DOIs: registered or not, wherever they lead."""

import re

from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.links.providers import base
from staycurrent.links.settings import DoiSettings
from staycurrent.web.response import json_object

_HOSTS = frozenset({"doi.org", "www.doi.org", "dx.doi.org"})


def claims(link: Link) -> str | None:
    """The DOI (`10.1000/182`) as in the URL; None for other pages of doi.org."""
    found = re.fullmatch(r"/(10\.\d{4,9}(\.\d+)*/[^/].*)", base.path_at(link, _HOSTS))
    return found[1] if found else None


async def request(name: str, api: base.Api[DoiSettings]) -> base.ProviderReply:
    """Request one handle record: response code 1 is a registered DOI, 100 an unknown one."""
    response = await api.ask(f"{api.settings.api}/{name}")
    answer = None
    match json_object(response):
        case {"responseCode": 1}:
            answer = base.ProviderAnswer(Outcome.OK, "registered", response.status)
        case {"responseCode": 100}:
            words = "not registered, asked twice"
            answer = base.ProviderAnswer(Outcome.MISSING, words, response.status)
    return base.reply_to(response, answer, "the DOI system")


PROVIDER = base.Provider("doi", claims, base.one_by_one(request, request))
