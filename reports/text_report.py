"""The status as plain text: what needs a person first, then what is merely known."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from staycurrent.links.upgrade import UPGRADED
from staycurrent.links.verdict import State
from staycurrent.reports.model import (
    FindingRow,
    LinkRow,
    MaintenanceItem,
    MaintenanceSubject,
    Status,
    held_back,
    upcoming_checks,
)
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import findings_by_kind, override_text
from staycurrent.sources.item import SourceState

_SHOWN = (
    (State.DEAD, "Dead"),
    (State.MOVED, "Moved"),
    (UPGRADED, "Moved to https, and nothing else changed"),
    (State.INSECURE, "Insecure"),
    (State.STALE, "Stale"),
    (State.REFUSED, "Refused (malformed, or by our own policy)"),
    (State.SUSPECT, "Suspect (failing, not yet long enough)"),
    (State.BLOCKED, "Blocked (a robot cannot tell)"),
)

_FEW: Final = 3
"""Findings of one kind that are told; a list of 1,000 links must stay readable."""
_SOME: Final = 10
"""Chores, and decisions, that are told."""


def as_text(status: Status) -> str:
    """Lines that end with a newline; the last one sums up."""
    return "\n".join([*_body(status), summary(status)]) + "\n"


def _body(status: Status) -> Iterator[str]:
    held = held_back(status)
    if held:
        yield held
        yield ""
    for group, heading in _SHOWN:
        rows = [row for row in status.links if row.group == group]
        if rows:
            yield f"{heading}: {len(rows)}"
            yield from (f"  {_line(row)}" for row in rows)
            yield ""
    yield from maintenance_lines(status)
    yield from _candidates(status)
    yield from _sources(status)
    ahead = upcoming_checks(status)
    if ahead:
        yield ahead


def _line(row: LinkRow) -> str:
    verdict = row.verdict
    since = f" since {verdict.since}" if verdict.since else ""
    looks = plural(verdict.nights, "look")
    arrow = f" -> {sanitise(verdict.suggestion)}" if verdict.suggestion else ""
    archived = f" [snapshot {sanitise(verdict.archive)}]" if verdict.archive else ""
    kept = " [kept]" if row.kept else " [held back]" if row.held_back else ""
    title, url = sanitise(row.title), sanitise(row.url)
    why = f"{verdict.reason}{since}, {looks}"
    return (
        f"{sanitise(row.list)}:{row.line}:{row.column} {title} <{url}> {why}{arrow}{archived}{kept}"
    )


def maintenance_lines(status: Status) -> Iterator[str]:
    """What people wrote and settled: findings of the document, house-keeping, decisions."""
    yield from _findings(status)
    yield from _chores(status)
    yield from _decisions(status)


def _findings(status: Status) -> Iterator[str]:
    """By kind, the first few lines of each."""
    for words, rows in findings_by_kind(status.findings):
        yield f"{words}: {len(rows)}"
        yield from (f"  {_finding(row)}" for row in rows[:_FEW])
        yield from _more(len(rows) - _FEW)
        yield ""


def _finding(row: FindingRow) -> str:
    instead = f" -> {sanitise(row.suggestion)}" if row.suggestion else ""
    return f"{sanitise(row.list)}:{row.line}:{row.column} {sanitise(row.message)}{instead}"


def _chores(status: Status) -> Iterator[str]:
    if status.maintenance:
        yield f"House-keeping: {len(status.maintenance)}"
        yield from (f"  {_chore(one)}" for one in status.maintenance[:_SOME])
        yield from _more(len(status.maintenance) - _SOME)
        yield ""


def _chore(one: MaintenanceItem) -> str:
    where = f"{sanitise(one.list)}:{one.line} " if one.list else ""
    subject = "" if one.subject is MaintenanceSubject.COMMENT else f"{one.subject} "
    return f"{where}{subject}{sanitise(one.text)} {sanitise(one.message)}"


def _decisions(status: Status) -> Iterator[str]:
    """The newest first; a comment in the list says for itself what it commands."""
    if status.overrides:
        newest = status.overrides[::-1]
        yield f"Decided by people: {len(newest)}"
        yield from (f"  {override_text(one)}" for one in newest[:_SOME])
        yield from _more(len(newest) - _SOME)
        yield ""
    if status.reversals.shown:
        yield f"{status.reversals.sentence[0].upper()}{status.reversals.sentence[1:]}."
        yield ""


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"  ... and {count} more; --format json has all"


def _candidates(status: Status) -> Iterator[str]:
    if status.candidates:
        yield f"Candidates: {len(status.candidates)}"
        for one in status.candidates:
            yield f"  {sanitise(one.title)} <{sanitise(one.url)}> {sanitise(one.why)}"
        yield ""
    if status.aged_out:
        yield f"Aged out last night, taken by nobody: {len(status.aged_out)}"
        yield from (f"  {sanitise(one.title)} <{sanitise(one.url)}>" for one in status.aged_out)
        yield ""


def _sources(status: Status) -> Iterator[str]:
    for one in status.sources:
        note = f" ({sanitise(one.note)})" if one.note else ""
        used = f" by {one.used}" if one.used else ""
        yield f"Feed {one.source}: {one.state}, {plural(one.items, 'item')}{used}{note}"
    if status.sources:
        yield ""


def summary(status: Status) -> str:
    """One line: the verdicts counted, the latest run, and the feeds that are not well."""
    return f"{_looked(status)}{_feeds(status)}"


def _feeds(status: Status) -> str:
    """The feeds that are not as they should be, by their state."""
    states = Counter(one.state for one in status.sources if one.state is not SourceState.OK)
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    return f" Feeds: {told}." if told else ""


def _looked(status: Status) -> str:
    counted = _counted(status)
    if status.run is None:
        return f"{counted}. No run has been made yet."
    run = status.run
    judged = f"run {run.id} of {run.night} {str(run.status).replace('_', ' ')}"
    why = f" ({run.reason})" if run.reason else ""
    return f"{counted}. Latest: {judged}{why}, {run.looked_at} looked at, {run.requests} requests."


def _counted(status: Status) -> str:
    counts = status.counts
    parts: Sequence[str] = [f"{counts[state]} {state}" for state in State if counts[state]]
    total = plural(len(status.links), "link")
    return f"{total}: {', '.join(parts)}" if parts else total
