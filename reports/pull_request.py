"""The bodies of the pull request and of the dashboard issue: what changes and why, in markdown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final
from urllib.parse import quote

from staycurrent.links.verdict import VerdictState, flag_state
from staycurrent.reports.markdown_report import (
    MAX_TEXT,
    feed_line,
    maintenance_line,
    markdown_link,
    markdown_text,
    replacement_links,
    snapshot_link,
)
from staycurrent.reports.model import LinkRow, MaintenanceSubject, Reversals, Status
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    Notes,
    PullRequestContent,
    changed_lines_text,
    checkbox,
    count_by_kind,
    counts_text,
    proposal_key,
    proposed_comment,
)
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import ENDINGS_HEADING, verdict_reason
from staycurrent.sources.item import SourceState
from staycurrent.web.address import strip_blanks

MAX_LENGTH: Final = 60_000
"""Characters of a body; GitHub accepts 65,536."""
_LINE_COST = 6
"""Characters in addition to the line itself: its end, and its digest in the hidden comment."""
_MARK_COST = 30
_MIN_ROOM = 5_000
"""What notes of people leave for our own text at least."""
DASHBOARD_LABEL: Final = "staycurrent"
DASHBOARD_TITLE: Final = "Link status of this list"

_MAX_TABLE = 30_000
_MAX_KEYS = 1_500
"""Keys in the hidden comment; the settings do not allow more proposed lines."""
_MAX_DETAILS = 100
"""Lines of a collapsed section; the others are counted."""
_RESERVED = 200
"""Characters kept for the sentence that counts what was left out."""
_MAX_EVIDENCE = 300
"""Characters; all that speaks for a candidate or a verdict may be said."""
_TAKEOVER_MARK = "<!--stay:waits-->"
_OWN_LINES = re.compile(r"<!--\s*stay:text((?:\s+[a-z2-7]{4})+)\s*-->")
_COMMENTED = re.compile(r"^(\s*[-*+]\s+\[)[xX ](\].*?<!--\s*stay:ask[^<>]*-->).*$")
"""A checkbox, which people tick, and comment on behind it."""
_SECTIONS: Final = {
    ChangeKind.DEAD: "Flagged 💀. One successful check removes the flag.",
    ChangeKind.USURPED: "Flagged 🎭. Another party's site now: "
    "do not follow it, and do not suggest it.",
    ChangeKind.INSECURE: "Flagged 🔓. The connection has not been secure for a week.",
    ChangeKind.MOVED: "Permanent redirects and renamed repositories: "
    "flagged 🔀, or the URL is replaced.",
    ChangeKind.MALFORMED: "Flagged 🔧. The URL is not valid as written.",
    ChangeKind.STALE: "The links work, but are archived 📦, idle for years 💤, or withdrawn 🚫.",
    ChangeKind.NEW: "Candidates from the feeds, in the generated section only. "
    "Tick what you do not want.",
    ChangeKind.CLEARED: "The flag is removed: "
    "the link works again, you keep it, or the settings put it elsewhere.",
    ChangeKind.DROPPED: "Candidates that were accepted or declined, or that expired.",
}
"""What the table of each kind shows; other lines have none."""
_HOW_TO_DISAGREE: Final = (
    "A ticked line leaves this pull request with the next run and is not proposed again "
    "unless the facts change. Removing a flag in a commit to this branch has the same effect. "
    "Closing this pull request declines all of its lines; `staycurrent keep --undo URL` "
    "(for candidates `decline --undo URL`) reverts that."
)
_HOW_TO_CHECK_AGAIN: Final = (
    "Some sites answer 404 to hosted runners although the page exists. To check the dead links of "
    "this pull request from your own machine, run this in a checkout: `(DIR=$(mktemp -d) && export "
    "STAYCURRENT_WAREHOUSE__PATH=$DIR/warehouse.duckdb && staycurrent history restore $DIR/history "
    "&& staycurrent history import $DIR/history && staycurrent check --witness && staycurrent "
    "history export $DIR/history && staycurrent history save $DIR/history)`. One success clears a "
    "link."
)
_FLAG = re.compile(r" \([^()]*<!--stay:[a-z]+:[\d-]+-->\)")
_MENTIONED = re.compile(
    r"(?i)^(https?://)(?:www\.)?github\.com(?::\d+)?"
    r"(?=/[^/?#]+/[^/?#]+/(?:issues|pull|discussions|commit)/)"
)
"""Addresses on GitHub that mention who links to them."""


@dataclass(slots=True)
class BoundedMarkdown:
    """Lines of markdown up to a number of characters.

    Whole rows are left out and counted; a row is never cut.
    """

    room: int
    """Characters that are left."""
    lines: list[str] = field(default_factory=list)

    def add(self, lines: Sequence[str]) -> None:
        """Add these lines if all of them fit."""
        if _cost(lines) <= self.room:
            self.lines += lines
            self.room -= _cost(lines)

    def add_table(self, head: Sequence[str], rows: Sequence[str]) -> None:
        """A table with as many rows as fit into the page and `_MAX_TABLE`."""
        shown = self._fitting(head, rows, min(self.room, _MAX_TABLE))
        left = len(rows) - shown
        more = ["", f"... and {plural(left, 'more line')} that did not fit here"] if left else []
        self.add([*head, *rows[:shown], *more, ""])

    def add_details(
        self, summary: str, lines: Sequence[str], *, max_lines: int = _MAX_DETAILS
    ) -> None:
        """A collapsed section; nothing if there are no lines."""
        head = [f"<details><summary>{summary}</summary>", ""]
        shown = self._fitting(head, lines[:max_lines], self.room)
        left = len(lines) - shown
        more = ["", f"... and {left} more"] if left else []
        if shown:
            self.add([*head, *lines[:shown], *more, "", "</details>", ""])

    def _fitting(self, head: Sequence[str], lines: Sequence[str], room: int) -> int:
        """How many of the lines fit after a head."""
        costs = accumulate(len(line) + _LINE_COST for line in lines)
        return sum(cost <= room - _cost(head) - _RESERVED for cost in costs)


def _cost(lines: Sequence[str]) -> int:
    return sum(len(line) + _LINE_COST for line in lines)


def pull_request_body(content: PullRequestContent) -> str:
    """GitHub-flavoured markdown of at most `MAX_LENGTH` characters, deterministic."""
    keys = [key for line in content.lines for key in line.keys]
    tail = f"\n{proposed_comment(keys[:_MAX_KEYS])}\n"
    notes = len(content.notes.above) + len(content.notes.below)
    advice = [_HOW_TO_DISAGREE, ""]
    if any(line.kind in (ChangeKind.DEAD, ChangeKind.INSECURE) for line in content.lines):
        advice += [_HOW_TO_CHECK_AGAIN, ""]
    room = max(MAX_LENGTH - len(tail) - _MARK_COST - notes, _MIN_ROOM)
    page = BoundedMarkdown(room - _cost(advice))
    page.add("\n".join(_introduction(content)).split("\n"))
    for kind, description in _SECTIONS.items():
        lines = [line for line in content.lines if line.kind is kind]
        if lines:
            page.add_table(*_table(kind, description, lines, content))
    if content.postponed:
        text = (
            f"**{plural(_total(content), 'more line')} will follow**: "
            f"{counts_text(content.postponed)}. They are proposed once this pull request is merged "
            "or closed; `pull_request.max_lines` sets how many lines are proposed at a time."
        )
        page.add([text, ""])
    boxes = []
    for line in content.lines:
        place = f"{markdown_text(line.list, MAX_TEXT)}, " if len(content.lists) > 1 else ""
        if line.kind not in (ChangeKind.CLEARED, ChangeKind.DROPPED, ChangeKind.OTHER):
            for one in line.changes:
                title = markdown_text(one.title, MAX_TEXT)
                label = f"{place}line {line.line}: {title} is not {one.claim}"
                boxes.append(checkbox(label, one.key))
    summary = "<strong>Disagree with a line?</strong> Open this and tick its box"
    page.add_details(summary, boxes, max_lines=_MAX_KEYS)
    page.lines += advice
    if content.status is not None:
        # before the first pull request nobody was asked, so a flag that stayed was not reviewed
        reviewed = Reversals(0, 0) if content.is_initial else content.status.reversals
        _add_sections(page, replace(content.status, reversals=reviewed))
    own = "\n".join(page.lines).strip("\n") + "\n" + tail
    return _with_notes(own, content.title, content.notes)


def closing_body(notes: Notes) -> str:
    """The body of a pull request that is closed because nothing is left to propose.

    It has no checkboxes, so that the closing is not taken for a decision about its lines.
    """
    own = (
        "Nothing is left to change: every line that was proposed here has been resolved or "
        "decided.\n\nThe next pull request opens when there is something to propose.\n"
    )
    return _with_notes(own, "", notes)


def _with_notes(own: str, title: str, notes: Notes) -> str:
    """Our text among the notes of people, with a hidden digest of our title and of each line."""
    lines = dict.fromkeys(_digest(line) for line in own.splitlines() if line.strip())
    mark = f"<!--stay:text {' '.join([_digest(title), *lines])}-->\n"
    above = f"{notes.above}\n\n" if notes.above else ""
    below = f"\n{notes.below}\n" if notes.below else ""
    return f"{above}{own}{mark}{below}"


def find_notes(body: str) -> Notes:
    """What people wrote into a body, wherever in it; all of a body that has none of our text."""
    body = body.replace("\r\n", "\n")
    mark = _OWN_LINES.search(body)
    if mark is None:
        return Notes(above=body.strip())
    own = frozenset(mark.group(1).split())
    notes: tuple[list[str], list[str]] = ([], [])
    is_below = is_takeover = False
    for line in body.splitlines():
        is_takeover = line == _TAKEOVER_MARK or (is_takeover and bool(line.strip()))
        if line.strip() and (_digest(line) in own or _OWN_LINES.fullmatch(line.strip())):
            is_below = True
        elif not is_takeover:
            notes[is_below].append(line)
    return Notes(*(re.sub(r"\n{3,}", "\n\n", "\n".join(part)).strip("\n") for part in notes))


def has_our_text(body: str) -> bool:
    """Whether a body was written by us."""
    return _OWN_LINES.search(body) is not None


def has_our_title(title: str, body: str) -> bool:
    """Whether nobody has changed the title since the body was written by us."""
    mark = _OWN_LINES.search(body)
    return mark is not None and mark.group(1).split()[0] == _digest(title)


def _digest(line: str) -> str:
    """A line of ours in four letters, whether its box is ticked or not."""
    return proposal_key("text", _COMMENTED.sub(r"\1 \2", line.rstrip()))[:4]


def with_takeover_note(body: str, who: str) -> str:
    """The body with a note that somebody pushed to the branch; unchanged if it has the note."""
    if _TAKEOVER_MARK in body:
        return body
    return (
        f"{_TAKEOVER_MARK}\n> **{markdown_text(who, MAX_TEXT)} pushed to this branch, so "
        "staycurrent no longer updates it**: no commit is overwritten. What it proposed before is "
        "below. After you merge or close this pull request, the next run continues from there."
        f"\n\n{body}"
    )


def dashboard_mark(branch: str) -> str:
    """The comment by which the dashboard of a branch's pull request is found."""
    return f"<!--stay:dashboard {proposal_key('dashboard', branch)}-->"


