"""GitHub answers for repositories: there or not, renamed, archived, disabled, idle."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from staycurrent.identity import identify
from staycurrent.links.authorities import github_graphql, github_rest
from staycurrent.links.authorities.github_repository import NAME
from staycurrent.links.authorities.report import Finding, Report, Tonight, names, report
from staycurrent.links.authorities.settings import GitHub
from staycurrent.links.authorities.turn import Reply, confirmed, one_by_one, page_look
from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.web.response import Fetch

__all__ = ["claims", "observe"]

_HOSTS = frozenset({"github.com", "www.github.com"})
_PAGES = re.compile(
    r"account|codespaces|copilot|dashboard|edu|education|git-guides|github-copilot|home|images"
    r"|join|logout|mobile|models|newsroom|organizations|partners|premium-support|resources"
    r"|sitemap|solutions|startups|user-attachments|why-github",
    re.IGNORECASE,
)
"""First segments of GitHub's own pages that read like an owner's name."""


def claims(link: Link) -> str | None:
    """`owner/name` where the link is to a repository's front page; else the page is asked."""
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    thing = identify(address.url)
    if thing is None or thing.kind != "repository":
        return None
    path = address.target.partition("?")[0]
    name = re.sub(r"(?i)\.git$", "", path.strip("/"))
    owner = name.partition("/")[0]
    return name if NAME.fullmatch(name) and not _PAGES.fullmatch(owner) else None


async def observe(
    links: Sequence[Link], *, settings: GitHub, ask: Fetch, now: datetime, night: date
) -> Report:
    """Ask about all repositories at once with a token, else one by one as far as the quota goes."""
    named = names(links, claims)
    wanted = list(dict.fromkeys(named.values()))
    ask_all = _with_token if settings.token else _without_token
    tonight = await ask_all(wanted, settings=settings, ask=ask, now=now)
    return report("github", named, tonight, now=now, night=night)


async def _without_token(
    wanted: Sequence[str], *, settings: GitHub, ask: Fetch, now: datetime
) -> Tonight:
    async def look(name: str) -> Reply:
        async def again() -> Reply:
            return await github_rest.look(name, settings=settings, ask=ask, now=now)

        page = f"{settings.site}/{name}"
        return await confirmed(await again(), lambda: page_look(page, ask, otherwise=again))

    return await one_by_one(wanted, look, patience=settings.patience)


async def _with_token(
    wanted: Sequence[str], *, settings: GitHub, ask: Fetch, now: datetime
) -> Tonight:
    first, withheld = await github_graphql.ask_all(wanted, settings=settings, ask=ask, now=now)
    missing = {n: f for n, f in first.findings.items() if f.outcome is Outcome.MISSING}
    second = await _second_looks(missing, settings=settings, ask=ask, now=now)
    third = await _without_token(withheld, settings=settings, ask=ask, now=now)
    found = {n: f for n, f in first.findings.items() if n not in missing}
    return Tonight(
        found | dict(second.findings) | dict(third.findings),
        first.notes + second.notes + third.notes,
    )


async def _second_looks(
    missing: dict[str, Finding], *, settings: GitHub, ask: Fetch, now: datetime
) -> Tonight:
    async def look(name: str) -> Reply:
        async def again() -> Reply:
            return await _alone(name, settings=settings, ask=ask, now=now)

        page = f"{settings.site}/{name}"
        first = Reply(missing[name])
        return await confirmed(first, lambda: page_look(page, ask, otherwise=again))

    return await one_by_one(list(missing), look, patience=settings.patience)


async def _alone(name: str, *, settings: GitHub, ask: Fetch, now: datetime) -> Reply:
    single = replace(settings, batch=1)
    tonight, _ = await github_graphql.ask_all([name], settings=single, ask=ask, now=now)
    return Reply(tonight.findings.get(name), "; ".join(tonight.notes), stop=bool(tonight.notes))
