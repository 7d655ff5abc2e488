"""The status as markdown: the night's artifact and the summary of a job."""

from collections.abc import Iterator

from curated import escape
from links.upgrade import UPGRADED
from links.verdict import State
from reports.counting import plural
from reports.status import LinkRow, Status, held_back
from reports.terminal import inert
from web.address import Address, parse

_SHOWN = (
    (State.DEAD, "Dead"),
    (State.MOVED, "Moved"),
    (UPGRADED, "Moved to https, and nothing else changed"),
    (State.INSECURE, "Insecure"),
    (State.STALE, "Stale"),
    (State.REFUSED, "Refused"),
    (State.SUSPECT, "Suspect, not yet long enough"),
)


def as_markdown(status: Status) -> str:
    """A heading, counts, a table for each verdict that needs a person, and the feeds."""
    return "\n".join(_lines(status)) + "\n"


def _lines(status: Status) -> Iterator[str]:
    yield f"# The night of {status.as_of:%Y-%m-%d}"
    yield ""
    counts = ", ".join(f"{number} {state}" for state, number in sorted(status.counts.items()))
    yield f"{plural(len(status.links), 'link')}: {counts or 'none'}."
    held = held_back(status)
    if held:
        yield ""
        yield held
    for group, heading in _SHOWN:
        rows = [row for row in status.links if row.group == group]
        if rows:
            yield ""
            yield f"## {heading}: {len(rows)}"
            yield ""
            yield "| where | link | why | instead |"
            yield "|---|---|---|---|"
            yield from (_row(row) for row in rows)
    yield from _feeds(status)


def _row(row: LinkRow) -> str:
    verdict = row.verdict
    why = f"{verdict.reason} since {verdict.since}, {plural(verdict.nights, 'look')}"
    there = verdict.suggestion
    cells = (
        f"{_plain(row.list)}:{row.line}",
        _link(row.title, row.url),
        f"{why} (kept)" if row.kept else f"{why} (held back)" if row.held else why,
        _link(there, there) if there else "",
    )
    return f"| {' | '.join(cells)} |"


def _link(text: str, url: str) -> str:
    """A link where the address is one that could be asked; else the text and the address."""
    if isinstance(parse(url), Address):
        return f"[{_plain(text)}]({escape.destination(url)})"
    return _plain(text) if text == url else f"{_plain(text)} ({_plain(url)})"


def _plain(stranger: str) -> str:
    return escape.text(inert(stranger))


def _feeds(status: Status) -> Iterator[str]:
    if status.sources:
        yield ""
        yield "## Feeds"
        yield ""
    for one in status.sources:
        note = f" ({_plain(one.note)})" if one.note else ""
        yield f"- {_plain(one.source)}: {one.state}, {plural(one.items, 'item')}{note}"
