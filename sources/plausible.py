"""What only history can tell of a feed: that it stands still, repeats itself, or has shrunk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median

from staycurrent.sources.item import Item, Reading
from staycurrent.sources.weeks import closed_before


@dataclass(frozen=True, slots=True)
class Past:
    """Rows that were believed on an earlier night, and the adapter that brought them."""

    night: date
    adapter: str
    items: tuple[Item, ...]


Nights = Sequence[Past]
"""At most one for each night, in any order; kept rows of bad nights are not in."""

_WINDOW = timedelta(days=14)
_LEAST_NIGHTS = 3
_SAME_WEEK = 0.5


class Rhythm(StrEnum):
    """How often a feed is meant to change."""

    DAILY = "daily"
    WORKDAYS = "workdays"
    """Friday's rows stand until Monday's come, and Monday's may come after our night."""
    WEEKLY = "weekly"
    ANY = "any"
    """A feed of a user's own: it may stand still for months."""


_FROZEN_NIGHTS = {Rhythm.DAILY: 2, Rhythm.WORKDAYS: 4}
"""Earlier nights with tonight's rows in tonight's order after which nobody is at home."""


def implausible(
    reading: Reading, earlier: Nights, night: date, rhythm: Rhythm = Rhythm.DAILY
) -> str | None:
    """Say why tonight's rows cannot be, as a sentence without full stop; None if they can."""
    past = sorted((one for one in earlier if one.night < night), key=lambda one: one.night)
    standing = past[-_FROZEN_NIGHTS[rhythm] :] if rhythm in _FROZEN_NIGHTS else []
    if standing and _frozen(reading.items, standing, _FROZEN_NIGHTS[rhythm]):
        return f"same rows in the same order as on {_told(standing)}"
    if rhythm is Rhythm.WEEKLY:
        repeated = _repeated(reading.items, past, night)
        if repeated is not None:
            return f"repeats the week that was read on {repeated}"
    return None if rhythm is Rhythm.ANY else _shrunk(reading, past, night)


def _told(standing: Nights) -> str:
    first, *_, last = (one.night for one in standing)
    return f"{last} and {first}"


def _frozen(items: Sequence[Item], standing: Nights, nights: int) -> bool:
    """Nothing new and nothing reordered over so many nights.

    GitHub's page stood still from 2025-11-13 to 2025-12-04 while its counters went on changing.
    The archive leaves out some rows of the same page, so a part in the same order counts too.
    """
    tonight = [item.identity for item in items]
    return len(standing) == nights and all(_part_of(tonight, one.items) for one in standing)


def _part_of(tonight: Sequence[str], rows: Sequence[Item]) -> bool:
    shown = set(tonight)
    kept = [item.identity for item in rows if item.identity in shown]
    return kept == list(tonight) and 2 * len(kept) >= len(rows)


def _repeated(items: Sequence[Item], past: Nights, night: date) -> date | None:
    """Night of the newest reading of another week that shares over half of tonight's rows."""
    week = closed_before(night)
    others = [one for one in past if closed_before(one.night) != week]
    if not others:
        return None
    then = others[-1]
    tonight, before = {item.identity for item in items}, {item.identity for item in then.items}
    union = tonight | before
    return then.night if union and len(tonight & before) / len(union) > _SAME_WEEK else None


def _shrunk(reading: Reading, past: Nights, night: date) -> str | None:
    """Fewer than half of what this adapter usually brings; a few nights of history tell nothing.

    Adapters differ in length by nature: a newsletter's ten papers are no shrunken fifty. The
    window is one of calendar nights, so that a feed that has become short for good is believed
    again when it has passed.
    """
    lengths = [
        len(one.items)
        for one in past
        if one.adapter == reading.adapter and one.night >= night - _WINDOW
    ]
    if len(lengths) < _LEAST_NIGHTS:
        return None
    usual = median(lengths)
    if 2 * len(reading.items) >= usual:
        return None
    return f"{len(reading.items)} rows, fewer than half of the usual {usual:g}"
