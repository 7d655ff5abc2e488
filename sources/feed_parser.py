"""RSS and Atom, parsed in a process of its own: an XML bomb costs that process, not the night."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from staycurrent.sources.json_value import JsonValue, parse_json

_CHILD = Path(__file__).with_name("feed_parser_process.py")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry as the feed has it: text and summary still with the stranger's markup."""

    title: str
    link: str
    summary: str
    published: date | None
    announce_type: str
    """arXiv's `new`, `cross`, `replace` or `replace-cross`; empty elsewhere."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed's entries in its own order."""

    title: str
    updated: date | None
    """When the feed says that it was built."""
    entries: tuple[FeedEntry, ...]
    error: str
    """Why it is not well-formed XML, where it is not; the entries may then be only a part."""


@dataclass(frozen=True, slots=True)
class UnreadableFeed:
    """A body that is no feed, with the reason: a sentence without full stop."""

    reason: str


async def parse_feed(body: bytes, *, seconds: float = 60.0) -> ParsedFeed | UnreadableFeed:
    """Parse a body within `seconds` of wall time; the child bounds its own memory and CPU.

    Its processor time is a third of that: a busy machine makes no feed unreadable.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_CHILD)),  # isolated: neither our folder nor PYTHONPATH
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        written, _ = await asyncio.wait_for(child.communicate(body), seconds)
    except TimeoutError:
        return UnreadableFeed(f"could not be parsed within {seconds:g} s")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    found = parse_json(written) if child.returncode == 0 else None
    if found is None:
        return UnreadableFeed("could not be parsed within the limits of memory and time")
    return _feed(found)


def _feed(found: JsonValue) -> ParsedFeed | UnreadableFeed:
    fault = found.text("fault") or ""
    if found.text("version") is None:
        return UnreadableFeed(f"is no feed ({fault})" if fault else "is no feed")
    if "amplification" in fault:  # expat's name for a billion laughs
        return UnreadableFeed("expands without bound (an XML bomb)")
    entries = tuple(_entry(row) for row in found.array("entries") or ())
    return ParsedFeed(found.text("title") or "", found.day("updated"), entries, fault)


def _entry(row: JsonValue) -> FeedEntry:
    return FeedEntry(
        title=row.text("title") or "",
        link=row.text("link") or "",
        summary=row.text("summary") or "",
        published=row.day("published"),
        announce_type=row.text("announced") or "",
    )
