"""Pages that stop robots but not people, and what a person can do."""

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
_STATUS_WORDS = {
    401: "it wants a name and a password: log in to see it",
    402: "it is to be paid for: open it in a browser",
    407: "a proxy stands between: open it in a browser",
    429: "it finds that we ask too often: open it in a browser",
    451: "withheld for legal reasons where we are: open it from another country",
}
_PASSWORD = re.compile(r"type\s*=\s*[\"']?password")


def bot_wall(response: Response, page: ScannedPage | None) -> str | None:
    """The evidence that a response is a bot wall, whatever its status; None if it is not one.

    Headers decide alone: they are made for this (developers.cloudflare.com, "detect a challenge
    page response"). Words count in the title, or if the page has few others.
    """
    if response.headers.get("cf-mitigated") == "challenge":
        return _evidence(response, "a Cloudflare challenge", _BROWSER)
    if response.headers.get("x-amzn-waf-action") in ("challenge", "captcha"):
        return _evidence(response, "an AWS WAF challenge", _BROWSER)
    if page is None or page.kind is not ContentKind.HTML:
        return None
    return _human_wanted(response, page) or _not_for_us(response, page)


def describe_refusal(status: int) -> str:
    """The words for a status that is about the client."""
    return f"{status}, {_STATUS_WORDS.get(status, _BROWSER)}"


def leads_to_gate(began: str, ended: str) -> bool:
    """Whether a redirect ends at a login, consent or age check."""
    return _is_gate(ended) and not _is_gate(began)


def needs_scripts(page: ScannedPage) -> bool:
    """Whether the page has scripts instead of words, so that only a browser can show it."""
    return page.kind is ContentKind.HTML and page.has_scripts and page.is_short


def _human_wanted(response: Response, page: ScannedPage) -> str | None:
    if CHALLENGE_TITLE.match(page.title):
        return _evidence(response, "a page that asks for a human", _BROWSER)
    if page.is_short and (
        CHALLENGE.search(page.prominent_text) or CHALLENGE_MARKUP.search(page.tags)
    ):
        return _evidence(response, "a captcha page", _BROWSER)
    return None


def _not_for_us(response: Response, page: ScannedPage) -> str | None:
    announces = page.prominent_text
    if ELSEWHERE_ONLY.search(announces):
        return _evidence(response, "not for where we are", "open it from another country")
    if CONSENT.search(announces):
        return _evidence(response, "a page that wants consent first", _BROWSER)
    if response.status < 400 and page.is_short and _asks_who(page) and _is_deep(response.url):
        return _evidence(response, "a page to log in", "log in to see it")
    return None


def _asks_who(page: ScannedPage) -> bool:
    return (
        _PASSWORD.search(page.tags) is not None
        and LOG_IN.search(page.title_and_headings) is not None
    )


def _is_deep(url: str) -> bool:
    return urlsplit(url).path not in ("", "/") and not _is_gate(url)


def _is_gate(url: str) -> bool:
    parts = urlsplit(url)
    return GATE_PATH.search(f"{parts.path}?{parts.query}") is not None


def _evidence(response: Response, what: str, advice: str) -> str:
    return f"{response.status}, {what}: {advice}"
