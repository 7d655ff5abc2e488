"""Observations: what each look showed, appended and never changed."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import groupby, islice
from operator import itemgetter

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.warehouse import runs
from staycurrent.warehouse.link_ids import ensure_ids, find_ids
from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import aware_utc, naive_utc, utf8_text, utf8_text_or_none

_FEW, _MANY = 500, 2_000
"""Links whose looks are asked for at once: many where those before had few looks each."""
_FEW_EACH = 50

# Judged runs and, if not NULL, a running one with the died runs that it adopted. The order makes
# the last run of a night the last row of that night.
_EVIDENCE = """
SELECT o.link_id, o.night, o.seen_at, o.outcome, o.asked, o.status, o.final_url, o.permanent,
    o.freshness, o.identity, o.looks, o.elapsed_ms, o.evidence, o.fingerprint
FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
WHERE (r.status = 'judged' OR (r.status = 'running' AND ? IN (r.id, r.adopted_by)))
    AND o.link_id IN (SELECT unnest(?::INTEGER[]))
ORDER BY o.link_id, o.night, o.run_id
"""
_SET_ASIDE = """
SELECT o.link_id, o.night, o.seen_at, o.outcome, o.asked, o.status, o.final_url, o.permanent,
    o.freshness, o.identity, o.looks, o.elapsed_ms, o.evidence, o.fingerprint
FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
WHERE r.status <> 'judged' AND o.link_id = ?
ORDER BY o.night, o.run_id
"""
_LAST_LOOKS = """
SELECT o.link_id, o.night, o.seen_at, o.outcome, o.asked, o.status, o.final_url, o.permanent,
    o.freshness, o.identity, o.looks, o.elapsed_ms, o.evidence, o.fingerprint
FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
WHERE r.status = 'judged' AND o.outcome <> 'skipped'
QUALIFY row_number() OVER (PARTITION BY o.link_id ORDER BY o.night DESC, o.run_id DESC) = 1
"""
_BY_HOST = """
WITH last AS (
    SELECT o.link_id, o.night, o.status FROM every_observation AS o
    JOIN runs AS r ON r.id = o.run_id
    WHERE r.status = 'judged' AND o.outcome <> 'skipped'
    QUALIFY row_number() OVER (PARTITION BY o.link_id ORDER BY o.night DESC, o.run_id DESC) = 1
)
SELECT l.host, count(*) FILTER (last.status = $2) AS such, count(*)
FROM last JOIN links AS l ON l.id = last.link_id
WHERE last.night = $1 AND l.host IS NOT NULL
GROUP BY l.host HAVING such > 0
"""
_LOOKED_AT = """
SELECT DISTINCT l.link
FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
JOIN links AS l ON l.id = o.link_id
WHERE o.night = ? AND r.status IN ('judged', 'running')
"""
_OF_THESE = _LOOKED_AT + " AND l.link IN (SELECT unnest(?::VARCHAR[]))"
_ONCE_WELL = """
SELECT DISTINCT l.link FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
JOIN links AS l ON l.id = o.link_id
WHERE r.status = 'judged' AND o.outcome IN ('ok', 'redirected')
"""
_FIRST_NIGHTS = """
SELECT l.link, min(o.night) FROM every_observation AS o
JOIN links AS l ON l.id = o.link_id
GROUP BY l.link
"""
_ENDINGS = """
SELECT DISTINCT o.final_url FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
WHERE r.status = 'judged' AND o.outcome = 'redirected' AND o.final_url IS NOT NULL
"""
_IDENTITIES = """
SELECT DISTINCT l.link, o.identity FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
JOIN links AS l ON l.id = o.link_id
WHERE r.status = 'judged' AND o.identity IS NOT NULL
"""


def add(w: Warehouse, run_id: int, observations: Iterable[Observation]) -> None:
    """Append what a running run saw, all or nothing; at most one observation per link and run.

    Raises ValueError for a run that ended and for an observation of another night.
    """
    noted = tuple(observations)
    with w.transaction():
        night = runs.require_running(w, run_id).run_date
        ids = ensure_ids(w, (one.link for one in noted))
        w.append("observations", (_row(run_id, night, ids[one.link], one) for one in noted))


def histories(
    w: Warehouse, links: Collection[str] | None = None, *, pending_run: int | None = None
) -> dict[str, tuple[Observation, ...]]:
    """Each link's evidence: judged nights, oldest first, one observation a night.

    Where runs of one night saw the same link, the last one counts. `links` narrows the answer;
    a link without evidence is absent. `pending_run` adds what that running run and the died runs
    that it adopted saw, so that verdicts can be reached before the run ends.
    """
    return dict(iter_histories(w, links, pending_run=pending_run))


def iter_histories(
    w: Warehouse, links: Collection[str] | None = None, *, pending_run: int | None = None
) -> Iterator[tuple[str, tuple[Observation, ...]]]:
    """As `histories`, one link after the other: years of them need not be in memory at once."""
    wanted = {number: text for text, number in find_ids(w, links).items()}
    left, count = iter(sorted(wanted)), _FEW
    while ids := list(islice(left, count)):
        rows = w.select(_EVIDENCE, pending_run, ids)
        for number, looks in groupby(rows, key=itemgetter(0)):
            link = wanted[number]
            nights = {row[1]: _observation(link, row) for row in looks}
            yield link, tuple(nights.values())
        count = _MANY if len(rows) < _FEW_EACH * len(ids) else _FEW


def latest(w: Warehouse) -> dict[str, Observation]:
    """The last look of a judged night at each link, by its key; skipped ones are none."""
    links = {number: text for text, number in find_ids(w).items()}
    return {links[row[0]]: _observation(links[row[0]], row) for row in w.select(_LAST_LOOKS)}


def hosts_with_status(w: Warehouse, night: date, *, status: int) -> list[tuple[str, int, int]]:
    """Hosts that answered a night's looks so: how many of their links, and of how many.

    Of nights that count, and of each link its last look.
    """
    return [(host, such, of) for host, such, of in w.select(_BY_HOST, night, status)]


def checked_links(
    w: Warehouse, night: date, links: Collection[str] | None = None
) -> frozenset[str]:
    """The links (of these) that need no look any more: a judged or a died run has one of them."""
    asked = (_LOOKED_AT, night) if links is None else (_OF_THESE, night, list(links))
    return frozenset(link for (link,) in w.select(*asked))


def ever_healthy(w: Warehouse) -> frozenset[str]:
    """The links that a judged night ever found well."""
    return frozenset(link for (link,) in w.select(_ONCE_WELL))


def first_checked(w: Warehouse) -> dict[str, date]:
    """The night on which each link was first looked at, whatever became of that run."""
    return dict(w.select(_FIRST_NIGHTS))


def redirect_targets(w: Warehouse) -> frozenset[str]:
    """Where links of the lists ever led to: a renamed repository is known by its new name too."""
    return frozenset(url for (url,) in w.select(_ENDINGS))


def identities(w: Warehouse) -> tuple[tuple[str, str], ...]:
    """Links, each with every name that its authority ever called what is behind it."""
    return tuple((link, identity) for link, identity in w.select(_IDENTITIES))


def not_judged(w: Warehouse, link: str) -> tuple[Observation, ...]:
    """What runs that were not judged, or not yet, saw of a link: never evidence; oldest first."""
    number = find_ids(w, [link]).get(link)
    return tuple(_observation(link, row) for row in w.select(_SET_ASIDE, number))


def _row(run_id: int, night: date, link_id: int, seen: Observation) -> tuple[Value, ...]:
    if seen.run_date != night:
        raise ValueError(f"{seen.link} was seen on {seen.run_date}, run {run_id} is of {night}")
    return (
        run_id,
        link_id,
        night,
        naive_utc(seen.seen_at),
        seen.outcome,
        seen.checked_by,
        seen.status,
        utf8_text_or_none(seen.final_url),
        seen.permanent,
        seen.freshness,
        utf8_text_or_none(seen.identity),
        seen.checks,
        seen.elapsed_ms,
        utf8_text(seen.evidence),
        utf8_text_or_none(seen.fingerprint),
    )


def _observation(link: str, row: tuple[Value, ...]) -> Observation:
    _, night, seen_at, outcome, asked, status, final_url, permanent, freshness, *rest = row
    return Observation(
        link,
        night,
        aware_utc(seen_at),
        Outcome(outcome),
        asked,
        status,
        final_url,
        permanent,
        None if freshness is None else Freshness(freshness),
        *rest,
    )
