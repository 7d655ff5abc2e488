"""The chronicle: the nights, and what became of every link and feed over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import VerdictState
from staycurrent.sources.item import SourceState
from staycurrent.warehouse.open import Warehouse

_NIGHTS = "SELECT night, status, reason, looked_at, requests FROM nights WHERE night >= ?"

# A link stands in the list until the last judged run that concluded on it.
_HEALTH = """
WITH spans AS (
    SELECT link, state, night AS begins,
        lead(night) OVER (PARTITION BY link ORDER BY night, run_id) AS ends
    FROM history
)
SELECT j.night, s.state, count(*) AS links
FROM (SELECT DISTINCT night FROM runs WHERE status = 'judged' AND night >= ?) AS j
JOIN spans AS s ON s.begins <= j.night AND (s.ends IS NULL OR s.ends > j.night)
JOIN latest_verdicts AS l ON l.link = s.link AND j.night <= l.judged_on
GROUP BY j.night, s.state
ORDER BY j.night, s.state
"""

# The last run of a night counts; evidence is read where the outcome turns only, and of the last
# look: the rest says the same again.
_LIVES = """
WITH looks AS (
    SELECT link, night, outcome, evidence FROM link_timeline
    WHERE night >= ?
    QUALIFY row_number() OVER (PARTITION BY link, night ORDER BY run_id DESC) = 1
), told AS (
    SELECT link, night, outcome,
        if(outcome IS DISTINCT FROM lag(outcome) OVER w OR lead(outcome) OVER w IS NULL,
            evidence, NULL) AS evidence
    FROM looks
    WINDOW w AS (PARTITION BY link ORDER BY night)
)
SELECT link, list(night ORDER BY night), list(outcome::VARCHAR ORDER BY night),
    list({n: night, o: outcome::VARCHAR, e: evidence} ORDER BY night)
        FILTER (evidence IS NOT NULL)
FROM told
GROUP BY link
"""
_TURNS = """
SELECT night, link, was, state, reason, suggestion FROM history
WHERE night >= ? AND was IS DISTINCT FROM state
"""
_PULLS = """
SELECT source, night, state, items FROM pulls
WHERE night >= ?
QUALIFY row_number() OVER (PARTITION BY source, night ORDER BY id DESC) = 1
ORDER BY source, night
"""


@dataclass(frozen=True, slots=True)
class RunDay:
    """How a night went."""

    run_date: date
    status: str
    """`judged`, `not_judged` or `running`, as in `RunStatus`."""
    reason: str
    checked: int
    requests: int


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many links of the list had a verdict on a judged night."""

    run_date: date
    state: VerdictState
    links: int


@dataclass(frozen=True, slots=True)
class NotableCheck:
    """A look that is worth its words: the first of its kind, or the last of all."""

    run_date: date
    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True)
class LinkHistory:
    """What the judged nights saw of a link."""

    run_dates: tuple[date, ...]
    """On which it was looked at, in order."""
    outcomes: tuple[Outcome, ...]
    """One for each of the nights."""
    notable: tuple[NotableCheck, ...]


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A change of mind about a link."""

    run_date: date
    link: str
    previous: VerdictState | None
    """None where it was concluded on for the first time."""
    state: VerdictState
    reason: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class FeedDay:
    """How a feed's night went."""

    source: str
    run_date: date
    state: SourceState
    items: int


def run_days(w: Warehouse, since: date) -> tuple[RunDay, ...]:
    """Every night on which something ran, in order."""
    return tuple(RunDay(*row) for row in w.select(_NIGHTS, since))


def verdict_counts(w: Warehouse, since: date) -> tuple[VerdictCount, ...]:
    """The verdicts of each judged night, counted; in order of the nights."""
    return tuple(
        VerdictCount(night, VerdictState(state), links)
        for night, state, links in w.select(_HEALTH, since)
    )


def link_histories(w: Warehouse, since: date) -> Mapping[str, LinkHistory]:
    """What was seen of each link, by its key; links that were not looked at are absent."""
    outcomes = {str(outcome): outcome for outcome in Outcome}
    return {
        link: LinkHistory(
            tuple(seen_on),
            tuple(outcomes[one] for one in came),
            tuple(NotableCheck(one["n"], outcomes[one["o"]], one["e"]) for one in told or ()),
        )
        for link, seen_on, came, told in w.select(_LIVES, since)
    }


def verdict_changes(w: Warehouse, since: date) -> tuple[VerdictChange, ...]:
    """The changes of verdict, oldest first."""
    return tuple(
        VerdictChange(
            night,
            link,
            None if was is None else VerdictState(was),
            VerdictState(state),
            reason,
            suggestion,
        )
        for night, link, was, state, reason, suggestion in w.select(_TURNS, since)
    )


def feed_days(w: Warehouse, since: date) -> tuple[FeedDay, ...]:
    """Each feed's nights, by the feed's name."""
    return tuple(
        FeedDay(source, night, SourceState(state), items)
        for source, night, state, items in w.select(_PULLS, since)
    )
