"""The verb `demo`: seven nights of the whole pipeline against a small recorded web."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from pathlib import Path

from staycurrent.curated.document import parse
from staycurrent.flows.commands.explain import explain_all
from staycurrent.flows.commands.report import write_report
from staycurrent.flows.commands.run import RunOutcome, run
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.pull_request.proposal import Wanted, page, propose
from staycurrent.flows.reporter import Reporter, SilentReporter
from staycurrent.flows.settings import FILE_NAME
from staycurrent.links.verdict import State
from staycurrent.reports import link_report
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.proposal import PullRequestContent
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.text_report import as_text
from staycurrent.sources.item import SourceState

RECORDED = Path(__file__).parents[1] / "recorded"
FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)
NIGHTS = 7
REPORT = "report.txt"
PULL_REQUEST = "pull-request.md"
PAGE = "report.html"
_SETTINGS = """\
# The demo's settings: the network is a recording, and every link is looked at every night.
[web]
recording = {recording}
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
[links.pace]
alive_every = 1
settled_every = 1
"""


def demo(voice: Reporter, folder: Path | None = None) -> str:
    """Play the nights in an empty folder (None: a temporary one) and tell them in words.

    The same text every time. Raises BadUsage where the temporary folder is not ours.
    """
    where = folder or _own_folder()
    shutil.copyfile(RECORDED / "curated.md", where / "curated.md")
    recording = json.dumps(str(RECORDED / "web.toml"))
    (where / FILE_NAME).write_text(_SETTINGS.format(recording=recording), encoding="utf-8")
    before = (where / "curated.md").read_text(encoding="utf-8")
    told: list[str] = []
    shown: Status | None = None
    for number in range(NIGHTS):
        night = context_in(where, FIRST + timedelta(days=number))
        voice.info(f"night {number + 1} of {NIGHTS}")
        outcome = run(night)
        now = status(night)
        told += _told(number, outcome, shown, now)
        shown = now
    after = (where / "curated.md").read_text(encoding="utf-8")
    last = context_in(where, FIRST + timedelta(days=NIGHTS - 1))
    (where / REPORT).write_text(_report(last), encoding="utf-8")
    (where / PULL_REQUEST).write_text(_pull_request(last), encoding="utf-8")
    write_report(last, where / PAGE)
    return "\n".join([*told, *_ending(where, before, after, shown)]) + "\n"


def context_in(where: Path, as_of: datetime) -> RunContext:
    """One night of a folder's own list and settings, with a clock that stands still."""
    return load_context(where / FILE_NAME, fixed_clock(as_of), SilentReporter(), environment={})


def _report(night: RunContext) -> str:
    """The status, and the whole story of every link that needs a person."""
    shown = status(night)
    calm = (State.ALIVE, State.UNCHECKED)
    urls = dict.fromkeys(row.url for row in shown.links if row.verdict.state not in calm)
    stories = [link_report.link_report_text(one) for one in explain_all(night, urls)]
    return "\n".join([as_text(shown), *stories])


def _pull_request(night: RunContext) -> str:
    """What `staycurrent pr` would open for the list as it was before the first night."""
    path = RECORDED / "curated.md"
    listed = ListDocument(path, "curated.md", parse(path.read_bytes()))
    proposal = propose(night, [listed], Wanted(night.settings.pull_request.most_lines))
    shown = page(proposal, PullRequestContent(lines=(), lists=(), is_initial=True))
    return f"# {shown.title}\n\n{shown.body}"


def _own_folder() -> Path:
    """A folder of the user's own, always the same one, so that its name is stable in the text."""
    where = Path(tempfile.gettempdir()) / f"staycurrent-demo-{os.getuid()}"
    if where.is_symlink() or (where.exists() and where.stat().st_uid != os.getuid()):
        raise UsageError(f"{where}: is not your own folder; set TMPDIR to one that is")
    if where.exists():
        shutil.rmtree(where)
    where.mkdir(mode=0o700)
    return where


def _told(number: int, outcome: RunOutcome, before: Status | None, now: Status) -> Iterator[str]:
    check = outcome.check
    yield (
        f"Night {number + 1}, {now.as_of:%Y-%m-%d}: {check.checked} of {check.links} links "
        f"looked at, {check.requests} requests"
    )
    for pull in outcome.pulls:
        if pull.state is not SourceState.OK:
            yield f"  feed {pull.source}: {pull.state} by {pull.used or 'nobody'} ({pull.note})"
    earlier = {(row.list, row.url, row.title): row.flag for row in before.links} if before else {}
    for row in now.links:
        was = earlier.get((row.list, row.url, row.title))
        if row.flag != was:
            yield f"  {_changed(row, was)}"
    known = {one.identity for one in before.candidates} if before else set()
    for one in now.candidates:
        if one.identity not in known:
            yield f"  new: {sanitise(one.title)} <{sanitise(one.url)}> {sanitise(one.why)}"
    if not any(rendering.changed for rendering in outcome.renderings):
        yield "  the list did not change: 0 bytes"


def _changed(row: LinkRow, was: str | None) -> str:
    title, url = sanitise(row.title), sanitise(row.url)
    if row.flag is None:
        return f"{was} no more: {title} <{url}>"
    verdict = row.verdict
    looks = plural(verdict.nights, "look")
    instead = f" -> {sanitise(verdict.suggestion)}" if verdict.suggestion else ""
    return f"{row.flag}: {title} <{url}> ({verdict.reason} since {verdict.since}, {looks}){instead}"


def _ending(where: Path, before: str, after: str, shown: Status | None) -> Iterator[str]:
    yield ""
    yield "What a pull request would show after the seven nights:"
    yield ""
    lines = (before.splitlines(), after.splitlines())
    yield from unified_diff(*lines, "a/curated.md", "b/curated.md", lineterm="", n=0)
    if shown is not None:
        yield ""
        yield "What stands now (`staycurrent status`):"
        yield ""
        yield as_text(shown).rstrip("\n")
    yield ""
    yield f"The list, its settings and its warehouse lie in {where}"
    yield f"The report lies in {where / PAGE} (a page for the browser) and {where / REPORT}"
    yield f"What `staycurrent pr` would say of it lies in {where / PULL_REQUEST}"
    yield f"Try: cd {where} && staycurrent status && staycurrent render --check"
