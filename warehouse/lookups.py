"""What is asked for seldom: appended by runs, and of each thing the newest remembered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from staycurrent.links.control_page import CONTROL_PAGE_DAYS, ControlPage
from staycurrent.links.providers.github import CachedRepository, Repository
from staycurrent.links.revalidation import Validators, ValidatorTrust
from staycurrent.links.wayback import LookupResult, SnapshotLookup
from staycurrent.warehouse import runs
from staycurrent.warehouse.link_ids import ensure_ids, find_ids
from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import aware_utc, naive_utc, utf8_text, utf8_text_or_none
from staycurrent.web.robots import MIN_CACHE_DAYS, RobotsTxt

NO_RUN: Final = 0
"""In the place of a run: what was asked for beside the nights' runs, as by a pull."""
# Judged runs, and what died runs of tonight asked: that is not asked twice in a night.
_LATEST_ROWS = """
SELECT {columns} FROM {table} AS t
LEFT JOIN runs AS r ON r.id = t.run_id
WHERE (t.run_id = {of_no_run} OR r.status = 'judged' OR (r.status = 'running' AND t.night = ?))
    AND t.night > ? AND t.night <= ?
QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY t.night DESC, t.run_id DESC) = 1
"""


@dataclass(frozen=True, slots=True)
class LatestRows:
    """A table with a `run_id`, a `night` and what else was learned, the first column its key."""

    table: str
    columns: tuple[str, ...]

    def add(self, w: Warehouse, run_id: int, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append what a running run learned; raises ValueError for a run that ended."""
        with w.transaction():
            runs.require_running(w, run_id)
            w.append(self.table, rows)

    def add_unjudged(self, w: Warehouse, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append what was learned beside the runs; it counts whatever becomes of the night."""
        w.append(self.table, rows)

    def newest(
        self, w: Warehouse, night: date, *, after: date = date.min
    ) -> list[tuple[Value, ...]]:
        """Of each key the last row up to a night and after another one, of nights that count."""
        columns = ", ".join(f"t.{name}" for name in self.columns)
        key = f"t.{self.columns[0]}"
        asked = _LATEST_ROWS.format(columns=columns, table=self.table, key=key, of_no_run=NO_RUN)
        return w.select(asked, night, after, night)


_ROBOTS_TXT = LatestRows("robots", ("host", "night", "status", "rules"))


def add_robots_txt(w: Warehouse, run_id: int, asked: Iterable[RobotsTxt]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    _ROBOTS_TXT.add(w, run_id, (_robots_txt_row(run_id, one) for one in asked))


def add_robots_txt_of_feeds(w: Warehouse, asked: Iterable[RobotsTxt]) -> None:
    """Append what a pull learned: it is no run, and nothing judges it."""
    _ROBOTS_TXT.add_unjudged(w, (_robots_txt_row(NO_RUN, one) for one in asked))


def robots_txt(w: Warehouse, night: date) -> dict[str, RobotsTxt]:
    """By host, the last answer up to a night that still holds on it, of nights that count."""
    rows = _ROBOTS_TXT.newest(w, night, after=night - timedelta(2 * MIN_CACHE_DAYS))
    found = (RobotsTxt(*row) for row in rows)
    return {one.host: one for one in found if one.is_fresh(night)}


def _robots_txt_row(run_id: int, one: RobotsTxt) -> tuple[Value, ...]:
    return (run_id, one.host, one.run_date, one.status, utf8_text(one.rules))


_CONTROL_PAGES = LatestRows(
    "siblings",
    ("folder", "night", "status", "final_url", "fingerprint", "says_missing", "parked"),
)


def add_control_pages(w: Warehouse, run_id: int, asked: Iterable[ControlPage]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    _CONTROL_PAGES.add(w, run_id, (_control_page_row(run_id, one) for one in asked))


def control_pages(w: Warehouse, night: date) -> dict[str, ControlPage]:
    """By folder, the last answer of the three weeks up to a night, of nights that count."""
    rows = _CONTROL_PAGES.newest(w, night, after=night - timedelta(CONTROL_PAGE_DAYS))
    return {folder: ControlPage(folder, *rest) for folder, *rest in rows}


def _control_page_row(run_id: int, one: ControlPage) -> tuple[Value, ...]:
    return (
        run_id,
        utf8_text(one.folder),
        one.run_date,
        one.status,
        utf8_text_or_none(one.final_url),
        utf8_text_or_none(one.fingerprint),
        one.says_missing,
        one.parked,
    )


_REPOSITORIES = LatestRows(
    "github_repositories",
    ("asked", "night", "etag", "name", "identity", "archived", "disabled", "private", "pushed_at"),
)


def add_repositories(w: Warehouse, run_id: int, told: Iterable[CachedRepository]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    _REPOSITORIES.add(w, run_id, (_repository_row(run_id, one) for one in told))


def repositories(w: Warehouse, night: date) -> dict[str, CachedRepository]:
    """By the name that was asked for, the last answer up to a night, of nights that count."""
    return {row[0]: _repository(*row) for row in _REPOSITORIES.newest(w, night)}


def _repository(asked: str, night: date, etag: str, *facts: Value) -> CachedRepository:
    name, identity, archived, disabled, private, pushed_at = facts
    pushed = None if pushed_at is None else aware_utc(pushed_at)
    return CachedRepository(
        asked, night, etag, Repository(name, identity, archived, disabled, private, pushed)
    )


def _repository_row(run_id: int, one: CachedRepository) -> tuple[Value, ...]:
    known = one.repository
    return (
        run_id,
        utf8_text(one.requested_name),
        one.run_date,
        one.etag,
        known.name,
        known.identity and utf8_text(known.identity),
        known.archived,
        known.disabled,
        known.private,
        None if known.pushed_at is None else naive_utc(known.pushed_at),
    )


# Judged runs, and what died runs of tonight were told.
_VALIDATORS = """
SELECT v.link_id, v.night, v.etag, v.last_modified, v.trust
FROM validators AS v
JOIN runs AS r ON r.id = v.run_id
WHERE r.status = 'judged' OR (r.status = 'running' AND v.night = ?)
ORDER BY v.run_id
"""
_DELETE_VALIDATORS = "DELETE FROM validators WHERE link_id IN (SELECT unnest(?::INTEGER[]))"


def add_validators(w: Warehouse, run_id: int, given: Iterable[Validators]) -> None:
    """Keep what a running run was given, in place of what was known of these links.

    Should the run not count, nothing is known of them: their next look is an unconditional one.
    Raises ValueError for a run that ended.
    """
    last = {one.link: one for one in given}
    if not last:
        return
    with w.transaction():
        runs.require_running(w, run_id)
        ids = ensure_ids(w, last)
        delete_validators(w, [ids[key] for key in last])
        w.append(
            "validators", (_validators_row(run_id, ids[key], one) for key, one in last.items())
        )


def delete_validators(w: Warehouse, link_ids: Sequence[int]) -> None:
    """Know nothing of these links any more."""
    w.execute(_DELETE_VALIDATORS, link_ids)


def validators(w: Warehouse, night: date) -> dict[str, Validators]:
    """By link, what nights that count were given, and died runs of this night."""
    links = {number: text for text, number in find_ids(w).items()}
    found = (_validators(links[number], *rest) for number, *rest in w.select(_VALIDATORS, night))
    return {one.link: one for one in found}


def _validators(link: str, night: date, etag: str, modified: str, trust: str) -> Validators:
    return Validators(link, night, etag, modified, ValidatorTrust(trust))


def _validators_row(run_id: int, link_id: int, one: Validators) -> tuple[Value, ...]:
    return (run_id, link_id, one.run_date, one.etag, one.last_modified, one.trust)


_NEXT_SNAPSHOT_ID = "SELECT coalesce(max(id), 0) + 1 FROM snapshots"
_SNAPSHOT_LOOKUPS = """
SELECT l.link, s.night, s.before, s.said, s.address
FROM snapshots AS s
JOIN links AS l ON l.id = s.link_id
ORDER BY s.id
"""
_SNAPSHOT_URLS = """
SELECT l.link, s.address
FROM snapshots AS s
JOIN links AS l ON l.id = s.link_id
WHERE s.said = 'found'
QUALIFY row_number() OVER (PARTITION BY s.link_id ORDER BY s.id DESC) = 1
"""


def add_snapshot_lookups(w: Warehouse, look_ups: Iterable[SnapshotLookup]) -> None:
    """Append look-ups, all or nothing."""
    made = tuple(look_ups)
    with w.transaction():
        ids = ensure_ids(w, (one.link for one in made))
        first: int = w.select(_NEXT_SNAPSHOT_ID)[0][0]
        w.append(
            "snapshots", (_snapshot_row(n, ids[one.link], one) for n, one in enumerate(made, first))
        )


def snapshot_lookups(w: Warehouse) -> dict[str, tuple[SnapshotLookup, ...]]:
    """Every look-up ever made, by link, oldest first."""
    found: dict[str, list[SnapshotLookup]] = {}
    for link, night, before, said, address in w.select(_SNAPSHOT_LOOKUPS):
        found.setdefault(link, []).append(
            SnapshotLookup(link, night, before, LookupResult(said), address)
        )
    return {link: tuple(made) for link, made in found.items()}


def snapshot_urls(w: Warehouse) -> dict[str, str]:
    """The snapshot that was found last, by link; links without one are absent."""
    return dict(w.select(_SNAPSHOT_URLS))


def _snapshot_row(number: int, link_id: int, one: SnapshotLookup) -> tuple[Value, ...]:
    return (number, link_id, one.run_date, one.before, one.result, utf8_text_or_none(one.address))
