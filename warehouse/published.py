"""What happened to our lines in the lists (flags and candidates) since they were written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from staycurrent.warehouse.connection import to_row
from staycurrent.warehouse.open import Warehouse

# Each line of a list with its last event and its date, the dates on which it was first and last
# written, whether it was seen since it last ended, and whether it ever ended.
_LAST_EVENTS = """
SELECT list, kind, subject, arg_max(url, id), state, since, arg_max(position, id),
    arg_max(event, id), arg_max(run_date, id),
    min(run_date) FILTER (event = 'written'), max(run_date) FILTER (event = 'written'),
    coalesce(max(id) FILTER (event = 'seen'), 0)
        > coalesce(max(id) FILTER (event NOT IN ('written', 'seen')), 0),
    bool_or(event NOT IN ('written', 'seen'))
FROM published_lines
WHERE list = ?
GROUP BY list, kind, subject, state, since
ORDER BY max(id)
"""
_FALSE_ALARMS = """
SELECT coalesce(sum(published), 0)::BIGINT, coalesce(sum(reverted), 0)::BIGINT FROM false_alarms
"""

LineKind = Literal["flag", "candidate"]
"""A flag after a link, or a line of the generated section."""

LinePosition = Literal["link", "end", ""]
"""Where flags were put, as in `curated.place`; empty for candidates."""


LineKey = tuple[str, str, str]
"""Kind, subject and state of a line."""


class LineEvent(StrEnum):
    """What happened to a line; a closed set, stored."""

    WRITTEN = "written"
    SEEN = "seen"
    """A later run found it in the list: the change was merged."""
    REVERTED = "reverted"
    """By a person, who removed it, or suppressed it by a comment or an override."""
    WITHDRAWN = "withdrawn"
    """By us: the verdict changed, the candidate expired, or it is written once more."""
    GONE = "gone"
    """Its entry was removed from the list, or the candidate became an entry."""


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """One of our lines in a list."""

    list: str
    """The path of the list in the settings."""
    kind: LineKind
    subject: str
    """The link of a flag, the identity of a candidate."""
    url: str
    """As in the list."""
    state: str
    since: date
    position: LinePosition = ""

    @property
    def key(self) -> LineKey:
        """What identifies it, whatever its date and its list."""
        return (self.kind, self.subject, self.state)


@dataclass(frozen=True, slots=True)
class CurrentLine:
    """A line that is in a list as far as we know."""

    line: PublishedLine
    written_on: date
    seen_on: date | None
    """The first later date on which it was found; None if it may not have been merged."""
    moved_since: date | None = None
    """If it was found in the list, and then written again in another place or for another spelling
    of its address: when it was first written. Until that is merged, the list has the old one."""
    has_ended: bool = False
    """Whether it ended before and was written again: a commit that took it out may be older."""


@dataclass(frozen=True, slots=True)
class LinesOfList:
    """The lines of a list, in the order of their last events."""

    current: tuple[CurrentLine, ...]
    """Those that nobody has removed: they are in the list, or would be if it were merged."""
    reverted: tuple[PublishedLine, ...]
    """Those that people reverted."""


def has_any(warehouse: Warehouse) -> bool:
    """Whether a line was ever written into a list."""
    return bool(warehouse.select("SELECT 1 FROM published_lines LIMIT 1"))


def lines_of(warehouse: Warehouse, name: str) -> LinesOfList:
    """The lines of a list that are in it, and those that people reverted."""
    current: list[CurrentLine] = []
    reverted: list[PublishedLine] = []
    rows = warehouse.select(_LAST_EVENTS, name)
    for *values, event, on, first_written_on, written_on, was_seen, has_ended in rows:
        line = PublishedLine(*values)
        if event == LineEvent.REVERTED:
            reverted.append(line)
        elif event == LineEvent.SEEN:
            current.append(CurrentLine(line, written_on, on, has_ended=has_ended))
        elif event == LineEvent.WRITTEN:
            moved_since = first_written_on if was_seen else None
            current.append(CurrentLine(line, written_on, None, moved_since, has_ended))
    return LinesOfList(tuple(current), tuple(reverted))


def add(
    warehouse: Warehouse, run_date: date, events: Iterable[tuple[PublishedLine, LineEvent]]
) -> None:
    """Append what happened to lines."""
    rows = ((*to_row(line), run_date, event) for line, event in events)
    warehouse.append_numbered("published_lines", rows)


def false_alarms(warehouse: Warehouse) -> tuple[int, int]:
    """How many flags were in the lists, and how many of them people reverted."""
    ((published, reverted),) = warehouse.select(_FALSE_ALARMS)
    return published, reverted
