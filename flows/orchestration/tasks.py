"""A run as Prefect shows it: stages as tasks, expected errors as states, results as artifacts."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from prefect import artifacts, get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State
from prefect.client.schemas.sorting import ArtifactSort
from prefect.states import Completed, Failed
from prefect.utilities.urls import url_for

from staycurrent.curated.escaping import escape_text
from staycurrent.flows.commands.check import CheckReport
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import BUG, SKIPPED, exit_status
from staycurrent.flows.hints import current_hints
from staycurrent.flows.orchestration.blocks import send
from staycurrent.flows.orchestration.notification import (
    Notification,
    RunLabel,
    artifact_key,
    find_url,
    links_markdown,
    markdown_links,
)
from staycurrent.flows.rendering import Rendering
from staycurrent.flows.reporter import Advance, Reporter, WaitsFor
from staycurrent.flows.snapshots import SnapshotReport
from staycurrent.reports.markdown_report import as_markdown, changes_markdown, changes_table
from staycurrent.reports.model import FlagDifference, Status, flag_changes
from staycurrent.reports.text import plural, sanitise
from staycurrent.sources.item import PullResult, SourceState
from staycurrent.warehouse.backups import Backup

P = ParamSpec("P")
R = TypeVar("R")

REPORT = "report.html"
"""The weekly report, next to the warehouse."""
_RETRIED = ("publish_artifacts", "publish_sentences")
"""Stages that send requests to Prefect's own server only."""
_PROGRESS_S = 10.0
_LOG_S = 60.0


def check_summary(report: CheckReport) -> str:
    """How many links were checked, and what changed."""
    return (
        f"{report.checked} of {report.links} links checked, "
        f"{plural(report.requests, 'request')}, {plural(report.changed, 'verdict')} changed"
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
    found, links = plural(report.found, "snapshot"), plural(report.wanted, "failing link")
    return f"{found} of {links} found"


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
    delays: list[float] = [2, 10, 30] if stage.__name__ in _RETRIED else []

    @task(
        name=stage.__name__,
        task_run_name=stage.__name__.replace("_", " "),
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


@dataclass(frozen=True, slots=True)
class PrefectReporter(Reporter):
    """Logs lines; long work is a progress artifact, and a line each minute."""

    label: RunLabel

    def info(self, line: str) -> None:
        """Log one line."""
        get_run_logger().info(sanitise(line))

    @contextmanager
    def progress(self, what: str, total: int, waits_for: WaitsFor = str) -> Iterator[Advance]:
        """Update the artifact at most every ten seconds, in a thread: checks wait for no server."""
        server: Any = artifacts
        artifact: Any = None

        def send(percentage: float) -> None:
            nonlocal artifact
            # Checks go on while Prefect's server is restarted, or too busy.
            try:
                if artifact is None:
                    about = f"progress: {what}"
                    artifact = server.create_progress_artifact(
                        percentage, key=self.label.key(what), description=about
                    )
                else:
                    server.update_progress_artifact(artifact, percentage)
            except Exception as error:  # noqa: BLE001 -- of Prefect, or of its HTTP client
                get_run_logger().warning("no progress was sent: %s", type(error).__name__)

        context = copy_context()  # of the run, which Prefect needs

        def start(percentage: float) -> Thread:
            # Ctrl-C waits for no server either.
            thread = Thread(target=context.run, args=(send, percentage), daemon=True)
            thread.start()
            return thread

        done, sender = 0, start(0.0)
        updated = logged = time.monotonic()

        def advance() -> None:
            nonlocal done, sender, updated, logged
            done += 1
            now = time.monotonic()
            if now - updated >= _PROGRESS_S and not sender.is_alive():
                updated, sender = now, start(100.0 * done / total)
            if now - logged >= _LOG_S:
                logged = now
                waiting = f", waiting for {wait}" if (wait := waits_for()) else ""
                self.info(f"{what}: {done} of {total}{waiting}")

        try:
            yield advance
        finally:
            sender.join(_PROGRESS_S)
            if done and not sender.is_alive():
                start(100.0 * done / total).join(_PROGRESS_S)


def publish_artifacts(
    ctx: RunContext, db: Database, label: RunLabel, before: Status
) -> tuple[tuple[FlagDifference, ...], dict[str, str]]:
    """What changed and the status as the artifact `run`, and each list's `changes`.

    Returns the changes, and links to the report and the pull request by their names.
    """
    current = status(ctx, db)
    changes = flag_changes(before, current)
    parts = [changes_markdown(changes), as_markdown(current, current_hints(ctx, db))]
    links = _related_links(label)
    if links:
        parts.insert(1, f"{links_markdown(links)}\n")
    about = f"what the last run changed, and the state of {label.title}"
    artifacts.create_markdown_artifact("\n".join(parts), key=label.key("run"), description=about)
    for name in label.lists:
        rows = changes_table([one for one in changes if one.row.list == name])
        key = replace(label, lists=(name,)).key("changes")
        artifacts.create_table_artifact(rows, key=key, description=f"flags of {name} that changed")
    return changes, links


def publish_week(ctx: RunContext, db: Database, label: RunLabel, page: Path) -> None:
    """The status as the artifact `week`, and a link to the page if it is published."""
    text = as_markdown(status(ctx, db), current_hints(ctx, db))
    where = f"The page is in {escape_text(os.path.relpath(page))}.\n"
    about = f"the state of {label.title}, as in the weekly report"
    artifacts.create_markdown_artifact(f"{text}\n{where}", key=label.key("week"), description=about)
    if label.prefect.report_url:
        artifacts.create_link_artifact(
            label.prefect.report_url,
            link_text="Weekly report",
            key=label.key("report"),
            description="where the weekly report is published",
        )


@as_task
def publish_sentences(title: str, sentences: str, key: str) -> None:
    """A title and one item for each line."""
    items = "".join(f"- {markdown_links(line)}\n" for line in sentences.splitlines())
    artifacts.create_markdown_artifact(f"# {title}\n\n{items}", key=key, description=title)


def _related_links(label: RunLabel) -> dict[str, str]:
    """The published report and the last pull request, as far as there are any."""
    links = {"Weekly report": label.prefect.report_url} if label.prefect.report_url else {}
    key = ArtifactFilterKey(any_=[pull_request_key(label)])
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=key), sort=ArtifactSort.CREATED_DESC, limit=1
        )
    if found and (url := find_url(str(found[0].data))):
        links["Last pull request"] = url
    return links


def pull_request_key(label: RunLabel) -> str:
    """The key of the one pull request for all lists."""
    return artifact_key(label.prefect.project, "pull-request")


def notify(label: RunLabel, notification: Notification) -> None:
    """Send a notification if the settings name a block; a run does not fail if it is not sent."""
    if label.prefect.notify:
        logger = get_run_logger()
        if mistake := send(label.prefect.notify, notification):
            logger.warning(mistake)
        else:
            logger.info("notification sent by %s", label.prefect.notify)


def run_link() -> dict[str, str]:
    """The page of the present flow run."""
    url = url_for("flow-run", obj_id=runtime.flow_run.id)
    return {"Run": url} if url else {}
