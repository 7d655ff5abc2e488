"""Items: what each feed showed on each date, and how its pulls went."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from staycurrent.sources.item import Item, PullResult, SourceState
from staycurrent.sources.validation import PastReading
from staycurrent.warehouse.connection import Value, aware_utc, from_row, to_row
from staycurrent.warehouse.open import Warehouse

_REPLACED = (
    "FROM pulls WHERE source = ? AND run_date = ? AND (? OR state NOT IN ('ok', 'fallback'))"
)
_KNOWN_TEXTS = "SELECT id FROM item_texts WHERE id IN (SELECT unnest(?::UBIGINT[]))"
_LATEST_PULLS = """
SELECT * EXCLUDE (id) FROM pulls
QUALIFY row_number() OVER (PARTITION BY source ORDER BY run_date DESC, id DESC) = 1
ORDER BY source
"""
_PULLS_SINCE = """
SELECT * EXCLUDE (id) FROM pulls WHERE run_date >= ?
QUALIFY row_number() OVER (PARTITION BY source, run_date ORDER BY id DESC) = 1
ORDER BY source, run_date
"""
_SELECT_ITEMS = """
SELECT p.source, p.run_date, p.used, t.identity, t.kind, t.title, t.url, i.rank, t.summary,
    i.stars, i.stars_today, i.upvotes, t.published, t.repository, t.number, t.keywords
FROM pulls AS p
JOIN items AS i ON i.pull_id = p.id
JOIN item_texts AS t ON t.id = i.text_id
"""
_ITEMS_SINCE = f"{_SELECT_ITEMS} WHERE p.run_date >= ? ORDER BY p.run_date, p.source, i.rank"
_PAST_ITEMS = f"""{_SELECT_ITEMS}
WHERE p.source = $1 AND p.run_date < $3 AND p.run_date >= least($2, (
    SELECT max(run_date) FROM pulls WHERE source = $1 AND run_date < $3 AND items > 0
))
ORDER BY p.run_date, p.id, i.rank
"""  # noqa: S608
_NUMBERS = "SELECT DISTINCT identity, number FROM item_texts WHERE number IS NOT NULL ORDER BY ALL"
_PULLED_AT = "SELECT max(pulled_at) FROM pulls WHERE source = ? AND run_date = ?"
_FIRST_DATE_WITHOUT = """
SELECT min(run_date) FROM pulls WHERE source = $1 AND run_date < $2 AND run_date > (
    SELECT coalesce(max(run_date), '-infinity'::DATE) FROM pulls
    WHERE source = $1 AND run_date < $2 AND list_contains($3::VARCHAR[], state::VARCHAR)
)
"""


@dataclass(frozen=True, slots=True)
class PullRecord:
    """How the pull of one feed went on one date."""

    source: str
    run_date: date
    pulled_at: datetime
    state: SourceState
    used: str
    items: int
    """Stored rows: 0 unless the state is `ok` or `fallback`."""
    note: str


@dataclass(frozen=True, slots=True)
class DatedItem:
    """An item as a feed showed it on a date."""

    source: str
    run_date: date
    item: Item


def add(warehouse: Warehouse, run_date: date, pull: PullResult, *, pulled_at: datetime) -> None:
    """Store a pull, all or nothing; it replaces the feed's earlier pull of that date.

    An unusable pull stores no items and replaces unusable pulls only.
    """
    is_usable = pull.state.is_usable
    items = pull.items if is_usable else ()
    with warehouse.transaction():
        replaced = pull.source, run_date, is_usable
        items_of = f"DELETE FROM items WHERE pull_id IN (SELECT id {_REPLACED})"  # noqa: S608
        warehouse.execute(items_of, *replaced)
        warehouse.execute(f"DELETE {_REPLACED}", *replaced)
        texts = {_text_id(row): row for row in map(_text, items)}
        known = set(warehouse.column(_KNOWN_TEXTS, list(texts)))
        state, used, note = pull.state, pull.used, pull.note
        record = PullRecord(pull.source, run_date, pulled_at, state, used, len(items), note)
        (pull_id,) = warehouse.append_numbered("pulls", [to_row(record)])
        new_texts = ((key, *row) for key, row in texts.items() if key not in known)
        warehouse.append("item_texts", new_texts)
        rows = (
            (pull_id, one.rank, _text_id(_text(one)), one.stars, one.stars_today, one.upvotes)
            for one in items
        )
        warehouse.append("items", rows)


def latest_pulls(
    warehouse: Warehouse, sources: Collection[str] | None = None
) -> tuple[PullRecord, ...]:
    """The last pull of each of these feeds, or of all, usable or not, by the feed's name."""
    return tuple(
        one
        for one in warehouse.records(PullRecord, _LATEST_PULLS)
        if sources is None or one.source in sources
    )


def pulls_since(warehouse: Warehouse, since: date) -> tuple[PullRecord, ...]:
    """The pulls of each feed since a date, one a date, by the feed's name and date."""
    return warehouse.records(PullRecord, _PULLS_SINCE, since)


def items_since(warehouse: Warehouse, since: date) -> tuple[DatedItem, ...]:
    """What all feeds showed since a date, by date, feed and rank."""
    return tuple(
        DatedItem(source, run_date, _item(*item))
        for source, run_date, _, *item in warehouse.select(_ITEMS_SINCE, since)
    )


def past_readings(
    warehouse: Warehouse, source: str, since: date, before: date
) -> tuple[PastReading, ...]:
    """What a feed showed on each date from `since` to the day before `before`, oldest first.

    The last of these readings is among them if it is older.
    """
    readings: dict[tuple[date, str], list[Item]] = {}
    for _, run_date, used, *item in warehouse.select(_PAST_ITEMS, source, since, before):
        readings.setdefault((run_date, used), []).append(_item(*item))
    return tuple(PastReading(*key, tuple(items)) for key, items in readings.items())


def pulled_at(warehouse: Warehouse, source: str, run_date: date) -> datetime | None:
    """When a feed was pulled on a date; None if it was not."""
    ((moment,),) = warehouse.select(_PULLED_AT, source, run_date)
    return None if moment is None else aware_utc(moment)


def numbers(warehouse: Warehouse) -> tuple[tuple[str, int], ...]:
    """The identities of items, each with every number that a feed ever showed for it."""
    return tuple(warehouse.select(_NUMBERS))


def first_date_without(
    warehouse: Warehouse, source: str, states: Iterable[SourceState], run_date: date
) -> date:
    """The first date after a feed last had one of these states; `run_date` if it always had."""
    ((since,),) = warehouse.select(_FIRST_DATE_WITHOUT, source, run_date, [*map(str, states)])
    return since or run_date


def _item(*columns: Any) -> Item:
    return from_row(Item, (*columns[:-1], columns[-1] or ()))


def _text(item: Item) -> tuple[Value, ...]:
    identity, kind, title, url, _, summary, *_, published, repository, number, words = to_row(item)
    return identity, kind, title, url, summary, published, repository, number, words or None


def _text_id(text: tuple[Value, ...]) -> int:
    """A hash of the content, so that known texts are found by their keys.

    That of a text without keywords is as it was before there were any.
    """
    content = text if text[-1] else text[:-1]
    return int.from_bytes(sha256(repr(content).encode()).digest()[:8])
