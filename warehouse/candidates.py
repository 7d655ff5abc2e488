"""Candidates: the last selection, earlier ones, accepted ones, and what was compared."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from staycurrent.sources.item import Candidate, ListSubject
from staycurrent.sources.relevance.semantic import TextId, Vectors
from staycurrent.warehouse.connection import to_row
from staycurrent.warehouse.open import Warehouse

_UPSERT = """
INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (identity) DO UPDATE SET
    title = excluded.title, url = excluded.url, source = excluded.source, why = excluded.why,
    section = excluded.section, score = excluded.score, summary = excluded.summary,
    selection_id = excluded.selection_id, candidate_group = excluded.candidate_group
"""
_SELECT = "SELECT * EXCLUDE (selection_id) FROM candidates"
_OF_SELECTION = f"{_SELECT} WHERE selection_id = ({{}}) ORDER BY score DESC, identity"
_CURRENT = _OF_SELECTION.format("SELECT max(id) FROM candidate_selections")
_DROPPED = _OF_SELECTION.format("""
    SELECT max(id) FROM candidate_selections
    WHERE run_date < (SELECT arg_max(run_date, id) FROM candidate_selections)
""")
_SUBJECT = """
SELECT about, names, best_relevance FROM candidate_selections
WHERE about IS NOT NULL ORDER BY id DESC LIMIT 1
"""
_CODE_AND_PAPERS = """
WITH pairs AS (
    SELECT repository, min(identity) AS paper FROM item_texts
    WHERE repository IS NOT NULL GROUP BY repository HAVING min(identity) = max(identity)
)
SELECT repository FROM pairs WHERE paper IN (SELECT unnest($1::VARCHAR[]))
UNION SELECT paper FROM pairs WHERE repository IN (SELECT unnest($1::VARCHAR[]))
"""
_SHARED_CODE = """
SELECT repository FROM item_texts WHERE repository IS NOT NULL
GROUP BY repository HAVING min(identity) <> max(identity)
"""
_DELETE_OTHER_VECTORS = "DELETE FROM text_vectors WHERE id NOT IN (SELECT unnest(?::UBIGINT[]))"
_ACCEPT = "INSERT INTO accepted_candidates VALUES (?, ?) ON CONFLICT DO NOTHING"


def record(
    warehouse: Warehouse,
    run_date: date,
    candidates: Iterable[Candidate],
    subject: ListSubject | None = None,
) -> None:
    """Record the whole selection of a date, which may be empty, and what it was chosen by.

    A candidate keeps the `first_seen` of its first selection. Those that are not selected any
    more keep their rows.
    """
    with warehouse.transaction():
        chosen_by = (None, None, None) if subject is None else to_row(subject)
        (selection,) = warehouse.append_numbered("candidate_selections", [(run_date, *chosen_by)])
        for one in candidates:
            *row, group = to_row(one)
            warehouse.execute(_UPSERT, *row, selection, group)


def current(warehouse: Warehouse) -> tuple[Candidate, ...]:
    """The last selection, best first; equal scores by identity."""
    return warehouse.records(Candidate, _CURRENT)


def all_proposed(warehouse: Warehouse) -> tuple[Candidate, ...]:
    """Every candidate that was ever selected, as of its last selection; by identity."""
    return warehouse.records(Candidate, f"{_SELECT} ORDER BY identity")


def first_seen(warehouse: Warehouse) -> dict[str, date]:
    """The date on which each candidate was first selected, by identity."""
    return dict(warehouse.select("SELECT identity, first_seen FROM candidates"))


def dropped(warehouse: Warehouse) -> tuple[Candidate, ...]:
    """The candidates of the previous date's selection that were not selected again."""
    return warehouse.records(Candidate, _DROPPED)


def subject(warehouse: Warehouse) -> ListSubject | None:
    """What the latest candidates were chosen by; None before the first."""
    return next(iter(warehouse.records(ListSubject, _SUBJECT)), None)


def record_accepted(warehouse: Warehouse, dates: Mapping[str, date]) -> None:
    """Record since when former candidates are entries of a list; the first date stays."""
    with warehouse.transaction():
        for identity, run_date in dates.items():
            warehouse.execute(_ACCEPT, identity, run_date)


def accepted(warehouse: Warehouse) -> dict[str, date]:
    """The date on which each former candidate was first an entry of a list, by identity."""
    return dict(warehouse.select("SELECT identity, run_date FROM accepted_candidates"))


def code_and_papers(warehouse: Warehouse, identities: Collection[str]) -> frozenset[str]:
    """The repositories that feeds ever named for these papers, and the papers of these.

    One that they named for several papers (`shared_code`) is the code of none of them.
    """
    return frozenset(warehouse.column(_CODE_AND_PAPERS, list(identities)))


def shared_code(warehouse: Warehouse) -> frozenset[str]:
    """The repositories that feeds ever named for several papers, as those of a group."""
    return frozenset(warehouse.column(_SHARED_CODE))


def load_vectors(warehouse: Warehouse) -> Vectors:
    """The vectors of the texts that the last selection compared (`candidates.semantic`)."""
    rows = warehouse.select("SELECT id, vector FROM text_vectors")
    return Vectors({TextId(text_id): bytes(vector) for text_id, vector in rows})


def save_vectors(warehouse: Warehouse, vectors: Vectors) -> None:
    """Store the vectors that were used, and delete all others."""
    with warehouse.transaction():
        stored = set(warehouse.column("SELECT id FROM text_vectors"))
        warehouse.execute(_DELETE_OTHER_VECTORS, sorted(vectors.used))
        new = sorted(vectors.used - stored)
        warehouse.append("text_vectors", [(text_id, vectors.known[text_id]) for text_id in new])
