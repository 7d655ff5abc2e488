"""Decisions: what people settled, appended; taking one back is a row too."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.warehouse.types import aware_utc, naive_utc, utf8_text

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM decisions"
_ADD = "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

# The last word on each address, kind and verdict.
_LAST_WORDS = """
SELECT url, kind, verdict, until, reason, decided_at, undone, coalesce(who, ''),
    coalesce(origin, 'command')
FROM decisions
QUALIFY row_number() OVER (PARTITION BY url, kind, verdict ORDER BY id DESC) = 1
ORDER BY id
"""


OverrideKind = Literal["keep", "decline"]
"""The link is fine and is not to be flagged, or the candidate is not to be offered."""

OverrideOrigin = Literal["command", "edit", "review"]
"""Made by `keep`, by an edit of the list, or where our change was reviewed."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a person settled about an address; a later one on the same subject takes its place."""

    url: str
    """As the person gave it."""
    kind: OverrideKind
    verdict: str | None
    """The verdict that is not to be flagged; None for any."""
    until: date | None
    """Last night on which it stands; None for ever."""
    reason: str
    created_at: datetime
    undone: bool = False
    author: str = ""
    """As far as anybody tells; empty: nobody does."""
    origin: OverrideOrigin = "command"


def add(w: Warehouse, decision: Override) -> None:
    """Append a decision."""
    with w.transaction():
        _append(w, decision, decision.created_at, undone=decision.undone)


def revoke(w: Warehouse, decision: Override, at: datetime) -> None:
    """Take back one decision, whatever else was settled about its address."""
    with w.transaction():
        _append(w, decision, at, undone=True)


def undo(w: Warehouse, url: str, at: datetime) -> int:
    """Take back all that was settled about an address; how many decisions that were."""
    with w.transaction():
        settled = [one for one in latest(w) if one.url == url and not one.undone]
        for one in settled:
            _append(w, one, at, undone=True)
    return len(settled)


def expired(w: Warehouse, on: date) -> tuple[Override, ...]:
    """What ran out before a night and was neither undone nor settled anew."""
    return tuple(
        one for one in latest(w) if not one.undone and one.until is not None and on > one.until
    )


def active(w: Warehouse, on: date) -> tuple[Override, ...]:
    """What stands on a night: neither undone nor past its `until`; in the order of deciding."""
    return tuple(
        one for one in latest(w) if not one.undone and (one.until is None or on <= one.until)
    )


def ended(w: Warehouse, kind: OverrideKind, on: date) -> dict[str, date]:
    """Addresses on which a decision was undone or is past its `until`, and since when."""
    over: dict[str, date] = {}
    for one in latest(w):
        if one.kind == kind and one.undone:
            over[one.url] = one.created_at.date()
        elif one.kind == kind and one.until is not None and one.until < on:
            over[one.url] = one.until + timedelta(days=1)
    return over


def latest(w: Warehouse) -> tuple[Override, ...]:
    """The last word on each address, kind and verdict, also where it was taken back."""
    return tuple(map(_decision, w.select(_LAST_WORDS)))


def _append(w: Warehouse, one: Override, at: datetime, *, undone: bool) -> None:
    number = w.select(_NEXT_ID)[0][0]
    settled = (one.url, one.kind, one.verdict, one.until, utf8_text(one.reason))
    w.execute(_ADD, number, *settled, naive_utc(at), undone, utf8_text(one.author), one.origin)


def _decision(row: tuple[Value, ...]) -> Override:
    url, kind, verdict, until, reason, decided_at, undone, who, origin = row
    return Override(url, kind, verdict, until, reason, aware_utc(decided_at), undone, who, origin)
