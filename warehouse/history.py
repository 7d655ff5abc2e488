"""The history that the report shows: dates, verdicts and observations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import VerdictState
from staycurrent.warehouse.connection import from_row, member_of
from staycurrent.warehouse.open import Warehouse

_RUN_DAYS = "SELECT run_date, status, reason, checked, requests FROM run_days WHERE run_date >= ?"

_REASONS = """
SELECT run_date, if(bool_or(status = 'judged'), '', arg_max(reason, id)) FROM runs
WHERE vantage = '' AND run_date >= ?
GROUP BY run_date
ORDER BY run_date
"""

# A link counts as listed until the last judged run that gave it a verdict.
_VERDICT_COUNTS = "SELECT run_date, state, links FROM states_by_date WHERE run_date >= ?"

# The last run of a date counts. Evidence is read where the outcome changes and for the last check;
# in between it repeats.
_LINK_HISTORIES = """
WITH by_date AS (
    SELECT link, run_date, outcome, evidence FROM link_timeline
    WHERE run_date >= ? AND vantage = ''
    QUALIFY row_number() OVER (PARTITION BY link, run_date ORDER BY run_id DESC) = 1
), with_notable AS (
    SELECT link, run_date, outcome,
        if(outcome IS DISTINCT FROM lag(outcome) OVER of_link OR lead(outcome) OVER of_link IS NULL,
            evidence, NULL) AS evidence
    FROM by_date
    WINDOW of_link AS (PARTITION BY link ORDER BY run_date)
)
SELECT link, list(run_date ORDER BY run_date), list(outcome::VARCHAR ORDER BY run_date),
    list({run_date: run_date, outcome: outcome::VARCHAR, evidence: evidence} ORDER BY run_date)
        FILTER (evidence IS NOT NULL)
FROM with_notable
GROUP BY link
"""
_VERDICT_CHANGES = """
SELECT run_date, link, previous, state, reason, suggestion FROM verdict_changes
WHERE run_date >= ? AND previous IS DISTINCT FROM state
"""


@dataclass(frozen=True, slots=True)
class RunDay:
    """How the runs of a date went."""

    run_date: date
    status: str
    """`judged`, `not_judged` or `running`, as in `RunStatus`."""
    reason: str
    checked: int
    requests: int


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many links had a verdict on a judged date."""

    run_date: date
    state: VerdictState
    links: int


@dataclass(frozen=True, slots=True)
class NotableCheck:
    """A check whose evidence is shown: the outcome changed, or it is the last one."""

    run_date: date
    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True)
class LinkHistory:
    """The judged observations of a link."""

    run_dates: tuple[date, ...]
    """In order."""
    outcomes: tuple[Outcome, ...]
    """One for each date."""
    notable: tuple[NotableCheck, ...]


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A change of the verdict of a link."""

    run_date: date
    link: str
    previous: VerdictState | None
    """None for the first verdict."""
    state: VerdictState
    reason: str
    suggestion: str | None


def reasons(warehouse: Warehouse, since: date) -> dict[date, str]:
    """Why the runs of each date were not judged, oldest first; empty if one was."""
    return dict(warehouse.select(_REASONS, since))


def run_days(warehouse: Warehouse, since: date) -> tuple[RunDay, ...]:
    """The dates on which something ran, in order."""
    return warehouse.records(RunDay, _RUN_DAYS, since)


def verdict_counts(warehouse: Warehouse, since: date) -> tuple[VerdictCount, ...]:
    """The number of links by verdict on each judged date, in order of the dates."""
    return warehouse.records(VerdictCount, _VERDICT_COUNTS, since)


def link_histories(warehouse: Warehouse, since: date) -> Mapping[str, LinkHistory]:
    """The judged observations of each link; links without any are absent."""
    return {
        link: LinkHistory(
            tuple(run_dates),
            tuple(member_of(Outcome, value) for value in values),
            tuple(from_row(NotableCheck, one.values()) for one in notable or ()),
        )
        for link, run_dates, values, notable in warehouse.select(_LINK_HISTORIES, since)
    }


def verdict_changes(warehouse: Warehouse, since: date) -> tuple[VerdictChange, ...]:
    """The changes of verdicts, oldest first."""
    return warehouse.records(VerdictChange, _VERDICT_CHANGES, since)
