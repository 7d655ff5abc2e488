"""A page of markdown with so much room and no more: what does not fit is counted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from staycurrent.curated import escaping
from staycurrent.reports import proposal
from staycurrent.reports.model import LinkRow, MaintenanceItem
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    ProposedChange,
    PullRequestContent,
    PullRequestDetails,
    changed_lines_text,
    count_by_kind,
    counts_text,
)
from staycurrent.reports.text import plural, sanitise
from staycurrent.sources.item import SourceState
from staycurrent.warehouse.items import PullRecord
from staycurrent.web.address import Address, parse

_FOR_THE_REST = 200
"""Characters kept for the word on what is left out."""
_OF_LIST = 100
"""Rows of a folded section; the rest is counted."""


@dataclass(slots=True)
class BoundedMarkdown:
    """Lines that fit; what does not is counted, never cut within a row."""

    room: int
    lines: list[str] = field(default_factory=list)

    def add(self, lines: Iterator[str] | Sequence[str]) -> None:
        """Lines that stand together, or not at all."""
        block = list(lines)
        if self._cost(block) <= self.room:
            self._put(block)

    def table(self, head: Sequence[str], rows: Sequence[str], *, room: int) -> None:
        """A head, and as many rows as fit within `room` and the page."""
        shown = self._fitting(rows, min(self.room, room) - self._cost(head) - _FOR_THE_REST)
        left = len(rows) - shown
        more = ["", f"And {plural(left, 'more line')} that this page has no room for."]
        self.add([*head, *rows[:shown], *(more if left else []), ""])

    def folded(self, what: str, lines: Sequence[str]) -> None:
        """A section that is closed until somebody opens it."""
        if not lines:
            return
        head = [f"<details><summary>{what}</summary>", ""]
        shown = self._fitting(lines[:_OF_LIST], self.room - self._cost(head) - _FOR_THE_REST)
        left = len(lines) - shown
        more = ["", f"And {left} more."] if left else []
        if shown:
            self._put([*head, *lines[:shown], *more, "", "</details>", ""])

    def _fitting(self, lines: Sequence[str], room: int) -> int:
        shown = 0
        for line in lines:
            room -= len(line) + 1
            if room < 0:
                break
            shown += 1
        return shown

    def _put(self, block: Sequence[str]) -> None:
        self.lines += block
        self.room -= self._cost(block)

    def _cost(self, block: Sequence[str]) -> int:
        return sum(len(line) + 1 for line in block)


MAX_LENGTH: Final = 60_000
"""Characters; GitHub takes 65,536."""
_ROOM_FOR_TABLES = 30_000
_NOTE = "<!--stay:waits-->"
_KEYS = 1_500
"""Hidden names of findings; `flows.bounds` lets no more lines be proposed."""
_LONGEST_WORDS = 200
_CANDIDATES = (
    "Candidates from the feeds, in the generated part of the list only. Take over what you like, "
    "and tick what you do not want."
)
_HEADINGS = {
    ChangeKind.DEAD: (
        "Dead",
        "Their flag is 💀. One good look on a later night takes it off again.",
    ),
    ChangeKind.INSECURE: (
        "Insecure",
        "The certificate has been wrong for a week. Their flag is 🔓.",
    ),
    ChangeKind.MOVED: (
        "Moved",
        "Redirected for good, or renamed. They get 🔀, or their new address.",
    ),
    ChangeKind.MALFORMED: ("Malformed", "Not an address as it is written. Their flag is 🔧."),
    ChangeKind.STALE: ("Stale", "Alive, but archived 📦, idle for years 💤, or withdrawn 🚫."),
    ChangeKind.NEW: ("New", _CANDIDATES),
    ChangeKind.CLEARED: ("Cleared", "The flag goes: well again, or you said that it is fine."),
    ChangeKind.DROPPED: ("No longer proposed", "Candidates that were taken, declined or aged out."),
}
_FLAG = re.compile(r" \([^()]*<!--stay:[a-z]+:[\d-]+-->\)")
_ELSEWHERE = ("issues", "pull", "discussions", "commit")


def pull_request_body(proposed: PullRequestContent) -> str:
    """GitHub-flavoured markdown of at most `LONGEST` characters; the same state, the same text."""
    keys = [key for row in proposed.lines for key in row.keys]
    tail = f"\n{proposal.proposed_comment(keys[:_KEYS])}\n"
    page = BoundedMarkdown(MAX_LENGTH - len(tail))
    page.add(_head(proposed))
    for section, _ in count_by_kind(proposed.lines):
        rows = [row for row in proposed.lines if row.kind is section]
        if section in _HEADINGS:
            page.table(*_table(section, rows, proposed), room=_ROOM_FOR_TABLES)
    page.add(_waiting(proposed))
    page.folded("<strong>Disagree with a line?</strong> Open this and tick it", _boxes(proposed))
    page.add(_how(proposed))
    for what, lines in _beside(proposed):
        page.folded(what, lines)
    return "\n".join(page.lines).strip("\n") + "\n" + tail


def details_sections(beside: PullRequestDetails) -> list[str]:
    """The folded sections on what changes no line, as lines of markdown."""
    page = BoundedMarkdown(MAX_LENGTH // 2)
    for what, lines in _beside(PullRequestContent((), (), details=beside)):
        page.folded(what, lines)
    return page.lines


def closing_body() -> str:
    """The body of a pull request that closes itself: no boxes, so that nothing is learned of it."""
    return (
        "Nothing is left to change: every line that was proposed here has settled by itself "
        "or was decided.\n\nThe next pull request opens when there is something to say.\n"
    )


def with_takeover_note(shown: str, who: str) -> str:
    """A body that somebody's commits have overtaken: left as it is, but for a word on that."""
    if _NOTE in shown:
        return shown
    by = _plain(who) if who else "Somebody"
    return (
        f"{_NOTE}\n> **{by} pushed to this branch, so staycurrent leaves it alone**: no commit is "
        "overwritten. Below stands what it had proposed before. Merge or close this, and the next "
        f"run goes on from there.\n\n{shown}"
    )


