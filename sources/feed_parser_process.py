"""Run as a script in its own process: an RSS or Atom body on stdin becomes JSON on stdout."""

import json
import resource
import sys
from io import BytesIO
from typing import Any

import feedparser

MAX_ENTRIES = 2_000
MAX_CHARACTERS = 20_000
MEMORY_BYTES = 1_000_000_000
CPU_S = 20


def main() -> int:
    """Read, parse, write; the limits on memory and processor time are set first."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    if sys.platform == "linux":  # elsewhere the limit is refused or ignored
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    json.dump(parse_body(sys.stdin.buffer.read()), sys.stdout)
    return 0


def parse_body(body: bytes) -> dict[str, object]:
    """Parse a body as BytesIO: text or bytes would be opened if they name a file or a URL.

    A body of `http://127.0.0.1/` would be fetched (found in xurble/recast#67).
    """
    try:
        parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except ValueError as failure:  # a character that does not exist: `&#x110000;`
        return {"version": "", "error": _describe(failure)}
    error = parsed.get("bozo_exception") if parsed.bozo else None
    # A wrong charset or content type does no harm.
    harmless = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    return {
        "version": parsed.get("version", ""),
        "error": "" if error is None or isinstance(error, harmless) else _describe(error),
        "title": _text(parsed.feed, "title"),
        "updated": _day(parsed.feed),
        "entries": [
            {
                "title": _text(entry, "title"),
                "link": _text(entry, "link"),
                "summary": _text(entry, "summary")
                or _text(next(iter(entry.get("content") or ()), {}), "value"),
                "published": _day(entry),
                "announce_type": _text(entry, "arxiv_announce_type"),
            }
            for entry in parsed.entries[:MAX_ENTRIES]
        ],
    }


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _text(fields: Any, key: str) -> str:
    value = fields.get(key)
    return value[:MAX_CHARACTERS] if isinstance(value, str) else ""


def _day(fields: Any) -> str | None:
    parsed = fields.get("published_parsed") or fields.get("updated_parsed")
    return None if parsed is None else "{:04}-{:02}-{:02}".format(*parsed[:3])


if __name__ == "__main__":
    sys.exit(main())
