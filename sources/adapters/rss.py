"""Any RSS, Atom or JSON feed that the settings name (`kind = "rss"`)."""

import codecs
from dataclasses import replace
from datetime import date

from staycurrent.sources.feed_parser import FeedEntry, parse_feed
from staycurrent.sources.item import FeedDrift, FeedReading, FeedResult, deduplicated
from staycurrent.sources.item_names import item_at
from staycurrent.sources.json_value import parse_json
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import CustomFeedSettings
from staycurrent.sources.validation import BodyFormat, fetch_valid
from staycurrent.web.response import Fetch

_ACCEPT = "application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9"


async def read(settings: CustomFeedSettings, fetch: Fetch, _run_date: date) -> FeedResult:
    """Read the feed wherever redirects lead: feeds move, and their readers follow."""
    headers = {"Accept": _ACCEPT}
    page = await fetch_valid(fetch, settings.url, BodyFormat.FEED, headers=headers, same_host=False)
    return page if isinstance(page, FeedDrift) else await parse(page.body, settings.limit)


async def parse(body: bytes, limit: int) -> FeedResult:
    """Read the entries in order; those without an address, or without any text, are left out."""
    if body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        entries = _parse_json_feed(body)
    else:
        feed = await parse_feed(body)
        # Hand-written feeds are often not well-formed: what could be read of them is used.
        entries = feed if isinstance(feed, FeedDrift) else feed.entries
    if isinstance(entries, FeedDrift):
        return entries
    if not entries:
        return FeedDrift("feed has no entries")
    items = [
        replace(item, title=title, summary=plain_text(entry.summary), published=entry.published)
        for entry in entries
        if (item := item_at(entry.link)) is not None
        and (title := plain_text(entry.title) or plain_text(entry.summary, 80))
    ]
    if not items:
        return FeedDrift("feed has no entry with an address")
    return FeedReading(deduplicated([items])[:limit])


def _parse_json_feed(body: bytes) -> tuple[FeedEntry, ...] | FeedDrift:
    """Read a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    feed = parse_json(body)
    if feed is None:
        return FeedDrift("body is not JSON")
    rows = feed.array("items")
    if rows is None or "jsonfeed.org" not in (feed.text("version") or ""):
        return FeedDrift("body is not a JSON Feed")
    return tuple(
        FeedEntry(
            title=row.text("title") or "",
            link=row.text("url") or row.text("external_url") or "",
            summary=row.text("summary")
            or row.text("content_text")
            or row.text("content_html")
            or "",
            published=row.day("date_published"),
            announce_type="",
        )
        for row in rows
    )
