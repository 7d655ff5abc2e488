"""The verb `status`: what stands tonight, from the lists and the warehouse, without network."""

from collections.abc import Callable, Mapping, Sequence

from staycurrent.flows.candidates import aged_out, open_candidates
from staycurrent.flows.checking.targets import next_checks
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import reading
from staycurrent.flows.document_findings import document_findings
from staycurrent.flows.link_states import LinkState, link_states
from staycurrent.flows.lists import ListDocument, read_lists
from staycurrent.flows.maintenance import maintenance_items
from staycurrent.reports.json_report import as_json
from staycurrent.reports.junit_report import as_junit
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import LinkRow, Reversals, Status, duplicate_links
from staycurrent.reports.sarif_report import status_as_sarif
from staycurrent.reports.text import Screen
from staycurrent.reports.text_report import as_text
from staycurrent.warehouse import decisions, items, published, runs


def status(night: RunContext) -> Status:
    """Read the lists and the warehouse; a warehouse that does not exist yet knows nothing."""
    lists = read_lists(night)
    with reading(night) as warehouse:
        found = [(listed, one) for listed in lists for one in link_states(night, warehouse, listed)]
        rows = tuple(link_row(listed, one) for listed, one in found)
        states = {row.verdict.link: row.verdict.state for row in rows}
        return Status(
            as_of=night.clock.as_of,
            run=runs.latest(warehouse),
            links=rows,
            candidates=open_candidates(night, warehouse, lists),
            sources=items.latest_pulls(warehouse),
            duplicates=duplicate_links(rows),
            aged_out=aged_out(night, warehouse, lists),
            findings=document_findings(lists, night.run_date),
            maintenance=maintenance_items(night, warehouse, lists, found),
            overrides=decisions.standing(warehouse, night.run_date),
            reversals=Reversals(*published.tally(warehouse)),
            next_checks=next_checks(night, warehouse, lists, states),
        )


def link_row(listed: ListDocument, one: LinkState) -> LinkRow:
    """A place and what is known of it, as every report tells it."""
    place = one.occurrence
    return LinkRow(
        url=place.url,
        list=listed.name,
        line=place.line,
        column=place.column,
        section=place.section,
        title=place.title,
        verdict=one.verdict,
        flag=str(one.flag.state) if one.flag else None,
        kept=one.kept,
        held_back=one.held,
    )


_FORMATS: Mapping[str, Callable[[Status], str]] = {
    "text": as_text,
    "json": as_json,
    "junit": as_junit,
    "sarif": status_as_sarif,
}


def format_status(status: Status, form: str, hints: Sequence[str], screen: Screen | None) -> str:
    """The status in one of the formats of `--format`; text as the terminal can show it."""
    if form == "markdown":
        return as_markdown(status, hints)
    if form == "text" and screen is not None:
        from staycurrent.reports.terminal_report import as_terminal_text

        return as_terminal_text(status, screen)
    return _FORMATS[form](status)
