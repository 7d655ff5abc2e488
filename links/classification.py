"""The outcome of one response by itself: headers before status, status before body."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from staycurrent.links.bot_walls import bot_wall, describe_refusal, leads_to_gate
from staycurrent.links.moves import comparable_path, is_home, keeps_name, names_home
from staycurrent.links.observation import Outcome
from staycurrent.links.page.scanner import ScannedPage, scan_response
from staycurrent.links.page.signals import ABOUT_ERRORS, DOCUMENTS_PATH, ERROR_PATH
from staycurrent.web.response import Failure, Response

_BROWSER = ": open it in a browser"
_FAILURES = {
    Failure.DNS: (Outcome.DNS, "", ""),
    Failure.DNS_TROUBLE: (Outcome.DNS_TROUBLE, "", ""),
    Failure.REFUSED: (Outcome.REFUSED, "", ""),
    Failure.UNREACHABLE: (Outcome.BLOCKED, "", ": look from another network"),
    Failure.RESET: (Outcome.RESET, "", ""),
    Failure.TIMEOUT: (Outcome.TIMEOUT, "", ""),
    Failure.TLS: (Outcome.TLS, "TLS: ", ""),
    Failure.UNSUPPORTED: (Outcome.BLOCKED, "", _BROWSER),
    Failure.PROTOCOL: (Outcome.PROTOCOL, "not HTTP: ", ""),
    Failure.REDIRECT_LOOP: (Outcome.REDIRECT_LOOP, "", ""),
    Failure.COOKIE_WALL: (Outcome.BLOCKED, "", _BROWSER),
    Failure.REFUSED_BY_POLICY: (
        Outcome.REFUSED_BY_POLICY,
        "not requested, by our own policy: ",
        "",
    ),
    # a redirect to an invalid URL
    Failure.MALFORMED: (Outcome.PROTOCOL, "it redirects to what is no address: ", ""),
    Failure.DEFERRED: (Outcome.SKIPPED, "", ""),
    Failure.ROBOTS: (Outcome.BLOCKED, "", ""),
}
"""The outcome, and what is said before and behind the words: what it is, what a person can do."""
_FAULT = re.compile(
    r"(?i)[?&]aspxerrorpath=|/errors?/?\?([^?&]{1,99}&){0,3}(error|status)?_?(code|status)=5\d\d\b"
)
"""In the URL of a page that says that something went wrong: what ASP.NET redirects to."""
_WIKI = re.compile(r"(?i)((?:/[^/]+){1,8}?/([^/]+))/(?:-/)?wikis?(?:/|$)")
"""The path of a repository's wiki: the repository's path, and its name."""


@dataclass(frozen=True, slots=True)
class Classification:
    """An outcome with the evidence for a person."""

    outcome: Outcome
    evidence: str
    """`404`, `TLS: certificate has expired`, `no response in time`, `301 to https://...`."""


def classify(response: Response, page: ScannedPage | None = None) -> Classification:
    """Classify a response; `page` is its scanned body, if that is known already."""
    if response.failure is not None:
        outcome, what, advice = _FAILURES[response.failure]
        where = f", behind a redirect to {response.final_url}" if response.hops else ""
        words = f"{what}{response.detail or response.failure.words}{advice}{where}"
        return Classification(outcome, words)
    page = page or scan_response(response)
    blocked = bot_wall(response, page)
    if blocked is not None:
        return Classification(Outcome.BLOCKED, blocked)
    if response.headers.get("x-error-code") == "GatedRepo":
        # a repository of Hugging Face that exists, for those who applied for access
        words = f"{response.status}, gated: it is there for those who asked"
        return Classification(Outcome.OK, words)
    if error := _error(response):
        via = f" at {response.final_url}" if response.hops else ""
        is_refusal = error.is_blocked
        words = describe_refusal(response.status) if is_refusal else str(response.status)
        return Classification(error, f"{words}{via}")
    if response.hops:
        return _redirected(response, page)
    return Classification(Outcome.OK, _described(response))


def _error(response: Response) -> Outcome | None:
    """The outcome of an error status; None for a success.

    Only 404 and 410 are about the page. Every other 4xx, unknown statuses such as 999, 505 (our
    version of HTTP) and 511 (our network) are about the client, so a robot cannot decide. Of a
    redirect that leads nowhere browsers show the page.
    """
    status = response.status
    if status in (404, 410):
        return Outcome.MISSING if status == 404 else Outcome.GONE
    if 500 <= status < 600 and status not in (505, 511):
        return Outcome.SERVER_ERROR
    if status >= 400:
        return Outcome.BLOCKED
    has_page = status in (300, 304) or bool(response.body.strip()) or response.truncated
    return Outcome.PROTOCOL if 300 <= status < 400 and not has_page else None


def is_missing(response: Response) -> bool:
    """Whether it says that the page is not there, and no bot wall."""
    return classify(response).outcome in (Outcome.MISSING, Outcome.GONE)


def shows_page(response: Response, outcome: Outcome) -> bool:
    """Whether people get to see a page, though it may not be the promised one, or not encrypted."""
    is_plain = outcome is Outcome.TLS and response.failure is None
    return outcome.is_success or outcome.is_soft or is_plain


def describe_redirect(response: Response) -> str:
    """Where it leads, and by which status."""
    first = response.hops[0].status
    return f"{first if first >= 300 else 'a refresh'} to {response.final_url}"


def _redirected(response: Response, page: ScannedPage | None) -> Classification:
    began, ended = urlsplit(response.url), urlsplit(response.final_url)
    words = describe_redirect(response)
    if leads_to_gate(response, page):
        return Classification(Outcome.BLOCKED, f"{words}, a door before it: open it in a browser")
    if began.scheme == "https" and ended.scheme == "http":
        return Classification(Outcome.TLS, f"{words}, without encryption")
    if began.hostname == ended.hostname and _lost_wiki(began.path, ended.path):
        words = f"{words}, the front page of a repository without a wiki"
        return Classification(Outcome.SOFT_MISSING, words)
    if _to_error(response.url, ended.path):
        return Classification(Outcome.SOFT_MISSING, f"{words}, an error page")
    fault = _FAULT.search(response.final_url)
    if fault and (fault[0].endswith("=") or not DOCUMENTS_PATH.search(ended.path)):
        return Classification(Outcome.SERVER_ERROR, f"{words}, an error page")
    if _sent_home(response):
        return Classification(Outcome.HOME_REDIRECT, f"{words}, a home page")
    if response.final_url == response.url:
        return Classification(Outcome.OK, _described(response))
    return Classification(Outcome.REDIRECTED, words)


def _sent_home(response: Response) -> bool:
    """Whether a page was redirected to a home page that has nothing of its name.

    `/languages/go` keeps it in `/go/`, and a page that got a host of its own in the host's name.
    """
    url, final_url = response.url, response.final_url_with_fragment
    if not is_home(final_url) or is_home(url) or names_home(url, final_url):
        return False
    own_host = urlsplit(final_url).hostname != urlsplit(url).hostname
    has_name = comparable_path(url).rpartition("/")[2] != ""
    return not (keeps_name(url, final_url) and (own_host or has_name))


def _lost_wiki(began: str, ended: str) -> bool:
    """Whether a repository's wiki was redirected to its front page, as if it is switched off."""
    wiki, front = _WIKI.match(began), ended.rstrip("/")
    if wiki is None or front.count("/") != wiki[1].count("/"):
        return False
    return front.rpartition("/")[2].lower() == wiki[2].lower()


def _to_error(url: str, path: str) -> bool:
    """Whether a path is an error page, and not a page about errors that has moved there."""
    is_about_errors = ABOUT_ERRORS.search(url) or DOCUMENTS_PATH.search(path)
    return ERROR_PATH.search(path) is not None and not is_about_errors


def _described(response: Response) -> str:
    if response.status == 304 and response.detail:
        return f"304, {response.detail}"
    is_empty = not (response.body or response.truncated or response.status in (204, 304))
    return f"{response.status}, empty" if is_empty else str(response.status)
