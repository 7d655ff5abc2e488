"""Verdicts: a row for each change; the last row of a judged run is the current verdict."""

from collections.abc import Collection, Iterable
from datetime import date

from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.warehouse import runs
from staycurrent.warehouse.connection import Value, utf8_text
from staycurrent.warehouse.observations import ensure_ids, find_ids
from staycurrent.warehouse.open import Warehouse

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM verdicts"

# The last verdict and counts of each link, from judged runs and, unless NULL, a running one with
# the dead runs that it adopted.
_CURRENT = """
WITH these_runs AS (
    SELECT id FROM runs
    WHERE status = 'judged' OR (status = 'running' AND $1 IN (id, adopted_by))
), counts AS (
    SELECT link_id, run_id, checks, last_checked FROM verdict_counts
    WHERE run_id IN (FROM these_runs) AND {condition}
    QUALIFY row_number() OVER (PARTITION BY link_id ORDER BY run_id DESC) = 1
)
SELECT l.link, v.state, v.reason, v.since, c.checks, c.last_checked, v.suggestion, v.archive
FROM verdicts AS v
JOIN links AS l ON l.id = v.link_id
JOIN counts AS c ON c.link_id = v.link_id
WHERE v.run_id IN (FROM these_runs) AND v.{condition}
QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
ORDER BY l.link
"""
_CURRENT_OF_ALL = _CURRENT.format(condition="link_id IS NOT NULL")
_CURRENT_OF_THESE = _CURRENT.format(condition="link_id IN (SELECT unnest($2::INTEGER[]))")
_WITH_RULES_VERSION = """
WITH last_observed AS (
    SELECT o.link_id, max(o.run_id) AS run_id
    FROM all_observations AS o
    JOIN runs AS r ON r.id = o.run_id
    WHERE r.status = 'judged' AND o.link_id IN (SELECT unnest($2::INTEGER[]))
    GROUP BY o.link_id
)
SELECT l.link
FROM (
    SELECT c.link_id, c.run_id, r.rules_version
    FROM verdict_counts AS c
    JOIN runs AS r ON r.id = c.run_id
    WHERE r.status = 'judged' AND c.link_id IN (SELECT unnest($2::INTEGER[]))
    QUALIFY row_number() OVER (PARTITION BY c.link_id ORDER BY c.run_id DESC) = 1
) AS concluded
JOIN links AS l ON l.id = concluded.link_id
LEFT JOIN last_observed AS o ON o.link_id = concluded.link_id
WHERE concluded.rules_version = $1 AND coalesce(o.run_id, 0) <= concluded.run_id
"""
_DELETE_OWN_COUNTS = """
DELETE FROM verdict_counts WHERE run_id = ? AND link_id IN (SELECT unnest(?::INTEGER[]))
"""
_DELETE_OLDER_COUNTS = """
DELETE FROM verdict_counts WHERE run_id < (
    SELECT max(later.run_id) FROM verdict_counts AS later
    JOIN runs AS r ON r.id = later.run_id
    WHERE r.status = 'judged' AND later.link_id = verdict_counts.link_id
) AND link_id IN (SELECT unnest(?::INTEGER[]))
"""
_STATE_SINCE = """
SELECT link, max(run_date) FROM verdict_changes
WHERE previous IS DISTINCT FROM state
GROUP BY link
"""


def record(warehouse: Warehouse, run_id: int, run_date: date, verdicts: Iterable[Verdict]) -> None:
    """Append the verdicts of a running or judged run that differ from the current ones.

    A difference in `checks` and `last_checked` alone adds no row: they are counted separately.
    All or nothing. Raises ValueError for a run that is not judged or is of another date.
    """
    concluded = tuple(verdicts)
    with warehouse.transaction():
        run = runs.get(warehouse, run_id)
        if run.status is runs.RunStatus.NOT_JUDGED:
            raise ValueError(f"run {run_id} is not judged: it gives no verdicts")
        if run.run_date != run_date:
            raise ValueError(f"run {run_id} is of {run.run_date}, not of {run_date}")
        ids = ensure_ids(warehouse, (verdict.link for verdict in concluded))
        link_ids = list(ids.values())
        current = _by_link(warehouse.select(_CURRENT_OF_THESE, run_id, link_ids))
        changed = [one for one in concluded if _differs(one, current.get(one.link))]
        first: int = warehouse.select(_NEXT_ID)[0][0]
        rows = (
            _row(verdict_id, run_id, run_date, ids[one.link], one)
            for verdict_id, one in enumerate(changed, first)
        )
        warehouse.append("verdicts", rows)
        warehouse.execute(_DELETE_OWN_COUNTS, run_id, link_ids)
        counts = ((run_id, ids[one.link], one.checks, one.last_checked) for one in concluded)
        warehouse.append("verdict_counts", counts)
        warehouse.execute(_DELETE_OLDER_COUNTS, link_ids)


def record_rules_version(warehouse: Warehouse, run_id: int, version: str) -> None:
    """Record with which version of the rules and settings the verdicts of a run were concluded."""
    warehouse.execute("UPDATE runs SET rules_version = ? WHERE id = ?", version, run_id)


def latest(warehouse: Warehouse, links: Collection[str] | None = None) -> dict[str, Verdict]:
    """The current verdicts, by link, of these links or of all; those never judged are absent."""
    if links is None:
        return _by_link(warehouse.select(_CURRENT_OF_ALL, None))
    ids = list(find_ids(warehouse, links).values())
    return _by_link(warehouse.select(_CURRENT_OF_THESE, None, ids))


def up_to_date(
    warehouse: Warehouse, links: Collection[str], rules_version: str
) -> dict[str, Verdict]:
    """The current verdicts that need not be concluded again.

    They were concluded with this version of the rules, and no judged run checked the link since.
    """
    ids = list(find_ids(warehouse, links).values())
    if not ids:
        return {}
    current = {link for (link,) in warehouse.select(_WITH_RULES_VERSION, rules_version, ids)}
    return {link: one for link, one in latest(warehouse, links).items() if link in current}


def state_since(warehouse: Warehouse) -> dict[str, date]:
    """The date on which each link got its current state."""
    return dict(warehouse.select(_STATE_SINCE))


def _differs(verdict: Verdict, other: Verdict | None) -> bool:
    return other is None or _conclusion(verdict) != _conclusion(other)


def _conclusion(verdict: Verdict) -> tuple[Value, ...]:
    """All of a verdict but the counts."""
    suggestion, archive = utf8_text(verdict.suggestion), utf8_text(verdict.archive)
    return (verdict.state, verdict.reason, verdict.since, suggestion, archive)


def _row(
    verdict_id: int, run_id: int, run_date: date, link_id: int, verdict: Verdict
) -> tuple[Value, ...]:
    state, reason, since, suggestion, archive = _conclusion(verdict)
    return (
        verdict_id,
        run_id,
        run_date,
        link_id,
        state,
        reason,
        since,
        verdict.checks,
        verdict.last_checked,
        suggestion,
        archive,
    )


def _by_link(rows: list[tuple[Value, ...]]) -> dict[str, Verdict]:
    return {link: Verdict(link, VerdictState(state), *rest) for link, state, *rest in rows}
