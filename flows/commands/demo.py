"""`staycurrent demo`: seven nights of the whole pipeline against a small recorded web."""

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from pathlib import Path

from staycurrent.curated.document import parse
from staycurrent.flows.commands.explain import explain
from staycurrent.flows.commands.report import write_report
from staycurrent.flows.commands.run import RunOutcome, run
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.publishing.proposal import propose
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import FILE_NAME
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.link_report import link_report_text
from staycurrent.reports.model import FlagDifference, Status, flag_changes
from staycurrent.reports.proposal import PullRequestContent
from staycurrent.reports.pull_request import pull_request_body
from staycurrent.reports.text import sanitise
from staycurrent.reports.text_report import as_text
from staycurrent.reports.wording import verdict_reason
from staycurrent.sources.item import SourceState
from staycurrent.sources.settings import LED_BY_LIST

RECORDED = Path(__file__).parents[1] / "recorded"
FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)
NIGHTS = 7
REPORT = "report.txt"
PULL_REQUEST = "pull-request.md"
PAGE = "report.html"
_SETTINGS = """\
# The demo's settings: the network is a recording, and every link is checked every night.
[list]
paths = ["curated.md"]
[web]
recording = {recording}
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
[links.recheck]
alive_every = 1
settled_every = 1
# Not recorded: what these sources show depends on the list.
"""
LED_OFF = "".join(f"[sources.{name}]\nenabled = false\n" for name in LED_BY_LIST)
"""Settings without the sources that the list's own entries lead."""


def demo(reporter: Reporter, folder: Path | None = None) -> str:
    """Run the nights in an empty folder (None: a temporary one) and describe them.

    The text is the same every time. Raises UsageError where the temporary folder belongs to
    somebody else.
    """
    folder = folder or _own_folder()
    shutil.copyfile(RECORDED / "curated.md", folder / "curated.md")
    recording = json.dumps(str(RECORDED / "web.toml"))
    (folder / FILE_NAME).write_text(
        _SETTINGS.format(recording=recording) + LED_OFF, encoding="utf-8"
    )
    before = (folder / "curated.md").read_text(encoding="utf-8")
    lines: list[str] = []
    ctx = context_in(folder, FIRST)
    with open_database(ctx) as db:
        previous = status(ctx, db)
    for number in range(NIGHTS):
        ctx = context_in(folder, FIRST + timedelta(days=number))
        reporter.info(f"night {number + 1} of {NIGHTS}")
        with open_database(ctx) as db:
            outcome = run(ctx, db)
            current = status(ctx, db)
        lines += _night_lines(number, outcome, previous, current)
        previous = current
    after = (folder / "curated.md").read_text(encoding="utf-8")
    with open_database(ctx) as db:
        text, well = as_text(current), (VerdictState.ALIVE, VerdictState.UNCHECKED)
        urls = dict.fromkeys(row.url for row in current.links if row.verdict.state not in well)
        reports = map(link_report_text, explain(ctx, db, urls))
        (folder / REPORT).write_text("\n".join([text, *reports]), encoding="utf-8")
        (folder / PULL_REQUEST).write_text(_pull_request(ctx, db), encoding="utf-8")
        write_report(ctx, db, folder / PAGE)
    diff = unified_diff(
        before.splitlines(), after.splitlines(), "a/curated.md", "b/curated.md", lineterm="", n=0
    )
    lines += [
        "",
        "What a pull request would show after the seven nights:",
        "",
        *diff,
        "",
        "The state of every link (`staycurrent status`):",
        "",
        text.rstrip("\n"),
        "",
        f"The list, its settings and its warehouse are in {folder}",
        f"The report is {folder / PAGE} (for the browser) and {folder / REPORT}",
        f"The text of a pull request is {folder / PULL_REQUEST}",
        f"Try: cd {shlex.quote(str(folder))} && staycurrent status && staycurrent render --check",
        "The next demo empties this folder.",
    ]
    return "\n".join(lines) + "\n"


def context_in(folder: Path, as_of: datetime) -> RunContext:
    """A run with a folder's own list and settings, and a clock that does not advance."""
    return load_context(folder / FILE_NAME, fixed_clock(as_of), Reporter(), environment={})


def _pull_request(ctx: RunContext, db: Database) -> str:
    """What `staycurrent pr` would open for the list as it was before the first night."""
    path = RECORDED / "curated.md"
    listed = ListDocument(path, "curated.md", parse(path.read_bytes()))
    content = propose(ctx, db, [listed], PullRequestContent(is_initial=True)).content
    return f"# {content.title}\n\n{pull_request_body(content)}"


def _own_folder() -> Path:
    """An empty folder of the user; always the same one, because its name is in the text."""
    folder = Path(tempfile.gettempdir()) / f"staycurrent-demo-{os.getuid()}"
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != os.getuid()):
        raise UsageError(f"{folder}: belongs to somebody else; set TMPDIR to a folder of your own")
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chdir(folder)  # not a folder in it, which is removed now; DuckDB ends without a current one
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
    return folder


def _night_lines(
    number: int, outcome: RunOutcome, before: Status, current: Status
) -> Iterator[str]:
    """What one night changed."""
    check = outcome.check
    yield (
        f"Night {number + 1}, {current.as_of:%Y-%m-%d}: {check.checked} of {check.links} links "
        f"checked, {check.requests} requests"
    )
    for pull in outcome.pulls:
        if pull.state is not SourceState.OK:
            yield f"  feed {pull.source}: {pull.state} by {pull.used or 'nobody'} ({pull.note})"
    for change in flag_changes(before, current):
        yield f"  {_change(change)}"
    known = {one.identity for one in before.candidates}
    for one in current.candidates:
        if one.identity not in known:
            yield f"  new: {sanitise(one.title)} <{sanitise(one.url)}> {sanitise(one.why)}"
    if not any(rendering.changed for rendering in outcome.renderings):
        yield "  the list did not change: 0 bytes"


def _change(change: FlagDifference) -> str:
    row, verdict = change.row, change.row.verdict
    title, url = sanitise(row.title), sanitise(row.url)
    if not change.now:
        return f"no longer {change.before}: {title} <{url}>"
    target = f" -> {sanitise(verdict.suggestion)}" if verdict.suggestion else ""
    return f"{change.now}: {title} <{url}>: {verdict_reason(verdict, row.evidence)}{target}"
