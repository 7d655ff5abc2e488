"""A night that is over is not looked at again: history is appended, never written into."""

from collections.abc import Iterator
from contextlib import contextmanager

from staycurrent.flows.exits import BadUsage
from staycurrent.flows.memory import at_hand
from staycurrent.flows.night import Night
from staycurrent.flows.waiting import in_time
from staycurrent.warehouse import runs


@contextmanager
def onward(night: Night) -> Iterator[Night]:
    """The night with its memory at hand, for the verbs that append.

    Raises BadUsage for a clock that was set back behind a judged night; the last one may be run
    again.
    """
    with at_hand(night) as held:
        if not held.clock.is_real:
            _refuse_the_past(held)
        yield held


def _refuse_the_past(night: Night) -> None:
    if not night.warehouse.exists():
        return
    with in_time(night) as warehouse:
        last = runs.latest_judged(warehouse)
    if last is not None and night.night < last.night:
        raise BadUsage(
            f"--as-of {night.clock.as_of.isoformat()}: {last.night} was judged already; "
            "name that night or a later one, or another --warehouse"
        )
