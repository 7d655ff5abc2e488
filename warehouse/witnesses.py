"""What others said: second witnesses, the Wayback Machine about snapshots, registries of domains.

It is appended, never changed, and counts whatever becomes of the run.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import chain

from staycurrent.links.rdap import Registration
from staycurrent.links.wayback import SnapshotLookup
from staycurrent.links.witness import WitnessAnswer
from staycurrent.warehouse.connection import Value, to_row
from staycurrent.warehouse.observations import ensure_ids
from staycurrent.warehouse.open import Warehouse

_OF_LINKS = """
SELECT l.link, w.* EXCLUDE (id, link_id) FROM witness_answers AS w
JOIN links AS l ON l.id = w.link_id
WHERE l.link IN (SELECT unnest(?::VARCHAR[]))
ORDER BY w.id
"""
_SNAPSHOT_LOOKUPS = """
SELECT l.link, s.* EXCLUDE (id, link_id) FROM snapshot_lookups AS s
JOIN links AS l ON l.id = s.link_id
ORDER BY s.id
"""
_REGISTRATIONS = """
SELECT *, nullif(max(run_date) OVER (PARTITION BY domain), run_date) FROM domain_registrations
WHERE run_date <= ?
QUALIFY row_number() OVER (PARTITION BY domain ORDER BY state = 'unknown', run_date DESC) = 1
"""


def add(warehouse: Warehouse, answers: Iterable[WitnessAnswer]) -> None:
    """Append answers, all or nothing."""
    append_of_links(warehouse, "witness_answers", map(to_row, answers))


def of_links(warehouse: Warehouse, links: Collection[str]) -> dict[str, tuple[WitnessAnswer, ...]]:
    """The answers about each of these links, oldest first; links without any are absent."""
    found: defaultdict[str, tuple[WitnessAnswer, ...]] = defaultdict(tuple)
    for one in warehouse.records(WitnessAnswer, _OF_LINKS, list(links)) if links else ():
        found[one.link] += (one,)
    return dict(found)


def add_snapshots(warehouse: Warehouse, lookups: Iterable[SnapshotLookup]) -> None:
    """Append lookups in the Wayback Machine, all or nothing."""
    append_of_links(warehouse, "snapshot_lookups", map(to_row, lookups))


def snapshot_lookups(warehouse: Warehouse) -> dict[str, tuple[SnapshotLookup, ...]]:
    """All lookups, by link, oldest first."""
    found: defaultdict[str, tuple[SnapshotLookup, ...]] = defaultdict(tuple)
    for one in warehouse.records(SnapshotLookup, _SNAPSHOT_LOOKUPS):
        found[one.link] += (one,)
    return dict(found)


def snapshot_urls(warehouse: Warehouse) -> dict[str, str]:
    """The last snapshot of each link; links without one are absent."""
    found = chain.from_iterable(snapshot_lookups(warehouse).values())
    return {one.link: one.address for one in found if one.address is not None}


def add_registration(warehouse: Warehouse, one: Registration) -> None:
    """Append what a registry said of a domain."""
    warehouse.append("domain_registrations", [to_row(one)[:-1]])


def registrations(warehouse: Warehouse, run_date: date) -> dict[str, Registration]:
    """By domain, the last answer up to a date, however old; one that can be used, if there is."""
    return {one.domain: one for one in warehouse.records(Registration, _REGISTRATIONS, run_date)}


def append_of_links(warehouse: Warehouse, table: str, rows: Iterable[Sequence[Value]]) -> None:
    """Append rows that begin with their link, all or nothing, with ids for both."""
    new = tuple(rows)
    with warehouse.transaction():
        ids = ensure_ids(warehouse, (row[0] for row in new))
        warehouse.append_numbered(table, ((ids[row[0]], *row[1:]) for row in new))
