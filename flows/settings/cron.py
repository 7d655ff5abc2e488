"""Cron lines, checked as Prefect's server will check them, but without Prefect."""

import re
from typing import NamedTuple


class _Field(NamedTuple):
    name: str
    first: int
    last: int
    names: str = ""
    special: str = ""
    """What croniter, which Prefect uses, accepts in addition to values, as a pattern."""

    def value(self, text: str) -> int | None:
        """A value in numbers; None if it is none of this field."""
        known = self.names.split()
        if text in known:
            return self.first + known.index(text)
        number = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else -1
        return number if self.first <= number <= self.last else None


_DAYS = "sun mon tue wed thu fri sat"
_DAY = rf"(?:[0-7]|{_DAYS.replace(' ', '|')})"
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, special=r"l|\?"),
    _Field("month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    _Field("day of the week", 0, 7, _DAYS, rf"\?|l[0-7]|{_DAY}#[1-5]"),
)
_ITEM = re.compile(r"(?:\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/0*([1-9][0-9]{0,3}))?")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def cron_mistake(text: str) -> str | None:
    """What is wrong with a cron line, as a clause; None if nothing is."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        return f'must be five fields like "17 2 * * *", not {text!r}'
    for field, given in zip(_FIELDS, fields, strict=True):
        items = given.split(",")
        special = [bool(field.special and re.fullmatch(field.special, item)) for item in items]
        if not all(special) and (any(special) or not all(_is_item(field, item) for item in items)):
            return f"the {field.name} must be from {field.first} to {field.last}, not {given!r}"
    days, months = _values(_FIELDS[2], fields[2]), _values(_FIELDS[3], fields[3])
    if days and min(days) > max(_MONTH_DAYS[month - 1] for month in months or range(1, 13)):
        return f"no month of these has a day {min(days)}: {text!r}"
    return None


def _is_item(field: _Field, item: str) -> bool:
    match = _ITEM.fullmatch(item)
    return match is not None and all(
        field.value(one) is not None for one in match.groups()[:2] if one
    )


def _values(field: _Field, given: str) -> set[int]:
    """The first values of each item; empty if one item has no lower bound."""
    firsts = [field.value(re.split("[-/]", item)[0]) for item in given.split(",")]
    return set() if None in firsts else {first for first in firsts if first is not None}
