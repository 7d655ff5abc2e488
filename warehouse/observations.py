"""Observations: what each check recorded, and the ids of links.

They are appended and never changed; compaction stores those of past months in fewer rows.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter

from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation
from staycurrent.links.run_gate import IDENTITIES_CHANGED
from staycurrent.warehouse import runs
from staycurrent.warehouse.connection import from_row, to_row
from staycurrent.warehouse.open import Warehouse

_CACHED_LINKS = 100_000
"""The ids of more links are read whenever they are wanted: each takes 250 bytes."""


def find_ids(warehouse: Warehouse, links: Iterable[str] | None = None) -> dict[str, int]:
    """The ids of these links, or of all; links without an id are absent."""
    query, known = "SELECT link, id FROM links", warehouse.link_ids
    if links is None:
        return dict(warehouse.select(query))
    wanted = list(links)
    if not known.keys() >= set(wanted):
        known |= warehouse.select(f"{query} WHERE link IN (SELECT unnest(?::VARCHAR[]))", wanted)
    found = {one: known[one] for one in wanted if one in known}
    if len(known) > _CACHED_LINKS:
        known.clear()
    return found


def ensure_ids(warehouse: Warehouse, links: Iterable[str]) -> dict[str, int]:
    """The ids of these links; those without one get one."""
    texts = dict.fromkeys(links)
    ids = find_ids(warehouse, texts)
    new = {text: link(text) for text in texts if text not in ids}
    rows = ((text, one.host if isinstance(one, Link) else None) for text, one in new.items())
    return ids | dict(zip(new, warehouse.append_numbered("links", rows), strict=True))


_BATCH_LINKS = 500
"""Links whose histories are in memory at once."""

_SELECT = """
SELECT o.* EXCLUDE (run_id), r.vantage
FROM all_observations AS o
JOIN runs AS r ON r.id = o.run_id
"""
# Of another vantage only successes are evidence: it may fail for reasons of its own.
_IS_EVIDENCE = "(r.vantage = '' OR o.outcome IN ('ok', 'redirected'))"
# Judged runs and, unless NULL, a running one with the dead runs that it adopted. The order puts
# the last run of a date last, and behind it the successes of other vantages.
_HISTORIES = f"""{_SELECT}
WHERE (r.status = 'judged' OR (r.status = 'running' AND ? IN (r.id, r.adopted_by)))
    AND o.link_id IN (SELECT unnest(?::INTEGER[])) AND {_IS_EVIDENCE}
ORDER BY o.link_id, o.run_date, r.vantage <> '', r.vantage, o.run_id
"""
_NOT_COUNTED = f"""{_SELECT}
WHERE (r.status <> 'judged' OR NOT {_IS_EVIDENCE}) AND o.link_id = ?
ORDER BY o.run_date, o.run_id
"""
_LATEST = f"""{_SELECT}
WHERE r.status = 'judged' AND o.outcome <> 'skipped' AND {_IS_EVIDENCE}
QUALIFY row_number() OVER (
    PARTITION BY o.link_id ORDER BY o.run_date DESC, r.vantage DESC, o.run_id DESC
) = 1
"""
_NOTED = f"""
SELECT l.link, o.evidence FROM ({_LATEST}) AS o JOIN links AS l ON l.id = o.link_id
WHERE regexp_matches(o.evidence, ?)
"""  # noqa: S608
_HOSTS_WITH_STATUS = f"""
SELECT l.host, count(*) FILTER (o.status = $2) AS matching, count(*)
FROM ({_LATEST}) AS o JOIN links AS l ON l.id = o.link_id
WHERE o.run_date = $1 AND l.host IS NOT NULL
GROUP BY l.host HAVING matching > 0
"""  # noqa: S608
_FROM_ALL = """
FROM all_observations AS o JOIN runs AS r ON r.id = o.run_id JOIN links AS l ON l.id = o.link_id
"""
_CHECKED_LINKS = f"""
SELECT DISTINCT l.link {_FROM_ALL}
WHERE o.run_date = ? AND r.vantage = ? AND r.status IN ('judged', 'running')
"""
_EVER_HEALTHY = f"""
SELECT DISTINCT l.link {_FROM_ALL}
WHERE r.status = 'judged' AND o.outcome IN ('ok', 'redirected')
"""
_HOSTS_ONCE_HEALTHY = f"""
SELECT DISTINCT l.host {_FROM_ALL}
WHERE r.status = 'judged' AND r.vantage = '' AND o.outcome IN ('ok', 'redirected')
    AND l.host IN (SELECT unnest(?::VARCHAR[]))
