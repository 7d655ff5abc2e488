"""The status as markdown: the night's artifact and the summary of a job."""

from collections.abc import Iterator, Sequence
from typing import Final

from staycurrent.curated import escaping
from staycurrent.links.upgrade import UPGRADED
from staycurrent.links.verdict import State
from staycurrent.reports.model import FindingRow, LinkRow, Status, held_back
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import VERDICT_WORDING, findings_by_kind, override_text
from staycurrent.warehouse.runs import RunStatus
from staycurrent.web.address import Address, parse

_SHOWN = (
    (State.DEAD, "Dead"),
    (State.MOVED, "Moved"),
    (UPGRADED, "Moved to https, and nothing else changed"),
    (State.INSECURE, "Insecure"),
    (State.STALE, "Stale"),
    (State.REFUSED, "Refused"),
    (State.SUSPECT, "Suspect, not yet long enough"),
)

_FEW: Final = 10
"""Findings of one kind, chores, and decisions that are told."""

_MOST = 200
"""Rows of a table: nobody reads more of them, and a job's summary ends at a megabyte."""


def as_markdown(status: Status, hints: Sequence[str] = ()) -> str:
    """A heading, counts, a table for each verdict that needs a person, hints, and the feeds."""
    return "\n".join([*_lines(status), *_hints(hints), *_feeds(status)]) + "\n"


def _lines(status: Status) -> Iterator[str]:
    yield f"# The night of {status.as_of:%Y-%m-%d}"
    yield ""
    numbers = status.counts
    counts = ", ".join(f"{numbers[state]} {state}" for state in VERDICT_WORDING if numbers[state])
    yield f"{plural(len(status.links), 'link')}: {counts or 'none'}."
    yield from _run(status)
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
            yield VERDICT_WORDING[rows[0].verdict.state].action
            yield ""
            yield "| where | link | why | instead |"
            yield "|---|---|---|---|"
            yield from (_row(row) for row in rows[:_MOST])
            if len(rows) > _MOST:
                yield ""
                yield f"And {len(rows) - _MOST} more: `staycurrent status` has them all."
    yield from _findings(status)
    yield from _chores(status)
    yield from _decisions(status)


def _run(status: Status) -> Iterator[str]:
    run = status.run
    if run is None:
        return
    yield ""
    if run.status is RunStatus.NOT_JUDGED:
        yield f"**Not judged:** {_plain(run.reason)}. Nothing was flagged or written."
    else:
        looked = f"{plural(run.looked_at, 'link')} looked at, {plural(run.requests, 'request')}"
        yield f"Run {run.id} of {run.night}: {looked}."


def _hints(hints: Sequence[str]) -> Iterator[str]:
    if hints:
        yield ""
        yield "## What you could change"
        yield ""
    yield from (f"- {_plain(hint)}" for hint in hints)


def _row(row: LinkRow) -> str:
    verdict = row.verdict
    reason = verdict.reason.replace("_", " ")
    why = f"{reason} since {verdict.since}, {plural(verdict.nights, 'look')}"
    there = verdict.suggestion
    cells = (
        f"{_plain(row.list)}:{row.line}",
        _link(row.title, row.url),
        f"{why} (kept)" if row.kept else f"{why} (held back)" if row.held_back else why,
        _link(there, there) if there else "",
    )
    return f"| {' | '.join(cells)} |"


def _link(text: str, url: str) -> str:
    """A link where the address is one that could be asked; else the text and the address."""
    if isinstance(parse(url), Address):
        return f"[{_plain(text)}]({escaping.escape_destination(url)})"
    return _plain(text) if text == url else f"{_plain(text)} ({_plain(url)})"


def _plain(stranger: str) -> str:
    return escaping.escape_text(sanitise(stranger))


def _findings(status: Status) -> Iterator[str]:
    if status.findings:
        yield ""
        yield f"## Findings of the document: {len(status.findings)}"
        yield ""
        yield "| where | what | instead |"
        yield "|---|---|---|"
    for words, rows in findings_by_kind(status.findings):
        yield f"| | **{words}: {len(rows)}** | |"
        yield from (_finding(row) for row in rows[:_FEW])
        if len(rows) > _FEW:
            yield f"| | and {len(rows) - _FEW} more | |"


def _finding(row: FindingRow) -> str:
    where = f"{_plain(row.list)}:{row.line}:{row.column}"
    return f"| {where} | {_plain(row.message)} | {_plain(row.suggestion or '')} |"


def _chores(status: Status) -> Iterator[str]:
    if status.maintenance:
        yield ""
        yield f"## House-keeping: {len(status.maintenance)}"
        yield ""
    for one in status.maintenance[:_FEW]:
        where = f"{_plain(one.list)}:{one.line} " if one.list else ""
        yield f"- {where}{one.subject} {_plain(one.text)}: {_plain(one.message)}"
    if len(status.maintenance) > _FEW:
        yield f"- and {len(status.maintenance) - _FEW} more"


def _decisions(status: Status) -> Iterator[str]:
    """The newest first."""
    if status.overrides:
        yield ""
        yield f"## Decided by people: {len(status.overrides)}"
        yield ""
    yield from (f"- {_plain(override_text(one))}" for one in status.overrides[: -_FEW - 1 : -1])
    if len(status.overrides) > _FEW:
        yield f"- and {len(status.overrides) - _FEW} more"
    if status.reversals.shown:
        yield ""
        yield f"{status.reversals.sentence}."


def _feeds(status: Status) -> Iterator[str]:
    if status.sources:
        yield ""
        yield "## Feeds"
        yield ""
    for one in status.sources:
        note = f" ({_plain(one.note)})" if one.note else ""
        yield f"- {_plain(one.source)}: {one.state}, {plural(one.items, 'item')}{note}"
