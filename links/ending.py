"""What still works and is about to end: a registration, a certificate, a service that says so."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from staycurrent.links.rdap import Registration, RegistrationState

REGISTRATION_AHEAD = timedelta(days=30)
"""Most owners renew earlier; what is registered for a year more is not about to end."""


class EndingKind(StrEnum):
    """What ends; a closed set, shown in the status as JSON."""

    REGISTRATION = "registration"
    """Of the domain, by its registry."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends for one link; reported, and never a reason for a verdict or a flag."""

    kind: EndingKind
    ends_on: date | None
    """None if only that it ends is known."""
    evidence: str
    """A phrase with the date, for a person to check; not sanitised."""


def registration_ending(one: Registration, run_date: date) -> Ending | None:
    """The end of a registration that is near, or was past when the registry was asked.

    One that was to end between the question and the run may have been renewed.
    """
    ends = one.expires
    if one.state is not RegistrationState.REGISTERED or ends is None:
        return None
    is_known = ends >= run_date or (
        ends < one.run_date and run_date - one.run_date <= REGISTRATION_AHEAD
    )
    if not is_known or ends - run_date > REGISTRATION_AHEAD:
        return None
    verb = "ends" if ends >= run_date else "ended"
    words = f"the registration of {one.domain} {verb} on {ends} (asked on {one.run_date})"
    return Ending(EndingKind.REGISTRATION, ends, words)
