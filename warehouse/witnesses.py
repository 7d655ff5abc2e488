"""What others said: second witnesses, the Wayback Machine about snapshots, registries of domains.

It is appended, never changed, and counts whatever becomes of the run.
"""

from collections.abc import Collection, Iterable
from datetime import date

from staycurrent.links.rdap import Registration, RegistrationState
from staycurrent.links.wayback import LookupResult, SnapshotLookup
from staycurrent.links.witness import Witness, WitnessAnswer, WitnessResult
from staycurrent.warehouse.connection import Value, utf8_text
from staycurrent.warehouse.observations import ensure_ids
from staycurrent.warehouse.open import Warehouse

_OF_LINKS = """
SELECT l.link, w.run_date, w.witness, w.result, w.seen_on
FROM witness_answers AS w
JOIN links AS l ON l.id = w.link_id
WHERE l.link IN (SELECT unnest(?::VARCHAR[]))
ORDER BY w.id
"""
_SNAPSHOT_LOOKUPS = """
SELECT l.link, s.run_date, s.before, s.result, s.snapshot_url
FROM snapshot_lookups AS s
JOIN links AS l ON l.id = s.link_id
ORDER BY s.id
"""
_SNAPSHOT_URLS = """
SELECT l.link, s.snapshot_url
FROM snapshot_lookups AS s
JOIN links AS l ON l.id = s.link_id
WHERE s.result = 'found'
ORDER BY s.id
"""
_REGISTRATIONS = """
SELECT domain, run_date, state, registered_on, expires_on, name_servers,
    nullif(max(run_date) OVER (PARTITION BY domain), run_date)
FROM domain_registrations
WHERE run_date <= ?
QUALIFY row_number() OVER (
    PARTITION BY domain ORDER BY state = 'unknown', run_date DESC
) = 1
"""


def add(warehouse: Warehouse, answers: Iterable[WitnessAnswer]) -> None:
    """Append answers, all or nothing."""
    rows = ((one.link, one.run_date, one.witness, one.result, one.seen_on) for one in answers)
    append_numbered(warehouse, "witness_answers", rows)


def of_links(warehouse: Warehouse, links: Collection[str]) -> dict[str, tuple[WitnessAnswer, ...]]:
    """The answers about each of these links, oldest first; links without any are absent."""
    found: dict[str, list[WitnessAnswer]] = {}
    for link, run_date, witness, result, seen_on in (
        warehouse.select(_OF_LINKS, list(links)) if links else ()
    ):
        one = WitnessAnswer(link, run_date, Witness(witness), WitnessResult(result), seen_on)
        found.setdefault(link, []).append(one)
    return {link: tuple(answers) for link, answers in found.items()}


def add_snapshots(warehouse: Warehouse, lookups: Iterable[SnapshotLookup]) -> None:
    """Append lookups in the Wayback Machine, all or nothing."""
    rows = (
        (one.link, one.run_date, one.before, one.result, utf8_text(one.address)) for one in lookups
    )
    append_numbered(warehouse, "snapshot_lookups", rows)


def snapshot_lookups(warehouse: Warehouse) -> dict[str, tuple[SnapshotLookup, ...]]:
    """All lookups, by link, oldest first."""
    found: dict[str, list[SnapshotLookup]] = {}
    for link, run_date, before, result, url in warehouse.select(_SNAPSHOT_LOOKUPS):
        lookup = SnapshotLookup(link, run_date, before, LookupResult(result), url)
        found.setdefault(link, []).append(lookup)
    return {link: tuple(lookups) for link, lookups in found.items()}


def snapshot_urls(warehouse: Warehouse) -> dict[str, str]:
    """The last snapshot of each link; links without one are absent."""
    return dict(warehouse.select(_SNAPSHOT_URLS))


def add_registration(warehouse: Warehouse, one: Registration) -> None:
    """Append what a registry said of a domain."""
    names = [utf8_text(name) for name in one.name_servers]
    row = (utf8_text(one.domain), one.run_date, one.state, one.registered, one.expires, names)
    warehouse.append("domain_registrations", [row])


def registrations(warehouse: Warehouse, run_date: date) -> dict[str, Registration]:
    """By domain, the last answer up to a date, however old; one that can be used, if there is."""
    rows = warehouse.select(_REGISTRATIONS, run_date)
    return {
        domain: Registration(
            domain, asked, RegistrationState(state), since, until, (*names,), again
        )
        for domain, asked, state, since, until, names, again in rows
    }


def append_numbered(warehouse: Warehouse, table: str, rows: Iterable[tuple[Value, ...]]) -> None:
    """Append rows that begin with their link, all or nothing, with ids for both."""
    new = tuple(rows)
    with warehouse.transaction():
        ids = ensure_ids(warehouse, (link for link, *_ in new))
        first: int = warehouse.select(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0]  # noqa: S608
        numbered = ((number, ids[link], *row) for number, (link, *row) in enumerate(new, first))
        warehouse.append(table, numbered)
