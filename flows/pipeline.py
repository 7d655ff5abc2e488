"""The same walk under Prefect: a task per stage, states that say why, artifacts for the night."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, runtime
from prefect.artifacts import (
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.client.schemas.objects import State
from prefect.concurrency.sync import concurrency
from prefect.context import get_run_context
from prefect.states import Completed, Failed
from pydantic import AwareDatetime, Field

from staycurrent.curated import escaping
from staycurrent.flows.checking.targets import CheckScope
from staycurrent.flows.commands import run as walk
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
from staycurrent.flows.hints import current_hints
from staycurrent.flows.lists import iter_lists
from staycurrent.flows.orchestration.tasks import PrefectReporter, as_task, prefect_state
from staycurrent.flows.preflight import require_history
from staycurrent.flows.rendering import render
from staycurrent.flows.settings.sections import FILE_NAME, environment
from staycurrent.flows.summary import (
    check_summary,
    feeds_summary,
    flag_changes,
    link_to,
    lists_summary,
    with_links,
)
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import Status
from staycurrent.warehouse.open import WarehouseBusy

TURN = "staycurrent"
"""The concurrency limit by which runs of several deployments wait for the one warehouse."""
REPORT = "report.html"
"""The weekly page, beside the warehouse."""
_LEASE_S = 60.0  # how long a killed run still holds its turn; Prefect's default is 300
HOUR_S = 3600
# The server validates parameters by JSON schema, to which a time without an offset is a time.
_OFFSET = r"(z|Z|[+-]\d\d:?\d\d)$"
Moment = Annotated[AwareDatetime, Field(json_schema_extra={"pattern": _OFFSET})]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=0, le=HOUR_S)]


def _run_name() -> str:
    """Flow runs are told apart by their night, and by their lists where those were chosen."""
    given = runtime.flow_run.parameters
    as_of = given.get("as_of") or datetime.now(UTC)
    moment = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    lists = ", ".join(str(one) for one in given.get("lists") or ())
    return f"{moment.astimezone(UTC).date()} {lists}".rstrip()


# No flow and no stage that looks at links is retried: second looks are part of the rules, and a
# night that died is resumed by running it again.
_flow = partial(flow, flow_run_name=_run_name, persist_result=False)


@_flow(name="nightly", timeout_seconds=8 * HOUR_S)
def nightly(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    jitter_s: Seconds = 0,
) -> State[Any]:
    """Check, pull and render once; a night that proves nothing ends Completed as NotJudged.

    `settings` is the settings file and `lists` the documents (none: those of the settings),
    relative to the working directory; `as_of` is the clock of the run (default: now). A run of
    the schedule begins up to `jitter_s` later, so that not all the world asks at 02:17.
    """
    _spread(jitter_s)
    return _ended(settings, as_of, lists, _walked)


@_flow(name="check-links", timeout_seconds=8 * HOUR_S)
def check_links(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    host: str | None = None,
    limit: Count | None = None,
    everything: bool = False,  # noqa: FBT001, FBT002 -- the name of a parameter in Prefect
) -> State[Any]:
    """Look at links and conclude: of one `host`, at most `limit`, or `everything`, due or not."""
    return _ended(
        settings, as_of, lists, partial(_checked, scope=CheckScope(everything, host, limit))
    )


@_flow(name="pull-feeds", timeout_seconds=HOUR_S)
def pull_feeds(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    source: str | None = None,
) -> State[Any]:
    """Pull the feeds, or only `source`, and choose candidates."""
    return _ended(settings, as_of, lists, partial(_pulled, source=source))


@_flow(name="regenerate", timeout_seconds=HOUR_S)
def regenerate(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
) -> State[Any]:
    """Rewrite the lists from what the warehouse knows; nobody is asked anything."""
    return _ended(settings, as_of, lists, _rewritten)


@_flow(name="pull-request", timeout_seconds=HOUR_S)
def pull_request(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
) -> State[Any]:
    """Open, refresh or close the one standing pull request; wants GITHUB_TOKEN."""
    return _ended(settings, as_of, lists, _proposed)


@_flow(name="weekly-report", timeout_seconds=HOUR_S)
def weekly_report(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
    out: Path | None = None,
) -> State[Any]:
    """Leave what stands as one HTML page (`out`; none: beside the warehouse), and as `week`."""
    return _ended(settings, as_of, lists, partial(_reported, out=out))


@flow(name="missed-night", persist_result=False)
def missed_night(night: str = "nightly/nightly", hours: Count = 26) -> State[Any]:
    """Fail, so that it is seen: no run of a deployment came to an end for so many hours."""
    says = (
        f"no run of {night} completed for {hours} hours: "
        "is its schedule active, its worker up, the last run stuck or failed?"
    )
    create_markdown_artifact(
        f"# A night did not happen\n\n{escaping.escape_text(says)}\n", key="missed"
    )
    return Failed(message=says)


def _spread(jitter_s: int) -> None:
    """Wait a moment of this run's own; a run that a person asked for begins at once."""
    run = getattr(get_run_context(), "flow_run", None)
    if jitter_s and run is not None and run.auto_scheduled:
        time.sleep(run.id.int % (jitter_s + 1))


