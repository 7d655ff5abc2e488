"""Run as a script in its own process: RSS or Atom in UTF-8 on stdin becomes JSON on stdout.

Its argument is the address of the feed, against which relative links are resolved.
"""

import json
import re
import resource
import sys
from datetime import UTC, datetime
from html import escape
from html.entities import html5
from io import BytesIO
from typing import Any

import feedparser

MAX_CHARACTERS = 20_000
MEMORY_BYTES = 1_000_000_000
CPU_S = 20
_CDATA_OR_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|&(?:(#[0-9]+|#x[0-9A-Fa-f]+|lt|gt|amp|quot|apos|([A-Za-z][A-Za-z0-9]*));)?",
    re.DOTALL,
)
# At the beginning of arXiv's abstracts.
_ARXIV_LABEL = re.compile(r"(?:<p>|\s)*arXiv:\S+\s+Announce Type:\s*([\w-]+)\s*(?:Abstract:)?\s*")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FIRST_YEAR = 1990
"""Earlier years are numbers that were taken for a date: seconds since 1970, or a default."""
_HTML_TYPES = ("", "text/html", "application/xhtml+xml")


def main() -> int:
    """Read, parse, write; the limits on memory and processor time are set first."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    if sys.platform == "linux":  # elsewhere the limit is refused or ignored
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    json.dump(parse_body(sys.stdin.buffer.read(), *sys.argv[1:]), sys.stdout)
    return 0


def parse_body(body: bytes, url: str) -> dict[str, object]:
    """Parse a body as BytesIO: text or bytes would be opened if they name a file or a URL.

    A body of `http://127.0.0.1/` would be fetched (found in xurble/recast#67).
    """
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    text = escape_ampersands(_NOT_XML.sub("", body.decode()).lstrip())
    try:
        parsed = feedparser.parse(
            BytesIO(text.encode()),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,  # those within descriptions
        )
    except ValueError as failure:  # a character that does not exist: `&#x110000;`
        return {"version": "", "error": _describe(failure)}
    error = parsed.get("bozo_exception") if parsed.bozo else None
    return {
        "version": parsed.get("version", ""),
        "error": "" if error is None else _describe(error),
        "title": _text(parsed.feed, "title"),
        "updated": _moment(parsed.feed),
        "entries": [*map(_entry, parsed.entries)],
    }


def _entry(entry: Any) -> dict[str, object]:
    """The fields of a `FeedEntry`."""
    summary = _text(entry, "summary") or _text(next(iter(entry.get("content") or ()), {}), "value")
    label = _ARXIV_LABEL.match(summary)
    return {
        "title": _text(entry, "title"),
        "link": _link(entry),
        "summary": summary[label.end() :] if label else summary,
        "published_at": _moment(entry),
        "announce_type": _text(entry, "arxiv_announce_type") or (label[1] if label else ""),
        "entry_id": _text(entry, "id"),
        "categories": [*filter(None, (_text(tag, "term") for tag in entry.get("tags", [])[:50]))],
    }


def escape_ampersands(text: str) -> str:
    """Make `D&D`, `?a=1&copy=2` and `&nbsp;` well-formed; a feed may declare its own entities.

    What feedparser does with a feed that is not well-formed turns them into `D&D;` and `?a=1©=2`.
    """
    if "<!ENTITY" in text:
        return text

    def escaped(found: re.Match[str]) -> str:
        reference, name = found.groups()
        if reference is None:
            return "&amp;" if found.group() == "&" else found.group()
        return found.group() if name is None else escape(html5.get(f"{name};", f"&{name};"))

    return _CDATA_OR_AMPERSAND.sub(escaped, text)


def _link(entry: Any) -> str:
    """The page of an entry: never its enclosure, its own feed, or the comments on it.

    FeedBurner keeps the address that its own one leads to.
    """
    original = _text(entry, "feedburner_origlink")
    links = [
        one for one in entry.get("links") or () if one.get("rel") == "alternate" and one.get("href")
    ]
    pages = [one for one in links if one.get("type", "") in _HTML_TYPES] or links
    if original or pages:
        return original or _text(pages[0], "href")
    return _text(entry, "link") if entry.get("guidislink") else _text(entry, "id")


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _text(fields: Any, key: str) -> str:
    value = fields.get(key)
    return value[:MAX_CHARACTERS].strip() if isinstance(value, str) else ""


def _moment(fields: Any) -> str | None:
    parsed = fields.get("published_parsed") or fields.get("updated_parsed")
    if parsed is None or parsed[0] < _FIRST_YEAR:
        return None
    year, month, day, hour, minute, second, *_ = parsed
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC).isoformat()
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())
