"""Finds snapshots of failing links early, so that they can be offered once a link is dead."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.link_states import Verdicts, current_verdicts
from staycurrent.flows.lists import check_targets, in_batches, iter_lists
from staycurrent.links.verdict import is_failing
from staycurrent.links.wayback import (
    FailingLink,
    LookupResult,
    SnapshotLookup,
    due_lookups,
    failing_link,
    look_up_snapshots,
)
from staycurrent.warehouse import observations, snapshots
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import host_of


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """How many snapshots were looked up and found."""

    wanted: int
    """Links that were due for a lookup."""
    found: int
    requests: int
    """They do not count for the run, whose requests are those of its checks."""
    note: str = ""
    """Why not all were looked up; empty if all were."""


def find_snapshots(
    ctx: RunContext, db: Database, verdicts: Verdicts | None = None
) -> SnapshotReport:
    """Look up what is suspect or dead and has no snapshot yet.

    It comes after `check`, so for judged runs only. Each result is committed at once; lists are
    not changed. If the archive does not work, nothing else is affected. `verdicts` are those
    that were read since the check.
    """
    settings = ctx.settings.links.wayback
    if not settings.enabled:
        return SnapshotReport(0, 0, 0)
    links = check_targets(iter_lists(ctx), ctx).links
    warehouse = db.writing()
    failing: list[FailingLink] = []
    for keys in in_batches(sorted(links)):
        current = current_verdicts(ctx, warehouse, keys, verdicts)
        suspects = {key: verdict for key, verdict in current.items() if is_failing(verdict)}
        histories = observations.histories(warehouse, list(suspects))
        failing += [
            failing_link(links[key], verdict, histories.get(key, ()))
            for key, verdict in suspects.items()
        ]
    known = snapshots.all_lookups(warehouse)
    due = due_lookups(failing, known, ctx.run_date, settings)
    if not due:
        return SnapshotReport(0, 0, 0)
    report = asyncio.run(_look_up(ctx, warehouse, due))
    note = f"; {report.note}" if report.note else ""
    found = f"{report.found} snapshots of {report.wanted} failing links found"
    ctx.reporter.info(f"archive: {found}, {report.requests} requests{note}")
    return report


async def _look_up(
    ctx: RunContext, warehouse: Warehouse, links: Sequence[FailingLink]
) -> SnapshotReport:
    results: list[SnapshotLookup] = []

    def record(lookup: SnapshotLookup) -> None:
        snapshots.add(warehouse, [lookup])
        results.append(lookup)
        advance()

    waits_for = f"responses of {host_of(ctx.settings.links.wayback.api)}"
    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        with ctx.reporter.progress("archive", len(links), lambda: waits_for) as advance:
            note = await look_up_snapshots(
                links,
                settings=ctx.settings.links.wayback,
                ask=client.request,
                now=ctx.now,
                run_date=ctx.run_date,
                note=record,
            )
        found = sum(lookup.result is LookupResult.FOUND for lookup in results)
        return SnapshotReport(len(links), found, client.requests_sent, note)
