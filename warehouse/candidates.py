"""Candidates: what the list lacks as the last choice had it, and when each was first seen."""

from collections.abc import Iterable, Mapping
from datetime import date

from staycurrent.sources.item import Candidate, CandidateGroup
from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import utf8_text

_NEXT_CHOICE = "SELECT coalesce(max(id), 0) + 1 FROM choices"
_CHOOSE = "INSERT INTO choices VALUES (?, ?)"
_KEEP = """
INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (identity) DO UPDATE SET
    title = excluded.title, url = excluded.url, source = excluded.source, why = excluded.why,
    section = excluded.section, score = excluded.score, summary = excluded.summary,
    choice_id = excluded.choice_id, shown_under = excluded.shown_under
"""
_STANDING = """
SELECT identity, title, url, source, why, section, score, first_seen, summary, shown_under
FROM candidates
WHERE choice_id = (SELECT max(id) FROM choices)
ORDER BY score DESC, identity
"""
_FORMER = """
SELECT identity, title, url, source, why, section, score, first_seen, summary, shown_under
FROM candidates
ORDER BY identity
"""
_LEFT = """
WITH last AS (
    SELECT id, night FROM choices QUALIFY id = max(id) OVER ()
)
SELECT identity, title, url, source, why, section, score, first_seen, summary, shown_under
FROM candidates
WHERE choice_id = (
    SELECT max(c.id) FROM choices AS c, last WHERE c.night < last.night
)
ORDER BY score DESC, identity
"""
_TAKE = "INSERT INTO taken VALUES (?, ?) ON CONFLICT DO NOTHING"
_TAKEN = "SELECT identity, night FROM taken"


def record(w: Warehouse, night: date, candidates: Iterable[Candidate]) -> None:
    """Record a night's whole choice, which may be empty; the night it was first seen never moves.

    A candidate that is not chosen any more keeps its row, but does not stand.
    """
    with w.transaction():
        choice: int = w.select(_NEXT_CHOICE)[0][0]
        w.execute(_CHOOSE, choice, night)
        for one in candidates:
            _keep(w, one, choice)


def current(w: Warehouse) -> tuple[Candidate, ...]:
    """The last choice, best first; equal scores by identity."""
    return tuple(map(_candidate, w.select(_STANDING)))


def all_proposed(w: Warehouse) -> tuple[Candidate, ...]:
    """Everything that ever was chosen, as it was last chosen; by identity."""
    return tuple(map(_candidate, w.select(_FORMER)))


def dropped(w: Warehouse) -> tuple[Candidate, ...]:
    """What stood on the night before the last choice and was not chosen again."""
    return tuple(map(_candidate, w.select(_LEFT)))


def record_accepted(w: Warehouse, nights: Mapping[str, date]) -> None:
    """Record since when former candidates stand in a list; the first night never moves."""
    with w.transaction():
        for identity, night in nights.items():
            w.execute(_TAKE, identity, night)


def accepted(w: Warehouse) -> dict[str, date]:
    """The night on which each former candidate first stood in a list, by identity."""
    return dict(w.select(_TAKEN))


def _keep(w: Warehouse, one: Candidate, choice: int) -> None:
    w.execute(
        _KEEP,
        one.identity,
        utf8_text(one.title),
        one.url,
        one.source,
        utf8_text(one.why),
        list(one.section),
        one.score,
        one.first_seen,
        utf8_text(one.summary),
        choice,
        one.group,
    )


def _candidate(row: tuple[Value, ...]) -> Candidate:
    identity, title, url, source, why, section, score, first_seen, summary, group = row
    return Candidate(
        identity,
        title,
        url,
        source,
        why,
        tuple(section),
        score,
        first_seen,
        summary,
        CandidateGroup(group or CandidateGroup.CANDIDATE),
    )
