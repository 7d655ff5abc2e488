"""RSS and Atom, parsed in a child process: an XML bomb costs that process, not the run."""

import asyncio
import re
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from staycurrent.sources.charset import decode_feed
from staycurrent.sources.item import FeedDrift
from staycurrent.sources.json_value import JsonValue, parse_json

# At the beginning of arXiv's abstracts.
_ARXIV_LABEL = re.compile(r"(?:<p>|\s)*arXiv:\S+\s+Announce Type:\s*([\w-]+)\s*(?:Abstract:)?\s*")
_CHILD = Path(__file__).with_name("feed_parser_process.py")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed; title and summary may contain markup."""

    title: str
    link: str
    """Resolved against `xml:base` and the address of the feed; empty without one."""
    summary: str
    published_at: datetime | None
    """In UTC."""
    announce_type: str
    """arXiv's `new`, `cross`, `replace` or `replace-cross`; empty elsewhere. Its summaries begin
    with a label of this type, which is left out."""
    entry_id: str = ""
    """The `guid` or `id`, which stays when the link changes; empty without one."""

    @property
    def published(self) -> date | None:
        """The date of `published_at`."""
        return self.published_at.date() if self.published_at else None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed's entries in its own order."""

    title: str
    updated: date | None
    """When the feed was built, as it says itself."""
    entries: tuple[FeedEntry, ...]
    error: str
    """What is wrong with the XML, empty if it is well-formed; entries may be missing then."""
    note: str = ""
    """That characters had to be replaced; empty if all could be decoded."""


async def parse_feed(
    body: bytes, *, url: str = "", content_type: str = "", timeout_s: float = 60.0
) -> ParsedFeed | FeedDrift:
    """Parse a body within `timeout_s` of wall time; FeedDrift says why it cannot be read.

    `url` is the address that relative links are resolved against, `content_type` the header.

    The child limits its own memory and processor time, the latter to 20 s: a busy machine makes
    no feed unreadable.
    """
    text, note = decode_feed(body, content_type)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_CHILD), url),  # -I: neither the current folder nor PYTHONPATH
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(
            child.communicate(text.encode("utf-8", "replace")), timeout_s
        )
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
    entries = tuple(map(_entry, feed.array("entries") or ()))
    return ParsedFeed(feed.text("title") or "", feed.day("updated"), entries, error, note)


def _entry(entry: JsonValue) -> FeedEntry:
    summary = entry.text("summary") or ""
    label = _ARXIV_LABEL.match(summary)
    return FeedEntry(
        title=entry.text("title") or "",
        link=entry.text("link") or "",
        summary=summary[label.end() :] if label else summary,
        published_at=entry.moment("published"),
        announce_type=entry.text("announce_type") or (label[1] if label else ""),
        entry_id=entry.text("id") or "",
    )
