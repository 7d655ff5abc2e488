"""`staycurrent check`: checks the links that are due, and concludes their verdicts."""

import asyncio
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from time import monotonic

from staycurrent.flows.checking.interruption import Interruption
from staycurrent.flows.checking.runner import (
    Budget,
    CheckRunner,
    ObservationBuffer,
    refused_observation,
)
from staycurrent.flows.checking.targets import CheckPlan, CheckScope, plan_checks
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, back_up, compact, open_database
from staycurrent.flows.distributed.coordinator import check_in_shards, shard_count
from staycurrent.flows.distributed.executor import Executor
from staycurrent.flows.errors import DONE, Interrupted, NotJudged, UsageError
from staycurrent.flows.hints import hints_afterwards
from staycurrent.flows.link_states import Histories, Verdicts, conclude_verdicts, rules_fingerprint
from staycurrent.flows.lists import (
    BATCH,
    CheckTargets,
    check_targets,
    document_findings,
    in_batches,
    iter_lists,
    named_host,
    read_lists,
)
from staycurrent.flows.preflight import connectivity_error, ensure_monotonic_date, require_room
from staycurrent.flows.snapshots import SnapshotReport, early_due, look_up_early
from staycurrent.flows.witnesses import ask_witnesses
from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.run_gate import RunGate
from staycurrent.links.scheduler import LowerBound
from staycurrent.links.verdict import VerdictState
from staycurrent.links.witness import is_doubtful
from staycurrent.reports.text import plural
from staycurrent.reports.wording import findings_by_kind, reason_text
from staycurrent.warehouse import observations, runs, verdicts, witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus

_DUE = CheckScope()


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check did."""

    run_id: int
    links: int
    checked: int
    requests: int
    changed: int
    """Verdicts that changed."""
    pace: str = ""
    """How long the checks of pages took, and the least time that they could take."""
    archive: SnapshotReport | None = None
    """What the archive was asked during the checks."""
    is_first: bool = False
    """Whether no run before was judged."""
    verdicts: Verdicts = field(default_factory=dict)
    """What it concluded, if one batch holds it all."""


@dataclass(slots=True)
class _Checked:
    """What the checks of a run cost."""

    requests: int = 0
    pace: str = ""
    refused: int = 0
    """Recorded without a request."""
    error: str | None = None
    """Why the observations cannot be trusted."""
    archive: SnapshotReport | None = None


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Check, compact and back up."""
    scope = CheckScope(arguments.all, arguments.host, arguments.limit, arguments.witness or "")
    if scope.all and scope.vantage:
        raise UsageError("--witness: checks what is about to be flagged; leave out --all")
    with open_database(ctx) as db:
        ensure_monotonic_date(ctx, db)
        with hints_afterwards(ctx, db, is_quiet=arguments.quiet):
            report = check(ctx, db, scope)
            compact(ctx, db)
            back_up(ctx, db)
    if arguments.verbose:
        ctx.reporter.info(f"check: {report.pace}")
    return DONE


def check(
    ctx: RunContext,
    db: Database,
    scope: CheckScope = _DUE,
    *,
    executor: Executor | None = None,
    archive: bool = False,
) -> CheckReport:
    """Check what is due and conclude the verdicts.

    `executor` checks the shards of many links (None: processes of this machine). `archive`: while
    failed links wait for their second check, ask for their snapshots, if one process checks all.
    Raises UsageError for a host that no link has.
    Raises NotJudged where the observations of this run cannot be trusted; they are kept, and no
    verdict changes.
    Raises Interrupted at Ctrl-C and SIGTERM; the next run of this date continues it.
    """
    if scope.host is not None:
        urls = (one.url for listed in iter_lists(ctx) for one in listed.document.occurrences)
        scope = replace(scope, host=named_host(scope.host, urls))
    targets = check_targets(iter_lists(ctx), ctx, with_entries=True)
    require_room(ctx)
    warehouse = db.writing()
    is_first = not runs.is_any_judged(warehouse)
    plan = plan_checks(ctx, warehouse, targets, scope)
    total = len(targets.links) + len(targets.refused)
    run_id = _begin_run(ctx, warehouse, plan, total, scope)
    if is_first and not scope.vantage and total <= BATCH:
        _report_findings(ctx)
    buffer = ObservationBuffer(warehouse, run_id)
    shards = shard_count(len(plan.keys), ctx.settings.scale, elsewhere=executor is not None)
    with Interruption() as interruption:
        if shards == 1:
            asks = archive and ctx.settings.links.wayback.enabled
            flags = {"asks": asks, "is_first": is_first}
            checked = asyncio.run(_check_here(ctx, buffer, targets, plan, interruption, **flags))
        else:
            checked = _check_in_shards(ctx, buffer, targets, plan, shards, executor, interruption)
        buffer.flush()
        if interruption:
            raise _interrupted(ctx, buffer, plan, checked)
    histories: Histories = {}
    if checked.error is None and not scope.vantage:
        checked.error, histories, doubtful = _survey(ctx, warehouse, run_id, targets, plan)
        if checked.error is None:
            ask_witnesses(ctx, warehouse, run_id, targets, doubtful)
    changed, concluded = _finish_run(ctx, buffer, targets, checked, histories)
    if checked.error is not None:
        raise NotJudged(checked.error)
    if checked.archive is not None:
        witnesses.add_snapshots(warehouse, checked.archive.lookups)
    recorded = buffer.recorded
    refused = f"{checked.refused} not requested, " if checked.refused else ""
    count = plural(recorded - checked.refused, "link")
    verdicts_changed = f"{plural(changed, 'verdict')} changed"
    ctx.reporter.info(f"check: {count} checked, {refused}{verdicts_changed}")
    counts = run_id, total, recorded, checked.requests, changed
    return CheckReport(*counts, checked.pace, checked.archive, is_first, concluded)


