"""In which manner runs concluded: what was concluded so, and not overtaken since, still holds."""

from collections.abc import Collection

from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.warehouse.link_ids import find_ids
from staycurrent.warehouse.open import Warehouse

_FORGET = "DELETE FROM manners WHERE run_id = ?"
_NOTE = "INSERT INTO manners VALUES (?, ?)"
_HOLDING = """
WITH counted AS (
    SELECT id FROM runs WHERE status = 'judged'
), asked AS (
    SELECT unnest(?::INTEGER[])
), tally AS (
    SELECT link_id, run_id, nights, last_checked FROM tallies
    WHERE run_id IN (FROM counted) AND link_id IN (FROM asked)
    QUALIFY row_number() OVER (PARTITION BY link_id ORDER BY run_id DESC) = 1
), seen AS (
    SELECT link_id, max(run_id) AS last_run FROM every_observation
    WHERE run_id IN (FROM counted) AND link_id IN (FROM asked) GROUP BY link_id
)
SELECT l.link, v.state, v.reason, v.since, t.nights, t.last_checked, v.suggestion, v.archive
FROM verdicts AS v
JOIN links AS l ON l.id = v.link_id
JOIN tally AS t ON t.link_id = v.link_id
JOIN manners AS m ON m.run_id = t.run_id AND m.manner = ?
LEFT JOIN seen AS s ON s.link_id = v.link_id
WHERE v.run_id IN (FROM counted) AND coalesce(s.last_run, 0) <= t.run_id
QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
"""


def record(w: Warehouse, run_id: int, manner: str) -> None:
    """Note in which manner a run concluded on all that it recorded."""
    with w.transaction():
        w.execute(_FORGET, run_id)
        w.execute(_NOTE, run_id, manner)


def holding(w: Warehouse, manner: str, links: Collection[str]) -> dict[str, Verdict]:
    """What was concluded in a manner on these, and would be again: nothing came since."""
    known = list(find_ids(w, links).values())
    rows = w.select(_HOLDING, known, manner) if known else []
    return {link: Verdict(link, VerdictState(state), *rest) for link, state, *rest in rows}
