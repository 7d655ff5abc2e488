"""`staycurrent run`: the nightly job once, now."""

from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ParamSpec, Protocol, TypeVar

from staycurrent.flows import preflight
from staycurrent.flows.commands.check import CheckReport, check
from staycurrent.flows.commands.pull import feeds_warning, pull
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, back_up, compact, open_database
from staycurrent.flows.distributed.executor import Executor
from staycurrent.flows.errors import DONE, Interrupted, NotJudged
from staycurrent.flows.feedback.manual_edits import record_overrides
from staycurrent.flows.feedback.publication import write_lists
from staycurrent.flows.hints import hints_afterwards
from staycurrent.flows.link_states import Verdicts, iter_progress, verdicts_of_lists
from staycurrent.flows.lists import lazy_lists
from staycurrent.flows.rendering import Rendering, print_diffs, render
from staycurrent.flows.snapshots import find_snapshots
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.text import plural
from staycurrent.sources.item import PullResult
from staycurrent.warehouse.open import Warehouse

P = ParamSpec("P")
R = TypeVar("R")


class StageWrapper(Protocol):
    """How a stage is called: directly, or as a task of an orchestrator."""

    def __call__(self, stage: Callable[P, R]) -> Callable[P, R]:
        """The stage, wrapped."""
        ...


def unwrapped(stage: Callable[P, R]) -> Callable[P, R]:
    """The stage itself."""
    return stage


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What the stages of a run returned."""

    check: CheckReport
    pulls: tuple[PullResult, ...]
    renderings: tuple[Rendering, ...]
    verdicts: Verdicts
    """As of the end of the run, if they are few enough."""


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Run once, print the diff of the lists, and say what to look at next."""
    upcoming = ""
    with open_database(ctx) as db:
        preflight.ensure_monotonic_date(ctx, db)
        with hints_afterwards(ctx, db, is_quiet=arguments.quiet) as verdicts:
            outcome = run(ctx, db, cold_start=arguments.cold_start)
            verdicts.update(outcome.verdicts)
            if not arguments.quiet:
                upcoming = upcoming_verdicts(ctx, db.reading(), outcome.verdicts)
    if arguments.verbose:
        ctx.reporter.info(f"check: {outcome.check.pace}")
    print_diffs(outcome.renderings)
    lists = plural(sum(rendering.changed for rendering in outcome.renderings), "list")
    ctx.reporter.info(
        f"run: {plural(outcome.check.changed, 'verdict')} and {lists} changed; "
        f"see `staycurrent status`{feeds_warning(outcome.pulls)}"
    )
    if upcoming:
        ctx.reporter.info(f"run: {upcoming}")
    if outcome.check.is_first:
        ctx.reporter.info(
            "next: run it every night, by cron or on GitHub (`staycurrent init --workflow`)"
        )
    return DONE


def upcoming_verdicts(ctx: RunContext, warehouse: Warehouse, verdicts: Verdicts) -> str:
    """On which dates what fails now is flagged, if it keeps failing; empty if nothing fails."""
    failing = [key for key, one in verdicts.items() if one.state is VerdictState.SUSPECT]
    ahead = iter_progress(ctx, warehouse, failing, ctx.run_date + timedelta(days=1))
    dates = Counter(one.earliest for _, one in ahead)
    held, parts = dates.pop(None, 0), list[str]()
    if when := ", ".join(f"{count} on {day}" for day, count in sorted(dates.items())):
        links = plural(dates.total(), "failing link")
        parts.append(f"{links}; earliest dates if the failures go on: {when}")
    if held:
        parts.append(f"{plural(held, 'link')} held back by second witnesses")
    return f"not flagged yet: {'; '.join(parts)}" if parts else ""


def run(
    ctx: RunContext,
    db: Database,
    wrap: StageWrapper = unwrapped,
    *,
    cold_start: bool = False,
    executor: Executor | None = None,
) -> RunOutcome:
    """Check, find snapshots, learn from edits, pull, render, write, back up: in this order.

    Each stage commits before the next begins, and the lists are a function of committed rows: if
    a run is killed, a second one of the same date ends where the first would have. The verdicts
    are read once they are committed, for all stages that follow and do not change them. Raises
    NotJudged before anything is pulled or written. `executor` checks the shards of many links
    (None: processes of this machine).
    """
    preflight.require_writable_lists(lazy_lists(ctx))
    # candidates are chosen for the other lists, too
    preflight.require_sections(lazy_lists(ctx.with_other_lists()))
    preflight.require_encoder(ctx)
    db.migrate()
    preflight.require_history(ctx, db, lazy_lists(ctx), cold_start=cold_start)
    try:
        checked = wrap(check)(ctx, db, executor=executor, archive=True)
    except (NotJudged, Interrupted) as error:
        if cold_start:
            raise type(error)(f"{error}; no history has begun: say --cold-start again") from error
        raise
    verdicts = verdicts_of_lists(ctx, db.reading(), lazy_lists(ctx), checked.verdicts)
    if wrap(find_snapshots)(ctx, db, verdicts, checked.archive).found:
        verdicts = verdicts_of_lists(ctx, db.reading(), lazy_lists(ctx))
    active = record_overrides(ctx, db, verdicts)
    pulls = wrap(pull)(ctx, db)
    renderings = wrap(render)(ctx, db, verdicts=verdicts, active_overrides=active)
    wrap(write_lists)(ctx, db, renderings, active, verdicts)
    compact(ctx, db)
    wrap(back_up)(ctx, db)
    return RunOutcome(checked, pulls, renderings, verdicts)
