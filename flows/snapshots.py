"""Finds snapshots of failing links early, so that they can be offered once a link is dead."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Unpack

from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.endings import read_endings
from staycurrent.flows.link_states import Histories, Verdicts, current_verdicts, with_freshness
from staycurrent.flows.lists import check_targets, in_batches, lazy_lists
from staycurrent.links import wayback
from staycurrent.links.link import Link
from staycurrent.links.observation import Observation
from staycurrent.links.verdict import conclude_verdict, is_failing
from staycurrent.reports.text import plural
from staycurrent.warehouse import observations, witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import host_of
from staycurrent.web.client import Client
from staycurrent.web.response import RequestOptions, Response


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """How many snapshots were looked up and found."""

    wanted: int = 0
    """Links that were due for a lookup."""
    found: int = 0
    requests: int = 0
    """They do not count for the run, whose requests are those of its checks."""
    note: str = ""
    """Why not all were looked up; empty if all were."""
    lookups: tuple[wayback.SnapshotLookup, ...] = ()


def find_snapshots(
    ctx: RunContext,
    db: Database,
    verdicts: Verdicts | None = None,
    early: SnapshotReport | None = None,
) -> SnapshotReport:
    """Look up what is suspect or dead, or ends soon, and was not looked up early.

    It comes after `check`, so for judged runs only. Each result is committed at once; lists are
    not changed. If the archive does not work, nothing else is affected. `verdicts` are those
    that were read since the check, `early` is what was asked during it.
    """
    if not ctx.settings.links.wayback.enabled:
        return SnapshotReport()
    report, early = SnapshotReport(), early or SnapshotReport()
    warehouse, kinds = db.writing(), "failing"
    if not early.note:
        due = _due(ctx, warehouse, _failing_links(ctx, warehouse, verdicts))
        report = asyncio.run(_look_up_afterwards(ctx, warehouse, due)) if due else report
        kinds += " or ending" if any(one.ending for one in due) else ""
    report = SnapshotReport(
        early.wanted + report.wanted,
        early.found + report.found,
        early.requests + report.requests,
        early.note or report.note,
    )
    if report.wanted:
        note = f"; {report.note}" if report.note else ""
        links, requests = plural(report.wanted, f"{kinds} link"), plural(report.requests, "request")
        found = f"{plural(report.found, 'snapshot')} of {links} found"
        ctx.reporter.info(f"archive: {found}, {requests}{note}")
    return report


def early_due(
    ctx: RunContext,
    warehouse: Warehouse,
    links: Mapping[str, Link],
    failed: Sequence[Observation],
    known: Histories,
) -> tuple[wayback.FailingLink, ...]:
    """The links to look up of those whose check of this run failed, before it is confirmed.

    `known` are the histories of all links, if they were read already.
    """
    histories = known or observations.histories(warehouse, [one.link for one in failed])
    failing: list[wayback.FailingLink | None] = []
    for one in failed:
        history = with_freshness(ctx, (*histories.get(one.link, ()), one))
        verdict = conclude_verdict(one.link, history, ctx.settings.links.rules)
        failing.append(wayback.failing_link(links[one.link], verdict, history))
    return _due(ctx, warehouse, filter(None, failing))


def _failing_links(
    ctx: RunContext, warehouse: Warehouse, verdicts: Verdicts | None
) -> Iterable[wayback.FailingLink]:
    links, known = check_targets(lazy_lists(ctx), ctx).links, read_endings(ctx, warehouse)
    for keys in in_batches(sorted(links)):
        current = current_verdicts(ctx, warehouse, keys, verdicts)
        suspects = {key: verdict for key, verdict in current.items() if is_failing(verdict)}
        histories = observations.histories(warehouse, list(suspects))
        failing = (
            wayback.failing_link(links[key], one, histories.get(key, ()))
            for key, one in suspects.items()
        )
        ending = (
            wayback.ending_link(links[key], one) for key, one in current.items() if known.of(one)
        )
        yield from filter(None, chain(failing, ending))


def _due(
    ctx: RunContext, warehouse: Warehouse, failing: Iterable[wayback.FailingLink]
) -> tuple[wayback.FailingLink, ...]:
    """As many as may still be looked up on this date."""
    settings, known = ctx.settings.links.wayback, witnesses.snapshot_lookups(warehouse)
    today = sum(one.run_date == ctx.run_date for lookups in known.values() for one in lookups)
    left = replace(settings, per_run=max(0, settings.per_run - today))
    return wayback.due_lookups(failing, known, ctx.run_date, left)


async def _look_up_afterwards(
    ctx: RunContext, warehouse: Warehouse, due: Sequence[wayback.FailingLink]
) -> SnapshotReport:
    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        return await look_up(ctx, client, due, lambda one: witnesses.add_snapshots(warehouse, one))


async def look_up(
    ctx: RunContext,
    client: Client,
    due: Sequence[wayback.FailingLink],
    keep: Callable[[Sequence[wayback.SnapshotLookup]], None] = lambda _: None,
) -> SnapshotReport:
    """Look these links up; `keep` stores each result at once.

    What is looked up while a link waits for its second check, minutes after the first one, is not
    stored before the run is judged.
    """
    results, requests = list[wayback.SnapshotLookup](), 0

    async def ask(url: str, **options: Unpack[RequestOptions]) -> Response:
        nonlocal requests
        response = await client.request(url, **options)
        requests += response.requests
        return response

    settings = ctx.settings.links.wayback
    waits_for = f"responses of {host_of(settings.api)}"
    with ctx.reporter.progress("archive", len(due), lambda: waits_for) as advance:

        def note(lookup: wayback.SnapshotLookup) -> None:
            keep([lookup])
            results.append(lookup)
            advance()

        why = await wayback.look_up_snapshots(
            due, settings=settings, ask=ask, now=ctx.now, run_date=ctx.run_date, note=note
        )
    found = sum(lookup.result is wayback.LookupResult.FOUND for lookup in results)
    return SnapshotReport(len(due), found, requests, why, tuple(results))
