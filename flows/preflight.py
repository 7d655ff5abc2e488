"""What would stop a run at its end is found before its first request."""

import os
import time
from collections.abc import Iterable
from datetime import date, timedelta

from staycurrent.curated.generated_section import checked_sections
from staycurrent.curated.save import require_writable
from staycurrent.files import draft_of, make_own_folder
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import NotJudged, UsageError
from staycurrent.flows.lists import ListDocument
from staycurrent.reports.text import plural
from staycurrent.warehouse import runs
from staycurrent.warehouse.backups import backups, forget_lost
from staycurrent.warehouse.file import RESTORE_HINT

_ROOM = 8 << 20
"""Bytes that must be free for a run; most write less than one megabyte."""
_SLOW_SYNC_S = 2.0
_WRITTEN = date(2026, 11, 1)
"""No machine of a right clock ran this program before."""
_CLOCK_SKEW = timedelta(days=1)


def require_writable_lists(lists: Iterable[ListDocument]) -> None:
    """Raise UnusableList for a list that cannot be written, BadMarkers for unpaired markers."""
    for listed in lists:
        require_writable(listed.path)
        checked_sections(listed.document.markers)


def require_encoder(ctx: RunContext) -> None:
    """Raise UsageError where `candidates.semantic` asks for an encoder that is not there."""
    if not ctx.settings.candidates.semantic:
        return
    from staycurrent.sources.relevance import semantic

    try:
        semantic.require_encoder()
    except semantic.EncoderUnavailable as error:
        raise UsageError(
            f"candidates.semantic = true: {error}; run pip install 'staycurrent[semantic]', or "
            "leave the setting out"
        ) from None


def require_history(
    ctx: RunContext, db: Database, lists: Iterable[ListDocument], *, cold_start: bool
) -> None:
    """Raise UsageError where a warehouse without history has backups, or a list has flags.

    Otherwise a lost warehouse would remove every flag, and forget what people declined. With
    `cold_start` that is accepted, and so is a warehouse that has lost committed rows.
    """
    if cold_start:
        forget_lost(ctx.warehouse_path)
        return
    if runs.latest_judged(db.reading()) is not None:
        return
    kept = () if ctx.warehouse_path.exists() else backups(ctx.warehouse_path)
    if kept:
        raise UsageError(
            f"{ctx.warehouse_path} is missing, but there are backups of it, the newest of "
            f"{kept[0].run_date}: {RESTORE_HINT}, or start a new one with "
            "`staycurrent run --cold-start`"
        )
    for listed in lists:
        flags = len(listed.document.own_flags())
        if flags:
            raise UsageError(
                f"{listed.name} has {plural(flags, 'flag')}, but the warehouse "
                f"{ctx.warehouse_path} has no history of them: restore it, or start again with "
                "--cold-start, which removes the flags until there is enough new evidence"
            )


def require_room(ctx: RunContext) -> None:
    """Raise UsageError if the warehouse's disk has too little room; say so if it is slow."""
    folder = ctx.warehouse_path.absolute().parent
    try:
        make_own_folder(folder)
        with draft_of(folder / "room") as draft, draft.open("xb") as file:
            began = time.monotonic()
            if hasattr(os, "posix_fallocate"):  # quotas are met by it, as writing meets them
                os.posix_fallocate(file.fileno(), 0, _ROOM)
            os.fsync(file.fileno())
            lasted = time.monotonic() - began
    except OSError as error:
        raise UsageError(
            f"{folder} has no room for a run ({error.strerror}): it needs {_ROOM >> 20} MB that "
            "can be written"
        ) from error
    if lasted > _SLOW_SYNC_S:
        ctx.reporter.info(
            f"the disk of {folder} is slow: {_ROOM >> 20} MB took {lasted:.0f} s to reach it, and "
            "a run waits for some twenty such writes"
        )


def ensure_monotonic_date(ctx: RunContext, db: Database) -> None:
    """Raise UsageError or NotJudged for a clock that is behind the latest judged run date.

    History is appended only; the latest run date itself may be run again. A machine's own clock
    may be behind by a day: how far off it is, is asked of the canaries.
    """
    if ctx.clock.is_real and ctx.run_date < _WRITTEN:
        raise NotJudged(f"this machine's clock shows {ctx.run_date}, which is years ago: set it")
    if not ctx.warehouse_path.exists():
        return
    last = runs.latest_judged(db.writing())
    if last is None:
        return
    if ctx.clock.is_real and ctx.run_date < last.run_date - _CLOCK_SKEW:
        raise NotJudged(
            f"this machine's clock shows {ctx.run_date}, but {last.run_date} was judged already: "
            "set the clock, or if it was ahead then, restore a backup of before (`staycurrent "
            "restore --from DATE`)"
        )
    if not ctx.clock.is_real and ctx.run_date < last.run_date:
        raise UsageError(
            f"--as-of {ctx.clock.as_of.isoformat()}: {last.run_date} was judged already; "
            "use that date or a later one, or another --warehouse"
        )
