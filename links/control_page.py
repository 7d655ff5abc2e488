"""Control pages: what a random URL of a folder returns (Bar-Yossef et al., WWW 2004)."""

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
"""Days for which a control page is used."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LENGTH = 25
_MISSING_STATUSES = (404, 410)


@dataclass(frozen=True, slots=True)
class ControlPage:
    """The response to a URL that cannot exist; stored only if it says something."""

    folder: str
    """`https://host/path/`: the URLs that it is valid for."""
    run_date: date
    status: int
    final_url: str | None = None
    """Where redirects ended; None if there were none."""
    fingerprint: str | None = None
    says_missing: bool = False
    parked: bool = False
    """It has a sign of a parked domain."""

    @property
    def reports_missing(self) -> bool:
        """The host answers 404 or 410 for a page that does not exist."""
        return self.status in _MISSING_STATUSES


def folder_of(url: str) -> str:
    """The folder in which a random URL is requested.

    `/questions/12/how-to` belongs to `/questions/`: servers that identify content by a number
    ignore the words after it, and would return the content itself for a random name.
    """
    parts = urlsplit(url)
    segments = parts.path.split("/")[1:-1]
    numbered = next((n for n, one in enumerate(segments) if one.isdigit()), len(segments))
    return f"{parts.scheme}://{parts.netloc}/" + "".join(f"{one}/" for one in segments[:numbered])


def random_url(folder: str, run_date: date) -> str:
    """A random URL in the folder; the same for the whole run date."""
    digest = blake2b(f"{folder} {run_date}".encode(), digest_size=_LENGTH).digest()
    return folder + "".join(_LETTERS[byte % 26] for byte in digest)


def control_page_from(folder: str, run_date: date, response: Response) -> ControlPage | None:
    """The control page of a response; None if it says nothing (bot walls, failures, 5xx).

    A random URL that is redirected to another host says so even if that one refuses us, as the
    search engines do to which short-link hosts redirect unknown names.
    """
    page = scan_response(response)
    outcome = classify(response, page).outcome
    final_url = response.final_url_with_fragment if response.hops else None
    hosts = {_host(url) for url in (folder, final_url or folder)}
    if len(hosts) > 1 and not (outcome.is_success or outcome.is_soft):
        return ControlPage(folder, run_date, response.status, final_url)
    is_missing = outcome in (Outcome.MISSING, Outcome.GONE)
    if page is None or is_missing:
        says_something = is_missing or outcome.is_success or outcome.is_soft
        return ControlPage(folder, run_date, response.status, final_url) if says_something else None
    if not (outcome.is_success or outcome.is_soft):
        return None
    return ControlPage(
        folder,
        run_date,
        response.status,
        final_url,
        str(fingerprint(page, response.url)),
        says_missing=MISSING.search(page.prominent_text) is not None,
        parked=has_parking_markup(page.tags) or bool(FOR_SALE.search(page.prominent_text)),
    )


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def is_usable(
    page: ControlPage, run_date: date, baseline: Baseline, now: Fingerprint | None
) -> bool:
    """Whether a control page may be used for a link.

    It must not be older than three weeks, nor than the change that it has to explain: a host
    that answered 404 while its page was well may have been parked since.
    """
    if not timedelta(0) <= run_date - page.run_date < timedelta(CONTROL_PAGE_DAYS):
        return False
    last = baseline.fingerprints[-1] if baseline.fingerprints else None
    unchanged = last is not None and now is not None and same_page(last, now)
    return unchanged or baseline.last_success is None or page.run_date > baseline.last_success
