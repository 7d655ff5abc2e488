"""The same walk under Prefect: a task per stage, an artifact for the night."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed

from flows import run as walk
from flows.night import NotJudged, night_of, running
from flows.settings import environment
from flows.status import status
from flows.voice import Advance
from reports.as_markdown import as_markdown

P = ParamSpec("P")
R = TypeVar("R")


@flow(name="nightly", flow_run_name="nightly {as_of}", persist_result=False)
def nightly(settings: str = "staycurrent.toml", as_of: datetime | None = None) -> Any:
    """Check, pull and render once; completed as NotJudged where tonight proves nothing.

    `settings` is the settings file, relative to the working directory; `as_of` the clock of
    the run (default: now). No stage is retried: second looks are part of the rules, and a
    night that died is resumed by running it again.
    """
    clock = running(as_of or datetime.now(UTC))
    night = night_of(Path(settings), clock, _Log(), environment=environment())
    try:
        outcome = walk.run(night, step=as_task)
    except NotJudged as reason:
        create_markdown_artifact(f"Not judged: {reason}\n", key="night")
        return Completed(name="NotJudged", message=f"not judged: {reason}")
    create_markdown_artifact(as_markdown(status(night)), key="night")
    check = outcome.check
    return Completed(message=f"{check.looked_at} looked at, {check.changed} verdicts changed")


def as_task(stage: Callable[P, R]) -> Callable[P, R]:
    """A stage as a task: never cached, never retried, its result kept in memory only."""
    named = task(name=stage.__name__, cache_policy=NO_CACHE, persist_result=False, retries=0)
    return named(stage)


class _Log:
    """Speaks through the run's logger, where Prefect shows it."""

    def say(self, line: str) -> None:
        get_run_logger().info(line)

    @contextmanager
    def steps(self, what: str, total: int) -> Iterator[Advance]:
        get_run_logger().info("%s: %d", what, total)
        yield lambda: None
