"""The anomaly guard holds mass changes back for one day: cases around each limit."""

from datetime import date, timedelta

import pytest

from staycurrent.links.run_gate import held_back
from staycurrent.links.settings import AnomalySettings
from staycurrent.links.verdict import Verdict, VerdictState

RUN_DATE = date(2026, 11, 20)


def count_held_back(
    new: int, of: int, state: VerdictState = VerdictState.DEAD, *, nights_ago: int = 0
) -> int:
    verdicts = [Verdict(str(n), state if n < new else VerdictState.ALIVE) for n in range(of)]
    decided = {str(n): RUN_DATE - timedelta(days=nights_ago) for n in range(new)}
    return len(held_back(verdicts, decided, decided, RUN_DATE, AnomalySettings()))


@pytest.mark.parametrize(
    ("new", "of", "kept_back"),
    [(25, 1000, 0), (26, 1000, 26), (10, 40, 0), (11, 40, 11), (15, 300, 0), (16, 300, 16)],
)
def test_changes_above_the_limits_are_held_back(new: int, of: int, kept_back: int) -> None:
    assert count_held_back(new, of) == kept_back


def test_held_changes_are_released_the_next_day() -> None:
    assert count_held_back(500, 1000, nights_ago=1) == 0


def test_insecure_counts_and_stale_or_moved_do_not() -> None:
    assert count_held_back(100, 1000, VerdictState.INSECURE) == 100
    assert count_held_back(100, 1000, VerdictState.STALE) == 0
    assert count_held_back(100, 1000, VerdictState.MOVED) == 0


def test_links_already_dead_when_added_do_not_count() -> None:
    verdicts = [Verdict(str(n), VerdictState.DEAD) for n in range(100)]
    decided = {str(n): RUN_DATE for n in range(100)}
    assert held_back(verdicts, decided, (), RUN_DATE, AnomalySettings()) == frozenset()
