"""The stages of a night as Prefect's tasks, and endings as its states."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from staycurrent.flows.errors import BUG, SKIPPED, exit_status
from staycurrent.flows.summary import STAGE_SUMMARIES

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
            state = state_of(error)
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


def state_of(error: Exception) -> State[Any] | None:
    """The state that an ending stands for, with its exception as data; None for a bug."""
    code, sentence = exit_status(error)
    if code == BUG:
        return None
    if code == SKIPPED:
        return Completed(name="NotJudged", message=sentence, data=error)
    return Failed(message=sentence, data=error)
