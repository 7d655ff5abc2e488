"""The jobs as Prefect flows: a task for each stage, states that say why, artifacts for people."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.concurrency.sync import concurrency
from prefect.context import get_run_context
from prefect.states import Completed, Failed
from pydantic import AwareDatetime, Field

from staycurrent.flows.checking.targets import CheckScope
from staycurrent.flows.commands import run as run_command
from staycurrent.flows.commands.check import check
from staycurrent.flows.commands.pr import pr
from staycurrent.flows.commands.pull import pull
from staycurrent.flows.commands.report import write_report
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext, load_context, running_clock, system_clock
from staycurrent.flows.database import Database, back_up, compact, open_database
from staycurrent.flows.distributed.executor import Executor
from staycurrent.flows.errors import SettingsError
from staycurrent.flows.feedback.manual_edits import record_overrides
from staycurrent.flows.feedback.publication import write_lists
from staycurrent.flows.lists import lazy_lists
from staycurrent.flows.orchestration import tasks
from staycurrent.flows.orchestration.blocks import read_overrides, with_tokens
from staycurrent.flows.orchestration.notification import (
    RunLabel,
    artifact_key,
    changes_notification,
    failure_notification,
    label_run,
    missed_sentence,
)
from staycurrent.flows.preflight import ensure_monotonic_date, require_history
from staycurrent.flows.rendering import render
from staycurrent.flows.settings.sections import FILE_NAME, environment
from staycurrent.reports.model import Status
from staycurrent.warehouse.file import WarehouseBusy

_LEASE_S = 60.0
"""How long a killed run still holds the limit; Prefect's default is 300."""
HOUR_S = 3600
WAIT_S = 8 * HOUR_S
"""How long a run waits for others; it counts towards the timeout of its flow."""
# The server validates parameters by JSON schema, which accepts a time without an offset.
_OFFSET = r"(z|Z|[+-]\d\d:?\d\d)$"
Moment = Annotated[AwareDatetime, Field(json_schema_extra={"pattern": _OFFSET})]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=0, le=HOUR_S)]


def _flow_run_name() -> str:
    """The lists of a flow run, and its run date."""
    parameters = runtime.flow_run.parameters
    as_of = parameters.get("as_of") or datetime.now(UTC)
    moment = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    lists = [Path(path) for path in parameters.get("lists") or ()]
    label = label_run(Path(parameters.get("settings") or FILE_NAME), environment(), lists)
    return f"{label.title} {moment.astimezone(UTC).date()}"


# Flows and stages that check links are not retried: confirmations are part of the rules, and a
# run that died is continued by the next one.
_flow = partial(flow, flow_run_name=_flow_run_name, persist_result=False)


@_flow(name="nightly", timeout_seconds=WAIT_S + 8 * HOUR_S)
def nightly(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    jitter_s: Seconds = 0,
) -> State[Any]:
    """Check, pull and render once; a run that is not judged ends Completed, as NotJudged.

    `settings` is the settings file and `lists` the documents (none: those of the settings),
    relative to the working directory; `as_of` is the clock of the run (default: now). A scheduled
    run begins up to `jitter_s` later, so that not every installation sends requests at 02:17.
    """
    flow_run = getattr(get_run_context(), "flow_run", None)
    if jitter_s and flow_run is not None and flow_run.auto_scheduled:
        time.sleep(flow_run.id.int % (jitter_s + 1))

    def work(ctx: RunContext, db: Database, label: RunLabel) -> State[Any]:
        ensure_monotonic_date(ctx, db)
        before = status(ctx, db)
        outcome = run_command.run(ctx, db, tasks.as_task, executor=_executor(ctx))
        _publish(ctx, db, label, before)
        changed = tasks.lists_summary(outcome.renderings)
        return Completed(message=f"{tasks.check_summary(outcome.check)}; {changed}")

    return _run(settings, as_of, lists, work)


@_flow(name="check-links", timeout_seconds=WAIT_S + 8 * HOUR_S)
def check_links(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    host: str | None = None,
    limit: Count | None = None,
    all_links: bool = False,  # noqa: FBT001, FBT002 -- the name of a parameter in Prefect
) -> State[Any]:
    """Check links and conclude verdicts: of one `host`, at most `limit`, or `all_links`."""

    def work(ctx: RunContext, db: Database, label: RunLabel) -> State[Any]:
        ensure_monotonic_date(ctx, db)
        before = status(ctx, db)
        report = tasks.as_task(check)(
            ctx, db, CheckScope(all_links, host, limit), executor=_executor(ctx)
        )
        compact(ctx, db)
        tasks.as_task(back_up)(ctx, db)
        _publish(ctx, db, label, before)
        return Completed(message=tasks.check_summary(report))

    return _run(settings, as_of, lists, work)


@_flow(name="pull-feeds", timeout_seconds=WAIT_S + HOUR_S)
def pull_feeds(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    source: str | None = None,
) -> State[Any]:
    """Pull the feeds, or only `source`, and choose candidates."""

    def work(ctx: RunContext, db: Database, _: RunLabel) -> State[Any]:
        ensure_monotonic_date(ctx, db)
        pulls = tasks.as_task(pull)(ctx, db, source, alone=True)
        return Completed(message=tasks.feeds_summary(pulls))

    return _run(settings, as_of, lists, work)


