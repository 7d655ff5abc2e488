"""What a made-up address answers, and what that says of its folder (Bar-Yossef et al. 2004)."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from staycurrent.links.baseline import Baseline
from staycurrent.links.classification import classify
from staycurrent.links.observation import Outcome
from staycurrent.links.page.fingerprint import Fingerprint, fingerprint, same_page
from staycurrent.links.page.scanner import scan_response
from staycurrent.links.page.signals import FOR_SALE, MISSING, has_parking_markup
from staycurrent.web.response import Response

CONTROL_PAGE_DAYS = 21
"""How long an answer is remembered."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LENGTH = 25
_HONEST = (404, 410)


@dataclass(frozen=True, slots=True)
class ControlPage:
    """The answer of a page that cannot exist; noted only where it says something."""

    folder: str
    """`https://host/path/`: the addresses that it speaks for."""
    run_date: date
    status: int
    final_url: str | None = None
    """Where it ended, if not where it began."""
    fingerprint: str | None = None
    says_missing: bool = False
    parked: bool = False
    """It has a sign of a domain that nobody uses."""

    @property
    def reports_missing(self) -> bool:
        """The host says of a page that is not there that it is not there."""
        return self.status in _HONEST


def folder_of(url: str) -> str:
    """The folder whose made-up member is asked for.

    `/questions/12/how-to` is one of `/questions/`: servers that find things by a number
    ignore the words behind it, and would answer a made-up name with the thing itself.
    """
    parts = urlsplit(url)
    segments = parts.path.split("/")[1:-1]
    numbered = next((n for n, one in enumerate(segments) if one.isdigit()), len(segments))
    return f"{parts.scheme}://{parts.netloc}/" + "".join(f"{one}/" for one in segments[:numbered])


def random_url(folder: str, night: date) -> str:
    """An address in the folder that nobody ever made; the same for the whole night."""
    digest = blake2b(f"{folder} {night}".encode(), digest_size=_LENGTH).digest()
    return folder + "".join(_LETTERS[byte % 26] for byte in digest)


def control_page_from(folder: str, night: date, answer: Response) -> ControlPage | None:
    """What the answer says of its folder; None where it says nothing (walls, faults, 5xx)."""
    found = scan_response(answer)
    outcome = classify(answer, found).outcome
    ended = answer.final_url if answer.hops else None
    if outcome in (Outcome.MISSING, Outcome.GONE):
        return ControlPage(folder, night, answer.status, ended)
    if not (outcome.is_success or outcome.is_soft):
        return None
    if found is None:
        return ControlPage(folder, night, answer.status, ended)
    return ControlPage(
        folder,
        night,
        answer.status,
        ended,
        str(fingerprint(found, answer.url)),
        says_missing=MISSING.search(found.prominent_text) is not None,
        parked=bool(has_parking_markup(found.tags) or FOR_SALE.search(found.prominent_text)),
    )


def is_usable(known: ControlPage, night: date, past: Baseline, now: Fingerprint | None) -> bool:
    """Whether a remembered answer may be used for a link.

    It must not be older than three weeks, nor than the change that it is to explain: a folder
    that was honest while its page was well may be parked since.
    """
    if not timedelta(0) <= night - known.run_date < timedelta(CONTROL_PAGE_DAYS):
        return False
    last = past.fingerprints[-1] if past.fingerprints else None
    unchanged = last is not None and now is not None and same_page(last, now)
    return unchanged or past.last_success is None or known.run_date > past.last_success
