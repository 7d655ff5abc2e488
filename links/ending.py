"""What still works and is about to end: a registration, a certificate, a service that says so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from staycurrent.links.rdap import Registration, RegistrationState, read_date
from staycurrent.web.response import Response

REGISTRATION_AHEAD = timedelta(days=30)
"""Most owners renew earlier; what is registered for a year more is not about to end."""
_CERTIFICATE_AHEAD = timedelta(days=7)
_CERTIFICATE_SHARE = 8
"""Programs renew with a third of the lifetime left, which may be 90 days or six."""
_CERTIFICATE = re.compile(r"; the certificate of (\S+) ends on (\d{4}-\d\d-\d\d)")
_EXPIRED = re.compile(r"the certificate expired on (\d{4}-\d\d-\d\d)")
_ANNOUNCED = re.compile(r"; the page announces its end(?: on (\d{4}-\d\d-\d\d))?: \"([^\"]*)\"$")

NOTED = "|".join(one.pattern for one in (_EXPIRED, _CERTIFICATE, _ANNOUNCED))
"""A regular expression (RE2) for the evidence of which `noted_endings` finds anything."""


class EndingKind(StrEnum):
    """What ends; a closed set, shown in the status as JSON."""

    REGISTRATION = "registration"
    """Of the domain, by its registry."""
    CERTIFICATE = "certificate"
    """Of the host: browsers warn of the page then."""
    ANNOUNCEMENT = "announcement"
    """Of the service, as its page says."""


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
    is_recent = run_date - one.run_date <= REGISTRATION_AHEAD
    is_known = ends >= run_date or (ends < one.run_date and is_recent)
    if not is_known or ends - run_date > REGISTRATION_AHEAD:
        return None
    verb = "ends" if ends >= run_date else "ended"
    words = f"the registration of {one.domain} {verb} on {ends} (asked on {one.run_date})"
    return Ending(EndingKind.REGISTRATION, ends, words)


def certificate_note(response: Response, run_date: date) -> str:
    """What is added to the evidence of a check if the certificate ends in days; usually empty."""
    if response.certificate_dates is None:
        return ""
    first, last = response.certificate_dates
    left = last - run_date
    if left > _CERTIFICATE_AHEAD or left * _CERTIFICATE_SHARE > last - first:
        return ""
    return f"; the certificate of {urlsplit(response.final_url).hostname} ends on {last}"


def announcement_note(ends_on: date | None, quote: str) -> str:
    """What is added, as the last words, to the evidence of a check that found an announcement."""
    on = f" on {ends_on}" if ends_on else ""
    single = quote.replace('"', "'")
    return f'; the page announces its end{on}: "{single}"'


def announced_in(evidence: str) -> str:
    """The note of an announcement in the evidence of an earlier check; empty if there is none."""
    match = _ANNOUNCED.search(evidence)
    return match[0] if match else ""


def noted_endings(evidence: str, run_date: date) -> Iterator[Ending]:
    """What ends by the evidence of a link's last check; not what has passed since."""
    if (expired := _EXPIRED.search(evidence)) and (ended := read_date(expired[1])):
        yield Ending(EndingKind.CERTIFICATE, ended, f"the certificate ended on {ended}")
    noted = _CERTIFICATE.search(evidence)
    if noted and (ends := read_date(noted[2])) and ends >= run_date:
        yield Ending(EndingKind.CERTIFICATE, ends, noted[0].removeprefix("; "))
    if announced := _ANNOUNCED.search(evidence):
        ends_on = read_date(announced[1])
        if ends_on is None or ends_on >= run_date:
            yield Ending(EndingKind.ANNOUNCEMENT, ends_on, announced[0].removeprefix("; "))
