"""What is known and changes no line of a list: told beside what is proposed."""

from collections.abc import Sequence

from staycurrent.flows.commands.status import link_row
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.link_states import flag_state
from staycurrent.flows.maintenance import maintenance_items
from staycurrent.flows.pull_request.rows import Known
from staycurrent.links.verdict import State
from staycurrent.reports.model import LinkRow, MaintenanceSubject, Reversals
from staycurrent.reports.proposal import PullRequestDetails
from staycurrent.warehouse import items, published


def beside(ctx: RunContext, db: Database, known: Sequence[Known]) -> PullRequestDetails:
    """What is suspect, blocked or kept, how the feeds are, and what wants looking after."""
    lists = [one.listed for one in known]
    found = [(one.listed, it) for one in known for it in one.standings]
    rows = [(link_row(listed, it), it) for listed, it in found]

    def of(state: State) -> tuple[LinkRow, ...]:
        return tuple(row for row, it in rows if it.verdict.state is state and not it.kept)

    warehouse = db.reading()
    pulls = items.latest_pulls(warehouse)
    reversals = Reversals(*published.tally(warehouse))
    orders = maintenance_items(ctx, warehouse, lists, found)
    return PullRequestDetails(
        suspect=of(State.SUSPECT),
        blocked=of(State.BLOCKED),
        kept=tuple(row for row, it in rows if it.kept and flag_state(it.verdict)),
        sources=pulls,
        false_alarms=f"{reversals.sentence}." if reversals.shown else "",
        maintenance=tuple(one for one in orders if one.subject is not MaintenanceSubject.OVERRIDE),
    )
