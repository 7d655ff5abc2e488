"""A run as Prefect shows it: stages as tasks, expected errors as states, results as artifacts."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from staycurrent.curated.escaping import escape_destination, escape_text
from staycurrent.flows.commands.check import CheckReport
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import BUG, SKIPPED, exit_status
from staycurrent.flows.hints import current_hints
from staycurrent.flows.rendering import Rendering
from staycurrent.flows.reporter import Advance
from staycurrent.flows.snapshots import SnapshotReport
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import reason_text
from staycurrent.sources.item import PullResult, SourceState
from staycurrent.warehouse.backups import Backup

P = ParamSpec("P")
R = TypeVar("R")

REPORT = "report.html"
"""The weekly report, next to the warehouse."""
# Without the punctuation that follows a URL in a sentence.
_URL = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")
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
    def progress(
        self, what: str, total: int, waits_for: Callable[[], str] = str
    ) -> Iterator[Advance]:
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
                waiting = f", waiting for {wait}" if (wait := waits_for()) else ""
                self.info(f"{what}: {done} of {total}{waiting}")

        yield advance


def publish_artifacts(ctx: RunContext, db: Database, before: Status) -> None:
    """The status as the artifact `run`, and the flags that changed as `changes`."""
    current = status(ctx, db)
    page = ctx.warehouse_path.parent / REPORT
    last = f"\nThe last weekly report: {file_link(page)}\n" if page.is_file() else ""
    create_markdown_artifact(as_markdown(current, current_hints(ctx, db)) + last, key="run")
    earlier = {(row.list, row.url, row.title): _shown_flag(row) for row in before.links}
    changes = [
        {
            "where": f"{sanitise(row.list)}:{row.line}",
            "link": sanitise(row.title),
            "url": sanitise(row.url),
            "before": flag,
            "now": _shown_flag(row),
            "why": reason_text(row.verdict.reason),
            "suggestion": sanitise(row.verdict.suggestion or ""),
        }
        for row in current.links
        if (flag := earlier.get((row.list, row.url, row.title), "")) != _shown_flag(row)
    ]
    create_table_artifact(changes, key="changes")


def publish_week(ctx: RunContext, db: Database, page: Path) -> None:
    """The status as the artifact `week`, with a link to the HTML page."""
    text = as_markdown(status(ctx, db), current_hints(ctx, db))
    where = f"The report is in {escape_text(str(page))}: {file_link(page)}\n"
    create_markdown_artifact(f"{text}\n{where}", key="week")


def publish_sentences(title: str, sentences: str, key: str) -> None:
    """A title and one item for each line."""
    items = "".join(f"- {markdown_links(line)}\n" for line in sentences.splitlines())
    create_markdown_artifact(f"# {title}\n\n{items}", key=key)


def markdown_links(text: str) -> str:
    """The text as markdown in which URLs are links and everything else is escaped."""
    words = []
    for word in text.split():
        match = _URL.search(word)
        if match is None:
            words.append(escape_text(word))
            continue
        url = match.group()
        link = f"[{escape_text(url)}]({escape_destination(url)})"
        before, after = word[: match.start()], word[match.end() :]
        words.append(f"{escape_text(before)}{link}{escape_text(after)}")
    return " ".join(words)


def file_link(page: Path) -> str:
    """A link to a file, which a browser on the same machine can follow."""
    return f"[{escape_text(page.name)}]({page.resolve().as_uri()})"


def _shown_flag(row: LinkRow) -> str:
    return row.flag if row.flag and not row.kept else ""
