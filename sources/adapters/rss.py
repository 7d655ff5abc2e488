"""Any RSS, Atom or JSON feed that the settings name (`kind = "rss"`)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from urllib.parse import urljoin

from staycurrent.sources.feed_parser import FeedEntry, ParsedFeed, decode_feed, parse_feed
from staycurrent.sources.item import FeedDrift, FeedReading, FeedResult, Item, deduplicated, item_at
from staycurrent.sources.parsing import JsonValue, parse_json, plain_text
from staycurrent.sources.settings import CustomFeedSettings
from staycurrent.sources.validation import BodyFormat, fetch_valid
from staycurrent.web.response import Fetch, Response

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, */*;q=0.5"
)
_MAX_SHARED_ID = 2
"""Entries of one feed with the same id: an entry listed twice. More share a text that is no id."""


async def read(settings: CustomFeedSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the feed wherever redirects lead: feeds move, and their readers follow."""
    headers = {"Accept": _ACCEPT}
    page = await fetch_valid(fetch, settings.url, BodyFormat.FEED, headers=headers, same_host=False)
    return page if isinstance(page, FeedDrift) else await parse(page, settings.limit, run_date)


async def parse(page: Response, limit: int, run_date: date) -> FeedResult:
    """Read the newest entries; the note counts those that are left out.

    Of arXiv's announcements, only new papers are read.
    """
    feed = await _parse_any(page)
    # Hand-written feeds are often not well-formed: what could be read of them is used.
    if isinstance(feed, FeedDrift):
        return feed
    if not feed.entries:
        return FeedDrift("feed has no entries")
    if any("arxiv.org/api/errors" in entry.link for entry in feed.entries):
        return FeedDrift(f"arXiv answers with an error: {plain_text(feed.entries[0].summary, 80)}")
    new = [entry for entry in feed.entries if entry.announce_type in ("new", "")]
    if not new:
        return FeedDrift("feed has no new announcements")
    read = [
        item
        for entry in newest_first(new, run_date)
        if (item := _item(entry, page.url)) is not None
    ]
    if not read:
        return FeedDrift("feed has no entry with an address")
    items = deduplicated([_without_repeated_ids(read)])
    skipped, announced = len(new) - len(read), len(feed.entries) - len(new)
    notes = [
        feed.note,
        f"{announced} replacements and cross-lists left out" if announced else "",
        f"{skipped} of {len(new)} entries have no usable address or no text" if skipped else "",
        f"{len(read) - len(items)} entries repeat another" if len(items) < len(read) else "",
        f"the newest {limit} of {len(items)} entries" if len(items) > limit else "",
    ]
    return FeedReading(items[:limit], "; ".join(filter(None, notes)))


async def _parse_any(page: Response) -> ParsedFeed | FeedDrift:
    content_type = page.headers.get("content-type", "")
    text, note = decode_feed(page.body, content_type)
    if not text.lstrip().startswith("{"):
        return await parse_feed(page.body, url=page.final_url, content_type=content_type)
    feed = parse_json(text.encode("utf-8", "replace"))
    if feed is None:
        return FeedDrift("body is not JSON")
    rows = feed.array("items")
    if rows is None or "jsonfeed.org" not in (feed.text("version") or ""):
        return FeedDrift("body is not a JSON Feed")
    entries = tuple(_json_entry(row, page.final_url) for row in rows)
    return ParsedFeed(feed.text("title") or "", None, entries, "", note)


def _json_entry(row: JsonValue, base: str) -> FeedEntry:
    """An item of a JSON Feed (https://www.jsonfeed.org/version/1.1/), whose id may be its URL."""
    entry_id = row.text("id") or str(row.integer("id") or "")
    own = entry_id if entry_id.startswith(("https://", "http://")) else ""
    link = row.text("url") or row.text("external_url") or own
    try:
        link = urljoin(base, link.strip()) if link else ""
    except ValueError:  # brackets that are not those of an IPv6 address
        link = ""
    return FeedEntry(
        title=row.text("title") or "",
        link=link,
        summary=row.text("summary") or row.text("content_text") or row.text("content_html") or "",
        published_at=row.moment("date_published") or row.moment("date_modified"),
        announce_type="",
        entry_id=entry_id,
    )


def newest_first(entries: Sequence[FeedEntry], run_date: date) -> list[FeedEntry]:
    """Sort entries by their times; those without any keep the order of the feed.

    An entry without a time, or with one in the future, goes with the entry before it.
    """
    latest = run_date + timedelta(days=1)
    entries = [
        replace(one, published_at=None) if one.published and one.published > latest else one
        for one in entries
    ]
    time = next((one.published_at for one in entries if one.published_at), None)
    if time is None:
        return entries
    timed = [(time := one.published_at or time, one) for one in entries]
    return [one for _, one in sorted(timed, key=lambda pair: pair[0], reverse=True)]


def _item(entry: FeedEntry, feed_url: str) -> Item | None:
    item = item_at(entry.link)
    summary = plain_text(entry.summary)
    title = plain_text(entry.title) or plain_text(entry.summary, 80)
    if item is None or not title:
        return None
    digest = sha256(f"{feed_url}\n{entry.entry_id}".encode("utf-8", "replace")).digest()
    return replace(
        item,
        title=title,
        summary="" if summary.rstrip(".") == title.rstrip(".") else summary,
        published=entry.published,
        number=int.from_bytes(digest[:7]) if entry.entry_id else None,
    )


def _without_repeated_ids(items: Sequence[Item]) -> list[Item]:
    """The items, of those with the same id the first."""
    names: defaultdict[int | None, set[str]] = defaultdict(set)
    for one in items:
        names[one.number].add(one.identity)
    kept: dict[int | str, Item] = {}
    for one in items:
        is_id = len(names[one.number]) <= _MAX_SHARED_ID
        item = one if is_id else replace(one, number=None)
        kept.setdefault(item.number or item.identity, item)
    return list(kept.values())
