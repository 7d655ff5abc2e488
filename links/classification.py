"""The outcome of one response by itself: headers before status, status before body."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from staycurrent.links.bot_walls import bot_wall, describe_refusal, leads_to_gate
from staycurrent.links.moves import is_home, keeps_name
from staycurrent.links.observation import Outcome
from staycurrent.links.page.scanner import ScannedPage, scan_response
from staycurrent.links.page.signals import ERROR_PATH
from staycurrent.web.response import Failure, Response

_OUTCOMES = {
    Failure.DNS: Outcome.DNS,
    Failure.DNS_TROUBLE: Outcome.DNS_TROUBLE,
    Failure.REFUSED: Outcome.REFUSED,
    Failure.UNREACHABLE: Outcome.BLOCKED,
    Failure.RESET: Outcome.RESET,
    Failure.TIMEOUT: Outcome.TIMEOUT,
    Failure.TLS: Outcome.TLS,
    Failure.UNSUPPORTED: Outcome.BLOCKED,
    Failure.PROTOCOL: Outcome.PROTOCOL,
    Failure.REDIRECT_LOOP: Outcome.REDIRECT_LOOP,
    Failure.COOKIE_WALL: Outcome.BLOCKED,
    Failure.REFUSED_BY_POLICY: Outcome.REFUSED_BY_POLICY,
    Failure.MALFORMED: Outcome.PROTOCOL,  # a redirect to an invalid URL
    Failure.DEFERRED: Outcome.SKIPPED,
    Failure.ROBOTS: Outcome.BLOCKED,
}
_PREFIXES = {
    Failure.TLS: "TLS: ",
    Failure.PROTOCOL: "not HTTP: ",
    Failure.REFUSED_BY_POLICY: "not requested, by our own policy: ",
    Failure.MALFORMED: "it redirects to what is no address: ",
}
_ADVICE = {
    Failure.UNREACHABLE: ": look from another network",
    Failure.UNSUPPORTED: ": open it in a browser",
    Failure.COOKIE_WALL: ": open it in a browser",
}
"""What a person can do."""


@dataclass(frozen=True, slots=True)
class Classification:
    """An outcome with the evidence for a person."""

    outcome: Outcome
    evidence: str
    """`404`, `TLS: certificate has expired`, `no response in time`, `301 to https://...`."""


def classify(response: Response, page: ScannedPage | None = None) -> Classification:
    """Classify a response; `page` is its scanned body, if that is known already."""
    if response.failure is not None:
        return Classification(_OUTCOMES[response.failure], _words(response.failure, response))
    blocked = bot_wall(response, page or scan_response(response))
    if blocked is not None:
        return Classification(Outcome.BLOCKED, blocked)
    if response.headers.get("x-error-code") == "GatedRepo":
        # a repository of Hugging Face that exists, for those who applied for access
        return Classification(
            Outcome.OK, f"{response.status}, gated: it is there for those who asked"
        )
    error = _error(response)
    if error is Outcome.BLOCKED:
        return Classification(error, f"{describe_refusal(response.status)}{_via(response)}")
    if error is not None:
        return Classification(error, f"{response.status}{_via(response)}")
    if response.hops:
        return _redirected(response)
    return Classification(Outcome.OK, _described(response))


def _error(response: Response) -> Outcome | None:
    """The outcome of an error status; None for a success.

    Only 404 and 410 are about the page. Every other 4xx, and unknown statuses such as 999, are
    about the client, so a robot cannot decide. Of a redirect that leads nowhere browsers show the
    page.
    """
    status = response.status
    if status in (404, 410):
        return Outcome.MISSING if status == 404 else Outcome.GONE
    if 500 <= status < 600:
        return Outcome.SERVER_ERROR
    if status >= 400:
        return Outcome.BLOCKED
    has_page = status in (300, 304) or bool(response.body.strip()) or response.truncated
    return Outcome.PROTOCOL if 300 <= status < 400 and not has_page else None


def _redirected(response: Response) -> Classification:
    began, ended = urlsplit(response.url), urlsplit(response.final_url)
    first = response.hops[0].status
    words = f"{first if first >= 300 else 'a refresh'} to {response.final_url}"
    if leads_to_gate(response.url, response.final_url):
        return Classification(Outcome.BLOCKED, f"{words}, a door before it: open it in a browser")
    if began.scheme == "https" and ended.scheme == "http":
        return Classification(Outcome.TLS, f"{words}, without encryption")
    if _to_error(ended.path) and not _to_error(began.path):
        return Classification(Outcome.SOFT_MISSING, f"{words}, an error page")
    if _sent_home(response):
        return Classification(Outcome.HOME_REDIRECT, f"{words}, a home page")
    if response.final_url == response.url:
        return Classification(Outcome.OK, _described(response))
    return Classification(Outcome.REDIRECTED, words)


def _sent_home(response: Response) -> bool:
    if not is_home(response.final_url) or is_home(response.url):
        return False
    # a page that got a host of its own is redirected to its own home page
    own = urlsplit(response.final_url).hostname != urlsplit(response.url).hostname
    return not (own and keeps_name(response.url, response.final_url))


def _to_error(path: str) -> bool:
    return ERROR_PATH.search(path) is not None


def _described(response: Response) -> str:
    if response.status == 304 and response.detail:
        return f"304, {response.detail}"
    return (
        str(response.status)
        if response.body or response.status in (204, 304)
        else (f"{response.status}, empty")
    )


def _via(response: Response) -> str:
    return f" at {response.final_url}" if response.hops else ""


def _words(failure: Failure, response: Response) -> str:
    """The words for a failure: what happened and, after a redirect, where."""
    detail = response.detail or failure.words
    redirect = f", behind a redirect to {response.final_url}" if response.hops else ""
    return f"{_PREFIXES.get(failure, '')}{detail}{_ADVICE.get(failure, '')}{redirect}"
