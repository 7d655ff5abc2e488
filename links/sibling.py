"""What a made-up address answers, and what that says of its folder (Bar-Yossef et al. 2004)."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from staycurrent.links.fingerprint import Fingerprint, fingerprint, same_shell
from staycurrent.links.observation import Outcome
from staycurrent.links.outcome import read
from staycurrent.links.page import page
from staycurrent.links.past import Past
from staycurrent.links.signs import FOR_SALE, MISSING, PARKING_MARK
from staycurrent.web.response import Response

NIGHTS = 21
"""How long an answer is remembered."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LENGTH = 25
_HONEST = (404, 410)


@dataclass(frozen=True, slots=True)
class Sibling:
    """The answer of a page that cannot exist; noted only where it says something."""

    folder: str
    """`https://host/path/`: the addresses that it speaks for."""
    night: date
    status: int
    final_url: str | None = None
    """Where it ended, if not where it began."""
    fingerprint: str | None = None
    says_missing: bool = False
    parked: bool = False
    """It has a sign of a domain that nobody uses."""

    @property
    def is_honest(self) -> bool:
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


def made_up(folder: str, night: date) -> str:
    """An address in the folder that nobody ever made; the same for the whole night."""
    digest = blake2b(f"{folder} {night}".encode(), digest_size=_LENGTH).digest()
    return folder + "".join(_LETTERS[byte % 26] for byte in digest)


def sibling(folder: str, night: date, answer: Response) -> Sibling | None:
    """What the answer says of its folder; None where it says nothing (walls, faults, 5xx)."""
    found = page(answer)
    outcome = read(answer, found).outcome
    ended = answer.final_url if answer.hops else None
    if outcome in (Outcome.MISSING, Outcome.GONE):
        return Sibling(folder, night, answer.status, ended)
    if not (outcome.is_success or outcome.is_soft):
        return None
    if found is None:
        return Sibling(folder, night, answer.status, ended)
    return Sibling(
        folder,
        night,
        answer.status,
        ended,
        str(fingerprint(found, answer.url)),
        says_missing=MISSING.search(found.announces) is not None,
        parked=bool(PARKING_MARK.search(found.tags) or FOR_SALE.search(found.announces)),
    )


def still_holds(known: Sibling, night: date, past: Past, now: Fingerprint | None) -> bool:
    """Whether a remembered answer may be used for a link.

    It must not be older than three weeks, nor than the change that it is to explain: a folder
    that was honest while its page was well may be parked since.
    """
    if not timedelta(0) <= night - known.night < timedelta(NIGHTS):
        return False
    last = past.prints[-1] if past.prints else None
    unchanged = last is not None and now is not None and same_shell(last, now)
    return unchanged or past.well_on is None or known.night > past.well_on
