"""Compaction: consecutive equal observations of past months become one row, without any loss."""

from datetime import date

from staycurrent.warehouse.open import Warehouse

_MONTHS = """
SELECT DISTINCT date_trunc('month', o.run_date)::DATE AS month
FROM observations AS o
JOIN runs AS r ON r.id = o.run_id
WHERE r.status = 'judged' AND o.run_date < date_trunc('month', ?::DATE)
ORDER BY month
"""
# Consecutive equal observations have the same difference between their position among all
# observations of the link and their position among the equal ones.
_COMPACT = """
INSERT INTO compacted_observations BY NAME
WITH positioned AS (
    SELECT o.*,
        row_number() OVER (PARTITION BY o.link_id ORDER BY o.run_date, o.run_id)
        - row_number() OVER (
            PARTITION BY o.link_id, o.outcome, o.checked_by, o.status, o.final_url, o.permanent,
                o.freshness, o.identity, o.checks, o.evidence
            ORDER BY o.run_date, o.run_id
        ) AS difference
    FROM observations AS o
    JOIN runs AS r ON r.id = o.run_id
    WHERE r.status = 'judged' AND date_trunc('month', o.run_date) = ?
)
SELECT link_id, min(run_date) AS first_date, count(*) AS observations, outcome, checked_by, status,
    final_url, permanent, freshness, identity, checks, evidence,
    list(run_id ORDER BY run_date, run_id) AS run_ids,
    list(run_date ORDER BY run_date, run_id) AS run_dates,
    list(seen_at ORDER BY run_date, run_id) AS seen_at,
    list(elapsed_ms ORDER BY run_date, run_id) AS elapsed_ms,
    list(fingerprint ORDER BY run_date, run_id) AS fingerprints
FROM positioned
GROUP BY link_id, difference, outcome, checked_by, status, final_url, permanent, freshness,
    identity, checks, evidence
ORDER BY link_id, first_date
"""
_DELETE = """
DELETE FROM observations
WHERE date_trunc('month', run_date) = ?
    AND run_id IN (SELECT id FROM runs WHERE status = 'judged')
"""


def compact(warehouse: Warehouse, *, before: date) -> tuple[date, ...]:
    """Compact the judged observations of the months before that of `before`; return the months.

    Each month is a transaction. `all_observations` reads the same as before. If a run with an
    earlier clock adds to a compacted month, the next compaction adds rows for that.
    """
    months = tuple(month for (month,) in warehouse.select(_MONTHS, before))
    for month in months:
        with warehouse.transaction():
            warehouse.execute(_COMPACT, month)
            warehouse.execute(_DELETE, month)
    return months
