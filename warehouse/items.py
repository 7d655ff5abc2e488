"""Items: what each feed showed on each night, and how its pulls went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from staycurrent.sources.item import Item, PullResult, SourceState
from staycurrent.sources.validation import PastReading
from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import aware_utc, naive_utc, utf8_text, utf8_text_or_none

_USABLE = (SourceState.OK, SourceState.FALLBACK)

_GOOD_TONIGHT = """
SELECT count(*) FROM pulls WHERE source = ? AND night = ? AND state IN ('ok', 'fallback')
"""
_DROP_ITEMS = """
DELETE FROM items WHERE pull_id IN (SELECT id FROM pulls WHERE source = ? AND night = ?)
"""
_DROP_PULLS = "DELETE FROM pulls WHERE source = ? AND night = ?"
_DROP_BAD_PULLS = """
DELETE FROM pulls WHERE source = ? AND night = ? AND state NOT IN ('ok', 'fallback')
"""
_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM pulls"
_KNOWN_TEXTS = "SELECT id FROM texts WHERE id IN (SELECT unnest(?::UBIGINT[]))"
_LATEST_PULLS = """
SELECT source, night, pulled_at, state, used, items, note FROM pulls
QUALIFY row_number() OVER (PARTITION BY source ORDER BY night DESC, id DESC) = 1
ORDER BY source
"""
_LAST_GOOD = """
SELECT id, source, night, pulled_at, state, used, items, note FROM pulls
WHERE source = ? AND state IN ('ok', 'fallback') AND (?::DATE IS NULL OR night < ?)
ORDER BY night DESC, id DESC LIMIT 1
"""
_ITEMS_OF = """
SELECT t.identity, t.kind, t.title, t.url, i.rank, t.summary, i.stars, i.stars_today, i.upvotes,
    t.published, t.repository, t.number
FROM items AS i
JOIN texts AS t ON t.id = i.text_id
WHERE i.pull_id = ?
ORDER BY i.rank
"""
_SIGHTINGS = """
SELECT p.source, p.night, t.identity, t.kind, t.title, t.url, i.rank, t.summary, i.stars,
    i.stars_today, i.upvotes, t.published, t.repository, t.number
FROM pulls AS p
JOIN items AS i ON i.pull_id = p.id
JOIN texts AS t ON t.id = i.text_id
WHERE p.night >= ?
ORDER BY p.night, p.source, i.rank
"""
_BELIEVED = """
SELECT p.night, p.used, t.identity, t.kind, t.title, t.url, i.rank, t.summary, i.stars,
    i.stars_today, i.upvotes, t.published, t.repository, t.number
FROM pulls AS p
JOIN items AS i ON i.pull_id = p.id
JOIN texts AS t ON t.id = i.text_id
WHERE p.source = ? AND p.night >= ? AND p.night < ?
ORDER BY p.night, p.id, i.rank
"""
_NUMBERED = "SELECT DISTINCT identity, number FROM texts WHERE number IS NOT NULL ORDER BY ALL"
_PULLED_AT = "SELECT max(pulled_at) FROM pulls WHERE source = ? AND night = ?"
_WITHOUT_SINCE = """
SELECT min(night) FROM pulls WHERE source = $1 AND night < $2 AND night > (
    SELECT coalesce(max(night), '-infinity'::DATE) FROM pulls
    WHERE source = $1 AND night < $2 AND list_contains($3::VARCHAR[], state::VARCHAR)
)
"""


@dataclass(frozen=True, slots=True)
class PullRecord:
    """How one feed's night went."""

    source: str
    run_date: date
    pulled_at: datetime
    state: SourceState
    used: str
    items: int
    """Rows that were stored: none unless the pull was `ok` or `fallback`."""
    note: str


@dataclass(frozen=True, slots=True)
class DatedItem:
    """An item as a feed showed it on a night."""

    source: str
    run_date: date
    item: Item


