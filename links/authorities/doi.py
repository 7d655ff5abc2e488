"""The DOI system answers for its names: registered or not, wherever they lead."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from staycurrent.links.authorities.body import json_object
from staycurrent.links.authorities.report import Finding, Report, names, report
from staycurrent.links.authorities.settings import Doi
from staycurrent.links.authorities.turn import Reply, confirmed, one_by_one, silence
from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.web.response import Fetch, Response

_HOSTS = frozenset({"doi.org", "www.doi.org", "dx.doi.org"})


def claims(link: Link) -> str | None:
    """The name (`10.1000/182`) as it stands in the address; None for other pages of doi.org."""
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    path = address.target.partition("?")[0]
    return path[1:] if re.fullmatch(r"/10\.\d{4,9}(\.\d+)*/[^/].*", path) else None


async def observe(
    links: Sequence[Link], *, settings: Doi, ask: Fetch, now: datetime, night: date
) -> Report:
    """Ask for one name after another; a missing one is asked for a second time."""

    async def look(name: str) -> Reply:
        async def again() -> Reply:
            return judge(await ask(f"{settings.api}/{name}"))

        return await confirmed(await again(), again)

    named = names(links, claims)
    tonight = await one_by_one(
        list(dict.fromkeys(named.values())), look, patience=settings.patience
    )
    return report("doi", named, tonight, now=now, night=night)


def judge(answer: Response) -> Reply:
    """Conclude from a handle record: response code 1 is a registered name, 100 an unknown one."""
    unheard = silence(answer)
    if unheard is not None:
        return unheard
    body = json_object(answer)
    match body.get("responseCode") if body else None:
        case 1:
            return Reply(Finding(Outcome.OK, "registered", answer.status))
        case 100:
            return Reply(Finding(Outcome.MISSING, "not registered, asked twice", answer.status))
        case _:
            return Reply(None, "an answer of the DOI system's cannot be read")
