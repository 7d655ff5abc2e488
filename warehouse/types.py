"""Conversions between Python values and columns: timestamps are naive UTC, text is valid UTF-8."""

from datetime import UTC, datetime
from typing import Any, overload

Value = Any
"""What a column holds: str, int, float, bool, bytes, date, naive datetime, list of str, None."""


def naive_utc(moment: datetime) -> datetime:
    """An aware datetime as the naive UTC of a column; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset from UTC")
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware_utc(moment: datetime) -> datetime:
    """The naive UTC of a column as an aware datetime."""
    return moment.replace(tzinfo=UTC)


@overload
def utf8_text(text: str) -> str: ...
@overload
def utf8_text(text: None) -> None: ...
def utf8_text(text: str | None) -> str | None:
    """Text without lone surrogates, which JSON can hold and UTF-8 cannot."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
