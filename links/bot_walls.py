"""What stops a robot where a person would get through, and what that person could do."""

import re
from urllib.parse import urlsplit

from staycurrent.links.page.scanner import ContentKind, ScannedPage
from staycurrent.links.page.signals import (
    CHALLENGE,
    CHALLENGE_MARKUP,
    CHALLENGE_TITLE,
    CONSENT,
    ELSEWHERE_ONLY,
    GATE_PATH,
    LOG_IN,
)
from staycurrent.web.response import Response

_BROWSER = "open it in a browser"
_OF_STATUS = {
    401: "it wants a name and a password: log in to see it",
    402: "it is to be paid for: open it in a browser",
    407: "a proxy stands between: open it in a browser",
    429: "it finds that we ask too often: open it in a browser",
    451: "withheld for legal reasons where we are: open it from another country",
}
_PASSWORD = re.compile(r"type\s*=\s*[\"']?password")


def bot_wall(answer: Response, page: ScannedPage | None) -> str | None:
    """Words on the wall that this answer is, whatever its status; None where it is none.

    Headers are believed at once: they are made for this (developers.cloudflare.com, "detect a
    challenge page response"). Words count in the title, or where the page has few others.
    """
    if answer.headers.get("cf-mitigated") == "challenge":
        return _told(answer, "a Cloudflare challenge", _BROWSER)
    if answer.headers.get("x-amzn-waf-action") in ("challenge", "captcha"):
        return _told(answer, "an AWS WAF challenge", _BROWSER)
    if page is None or page.kind is not ContentKind.HTML:
        return None
    return _human_wanted(answer, page) or _not_for_us(answer, page)


def describe_refusal(status: int) -> str:
    """Words on a status that speaks of the one who asks."""
    return f"{status}, {_OF_STATUS.get(status, _BROWSER)}"


def leads_to_gate(began: str, ended: str) -> bool:
    """Whether a redirect ends before a door: to log in, to consent, to prove an age."""
    return _is_door(ended) and not _is_door(began)


def needs_scripts(page: ScannedPage) -> bool:
    """Whether a script stands where the words should be: only a browser could read it."""
    return page.kind is ContentKind.HTML and page.has_scripts and page.is_short


def _human_wanted(answer: Response, page: ScannedPage) -> str | None:
    if CHALLENGE_TITLE.match(page.title):
        return _told(answer, "a page that asks for a human", _BROWSER)
    if page.is_short and (
        CHALLENGE.search(page.prominent_text) or CHALLENGE_MARKUP.search(page.tags)
    ):
        return _told(answer, "a captcha page", _BROWSER)
    return None


def _not_for_us(answer: Response, page: ScannedPage) -> str | None:
    announces = page.prominent_text
    if ELSEWHERE_ONLY.search(announces):
        return _told(answer, "not for where we are", "open it from another country")
    if CONSENT.search(announces):
        return _told(answer, "a page that wants consent first", _BROWSER)
    if answer.status < 400 and page.is_short and _asks_who(page) and _is_deep(answer.url):
        return _told(answer, "a page to log in", "log in to see it")
    return None


def _asks_who(page: ScannedPage) -> bool:
    return (
        _PASSWORD.search(page.tags) is not None
        and LOG_IN.search(page.title_and_headings) is not None
    )


def _is_deep(url: str) -> bool:
    return urlsplit(url).path not in ("", "/") and not _is_door(url)


def _is_door(url: str) -> bool:
    parts = urlsplit(url)
    return GATE_PATH.search(f"{parts.path}?{parts.query}") is not None


def _told(answer: Response, what: str, advice: str) -> str:
    return f"{answer.status}, {what}: {advice}"
