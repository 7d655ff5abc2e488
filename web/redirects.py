"""Where a response redirects to: by `Location`, by the `Refresh` header or by meta refresh."""

import re
from collections.abc import Mapping
from html import unescape

from staycurrent.web.response import Response

REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
_MAX_DELAY_S = 5.0
"""A page that refreshes later is meant to be read."""
_MAX_BYTES = 16_384
_TAG = re.compile(
    rb"<!--|<(script|style|noscript|template|textarea|title)\b|<meta\b([^<>]*)>", re.IGNORECASE
)
_CONTENT = re.compile(r"(?i)\bcontent\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)")
_IS_REFRESH = re.compile(r"(?i)\bhttp-equiv\s*=\s*(?:[\"']\s*)?refresh\b")
_VALUE = re.compile(r"(?i)\s*(\d{1,6})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?(.*)", re.DOTALL)


def redirect_location(response: Response) -> str:
    """The target of a redirect as the server wrote it; empty if it is none."""
    if response.status in REDIRECT_STATUSES:
        return response.headers.get("location", "").strip()
    if response.status == 200:
        return refresh_target(response.headers, response.body) or ""
    return ""


def refresh_target(headers: Mapping[str, str], body: bytes) -> str | None:
    """The URL that the page refreshes to within five seconds, as written; None if to none.

    As in browsers, meta elements in comments, scripts and `noscript` do not count.
    """
    if "refresh" in headers:
        return _parse_refresh(headers["refresh"])
    if "html" not in headers.get("content-type", "html").lower():
        return None
    html = body[:_MAX_BYTES]
    lower = html.lower()
    if b"refresh" not in lower:
        return None  # nearly every page; ten times as fast as the search below
    position = 0
    while tag := _TAG.search(html, position):
        position = tag.end()
        if tag[2] is not None:
            attributes = tag[2].decode("utf-8", errors="replace")
            content = _CONTENT.search(attributes)
            if _IS_REFRESH.search(attributes) and content:
                return _parse_refresh(unescape(content[1].strip("\"'")))
            continue
        position = lower.find(b"-->" if tag[1] is None else b"</" + tag[1].lower(), position)
        if position < 0:
            break
    return None


def _parse_refresh(value: str) -> str | None:
    """The URL of a refresh's value: seconds, then the URL, with or without `url=` and quotes."""
    match = _VALUE.fullmatch(value)
    if match is None or float(match[1]) > _MAX_DELAY_S:
        return None
    url = match[2].strip()
    if url[:1] in ("'", '"'):
        url = url[1:].partition(url[0])[0]
    return url.strip() or None