def _head(proposed: PullRequestContent) -> Iterator[str]:
    of = ", ".join(f"`{_path(name)}`" for name in proposed.lists)
    counted = counts_text(count_by_kind(proposed.lines)) or "nothing"
    yield f"**{changed_lines_text(proposed.lines)} in {of}: {counted}.**"
    if any(row.kind is ChangeKind.OTHER for row in proposed.lines):
        yield "_Other_ is what goes with it: headings, blank lines and the legend of the flags."
    yield ""
    yield (
        "staycurrent looks at the links of this list night after night. What it is sure of is "
        f"proposed here: {_does(proposed.lines)} Every verdict rests on looks of several nights, or "  # noqa: E501
        "on the word of the site's own API."
    )
    yield ""
    yield (
        "**What to do:** look through the tables and merge. If you disagree with a line, tick its "
        "box below the tables: the line goes out, and you are not asked again."
    )
    yield ""
    if proposed.is_initial:
        yield (
            "This is the first pull request, so it may be long: the surest findings come first"
            f"{_more_waits(proposed)}, and from then on only what changes is proposed."
        )
        yield ""


def _more_waits(proposed: PullRequestContent) -> str:
    total = sum(number for _, number in proposed.postponed)
    wait = "waits" if total == 1 else "wait"
    return f", {plural(total, 'line')} {wait} for the next ones" if total else ""


def _does(rows: Sequence[ChangedLine]) -> str:
    """What is done to a line, as the rows show it."""
    own = [row for row in rows if row.before is not None and row.after is not None]
    if all(_FLAG.sub("", row.before or "") == _FLAG.sub("", row.after or "") for row in own):
        return (
            "a small flag behind each link, so that readers know. Nothing is removed, and nothing "
            "else in a line is touched."
        )
    return (
        "a small flag behind each link, so that readers know, or what `staycurrent.toml` asks for "
        "in its place: dead links struck out or led to a snapshot, moved ones given their new "
        "address. Nothing else in a line is touched."
    )


def _table(
    section: ChangeKind, rows: Sequence[ChangedLine], proposed: PullRequestContent
) -> tuple[list[str], list[str]]:
    """Head and rows of a section; a column that would be empty is left out."""
    name, says = _HEADINGS[section]
    why = "why it may belong" if section is ChangeKind.NEW else "why we are sure"
    cells = [("line", "entry", why, "what could stand there instead")]
    cells += [_cells(row, proposed) for row in rows]
    width = 4 if any(one[3].replace("<br>", "") for one in cells[1:]) else 3
    lines = [f"| {' | '.join(one[:width])} |" for one in cells]
    head = [f"### {name}: {len(rows)}", "", says, "", lines[0], "|---" * width + "|"]
    return head, lines[1:]


def _cells(row: ChangedLine, proposed: PullRequestContent) -> tuple[str, str, str, str]:
    entries, reasons, others = (
        "<br>".join(cell(one) for one in row.changes) for cell in (_entry, _evidence, _instead)
    )
    return _where(row, proposed), entries, reasons, others


def _where(row: ChangedLine, proposed: PullRequestContent) -> str:
    name = f"{_plain(row.list)}:" if len(proposed.lists) > 1 else ""
    if row.line is None:
        return name.rstrip(":")
    if not proposed.files_url:
        return f"{name}{row.line}"
    path = quote(row.list, errors="surrogateescape")
    address = f"{proposed.files_url}/{path}?plain=1#L{row.line}"
    return f"[{name}{row.line}]({address})"


def _entry(one: ProposedChange) -> str:
    return _link(one.title, one.url)


def _evidence(one: ProposedChange) -> str:
    return _plain(one.evidence)


def _instead(one: ProposedChange) -> str:
    shown = _link(one.suggestion, one.suggestion) if one.suggestion else ""
    if shown or not one.snapshot:
        return shown
    return f"[snapshot]({escaping.escape_destination(one.snapshot)})"


def _waiting(proposed: PullRequestContent) -> Iterator[str]:
    if proposed.postponed:
        total = sum(number for _, number in proposed.postponed)
        wait = "line more waits" if total == 1 else "lines more wait"
        yield (
            f"**{total} {wait}**: {counts_text(proposed.postponed)}. They come when these are merged or "  # noqa: E501
            "closed; `pull_request.most_lines` says how many come at a time."
        )
        yield ""