def dashboard_body(mark: str, content: PullRequestContent) -> str | None:
    """The body of the dashboard issue; None if there is nothing to say."""
    lines, postponed, status = content.lines, content.postponed, content.status
    if status is None:
        return None
    suspect, blocked, kept = _without_flags(status)
    if not (lines or postponed or suspect or status.endings or _maintenance(status)):
        return None
    page = BoundedMarkdown(MAX_LENGTH // 2)
    page.add(
        [
            mark,
            f"- in the pull request: {counts_text(count_by_kind(lines)) or 'nothing'}",
            f"- waiting for the next one: {counts_text(postponed) or 'nothing'}",
            f"- suspect (failing, but not for long enough): {len(suspect)}",
            f"- blocked (cannot be verified automatically): {len(blocked)}",
            f"- kept, as you decided: {len(kept)}",
            f"- ending soon, but still working: {len(status.endings)}",
            "",
        ]
    )
    _add_sections(page, status)
    page.add(["`staycurrent pr` updates this issue in place and closes it when it is empty."])
    return "\n".join(page.lines) + "\n"


def _introduction(content: PullRequestContent) -> Iterator[str]:
    names = ", ".join(f"`{sanitise(name).replace('`', chr(39))}`" for name in content.lists)
    counts = counts_text(count_by_kind(content.lines)) or "nothing"
    yield f"**{changed_lines_text(content.lines)} in {names}: {counts}.**"
    if any(line.kind is ChangeKind.OTHER for line in content.lines):
        yield (
            "_Other_ lines are headings, blank lines, the legend of the flags, and the rest of a "
            "link that has several lines."
        )
    what = (
        "a small flag after each link, or what `staycurrent.toml` asks for instead: dead links "
        "struck out or replaced by a snapshot, moved links with their new URL. Nothing else in "
        "a line changes."
    )
    if all(
        _FLAG.sub("", line.before) == _FLAG.sub("", line.after)
        for line in content.lines
        if line.before is not None and line.after is not None
    ):
        what = (
            "a small flag after each link. Nothing that people wrote is removed, and nothing else "
            "in a line changes."
        )
    yield (
        "\nstaycurrent checks the links of this list regularly and proposes what it is sure of: "
        f"{what} Every verdict rests on checks of several days, on the API of the site, or on the "
        "URL itself.\n"
    )
    yield (
        "**What to do:** review the tables and merge. If you disagree with a line, tick its box "
        "below the tables: it leaves this pull request and is not proposed again.\n"
    )
    if content.is_initial:
        more = f", {plural(_total(content), 'line')} will follow in the next ones"
        yield (
            "This is the first pull request, so it may be long: the surest findings come first"
            f"{more if content.postponed else ''}. Later ones propose only what changed.\n"
        )


def _total(content: PullRequestContent) -> int:
    """Number of lines that are left for the next pull requests."""
    return sum(number for _, number in content.postponed)


def _table(
    kind: ChangeKind, description: str, lines: Sequence[ChangedLine], content: PullRequestContent
) -> tuple[list[str], list[str]]:
    """Head and rows of a section's table; the last column is left out if it would be empty."""
    reason = "why it may belong" if kind is ChangeKind.NEW else "evidence"
    cells: list[tuple[str, ...]] = [("line", "entry", reason, "suggested replacement")]
    for line in lines:
        entries = [_link(one.title, one.url) for one in line.changes]
        evidence = [markdown_text(one.evidence, _MAX_EVIDENCE) for one in line.changes]
        replacements = [
            replacement_links(one.suggestion, one.snapshot, _link) for one in line.changes
        ]
        position = markdown_text(line.list, MAX_TEXT) if len(content.lists) > 1 else ""
        if line.line is not None:
            position = f"{position}:{line.line}".lstrip(":")
            if content.files_url:
                path = quote(line.list, errors="surrogateescape")
                position = f"[{position}]({content.files_url}/{path}?plain=1#L{line.line})"
        columns = (entries, evidence, replacements)
        cells.append((position, *map("<br>".join, columns)))
    width = 4 if any(row[3].replace("<br>", "") for row in cells[1:]) else 3
    rows = [f"| {' | '.join(row[:width])} |" for row in cells]
    heading = f"### {kind.capitalize()}: {len(lines)}"
    head = [heading, "", description, "", rows[0], "|---" * width + "|"]
    return head, rows[1:]


def _without_flags(status: Status) -> tuple[list[LinkRow], list[LinkRow], list[LinkRow]]:
    """The suspect links, the blocked ones, and those that would have a flag and are kept."""
    suspect, blocked = (
        [row for row in status.links if row.verdict.state is state and not row.kept]
        for state in (VerdictState.SUSPECT, VerdictState.BLOCKED)
    )
    return suspect, blocked, [row for row in status.links if row.kept and flag_state(row.verdict)]


def _maintenance(status: Status) -> list[str]:
    """The rules and comments that need maintenance; overrides are not in the repository."""
    items = (one for one in status.maintenance if one.subject is not MaintenanceSubject.OVERRIDE)
    return [maintenance_line(one) for one in items]


def _add_sections(page: BoundedMarkdown, status: Status) -> None:
    """What is known and changes no line, in collapsed sections."""
    if status.reversals.shown:
        page.add([f"False alarms so far: {status.reversals.sentence}.", ""])

    def line(row: LinkRow, reason: str) -> str:
        where = f"{markdown_text(row.list, MAX_TEXT)}, " if len(status.lists) > 1 else ""
        link = _link(row.title, row.url)
        return f"- {where}line {row.line}: {link}: {markdown_text(reason, _MAX_EVIDENCE)}"

    summaries = (
        "Suspect: failing, but not for long enough to be flagged",
        "Blocked: cannot be verified automatically, never flagged",
        "Kept: you decided to keep them as they are",
    )
    for summary, rows in zip(summaries, _without_flags(status), strict=True):
        lines = [line(row, verdict_reason(row.verdict, row.evidence)) for row in rows]
        page.add_details(f"{summary} ({len(rows)})", lines)
    endings = [
        line(one.row, one.ending.evidence)
        + (f" ({snapshot_link(one.archive)})" if one.archive else "")
        for one in status.endings
    ]
    page.add_details(f"{ENDINGS_HEADING}: these links still work ({len(endings)})", endings)
    failing = sum(one.state is not SourceState.OK for one in status.sources)
    health = f"{failing} of {len(status.sources)} with problems" if failing else "all ok"
    page.add_details(f"Feeds: {health}", [feed_line(one) for one in status.sources])
    items = _maintenance(status)
    page.add_details(f"Your rules and comments that need maintenance ({len(items)})", items)


def _link(text: str, url: str) -> str:
    """A link that GitHub does not mention in the issue or pull request that it leads to.

    GitHub does not count links that lead through `redirect.github.com`.
    """
    unmentioned = _MENTIONED.sub(r"\1redirect.github.com", strip_blanks(url))
    return markdown_link(text, unmentioned, MAX_TEXT)
