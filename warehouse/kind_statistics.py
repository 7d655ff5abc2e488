"""Statistics per kind of link: how often they change, and the interval between checks."""

from dataclasses import astuple

from staycurrent.links.schedule import ChangeCounts, KindStatistics, RecheckPolicy
from staycurrent.warehouse import runs
from staycurrent.warehouse.open import Warehouse

_LATEST = """
SELECT kind, links, checks, changes, days, rate, cost, interval_days FROM kind_statistics
WHERE run_id = (
    SELECT max(k.run_id) FROM kind_statistics AS k JOIN runs AS r ON r.id = k.run_id
    WHERE r.status = 'judged'
)
ORDER BY kind
"""


def add(warehouse: Warehouse, run_id: int, policy: RecheckPolicy) -> None:
    """Append the statistics of a running run; raises ValueError for a run that has ended."""
    rows = [
        (run_id, one.kind, one.links, *astuple(one.counts), one.rate, one.cost, one.interval)
        for one in policy.statistics.values()
    ]
    with warehouse.transaction():
        runs.require_running(warehouse, run_id)
        warehouse.append("kind_statistics", rows)


def latest(warehouse: Warehouse) -> RecheckPolicy | None:
    """The statistics of the last judged run that has any; None if there is none."""
    statistics: dict[str, KindStatistics] = {}
    for kind, links, checks, changes, days, *rates in warehouse.select(_LATEST):
        counts = ChangeCounts(checks, changes, days)
        statistics[kind] = KindStatistics(kind, links, counts, *rates)
    return RecheckPolicy(statistics) if statistics else None
