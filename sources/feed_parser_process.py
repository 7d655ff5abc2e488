"""Run in a process of its own: an RSS or Atom body on stdin becomes JSON on stdout."""

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
    """Read, parse, write; limits on memory and processor time hold from the first byte on."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    if sys.platform == "linux":  # elsewhere the limit is refused or not kept
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    json.dump(parse_body(sys.stdin.buffer.read()), sys.stdout)
    return 0


def parse_body(body: bytes) -> dict[str, object]:
    """Parse a body; only ever a BytesIO: given text or bytes, feedparser opens files and URLs.

    Given `http://127.0.0.1/` as the whole body it would fetch that (facts: xurble/recast#67).
    """
    try:
        parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except ValueError as error:  # of a character that does not exist: `&#x110000;` in a broken feed
        return {"version": "", "fault": _sentence(error)}
    fault = parsed.get("bozo_exception")
    return {
        "version": parsed.get("version", ""),
        "fault": "" if fault is None or not parsed.bozo else _sentence(fault),
        "title": _text(parsed.feed, "title"),
        "updated": _day(parsed.feed),
        "entries": [_entry(entry) for entry in parsed.entries[:MAX_ENTRIES]],
    }


def _entry(entry: Any) -> dict[str, str | None]:
    summary = _text(entry, "summary")
    if not summary and entry.get("content"):
        summary = _text(entry["content"][0], "value")
    return {
        "title": _text(entry, "title"),
        "link": _text(entry, "link"),
        "summary": summary,
        "published": _day(entry),
        "announced": _text(entry, "arxiv_announce_type"),
    }


def _sentence(fault: Exception) -> str:
    """Say what is wrong with the XML; a wrong charset or content type harms nothing."""
    harmless = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    if isinstance(fault, harmless):
        return ""
    return f"{type(fault).__name__}: {fault}"[:200]


def _text(found: Any, key: str) -> str:
    value = found.get(key)
    return value[:MAX_CHARACTERS] if isinstance(value, str) else ""


def _day(found: Any) -> str | None:
    parsed = found.get("published_parsed") or found.get("updated_parsed")
    return None if parsed is None else "{:04}-{:02}-{:02}".format(*parsed[:3])


if __name__ == "__main__":
    sys.exit(main())
