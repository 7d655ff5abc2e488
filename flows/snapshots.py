"""The stage `archive`: finds a snapshot of what fails, early, so that it can be offered later."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.lists import check_targets, in_batches, iter_lists
from staycurrent.links.link import Link
from staycurrent.links.verdict import is_failing
from staycurrent.links.wayback import (
    FailingLink,
    LookupResult,
    SnapshotLookup,
    due_lookups,
    failing_link,
    look_up_snapshots,
)
from staycurrent.warehouse import lookups, observations, verdicts
from staycurrent.warehouse.open import Warehouse


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What the archive was asked tonight, and what came of it."""

    wanted: int
    """Links that were to be looked up tonight."""
    found: int
    requests: int
    """Of this stage; no part of the run's, which are those that judge links."""
    note: str = ""
    """Why not all were looked up; empty where all were."""


def find_snapshots(ctx: RunContext, db: Database) -> SnapshotReport:
    """Look up what is suspect or dead and has no snapshot yet; an archive in trouble harms nothing.

    Comes after `check`, so that it runs on judged nights only. Each answer is committed as it
    comes; nothing is written to a list.
    """
    if not ctx.settings.links.wayback.enabled:
        return SnapshotReport(0, 0, 0)
    links = check_targets(iter_lists(ctx), ctx).links
    warehouse = db.writing()
    failing = list(_failing(warehouse, links))
    known = lookups.snapshot_lookups(warehouse)
    asked = due_lookups(failing, known, ctx.run_date, ctx.settings.links.wayback)
    report = asyncio.run(_look_up(ctx, warehouse, asked)) if asked else SnapshotReport(0, 0, 0)
    if report.wanted:
        why = f"; {report.note}" if report.note else ""
        found = f"{report.found} snapshots of {report.wanted} failing links found"
        ctx.reporter.info(f"archive: {found}, {report.requests} requests{why}")
    return report


def _failing(warehouse: Warehouse, links: Mapping[str, Link]) -> Iterator[FailingLink]:
    """What the check just recorded as suspect or dead, in the order of the links' keys."""
    for keys in in_batches(sorted(links)):
        standing = verdicts.latest(warehouse, keys)
        failing = {key: one for key, one in standing.items() if is_failing(one)}
        histories = observations.histories(warehouse, list(failing))
        for key, verdict in failing.items():
            yield failing_link(links[key], verdict, histories.get(key, ()))


async def _look_up(
    ctx: RunContext, warehouse: Warehouse, asked: Sequence[FailingLink]
) -> SnapshotReport:
    made: list[SnapshotLookup] = []

    def note(one: SnapshotLookup) -> None:
        lookups.add_snapshot_lookups(warehouse, [one])
        made.append(one)

    async with ctx.open_client(ctx.settings.web, ctx.run_date) as web:
        why = await look_up_snapshots(
            asked,
            settings=ctx.settings.links.wayback,
            ask=web.request,
            now=ctx.now,
            night=ctx.run_date,
            note=note,
        )
        found = sum(one.result is LookupResult.FOUND for one in made)
        return SnapshotReport(len(asked), found, web.requests_sent, why)
