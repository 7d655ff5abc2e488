"""The stages of a night as Prefect's tasks, and endings as its states."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import get_run_logger, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from staycurrent.flows.errors import BUG, SKIPPED, exit_status
from staycurrent.flows.reporter import Advance
from staycurrent.flows.summary import STAGE_SUMMARIES
from staycurrent.reports.text import sanitise

P = ParamSpec("P")
R = TypeVar("R")

# What only asks Prefect's own server may be asked again: nobody else is bothered by it.
_RETRIES_S: dict[str, list[float]] = {"tell": [2, 10, 30]}


def as_task(stage: Callable[P, R]) -> Callable[P, R]:
    """A stage as a task: never cached, its result kept in memory only.

    What a run may end with anyway (`flows.endings`) becomes the task's state, with its sentence
    and without a trace, and is raised again for the walk; a bug stays an exception.
    """
    waits = _RETRIES_S.get(stage.__name__, [])

    @task(
        name=stage.__name__,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(waits),
        retry_delay_seconds=waits or None,
    )
    def staged(*args: P.args, **kwargs: P.kwargs) -> State[Any]:
        try:
            came = stage(*args, **kwargs)
        except Exception as error:
            state = prefect_state(error)
            if state is None:
                raise
            return state
        said = STAGE_SUMMARIES.get(stage.__name__)
        return Completed(message=said(came) if said else None, data=came)

    @wraps(stage)
    def walked(*args: P.args, **kwargs: P.kwargs) -> R:
        came: Any = staged(*args, return_state=True, **kwargs).result(raise_on_failure=False)
        if isinstance(came, Exception):
            raise came
        return came  # type: ignore[no-any-return]

    return walked


def prefect_state(error: Exception) -> State[Any] | None:
    """The state that an ending stands for, with its exception as data; None for a bug."""
    code, sentence = exit_status(error)
    if code == BUG:
        return None
    if code == SKIPPED:
        return Completed(name="NotJudged", message=sentence, data=error)
    return Failed(message=sentence, data=error)


_TICK_S = 10.0
_MINUTE_S = 60.0


class PrefectReporter:
    """Speaks through the run's logger; long work is an artifact, and a line a minute."""

    def info(self, line: str) -> None:
        """Log one line."""
        get_run_logger().info(sanitise(line))

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:
        """Show how far the work is, at most every ten seconds."""
        bar = _Bar(what)
        done, shown, told = 0, time.monotonic(), time.monotonic()

        def advance() -> None:
            nonlocal done, shown, told
            done += 1
            now = time.monotonic()
            if done == total or now - shown >= _TICK_S:
                shown = now
                bar.show(100.0 * done / total)
            if now - told >= _MINUTE_S:
                told = now
                self.info(f"{what}: {done} of {total}")

        yield advance


class _Bar:
    """A progress artifact.

    The looks have an event loop of their own, in which Prefect's functions hand back coroutines
    unless they are told not to.
    """

    def __init__(self, what: str) -> None:
        make: Any = create_progress_artifact
        self._id = make(0.0, key=what, description=f"{what} tonight", _sync=True)

    def show(self, percent: float) -> None:
        move: Any = update_progress_artifact
        move(self._id, percent, _sync=True)
