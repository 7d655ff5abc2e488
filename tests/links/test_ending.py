"""What is about to end: which registrations, certificates and announcements count."""

from datetime import date, timedelta

import pytest

from staycurrent.links.ending import registration_ending
from staycurrent.links.rdap import Registration, RegistrationState

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("asked", "ends", "expected"),
    [
        (0, 30, "ends on 2026-12-31"),
        (0, 31, None),
        (0, 0, "ends on 2026-12-01"),
        (-20, 5, "ends on 2026-12-06"),
        (-20, -5, None),  # it may have been renewed since
        (-20, -21, "ended on 2026-11-10"),
        (-31, -40, None),  # asked too long ago
        (0, None, None),
    ],
)
def test_a_registration_that_ends_within_a_month_is_reported(
    asked: int, ends: int | None, expected: str | None
) -> None:
    until = None if ends is None else TODAY + timedelta(days=ends)
    asked_on = TODAY + timedelta(days=asked)
    said = Registration(
        "example.org", asked_on, RegistrationState.REGISTERED, date(2001, 1, 1), until
    )
    found = registration_ending(said, TODAY)
    shown = found and found.evidence
    words = f"the registration of example.org {expected} (asked on {asked_on})"
    assert shown == (words if expected else None)
