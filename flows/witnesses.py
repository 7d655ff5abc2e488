"""Asks others in a run: registries and the archive about doubtful pages, witnesses about deaths."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import ExternalError
from staycurrent.flows.link_states import rules_fingerprint, with_freshness
from staycurrent.flows.lists import CheckTargets, in_batches
from staycurrent.flows.publishing.git import line_date
from staycurrent.links.former_page import FormerPage, FormerPageLookup
from staycurrent.links.link import Entry, Link
from staycurrent.links.moves import registrable_domain
from staycurrent.links.page.signals import DOMAIN_SELLERS
from staycurrent.links.rdap import RegistrationLookup, parse_bootstrap, shipped_bootstrap
from staycurrent.links.soft_404 import Ownership
from staycurrent.links.wayback import LookupResult, SnapshotLookup, replay_url
from staycurrent.links.witness import WitnessResult
from staycurrent.links.witness_lookup import DoubtfulLink, WitnessLookup, doubtful_link
from staycurrent.reports.text import plural
from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse import lookups, observations, verdicts, witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.response import Fetch, is_complete
from staycurrent.web.robots import RobotsPolicy


def registration_lookup(ctx: RunContext, warehouse: Warehouse, ask: Fetch) -> RegistrationLookup:
    """The lookup of a stage of a run: answers are committed at once.

    All stages of a run together, and its repetitions, ask no more than the settings allow.
    IANA's file is kept as long as the responses of feeds, and read again before the first question
    after that; the one of the package serves where it cannot be read.
    """
    settings = ctx.settings.links.rdap

    async def read_servers() -> Mapping[str, str]:
        kept = lookups.latest_response(warehouse, settings.bootstrap, ctx.run_date)
        if kept is not None and (servers := parse_bootstrap(kept.content)) is not None:
            return servers
        response = await ask(settings.bootstrap)
        is_whole = response.status == 200 and is_complete(response)
        servers = parse_bootstrap(response.body) if is_whole else None
        if servers is None:
            return shipped_bootstrap()
        url, kind, body = settings.bootstrap, "application/json", response.body
        file = CachedResponse(url, ctx.run_date, response.final_url, 200, kind, "", "", body)
        lookups.add_responses(warehouse, [file])
        return servers

    known = witnesses.registrations(warehouse, ctx.run_date)
    today = sum(ctx.run_date in (one.run_date, one.asked_again) for one in known.values())
    left = replace(settings, per_run=max(0, settings.per_run - today))
    keep = partial(witnesses.add_registration, warehouse)
    return RegistrationLookup(
        ask, left, ctx.run_date, known=known, keep=keep, read_servers=read_servers
    )


_PARKING_NAME_SERVERS = DOMAIN_SELLERS | {
    *("above.com", "cashparking.com", "parklogic.com", "uniregistrymarket.link"),
}
"""Domains of their name servers: MISP's list of name servers for parking names them too."""
_LATER = timedelta(days=30)
"""How much later than its line a domain must be registered: dates of registries differ by days."""


LineDates = Callable[[Link], Awaitable[date | None]]
"""Since when a link is listed; None where that is not known."""


def ownership_lookup(
    ctx: RunContext, warehouse: Warehouse, ask: Fetch, dates: LineDates
) -> Callable[[Link], Awaitable[Ownership]]:
    """What is known of the owner of a link's domain, by its registry and the history of the list.

    The line's date is that of its last commit, which is never too early.
    """
    lookup = registration_lookup(ctx, warehouse, ask)

    async def ownership(one: Link) -> Ownership:
        now = await lookup.of_host(one.host)
        # a registry that cannot be asked makes nobody a usurper whom it had cleared
        found = now or lookup.known.get(registrable_domain(one.host) or "")
        if found is None:
            return Ownership()
        names = {registrable_domain(name) for name in found.name_servers}
        is_new = found is now and found.asked_again is None
        is_parked = is_new and bool(names & _PARKING_NAME_SERVERS)
        since = found.registered
        line = await dates(one) if since is not None else None
        if line is None or since is None:
            return Ownership(line=line, is_parked=is_parked)
        is_later = since > line + _LATER
        return Ownership(since if is_later else None, line, not is_later, is_parked)

    return ownership


