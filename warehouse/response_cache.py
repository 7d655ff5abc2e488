"""The responses of the feeds, compressed, for as many dates as the settings keep."""

import zlib
from collections.abc import Iterable
from datetime import date
from hashlib import sha256

from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse.connection import Value, utf8_text
from staycurrent.warehouse.open import Warehouse

_DELETE = "DELETE FROM response_cache WHERE run_date = ? AND url IN (SELECT unnest(?::VARCHAR[]))"
_KNOWN_BODIES = "SELECT id FROM response_bodies WHERE id IN (SELECT unnest(?::UBIGINT[]))"
_DELETE_BEFORE = "DELETE FROM response_cache WHERE run_date < ?"
_DELETE_UNUSED_BODIES = """
DELETE FROM response_bodies WHERE id NOT IN (SELECT body_id FROM response_cache)
"""
_SELECT = """
SELECT r.url, r.run_date, r.final_url, r.status, r.content_type, r.etag, r.last_modified,
    b.compressed
FROM response_cache AS r
JOIN response_bodies AS b ON b.id = r.body_id
"""
_OF_DATE = f"{_SELECT} WHERE r.run_date = ? ORDER BY r.url"
_LATEST = f"{_SELECT} WHERE r.url = ? AND r.run_date <= ? ORDER BY r.run_date DESC LIMIT 1"


def add(warehouse: Warehouse, responses: Iterable[CachedResponse]) -> None:
    """Store responses, all or nothing; one with the same date and address is replaced."""
    new = tuple(responses)
    with warehouse.transaction():
        for run_date in {one.run_date for one in new}:
            urls = [one.url for one in new if one.run_date == run_date]
            warehouse.execute(_DELETE, run_date, urls)
        bodies = {_body_id(one.content): one.content for one in new}
        known = {body_id for (body_id,) in warehouse.select(_KNOWN_BODIES, list(bodies))}
        rows = (
            (body_id, zlib.compress(body))
            for body_id, body in bodies.items()
            if body_id not in known
        )
        warehouse.append("response_bodies", rows)
        warehouse.append("response_cache", map(_row, new))


def drop_before(warehouse: Warehouse, run_date: date) -> None:
    """Delete the responses of earlier dates."""
    with warehouse.transaction():
        warehouse.execute(_DELETE_BEFORE, run_date)
        warehouse.execute(_DELETE_UNUSED_BODIES)


def of_date(warehouse: Warehouse, run_date: date) -> tuple[CachedResponse, ...]:
    """All responses of a date, by address."""
    return tuple(map(_response, warehouse.select(_OF_DATE, run_date)))


def latest(warehouse: Warehouse, url: str, run_date: date) -> CachedResponse | None:
    """The last response of an address on a date or before."""
    return next(map(_response, warehouse.select(_LATEST, url, run_date)), None)


def run_dates(warehouse: Warehouse) -> tuple[date, ...]:
    """The dates of the stored responses, oldest first."""
    query = "SELECT DISTINCT run_date FROM response_cache ORDER BY run_date"
    return tuple(run_date for (run_date,) in warehouse.select(query))


def _body_id(content: bytes) -> int:
    return int.from_bytes(sha256(content).digest()[:8])


def _row(one: CachedResponse) -> tuple[Value, ...]:
    return (
        one.run_date,
        one.url,
        utf8_text(one.final_url),
        one.status,
        utf8_text(one.content_type),
        utf8_text(one.etag),
        utf8_text(one.last_modified),
        _body_id(one.content),
    )


def _response(row: tuple[Value, ...]) -> CachedResponse:
    url, run_date, final_url, status, content_type, etag, last_modified, compressed = row
    content = zlib.decompress(compressed)
    return CachedResponse(
        url, run_date, final_url, status, content_type, etag, last_modified, content
    )