"""
_FIRST_CHECKED = """
SELECT l.link, min(o.run_date) FROM all_observations AS o
JOIN links AS l ON l.id = o.link_id
GROUP BY l.link
"""
_REDIRECT_TARGETS = f"""
SELECT DISTINCT o.final_url {_FROM_ALL}
WHERE r.status = 'judged' AND o.outcome = 'redirected' AND o.final_url IS NOT NULL
"""
_IDENTITIES = f"""
SELECT DISTINCT l.link, o.identity {_FROM_ALL}
WHERE r.status = 'judged' AND o.identity IS NOT NULL
"""
_IDENTITIES_CHANGED = """
SELECT checked_by, max(run_date) FROM all_observations
WHERE identity IS NOT NULL AND starts_with(evidence, ?) AND run_date < ?
GROUP BY checked_by
"""


def add(warehouse: Warehouse, run_id: int, observations: Iterable[Observation]) -> None:
    """Append the observations of a running run, at most one per link, all or nothing.

    Raises ValueError for a run that has ended, and for an observation of another date.
    """
    new = tuple(observations)
    with warehouse.transaction():
        run_date = runs.require_running(warehouse, run_id).run_date
        for one in new:
            if one.run_date != run_date:
                checked_on = f"{one.link} was checked on {one.run_date}"
                raise ValueError(f"{checked_on}, run {run_id} is of {run_date}")
        ids = ensure_ids(warehouse, (one.link for one in new))
        rows = ((run_id, ids[one.link], *to_row(one)[1:-1]) for one in new)
        warehouse.append("observations", rows)


def histories(
    warehouse: Warehouse, links: Collection[str] | None = None, *, pending_run: int | None = None
) -> dict[str, tuple[Observation, ...]]:
    """The evidence about each of these links, or of all: one observation per date and vantage.

    Oldest first, of judged runs. Of several runs on one date, the last one counts. Of vantages
    other than our own, only successes are evidence. Links without evidence are absent.
    `pending_run` adds the observations of that running run and of the dead runs that it adopted,
    so that verdicts can be concluded before the run ends.
    """
    return dict(iter_histories(warehouse, links, pending_run=pending_run))


def iter_histories(
    warehouse: Warehouse, links: Collection[str] | None = None, *, pending_run: int | None = None
) -> Iterator[tuple[str, tuple[Observation, ...]]]:
    """As `histories`, link by link, so that not all need to be in memory at once."""
    texts = {link_id: text for text, link_id in find_ids(warehouse, links).items()}
    ids = sorted(texts)
    for start in range(0, len(ids), _BATCH_LINKS):
        batch = ids[start : start + _BATCH_LINKS]
        rows = warehouse.select(_HISTORIES, pending_run, batch)
        for link_id, of_link in groupby(rows, key=itemgetter(0)):
            link = texts[link_id]
            by_date = {
                (row[1], row[-1]): from_row(Observation, (link, *row[1:])) for row in of_link
            }
            yield link, tuple(by_date.values())


def latest(warehouse: Warehouse) -> dict[str, Observation]:
    """The last judged observation of each link; those with the outcome `skipped` do not count."""
    texts = {link_id: text for text, link_id in find_ids(warehouse).items()}
    rows = ((texts[row[0]], *row[1:]) for row in warehouse.select(_LATEST))
    return {row[0]: from_row(Observation, row) for row in rows}


def latest_evidence(warehouse: Warehouse, pattern: str) -> dict[str, str]:
    """The evidence of the last judged observation of each link, where it matches (RE2)."""
    return dict(warehouse.select(_NOTED, pattern))


def hosts_with_status(
    warehouse: Warehouse, run_date: date, *, status: int
) -> list[tuple[str, int, int]]:
    """Hosts whose last response, on that date, had this status: for how many of how many links."""
    return warehouse.select(_HOSTS_WITH_STATUS, run_date, status)


def checked_links(warehouse: Warehouse, run_date: date, *, vantage: str = "") -> frozenset[str]:
    """The links that a judged or running run of a date and vantage has checked."""
    return frozenset(warehouse.column(_CHECKED_LINKS, run_date, vantage))


def ever_healthy(warehouse: Warehouse) -> frozenset[str]:
    """The links that were `ok` or `redirected` in any judged run."""
    return frozenset(warehouse.column(_EVER_HEALTHY))


def hosts_once_healthy(warehouse: Warehouse, hosts: Collection[str]) -> frozenset[str]:
    """Those of these hosts that had a link that was ever well for this machine."""
    return frozenset(warehouse.column(_HOSTS_ONCE_HEALTHY, list(hosts)))


def first_checked(warehouse: Warehouse) -> dict[str, date]:
    """The date of the first check of each link, judged or not."""
    return dict(warehouse.select(_FIRST_CHECKED))


def redirect_targets(warehouse: Warehouse) -> frozenset[str]:
    """Every address that a link was ever redirected to, such as the new name of a repository."""
    return frozenset(warehouse.column(_REDIRECT_TARGETS))


def identities(warehouse: Warehouse) -> tuple[tuple[str, str], ...]:
    """Links, each with every identity that its provider ever reported."""
    return tuple(warehouse.select(_IDENTITIES))


def identities_changed_on(warehouse: Warehouse, before: date) -> dict[str, date]:
    """By provider, the last date on which most of its identities changed at once, judged or not.

    Only dates before that of a run: a repeated run must not believe what the first did not.
    """
    return dict(warehouse.select(_IDENTITIES_CHANGED, IDENTITIES_CHANGED, before))


def not_counted(warehouse: Warehouse, link: str) -> tuple[Observation, ...]:
    """The observations of a link that are not evidence; oldest first.

    Those of runs that are not judged, or not yet, and the failures that other vantages met.
    """
    link_id = find_ids(warehouse, [link]).get(link)
    rows = warehouse.select(_NOT_COUNTED, link_id)
    return tuple(from_row(Observation, (link, *row[1:])) for row in rows)


_COMPLETE_MONTHS = """
SELECT DISTINCT date_trunc('month', o.run_date)::DATE AS month
FROM observations AS o
JOIN runs AS r ON r.id = o.run_id
WHERE r.status = 'judged' AND o.run_date < date_trunc('month', ?::DATE)
ORDER BY month
"""
# Consecutive equal observations have the same difference between their position among all
# observations of the link and their position among the equal ones.
_FACTS = "outcome, checked_by, status, final_url, permanent, freshness, identity, checks, evidence"
_OF_MONTH = """
date_trunc('month', run_date) = ? AND run_id IN (SELECT id FROM runs WHERE status = 'judged')
"""
_COMPACT = f"""
INSERT INTO compacted_observations BY NAME
WITH positioned AS (
    SELECT *,
        row_number() OVER (PARTITION BY link_id ORDER BY run_date, run_id)
        - row_number() OVER (PARTITION BY link_id, {_FACTS} ORDER BY run_date, run_id)
            AS difference
    FROM observations WHERE {_OF_MONTH}
)
SELECT link_id, min(run_date) AS first_date, count(*) AS observations, {_FACTS},
    list(run_id ORDER BY run_date, run_id) AS run_ids,
    list(run_date ORDER BY run_date, run_id) AS run_dates,
    list(seen_at ORDER BY run_date, run_id) AS seen_at,
    list(elapsed_ms ORDER BY run_date, run_id) AS elapsed_ms,
    list(fingerprint ORDER BY run_date, run_id) AS fingerprints
FROM positioned
GROUP BY link_id, difference, {_FACTS}
ORDER BY link_id, first_date
"""  # noqa: S608
_DELETE_MONTH = f"DELETE FROM observations WHERE {_OF_MONTH}"  # noqa: S608


def compact(warehouse: Warehouse, *, before: date) -> tuple[date, ...]:
    """Compact the judged observations of the months before that of `before`; return the months.

    Each month is a transaction. `all_observations` reads the same as before. If a run with an
    earlier clock adds to a compacted month, the next compaction adds rows for that.
    """
    months = tuple(warehouse.column(_COMPLETE_MONTHS, before))
    for month in months:
        with warehouse.transaction():
            warehouse.execute(_COMPACT, month)
            warehouse.execute(_DELETE_MONTH, month)
    return months
