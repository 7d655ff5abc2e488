"""Verdicts: each change of mind is a row; what stands is the last one that a judged run wrote."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.warehouse import runs
from staycurrent.warehouse.link_ids import ensure_ids, find_ids
from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import utf8_text_or_none

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM verdicts"

# The last row and the last tally of each link, of judged runs and, if not NULL, of a running one
# with the died runs that it adopted.
_STANDING_AMONG = """
WITH counted AS (
    SELECT id FROM runs
    WHERE status = 'judged' OR (status = 'running' AND ? IN (id, adopted_by))
), tally AS (
    SELECT link_id, nights, last_checked FROM tallies
    WHERE run_id IN (FROM counted) AND {these}
    QUALIFY row_number() OVER (PARTITION BY link_id ORDER BY run_id DESC) = 1
)
SELECT l.link, v.state, v.reason, v.since, t.nights, t.last_checked, v.suggestion, v.archive
FROM verdicts AS v
JOIN links AS l ON l.id = v.link_id
JOIN tally AS t ON t.link_id = v.link_id
WHERE v.run_id IN (FROM counted) AND v.{these}
QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
ORDER BY l.link
"""
_STANDING = _STANDING_AMONG.format(these="link_id IS NOT NULL")
_STANDING_OF = _STANDING_AMONG.format(these="link_id IN (SELECT unnest(?::INTEGER[]))")
_FORGET_OWN = """
DELETE FROM tallies WHERE run_id = ? AND link_id IN (SELECT unnest(?::INTEGER[]))
"""
_FORGET_OVERTAKEN = """
DELETE FROM tallies WHERE run_id < (
    SELECT max(later.run_id) FROM tallies AS later
    JOIN runs AS r ON r.id = later.run_id
    WHERE r.status = 'judged' AND later.link_id = tallies.link_id
) AND link_id IN (SELECT unnest(?::INTEGER[]))
"""
_WRITTEN_BY = """
SELECT l.link, v.state, v.reason, v.since, v.nights, v.last_checked, v.suggestion, v.archive
FROM verdicts AS v
JOIN runs AS r ON r.id = v.run_id
JOIN links AS l ON l.id = v.link_id
WHERE ? IN (r.id, r.adopted_by)
QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
ORDER BY l.link
"""
_STOOD_BEFORE = """
SELECT l.link, v.state, v.reason, v.since, v.nights, v.last_checked, v.suggestion, v.archive
FROM verdicts AS v
JOIN runs AS r ON r.id = v.run_id
JOIN links AS l ON l.id = v.link_id
WHERE r.status = 'judged' AND r.id < ? AND r.adopted_by IS DISTINCT FROM ?
QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
"""

_REACHED = """
WITH changes AS (
    SELECT l.link, v.night, v.state,
        lag(v.state) OVER (PARTITION BY v.link_id ORDER BY v.id) AS was
    FROM verdicts AS v
    JOIN runs AS r ON r.id = v.run_id
    JOIN links AS l ON l.id = v.link_id
    WHERE r.status = 'judged'
)
SELECT link, max(night) FROM changes WHERE was IS DISTINCT FROM state GROUP BY link
"""


@dataclass(frozen=True, slots=True)
class RunChange:
    """A link on which a run concluded something else than what stood before it."""

    before: Verdict | None
    """What stood, with its nights and last look as of when it was concluded; None if nothing."""
    after: Verdict


def record(w: Warehouse, run_id: int, night: date, verdicts: Iterable[Verdict]) -> None:
    """Append the verdicts of a running or judged run that differ from what stands, or nothing.

    `nights` and `last_checked` alone are no difference: they are tallied beside, so that `latest`
    gives them as this run found them. Raises ValueError for a run that is not judged or is of
    another night.
    """
    concluded = tuple(verdicts)
    with w.transaction():
        _refuse_unjudged(w, run_id, night)
        ids = ensure_ids(w, (verdict.link for verdict in concluded))
        numbers_of = list(ids.values())
        standing = _by_link(w.select(_STANDING_OF, run_id, numbers_of, numbers_of))
        changed = [one for one in concluded if _differs(one, standing.get(one.link))]
        first: int = w.select(_NEXT_ID)[0][0]
        w.append(
            "verdicts",
            (_row(n, run_id, night, ids[one.link], one) for n, one in enumerate(changed, first)),
        )
        w.execute(_FORGET_OWN, run_id, numbers_of)
        w.append(
            "tallies",
            ((run_id, ids[one.link], one.checks, one.last_checked) for one in concluded),
        )
        w.execute(_FORGET_OVERTAKEN, numbers_of)


def latest(w: Warehouse, links: Collection[str] | None = None) -> dict[str, Verdict]:
    """What stands, by link, of these or of every link that a judged run ever concluded on."""
    if links is None:
        return _by_link(w.select(_STANDING, None))
    ids = list(find_ids(w, links).values())
    return _by_link(w.select(_STANDING_OF, None, ids, ids))


def changes(w: Warehouse, run_id: int) -> tuple[RunChange, ...]:
    """What a run, with the died runs that it adopted, changed; in the order of the links."""
    before = _by_link(w.select(_STOOD_BEFORE, run_id, run_id))
    written = _by_link(w.select(_WRITTEN_BY, run_id))
    return tuple(
        RunChange(before.get(link), after)
        for link, after in written.items()
        if _differs(after, before.get(link))
    )


def _refuse_unjudged(w: Warehouse, run_id: int, night: date) -> None:
    run = runs.get(w, run_id)
    if run.status is runs.RunStatus.NOT_JUDGED:
        raise ValueError(f"run {run_id} is not judged: nothing is concluded from it")
    if run.run_date != night:
        raise ValueError(f"run {run_id} is of {run.run_date}, not of {night}")


def _differs(verdict: Verdict, other: Verdict | None) -> bool:
    return other is None or _finding(verdict) != _finding(other)


def _finding(verdict: Verdict) -> tuple[Value, ...]:
    """What makes two verdicts the same conclusion: everything but the counts."""
    linked = (utf8_text_or_none(verdict.suggestion), utf8_text_or_none(verdict.archive))
    return (verdict.state, verdict.reason, verdict.since, *linked)


def _row(
    number: int, run_id: int, night: date, link_id: int, verdict: Verdict
) -> tuple[Value, ...]:
    state, reason, since, suggestion, archive = _finding(verdict)
    counts = (verdict.checks, verdict.last_checked)
    return (number, run_id, night, link_id, state, reason, since, *counts, suggestion, archive)


def _by_link(rows: list[tuple[Value, ...]]) -> dict[str, Verdict]:
    return {link: Verdict(link, VerdictState(state), *rest) for link, state, *rest in rows}


def state_since(w: Warehouse) -> dict[str, date]:
    """The night on which each link came to its present state."""
    return dict(w.select(_REACHED))
