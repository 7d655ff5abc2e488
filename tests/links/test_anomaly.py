"""Mass changes are held for a night, on both sides of each limit."""

from datetime import date, timedelta

import pytest

from staycurrent.links.run_gate import held_back
from staycurrent.links.settings import AnomalySettings
from staycurrent.links.verdict import Verdict, VerdictState

TONIGHT = date(2026, 11, 20)


def shown(
    new: int, of: int, state: VerdictState = VerdictState.DEAD, *, nights_ago: int = 0
) -> int:
    verdicts = [Verdict(str(n), state if n < new else VerdictState.ALIVE) for n in range(of)]
    decided = {str(n): TONIGHT - timedelta(days=nights_ago) for n in range(new)}
    return len(held_back(verdicts, decided, decided, TONIGHT, AnomalySettings()))


@pytest.mark.parametrize(
    ("new", "of", "kept_back"),
    [(25, 1000, 0), (26, 1000, 26), (10, 40, 0), (11, 40, 11), (15, 300, 0), (16, 300, 16)],
)
def test_more_than_the_limits_are_held(new: int, of: int, kept_back: int) -> None:
    assert shown(new, of) == kept_back


def test_the_second_night_releases_them() -> None:
    assert shown(500, 1000, nights_ago=1) == 0


def test_insecure_counts_and_stale_or_moved_do_not() -> None:
    assert shown(100, 1000, VerdictState.INSECURE) == 100
    assert shown(100, 1000, VerdictState.STALE) == 0
    assert shown(100, 1000, VerdictState.MOVED) == 0


def test_what_a_list_brought_along_dead_is_no_sudden_change() -> None:
    verdicts = [Verdict(str(n), VerdictState.DEAD) for n in range(100)]
    decided = {str(n): TONIGHT for n in range(100)}
    assert held_back(verdicts, decided, (), TONIGHT, AnomalySettings()) == frozenset()
