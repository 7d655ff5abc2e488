"""Where a response redirects to: by `Location`, by the `Refresh` header or by meta refresh."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urljoin

from staycurrent.web.address import Address, UnusableUrl, UrlProblem, parse
from staycurrent.web.response import Response

REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
_AT_ONCE_S = 5.0
"""A longer wait is a page that is meant to be read."""
_READ = 16_384
_MARK = re.compile(
    rb"<!--|<(script|style|noscript|template|textarea|title)\b|<meta\b([^<>]*)>", re.IGNORECASE
)
_CONTENT = re.compile(r"(?i)\bcontent\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)")
_IS_REFRESH = re.compile(r"(?i)\bhttp-equiv\s*=\s*[\"']?\s*refresh\b")
_VALUE = re.compile(r"(?i)\s*(\d{1,6})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?(.*)", re.DOTALL)


def redirect_location(response: Response) -> str:
    """The target of a redirect as the server wrote it; empty if it is none."""
    if response.status in REDIRECT_STATUSES:
        return response.headers.get("location", "").strip()
    if response.status == 200:
        return refresh_target(response.headers, response.body) or ""
    return ""


def resolve_location(base: Address, location: str) -> Address | UnusableUrl:
    """The absolute address that `location` means in a response from `base`."""
    try:
        return parse(urljoin(base.url, location))
    except ValueError:
        return UnusableUrl(UrlProblem.MALFORMED, "it redirects to something that is no address")


def refresh_target(headers: Mapping[str, str], body: bytes) -> str | None:
    """The address that the page goes on to within five seconds, as written; None if to none.

    What stands in a comment, in a script or for browsers without scripts is left, as
    browsers do.
    """
    if "refresh" in headers:
        return _address(headers["refresh"])
    if "html" not in headers.get("content-type", "html").lower():
        return None
    for attributes in _metas(body[:_READ]):
        content = _CONTENT.search(attributes)
        if _IS_REFRESH.search(attributes) and content:
            return _address(unescape(content[1].strip("\"'")))
    return None


def _metas(html: bytes) -> list[str]:
    """The attributes of every meta element that counts; each byte is looked at a few times."""
    found: list[str] = []
    lower = html.lower()
    if b"refresh" not in lower:
        return found  # as in nearly every page, told at a tenth of the cost
    at = 0
    while mark := _MARK.search(html, at):
        at = mark.end()
        if mark[2] is not None:
            found.append(mark[2].decode("utf-8", errors="replace"))
            continue
        ending = b"-->" if mark[1] is None else b"</" + mark[1].lower()
        end = lower.find(ending, at)
        if end < 0:
            break
        at = end
    return found


def _address(value: str) -> str | None:
    read = _VALUE.fullmatch(value)
    if read is None or float(read[1]) > _AT_ONCE_S:
        return None
    address = read[2].strip()
    quote = address[:1]
    if quote in ("'", '"'):
        address = address[1:].partition(quote)[0]
    return address.strip() or None