def _boxes(proposed: PullRequestContent) -> list[str]:
    return [
        proposal.checkbox(f"line {row.line}: {_plain(one.title)} is not {one.claim}", [one.key])
        for row in proposed.lines
        if row.kind not in (ChangeKind.CLEARED, ChangeKind.DROPPED, ChangeKind.OTHER)
        for one in row.changes
    ]


def _how(proposed: PullRequestContent) -> Iterator[str]:
    yield (
        "A ticked line goes out of this pull request on the next run and is not asked again, "
        "unless the facts change. So does a flag that you take out in a commit to this branch. "
        "Closing this pull request settles all its lines that way; `staycurrent keep --undo URL` "
        "takes it back."
    )
    yield ""
    if proposed.details.false_alarms:
        yield f"False alarms so far: {_plain(proposed.details.false_alarms)}"
        yield ""


def _beside(proposed: PullRequestContent) -> Iterator[tuple[str, list[str]]]:
    beside = proposed.details
    for what, rows in (
        ("Suspect: failing, not yet long enough to be flagged", beside.suspect),
        ("Blocked: a robot cannot tell, so they are never flagged", beside.blocked),
        ("Kept: you said that they are fine", beside.kept),
    ):
        yield f"{what} ({len(rows)})", [_known(row, proposed) for row in rows]
    ill = sum(one.state is not SourceState.OK for one in beside.sources)
    health = f"{ill} of {len(beside.sources)} not well" if ill else "all well"
    yield f"Feeds: {health}", [_feed(one) for one in beside.sources]
    orders = [_order(one) for one in beside.maintenance]
    yield f"Rules and comments of yours to look at ({len(orders)})", orders


def _known(row: LinkRow, proposed: PullRequestContent) -> str:
    verdict = row.verdict
    name = f"{_plain(row.list)}, " if len(proposed.lists) > 1 else ""
    since = f" since {verdict.since}, {plural(verdict.nights, 'look')}" if verdict.since else ""
    reason = verdict.reason.replace("_", " ") or str(verdict.state)
    return f"- {name}line {row.line}: {_link(row.title, row.url)}: {reason}{since}"


def _order(one: MaintenanceItem) -> str:
    where = f" ({_plain(one.list)}, line {one.line})" if one.list else ""
    return f"- {one.subject} {_plain(one.text)}{where}: {_plain(one.message)}"


def _feed(one: PullRecord) -> str:
    note = f" ({_plain(one.note)})" if one.note else ""
    return f"- feed {_plain(one.source)}: {one.state}, {plural(one.items, 'item')}{note}"


def _link(text: str, url: str) -> str:
    """A link where the address is one that could be asked; else the text and the address."""
    if isinstance(parse(url), Address):
        return f"[{_plain(text)}]({escaping.escape_destination(_without_echo(url))})"
    return _plain(text) if text == url else f"{_plain(text)} ({_plain(url)})"


def _without_echo(url: str) -> str:
    """GitHub tells an issue who links to it; by this host of its own it does not."""
    parts = urlsplit(url)
    path = parts.path.split("/")
    is_github = parts.hostname in ("github.com", "www.github.com")
    if is_github and len(path) > 4 and path[3] in _ELSEWHERE:
        return parts._replace(netloc="redirect.github.com").geturl()
    return url


def _plain(stranger: str) -> str:
    words = sanitise(stranger)
    cut = words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"
    return escaping.escape_text(cut)


def _path(name: str) -> str:
    """A list's name within code; whoever renames files may write what they like."""
    return sanitise(name).replace("`", "'")


DASHBOARD_LABEL: Final = "staycurrent"
DASHBOARD_TITLE: Final = "Links of this list: what stands"
DASHBOARD_MARK: Final = "<!--stay:dashboard-->"


def dashboard_body(
    rows: Sequence[ChangedLine],
    waiting: Sequence[tuple[ChangeKind, int]],
    beside: PullRequestDetails,
) -> str | None:
    """Markdown, or None where there is nothing left to say."""
    if not (rows or waiting or beside.suspect or beside.maintenance):
        return None
    return "\n".join(_dashboard_lines(rows, waiting, beside)) + "\n"


def _dashboard_lines(
    rows: Sequence[ChangedLine],
    waiting: Sequence[tuple[ChangeKind, int]],
    beside: PullRequestDetails,
) -> Iterator[str]:
    yield DASHBOARD_MARK
    yield f"- in the pull request: {counts_text(count_by_kind(rows)) or 'nothing'}"
    yield f"- waiting for the next one: {counts_text(waiting) or 'nothing'}"
    yield f"- suspect, not yet long enough: {len(beside.suspect)}"
    yield f"- blocked, which a robot cannot tell: {len(beside.blocked)}"
    yield f"- kept, because you said so: {len(beside.kept)}"
    yield ""
    yield from details_sections(beside)
    yield "This issue is updated in place by `staycurrent pr`, and closes itself."
