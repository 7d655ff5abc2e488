"""Overrides: what people decided; appended, and taken back by another row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from staycurrent.warehouse.connection import to_row
from staycurrent.warehouse.open import Warehouse

_NEWEST_FIRST = "SELECT * EXCLUDE (id) FROM overrides ORDER BY id DESC"

OverrideKind = Literal["keep", "decline"]
"""Do not flag the link, or do not propose the candidate."""

OverrideOrigin = Literal["command", "edit", "review"]
"""Made by a command, by an edit of the list, or in the review of a pull request."""


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision about an address; a later one with the same subject replaces it."""

    url: str
    """As the person wrote it."""
    kind: OverrideKind
    verdict: str | None
    """The verdict that is not to be flagged; None for any."""
    until: date | None
    """The last date on which it applies; None for no end."""
    reason: str
    created_at: datetime
    undone: bool = False
    author: str = ""
    """Empty if unknown."""
    origin: OverrideOrigin = "command"

    def is_active(self, on: date) -> bool:
        """Whether it applies on a date."""
        return not self.undone and not self.is_expired(on)

    def is_expired(self, on: date) -> bool:
        """Whether a date is after its last one."""
        return self.until is not None and on > self.until


def add(warehouse: Warehouse, override: Override) -> None:
    """Append an override."""
    warehouse.append_numbered("overrides", [to_row(override)])


def revoke(warehouse: Warehouse, override: Override, at: datetime) -> None:
    """Take one override back; others about the same address stay."""
    add(warehouse, replace(override, created_at=at, undone=True))


def latest(warehouse: Warehouse) -> tuple[Override, ...]:
    """The last override for each address, kind and verdict, also if it was taken back."""
    found: dict[tuple[str, OverrideKind, str | None], Override] = {}
    for one in warehouse.records(Override, _NEWEST_FIRST):
        found.setdefault((one.url, one.kind, one.verdict), one)
    return tuple(reversed(found.values()))


def active(warehouse: Warehouse, on: date) -> tuple[Override, ...]:
    """The overrides that apply on a date, in the order of their creation."""
    return tuple(one for one in latest(warehouse) if one.is_active(on))


def expired(latest: Iterable[Override], on: date) -> tuple[Override, ...]:
    """Of the latest overrides, those that expired before a date and were not taken back."""
    return tuple(one for one in latest if not one.undone and one.is_expired(on))


def ended(warehouse: Warehouse, kind: OverrideKind, on: date) -> dict[str, date]:
    """Addresses whose override was taken back or has expired, and since when."""
    since: dict[str, date] = {}
    for one in latest(warehouse):
        if one.kind == kind and one.undone:
            since[one.url] = one.created_at.date()
        elif one.kind == kind and one.until is not None and one.is_expired(on):
            since[one.url] = one.until + timedelta(days=1)
    return since
