"""What hosts allow: each robots.txt that came, appended, and remembered for weeks."""

from collections.abc import Iterable
from datetime import date, timedelta

from warehouse import runs
from warehouse.crossing import whole
from warehouse.open import Value, Warehouse
from web.robots import NIGHTS, Robots

_OF_FEEDS = 0
"""In the place of a run: what a feed's host said; pulls are no runs, and nothing judges them."""
# Judged runs, and what died runs of tonight asked: that is not asked twice in a night.
_REMEMBERED = """
SELECT s.host, s.night, s.status, s.rules
FROM robots AS s
LEFT JOIN runs AS r ON r.id = s.run_id
WHERE (s.run_id = ? OR r.status = 'judged' OR (r.status = 'running' AND s.night = ?))
    AND s.night > ? AND s.night <= ?
QUALIFY row_number() OVER (PARTITION BY s.host ORDER BY s.night DESC, s.run_id DESC) = 1
"""


def add(w: Warehouse, run_id: int, asked: Iterable[Robots]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    with w.transaction():
        runs.running(w, run_id)
        w.append("robots", (_row(run_id, one) for one in asked))


def add_of_feeds(w: Warehouse, asked: Iterable[Robots]) -> None:
    """Append what a pull learned."""
    w.append("robots", (_row(_OF_FEEDS, one) for one in asked))


def remembered(w: Warehouse, night: date) -> dict[str, Robots]:
    """By host, the last answer up to a night that still holds on it, of nights that count."""
    rows = w.select(_REMEMBERED, _OF_FEEDS, night, night - timedelta(2 * NIGHTS), night)
    found = (Robots(*row) for row in rows)
    return {one.host: one for one in found if one.holds_on(night)}


def _row(run_id: int, one: Robots) -> tuple[Value, ...]:
    return (run_id, one.host, one.night, one.status, whole(one.rules))
