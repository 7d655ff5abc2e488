"""Questions about doubtful pages in a run: to registries, and to the archive."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import ExternalError
from staycurrent.flows.publishing.git import line_date
from staycurrent.links.former_page import FormerPage, FormerPageLookup
from staycurrent.links.link import Entry, Link
from staycurrent.links.moves import registrable_domain
from staycurrent.links.page.signals import DOMAIN_SELLERS
from staycurrent.links.rdap import RegistrationLookup, parse_bootstrap, shipped_bootstrap
from staycurrent.links.soft_404 import Ownership
from staycurrent.links.wayback import LookupResult, SnapshotLookup, replay_url
from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse import lookups, response_cache, witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.response import Fetch, is_complete


def registration_lookup(ctx: RunContext, warehouse: Warehouse, ask: Fetch) -> RegistrationLookup:
    """The lookup of a run: answers are committed at once, questions stay within the settings.

    IANA's file is kept as long as the responses of feeds, and read again before the first question
    after that; the one of the package serves where it cannot be read.
    """
    settings = ctx.settings.links.rdap

    async def read_servers() -> Mapping[str, str]:
        kept = response_cache.latest(warehouse, settings.bootstrap, ctx.run_date)
        if kept is not None and (servers := parse_bootstrap(kept.content)) is not None:
            return servers
        response = await ask(settings.bootstrap)
        is_whole = response.status == 200 and is_complete(response)
        servers = parse_bootstrap(response.body) if is_whole else None
        if servers is None:
            return shipped_bootstrap()
        url, kind, body = settings.bootstrap, "application/json", response.body
        file = CachedResponse(url, ctx.run_date, response.final_url, 200, kind, "", "", body)
        response_cache.add(warehouse, [file])
        return servers

    return RegistrationLookup(
        ask,
        settings,
        ctx.run_date,
        known=witnesses.registrations(warehouse, ctx.run_date),
        keep=lambda one: witnesses.add_registration(warehouse, one),
        read_servers=read_servers,
    )


_PARKING_NAME_SERVERS = DOMAIN_SELLERS | {
    *("above.com", "cashparking.com", "parklogic.com", "uniregistrymarket.link"),
}
"""Domains of their name servers: MISP's list of name servers for parking names them too."""
_LATER = timedelta(days=30)
"""How much later than its line a domain must be registered: dates of registries differ by days."""


def ownership_lookup(
    ctx: RunContext,
    warehouse: Warehouse,
    ask: Fetch,
    dates: Callable[[Link], Awaitable[date | None]],
) -> Callable[[Link], Awaitable[Ownership]]:
    """What is known of the owner of a link's domain, by its registry and the history of the list.

    The line's date is that of its last commit, which is never too early.
    """
    lookup = registration_lookup(ctx, warehouse, ask)

    async def ownership(one: Link) -> Ownership:
        found = await lookup.of_host(one.host)
        if found is None:
            return Ownership()
        names = {registrable_domain(name) for name in found.name_servers}
        is_parked = bool(names & _PARKING_NAME_SERVERS)
        since = found.registered
        line = await dates(one) if since is not None else None
        if line is None or since is None:
            return Ownership(line=line, is_parked=is_parked)
        is_later = since > line + _LATER
        return Ownership(since if is_later else None, line, not is_later, is_parked)

    return ownership


def line_dates(
    ctx: RunContext, entries: Mapping[str, Entry]
) -> Callable[[Link], Awaitable[date | None]]:
    """Since when each link is listed, by the history of its list; None where that is not known."""
    known: dict[str, date | None] = {}

    async def of_link(one: Link) -> date | None:
        entry = entries.get(one.key)
        if one.key in known or entry is None or not entry.path:
            return known.get(one.key)
        try:
            found = await asyncio.to_thread(line_date, Path(entry.path), entry.line)
        except ExternalError as problem:
            ctx.reporter.info(f"check: the date of a line is not known: {problem}")
            found = None
        known[one.key] = found
        return found

    return of_link


def former_page_lookup(
    ctx: RunContext,
    warehouse: Warehouse,
    ask: Fetch,
    entries: Mapping[str, Entry],
    known: dict[str, FormerPage],
    dates: Callable[[Link], Awaitable[date | None]],
) -> FormerPageLookup:
    """What links showed when they were listed: answers are committed at once.

    A page of that time that is about its entry is the snapshot that is offered, because later ones
    may be those of another party.
    """

    def keep(one: FormerPage) -> None:
        lookups.add_former_page(warehouse, one)
        if one.captured_at is not None and one.is_about:
            url, day = replay_url(one.link, one.captured_at), one.captured_at.date()
            before = day + timedelta(days=1)
            found = SnapshotLookup(one.link, ctx.run_date, before, LookupResult.FOUND, url)
            witnesses.add_snapshots(warehouse, [found])

    return FormerPageLookup(
        ask,
        ctx.settings.links.wayback,
        ctx.now,
        ctx.run_date,
        known,
        keep,
        dates,
        entries,
    )
