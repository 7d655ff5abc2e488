"""The status as markdown: the night's artifact and the summary of a job."""

from collections.abc import Iterator

from curated import escape
from links.verdict import State
from reports.status import LinkRow, Status

_SHOWN = (
    (State.DEAD, "Dead"),
    (State.MOVED, "Moved"),
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
    yield f"{len(status.links)} links: {counts or 'none'}."
    for state, heading in _SHOWN:
        rows = [row for row in status.links if row.verdict.state is state]
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
    link = f"[{escape.text(row.title)}]({escape.destination(row.url)})"
    why = f"{verdict.reason} since {verdict.since}, {verdict.nights} looks"
    there = verdict.suggestion
    instead = f"[{escape.text(there)}]({escape.destination(there)})" if there else ""
    return f"| {escape.text(row.list)}:{row.line} | {link} | {why} | {instead} |"


def _feeds(status: Status) -> Iterator[str]:
    if status.sources:
        yield ""
        yield "## Feeds"
        yield ""
    for one in status.sources:
        note = f" ({escape.text(one.note)})" if one.note else ""
        yield f"- {one.source}: {one.state}, {one.items} items{note}"
