"""The status as markdown, for a job's summary; and how untrusted text is written in markdown."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from staycurrent.curated.escaping import escape_destination, escape_text
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import (
    EndingRow,
    FlagDifference,
    LinkRow,
    MaintenanceItem,
    Status,
    findings_beyond_links,
    held_back,
)
from staycurrent.reports.text import plural, sanitise, shortened
from staycurrent.reports.wording import (
    ENDINGS_HEADING,
    VERDICT_WORDING,
    changes_summary,
    findings_by_kind,
    link_groups,
    override_text,
    reason_text,
    verdict_counts,
    verdict_reason,
)
from staycurrent.warehouse.items import PullRecord
from staycurrent.warehouse.runs import RunStatus
from staycurrent.web.address import Address, parse, strip_blanks

MAX_TEXT: Final = 200
"""Characters of untrusted text in a list item; longer text is cut."""
_MOST_ROWS: Final = 200
"""Rows of a table; GitHub refuses a job summary of more than a megabyte."""
_MOST_OTHERS: Final = 10
"""Findings shown of each kind, maintenance items, and overrides."""


def as_markdown(status: Status, hints: Sequence[str] = ()) -> str:
    """A heading, counts, a table for each verdict that needs attention, hints, and the feeds."""
    lines = [
        f"# Links on {status.as_of:%Y-%m-%d}",
        "",
        f"{verdict_counts(status)}.",
    ]
    run = status.run
    if run is not None and run.status is RunStatus.NOT_JUDGED:
        reason = markdown_text(run.reason)
        lines += ["", f"**Not judged:** {reason}. Nothing was flagged and no list was changed."]
    elif run is not None and run.status is RunStatus.RUNNING:
        lines += ["", f"Run {run.id} of {run.run_date} did not finish."]
    elif run is not None:
        checked = f"{plural(run.checked, 'link')} checked, {plural(run.requests, 'request')}"
        lines += ["", f"Run {run.id} of {run.run_date}: {checked}."]
    held = held_back(status)
    if held:
        lines += ["", held]
    for state, heading, rows in link_groups(status):
        if state is not VerdictState.BLOCKED:
            lines += _link_table(state, heading, rows)
    lines += _bullets(ENDINGS_HEADING, [_ending_line(one) for one in status.endings])
    lines += _findings_table(status)
    lines += _bullets("Maintenance", [maintenance_line(one) for one in status.maintenance])
    overrides = [f"- {markdown_text(override_text(one))}" for one in reversed(status.overrides)]
    lines += _bullets("Overrides", overrides)
    if status.reversals.shown:
        lines += ["", f"{status.reversals.sentence}."]
    if hints:
        lines += ["", "## Suggestions", "", *(f"- {markdown_text(hint)}" for hint in hints)]
    if status.sources:
        lines += ["", "## Feeds", "", *map(feed_line, status.sources)]
    return "\n".join(lines) + "\n"


def changes_markdown(changes: Sequence[FlagDifference]) -> str:
    """A heading and a table of the first changed flags."""
    if not changes:
        return "# No flag changed\n"
    rows = [
        table_row(
            markdown_link(one.row.title or one.row.url, one.row.url, 80),
            one.before or "-",
            one.now or "-",
            markdown_text(reason_text(one.row.verdict.reason)),
            replacement_links(one.row.verdict.suggestion if one.now else None),
        )
        for one in changes[:_MOST_ROWS]
    ]
    head = table_row("link", "was", "is", "why", "suggested replacement")
    rule = table_row(*["---"] * 5)
    lines = [f"# Changed: {changes_summary(changes)}", "", head, rule, *rows]
    return "\n".join([*lines, *_left_out(len(changes))]) + "\n"


def table_row(*cells: str) -> str:
    """A row of a table, whose cells are escaped already."""
    return f"| {' | '.join(cells)} |"


def changes_table(changes: Sequence[FlagDifference]) -> list[dict[str, str]]:
    """The cells of the first changed flags by column, for a table of an orchestrator."""
    rows = [
        {
            "link": sanitise(change.row.title),
            "before": change.before,
            "now": change.now,
            "why": reason_text(change.row.verdict.reason),
            "where": f"{sanitise(change.row.list)}:{change.row.line}",
            "suggestion": sanitise(change.row.verdict.suggestion or ""),
            "url": sanitise(change.row.url),
        }
        for change in changes[:_MOST_ROWS]
    ]
    left_out = "".join(_left_out(len(changes)))
    return [*rows, dict.fromkeys(rows[0], "") | {"link": left_out}] if left_out else rows


def markdown_text(untrusted: str, max_length: int | None = None) -> str:
    """One line of text in which no character is markup; longer text is shortened."""
    text = sanitise(untrusted)
    return escape_text(text if max_length is None else shortened(text, max_length))


def markdown_link(text: str, url: str, max_length: int | None = None) -> str:
    """A link if the URL could be requested; otherwise the text and the URL."""
    shown = markdown_text(text, max_length)
    if isinstance(parse(url), Address):
        return f"[{shown}]({escape_destination(strip_blanks(url))})"
    return shown if text == url else f"{shown} ({markdown_text(url, max_length)})"


def replacement_links(
    suggestion: str | None,
    snapshot: str | None = None,
    link: Callable[[str, str], str] = markdown_link,
) -> str:
    """Links to what could replace a URL, the suggestion and the snapshot; empty for neither."""
    found = (suggestion and link(suggestion, suggestion)), snapshot_link(snapshot)
    return ", ".join(filter(None, found))


def snapshot_link(snapshot: str | None) -> str:
    """A link to a snapshot; empty if there is none."""
    return markdown_link("snapshot", snapshot) if snapshot else ""


def maintenance_line(item: MaintenanceItem) -> str:
    """A list item: what needs maintenance, where, and why."""
    where = f" ({markdown_text(item.list, MAX_TEXT)}, line {item.line})" if item.list else ""
    text, message = (markdown_text(one, MAX_TEXT) for one in (item.text, item.message))
    return f"- {item.subject} {text}{where}: {message}"


def feed_line(pull: PullRecord) -> str:
    """A list item: a feed, its state, and what it brought."""
    note = f" ({markdown_text(pull.note, MAX_TEXT)})" if pull.note else ""
    name, items = markdown_text(pull.source, MAX_TEXT), plural(pull.items, "item")
    return f"- feed {name}: {pull.state}, {items}{note}"


def _ending_line(one: EndingRow) -> str:
    where = f"{markdown_text(one.row.list, MAX_TEXT)}:{one.row.line}"
    link = markdown_link(one.row.title, one.row.url, MAX_TEXT)
    snapshot = f" ({snapshot_link(one.archive)})" if one.archive else ""
    return f"- {where} {link}: {markdown_text(one.ending.evidence, MAX_TEXT)}{snapshot}"


def _link_table(state: VerdictState, heading: str, rows: Sequence[LinkRow]) -> Iterator[str]:
    yield from ("", f"## {heading}: {len(rows)}", "", VERDICT_WORDING[state].action, "")
    yield from ("| where | link | reason | suggested replacement |", "|---|---|---|---|")
    for row in rows[:_MOST_ROWS]:
        note = " (kept)" if row.kept else " (held back)" if row.held_back else ""
        yield table_row(
            f"{markdown_text(row.list)}:{row.line}",
            markdown_link(row.title, row.url),
            f"{markdown_text(verdict_reason(row.verdict, row.evidence))}{note}",
            replacement_links(row.verdict.suggestion, row.verdict.archive),
        )
    yield from _left_out(len(rows))


def _left_out(rows: int) -> Iterator[str]:
    """How many rows a table leaves out, if any."""
    if rows > _MOST_ROWS:
        yield from ("", f"... and {rows - _MOST_ROWS} more (`staycurrent status` shows all)")


def _findings_table(status: Status) -> Iterator[str]:
    findings = findings_beyond_links(status)
    if not findings:
        return
    yield from ("", f"## Findings in the document: {len(findings)}", "")
    yield from ("| where | finding | suggested replacement |", "|---|---|---|")
    for heading, rows in findings_by_kind(findings):
        yield f"| | **{heading}: {len(rows)}** | |"
        for row in rows[:_MOST_OTHERS]:
            texts = (row.position, row.message, row.suggestion or "")
            yield table_row(*map(markdown_text, texts))
        if len(rows) > _MOST_OTHERS:
            yield f"| | ... and {len(rows) - _MOST_OTHERS} more | |"


def _bullets(heading: str, items: Sequence[str]) -> Iterator[str]:
    """A section with the first list items and how many were left out; nothing without items."""
    if items:
        yield from ("", f"## {heading}: {len(items)}", "", *items[:_MOST_OTHERS])
    if len(items) > _MOST_OTHERS:
        yield f"- ... and {len(items) - _MOST_OTHERS} more"