@_flow(name="regenerate", timeout_seconds=WAIT_S + HOUR_S)
def regenerate(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
) -> State[Any]:
    """Rewrite the lists from what the warehouse knows, without network."""

    def work(ctx: RunContext, db: Database, _: RunLabel) -> State[Any]:
        require_history(ctx, db, lazy_lists(ctx), cold_start=False)
        active = record_overrides(ctx, db)
        renderings = tasks.as_task(render)(ctx, db, active_overrides=active)
        tasks.as_task(write_lists)(ctx, db, renderings, active)
        return Completed(message=tasks.lists_summary(renderings))

    return _run(settings, as_of, lists, work)


@_flow(name="pull-request", timeout_seconds=WAIT_S + HOUR_S)
def pull_request(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
) -> State[Any]:
    """Open, refresh or close the one standing pull request; needs GITHUB_TOKEN."""

    def work(ctx: RunContext, db: Database, label: RunLabel) -> State[Any]:
        sentence = tasks.as_task(pr)(ctx, db)
        tasks.publish_sentences("Pull request", sentence, key=tasks.pull_request_key(label))
        return Completed(message=sentence)

    return _run(settings, as_of, lists, work)


@_flow(name="weekly-report", timeout_seconds=WAIT_S + HOUR_S)
def weekly_report(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    out: Path | None = None,
) -> State[Any]:
    """Write the status as one HTML page (`out`; default: next to the warehouse) and as `week`."""

    def work(ctx: RunContext, db: Database, label: RunLabel) -> State[Any]:
        page = out or ctx.warehouse_path.parent / tasks.REPORT
        tasks.as_task(write_report)(ctx, db, page)
        tasks.publish_week(ctx, db, label, page)
        return Completed(message=f"the report until {ctx.run_date} is in {page}")

    return _run(settings, as_of, lists, work)


@flow(name="missed-run", flow_run_name="{deployment}", persist_result=False)
def missed_run(deployment: str = "nightly/nightly", hours: Count = 26) -> State[Any]:
    """Fail, so that somebody notices: no run of a deployment completed for so many hours."""
    sentence = missed_sentence(deployment, hours)
    tasks.publish_sentences("A run was missed", sentence, key=artifact_key(deployment, "missed"))
    return Failed(message=sentence)


def _run(
    settings: Path,
    as_of: datetime | None,
    lists: Sequence[Path],
    work: Callable[[RunContext, Database, RunLabel], State[Any]],
) -> State[Any]:
    """The state of the work, or the state that an expected error stands for."""
    clock = running_clock(as_of) if as_of else system_clock(datetime.now(UTC))
    label = label_run(settings, environment(), lists)
    try:
        ctx = load_context(
            settings,
            clock,
            tasks.PrefectReporter(label),
            environment=with_tokens(label.prefect, environment()),
            lists=lists,
            overrides=read_overrides(label.prefect.variable),
        )
        with _concurrency_limit(ctx.settings.prefect.limit_name), open_database(ctx) as db:
            db.migrate()
            return work(ctx, db, label)
    except Exception as error:
        state = tasks.prefect_state(error)
        if state is None:
            _notify_failure(label, f"{type(error).__name__}: a bug; the log of the run says more")
            raise
        sentence = str(state.message)
        if state.is_failed():
            _notify_failure(label, sentence)
        tasks.publish_sentences(f"Run of {clock.as_of:%Y-%m-%d}", sentence, key=label.key("run"))
        return state


def _publish(ctx: RunContext, db: Database, label: RunLabel, before: Status) -> None:
    """Publish the artifacts, and send a notification if a flag changed."""
    changes, links = tasks.as_task(tasks.publish_artifacts)(ctx, db, label, before)
    if changes:
        links = {**links, **tasks.run_link()}
        tasks.notify(label, changes_notification(label, ctx.run_date, changes, links))


def _notify_failure(label: RunLabel, sentence: str) -> None:
    flow_name = str(runtime.flow_run.flow_name)
    tasks.notify(label, failure_notification(label, flow_name, sentence, tasks.run_link()))


@contextmanager
def _concurrency_limit(name: str) -> Iterator[None]:
    """Wait for the runs of other deployments; without the limit, the warehouse's lock decides."""
    with ExitStack() as held:
        try:
            held.enter_context(concurrency(name, timeout_seconds=WAIT_S, lease_duration=_LEASE_S))
        except TimeoutError:
            raise WarehouseBusy("another run has held the warehouse for eight hours") from None
        yield


def _executor(ctx: RunContext) -> Executor | None:
    """The workers that the settings name; None: this machine."""
    address = ctx.settings.scale.scheduler
    if not address:
        return None
    try:
        from staycurrent.flows.orchestration.dask_executor import dask_executor
    except ImportError:
        raise SettingsError(
            ["scale.scheduler: needs Dask: pip install 'staycurrent[scale]'"]
        ) from None
    return dask_executor(address)
