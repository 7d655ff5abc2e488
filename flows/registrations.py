"""Questions about domains in a run: with what is known of them, and with IANA's present file."""

from collections.abc import Mapping

from staycurrent.flows.context import RunContext
from staycurrent.links.rdap import RegistrationLookup, parse_bootstrap, shipped_bootstrap
from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse import lookups, response_cache
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
        is_whole = response.failure is None and response.status == 200 and is_complete(response)
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
        known=lookups.registrations(warehouse, ctx.run_date),
        keep=lambda one: lookups.add_registration(warehouse, one),
        read_servers=read_servers,
    )
