"""Verdicts: a row for each change; the last row of a judged run is the current verdict."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.warehouse import runs
from staycurrent.warehouse.connection import Value, utf8_text
from staycurrent.warehouse.observations import ensure_ids
from staycurrent.warehouse.open import Warehouse

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM verdicts"

# One query, because to plan one takes longer than to run it over a small list.
_STORED = """
WITH these AS (
    SELECT id, link FROM links WHERE link IN (SELECT unnest($2::VARCHAR[]))
), judged AS (
    SELECT id, rules_version FROM runs WHERE status = 'judged'
), changes AS (
    SELECT v.* FROM verdicts AS v
    JOIN these ON these.id = v.link_id
    JOIN judged ON judged.id = v.run_id
    QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
), counts AS (
    SELECT c.*, judged.rules_version FROM verdict_counts AS c
    JOIN these ON these.id = c.link_id
    JOIN judged ON judged.id = c.run_id
    QUALIFY row_number() OVER (PARTITION BY c.link_id ORDER BY c.run_id DESC) = 1
), observed AS (
    SELECT o.link_id, max(o.run_id) AS run_id FROM all_observations AS o
    JOIN these ON these.id = o.link_id
    JOIN judged ON judged.id = o.run_id
    GROUP BY o.link_id
)
SELECT l.link, c.rules_version = $1 AND coalesce(o.run_id, 0) <= c.run_id,
    v.state, v.reason, v.since, c.checks, c.last_checked, v.suggestion, v.archive, v.witness
FROM these AS l
LEFT JOIN changes AS v ON v.link_id = l.id
LEFT JOIN counts AS c ON c.link_id = l.id
LEFT JOIN observed AS o ON o.link_id = l.id
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
        changed = [
            one
            for one in concluded
            if (before := current.get(one.link)) is None or _conclusion(one) != _conclusion(before)
        ]
        first: int = warehouse.select(_NEXT_ID)[0][0]
        counts = {one.link: (one.checks, one.last_checked) for one in concluded}
        rows: list[tuple[Value, ...]] = []
        for number, one in enumerate(changed, first):
            about = number, run_id, run.run_date, ids[one.link]
            state, reason, since, *rest = _conclusion(one)
            rows.append((*about, state, reason, since, *counts[one.link], *rest))
        warehouse.append("verdicts", rows)
        warehouse.execute(_DELETE_COUNTS, list(ids.values()))
        latest = ((run_id, ids[link], *own) for link, own in counts.items())
        warehouse.append("verdict_counts", latest)


def record_rules_version(warehouse: Warehouse, run_id: int, version: str) -> None:
    """Record with which version of the rules and settings the verdicts of a run were concluded."""
    warehouse.execute("UPDATE runs SET rules_version = ? WHERE id = ?", version, run_id)


def suggestions(warehouse: Warehouse) -> tuple[str, ...]:
    """Where links have moved, by their current verdicts."""
    return tuple(url for (url,) in warehouse.select(_SUGGESTIONS))


def stored(
    warehouse: Warehouse, links: Collection[str], rules_version: str
) -> dict[str, StoredVerdict]:
    """What is stored of these links; a link that was never checked is absent.

    `rules_version` is that of the rules as they are now.
    """
    if not links:
        return {}
    rows = warehouse.select(_STORED, rules_version, list(links))
    return {
        link: StoredVerdict(
            None
            if state is None or checks is None
            else Verdict(link, VerdictState(state), reason, since, checks, *rest),
            is_up_to_date=bool(is_current) and state is not None,
        )
        for link, is_current, state, reason, since, checks, *rest in rows
    }


def state_since(warehouse: Warehouse) -> dict[str, date]:
    """The date on which each link got its current state."""
    return dict(warehouse.select(_STATE_SINCE))


def _conclusion(verdict: Verdict) -> tuple[Value, ...]:
    """All of a verdict but the counts."""
    suggestion, archive = utf8_text(verdict.suggestion), utf8_text(verdict.archive)
    return (verdict.state, verdict.reason, verdict.since, suggestion, archive, verdict.witness)
