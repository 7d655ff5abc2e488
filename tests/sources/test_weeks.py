"""ISO weeks: the last one that has closed."""

from datetime import date

import pytest

from staycurrent.sources.validation import last_closed_week

WEEKS = [
    (date(2026, 8, 22), "2026-W33"),
    (date(2026, 8, 23), "2026-W33"),
    (date(2026, 8, 24), "2026-W34"),
    (date(2026, 1, 1), "2025-W52"),
    (date(2027, 1, 4), "2026-W53"),
    (date(2027, 1, 11), "2027-W01"),
    (date(2025, 1, 6), "2025-W01"),
]


@pytest.mark.parametrize(("run_date", "week"), WEEKS)
def test_the_last_closed_week_ended_before_the_run_date(run_date: date, week: str) -> None:
    assert last_closed_week(run_date).name == week
    assert last_closed_week(run_date).sunday < run_date
