"""Lookups of snapshots in the Wayback Machine: appended, and never changed."""

from collections.abc import Iterable

from staycurrent.links.wayback import LookupResult, SnapshotLookup
from staycurrent.warehouse.connection import utf8_text
from staycurrent.warehouse.observations import ensure_ids
from staycurrent.warehouse.open import Warehouse

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM snapshot_lookups"
_ALL = """
SELECT l.link, s.run_date, s.before, s.result, s.snapshot_url
FROM snapshot_lookups AS s
JOIN links AS l ON l.id = s.link_id
ORDER BY s.id
"""
_URLS = """
SELECT l.link, s.snapshot_url
FROM snapshot_lookups AS s
JOIN links AS l ON l.id = s.link_id
WHERE s.result = 'found'
QUALIFY row_number() OVER (PARTITION BY s.link_id ORDER BY s.id DESC) = 1
"""


def add(warehouse: Warehouse, lookups: Iterable[SnapshotLookup]) -> None:
    """Append lookups in the Wayback Machine, all or nothing."""
    new = tuple(lookups)
    with warehouse.transaction():
        ids = ensure_ids(warehouse, (one.link for one in new))
        first: int = warehouse.select(_NEXT_ID)[0][0]
        rows = (
            (lookup_id, ids[one.link], one.run_date, one.before, one.result, utf8_text(one.address))
            for lookup_id, one in enumerate(new, first)
        )
        warehouse.append("snapshot_lookups", rows)


def all_lookups(warehouse: Warehouse) -> dict[str, tuple[SnapshotLookup, ...]]:
    """All lookups, by link, oldest first."""
    found: dict[str, list[SnapshotLookup]] = {}
    for link, run_date, before, result, url in warehouse.select(_ALL):
        lookup = SnapshotLookup(link, run_date, before, LookupResult(result), url)
        found.setdefault(link, []).append(lookup)
    return {link: tuple(lookups) for link, lookups in found.items()}


def latest_urls(warehouse: Warehouse) -> dict[str, str]:
    """The last snapshot of each link; links without one are absent."""
    return dict(warehouse.select(_URLS))
