"""How much a thing moves, from our own nights: what its counters gained, how often it was seen."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from staycurrent.sources.item import Item

_WEEK = timedelta(days=7)
_Counter = tuple[str, str]
"""Kind of a row and what it counts: only like is compared with like."""


@dataclass(frozen=True, slots=True)
class Momentum:
    """One thing's last seven nights, tonight included.

    The counter weighs, not the nights: from 2025-11-13 to 2025-12-04 GitHub's page stood still,
    and what stood on it was seen every night.
    """

    nights: int = 0
    """On how many of them a feed showed it."""
    gained: int | None = None
    """Stars gained meanwhile, as far as the feeds tell."""
    percentile: float = 0.0
    """Share of its kind's rows of the last weeks whose counter is no higher than its newest."""


NO_MOMENTUM = Momentum()
"""Of what no feed has shown for a week."""


def momentum_by_identity(seen: Iterable[tuple[date, Item]], run_date: date) -> dict[str, Momentum]:
    """Momentum by identity, from all rows that feeds showed on some weeks of nights."""
    counters: dict[_Counter, list[int]] = {}
    rows: dict[str, dict[date, Item]] = {}
    for day, item in seen:
        counter = _counter(item)
        if counter is not None:
            counters.setdefault(counter[0], []).append(counter[1])
        if run_date - _WEEK < day <= run_date:
            kept = rows.setdefault(item.identity, {})
            kept[day] = max(kept.get(day, item), item, key=lambda one: one.stars_today or 0)
    for among in counters.values():
        among.sort()
    return {
        identity: Momentum(len(found), _gained(found), _share(found[max(found)], counters))
        for identity, found in rows.items()
    }


def _gained(found: Mapping[date, Item]) -> int | None:
    """Stars of the nights it was seen; or the totals' difference, which knows the nights between.

    On GitHub's page the two differ by a tenth from one day to the next.
    """
    counted = [item.stars_today for item in found.values() if item.stars_today is not None]
    totals = [found[day].stars for day in sorted(found)]
    known = [total for total in totals if total is not None]
    if not counted and len(known) < 2:
        return None
    return max(sum(counted), known[-1] - known[0] if known else 0)


def _counter(item: Item) -> tuple[_Counter, int] | None:
    """What a row counts; a paper gains tens of stars where a trending page shows hundreds."""
    for name, value in (("stars today", item.stars_today), ("upvotes", item.upvotes)):
        if value is not None:
            return (item.kind, name), value
    return None


def _share(item: Item, counters: Mapping[_Counter, list[int]]) -> float:
    counter = _counter(item)
    if counter is None:
        return 0.0
    among = counters.get(counter[0], [])
    return bisect_right(among, counter[1]) / len(among) if among else 0.0
