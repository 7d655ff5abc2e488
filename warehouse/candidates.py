"""Candidates: what the list lacks as the last choice had it, and when each was first seen."""

from collections.abc import Iterable
from datetime import date

from sources.item import Candidate
from warehouse.crossing import whole
from warehouse.open import Value, Warehouse

_NEXT_CHOICE = "SELECT coalesce(max(id), 0) + 1 FROM choices"
_CHOOSE = "INSERT INTO choices VALUES (?, ?)"
_KEEP = """
INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (identity) DO UPDATE SET
    title = excluded.title, url = excluded.url, source = excluded.source, why = excluded.why,
    section = excluded.section, score = excluded.score, summary = excluded.summary,
    choice_id = excluded.choice_id
"""
_FIRST_SEEN = "SELECT identity, first_seen FROM candidates"
_STANDING = """
SELECT identity, title, url, source, why, section, score, first_seen, summary FROM candidates
WHERE choice_id = (SELECT max(id) FROM choices)
ORDER BY score DESC, identity
"""


def record(w: Warehouse, night: date, candidates: Iterable[Candidate]) -> None:
    """Record a night's whole choice, which may be empty; the night it was first seen never moves.

    A candidate that is not chosen any more keeps its row, but does not stand.
    """
    with w.transaction():
        choice: int = w.select(_NEXT_CHOICE)[0][0]
        w.execute(_CHOOSE, choice, night)
        for one in candidates:
            _keep(w, one, choice)


def standing(w: Warehouse) -> tuple[Candidate, ...]:
    """The last choice, best first; equal scores by identity."""
    return tuple(map(_candidate, w.select(_STANDING)))


def first_seen(w: Warehouse) -> dict[str, date]:
    """The night on which each candidate was first chosen, by identity; also of former ones."""
    return dict(w.select(_FIRST_SEEN))


def _keep(w: Warehouse, one: Candidate, choice: int) -> None:
    w.execute(
        _KEEP,
        one.identity,
        whole(one.title),
        one.url,
        one.source,
        whole(one.why),
        list(one.section),
        one.score,
        one.first_seen,
        whole(one.summary),
        choice,
    )


def _candidate(row: tuple[Value, ...]) -> Candidate:
    identity, title, url, source, why, section, *rest = row
    return Candidate(identity, title, url, source, why, tuple(section), *rest)
