"""How often links change: the estimator's promises, and what counts as a change."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.schedule import ChangeCounts, change_rate, count_changes

FIRST = date(2026, 11, 1)
OK, MISSING = Outcome.OK, Outcome.MISSING


def look(night: int, outcome: Outcome = OK, **more: object) -> Observation:
    day = FIRST + timedelta(night - 1)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Observation("https://a.example/x", day, moment, outcome, "page", **more)  # type: ignore[arg-type]


MOVED = Outcome.REDIRECTED


@pytest.mark.parametrize(
    ("history", "found"),
    [
        ([], ChangeCounts()),
        ([look(1)], ChangeCounts()),
        ([look(1), look(8)], ChangeCounts(1, 0, 7)),
        ([look(1), look(3), look(10)], ChangeCounts(2, 0, 9)),
        ([look(1), look(8, MISSING)], ChangeCounts(1, 1, 7)),
        # A streak is one change, however long it is looked at, and its end is none.
        ([look(1), look(2, MISSING), look(3, MISSING), look(4)], ChangeCounts(1, 1, 1)),
        ([look(1), look(4, Outcome.BLOCKED)], ChangeCounts(1, 1, 3)),
        # A night that the host put off is no look.
        ([look(1), look(2, Outcome.SKIPPED), look(8)], ChangeCounts(1, 0, 7)),
        (
            [look(1, MOVED, final_url="https://b/"), look(2, MOVED, final_url="https://c/")],
            ChangeCounts(1, 1, 1),
        ),
        # Sites make up a new session for each visit.
        (
            [
                look(1, MOVED, final_url="https://b/?s=1"),
                look(2, MOVED, final_url="https://b/?s=2#x"),
            ],
            ChangeCounts(1, 0, 1),
        ),
        (
            [look(1, freshness=Freshness.FRESH), look(2, freshness=Freshness.IDLE)],
            ChangeCounts(1, 1, 1),
        ),
        # An provider that is asked for the first time says nothing of a change.
        ([look(1), look(2, freshness=Freshness.ARCHIVED)], ChangeCounts(1, 0, 1)),
    ],
)
def test_a_change_is_what_a_success_becomes(
    history: list[Observation], found: ChangeCounts
) -> None:
    assert count_changes(history) == found


def test_the_rate_is_the_published_estimator_where_nothing_is_believed_before() -> None:
    assert change_rate(ChangeCounts(10, 3, 70), 1, 0) == pytest.approx(-math.log(7.5 / 10.5) / 7)
    assert change_rate(ChangeCounts(10, 10, 70), 1, 0) < math.inf


@pytest.mark.parametrize("every", [100.0, 1400.0, 10_000.0])
def test_before_any_look_the_prior_holds(every: float) -> None:
    assert 1 / change_rate(ChangeCounts(), every, 200) == pytest.approx(every, rel=0.01)


def test_many_checks_outweigh_the_prior() -> None:
    assert 1 / change_rate(ChangeCounts(100_000, 10_000, 100_000), 1400, 200) == pytest.approx(
        9.6, rel=0.02
    )


def test_what_changes_often_is_not_taken_for_calmer_because_checks_are_rare() -> None:
    """One change in ten nights, looked at once in ten: the plain quotient is a third too low."""
    changes = round(5000 * (1 - math.exp(-1)))
    assert change_rate(ChangeCounts(5000, changes, 50_000), 1400, 1) == pytest.approx(0.1, rel=0.05)
    assert changes / 50_000 == pytest.approx(0.063, rel=0.05)
