"""The stages of a run as Prefect's tasks, expected errors as its states, progress in its log."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import get_run_logger, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from staycurrent.flows.commands.check import CheckReport
from staycurrent.flows.errors import BUG, SKIPPED, exit_status
from staycurrent.flows.rendering import Rendering
from staycurrent.flows.reporter import Advance
from staycurrent.flows.snapshots import SnapshotReport
from staycurrent.reports.text import sanitise
from staycurrent.sources.item import PullResult, SourceState
from staycurrent.warehouse.backups import Backup

P = ParamSpec("P")
R = TypeVar("R")

_RETRY_DELAYS_S: dict[str, list[float]] = {"publish_artifacts": [2, 10, 30]}
"""By the name of the stage; only for requests to Prefect's own server."""
_PROGRESS_S = 10.0
_LOG_S = 60.0


def check_summary(report: CheckReport) -> str:
    """How many links were checked, and what changed."""
    return (
        f"{report.checked} of {report.links} links checked, {report.requests} requests, "
        f"{report.changed} verdicts changed"
    )


def feeds_summary(pulls: Sequence[PullResult]) -> str:
    """How many feeds are ok, and the others by name."""
    others = [f"{pull.source} {pull.state}" for pull in pulls if pull.state is not SourceState.OK]
    return "; ".join([f"{len(pulls) - len(others)} of {len(pulls)} feeds ok", *others])


def lists_summary(renderings: Sequence[Rendering]) -> str:
    """How many lists changed."""
    return f"{sum(one.changed for one in renderings)} of {len(renderings)} lists changed"


def _backup_summary(backup: Backup | None) -> str:
    return f"{backup.path.name}, verified" if backup else "no backup"


def _snapshot_summary(report: SnapshotReport) -> str:
    return f"{report.found} snapshots of {report.wanted} failing links found"


_SUMMARIES: Mapping[str, Callable[[Any], str]] = {
    "check": check_summary,
    "find_snapshots": _snapshot_summary,
    "back_up": _backup_summary,
    "pull": feeds_summary,
    "render": lists_summary,
    "write_lists": "{} lists written".format,
}
"""By the name of the stage, the message of its result."""


def as_task(stage: Callable[P, R]) -> Callable[P, R]:
    """A stage as a task that is never cached; its result stays in memory.

    An error that a run may end with (`flows.errors.exit_status`) becomes the state of the task,
    with its sentence instead of a trace, and is raised again for the caller.
    """
    delays = _RETRY_DELAYS_S.get(stage.__name__, [])

    @task(
        name=stage.__name__,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(delays),
        retry_delay_seconds=delays or None,
    )
    def stage_task(*args: P.args, **kwargs: P.kwargs) -> State[Any]:
        try:
            result = stage(*args, **kwargs)
        except Exception as error:
            state = prefect_state(error)
            if state is None:
                raise
            return state
        summarise = _SUMMARIES.get(stage.__name__)
        return Completed(message=summarise(result) if summarise else None, data=result)

    @wraps(stage)
    def run_stage(*args: P.args, **kwargs: P.kwargs) -> R:
        result: Any = stage_task(*args, return_state=True, **kwargs).result(raise_on_failure=False)
        if isinstance(result, Exception):
            raise result
        return result  # type: ignore[no-any-return]

    return run_stage


def prefect_state(error: Exception) -> State[Any] | None:
    """The state for an expected error, which is its data; None for a bug."""
    code, sentence = exit_status(error)
    if code == BUG:
        return None
    if code == SKIPPED:
        return Completed(name="NotJudged", message=sentence, data=error)
    return Failed(message=sentence, data=error)


class PrefectReporter:
    """Logs lines; long work is a progress artifact, and a line each minute."""

    def info(self, line: str) -> None:
        """Log one line."""
        get_run_logger().info(sanitise(line))

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:
        """Update the artifact at most every ten seconds."""
        # Checks have their own event loop, in which these functions return coroutines by default.
        create: Any = create_progress_artifact
        update: Any = update_progress_artifact
        artifact = create(0.0, key=what, description=f"{what} of this run", _sync=True)
        done, updated, logged = 0, time.monotonic(), time.monotonic()

        def advance() -> None:
            nonlocal done, updated, logged
            done += 1
            now = time.monotonic()
            if done == total or now - updated >= _PROGRESS_S:
                updated = now
                update(artifact, 100.0 * done / total, _sync=True)
            if now - logged >= _LOG_S:
                logged = now
                self.info(f"{what}: {done} of {total}")

        yield advance
