"""The same walk under Prefect: a task per stage, states that say why, artifacts for the night."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

from prefect import flow, get_run_logger, runtime, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import AwareDatetime, Field

from curated import escape
from flows import run as walk
from flows.archive import ArchiveReport
from flows.check import CheckReport
from flows.endings import ending
from flows.exits import BUG, NOT_TONIGHT
from flows.night import Night, night_of, real, running
from flows.render import Rendering
from flows.settings import FILE_NAME, environment
from flows.status import status
from flows.voice import Advance
from reports.as_markdown import as_markdown
from reports.status import LinkRow, Status
from reports.terminal import inert
from sources.item import Pull, SourceState

P = ParamSpec("P")
R = TypeVar("R")

_MINUTE_S = 60.0
# The server validates parameters by JSON schema, to which a time without an offset is a time.
_OFFSET = r"(z|Z|[+-]\d\d:?\d\d)$"
Moment = Annotated[AwareDatetime, Field(json_schema_extra={"pattern": _OFFSET})]


def _run_name() -> str:
    """Flow runs are told apart by their night, and by their lists where those were chosen."""
    given = runtime.flow_run.parameters
    as_of = given.get("as_of") or datetime.now(UTC)
    moment = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    lists = ", ".join(str(one) for one in given.get("lists") or ())
    return f"{moment.astimezone(UTC).date()} {lists}".rstrip()


@flow(name="nightly", flow_run_name=_run_name, persist_result=False)
def nightly(
    settings: Path = Path(FILE_NAME),
    as_of: Moment | None = None,
    lists: tuple[Path, ...] = (),
) -> State[Any]:
    """Check, pull and render once; a night that proves nothing ends Completed as NotJudged.

    `settings` is the settings file and `lists` the documents (none: those of the settings),
    relative to the working directory; `as_of` is the clock of the run (default: now). No stage
    is retried: second looks are part of the rules, and a night that died is resumed by running
    it again.
    """
    clock = running(as_of) if as_of else real(datetime.now(UTC))
    try:
        night = night_of(settings, clock, _Log(), environment=environment(), lists=lists)
        return _walked(night)
    except Exception as error:
        state = _expected(error)
        if state is None:
            raise
        _leave_why(clock.as_of, str(state.message))
        return state


def _leave_why(as_of: datetime, sentences: str) -> None:
    lines = "".join(f"- {escape.text(one)}\n" for one in sentences.splitlines())
    create_markdown_artifact(f"# The night of {as_of:%Y-%m-%d}\n\n{lines}", key="night")


def _walked(night: Night) -> State[Any]:
    before = status(night)
    outcome = walk.run(night, step=as_task)
    as_task(tell)(night, before)
    return Completed(message=f"{_looked(outcome.check)}; {_differing(outcome.renderings)}")


def tell(night: Night, before: Status) -> Status:
    """Leave what stands as the artifact `night`, and what came and went as `changes`."""
    now = status(night)
    create_markdown_artifact(as_markdown(now), key="night")
    create_table_artifact(changes(before, now), key="changes")
    return now


def changes(before: Status, now: Status) -> list[dict[str, str]]:
    """A row for each place that shows another flag than before the night."""
    earlier = {(row.list, row.url, row.title): _shown(row) for row in before.links}
    flags = ((row, earlier.get((row.list, row.url, row.title), "")) for row in now.links)
    return [_change(row, was) for row, was in flags if _shown(row) != was]


def _change(row: LinkRow, was: str) -> dict[str, str]:
    return {
        "where": f"{inert(row.list)}:{row.line}",
        "link": inert(row.title),
        "address": inert(row.url),
        "was": was,
        "now": _shown(row),
        "why": str(row.verdict.reason),
        "instead": inert(row.verdict.suggestion or ""),
    }


def _shown(row: LinkRow) -> str:
    return row.flag if row.flag and not row.kept else ""


def as_task(stage: Callable[P, R]) -> Callable[P, R]:
    """A stage as a task: never cached, never retried, its result kept in memory only.

    What a run may end with anyway (`flows.endings`) becomes the task's state, with its sentence
    and without a trace, and is raised again for the walk; a bug stays an exception.
    """

    @task(name=stage.__name__, cache_policy=NO_CACHE, persist_result=False, retries=0)
    def staged(*args: P.args, **kwargs: P.kwargs) -> State[Any]:
        try:
            came = stage(*args, **kwargs)
        except Exception as error:
            state = _expected(error)
            if state is None:
                raise
            return state
        said = _CAME_TO.get(stage.__name__)
        return Completed(message=said(came) if said else None, data=came)

    @wraps(stage)
    def walked(*args: P.args, **kwargs: P.kwargs) -> R:
        came: Any = staged(*args, return_state=True, **kwargs).result(raise_on_failure=False)
        if isinstance(came, Exception):
            raise came
        return came  # type: ignore[no-any-return]

    return walked


def _expected(error: Exception) -> State[Any] | None:
    """The state that an ending stands for, with its exception as data; None for a bug."""
    code, sentence = ending(error)
    if code == BUG:
        return None
    if code == NOT_TONIGHT:
        return Completed(name="NotJudged", message=sentence, data=error)
    return Failed(message=sentence, data=error)


def _looked(came: CheckReport) -> str:
    looked = f"{came.looked_at} of {came.links} links looked at"
    return f"{looked}, {came.requests} requests, {came.changed} verdicts changed"


def _fine(pulls: Sequence[Pull]) -> str:
    others = ", ".join(f"{one.source} {one.state}" for one in pulls if not _is_ok(one))
    return f"{sum(map(_is_ok, pulls))} of {len(pulls)} feeds fine" + (others and f"; {others}")


def _is_ok(one: Pull) -> bool:
    return one.state is SourceState.OK


def _differing(renderings: Sequence[Rendering]) -> str:
    return f"{sum(one.changed for one in renderings)} of {len(renderings)} lists differ"


def _archived(came: ArchiveReport) -> str:
    return f"{came.found} snapshots of {came.wanted} failing links found"


_CAME_TO: Mapping[str, Callable[[Any], str]] = {
    "check": _looked,
    "archive": _archived,
    "pull": _fine,
    "render": _differing,
    "write": "{} lists written".format,
}
"""What each stage came to, in a few words; a stage that is not here ends without."""


class _Log:
    """Speaks through the run's logger, where Prefect shows it; of long work once a minute."""

    def say(self, line: str) -> None:
        get_run_logger().info(inert(line))

    @contextmanager
    def steps(self, what: str, total: int) -> Iterator[Advance]:
        done, told = 0, time.monotonic()

        def advance() -> None:
            nonlocal done, told
            done += 1
            if time.monotonic() - told >= _MINUTE_S:
                told = time.monotonic()
                self.say(f"{what}: {done} of {total}")

        yield advance
