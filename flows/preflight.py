"""What would stop a run at its end is found before its first request."""

from collections.abc import Iterable

from staycurrent.curated.generated_section import checked_sections
from staycurrent.curated.save import require_writable
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import ListDocument
from staycurrent.reports.text import plural
from staycurrent.warehouse import committed_rows, runs


def require_writable_lists(lists: Iterable[ListDocument]) -> None:
    """Raise UnusableList for a list that cannot be written, BadMarkers for unpaired markers."""
    for listed in lists:
        require_writable(listed.path)
        checked_sections(listed.document.markers)


def require_history(
    ctx: RunContext, db: Database, lists: Iterable[ListDocument], *, cold_start: bool
) -> None:
    """Raise UsageError where a list has flags although the warehouse has no history.

    Otherwise a lost warehouse would remove every flag. With `cold_start` that is accepted, and so
    is a warehouse that has lost committed rows.
    """
    if cold_start:
        committed_rows.forget_committed(ctx.warehouse_path)
        return
    if runs.latest_judged(db.reading()) is not None:
        return
    for listed in lists:
        flags = len(listed.document.own_flags())
        if flags:
            raise UsageError(
                f"{listed.name} has {plural(flags, 'flag')}, but the warehouse "
                f"{ctx.warehouse_path} has no history of them: restore it, or start again with "
                "--cold-start, which removes the flags until there is enough new evidence"
            )


def ensure_monotonic_date(ctx: RunContext, db: Database) -> None:
    """Raise UsageError for a clock that was set back before the latest judged run date.

    History is appended only; the latest run date itself may be run again.
    """
    if ctx.clock.is_real or not ctx.warehouse_path.exists():
        return
    last = runs.latest_judged(db.writing())
    if last is not None and ctx.run_date < last.run_date:
        raise UsageError(
            f"--as-of {ctx.clock.as_of.isoformat()}: {last.run_date} was judged already; "
            "use that date or a later one, or another --warehouse"
        )