def add(w: Warehouse, night: date, pull: PullResult, *, pulled_at: datetime) -> None:
    """Record a feed's pull, all or nothing; it replaces the feed's earlier one of that night.

    A pull that brought nothing usable stores no rows, and replaces no usable pull of the night,
    only its own kind.
    """
    kept = pull.items if pull.state in _USABLE else ()
    with w.transaction():
        _make_room(w, night, pull)
        pull_id: int = w.select(_NEXT_ID)[0][0]
        texts = {_text_id(row): row for row in map(_text, kept)}
        known = {number for (number,) in w.select(_KNOWN_TEXTS, list(texts))}
        told = (pull.used, len(kept), utf8_text(pull.note))
        w.append("pulls", [(pull_id, pull.source, night, naive_utc(pulled_at), pull.state, *told)])
        w.append("texts", ((key, *row) for key, row in texts.items() if key not in known))
        w.append("items", (_row(pull_id, item) for item in kept))


def latest_pulls(w: Warehouse) -> tuple[PullRecord, ...]:
    """Each feed's last pull, usable or not; by the feed's name."""
    return tuple(map(_record, w.select(_LATEST_PULLS)))


def last_good(
    w: Warehouse, source: str, *, before: date | None = None
) -> tuple[PullRecord, tuple[Item, ...]] | None:
    """A feed's last usable pull, of a night before `before` if given, with its rows by rank."""
    for pull_id, *record in w.select(_LAST_GOOD, source, before, before):
        return _record(record), tuple(map(_item, w.select(_ITEMS_OF, pull_id)))
    return None


def items_since(w: Warehouse, since: date) -> tuple[DatedItem, ...]:
    """What every feed showed on that night and later; by night, feed and rank."""
    return tuple(
        DatedItem(source, night, _item(item))
        for source, night, *item in w.select(_SIGHTINGS, since)
    )


def past_readings(w: Warehouse, source: str, since: date, before: date) -> tuple[PastReading, ...]:
    """What a feed brought on each night from `since` to the one before `before`, oldest first."""
    rows: dict[tuple[date, str], list[Item]] = {}
    for night, used, *item in w.select(_BELIEVED, source, since, before):
        rows.setdefault((night, used), []).append(_item(item))
    return tuple(PastReading(night, used, tuple(found)) for (night, used), found in rows.items())


def pulled_at(w: Warehouse, source: str, night: date) -> datetime | None:
    """When a feed was pulled on a night; None if it was not."""
    ((moment,),) = w.select(_PULLED_AT, source, night)
    return None if moment is None else aware_utc(moment)


def repository_numbers(w: Warehouse) -> tuple[tuple[str, int], ...]:
    """Repositories by identity, with each number that a feed ever showed beside it."""
    return tuple((identity, number) for identity, number in w.select(_NUMBERED))


def first_date_without(w: Warehouse, source: str, good: Iterable[SourceState], night: date) -> date:
    """The first night after the last on which a feed had one of these states; else `night`."""
    states = [str(one) for one in good]
    ((since,),) = w.select(_WITHOUT_SINCE, source, night, states)
    return since or night


def _make_room(w: Warehouse, night: date, pull: PullResult) -> None:
    good = w.select(_GOOD_TONIGHT, pull.source, night) != [(0,)]
    if good and pull.state not in _USABLE:
        w.execute(_DROP_BAD_PULLS, pull.source, night)
        return
    w.execute(_DROP_ITEMS, pull.source, night)
    w.execute(_DROP_PULLS, pull.source, night)


def _text(item: Item) -> tuple[Value, ...]:
    said = (item.identity, item.kind, utf8_text(item.title), item.url, utf8_text(item.summary))
    return (*said, item.published, utf8_text_or_none(item.repository), item.number)


def _text_id(text: tuple[Value, ...]) -> int:
    """The same content has the same number, so that a night's new texts are found by their keys."""
    *said, number = text  # left out where there is none: rows of before that column keep their keys
    told = tuple(said) if number is None else text
    return int.from_bytes(sha256(repr(told).encode()).digest()[:8])


def _row(pull_id: int, item: Item) -> tuple[Value, ...]:
    counters = (item.stars, item.stars_today, item.upvotes)
    return (pull_id, item.rank, _text_id(_text(item)), *counters)


def _record(row: Iterable[Value]) -> PullRecord:
    source, night, pulled_at, state, used, items, note = row
    return PullRecord(source, night, aware_utc(pulled_at), SourceState(state), used, items, note)


def _item(row: Iterable[Value]) -> Item:
    return Item(*row)
