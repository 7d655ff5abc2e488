"""The body of the pull request: what changes, why we are sure, and how to disagree."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote, urlsplit

from staycurrent.curated import escape
from staycurrent.reports import boxes
from staycurrent.reports.counting import plural
from staycurrent.reports.paper import Paper
from staycurrent.reports.proposed import (
    Beside,
    Finding,
    Proposed,
    Row,
    Section,
    changed_lines,
    counts,
    told,
)
from staycurrent.reports.status import Chore, LinkRow
from staycurrent.reports.terminal import inert
from staycurrent.sources.item import SourceState
from staycurrent.warehouse.items import PullRecord
from staycurrent.web.address import Address, parse

LONGEST: Final = 60_000
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
    Section.DEAD: ("Dead", "Their flag is 💀. One good look on a later night takes it off again."),
    Section.INSECURE: ("Insecure", "The certificate has been wrong for a week. Their flag is 🔓."),
    Section.MOVED: ("Moved", "Redirected for good, or renamed. They get 🔀, or their new address."),
    Section.MALFORMED: ("Malformed", "Not an address as it is written. Their flag is 🔧."),
    Section.STALE: ("Stale", "Alive, but archived 📦, idle for years 💤, or withdrawn 🚫."),
    Section.NEW: ("New", _CANDIDATES),
    Section.CLEARED: ("Cleared", "The flag goes: well again, or you said that it is fine."),
    Section.DROPPED: ("No longer proposed", "Candidates that were taken, declined or aged out."),
}
_FLAG = re.compile(r" \([^()]*<!--stay:[a-z]+:[\d-]+-->\)")
_ELSEWHERE = ("issues", "pull", "discussions", "commit")


def body(proposed: Proposed) -> str:
    """GitHub-flavoured markdown of at most `LONGEST` characters; the same state, the same text."""
    keys = [key for row in proposed.rows for key in row.keys]
    tail = f"\n{boxes.all_lines(keys[:_KEYS])}\n"
    page = Paper(LONGEST - len(tail))
    page.add(_head(proposed))
    for section, _ in counts(proposed.rows):
        rows = [row for row in proposed.rows if row.section is section]
        if section in _HEADINGS:
            page.table(*_table(section, rows, proposed), room=_ROOM_FOR_TABLES)
    page.add(_waiting(proposed))
    page.folded("<strong>Disagree with a line?</strong> Open this and tick it", _boxes(proposed))
    page.add(_how(proposed))
    for what, lines in _beside(proposed):
        page.folded(what, lines)
    return "\n".join(page.lines).strip("\n") + "\n" + tail


def folded(beside: Beside) -> list[str]:
    """The folded sections on what changes no line, as lines of markdown."""
    page = Paper(LONGEST // 2)
    for what, lines in _beside(Proposed((), (), beside=beside)):
        page.folded(what, lines)
    return page.lines


def nothing_left() -> str:
    """The body of a pull request that closes itself: no boxes, so that nothing is learned of it."""
    return (
        "Nothing is left to change: every line that was proposed here has settled by itself "
        "or was decided.\n\nThe next pull request opens when there is something to say.\n"
    )


def with_note(shown: str, who: str) -> str:
    """A body that somebody's commits have overtaken: left as it is, but for a word on that."""
    if _NOTE in shown:
        return shown
    by = _plain(who) if who else "Somebody"
    return (
        f"{_NOTE}\n> **{by} pushed to this branch, so staycurrent leaves it alone**: no commit is "
        "overwritten. Below stands what it had proposed before. Merge or close this, and the next "
        f"run goes on from there.\n\n{shown}"
    )


def _head(proposed: Proposed) -> Iterator[str]:
    of = ", ".join(f"`{_path(name)}`" for name in proposed.lists)
    counted = told(counts(proposed.rows)) or "nothing"
    yield f"**{changed_lines(proposed.rows)} in {of}: {counted}.**"
    if any(row.section is Section.OTHER for row in proposed.rows):
        yield "_Other_ is what goes with it: headings, blank lines and the legend of the flags."
    yield ""
    yield (
        "staycurrent looks at the links of this list night after night. What it is sure of is "
        f"proposed here: {_does(proposed.rows)} Every verdict rests on looks of several nights, or "
        "on the word of the site's own API."
    )
    yield ""
    yield (
        "**What to do:** look through the tables and merge. If you disagree with a line, tick its "
        "box below the tables: the line goes out, and you are not asked again."
    )
    yield ""
    if proposed.is_first:
        yield (
            "This is the first pull request, so it may be long: the surest findings come first"
            f"{_more_waits(proposed)}, and from then on only what changes is proposed."
        )
        yield ""


def _more_waits(proposed: Proposed) -> str:
    total = sum(number for _, number in proposed.waiting)
    wait = "waits" if total == 1 else "wait"
    return f", {plural(total, 'line')} {wait} for the next ones" if total else ""


