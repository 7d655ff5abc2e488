"""Momentum: how often the feeds showed an item lately, and what its counters gained."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from staycurrent.sources.item import Item

_WINDOW = timedelta(days=7)
_PULLS = 7


@dataclass(frozen=True, slots=True)
class Momentum:
    """One item's last seven dates, the run date included.

    The counter is what matters, not the number of dates: from 2025-11-13 to 2025-12-04 GitHub's
    page was frozen, and its rows were seen every night.
    """

    nights: int = 0
    """On how many of them a feed showed it."""
    gained: int | None = None
    """Stars gained meanwhile, if the feeds count them."""
    percentile: float = 0.0
    """Share of the recent rows of its kind whose counter is not above its latest one, 0 to 1."""
    pulls: int = 0
    """In how many of the last seven pulls a feed showed it; these may be weeks apart."""


NO_MOMENTUM = Momentum()
"""That of an item that no feed has shown for a week."""


def momentum_by_identity(seen: Iterable[tuple[date, Item]], run_date: date) -> dict[str, Momentum]:
    """Return the momentum of each item of the last seven dates.

    `seen` are the rows of some weeks, each with its date; they are what counters are compared with.
    """
    counts: defaultdict[tuple[str, bool], list[int]] = defaultdict(list)
    rows: defaultdict[str, dict[date, Item]] = defaultdict(dict)
    pulls: defaultdict[date, set[str]] = defaultdict(set)
    for day, item in seen:
        counter, count = _counted(item)
        if count is not None:
            counts[counter].append(count)
        if day <= run_date:
            pulls[day].add(item.identity)
        if run_date - _WINDOW < day <= run_date:
            other = rows[item.identity].get(day, item)
            rows[item.identity][day] = max(other, item, key=lambda one: one.stars_today or 0)
    for values in counts.values():
        values.sort()
    latest = sorted(pulls)[-_PULLS:]
    found: dict[str, Momentum] = {}
    for identity, by_date in rows.items():
        lately = [by_date[day] for day in sorted(by_date)]
        counter, count = _counted(lately[-1])
        values = counts[counter]
        percentile = 0.0 if count is None else bisect_right(values, count) / len(values)
        shown = sum(identity in pulls[day] for day in latest)
        found[identity] = Momentum(len(lately), _stars_gained(lately), percentile, shown)
    return found


def _stars_gained(rows: list[Item]) -> int | None:
    """The stars of each date, or the difference of the totals, which has the dates between them.

    On GitHub's page the two differ by a tenth from one day to the next. Of papers the feeds have
    totals of different repositories, or of different dates.
    """
    daily = [item.stars_today for item in rows if item.stars_today is not None]
    totals = [one.stars for one in rows if one.stars is not None and one.kind == "repository"]
    if not daily and len(totals) < 2:
        return None
    return max(sum(daily), totals[-1] - totals[0] if totals else 0)


def _counted(item: Item) -> tuple[tuple[str, bool], int | None]:
    """What a row counts, stars of the day or upvotes, and how many.

    By kind: papers gain tens of stars, trending repositories hundreds.
    """
    has_stars = item.stars_today is not None
    return (item.kind, has_stars), item.stars_today if has_stars else item.upvotes