def _ended(
    settings: Path,
    as_of: datetime | None,
    lists: Sequence[Path],
    work: Callable[[RunContext, Database], State[Any]],
) -> State[Any]:
    """How the work ended: its own state, or the one that an expected ending stands for."""
    clock = running_clock(as_of) if as_of else system_clock(datetime.now(UTC))
    try:
        ctx = load_context(
            settings, clock, PrefectReporter(), environment=environment(), lists=lists
        )
        with _turn(), open_database(ctx) as db:
            db.migrate()
            return work(ctx, db)
    except Exception as error:
        state = prefect_state(error)
        if state is None:
            raise
        _leave_why(clock.as_of, str(state.message))
        return state


def _executor(ctx: RunContext) -> Executor | None:
    """The workers that the settings name; None: this machine."""
    address = ctx.settings.scale.scheduler
    if not address:
        return None
    try:
        from staycurrent.flows.orchestration.dask_executor import dask_executor
    except ImportError:
        raise SettingsError(
            ["scale.scheduler: wants Dask's client: pip install 'staycurrent[scale]'"]
        ) from None
    return dask_executor(address)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for the runs of other deployments; where nobody made the limit, the lock decides."""
    try:
        with concurrency(TURN, timeout_seconds=8 * HOUR_S, lease_duration=_LEASE_S):
            yield
    except TimeoutError:
        raise WarehouseBusy("another run has held the warehouse for eight hours") from None


def _walked(ctx: RunContext, db: Database) -> State[Any]:
    before = status(ctx, db)
    outcome = walk.run(ctx, db, as_task, executor=_executor(ctx))
    as_task(tell)(ctx, db, before)
    return Completed(message=f"{check_summary(outcome.check)}; {lists_summary(outcome.renderings)}")


def _checked(ctx: RunContext, db: Database, scope: CheckScope) -> State[Any]:
    before = status(ctx, db)
    came = as_task(check)(ctx, db, scope, executor=_executor(ctx))
    compact(ctx, db)
    as_task(back_up)(ctx, db)
    as_task(tell)(ctx, db, before)
    return Completed(message=check_summary(came))


def _pulled(ctx: RunContext, db: Database, source: str | None) -> State[Any]:
    return Completed(message=feeds_summary(as_task(pull)(ctx, db, source)))


def _rewritten(ctx: RunContext, db: Database) -> State[Any]:
    require_history(ctx, db, iter_lists(ctx), cold_start=False)
    record_overrides(ctx, db)
    renderings = as_task(render)(ctx, db)
    as_task(write_lists)(ctx, db, renderings)
    return Completed(message=lists_summary(renderings))


def _proposed(ctx: RunContext, db: Database) -> State[Any]:
    said = as_task(pr)(ctx, db)
    create_markdown_artifact(f"{with_links(said)}\n", key="pull-request")
    return Completed(message=said)


def _reported(ctx: RunContext, db: Database, out: Path | None) -> State[Any]:
    where = out or ctx.warehouse_path.parent / REPORT
    as_task(write_report)(ctx, db, where)
    now = status(ctx, db)
    page = f"The page lies in {escaping.escape_text(str(where))}: {link_to(where)}\n"
    create_markdown_artifact(f"{as_markdown(now, current_hints(ctx, db))}\n{page}", key="week")
    return Completed(message=f"the week until {ctx.run_date}; the page lies in {where}")


def _leave_why(as_of: datetime, sentences: str) -> None:
    lines = "".join(f"- {escaping.escape_text(one)}\n" for one in sentences.splitlines())
    create_markdown_artifact(f"# The night of {as_of:%Y-%m-%d}\n\n{lines}", key="night")


def tell(ctx: RunContext, db: Database, before: Status) -> Status:
    """Leave what stands as the artifact `night`, and what came and went as `changes`."""
    now = status(ctx, db)
    page = ctx.warehouse_path.parent / REPORT
    last = f"\nThe last weekly page: {link_to(page)}\n" if page.is_file() else ""
    create_markdown_artifact(as_markdown(now, current_hints(ctx, db)) + last, key="night")
    create_table_artifact(flag_changes(before, now), key="changes")
    return now