def line_dates(ctx: RunContext, entries: Mapping[str, Entry]) -> LineDates:
    """The dates of lines by the history of their lists."""
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
    dates: LineDates,
) -> FormerPageLookup:
    """What links showed when they were listed: answers are committed at once.

    A page of that time that is about its entry is the snapshot that is offered, because later ones
    may be those of another party.
    """

    @cache
    def stored() -> dict[str, FormerPage]:  # once, and not before a link is doubtful
        return lookups.former_pages(warehouse, ctx.run_date, list(entries))

    def keep(one: FormerPage) -> None:
        lookups.add_former_page(warehouse, one)
        if one.captured_at is not None and one.is_about:
            url, day = replay_url(one.link, one.captured_at), one.captured_at.date()
            before = day + timedelta(days=1)
            found = SnapshotLookup(one.link, ctx.run_date, before, LookupResult.FOUND, url)
            witnesses.add_snapshots(warehouse, [found])

    wayback, known = ctx.settings.links.wayback, lambda key: stored().get(key)
    return FormerPageLookup(ask, wayback, ctx.now, ctx.run_date, known, keep, dates, entries)


def ask_witnesses(
    ctx: RunContext,
    warehouse: Warehouse,
    run_id: int,
    targets: CheckTargets,
    doubtful_keys: Sequence[str],
) -> None:
    """Ask about those of these links that are about to be flagged; each answer is committed.

    It comes before the verdicts of a run, which follow from its answers too. `doubtful_keys` are
    the links that failed in this run in a way that a witness could contradict.
    """
    if not ctx.settings.links.witness.enabled:
        return
    due: list[DoubtfulLink] = []
    rules = ctx.settings.links.rules
    for keys in in_batches(doubtful_keys):
        stored = verdicts.stored(warehouse, keys, rules_fingerprint(ctx))
        answers = witnesses.of_links(warehouse, keys)
        hosts = {targets.links[key].host for key in keys}
        proven = observations.hosts_once_healthy(warehouse, hosts)
        for key, history in observations.iter_histories(warehouse, keys, pending_run=run_id):
            known = stored[key].verdict if key in stored else None
            observed, own = with_freshness(ctx, history), answers.get(key, ())
            link = targets.links[key]
            is_unproven = link.host not in proven
            one = doubtful_link(link, observed, rules, known, own, is_unproven=is_unproven)
            if one is not None:
                due.append(one)
    if due:
        asyncio.run(_ask(ctx, warehouse, due))


async def _ask(ctx: RunContext, warehouse: Warehouse, due: Sequence[DoubtfulLink]) -> None:
    links = ctx.settings.links
    archive = links.wayback.api if links.wayback.enabled else ""
    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        known = lookups.robots_txt(warehouse, ctx.run_date)
        robots = RobotsPolicy(client, ctx.run_date, cached=known, save=lambda _: None)
        ask, registrations = client.request, registration_lookup(ctx, warehouse, client.request)
        lookup = WitnessLookup(
            ask, robots.fetch, registrations.of_host, archive, links.witness, ctx.now, ctx.run_date
        )
        well = 0
        for one in due:
            answers = await lookup.answers(one)
            witnesses.add(warehouse, answers)
            well += any(answer.result is WitnessResult.WELL for answer in answers)
    asked = plural(lookup.asked + registrations.asked, "question")
    notes = "".join(f"; {note}" for note in dict.fromkeys(lookup.notes))
    ctx.reporter.info(
        f"witnesses: {asked} about {plural(len(due), 'link')} about to be flagged, "
        f"{well} seen well elsewhere{notes}"
    )
