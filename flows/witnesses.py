"""Asks second witnesses in a run about the links that would become dead in it."""

import asyncio
from collections.abc import Sequence

from staycurrent.flows.context import RunContext
from staycurrent.flows.link_states import rules_fingerprint, with_freshness
from staycurrent.flows.lists import CheckTargets, in_batches
from staycurrent.flows.registrations import registration_lookup
from staycurrent.links.witness import WitnessResult
from staycurrent.links.witness_lookup import DoubtfulLink, WitnessLookup, doubtful_link
from staycurrent.reports.text import plural
from staycurrent.warehouse import lookups, observations, verdicts, witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.robots import RobotsPolicy


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
    for keys in in_batches(doubtful_keys):
        stored = verdicts.stored(warehouse, keys, rules_fingerprint(ctx))
        answers = witnesses.of_links(warehouse, keys)
        hosts = {targets.links[key].host for key in keys}
        proven = observations.hosts_once_healthy(warehouse, hosts)
        for key, history in observations.iter_histories(warehouse, keys, pending_run=run_id):
            known = stored[key].verdict if key in stored else None
            observed, own = with_freshness(ctx, history), answers.get(key, ())
            link = targets.links[key]
            one = doubtful_link(
                link,
                observed,
                ctx.settings.links.rules,
                known,
                own,
                is_unproven=link.host not in proven,
            )
            if one is not None:
                due.append(one)
    if due:
        asyncio.run(_ask(ctx, warehouse, due))


async def _ask(ctx: RunContext, warehouse: Warehouse, due: Sequence[DoubtfulLink]) -> None:
    settings = ctx.settings
    async with ctx.open_client(settings.web, ctx.run_date) as client:
        known = lookups.robots_txt(warehouse, ctx.run_date)
        robots = RobotsPolicy(client, ctx.run_date, cached=known, save=lambda _: None)
        registrations = registration_lookup(ctx, warehouse, client.request)
        lookup = WitnessLookup(
            client.request,
            robots.fetch if settings.web.robots else client.request,
            registrations.of_host,
            settings.links.wayback.api if settings.links.wayback.enabled else "",
            settings.links.witness,
            ctx.now,
            ctx.run_date,
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
