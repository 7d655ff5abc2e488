"""How often links of each kind change and how long they rest, as each run reckoned it."""

from staycurrent.links.recheck import ChangeCounts, KindStatistics, LinkKind, RecheckPolicy
from staycurrent.warehouse import runs
from staycurrent.warehouse.open import Value, Warehouse

_LATEST = """
SELECT kind, links, looks, changes, nights, rate, cost, rest FROM beats
WHERE run_id = (
    SELECT max(b.run_id) FROM beats AS b JOIN runs AS r ON r.id = b.run_id
    WHERE r.status = 'judged'
)
ORDER BY kind
"""


def add(w: Warehouse, run_id: int, rhythm: RecheckPolicy) -> None:
    """Keep what a running run goes by; raises ValueError for a run that ended."""
    with w.transaction():
        runs.require_running(w, run_id)
        w.append("beats", (_row(run_id, beat) for beat in rhythm.statistics.values()))


def latest(w: Warehouse) -> RecheckPolicy | None:
    """What the last judged run went by; None where none kept it."""
    found = [_beat(*row) for row in w.select(_LATEST)]
    return RecheckPolicy({beat.kind: beat for beat in found}) if found else None


def _row(run_id: int, beat: KindStatistics) -> tuple[Value, ...]:
    seen = (beat.counts.checks, beat.counts.changes, beat.counts.days)
    return (run_id, beat.kind, beat.links, *seen, beat.rate, beat.cost, beat.interval)


def _beat(
    kind: str, links: int, looks: int, changes: int, nights: int, *rest: float
) -> KindStatistics:
    return KindStatistics(LinkKind(kind), links, ChangeCounts(looks, changes, nights), *rest)
