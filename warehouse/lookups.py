"""What was looked up and is kept: control pages, robots.txt, validators, responses.

The rows of a run count only if the run is judged, or while it runs; former pages always count, and
so do the responses of feeds, which are kept, compressed, for as many dates as the settings say.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from staycurrent.links.revalidation import PageValidators
from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse.connection import Value, from_row, to_row
from staycurrent.warehouse.observations import ensure_ids
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.witnesses import append_of_links
from staycurrent.web.robots import MIN_CACHE_DAYS, RobotsTxt

if TYPE_CHECKING:  # the analysis of pages is slow to import, and `pull` needs none
    from staycurrent.links.former_page import FormerPage
    from staycurrent.links.soft_404 import ControlPage

NO_RUN = 0
"""The `run_id` of rows that a pull added; they always count."""

# Dead runs of this date count too, so that nothing is asked twice on one date.
_LATEST_ROWS = """
SELECT t.* EXCLUDE (run_id) FROM {table} AS t
LEFT JOIN runs AS r ON r.id = t.run_id
WHERE (t.run_id = 0 OR r.status = 'judged' OR (r.status = 'running' AND t.run_date = $1))
    AND t.run_date > $2 AND t.run_date <= $1
QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY t.run_date DESC, t.run_id DESC) = 1
"""
_CONTROL_PAGES = _LATEST_ROWS.format(table="control_pages", key="folder")
_ROBOTS_TXT = _LATEST_ROWS.format(table="robots_txt", key="host")
_VALIDATORS = """
SELECT l.link, v.* EXCLUDE (run_id, link_id) FROM validators AS v
JOIN runs AS r ON r.id = v.run_id
JOIN links AS l ON l.id = v.link_id
WHERE r.status = 'judged' OR (r.status = 'running' AND v.run_date = ?)
ORDER BY v.run_id
"""
_FORMER_PAGES = """
SELECT l.link, f.* EXCLUDE (id, link_id) FROM former_pages AS f
JOIN links AS l ON l.id = f.link_id
WHERE f.run_date <= ? AND l.link IN (SELECT unnest(?::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY f.link_id ORDER BY f.id DESC) = 1
"""
_DELETE_VALIDATORS = "DELETE FROM validators WHERE link_id IN (SELECT unnest(?::INTEGER[]))"


def add_control_pages(warehouse: Warehouse, run_id: int, pages: "Iterable[ControlPage]") -> None:
    """Append the control pages of a running run."""
    warehouse.append("control_pages", ((run_id, *to_row(one)) for one in pages))


def control_pages(warehouse: Warehouse, run_date: date) -> "dict[str, ControlPage]":
    """By folder, the last control page of the three weeks up to a date."""
    from staycurrent.links.soft_404 import CONTROL_PAGE_DAYS, ControlPage

    oldest = run_date - timedelta(CONTROL_PAGE_DAYS)
    pages = warehouse.records(ControlPage, _CONTROL_PAGES, run_date, oldest)
    return {one.folder: one for one in pages}


def add_robots_txt(warehouse: Warehouse, run_id: int, files: Iterable[RobotsTxt]) -> None:
    """Append the robots.txt files of a running run, or of a pull (`NO_RUN`)."""
    warehouse.append("robots_txt", ((run_id, *to_row(one)) for one in files))


def robots_txt(warehouse: Warehouse, run_date: date) -> dict[str, RobotsTxt]:
    """By host, the last robots.txt, if it still applies on a date."""
    oldest = run_date - timedelta(2 * MIN_CACHE_DAYS)
    files = warehouse.records(RobotsTxt, _ROBOTS_TXT, run_date, oldest)
    return {one.host: one for one in files if one.is_fresh(run_date)}


def add_validators(warehouse: Warehouse, run_id: int, validators: Iterable[PageValidators]) -> None:
    """Store the validators of a running run, in place of those that these links had.

    If the run does not count, these links have none, and their next request is unconditional.
    """
    last = {one.link: one for one in validators}
    if not last:
        return
    with warehouse.transaction():
        ids = ensure_ids(warehouse, last)
        delete_validators(warehouse, list(ids.values()))
        rows = ((run_id, ids[link], *to_row(one)[1:]) for link, one in last.items())
        warehouse.append("validators", rows)


def delete_validators(warehouse: Warehouse, link_ids: Sequence[int]) -> None:
    """Delete the validators of these links."""
    warehouse.execute(_DELETE_VALIDATORS, link_ids)


def validators(warehouse: Warehouse, run_date: date) -> dict[str, PageValidators]:
    """The validators by link; dead runs count on their own date."""
    found = warehouse.records(PageValidators, _VALIDATORS, run_date)
    return {one.link: one for one in found}


def add_former_page(warehouse: Warehouse, one: "FormerPage") -> None:
    """Append what a link showed when it was listed."""
    link, run_date, captured_at, title, fingerprint, _, *rest = to_row(one)
    about = link, run_date, captured_at, title, fingerprint
    append_of_links(warehouse, "former_pages", [(*about, *to_row(one.vocabulary), *rest)])


def former_pages(
    warehouse: Warehouse, run_date: date, links: Sequence[str]
) -> "dict[str, FormerPage]":
    """Of these links, the last answer of the archive up to a date, however old."""
    from staycurrent.links.former_page import FormerPage
    from staycurrent.links.page.subject import Vocabulary

    found: dict[str, FormerPage] = {}
    for row in warehouse.select(_FORMER_PAGES, run_date, list(links)):
        said = from_row(Vocabulary, row[5:9])
        found[row[0]] = from_row(FormerPage, (*row[:5], said, *row[9:]))
    return found


_DELETE_RESPONSES = (
    "DELETE FROM response_cache WHERE run_date = ? AND url IN (SELECT unnest(?::VARCHAR[]))"
)
_KNOWN_BODIES = "SELECT id FROM response_bodies WHERE id IN (SELECT unnest(?::UBIGINT[]))"
_DELETE_RESPONSES_BEFORE = "DELETE FROM response_cache WHERE run_date < ?"
_DELETE_UNUSED_BODIES = """
DELETE FROM response_bodies WHERE id NOT IN (SELECT body_id FROM response_cache)
"""
_RESPONSES = """
SELECT r.url, r.run_date, r.final_url, r.status, r.content_type, r.etag, r.last_modified,
    b.compressed
FROM response_cache AS r
JOIN response_bodies AS b ON b.id = r.body_id
"""
_RESPONSES_OF_DATE = f"{_RESPONSES} WHERE r.run_date = ? ORDER BY r.url"
_LATEST_RESPONSE = (
    f"{_RESPONSES} WHERE r.url = ? AND r.run_date <= ? ORDER BY r.run_date DESC LIMIT 1"
)


def add_responses(warehouse: Warehouse, responses: Iterable[CachedResponse]) -> None:
    """Store responses, all or nothing; one with the same date and address is replaced."""
    new = tuple(responses)
    if not new:
        return
    with warehouse.transaction():
        for run_date in {one.run_date for one in new}:
            urls = [one.url for one in new if one.run_date == run_date]
            warehouse.execute(_DELETE_RESPONSES, run_date, urls)
        bodies = {_body_id(one.content): one.content for one in new}
        unknown = bodies.keys() - warehouse.column(_KNOWN_BODIES, list(bodies))
        compressed = ((body_id, zlib.compress(bodies[body_id])) for body_id in unknown)
        warehouse.append("response_bodies", compressed)
        rows = ((one.run_date, one.url, *to_row(one)[2:-1], _body_id(one.content)) for one in new)
        warehouse.append("response_cache", rows)


def drop_responses_before(warehouse: Warehouse, run_date: date) -> None:
    """Delete the responses of earlier dates."""
    with warehouse.transaction():
        warehouse.execute(_DELETE_RESPONSES_BEFORE, run_date)
        warehouse.execute(_DELETE_UNUSED_BODIES)


def responses_of(warehouse: Warehouse, run_date: date) -> tuple[CachedResponse, ...]:
    """All responses of a date, by address."""
    return tuple(map(_response, warehouse.select(_RESPONSES_OF_DATE, run_date)))


def latest_response(warehouse: Warehouse, url: str, run_date: date) -> CachedResponse | None:
    """The last response of an address on a date or before."""
    return next(map(_response, warehouse.select(_LATEST_RESPONSE, url, run_date)), None)


def response_dates(warehouse: Warehouse) -> tuple[date, ...]:
    """The dates of the stored responses, oldest first."""
    query = "SELECT DISTINCT run_date FROM response_cache ORDER BY run_date"
    return tuple(warehouse.column(query))


def _body_id(content: bytes) -> int:
    return int.from_bytes(sha256(content).digest()[:8])


def _response(row: tuple[Value, ...]) -> CachedResponse:
    return from_row(CachedResponse, (*row[:-1], zlib.decompress(row[-1])))
