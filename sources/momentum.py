"""How much a thing moves, from our own nights: what its counters gained, how often it was seen."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sources.item import Item

_WEEK = timedelta(days=7)


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
    share: float = 0.0
    """Share of the rows of the last weeks whose counter is no higher than its newest one."""


STILL = Momentum()
"""Of what no feed has shown for a week."""


def momenta(seen: Iterable[tuple[date, Item]], night: date) -> dict[str, Momentum]:
    """Momentum by identity, from all rows that feeds showed on some weeks of nights."""
    stars, votes = [], []
    rows: dict[str, dict[date, Item]] = {}
    for day, item in seen:
        if item.stars_today is not None:
            stars.append(item.stars_today)
        elif item.upvotes is not None:
            votes.append(item.upvotes)
        if night - _WEEK < day <= night:
            kept = rows.setdefault(item.identity, {})
            kept[day] = max(kept.get(day, item), item, key=lambda one: one.stars_today or 0)
    stars.sort()
    votes.sort()
    return {
        identity: Momentum(len(found), _gained(found), _share(found[max(found)], stars, votes))
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


def _share(item: Item, stars: list[int], votes: list[int]) -> float:
    if item.stars_today is not None:
        return _below(item.stars_today, stars)
    return _below(item.upvotes, votes) if item.upvotes is not None else 0.0


def _below(counter: int, among: list[int]) -> float:
    return bisect_right(among, counter) / len(among) if among else 0.0
