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
from staycurrent.flows.exits import BadUsage
from staycurrent.flows.explain import explain_all
from staycurrent.flows.listing import Listed
from staycurrent.flows.night import Night, night_of, still
from staycurrent.flows.pull_request.proposal import Wanted, page, propose
from staycurrent.flows.report import write_report
from staycurrent.flows.run import Outcome, run
from staycurrent.flows.settings import FILE_NAME
from staycurrent.flows.status import status
from staycurrent.flows.voice import Silence, Voice
from staycurrent.links.verdict import State
from staycurrent.reports import story
from staycurrent.reports.as_text import as_text
from staycurrent.reports.counting import plural
from staycurrent.reports.proposed import Proposed
from staycurrent.reports.status import LinkRow, Status
from staycurrent.reports.terminal import inert
from staycurrent.sources.item import SourceState

RECORDED = Path(__file__).parent / "recorded"
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


def demo(voice: Voice, folder: Path | None = None) -> str:
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
        night = night_in(where, FIRST + timedelta(days=number))
        voice.say(f"night {number + 1} of {NIGHTS}")
        outcome = run(night)
        now = status(night)
        told += _told(number, outcome, shown, now)
        shown = now
    after = (where / "curated.md").read_text(encoding="utf-8")
    last = night_in(where, FIRST + timedelta(days=NIGHTS - 1))
    (where / REPORT).write_text(_report(last), encoding="utf-8")
    (where / PULL_REQUEST).write_text(_pull_request(last), encoding="utf-8")
    write_report(last, where / PAGE)
    return "\n".join([*told, *_ending(where, before, after, shown)]) + "\n"


def night_in(where: Path, as_of: datetime) -> Night:
    """One night of a folder's own list and settings, with a clock that stands still."""
    return night_of(where / FILE_NAME, still(as_of), Silence(), environment={})


def _report(night: Night) -> str:
    """The status, and the whole story of every link that needs a person."""
    shown = status(night)
    calm = (State.ALIVE, State.UNCHECKED)
    urls = dict.fromkeys(row.url for row in shown.links if row.verdict.state not in calm)
    stories = [story.as_text(one) for one in explain_all(night, urls)]
    return "\n".join([as_text(shown), *stories])


def _pull_request(night: Night) -> str:
    """What `staycurrent pr` would open for the list as it was before the first night."""
    path = RECORDED / "curated.md"
    listed = Listed(path, "curated.md", parse(path.read_bytes()))
    proposal = propose(night, [listed], Wanted(night.settings.pull_request.most_lines))
    shown = page(proposal, Proposed(rows=(), lists=(), is_first=True))
    return f"# {shown.title}\n\n{shown.body}"


def _own_folder() -> Path:
    """A folder of the user's own, always the same one, so that its name is stable in the text."""
    where = Path(tempfile.gettempdir()) / f"staycurrent-demo-{os.getuid()}"
    if where.is_symlink() or (where.exists() and where.stat().st_uid != os.getuid()):
        raise BadUsage(f"{where}: is not your own folder; set TMPDIR to one that is")
    if where.exists():
        shutil.rmtree(where)
    where.mkdir(mode=0o700)
    return where


def _told(number: int, outcome: Outcome, before: Status | None, now: Status) -> Iterator[str]:
    check = outcome.check
    yield (
        f"Night {number + 1}, {now.as_of:%Y-%m-%d}: {check.looked_at} of {check.links} links "
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
            yield f"  new: {inert(one.title)} <{inert(one.url)}> {inert(one.why)}"
    if not any(rendering.changed for rendering in outcome.renderings):
        yield "  the list did not change: 0 bytes"


def _changed(row: LinkRow, was: str | None) -> str:
    title, url = inert(row.title), inert(row.url)
    if row.flag is None:
        return f"{was} no more: {title} <{url}>"
    verdict = row.verdict
    looks = plural(verdict.nights, "look")
    instead = f" -> {inert(verdict.suggestion)}" if verdict.suggestion else ""
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
