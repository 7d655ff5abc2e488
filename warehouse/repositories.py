"""What GitHub told of repositories, by entity tag: appended, the last of each remembered."""

from collections.abc import Iterable
from datetime import date

from links.authorities.github_memory import Told
from links.authorities.github_repository import Repository
from warehouse import runs
from warehouse.crossing import aware, stored, whole
from warehouse.open import Value, Warehouse

# Judged runs, and what died runs of tonight asked: that is not asked twice in a night.
_REMEMBERED = """
SELECT g.asked, g.night, g.etag, g.name, g.identity, g.archived, g.disabled, g.private, g.pushed_at
FROM github_repositories AS g
JOIN runs AS r ON r.id = g.run_id
WHERE (r.status = 'judged' OR (r.status = 'running' AND g.night = ?)) AND g.night <= ?
QUALIFY row_number() OVER (PARTITION BY g.asked ORDER BY g.night DESC, g.run_id DESC) = 1
"""


def add(w: Warehouse, run_id: int, told: Iterable[Told]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    with w.transaction():
        runs.running(w, run_id)
        w.append("github_repositories", (_row(run_id, one) for one in told))


def remembered(w: Warehouse, night: date) -> dict[str, Told]:
    """By the name that was asked for, the last answer up to a night, of nights that count."""
    return {row[0]: _told(*row) for row in w.select(_REMEMBERED, night, night)}


def _told(asked: str, night: date, etag: str, *facts: Value) -> Told:
    name, identity, archived, disabled, private, pushed_at = facts
    pushed = None if pushed_at is None else aware(pushed_at)
    return Told(asked, night, etag, Repository(name, identity, archived, disabled, private, pushed))


def _row(run_id: int, one: Told) -> tuple[Value, ...]:
    known = one.repository
    return (
        run_id,
        whole(one.asked),
        one.night,
        one.etag,
        known.name,
        known.identity and whole(known.identity),
        known.archived,
        known.disabled,
        known.private,
        None if known.pushed_at is None else stored(known.pushed_at),
    )
