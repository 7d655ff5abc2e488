"""What hosts allow: each robots.txt that came, appended, and remembered for weeks."""

from collections.abc import Iterable
from datetime import date, timedelta

from staycurrent.warehouse.crossing import whole
from staycurrent.warehouse.newest import OF_NO_RUN, Shelf
from staycurrent.warehouse.open import Value, Warehouse
from staycurrent.web.robots import MIN_CACHE_DAYS, RobotsTxt

_SHELF = Shelf("robots", ("host", "night", "status", "rules"))


def add(w: Warehouse, run_id: int, asked: Iterable[RobotsTxt]) -> None:
    """Append what a running run learned; raises ValueError for a run that ended."""
    _SHELF.add(w, run_id, (_row(run_id, one) for one in asked))


def add_of_feeds(w: Warehouse, asked: Iterable[RobotsTxt]) -> None:
    """Append what a pull learned: it is no run, and nothing judges it."""
    _SHELF.add_unjudged(w, (_row(OF_NO_RUN, one) for one in asked))


def remembered(w: Warehouse, night: date) -> dict[str, RobotsTxt]:
    """By host, the last answer up to a night that still holds on it, of nights that count."""
    rows = _SHELF.newest(w, night, after=night - timedelta(2 * MIN_CACHE_DAYS))
    found = (RobotsTxt(*row) for row in rows)
    return {one.host: one for one in found if one.is_fresh(night)}


def _row(run_id: int, one: RobotsTxt) -> tuple[Value, ...]:
    return (run_id, one.host, one.run_date, one.status, whole(one.rules))
