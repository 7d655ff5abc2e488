"""Snapshots: what the web's archive said of links that fail, appended and never changed."""

from collections.abc import Iterable

from staycurrent.links.snapshot import LookUp, Said
from staycurrent.warehouse.crossing import whole_or_none
from staycurrent.warehouse.numbering import numbered
from staycurrent.warehouse.open import Value, Warehouse

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM snapshots"
_ALL = """
SELECT l.link, s.night, s.before, s.said, s.address
FROM snapshots AS s
JOIN links AS l ON l.id = s.link_id
ORDER BY s.id
"""
_ADDRESSES = """
SELECT l.link, s.address
FROM snapshots AS s
JOIN links AS l ON l.id = s.link_id
WHERE s.said = 'found'
QUALIFY row_number() OVER (PARTITION BY s.link_id ORDER BY s.id DESC) = 1
"""


def add(w: Warehouse, look_ups: Iterable[LookUp]) -> None:
    """Append look-ups, all or nothing."""
    made = tuple(look_ups)
    with w.transaction():
        ids = numbered(w, (one.link for one in made))
        first: int = w.select(_NEXT_ID)[0][0]
        w.append("snapshots", (_row(n, ids[one.link], one) for n, one in enumerate(made, first)))


def look_ups(w: Warehouse) -> dict[str, tuple[LookUp, ...]]:
    """Every look-up ever made, by link, oldest first."""
    found: dict[str, list[LookUp]] = {}
    for link, night, before, said, address in w.select(_ALL):
        found.setdefault(link, []).append(LookUp(link, night, before, Said(said), address))
    return {link: tuple(made) for link, made in found.items()}


def addresses(w: Warehouse) -> dict[str, str]:
    """The snapshot that was found last, by link; links without one are absent."""
    return dict(w.select(_ADDRESSES))


def _row(number: int, link_id: int, one: LookUp) -> tuple[Value, ...]:
    return (number, link_id, one.night, one.before, one.said, whole_or_none(one.address))
