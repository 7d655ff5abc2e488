"""What an answer amounts to by itself: headers before status, status before body."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from staycurrent.links.bot_walls import bot_wall, describe_refusal, leads_to_gate
from staycurrent.links.moves import is_home, keeps_name
from staycurrent.links.observation import Outcome
from staycurrent.links.page.scanner import ScannedPage, scan_response
from staycurrent.links.page.signals import ERROR_PATH
from staycurrent.web.response import Failure, Response

_OF_FAILURE = {
    Failure.DNS: Outcome.DNS,
    Failure.DNS_TROUBLE: Outcome.DNS_TROUBLE,
    Failure.REFUSED: Outcome.REFUSED,
    Failure.UNREACHABLE: Outcome.BLOCKED,
    Failure.RESET: Outcome.RESET,
    Failure.TIMEOUT: Outcome.TIMEOUT,
    Failure.TLS: Outcome.TLS,
    Failure.PROTOCOL: Outcome.PROTOCOL,
    Failure.REDIRECT_LOOP: Outcome.REDIRECT_LOOP,
    Failure.COOKIE_WALL: Outcome.BLOCKED,
    Failure.REFUSED_BY_POLICY: Outcome.REFUSED_BY_POLICY,
    Failure.MALFORMED: Outcome.PROTOCOL,  # a redirect to no address: the server's fault
    Failure.DEFERRED: Outcome.SKIPPED,
    Failure.ROBOTS: Outcome.BLOCKED,
}
_PLAINLY = {
    Failure.DNS: "the name does not exist",
    Failure.DNS_TROUBLE: "the name cannot be looked up",
    Failure.REFUSED: "the connection was refused",
    Failure.UNREACHABLE: "this machine has no way to it",
    Failure.RESET: "the connection was cut",
    Failure.TIMEOUT: "no answer in time",
    Failure.TLS: "the handshake failed",
    Failure.PROTOCOL: "what came cannot be read",
    Failure.REDIRECT_LOOP: "it redirects without end",
    Failure.COOKIE_WALL: "it redirects to itself until a cookie is kept",
    Failure.REFUSED_BY_POLICY: "a place where we do not go",
    Failure.MALFORMED: "it cannot be read",
    Failure.DEFERRED: "it asked us to come back later than tonight",
    Failure.ROBOTS: "its robots.txt asks robots not to look",
}
"""What is said where a failure brings no words of its own."""
_FIRST = {
    Failure.TLS: "TLS: ",
    Failure.PROTOCOL: "not HTTP: ",
    Failure.REFUSED_BY_POLICY: "not requested, by our own policy: ",
    Failure.MALFORMED: "it redirects to what is no address: ",
}
_LAST = {
    Failure.UNREACHABLE: ": look from another network",
    Failure.COOKIE_WALL: ": open it in a browser",
}
"""What a person could do."""


@dataclass(frozen=True, slots=True)
class Classification:
    """An outcome with the words that a person needs to believe it."""

    outcome: Outcome
    evidence: str
    """`404`, `TLS: certificate has expired`, `no answer in time`, `301 to https://...`."""


def classify(answer: Response, seen: ScannedPage | None = None) -> Classification:
    """Read one answer; `seen` is its page where somebody has taken that apart already."""
    if answer.failure is not None:
        return Classification(_OF_FAILURE[answer.failure], _words(answer.failure, answer))
    blocked = bot_wall(answer, seen or scan_response(answer))
    if blocked is not None:
        return Classification(Outcome.BLOCKED, blocked)
    if answer.headers.get("x-error-code") == "GatedRepo":
        # Hugging Face says so of what is there for those who asked for it.
        return Classification(
            Outcome.OK, f"{answer.status}, gated: it is there for those who asked"
        )
    error = _error(answer.status)
    if error is Outcome.BLOCKED:
        return Classification(error, f"{describe_refusal(answer.status)}{_via(answer)}")
    if error is not None:
        return Classification(error, f"{answer.status}{_via(answer)}")
    if answer.hops:
        return _redirected(answer)
    return Classification(Outcome.OK, _described(answer))


def _error(status: int) -> Outcome | None:
    """What a status says against the link, or None where it is there.

    Only 404 and 410 speak of the page. Every other 4xx, and what no standard knows (999),
    speaks of the one who asks: a robot cannot tell.
    """
    if status in (404, 410):
        return Outcome.MISSING if status == 404 else Outcome.GONE
    if 500 <= status < 600:
        return Outcome.SERVER_ERROR
    if status >= 400:
        return Outcome.BLOCKED
    if 300 <= status < 400 and status not in (300, 304):
        return Outcome.PROTOCOL  # a redirect that names no place
    return None


def _redirected(answer: Response) -> Classification:
    began, ended = urlsplit(answer.url), urlsplit(answer.final_url)
    first = answer.hops[0].status
    words = f"{first if first >= 300 else 'a refresh'} to {answer.final_url}"
    if leads_to_gate(answer.url, answer.final_url):
        return Classification(Outcome.BLOCKED, f"{words}, a door before it: open it in a browser")
    if began.scheme == "https" and ended.scheme == "http":
        return Classification(Outcome.TLS, f"{words}, without encryption")
    if _to_error(ended.path) and not _to_error(began.path):
        return Classification(Outcome.SOFT_MISSING, f"{words}, an error page")
    if _sent_home(answer):
        return Classification(Outcome.HOME_REDIRECT, f"{words}, a home page")
    if answer.final_url == answer.url:
        return Classification(Outcome.OK, _described(answer))
    return Classification(Outcome.REDIRECTED, words)


def _sent_home(answer: Response) -> bool:
    if not is_home(answer.final_url) or is_home(answer.url):
        return False
    # A page that got a host of its own went home, but to its own one.
    own = urlsplit(answer.final_url).hostname != urlsplit(answer.url).hostname
    return not (own and keeps_name(answer.url, answer.final_url))


def _to_error(path: str) -> bool:
    return ERROR_PATH.search(path) is not None


def _described(answer: Response) -> str:
    if answer.status == 304 and answer.detail:
        return f"304, {answer.detail}"
    return (
        str(answer.status)
        if answer.body or answer.status in (204, 304)
        else (f"{answer.status}, empty")
    )


def _via(answer: Response) -> str:
    return f" at {answer.final_url}" if answer.hops else ""


def _words(failure: Failure, answer: Response) -> str:
    """A sentence on a failure: what happened and, where a redirect led there, where."""
    said = answer.detail or _PLAINLY[failure]
    behind = f", behind a redirect to {answer.final_url}" if answer.hops else ""
    return f"{_FIRST.get(failure, '')}{said}{_LAST.get(failure, '')}{behind}"
