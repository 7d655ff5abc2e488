"""`staycurrent check`: checks the links that are due, and concludes their verdicts."""

import asyncio
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from time import monotonic

from staycurrent.flows import lists
from staycurrent.flows.checking.interruption import Interruption
from staycurrent.flows.checking.runner import (
    Budget,
    CheckRunner,
    ObservationBuffer,
    refused_observation,
    report_few_files,
)
from staycurrent.flows.checking.targets import CheckPlan, CheckScope, plan_checks
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, back_up, compact, open_database
from staycurrent.flows.distributed.coordinator import check_in_shards, shard_count
from staycurrent.flows.distributed.executor import Executor
from staycurrent.flows.errors import DONE, Interrupted, NotJudged, UsageError
from staycurrent.flows.hints import hints_afterwards
from staycurrent.flows.link_states import Histories, Verdicts, conclude_verdicts, rules_fingerprint
from staycurrent.flows.preflight import connectivity_error, ensure_monotonic_date, require_room
from staycurrent.flows.snapshots import SnapshotReport, early_due, look_up
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
    verdict changes. Also where processes died: the next run of this date continues it.
    Raises Interrupted at Ctrl-C and SIGTERM; the next run of this date continues it.
    """
    if scope.host is not None:
        urls = (one.url for listed in lists.lazy_lists(ctx) for one in listed.document.occurrences)
        scope = replace(scope, host=lists.named_host(scope.host, urls))
    targets = lists.check_targets(lists.lazy_lists(ctx), ctx, with_entries=True)
    require_room(ctx)
    warehouse = db.writing()
    is_first = runs.latest_judged(warehouse) is None
    plan = plan_checks(ctx, warehouse, targets, scope)
    run_id = _begin_run(ctx, warehouse, plan, targets)
    if is_first and not scope.vantage and targets.total <= lists.BATCH:
        _report_findings(ctx)
    buffer = ObservationBuffer(warehouse, run_id)
    shards = shard_count(len(plan.keys), ctx.settings.scale, elsewhere=executor is not None)
    with Interruption() as interruption:
        checks = _Check(ctx, buffer, targets, plan, interruption)
        if shards == 1:
            asks = archive and ctx.settings.links.wayback.enabled
            asyncio.run(checks.check_here(asks=asks, is_first=is_first))
        else:
            checks.check_in_shards(shards, executor)
        buffer.flush()
        if interruption:
            raise Interrupted(checks.unfinished("interrupted"))
        if checks.lost:
            raise NotJudged(f"{checks.lost}; {checks.unfinished(checks.lost)}")
    histories = {} if checks.error or scope.vantage else checks.survey()
    changed, concluded = checks.conclude(histories)
    if checks.error is not None:
        raise NotJudged(checks.error)
    if checks.archive is not None:
        witnesses.add_snapshots(warehouse, checks.archive.lookups)
    recorded = buffer.recorded
    refused = f"{checks.refused} not requested, " if checks.refused else ""
    count = plural(recorded - checks.refused, "link")
    verdicts_changed = f"{plural(changed, 'verdict')} changed"
    ctx.reporter.info(f"check: {count} checked, {refused}{verdicts_changed}")
    counts = targets.total, recorded, checks.requests, changed
    return CheckReport(*counts, checks.pace, checks.archive, is_first, concluded)


def _begin_run(
    ctx: RunContext, warehouse: Warehouse, plan: CheckPlan, targets: lists.CheckTargets
) -> int:
    vantage, total = plan.vantage, targets.total
    already = sum(key in plan.checked for key in targets.links)
    with warehouse.transaction():
        run_id = runs.begin(
            warehouse, run_date=ctx.run_date, started_at=ctx.now(), links=total, vantage=vantage
        )
        if not vantage:
            runs.add_statistics(warehouse, run_id, plan.policy)
    what = "about to be flagged" if vantage else "due"
    be = "is" if 1 in (len(plan.keys), total) else "are"
    known = f"; {already} checked earlier on this date" if already else ""
    ctx.reporter.info(f"check: {len(plan.keys)} of {plural(total, 'link')} {be} {what}{known}")
    return run_id


def _report_findings(ctx: RunContext) -> None:
    """What is wrong with the text itself, before the first request."""
    findings = lists.document_findings(lists.read_lists(ctx), ctx.run_date)
    if findings:
        kinds = (f"{heading} ({len(rows)})" for heading, rows in findings_by_kind(findings))
        count = plural(len(findings), "finding")
        ctx.reporter.info(f"check: {count} in the text itself: {'; '.join(kinds)}")


_WORKS = (Outcome.OK, Outcome.REDIRECTED, Freshness.FRESH)


def _described(found: Counter[str]) -> str:
    """`12 links work; of the others: archived (2), not found (1)`."""
    works = sum(found[one] for one in _WORKS)
    others = [
        f"{reason_text(one)} ({count})" for one, count in found.most_common() if one not in _WORKS
    ]
    verb = "works" if works == 1 else "work"
    rest = f"; of the others: {', '.join(others)}" if others else ""
    return f"{plural(works, 'link')} {verb}{rest}"


def _pace(pages: int, seconds: float, bound: LowerBound) -> str:
    first = bound.first_checks_s
    once = f", of which {first:.1f} s for the first checks" if first else ""
    return (
        f"{pages} pages took {seconds:.1f} s with their confirmations{once}; in any order they "
        f"would have taken at least {bound.seconds:.1f} s ({bound.reason})"
    )


@dataclass(slots=True)
class _Check:
    """The checks of a run: what they are about, and what they cost."""

    ctx: RunContext
    buffer: ObservationBuffer
    targets: lists.CheckTargets
    plan: CheckPlan
    interruption: Interruption
    requests: int = 0
    pace: str = ""
    refused: int = 0
    """Recorded without a request."""
    error: str | None = None
    """Why the observations cannot be trusted."""
    lost: str = ""
    """Why some were not made."""
    archive: SnapshotReport | None = None

    async def check_here(self, *, asks: bool, is_first: bool) -> None:
        """Check everything in this process, which is best for few links.

        The canaries are asked before and after.
        """
        ctx, plan, buffer, interruption = self.ctx, self.plan, self.buffer, self.interruption
        targets, asked = self.targets, list[asyncio.Task[SnapshotReport | None]]()

        def meanwhile(failed: Sequence[Observation]) -> None:
            if is_first and runner.found:
                known = f"{runner.found.total()} of {plural(len(plan.keys), 'link')}"
                ctx.reporter.info(f"check: {known} so far: {_described(runner.found)}")
            if not failed:
                return
            links, histories = targets.links, plan.histories
            due = early_due(ctx, buffer.warehouse, links, failed, histories) if asks else ()
            if ctx.settings.links.second_look_s:
                archive = "; meanwhile the archive is asked for snapshots" if due else ""
                count = plural(len(failed), "link")
                ctx.reporter.info(f"check: {count} failed, each is checked twice{archive}")
            if due:
                lookups = interruption.limit(look_up(ctx, client, due))
                asked.append(asyncio.ensure_future(lookups))

        async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
            self.error = await interruption.limit(connectivity_error(client, ctx))
            if self.error is None and not interruption:
                budget = Budget(ctx, client, interruption, limited=plan.limited)
                runner = CheckRunner(
                    ctx,
                    client,
                    budget,
                    buffer,
                    observations.identities_changed_on(buffer.warehouse, ctx.run_date),
                    targets.entries,
                    meanwhile=meanwhile,
                    histories=plan.histories,
                )
                report_few_files(ctx, client)
                began, due = monotonic(), [targets.links[key] for key in plan.keys]
                bound = await runner.check(due)
                self.archive = next(iter(await asyncio.gather(*asked)), None)
                self.pace = _pace(len(split_by_provider(due)[1]), monotonic() - began, bound)
                runner.exclude_outages()
                if not interruption:
                    self._record_unchecked(plan.waiting + budget.deferred)
                if plan.keys and not interruption:
                    self.error = await interruption.limit(connectivity_error(client, ctx))
            self.requests = client.requests_sent
            if self.archive is not None:
                self.requests -= self.archive.requests

    def check_in_shards(self, shards: int, executor: Executor | None) -> None:
        """Check everything in shards, elsewhere; canaries before and after, in this process."""
        asyncio.run(self._ask_canaries())
        if self.error is not None or self.interruption:
            return
        ctx, plan, began = self.ctx, self.plan, monotonic()
        totals = check_in_shards(
            ctx, self.buffer, self.targets, plan, shards, executor, self.interruption
        )
        self.requests += totals.requests
        self.lost = totals.lost
        if self.interruption or self.lost:
            return
        self.pace = _pace(len(plan.keys), monotonic() - began, totals.bound)
        self._record_unchecked(plan.waiting + totals.remaining)
        asyncio.run(self._ask_canaries())

    async def _ask_canaries(self) -> None:
        async with self.ctx.open_client(self.ctx.settings.web, self.ctx.run_date) as client:
            self.error = await connectivity_error(client, self.ctx)
            self.requests += client.requests_sent

    def _record_unchecked(self, deferred: int) -> None:
        """Record what is never requested, unless a run of the same date did."""
        if deferred:
            self.ctx.reporter.info(f"check: {plural(deferred, 'link')} deferred to the next run")
        refused = {} if self.plan.vantage else self.targets.refused
        for url, unusable in refused.items():
            if url not in self.plan.checked:
                self.buffer.add(refused_observation(self.ctx, url, unusable))
                self.refused += 1

    def unfinished(self, why: str) -> str:
        """Record that the run ended before all was checked; the sentence that says so."""
        words = (
            f"{self.buffer.recorded} of {plural(len(self.plan.keys), 'link')} are checked and "
            "kept; the next run of this date goes on with the others"
        )
        self._finish(RunStatus.INTERRUPTED, f"{why}: {words}")
        return words

    def survey(self) -> Histories:
        """Find out whether the observations of the run can be trusted; if so, ask witnesses.

        Returns the histories that it read, if one batch holds them all: memory stays bounded.
        """
        ctx, buffer, links = self.ctx, self.buffer, self.targets.links
        gate, histories = RunGate(ctx.run_date, ctx.settings.links.run_gate), {}
        doubtful: list[str] = []  # what failed in a way that a second witness could contradict
        due = self.plan.checked.union(self.plan.keys)
        for keys in lists.in_batches(links):
            checked = [key for key in keys if key in due]
            for key, history in observations.iter_histories(
                buffer.warehouse, checked, pending_run=buffer.run_id
            ):
                if history[-1].run_date == ctx.run_date:
                    gate.add(history[-1], history)
                    if is_doubtful(history[-1:]):
                        doubtful.append(key)
                if len(keys) == len(links):
                    histories[key] = history
        self.error = gate.objection()
        if self.error is None:
            ask_witnesses(ctx, buffer.warehouse, buffer.run_id, self.targets, doubtful)
        return histories

    def conclude(self, histories: Histories) -> tuple[int, Verdicts]:
        """Close the run and, if it is judged, record the verdicts, in one transaction.

        Returns the number of verdicts that changed, and all of them if one batch holds them.
        """
        ctx, targets, run_id = self.ctx, self.targets, self.buffer.run_id
        warehouse, rules_version, changed = self.buffer.warehouse, rules_fingerprint(ctx), 0
        after: Verdicts = {}
        with warehouse.transaction():
            if self.error is not None:
                self._finish(RunStatus.NOT_JUDGED, self.error)
                return 0, {}
            self._finish(RunStatus.JUDGED)
            for keys in lists.in_batches(chain(targets.links, targets.refused)):
                stored = verdicts.stored(warehouse, keys, rules_version)
                before = {key: one.verdict for key, one in stored.items() if one.verdict}
                after = conclude_verdicts(ctx, warehouse, keys, stored, histories)
                verdicts.record(warehouse, run_id, after.values(), before)
                states = {key: one.state for key, one in before.items()}
                changed += sum(
                    verdict.state is not states.get(key, VerdictState.UNCHECKED)
                    for key, verdict in after.items()
                )
            verdicts.record_rules_version(warehouse, run_id, rules_version)
        return changed, after if targets.total <= lists.BATCH else {}

    def _finish(self, status: RunStatus, reason: str = "") -> None:
        runs.finish(
            self.buffer.warehouse,
            self.buffer.run_id,
            status=status,
            reason=reason,
            finished_at=self.ctx.now(),
            checked=self.buffer.recorded,
            requests=self.requests,
            seconds=(self.ctx.now() - self.ctx.clock.as_of).total_seconds(),
        )
