"""What is known and changes no line of a list: told beside what is proposed."""

from collections.abc import Sequence

from staycurrent.flows.chores import chores
from staycurrent.flows.conclude import flag_state
from staycurrent.flows.memory import remembered
from staycurrent.flows.night import Night
from staycurrent.flows.pull_request.rows import Known
from staycurrent.flows.status import link_row
from staycurrent.links.verdict import State
from staycurrent.reports.proposed import Beside
from staycurrent.reports.status import LinkRow, Reversals, Subject
from staycurrent.warehouse import items, published


def beside(night: Night, known: Sequence[Known]) -> Beside:
    """What is suspect, blocked or kept, how the feeds are, and what wants looking after."""
    lists = [one.listed for one in known]
    found = [(one.listed, it) for one in known for it in one.standings]
    rows = [(link_row(listed, it), it) for listed, it in found]

    def of(state: State) -> tuple[LinkRow, ...]:
        return tuple(row for row, it in rows if it.verdict.state is state and not it.kept)

    with remembered(night) as warehouse:
        pulls = items.latest_pulls(warehouse)
        reversals = Reversals(*published.tally(warehouse))
        orders = chores(night, warehouse, lists, found)
    return Beside(
        suspect=of(State.SUSPECT),
        blocked=of(State.BLOCKED),
        kept=tuple(row for row, it in rows if it.kept and flag_state(it.verdict)),
        sources=pulls,
        false_alarms=f"{reversals.sentence}." if reversals.published else "",
        chores=tuple(one for one in orders if one.subject is not Subject.DECISION),
    )
