"""The verb `status`: what stands tonight, from the lists and the warehouse, without network."""

from staycurrent.flows.candidates import aged_out, offered
from staycurrent.flows.chores import chores
from staycurrent.flows.conclude import Standing, standings
from staycurrent.flows.findings import all_findings
from staycurrent.flows.listing import Listed, read_lists
from staycurrent.flows.looks.resting import next_looks
from staycurrent.flows.memory import remembered
from staycurrent.flows.night import Night
from staycurrent.reports.status import LinkRow, Reversals, Status, namesakes
from staycurrent.warehouse import decisions, items, published, runs


def status(night: Night) -> Status:
    """Read the lists and the warehouse; a warehouse that does not exist yet knows nothing."""
    lists = read_lists(night)
    with remembered(night) as warehouse:
        found = [(listed, one) for listed in lists for one in standings(night, warehouse, listed)]
        rows = tuple(link_row(listed, one) for listed, one in found)
        states = {row.verdict.link: row.verdict.state for row in rows}
        return Status(
            as_of=night.clock.as_of,
            run=runs.latest(warehouse),
            links=rows,
            candidates=offered(night, warehouse, lists),
            sources=items.latest_pulls(warehouse),
            namesakes=namesakes(rows),
            aged_out=aged_out(night, warehouse, lists),
            findings=all_findings(lists, night.night),
            chores=chores(night, warehouse, lists, found),
            decisions=decisions.standing(warehouse, night.night),
            reversals=Reversals(*published.tally(warehouse)),
            next_looks=next_looks(night, warehouse, lists, states),
        )


def link_row(listed: Listed, one: Standing) -> LinkRow:
    """A place and what is known of it, as every report tells it."""
    place = one.place
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
        held=one.held,
    )
