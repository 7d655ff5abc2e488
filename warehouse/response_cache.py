"""Bodies: what the feeds' addresses answered, compressed, for as many nights as are kept."""

import zlib
from collections.abc import Iterable
from datetime import date
from hashlib import sha256

from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import utf8_text

_REPLACED = "DELETE FROM bodies WHERE night = ? AND url IN (SELECT unnest(?::VARCHAR[]))"
_KNOWN = "SELECT id FROM contents WHERE id IN (SELECT unnest(?::UBIGINT[]))"
_DROP = "DELETE FROM bodies WHERE night < ?"
_DROP_CONTENTS = "DELETE FROM contents WHERE id NOT IN (SELECT content_id FROM bodies)"
_BODIES = """
SELECT b.url, b.night, b.final_url, b.status, b.content_type, b.etag, b.last_modified, c.packed
FROM bodies AS b
JOIN contents AS c ON c.id = b.content_id
"""
_OF_NIGHT = _BODIES + "WHERE b.night = ? ORDER BY b.url"
_NEWEST = _BODIES + "WHERE b.url = ? AND b.night <= ? ORDER BY b.night DESC LIMIT 1"
_NIGHTS = "SELECT DISTINCT night FROM bodies ORDER BY night"


def add(w: Warehouse, bodies: Iterable[CachedResponse]) -> None:
    """Keep bodies, all or nothing; one of the same night and address is replaced."""
    came = tuple(bodies)
    with w.transaction():
        for night in {body.run_date for body in came}:
            w.execute(_REPLACED, night, [body.url for body in came if body.run_date == night])
        contents = {_content_id(body.content): body.content for body in came}
        known = {number for (number,) in w.select(_KNOWN, list(contents))}
        new = ((key, zlib.compress(one)) for key, one in contents.items())
        w.append("contents", (row for row in new if row[0] not in known))
        w.append("bodies", map(_row, came))


def drop_before(w: Warehouse, night: date) -> None:
    """Let go of the bodies of every night before this one."""
    with w.transaction():
        w.execute(_DROP, night)
        w.execute(_DROP_CONTENTS)


def of_date(w: Warehouse, night: date) -> tuple[CachedResponse, ...]:
    """Every body that is kept of a night, by its address."""
    return tuple(map(_body, w.select(_OF_NIGHT, night)))


def latest(w: Warehouse, url: str, night: date) -> CachedResponse | None:
    """What an address answered last, on that night or before."""
    return next(map(_body, w.select(_NEWEST, url, night)), None)


def run_dates(w: Warehouse) -> tuple[date, ...]:
    """The nights of which bodies are kept, oldest first."""
    return tuple(night for (night,) in w.select(_NIGHTS))


def _content_id(content: bytes) -> int:
    return int.from_bytes(sha256(content).digest()[:8])


def _row(body: CachedResponse) -> tuple[Value, ...]:
    told = (body.final_url, body.status, body.content_type, body.etag, body.last_modified)
    clean = (utf8_text(one) if isinstance(one, str) else one for one in told)
    return (body.run_date, body.url, *clean, _content_id(body.content))


def _body(row: tuple[Value, ...]) -> CachedResponse:
    url, night, final_url, status, content_type, etag, last_modified, packed = row
    content = zlib.decompress(packed)
    return CachedResponse(url, night, final_url, status, content_type, etag, last_modified, content)