def _does(rows: Sequence[Row]) -> str:
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
    section: Section, rows: Sequence[Row], proposed: Proposed
) -> tuple[list[str], list[str]]:
    """Head and rows of a section; a column that would be empty is left out."""
    name, says = _HEADINGS[section]
    why = "why it may belong" if section is Section.NEW else "why we are sure"
    cells = [("line", "entry", why, "what could stand there instead")]
    cells += [_cells(row, proposed) for row in rows]
    width = 4 if any(one[3].replace("<br>", "") for one in cells[1:]) else 3
    lines = [f"| {' | '.join(one[:width])} |" for one in cells]
    head = [f"### {name}: {len(rows)}", "", says, "", lines[0], "|---" * width + "|"]
    return head, lines[1:]


def _cells(row: Row, proposed: Proposed) -> tuple[str, str, str, str]:
    entries, reasons, others = (
        "<br>".join(cell(one) for one in row.findings) for cell in (_entry, _evidence, _instead)
    )
    return _where(row, proposed), entries, reasons, others


def _where(row: Row, proposed: Proposed) -> str:
    name = f"{_plain(row.list)}:" if len(proposed.lists) > 1 else ""
    if row.line is None:
        return name.rstrip(":")
    if not proposed.lines_of:
        return f"{name}{row.line}"
    path = quote(row.list, errors="surrogateescape")
    address = f"{proposed.lines_of}/{path}?plain=1#L{row.line}"
    return f"[{name}{row.line}]({address})"


def _entry(one: Finding) -> str:
    return _link(one.title, one.url)


def _evidence(one: Finding) -> str:
    return _plain(one.evidence)


def _instead(one: Finding) -> str:
    shown = _link(one.instead, one.instead) if one.instead else ""
    if shown or not one.snapshot:
        return shown
    return f"[snapshot]({escape.destination(one.snapshot)})"


def _waiting(proposed: Proposed) -> Iterator[str]:
    if proposed.waiting:
        total = sum(number for _, number in proposed.waiting)
        wait = "line more waits" if total == 1 else "lines more wait"
        yield (
            f"**{total} {wait}**: {told(proposed.waiting)}. They come when these are merged or "
            "closed; `pull_request.most_lines` says how many come at a time."
        )
        yield ""


def _boxes(proposed: Proposed) -> list[str]:
    return [
        boxes.box(f"line {row.line}: {_plain(one.title)} is not {one.says}", [one.key])
        for row in proposed.rows
        if row.section not in (Section.CLEARED, Section.DROPPED, Section.OTHER)
        for one in row.findings
    ]


def _how(proposed: Proposed) -> Iterator[str]:
    yield (
        "A ticked line goes out of this pull request on the next run and is not asked again, "
        "unless the facts change. So does a flag that you take out in a commit to this branch. "
        "Closing this pull request settles all its lines that way; `staycurrent keep --undo URL` "
        "takes it back."
    )
    yield ""
    if proposed.beside.false_alarms:
        yield f"False alarms so far: {_plain(proposed.beside.false_alarms)}"
        yield ""


def _beside(proposed: Proposed) -> Iterator[tuple[str, list[str]]]:
    beside = proposed.beside
    for what, rows in (
        ("Suspect: failing, not yet long enough to be flagged", beside.suspect),
        ("Blocked: a robot cannot tell, so they are never flagged", beside.blocked),
        ("Kept: you said that they are fine", beside.kept),
    ):
        yield f"{what} ({len(rows)})", [_known(row, proposed) for row in rows]
    ill = sum(one.state is not SourceState.OK for one in beside.sources)
    health = f"{ill} of {len(beside.sources)} not well" if ill else "all well"
    yield f"Feeds: {health}", [_feed(one) for one in beside.sources]
    orders = [_order(one) for one in beside.chores]
    yield f"Rules and comments of yours to look at ({len(orders)})", orders


def _known(row: LinkRow, proposed: Proposed) -> str:
    verdict = row.verdict
    name = f"{_plain(row.list)}, " if len(proposed.lists) > 1 else ""
    since = f" since {verdict.since}, {plural(verdict.nights, 'look')}" if verdict.since else ""
    reason = verdict.reason.replace("_", " ") or str(verdict.state)
    return f"- {name}line {row.line}: {_link(row.title, row.url)}: {reason}{since}"


def _order(one: Chore) -> str:
    where = f" ({_plain(one.list)}, line {one.line})" if one.list else ""
    return f"- {one.subject} {_plain(one.text)}{where}: {_plain(one.message)}"


def _feed(one: PullRecord) -> str:
    note = f" ({_plain(one.note)})" if one.note else ""
    return f"- feed {_plain(one.source)}: {one.state}, {plural(one.items, 'item')}{note}"


def _link(text: str, url: str) -> str:
    """A link where the address is one that could be asked; else the text and the address."""
    if isinstance(parse(url), Address):
        return f"[{_plain(text)}]({escape.destination(_without_echo(url))})"
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
    words = inert(stranger)
    cut = words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"
    return escape.text(cut)


def _path(name: str) -> str:
    """A list's name within code; whoever renames files may write what they like."""
    return inert(name).replace("`", "'")
