"""Siblings: what made-up addresses answered, appended, and remembered for three weeks."""

from collections.abc import Iterable
from datetime import date, timedelta

from staycurrent.links.sibling import NIGHTS, Sibling
from staycurrent.warehouse.crossing import whole, whole_or_none
from staycurrent.warehouse.newest import Shelf
from staycurrent.warehouse.open import Value, Warehouse

_SHELF = Shelf(
    "siblings",
    ("folder", "night", "status", "final_url", "fingerprint", "says_missing", "parked"),
)


def add(w: Warehouse, run_id: int, asked: Iterable[Sibling]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    _SHELF.add(w, run_id, (_row(run_id, one) for one in asked))


def remembered(w: Warehouse, night: date) -> dict[str, Sibling]:
    """By folder, the last answer of the three weeks up to a night, of nights that count."""
    rows = _SHELF.newest(w, night, after=night - timedelta(NIGHTS))
    return {folder: Sibling(folder, *rest) for folder, *rest in rows}


def _row(run_id: int, one: Sibling) -> tuple[Value, ...]:
    return (
        run_id,
        whole(one.folder),
        one.night,
        one.status,
        whole_or_none(one.final_url),
        whole_or_none(one.fingerprint),
        one.says_missing,
        one.parked,
    )
