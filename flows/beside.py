"""What is known and changes no line of a list: told beside what is proposed."""

from collections.abc import Iterator, Sequence

from flows.conclude import Standing, flag_state
from flows.memory import remembered
from flows.night import Night
from flows.rows import Known
from flows.status import link_row
from links.ignore import covers
from links.verdict import State
from reports.proposed import Beside
from reports.status import LinkRow, Reversals
from warehouse import items, published


def beside(night: Night, known: Sequence[Known]) -> Beside:
    """What is suspect, blocked or kept, how the feeds are, and which ignore rules are idle."""
    rows = [(link_row(one.listed, it), it) for one in known for it in one.standings]

    def of(state: State) -> tuple[LinkRow, ...]:
        return tuple(row for row, it in rows if it.verdict.state is state and not it.kept)

    with remembered(night) as warehouse:
        pulls = items.latest_pulls(warehouse)
        reversals = Reversals(*published.tally(warehouse))
    return Beside(
        suspect=of(State.SUSPECT),
        blocked=of(State.BLOCKED),
        kept=tuple(row for row, it in rows if it.kept and flag_state(it.verdict)),
        sources=pulls,
        false_alarms=f"{reversals.sentence}." if reversals.published else "",
        rules=tuple(_idle_rules(night, [it for _, it in rows])),
    )


def _idle_rules(night: Night, found: Sequence[Standing]) -> Iterator[str]:
    """Patterns of `links.ignore` that do nothing any more."""
    for one in night.settings.links.patterns:
        if one.until is not None and night.night > one.until:
            yield f"{one.pattern}: ended on {one.until}"
        elif not any(covers(one.pattern, it.place.url) for it in found):
            yield f"{one.pattern}: matches no link"
