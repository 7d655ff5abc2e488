"""Pages that stop robots but not people, and what a person can do."""

import re
from urllib.parse import unquote, urlsplit

from staycurrent.links.moves import keeps_name
from staycurrent.links.page.scanner import ContentKind, ScannedPage
from staycurrent.links.page.signals import (
    CONSENT,
    DOCUMENTS_PATH,
    DOUBTFUL_GATE_PATH,
    ELSEWHERE_ONLY,
    GATE_HOST,
    GATE_PATH,
    LOG_IN,
    RETURN_QUERY,
    SIGN_UP,
)
from staycurrent.links.page.walls import (
    REFUSAL_TEXT,
    REFUSAL_TITLE,
    WALL_HEADERS,
    WALL_MARKUP,
    WALL_TEXT,
    WALL_TITLE,
)
from staycurrent.web.response import Response

_BROWSER = "open it in a browser"
_STATUS_WORDS = {
    401: "it wants a name and a password: log in to see it",
    402: "it is to be paid for: open it in a browser",
    407: "a proxy stands between: open it in a browser",
    429: "it finds that we ask too often: open it in a browser",
    451: "withheld for legal reasons where we are: open it from another country",
    505: "it does not answer our version of HTTP: open it in a browser",
    511: "the network of this machine wants a login: check from another network",
}
_PASSWORD = re.compile(r"type\s*=\s*[\"']?password")


def bot_wall(response: Response, page: ScannedPage | None) -> str | None:
    """The evidence that a response is a bot wall, whatever its status; None if it is not one.

    Headers decide alone: they are made for this (developers.cloudflare.com, "detect a challenge
    page response"). Words count in the whole title, on a page that has few others, or on an error
    page, which is no article.
    """
    names = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    if WALL_HEADERS.search(names) and (page is None or page.is_interstitial):
        return _evidence(response, "a firewall's answer to robots", _BROWSER)
    if page is None or page.kind is not ContentKind.HTML:
        return None
    return _human_wanted(response, page) or _not_for_us(response, page)


def describe_refusal(status: int) -> str:
    """The words for a status that is about the client."""
    return f"{status}, {_STATUS_WORDS.get(status, _BROWSER)}"


def leads_to_gate(response: Response, page: ScannedPage | None) -> bool:
    """Whether a redirect ends at a login, consent or age check, and not at a page about them.

    A page about them is in a folder of texts or products, or has more words than a gate.
    """
    ended, wanted = _target(response.final_url_with_fragment), urlsplit(response.url)
    back = RETURN_QUERY.search(ended)
    if back and wanted.path in unquote(back[0]) and wanted.path.strip("/"):
        return True
    if _is_gate(wanted.path):
        return False
    says_log_in = page is not None and (
        LOG_IN.search(page.title_and_headings) is not None
        or _PASSWORD.search(page.tags) is not None
    )
    gate = GATE_PATH.search(ended) or DOUBTFUL_GATE_PATH.search(ended)
    if gate is None:
        host = urlsplit(response.final_url).hostname or ""
        if host != wanted.hostname and GATE_HOST.match(host):
            return says_log_in
        return page is not None and _is_form(page) and _is_in_the_place(response)
    if page is not None and (_asks_who(page) or _is_form(page)):
        return True
    if DOCUMENTS_PATH.search(ended, 0, gate.start() + 1):
        return False
    if GATE_PATH.search(ended):
        return says_log_in or page is None or page.is_interstitial
    return page is None or page.is_short


def needs_scripts(page: ScannedPage) -> bool:
    """Whether the page has scripts instead of words, so that only a browser can show it."""
    return page.kind is ContentKind.HTML and page.has_scripts and page.is_short


def _human_wanted(response: Response, page: ScannedPage) -> str | None:
    is_error = response.status >= 400 and response.status not in (404, 410)
    is_brief = page.is_short or (is_error and page.is_interstitial)
    if page.is_interstitial and WALL_TITLE.match(page.title):
        return _evidence(response, "a page that asks for a human", _BROWSER)
    if not is_brief:
        return None
    text = f"{page.title_and_headings}\n{page.text}"
    if REFUSAL_TITLE.match(page.title):
        return _evidence(response, "a page that refuses us", _BROWSER)
    if WALL_TEXT.search(text) or WALL_MARKUP.search(page.tags):
        return _evidence(response, "a captcha page", _BROWSER)
    if response.status in (404, 410):
        return None
    refuses = is_error and (REFUSAL_TEXT.search(text) or REFUSAL_TEXT.search(page.comments))
    if refuses or WALL_TEXT.search(page.comments):
        return _evidence(response, "a page that refuses robots", _BROWSER)
    return None


def _not_for_us(response: Response, page: ScannedPage) -> str | None:
    if not page.is_interstitial:
        return None
    announces = page.prominent_text
    if ELSEWHERE_ONLY.search(announces):
        return _evidence(response, "not for where we are", "open it from another country")
    if CONSENT.search(announces):
        return _evidence(response, "a page that wants consent first", _BROWSER)
    path = urlsplit(response.url).path
    is_deep = path not in ("", "/") and not _is_gate(path)
    if response.status < 400 and page.is_short and _asks_who(page) and is_deep:
        return _evidence(response, "a page to log in", "log in to see it")
    return None


def _asks_who(page: ScannedPage) -> bool:
    return (
        _PASSWORD.search(page.tags) is not None
        and LOG_IN.search(page.title_and_headings) is not None
    )


def _is_form(page: ScannedPage) -> bool:
    """Whether a page is there to log in or to get an account, whatever its URL."""
    is_named = LOG_IN.search(page.title) or SIGN_UP.search(page.title)
    return is_named is not None and _PASSWORD.search(page.tags) is not None


def _is_in_the_place(response: Response) -> bool:
    """Whether the page that a redirect led to is another one, and no text about logins."""
    url, final_url = response.url, response.final_url
    return not (keeps_name(url, final_url) or DOCUMENTS_PATH.search(_target(final_url)))


def _target(url: str) -> str:
    """Path, query and fragment."""
    return f"/{url.partition('://')[2].partition('/')[2]}"


def _is_gate(path: str) -> bool:
    """Whether a path ends with the name of a gate."""
    named = path.rstrip("/")
    gates = (gate for known in (GATE_PATH, DOUBTFUL_GATE_PATH) for gate in known.finditer(named))
    return any("/" not in named[gate.end() :] for gate in gates)


def _evidence(response: Response, what: str, advice: str) -> str:
    return f"{response.status}, {what}: {advice}"
