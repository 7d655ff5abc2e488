"""Verdicts: a row for each change; the last row of a judged run is the current verdict."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from staycurrent.links.verdict import Verdict
from staycurrent.warehouse import runs
from staycurrent.warehouse.connection import Value, from_row, to_row
from staycurrent.warehouse.observations import ensure_ids, find_ids
from staycurrent.warehouse.open import Warehouse

# Plain queries: to plan one that joins all of it takes longer than to run these.
_JUDGED = "SELECT id, rules_version FROM runs WHERE status = 'judged'"
_CURRENT = """
SELECT v.link_id, c.run_id, v.state, v.reason, v.since, c.checks, c.last_checked, v.suggestion,
    v.archive, v.witness
FROM verdicts AS v
JOIN verdict_counts AS c ON c.link_id = v.link_id
WHERE v.id IN (
    SELECT max(id) FROM verdicts
    WHERE link_id IN (SELECT unnest(?::INTEGER[]))
        AND run_id IN (SELECT id FROM runs WHERE status = 'judged')
    GROUP BY link_id
)
ORDER BY c.run_id
"""
_LAST_CHECKED_BY = """
SELECT o.link_id, max(o.run_id) FROM all_observations AS o
JOIN runs AS r ON r.id = o.run_id
WHERE r.status = 'judged' AND o.link_id IN (SELECT unnest(?::INTEGER[]))
GROUP BY o.link_id
"""
_DELETE_COUNTS = "DELETE FROM verdict_counts WHERE link_id IN (SELECT unnest(?::INTEGER[]))"
_SUGGESTIONS = "SELECT DISTINCT suggestion FROM latest_verdicts WHERE suggestion IS NOT NULL"
_STATE_SINCE = """
SELECT link, max(run_date) FROM verdict_changes
WHERE previous IS DISTINCT FROM state
GROUP BY link
"""


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """What is stored of a link that the warehouse knows."""

    verdict: Verdict | None
    """The current one; None if no judged run gave one."""
    is_up_to_date: bool
    """Whether it need not be concluded again: it was concluded with the same version of the rules,
    and no judged run checked the link since."""


def record(
    warehouse: Warehouse,
    run_id: int,
    verdicts: Iterable[Verdict],
    current: Mapping[str, Verdict],
) -> None:
    """Append the verdicts of a judged run that differ from the current ones, all or nothing.

    A difference in `checks` and `last_checked` alone adds no row: they are counted separately.
    Raises ValueError for a run that is not judged.
    """
    concluded = tuple(verdicts)
    with warehouse.transaction():
        run = runs.get(warehouse, run_id)
        if run.status is not runs.RunStatus.JUDGED:
            raise ValueError(f"run {run_id} is not judged: it gives no verdicts")
        ids = ensure_ids(warehouse, (verdict.link for verdict in concluded))
        changed = (
            (run_id, run.run_date, ids[one.link], *to_row(one)[1:])
            for one in concluded
            if (before := current.get(one.link)) is None or _conclusion(one) != _conclusion(before)
        )
        warehouse.append_numbered("verdicts", changed)
        warehouse.execute(_DELETE_COUNTS, list(ids.values()))
        counts = ((run_id, ids[one.link], one.checks, one.last_checked) for one in concluded)
        warehouse.append("verdict_counts", counts)


def record_rules_version(warehouse: Warehouse, run_id: int, version: str) -> None:
    """Record with which version of the rules and settings the verdicts of a run were concluded."""
    warehouse.execute("UPDATE runs SET rules_version = ? WHERE id = ?", version, run_id)


def suggestions(warehouse: Warehouse) -> tuple[str, ...]:
    """Where links have moved, by their current verdicts."""
    return tuple(warehouse.column(_SUGGESTIONS))


def stored(
    warehouse: Warehouse, links: Collection[str], rules_version: str
) -> dict[str, StoredVerdict]:
    """What is stored of these links; a link that was never checked is absent.

    `rules_version` is that of the rules as they are now.
    """
    if not links:
        return {}
    ids = find_ids(warehouse, links)
    judged: dict[int, str] = dict(warehouse.select(_JUDGED))
    rows = warehouse.select(_CURRENT, list(ids.values())) if judged else []
    current = {link_id: (run_id, verdict) for link_id, run_id, *verdict in rows}
    with_these_rules = {
        link_id: run_id
        for link_id, (run_id, _) in current.items()
        if judged.get(run_id) == rules_version
    }
    last = max(judged, default=0)
    behind = [one for one, run_id in with_these_rules.items() if run_id < last]
    checked_by: dict[int, int] = dict(warehouse.select(_LAST_CHECKED_BY, behind)) if behind else {}
    return {
        link: StoredVerdict(
            from_row(Verdict, (link, *current[link_id][1])) if link_id in current else None,
            is_up_to_date=checked_by.get(link_id, 0) <= with_these_rules.get(link_id, -1),
        )
        for link, link_id in ids.items()
    }


def state_since(warehouse: Warehouse) -> dict[str, date]:
    """The date on which each link got its current state."""
    return dict(warehouse.select(_STATE_SINCE))


def _conclusion(verdict: Verdict) -> tuple[Value, ...]:
    """All of a verdict but the counts."""
    return to_row(replace(verdict, checks=0, last_checked=None))
