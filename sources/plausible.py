"""What only history can tell of a feed: that it stands still, repeats itself, or has shrunk."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from statistics import median

from sources.item import Item
from sources.weeks import closed_before

Nights = Sequence[tuple[date, tuple[Item, ...]]]
"""Rows that were believed on earlier nights, in any order; kept rows of bad nights are not in."""

_FROZEN_NIGHTS = 2
_MEDIAN_NIGHTS = 14
_LEAST_NIGHTS = 3
_SAME_WEEK = 0.5


class Rhythm(StrEnum):
    """How often a feed is meant to change."""

    DAILY = "daily"
    WEEKLY = "weekly"
    ANY = "any"
    """A feed of a user's own: it may stand still for months."""


def implausible(
    items: Sequence[Item], earlier: Nights, night: date, rhythm: Rhythm = Rhythm.DAILY
) -> str | None:
    """Say why tonight's rows cannot be, as a sentence without full stop; None if they can."""
    past = sorted((row for row in earlier if row[0] < night), key=lambda row: row[0])
    if rhythm is Rhythm.DAILY and _frozen(items, past[-_FROZEN_NIGHTS:]):
        return f"same rows in the same order as on {past[-1][0]} and {past[-2][0]}"
    if rhythm is Rhythm.WEEKLY:
        repeated = _repeated(items, past, night)
        if repeated is not None:
            return f"repeats the week that was read on {repeated}"
    return None if rhythm is Rhythm.ANY else _shrunk(items, past[-_MEDIAN_NIGHTS:])


def _frozen(items: Sequence[Item], past: Nights) -> bool:
    """Nothing new and nothing reordered over two nights.

    GitHub's page stood still from 2025-11-13 to 2025-12-04 while its counters went on changing.
    The archive leaves out some rows of the same page, so a part in the same order counts too.
    """
    tonight = [item.identity for item in items]
    return len(past) == _FROZEN_NIGHTS and all(_part_of(tonight, rows) for _, rows in past)


def _part_of(tonight: Sequence[str], rows: Sequence[Item]) -> bool:
    shown = set(tonight)
    kept = [item.identity for item in rows if item.identity in shown]
    return kept == list(tonight) and 2 * len(kept) >= len(rows)


def _repeated(items: Sequence[Item], past: Nights, night: date) -> date | None:
    """Night of the newest reading of another week that shares over half of tonight's rows."""
    week = closed_before(night)
    others = [(then, rows) for then, rows in past if closed_before(then) != week]
    if not others:
        return None
    then, rows = others[-1]
    tonight, before = {item.identity for item in items}, {item.identity for item in rows}
    union = tonight | before
    return then if union and len(tonight & before) / len(union) > _SAME_WEEK else None


def _shrunk(items: Sequence[Item], past: Nights) -> str | None:
    """Fewer than half of what is usual; a few nights of history tell nothing yet."""
    if len(past) < _LEAST_NIGHTS:
        return None
    usual = median(len(rows) for _, rows in past)
    if 2 * len(items) >= usual:
        return None
    return f"{len(items)} rows, fewer than half of the usual {usual:g}"
