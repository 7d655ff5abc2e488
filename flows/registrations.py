"""Questions about domains in a run: with what is known of them, and with IANA's present file."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import ExternalError
from staycurrent.flows.publishing.git import line_date
from staycurrent.links.link import Entry, Link
from staycurrent.links.moves import registrable_domain
from staycurrent.links.page.signals import DOMAIN_SELLERS
from staycurrent.links.rdap import RegistrationLookup, parse_bootstrap, shipped_bootstrap
from staycurrent.links.soft_404 import Ownership
from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse import response_cache, witnesses
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
    ctx: RunContext, warehouse: Warehouse, ask: Fetch, entries: Mapping[str, Entry]
) -> Callable[[Link], Awaitable[Ownership]]:
    """What is known of the owner of a link's domain, by its registry and the history of the list.

    The line's date is that of its last commit, which is never too early.
    """
    lookup = registration_lookup(ctx, warehouse, ask)

    async def ownership(one: Link) -> Ownership:
        found, entry = await lookup.of_host(one.host), entries.get(one.key)
        if found is None:
            return Ownership()
        names = {registrable_domain(name) for name in found.name_servers}
        is_parked = bool(names & _PARKING_NAME_SERVERS)
        since, line = found.registered, None
        if since is not None and entry is not None and entry.path:
            try:
                line = await asyncio.to_thread(line_date, Path(entry.path), entry.line)
            except ExternalError as problem:
                ctx.reporter.info(f"check: the date of a line is not known: {problem}")
        is_later = line is not None and since is not None and since > line + _LATER
        return Ownership(since if is_later else None, line, is_parked)

    return ownership
