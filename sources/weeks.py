"""ISO weeks, as feeds name them; the week to ask for is always one that has ended."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class IsoWeek:
    """The seven days from a Monday on."""

    monday: date

    @property
    def name(self) -> str:
        """ISO 8601 name, `2026-W53`: the year is that of the week, not of the day."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    def workdays(self) -> tuple[date, ...]:
        """Return Monday to Friday."""
        return tuple(self.monday + timedelta(days=day) for day in range(5))


def last_closed_week(run_date: date) -> IsoWeek:
    """Return the last week that ended before the run date.

    For a week that has just begun, Hugging Face returns 4 to 9 papers instead of over 100.
    """
    return IsoWeek(run_date - timedelta(days=run_date.weekday() + 7))


def last_workdays(run_date: date, count: int) -> tuple[date, ...]:
    """Return the last `count` days from Monday to Friday before the run date, oldest first."""
    days = (run_date - timedelta(days=back) for back in range(1, 2 * count + 3))
    return tuple(day for day in days if day.weekday() < 5)[:count][::-1]
