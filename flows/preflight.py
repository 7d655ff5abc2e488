"""What would stop a run at its end is found before its first request."""

import os
import time
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from staycurrent.curated.generated_section import BadMarkers, checked_sections
from staycurrent.curated.save import require_writable
from staycurrent.files import draft_of, make_own_folder
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import NotJudged, UsageError
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.settings.sections import environment
from staycurrent.links.run_gate import clock_error, enough_canaries
from staycurrent.reports.text import plural
from staycurrent.warehouse import runs
from staycurrent.warehouse.backups import backups, forget_lost
from staycurrent.warehouse.file import RESTORE_HINT
from staycurrent.web.response import Failure, clock_offset

if TYPE_CHECKING:  # the network is slow to import
    from staycurrent.web.client import Client

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
        require_sections([listed])


def require_sections(lists: Iterable[ListDocument]) -> None:
    """Raise BadMarkers where candidates would be taken for entries; reads every list."""
    for listed in lists:
        try:
            checked_sections(listed.document.markers)
        except BadMarkers as error:
            raise BadMarkers(f"{listed.name}: {error}") from None


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


def require_right_clock(ctx: RunContext) -> None:
    """Raise NotJudged where the canaries contradict this machine's own clock, or are out of reach.

    For commands that store something of the run date and check no link.
    """
    if ctx.system_time() is None:
        return
    import asyncio  # slow to import

    async def error_now() -> str | None:
        async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
            return await connectivity_error(client, ctx)

    error = asyncio.run(error_now())
    if error is not None:
        raise NotJudged(error)


async def connectivity_error(client: "Client", ctx: RunContext) -> str | None:
    """Why no observation can be trusted at this moment, as a sentence; None if all is well."""
    import asyncio  # slow to import

    gate, canaries = ctx.settings.links.run_gate, ctx.settings.web.canaries
    impossible = f"http://canary-{ctx.run_date:%Y%m%d}.invalid/"
    *responses, lie = await asyncio.gather(
        *(client.request(url) for url in (*canaries, impossible))
    )
    fine = [response.failure is None and 200 <= response.status < 400 for response in responses]
    if not enough_canaries(fine, gate):
        down = next(response for response, ok in zip(responses, fine, strict=True) if not ok)
        cause = down.failure.words if down.failure else str(down.status)
        failed = f"{fine.count(False)} of {len(fine)} canaries failed"
        return f"this machine seems to be offline: {failed} ({cause}){_proxy_hint()}"
    if lie.failure not in (Failure.DNS, Failure.DNS_TROUBLE):  # some fail at such a name
        return f"this machine's name server answers for names that cannot exist ({impossible})"
    now = ctx.system_time()
    if now is None:
        return None
    # run dates are counted by this machine's clock
    offsets = (clock_offset(response, now) for response in responses)
    off = clock_error([one for one in offsets if one is not None], gate)
    if off is None:
        return None
    direction = "ahead of" if off > timedelta(0) else "behind"
    minutes = f"{abs(off) / timedelta(minutes=1):.0f} minutes {direction} the canaries"
    return f"this machine's clock ({now:%Y-%m-%d %H:%M} UTC) is {minutes}: set it"


def _proxy_hint() -> str:
    """That a proxy is set, which we do not use: docs/decisions/0020-no-proxy.md."""
    variables = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    name = next((name for name in variables if environment().get(name)), None)
    return f"; {name} is set, but pages are requested without a proxy" if name else ""
