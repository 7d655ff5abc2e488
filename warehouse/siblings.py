"""Siblings: what made-up addresses answered, appended, and remembered for three weeks."""

from collections.abc import Iterable
from datetime import date, timedelta

from links.sibling import NIGHTS, Sibling
from warehouse import runs
from warehouse.crossing import whole, whole_or_none
from warehouse.open import Value, Warehouse

# Judged runs, and what died runs of tonight asked: that is not asked twice in a night.
_REMEMBERED = """
SELECT s.folder, s.night, s.status, s.final_url, s.fingerprint, s.says_missing, s.parked
FROM siblings AS s
JOIN runs AS r ON r.id = s.run_id
WHERE (r.status = 'judged' OR (r.status = 'running' AND s.night = ?))
    AND s.night > ? AND s.night <= ?
QUALIFY row_number() OVER (PARTITION BY s.folder ORDER BY s.night DESC, s.run_id DESC) = 1
"""


def add(w: Warehouse, run_id: int, asked: Iterable[Sibling]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    with w.transaction():
        runs.running(w, run_id)
        w.append("siblings", (_row(run_id, one) for one in asked))


def remembered(w: Warehouse, night: date) -> dict[str, Sibling]:
    """By folder, the last answer of the three weeks up to a night, of nights that count."""
    rows = w.select(_REMEMBERED, night, night - timedelta(NIGHTS), night)
    return {folder: Sibling(folder, *rest) for folder, *rest in rows}


def _row(run_id: int, one: Sibling) -> tuple[Value, ...]:
    return (
        run_id,
        whole(one.folder),
        one.night,
        one.status,
        whole_or_none(one.final_url),
        whole_or_none(one.fingerprint),
        one.says_missing,
        one.parked,
    )
