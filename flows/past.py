"""A night that is over is not looked at again: history is appended, never written into."""

from flows.exits import BadUsage
from flows.memory import in_time
from flows.night import Night
from warehouse import runs


def refuse_the_past(night: Night) -> None:
    """Raise BadUsage where a later night was judged already; the last one may be run again."""
    if not night.warehouse.exists():
        return
    with in_time(night) as warehouse:
        last = runs.latest_judged(warehouse)
    if last is not None and night.night < last.night:
        raise BadUsage(
            f"--as-of {night.clock.as_of.isoformat()}: {last.night} was judged already; "
            "name that night or a later one, or another --warehouse"
        )
