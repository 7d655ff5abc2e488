"""What would stop a run at its end is found before its first question."""

from collections.abc import Iterable

from staycurrent.curated.parts import all_parts
from staycurrent.curated.save import refuse_read_only
from staycurrent.flows.exits import BadUsage
from staycurrent.flows.listing import Listed
from staycurrent.flows.memory import remembered
from staycurrent.flows.night import Night
from staycurrent.reports.counting import plural
from staycurrent.warehouse import promise, runs


def refuse_unready(lists: Iterable[Listed]) -> None:
    """Raise UnusableList for a list that cannot be written, BadMarkers for one out of order."""
    for listed in lists:
        refuse_read_only(listed.path)
        all_parts(listed.document.markers)


def refuse_forgetting(night: Night, lists: Iterable[Listed], *, cold_start: bool) -> None:
    """Raise BadUsage where a list carries flags that the warehouse knows nothing of.

    A lost warehouse is not a list without dead links: without memory every flag would go. A cold
    start forgets as well what a warehouse that is gone had to hold.
    """
    if cold_start:
        promise.forget(night.warehouse)
        return
    with remembered(night) as warehouse:
        if runs.latest_judged(warehouse) is not None:
            return
    flagged = ((listed, flags) for listed in lists if (flags := _flags_of_people(listed)))
    listed, flags = next(flagged, (None, 0))
    if listed is None:
        return
    carried = plural(flags, "flag")
    raise BadUsage(
        f"{listed.name} carries {carried}, and the warehouse {night.warehouse} knows "
        "nothing of them: bring it back, or begin anew with --cold-start, which takes "
        "them off until the nights are full again"
    )


def _flags_of_people(listed: Listed) -> int:
    """Flags outside generated parts."""
    inside = [part.inside for part in listed.document.parts]
    return sum(
        not any(span.start <= flag.span.start < span.end for span in inside)
        for flag in listed.document.flags
    )
