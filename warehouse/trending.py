"""Own trending: stars gained over a week or a month, summed from the daily pages that were read."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from staycurrent.warehouse.open import Warehouse

_OF_PERIOD = """
SELECT identity, title, url, gained, stars, best_rank, nights FROM own_trending
WHERE period = ? AND first = date_trunc(?, ?::DATE)
ORDER BY gained DESC, identity LIMIT ?
"""
_LACKING = """
SELECT lacking FROM own_trending WHERE period = ? AND first = date_trunc(?, ?::DATE) LIMIT 1
"""


class Period(StrEnum):
    """Over what stars are summed; a week begins on Monday (ISO 8601)."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Gain:
    """What a repository gained while it was on the daily pages: a lower bound, they are short."""

    identity: str
    title: str
    url: str
    gained: int
    """Stars of today, summed over the nights on which it was shown."""
    stars: int | None
    """All its stars, as last shown."""
    best_rank: int
    nights: int
    """On how many nights it was shown."""


@dataclass(frozen=True, slots=True)
class Trending:
    """A period's repositories, the greatest gain first, and the nights that the sums lack."""

    rows: tuple[Gain, ...]
    lacking: tuple[date, ...]
    """Nights up to the last pull of which no counters are known; all of them without rows."""


def trending(w: Warehouse, period: Period, day: date, most: int = 25) -> Trending:
    """Sum up the period that a day lies in; empty where no daily page with counters was read."""
    rows = tuple(Gain(*row) for row in w.select(_OF_PERIOD, period, period, day, most))
    lacking = w.select(_LACKING, period, period, day)
    return Trending(rows, tuple(lacking[0][0]) if lacking else ())
