"""What would stop a run at its end is found before its first question."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from staycurrent.curated.generated_section import checked_sections
from staycurrent.curated.save import require_writable
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import reading, shared_session, writing_in_time
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import ListDocument
from staycurrent.reports.text import plural
from staycurrent.warehouse import promise, runs


def refuse_unready(lists: Iterable[ListDocument]) -> None:
    """Raise UnusableList for a list that cannot be written, BadMarkers for one out of order."""
    for listed in lists:
        require_writable(listed.path)
        checked_sections(listed.document.markers)


def refuse_forgetting(
    night: RunContext, lists: Iterable[ListDocument], *, cold_start: bool
) -> None:
    """Raise BadUsage where a list carries flags that the warehouse knows nothing of.

    A lost warehouse is not a list without dead links: without memory every flag would go. A cold
    start forgets as well what a warehouse that is gone had to hold.
    """
    if cold_start:
        promise.forget(night.warehouse_path)
        return
    with reading(night) as warehouse:
        if runs.latest_judged(warehouse) is not None:
            return
    flagged = ((listed, flags) for listed in lists if (flags := _flags_of_people(listed)))
    listed, flags = next(flagged, (None, 0))
    if listed is None:
        return
    carried = plural(flags, "flag")
    raise UsageError(
        f"{listed.name} carries {carried}, and the warehouse {night.warehouse_path} knows "
        "nothing of them: bring it back, or begin anew with --cold-start, which takes "
        "them off until the nights are full again"
    )


def _flags_of_people(listed: ListDocument) -> int:
    """Flags outside generated parts."""
    inside = [part.content for part in listed.document.generated_sections]
    return sum(
        not any(span.start <= flag.span.start < span.end for span in inside)
        for flag in listed.document.flags
    )


@contextmanager
def ensure_monotonic_date(night: RunContext) -> Iterator[RunContext]:
    """The night with its memory at hand, for the verbs that append.

    Raises BadUsage for a clock that was set back behind a judged night; the last one may be run
    again.
    """
    with shared_session(night) as held:
        if not held.clock.is_real:
            _refuse_the_past(held)
        yield held


def _refuse_the_past(night: RunContext) -> None:
    if not night.warehouse_path.exists():
        return
    with writing_in_time(night) as warehouse:
        last = runs.latest_judged(warehouse)
    if last is not None and night.run_date < last.night:
        raise UsageError(
            f"--as-of {night.clock.as_of.isoformat()}: {last.night} was judged already; "
            "name that night or a later one, or another --warehouse"
        )
