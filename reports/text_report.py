"""The status as plain text: what needs attention first, then what is merely known."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from staycurrent.reports.model import (
    FlagDifference,
    LinkRow,
    MaintenanceSubject,
    Status,
    findings_beyond_links,
    held_back,
    upcoming_checks,
)
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import (
    ENDINGS_HEADING,
    NO_FLAG,
    findings_by_kind,
    link_groups,
    override_text,
    verdict_counts,
    verdict_reason,
)
from staycurrent.sources.item import Candidate, SourceState
from staycurrent.warehouse.runs import RunStatus

_MOST_FINDINGS: Final = 3
"""Findings shown of each kind; the report of a list of 1,000 links must stay readable."""
_MOST_OTHERS: Final = 10
"""Maintenance items shown, and overrides."""
_MOST_CHANGES: Final = 20
"""Changed links in a message; a chat shows no more."""
_UNMENTIONED: Final = str.maketrans({"<": "\u2039", "@": "@\u200b"})
"""For words of strangers: `<!channel>` and `@everyone` would call all members of a chat."""


def as_text(status: Status) -> str:
    """Lines that end with a newline; the last one sums up."""
    return "\n".join([*_lines(status), summary(status)]) + "\n"


def _lines(status: Status) -> Iterator[str]:
    if held := held_back(status):
        yield from (held, "")
    for _, heading, rows in link_groups(status):
        yield from _section(heading, list(map(_link_line, rows)))
    yield from other_sections(status)
    candidates = [f"{_titled(one)} {sanitise(one.why)}" for one in status.candidates]
    yield from _section("Candidates", candidates)
    aged_out = list(map(_titled, status.aged_out))
    yield from _section("Candidates that expired without being accepted", aged_out)
    yield from subject_lines(status)
    for pull in status.sources:
        note = f" ({sanitise(pull.note)})" if pull.note else ""
        used = f" from {sanitise(pull.used)}" if pull.used else ""
        items = plural(pull.items, "item")
        yield f"Feed {sanitise(pull.source)}: {pull.state}, {items}{used}{note}"
    if status.sources:
        yield ""
    if ahead := upcoming_checks(status):
        yield ahead


def changes_text(changes: Sequence[FlagDifference]) -> Iterator[str]:
    """Two lines for each of the first changed flags, for a message, and how many were left out."""
    for change in changes[:_MOST_CHANGES]:
        row = change.row
        where = f"{sanitise(row.list)}:{row.line}"
        what = change.now or f"{NO_FLAG} (was {change.before})"
        yield f"- {what}: {sanitise(row.title)} <{sanitise(row.url)}>, {where}"
        suggestion = row.verdict.suggestion if change.now else None
        instead = f"; suggested: {sanitise(suggestion)}" if suggestion else ""
        reason = verdict_reason(row.verdict, row.evidence).translate(_UNMENTIONED)
        yield f"  {reason}{instead}"
    if len(changes) > _MOST_CHANGES:
        yield f"... and {len(changes) - _MOST_CHANGES} more"


def subject_lines(status: Status) -> Iterator[str]:
    """What candidates are chosen by, and how to say it better."""
    if status.subject is not None:
        yield f"Subject of candidates: {sanitise(status.subject.sentence)}."
        if status.subject.advice:
            advice = sanitise(status.subject.advice)
            yield f"  {advice[0].upper()}{advice[1:]}."


def _titled(one: LinkRow | Candidate) -> str:
    return f"{sanitise(one.title)} <{sanitise(one.url)}>"


def _link_line(row: LinkRow) -> str:
    """`FILE:LINE:COLUMN title <url>: reason since date -> suggestion [snapshot] [kept]`."""
    verdict, reason = row.verdict, verdict_reason(row.verdict, row.evidence)
    suggestion = f" -> {sanitise(verdict.suggestion)}" if verdict.suggestion else ""
    note = " [kept]" if row.kept else " [held back]" if row.held_back else ""
    snapshot = _snapshot(verdict.archive)
    return f"{row.position} {_titled(row)}: {reason}{suggestion}{snapshot}{note}"


def _snapshot(url: str | None) -> str:
    return f" [snapshot {sanitise(url)}]" if url else ""


def other_sections(status: Status) -> Iterator[str]:
    """What is about to end, findings of the documents, maintenance items, and overrides."""
    lines = [
        f"{one.row.position} {_titled(one.row)}: {sanitise(one.ending.evidence)}"
        + _snapshot(one.archive)
        for one in status.endings
    ]
    yield from _section(ENDINGS_HEADING, lines, _MOST_OTHERS)
    for heading, rows in findings_by_kind(findings_beyond_links(status)):
        lines = [
            f"{row.position} {sanitise(row.message)}"
            + (f" -> {sanitise(row.suggestion)}" if row.suggestion else "")
            for row in rows
        ]
        yield from _section(heading, lines, _MOST_FINDINGS)
    lines = []
    for item in status.maintenance:
        where = f"{sanitise(item.list)}:{item.line} " if item.list else ""
        is_comment = item.subject is MaintenanceSubject.COMMENT
        subject = "" if is_comment else f"{item.subject} "
        lines.append(f"{where}{subject}{sanitise(item.text)}: {sanitise(item.message)}")
    yield from _section("Maintenance", lines, _MOST_OTHERS)
    latest_first = [override_text(one) for one in reversed(status.overrides)]
    yield from _section("Overrides", latest_first, _MOST_OTHERS)
    if status.reversals.shown:
        yield from (f"{status.reversals.sentence}.", "")


def _section(heading: str, lines: Sequence[str], most: int | None = None) -> Iterator[str]:
    """A heading with the number of lines, the first of the lines, and how many were left out."""
    if not lines:
        return
    yield f"{heading}: {len(lines)}"
    yield from (f"  {line}" for line in lines[:most])
    if most is not None and len(lines) > most:
        yield f"  ... and {len(lines) - most} more (use --format json to see all)"
    yield ""


def summary(status: Status) -> str:
    """One line: links by verdict, the latest run, and the feeds that have problems."""
    parts = [f"{verdict_counts(status)}."]
    if status.endings:
        parts.append(f"{ENDINGS_HEADING}: {len(status.endings)}.")
    run = status.run
    if run is None:
        parts.append("There has been no run yet.")
    elif run.status is RunStatus.RUNNING:
        parts.append(f"Latest: run {run.id} of {run.run_date}, which did not finish.")
    else:
        reason = f" ({sanitise(run.reason)})" if run.reason else ""
        parts.append(
            f"Latest: run {run.id} of {run.run_date}, {str(run.status).replace('_', ' ')}{reason}, "
            f"{run.checked} checked, {plural(run.requests, 'request')}."
        )
    failing = Counter(one.state for one in status.sources if one.state is not SourceState.OK)
    if failing:
        feeds = ", ".join(f"{number} {state}" for state, number in sorted(failing.items()))
        parts.append(f"Feeds: {feeds}.")
    return " ".join(parts)
