"""The memory kept: folded as it ages, a backup after each judged night, and the way back."""

import re
from datetime import date, timedelta
from pathlib import Path

from staycurrent.flows.context import RunContext
from staycurrent.flows.database import release, writing
from staycurrent.flows.errors import UsageError
from staycurrent.reports.text import plural
from staycurrent.warehouse import backups, folding
from staycurrent.warehouse.backups import Backup, Restored
from staycurrent.warehouse.open import WarehouseBusy, WarehouseUnusable

_AT_HAND = timedelta(days=31)
"""Months that ended so long ago are folded."""


def compact(night: RunContext) -> None:
    """Fold the observations of old months; that this fails is said, and is no failure of the night.

    Nothing is lost by it, and nothing is told otherwise: `warehouse.folding`.
    """
    try:
        with writing(night) as warehouse:
            months = folding.fold(warehouse, before=night.run_date - _AT_HAND)
    except (WarehouseBusy, WarehouseUnusable) as refusal:
        night.reporter.info(f"fold: nothing tonight: {refusal}")
        return
    for month in months:
        night.reporter.info(f"fold: the looks of {month:%Y-%m} that came out alike")


def back_up(night: RunContext) -> Backup | None:
    """Copy the warehouse beside it; that this fails is said, and is no failure of the night."""
    kept = night.settings.warehouse.backups
    if not kept:
        return None
    release(night)
    try:
        made = backups.back_up(night.warehouse_path, night.run_date, kept=kept)
    except (WarehouseBusy, WarehouseUnusable) as refusal:
        night.reporter.info(f"backup: none tonight: {refusal}")
        return None
    night.reporter.info(f"backup: {made.path.name}, read through and good")
    return made


def restore(night: RunContext, source: str | None = None) -> Restored:
    """Put the newest good backup back, or that of a night, or the file of that name.

    Raises BadUsage where there is none such, WarehouseBusy and WarehouseUnusable.
    """
    return backups.restore(night.warehouse_path, _named(night, source) if source else None)


def _named(night: RunContext, source: str) -> Path:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", source):
        return Path(source)
    found = backups.backups(night.warehouse_path)
    for one in found:
        if one.night.isoformat() == source:
            return one.path
    there_are = ", ".join(f"{one.night}" for one in found) or "none at all"
    raise UsageError(f"--from {source}: there is no backup of that night; there are {there_are}")


def restore_lines(came: Restored) -> list[str]:
    """What was put back and what is lost, a line each."""
    lines = [f"passed over: {why}" for why in came.passed_over]
    lines.append(f"restored {came.source}: {came.holds}, up to {came.holds.night}")
    lost = came.lost.runs - came.holds.runs
    if lost > 0 and came.lost.night is not None:
        lines.append(
            f"lost: {plural(lost, 'run')} {_after(came.holds.night)}, up to {came.lost.night}"
        )
    else:
        lines.append("lost: nothing that was committed")
    if came.aside is not None:
        lines.append(f"what was there lies in {came.aside}")
    return lines


def _after(night: date | None) -> str:
    return f"from {night + timedelta(days=1)} on" if night else "from the first on"
