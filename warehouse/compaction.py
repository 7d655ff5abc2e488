"""Folding: looks of long ago that came out alike become one row, and none of them is lost."""

from datetime import date

from staycurrent.warehouse.open import Warehouse

_MONTHS = """
SELECT DISTINCT date_trunc('month', o.night)::DATE AS month
FROM observations AS o
JOIN runs AS r ON r.id = o.run_id
WHERE r.status = 'judged' AND o.night < date_trunc('month', ?::DATE)
ORDER BY month
"""
# Of a link's looks in a row, those that are alike keep one distance between their places among
# all of them and among their like.
_FOLD = """
INSERT INTO stretches BY NAME
WITH placed AS (
    SELECT o.*,
        row_number() OVER (PARTITION BY o.link_id ORDER BY o.night, o.run_id)
        - row_number() OVER (
            PARTITION BY o.link_id, o.outcome, o.asked, o.status, o.final_url, o.permanent,
                o.freshness, o.identity, o.looks, o.evidence
            ORDER BY o.night, o.run_id
        ) AS distance
    FROM observations AS o
    JOIN runs AS r ON r.id = o.run_id
    WHERE r.status = 'judged' AND date_trunc('month', o.night) = ?
)
SELECT link_id, min(night) AS first_night, count(*) AS times, outcome, asked, status, final_url,
    permanent, freshness, identity, looks, evidence,
    list(run_id ORDER BY night, run_id) AS run_ids,
    list(night ORDER BY night, run_id) AS nights,
    list(seen_at ORDER BY night, run_id) AS seen_at,
    list(elapsed_ms ORDER BY night, run_id) AS elapsed_ms,
    list(fingerprint ORDER BY night, run_id) AS fingerprints
FROM placed
GROUP BY link_id, distance, outcome, asked, status, final_url, permanent, freshness, identity,
    looks, evidence
ORDER BY link_id, first_night
"""
_CLEAR = """
DELETE FROM observations
WHERE date_trunc('month', night) = ? AND run_id IN (SELECT id FROM runs WHERE status = 'judged')
"""


def compact(w: Warehouse, *, before: date) -> tuple[date, ...]:
    """Fold the observations of judged runs in whole months before that of a day; these months.

    A month is a transaction of its own. Every observation can be read as before: what was seen
    later of a month that is folded already, by a run with an earlier clock, is folded beside it.
    """
    months = tuple(month for (month,) in w.select(_MONTHS, before))
    for month in months:
        with w.transaction():
            w.execute(_FOLD, month)
            w.execute(_CLEAR, month)
    return months