def _begin_run(
    ctx: RunContext, warehouse: Warehouse, plan: CheckPlan, total: int, scope: CheckScope
) -> int:
    with warehouse.transaction():
        run_id = runs.begin(
            warehouse,
            run_date=ctx.run_date,
            started_at=ctx.now(),
            links=total,
            vantage=scope.vantage,
        )
        if not scope.vantage:
            runs.add_statistics(warehouse, run_id, plan.policy)
    what = "about to be flagged" if scope.vantage else "due"
    be = "is" if 1 in (len(plan.keys), total) else "are"
    ctx.reporter.info(f"check: {len(plan.keys)} of {plural(total, 'link')} {be} {what}")
    return run_id


def _report_findings(ctx: RunContext) -> None:
    """What is wrong with the text itself, before the first request."""
    findings = document_findings(read_lists(ctx), ctx.run_date)
    if findings:
        kinds = (f"{heading} ({len(rows)})" for heading, rows in findings_by_kind(findings))
        count = plural(len(findings), "finding")
        ctx.reporter.info(f"check: {count} in the text itself: {'; '.join(kinds)}")


def _described(found: Counter[str]) -> str:
    """`12 links work; of the others: archived (2), not found (1)`."""
    works = sum(found[one] for one in (Outcome.OK, Outcome.REDIRECTED, Freshness.FRESH))
    others = [
        f"{reason_text(one)} ({count})"
        for one, count in found.most_common()
        if one not in (Outcome.OK, Outcome.REDIRECTED, Freshness.FRESH)
    ]
    verb = "works" if works == 1 else "work"
    rest = f"; of the others: {', '.join(others)}" if others else ""
    return f"{plural(works, 'link')} {verb}{rest}"


def _interrupted(
    ctx: RunContext, buffer: ObservationBuffer, plan: CheckPlan, checked: _Checked
) -> Interrupted:
    """Record that the run was interrupted; the exception that says so."""
    words = (
        f"{buffer.recorded} of {plural(len(plan.keys), 'link')} are checked and kept; "
        "the next run of this date goes on with the others"
    )
    runs.finish(
        buffer.warehouse,
        buffer.run_id,
        status=RunStatus.INTERRUPTED,
        reason=f"interrupted: {words}",
        finished_at=ctx.now(),
        checked=buffer.recorded,
        requests=checked.requests,
        seconds=(ctx.now() - ctx.clock.as_of).total_seconds(),
    )
    return Interrupted(words)


async def _check_here(
    ctx: RunContext,
    buffer: ObservationBuffer,
    targets: CheckTargets,
    plan: CheckPlan,
    interruption: Interruption,
    *,
    asks: bool,
    is_first: bool,
) -> _Checked:
    """Check everything in this process, which is best for few links; canaries before and after."""
    checked, asked = _Checked(), list[asyncio.Task[SnapshotReport | None]]()

    def meanwhile(failed: Sequence[Observation]) -> None:
        if is_first:
            ctx.reporter.info(f"check: so far {_described(runner.found)}")
        due = (
            early_due(ctx, buffer.warehouse, targets.links, failed, plan.histories)
            if failed and asks
            else ()
        )
        if failed and ctx.settings.links.second_look_s:
            archive = "; meanwhile the archive is asked for snapshots" if due else ""
            count = plural(len(failed), "link")
            ctx.reporter.info(f"check: {count} failed, each is checked twice{archive}")
        if due:
            lookups = look_up_early(ctx, client, due)
            asked.append(asyncio.ensure_future(interruption.limit(lookups)))

    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        checked.error = await interruption.limit(connectivity_error(client, ctx))
        if checked.error is None and not interruption:
            budget = Budget(ctx, client, interruption, limited=plan.limited)
            changed_on = observations.identities_changed_on(buffer.warehouse, ctx.run_date)
            runner = CheckRunner(
                ctx,
                client,
                budget,
                buffer,
                changed_on,
                targets.entries,
                meanwhile=meanwhile,
                histories=plan.histories,
            )
            began, links = monotonic(), [targets.links[key] for key in plan.keys]
            bound = await runner.check(links)
            checked.archive = next(iter(await asyncio.gather(*asked)), None)
            checked.pace = _pace(len(split_by_provider(links)[1]), monotonic() - began, bound)
            runner.exclude_outages()
            if not interruption:
                _report_deferred(ctx, plan.waiting + budget.deferred)
                if not plan.vantage:
                    checked.refused = _record_refused(ctx, buffer, targets, plan)
            if plan.keys and not interruption:
                checked.error = await interruption.limit(connectivity_error(client, ctx))
        checked.requests = client.requests_sent
        if checked.archive is not None:
            checked.requests -= checked.archive.requests
    return checked


