"""What GitHub told of repositories, by entity tag: appended, the last of each remembered."""

from collections.abc import Iterable
from datetime import date

from staycurrent.links.authorities.github_memory import Told
from staycurrent.links.authorities.github_repository import Repository
from staycurrent.warehouse.crossing import aware, stored, whole
from staycurrent.warehouse.newest import Shelf
from staycurrent.warehouse.open import Value, Warehouse

_SHELF = Shelf(
    "github_repositories",
    ("asked", "night", "etag", "name", "identity", "archived", "disabled", "private", "pushed_at"),
)


def add(w: Warehouse, run_id: int, told: Iterable[Told]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    _SHELF.add(w, run_id, (_row(run_id, one) for one in told))


def remembered(w: Warehouse, night: date) -> dict[str, Told]:
    """By the name that was asked for, the last answer up to a night, of nights that count."""
    return {row[0]: _told(*row) for row in _SHELF.newest(w, night)}


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
