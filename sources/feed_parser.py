"""RSS and Atom, parsed in a child process: an XML bomb costs that process, not the run.

Their characters are found first, whatever server, XML declaration and author say.
"""

import asyncio
import codecs
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from msgspec import convert

from staycurrent.sources.item import FeedDrift, Item, item_at
from staycurrent.sources.parsing import parse_json, plain_text
from staycurrent.sources.validation import BodyFormat, fetch_valid
from staycurrent.web.charset import PARAMETER, text_codec
from staycurrent.web.response import Fetch

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
    categories: tuple[str, ...] = ()
    """In the order of the feed; of arXiv the primary one is the first."""

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
    rows = [one.value for one in feed.array("entries") or ()]
    entries = convert(rows, tuple[FeedEntry, ...])
    return ParsedFeed(feed.text("title") or "", feed.day("updated"), entries, error, note)


async def fetch_feed(fetch: Fetch, url: str) -> ParsedFeed | FeedDrift:
    """Fetch a feed as `fetch_valid` does, and parse the whole of it."""
    page = await fetch_valid(fetch, url, BodyFormat.FEED)
    return page if isinstance(page, FeedDrift) else await parse_whole_feed(page.body)


async def parse_whole_feed(body: bytes) -> ParsedFeed | FeedDrift:
    """As `parse_feed`; a damaged feed is FeedDrift, because the rest of it would be missed."""
    feed = await parse_feed(body)
    if isinstance(feed, ParsedFeed) and feed.error:
        return FeedDrift(f"feed is damaged ({feed.error})")
    return feed


def papers_in(entries: Iterable[FeedEntry]) -> Iterator[tuple[Item, FeedEntry]]:
    """The entries that are papers on arXiv, as items without rank."""
    for entry in entries:
        item, title = item_at(entry.link), plain_text(entry.title)
        if item is not None and item.identity.startswith("paper:arxiv:") and title:
            summary = plain_text(entry.summary)
            yield replace(item, title=title, summary=summary, published=entry.published), entry


REPLACEMENT: Final = "\ufffd"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Without a byte order mark: the first characters of XML and of JSON are ASCII (XML 1.0, F.1).
_WIDE = (
    (re.compile(rb"[<{\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\s]"), "utf-32-be"),
    (re.compile(rb"[<{\s]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\s]\0[^\0]"), "utf-16-be"),
)
_DECLARATION = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_DEFAULT: Final = "cp1252"
"""What servers declare by default, mostly as ISO 8859-1."""


def decode_feed(body: bytes, content_type: str) -> tuple[str, str]:
    """Return the text of a feed, and a note if characters had to be replaced, else "".

    `content_type` is the header. A byte order mark decides; then the bytes themselves, because a
    text in another charset is never UTF-8 by chance; then the header, which many servers set to a
    default; then the XML declaration; without any of them it is UTF-8 (RFC 7303 section 3).
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _decoded(body.removeprefix(mark), charset)
    for start, charset in _WIDE:
        if start.match(body):
            return _decoded(body, charset)
    declared = _declared(body, content_type)
    text, note = _decoded(body, "utf-8")
    stateful = [charset for charset in declared if charset.startswith(("iso2022", "hz"))]
    if stateful and body.isascii():  # all its bytes are ASCII
        return _decoded(body, stateful[0])
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if 2 * text.count(REPLACEMENT) <= foreign:
        return text, note
    return _decoded(body, declared[0]) if declared else (text, note)


def _declared(body: bytes, content_type: str) -> list[str]:
    """Python's names of the charsets that are declared and are not UTF-8, the likeliest first."""
    header, declaration = PARAMETER.search(content_type), _DECLARATION.match(body)
    names = [header[1]] if header else []
    names += [declaration[1].decode()] if declaration else []
    known = [codec for name in names if (codec := text_codec(name)) is not None]
    foreign = (codec for codec in known if not codec.startswith("utf-"))
    return sorted(foreign, key=lambda one: one == _DEFAULT)


def _decoded(body: bytes, charset: str) -> tuple[str, str]:
    try:
        return body.decode(charset), ""
    except UnicodeDecodeError:
        text = body.decode(charset, "replace")
        return text, f"{text.count(REPLACEMENT)} characters are not {charset}"
