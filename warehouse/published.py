"""What became of our lines in the lists: flags and candidates, from the night they were written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from staycurrent.warehouse.open import Value, Warehouse

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM published"

# The last event of each line that a list shows, or would if it were merged.
_STANDING = """
WITH last_events AS (
    FROM published WHERE list = ?
    QUALIFY row_number() OVER (PARTITION BY kind, subject, state, since ORDER BY id DESC) = 1
), written AS (
    SELECT kind, subject, state, since, max(night) AS night FROM published
    WHERE list = ? AND event = 'written'
    GROUP BY kind, subject, state, since
)
SELECT l.list, l.kind, l.subject, l.url, l.state, l.since, l.spot, w.night,
    CASE WHEN l.event = 'seen' THEN l.night END
FROM last_events AS l
JOIN written AS w USING (kind, subject, state, since)
WHERE l.event IN ('written', 'seen')
ORDER BY l.id
"""
_TAKEN_BACK = """
SELECT list, kind, subject, url, state, since, spot FROM published WHERE list = ?
QUALIFY row_number() OVER (PARTITION BY kind, subject, state, since ORDER BY id DESC) = 1
    AND event = 'taken_back'
ORDER BY id
"""
_TALLY = "SELECT coalesce(sum(published), 0), coalesce(sum(taken_back), 0) FROM false_alarms"

LineKind = Literal["flag", "candidate"]
"""A flag behind a link, or a line of the generated part."""


class LineEvent(StrEnum):
    """What became of a line; a closed set."""

    WRITTEN = "written"
    SEEN = "seen"
    """A later night found it in the list: somebody merged it, or nobody minded."""
    REVERTED = "taken_back"
    """By a person: removed, or kept quiet by a comment or a decision."""
    WITHDRAWN = "withdrawn"
    """By us: the verdict changed, the candidate aged out."""
    GONE = "gone"
    """The entry left the list, or the candidate was taken into it."""


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """A line of ours in a list."""

    list: str
    """The list's name: its path from the settings."""
    kind: LineKind
    subject: str
    """A flag's link, a candidate's identity."""
    url: str
    """As the list has it."""
    state: str
    since: date
    position: str = ""
    """Where flags were put, `link` or `end`; empty for candidates."""


@dataclass(frozen=True, slots=True)
class CurrentLine:
    """A line that stands as far as we know."""

    line: PublishedLine
    written_on: date
    seen_on: date | None
    """The first later night that found it in the list; None: nobody knows whether it was merged."""


def has_any(w: Warehouse) -> bool:
    """Whether anything was ever written into a list."""
    return w.select("SELECT count(*) FROM published")[0] != (0,)


def current(w: Warehouse, name: str) -> tuple[CurrentLine, ...]:
    """What we wrote into a list and neither we nor anybody took out, in the order of writing."""
    return tuple(map(_published, w.select(_STANDING, name, name)))


def reverted(w: Warehouse, name: str) -> tuple[PublishedLine, ...]:
    """What people took out of a list, or had us take out, in that order."""
    return tuple(PublishedLine(*row) for row in w.select(_TAKEN_BACK, name))


def add(w: Warehouse, night: date, events: Iterable[tuple[PublishedLine, LineEvent]]) -> None:
    """Append what became of lines tonight."""
    with w.transaction():
        first: int = w.select(_NEXT_ID)[0][0]
        w.append("published", (_row(n, night, *one) for n, one in enumerate(events, first)))


def false_alarms(w: Warehouse) -> tuple[int, int]:
    """How many flags people had in their lists, and how many of them they took back."""
    shown, taken = w.select(_TALLY)[0]
    return int(shown), int(taken)


def _row(number: int, night: date, line: PublishedLine, event: LineEvent) -> tuple[Value, ...]:
    told = (line.list, line.kind, line.subject, line.url, line.state, line.since, line.position)
    return (number, *told, night, str(event))


def _published(row: tuple[Value, ...]) -> CurrentLine:
    *line, written_on, seen_on = row
    return CurrentLine(PublishedLine(*line), written_on, seen_on)
