"""What an answer amounts to: a pure reading of status, headers, hops and a little of the body."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from links.observation import Outcome
from web.answer import Answer, Failure

_OF_FAILURE = {
    Failure.DNS: Outcome.DNS,
    Failure.DNS_TROUBLE: Outcome.DNS_TROUBLE,
    Failure.REFUSED: Outcome.REFUSED,
    Failure.RESET: Outcome.RESET,
    Failure.TIMEOUT: Outcome.TIMEOUT,
    Failure.TLS: Outcome.TLS,
    Failure.PROTOCOL: Outcome.PROTOCOL,
    Failure.REDIRECT_LOOP: Outcome.REDIRECT_LOOP,
    Failure.COOKIE_WALL: Outcome.BLOCKED,
    Failure.REFUSED_BY_POLICY: Outcome.REFUSED_BY_POLICY,
    Failure.MALFORMED: Outcome.PROTOCOL,  # a redirect to no address: the server's fault
    Failure.NOT_NOW: Outcome.SKIPPED,
}
_CHALLENGE_TITLES = re.compile(
    r"(?i)<title[^>]{0,200}>\s*(just a moment|attention required|access denied|ddos-guard|"
    r"are you (a )?(robot|human)|(please )?verify (you are|that you are|you're) (a )?human|"
    r"security check|checking your browser|captcha|bot verification|pardon our interruption)"
)
_CHALLENGE_MARKS = re.compile(
    r"(?i)(g-recaptcha|h-captcha|cf-turnstile|challenge-platform|px-captcha|_incapsula_resource)"
)
_LOGIN = re.compile(
    r"(?i)/(log-?in|sign-?in|signon|sso|auth|oauth2?|authorize|saml2?|cas|consent|idp)"
    r"(?=[/?.]|$)|[?&](redirect_to|return_to|returnurl|continue|next)="
)
_HOME = re.compile(
    r"(?i)/?(index\.(html?|php|aspx?)|home/?|default\.aspx?|[a-z]{2}(-[a-z]{2})?/?)?"
)
_READ = 65_536


@dataclass(frozen=True, slots=True)
class Reading:
    """An outcome with the words that a person needs to believe it."""

    outcome: Outcome
    evidence: str
    """`404`, `TLS: certificate has expired`, `301 to https://...`."""


def read(answer: Answer) -> Reading:
    """Read one answer; headers weigh more than the status, the status more than the body."""
    if answer.failure is not None:
        return Reading(_OF_FAILURE[answer.failure], _words(answer))
    challenge = _challenge(answer)
    if challenge is not None:
        return Reading(Outcome.BLOCKED, challenge)
    error = _error(answer.status)
    if error is not None:
        return Reading(error, f"{answer.status}{_via(answer)}")
    if answer.hops:
        return _redirected(answer)
    return Reading(Outcome.OK, _described(answer))


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


def _challenge(answer: Answer) -> str | None:
    """What says that a robot was stopped rather than answered, or None."""
    if answer.headers.get("cf-mitigated") == "challenge":
        return f"{answer.status}, a Cloudflare challenge"
    if answer.headers.get("x-amzn-waf-action") in ("challenge", "captcha"):
        return f"{answer.status}, an AWS WAF challenge"
    if "text/html" not in answer.headers.get("content-type", "text/html"):
        return None
    head = answer.body[:_READ].decode("latin-1")
    if _CHALLENGE_TITLES.search(head):
        return f"{answer.status}, a page that asks for a human"
    if len(answer.body) < 16_384 and _CHALLENGE_MARKS.search(head):
        return f"{answer.status}, a captcha page"
    return None


def _redirected(answer: Answer) -> Reading:
    began, ended = urlsplit(answer.url), urlsplit(answer.final_url)
    words = f"{answer.hops[0].status} to {answer.final_url}"
    if _LOGIN.search(f"{ended.path}?{ended.query}") and not _LOGIN.search(answer.url):
        return Reading(Outcome.BLOCKED, f"{words}, a page to log in or to consent")
    if began.scheme == "https" and ended.scheme == "http":
        return Reading(Outcome.TLS, f"{words}, without encryption")
    if _is_home(ended.path, ended.query) and not _is_home(began.path, began.query):
        return Reading(Outcome.HOME_REDIRECT, f"{words}, a home page")
    if answer.final_url == answer.url:
        return Reading(Outcome.OK, _described(answer))
    return Reading(Outcome.REDIRECTED, words)


def _is_home(path: str, query: str) -> bool:
    return not query and _HOME.fullmatch(path) is not None


def _described(answer: Answer) -> str:
    return (
        str(answer.status)
        if answer.body or answer.status in (204, 304)
        else (f"{answer.status}, empty")
    )


def _via(answer: Answer) -> str:
    return f" at {answer.final_url}" if answer.hops else ""


def _words(answer: Answer) -> str:
    name = str(answer.failure).replace("_", " ")
    return f"{name}: {answer.detail}{_via(answer)}" if answer.detail else f"{name}{_via(answer)}"
