"""RSS and Atom, parsed in a child process: an XML bomb costs that process, not the run."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from staycurrent.sources.item import FeedDrift
from staycurrent.sources.json_value import parse_json

_CHILD = Path(__file__).with_name("feed_parser_process.py")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed; title and summary may contain markup."""

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
    """When the feed was built, as it says itself."""
    entries: tuple[FeedEntry, ...]
    error: str
    """What is wrong with the XML, empty if it is well-formed; entries may be missing then."""


async def parse_feed(body: bytes, *, timeout_s: float = 60.0) -> ParsedFeed | FeedDrift:
    """Parse a body within `timeout_s` of wall time; FeedDrift says why it cannot be read.

    The child limits its own memory and processor time, the latter to 20 s: a busy machine makes
    no feed unreadable.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_CHILD)),  # -I: neither the current folder nor PYTHONPATH
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(body), timeout_s)
    except TimeoutError:
        return FeedDrift(f"body could not be parsed within {timeout_s:g} s")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    feed = parse_json(output) if child.returncode == 0 else None
    if feed is None:
        return FeedDrift("body could not be parsed within the limits of memory and time")
    error = feed.text("error") or ""
    if feed.text("version") is None:
        return FeedDrift(f"body is not a feed ({error})" if error else "body is not a feed")
    if "amplification" in error:  # how expat reports a billion laughs
        return FeedDrift("body expands without bound (an XML bomb)")
    entries = tuple(
        FeedEntry(
            title=entry.text("title") or "",
            link=entry.text("link") or "",
            summary=entry.text("summary") or "",
            published=entry.day("published"),
            announce_type=entry.text("announce_type") or "",
        )
        for entry in feed.array("entries") or ()
    )
    return ParsedFeed(feed.text("title") or "", feed.day("updated"), entries, error)