def _check_in_shards(
    ctx: RunContext,
    buffer: ObservationBuffer,
    targets: CheckTargets,
    plan: CheckPlan,
    shards: int,
    executor: Executor | None,
    interruption: Interruption,
) -> _Checked:
    """Check everything in shards, elsewhere; canaries before and after, in this process."""
    checked = asyncio.run(_check_connectivity(ctx))
    if checked.error is not None or interruption:
        return checked
    began = monotonic()
    totals = check_in_shards(ctx, buffer, targets, plan, shards, executor, interruption)
    if interruption:
        return _Checked(checked.requests + totals.requests)
    pace = _pace(len(plan.keys), monotonic() - began, totals.bound)
    _report_deferred(ctx, plan.waiting + totals.remaining)
    refused = 0 if plan.vantage else _record_refused(ctx, buffer, targets, plan)
    after = asyncio.run(_check_connectivity(ctx))
    requests = checked.requests + totals.requests + after.requests
    return _Checked(requests, pace, refused, after.error)


async def _check_connectivity(ctx: RunContext) -> _Checked:
    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        error = await connectivity_error(client, ctx)
        return _Checked(client.requests_sent, error=error)


def _pace(pages: int, seconds: float, bound: LowerBound) -> str:
    once = (
        f", of which {bound.first_checks_s:.1f} s for the first checks"
        if bound.first_checks_s
        else ""
    )
    return (
        f"{pages} pages took {seconds:.1f} s with their confirmations{once}; in any order they "
        f"would have taken at least {bound.seconds:.1f} s ({bound.reason})"
    )


def _report_deferred(ctx: RunContext, deferred: int) -> None:
    if deferred:
        ctx.reporter.info(f"check: {plural(deferred, 'link')} deferred to the next run")


def _record_refused(
    ctx: RunContext, buffer: ObservationBuffer, targets: CheckTargets, plan: CheckPlan
) -> int:
    """Record what is never requested, unless a run of the same date did; how many that are."""
    due = {url: one for url, one in targets.refused.items() if url not in plan.checked}
    for url, unusable in due.items():
        buffer.add(refused_observation(ctx, url, unusable))
    return len(due)


def _survey(
    ctx: RunContext, warehouse: Warehouse, run_id: int, targets: CheckTargets, plan: CheckPlan
) -> tuple[str | None, Histories, list[str]]:
    """Why the observations of the run cannot be trusted, or None; and the histories it read.

    The histories are returned only if one batch holds them all, so that memory stays bounded. The
    last are the links that failed in a way that a second witness could contradict.
    """
    survey, histories = RunGate(ctx.run_date, ctx.settings.links.run_gate), {}
    doubtful: list[str] = []
    due = plan.checked.union(plan.keys)
    for keys in in_batches(targets.links):
        checked = [key for key in keys if key in due]
        for key, history in observations.iter_histories(warehouse, checked, pending_run=run_id):
            if history[-1].run_date == ctx.run_date:
                survey.add(history[-1], history)
                if is_doubtful(history[-1:]):
                    doubtful.append(key)
            if len(keys) == len(targets.links):
                histories[key] = history
    return survey.objection(), histories, doubtful


def _finish_run(
    ctx: RunContext,
    buffer: ObservationBuffer,
    targets: CheckTargets,
    checked: _Checked,
    histories: Histories,
) -> tuple[int, Verdicts]:
    """Close the run and, if it is judged, record the verdicts, in one transaction.

    Returns the number of verdicts that changed, and all of them if one batch holds them.
    """
    warehouse, rules_version, changed = buffer.warehouse, rules_fingerprint(ctx), 0
    after: Verdicts = {}
    with warehouse.transaction():
        runs.finish(
            warehouse,
            buffer.run_id,
            status=RunStatus.NOT_JUDGED if checked.error else RunStatus.JUDGED,
            reason=checked.error or "",
            finished_at=ctx.now(),
            checked=buffer.recorded,
            requests=checked.requests,
            seconds=(ctx.now() - ctx.clock.as_of).total_seconds(),
        )
        if checked.error is not None:
            return 0, {}
        for keys in in_batches(chain(targets.links, targets.refused)):
            stored = verdicts.stored(warehouse, keys, rules_version)
            before = {key: one.verdict for key, one in stored.items() if one.verdict is not None}
            after = conclude_verdicts(ctx, warehouse, keys, stored, histories)
            verdicts.record(warehouse, buffer.run_id, after.values(), before)
            changed += sum(
                verdict.state
                is not (before[key].state if key in before else VerdictState.UNCHECKED)
                for key, verdict in after.items()
            )
        verdicts.record_rules_version(warehouse, buffer.run_id, rules_version)
    is_one_batch = len(targets.links) + len(targets.refused) <= BATCH
    return changed, after if is_one_batch else {}
