"""What happened to our lines in the lists (flags and candidates) since they were written."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from staycurrent.warehouse.open import Warehouse

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM published_lines"
# Lines that are in a list, or would be if the change were merged.
_CURRENT = """
WITH last_events AS (
    FROM published_lines WHERE list = $1
    QUALIFY row_number() OVER (PARTITION BY kind, subject, state, since ORDER BY id DESC) = 1
), written AS (
    SELECT kind, subject, state, since, max(run_date) AS run_date FROM published_lines
    WHERE list = $1 AND event = 'written'
    GROUP BY kind, subject, state, since
)
SELECT e.list, e.kind, e.subject, e.url, e.state, e.since, e.position, w.run_date,
    CASE WHEN e.event = 'seen' THEN e.run_date END
FROM last_events AS e
JOIN written AS w USING (kind, subject, state, since)
WHERE e.event IN ('written', 'seen')
ORDER BY e.id
"""
_REVERTED = """
SELECT list, kind, subject, url, state, since, position FROM published_lines WHERE list = ?
QUALIFY row_number() OVER (PARTITION BY kind, subject, state, since ORDER BY id DESC) = 1
    AND event = 'reverted'
ORDER BY id
"""
_FALSE_ALARMS = """
SELECT coalesce(sum(published), 0)::BIGINT, coalesce(sum(reverted), 0)::BIGINT FROM false_alarms
"""

LineKind = Literal["flag", "candidate"]
"""A flag after a link, or a line of the generated section."""


class LineEvent(StrEnum):
    """What happened to a line; a closed set, stored."""

    WRITTEN = "written"
    SEEN = "seen"
    """A later run found it in the list: the change was merged."""
    REVERTED = "reverted"
    """By a person, who removed it, or suppressed it by a comment or an override."""
    WITHDRAWN = "withdrawn"
    """By us: the verdict changed, or the candidate expired."""
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
    position: str = ""
    """Where flags were put, `link` or `end`; empty for candidates."""


@dataclass(frozen=True, slots=True)
class CurrentLine:
    """A line that is in a list as far as we know."""

    line: PublishedLine
    written_on: date
    seen_on: date | None
    """The first later date on which it was found; None if it may not have been merged."""


def has_any(warehouse: Warehouse) -> bool:
    """Whether a line was ever written into a list."""
    return bool(warehouse.select("SELECT 1 FROM published_lines LIMIT 1"))


def current(warehouse: Warehouse, name: str) -> tuple[CurrentLine, ...]:
    """The lines of a list that nobody has removed, in the order of writing."""
    return tuple(
        CurrentLine(PublishedLine(*line), written_on, seen_on)
        for *line, written_on, seen_on in warehouse.select(_CURRENT, name)
    )


def reverted(warehouse: Warehouse, name: str) -> tuple[PublishedLine, ...]:
    """The lines of a list that people reverted, in that order."""
    return tuple(PublishedLine(*row) for row in warehouse.select(_REVERTED, name))


def add(
    warehouse: Warehouse, run_date: date, events: Iterable[tuple[PublishedLine, LineEvent]]
) -> None:
    """Append what happened to lines."""
    with warehouse.transaction():
        first: int = warehouse.select(_NEXT_ID)[0][0]
        rows = (
            (event_id, *astuple(line), run_date, str(event))
            for event_id, (line, event) in enumerate(events, first)
        )
        warehouse.append("published_lines", rows)


def false_alarms(warehouse: Warehouse) -> tuple[int, int]:
    """How many flags were in the lists, and how many of them people reverted."""
    published, reverted_flags = warehouse.select(_FALSE_ALARMS)[0]
    return published, reverted_flags
