"""Any feed that a user names: RSS, Atom or JSON Feed, for `kind = "rss"` in the settings."""

import codecs
from datetime import date

from staycurrent.sources import feed_parser
from staycurrent.sources.item import FeedDrift, FeedReading, Item, deduplicated
from staycurrent.sources.item_names import name_url
from staycurrent.sources.json_value import JsonValue, parse_json
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import CustomFeedSettings
from staycurrent.sources.validation import MAX_FEED_BYTES, BodyFormat, response_problem
from staycurrent.web.response import Fetch

NAME = "rss"
_ACCEPT = "application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9"


async def read(settings: CustomFeedSettings, ask: Fetch, _night: date) -> FeedReading | FeedDrift:
    """Read the feed, wherever redirects lead: feeds move, and their readers follow."""
    answer = await ask(settings.url, headers={"Accept": _ACCEPT}, body_bytes=MAX_FEED_BYTES)
    reason = response_problem(answer, BodyFormat.FEED, same_host=False)
    items = FeedDrift(NAME, reason) if reason else await parse(answer.body)
    return items if isinstance(items, FeedDrift) else FeedReading(NAME, items[: settings.limit])


async def parse(body: bytes) -> tuple[Item, ...] | FeedDrift:
    """Read the feed's entries in its order; entries without address or words are left out."""
    is_json = body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")
    entries = _json_feed(body) if is_json else await _xml_feed(body)
    if isinstance(entries, str):
        return FeedDrift(NAME, entries)
    items = [item for entry in entries if (item := _item(entry)) is not None]
    return deduplicated([items]) if items else FeedDrift(NAME, "feed has no entry with an address")


async def _xml_feed(body: bytes) -> tuple[feed_parser.FeedEntry, ...] | str:
    found = await feed_parser.parse_feed(body)
    if isinstance(found, feed_parser.UnreadableFeed):
        return f"body {found.reason}"
    # Many a feed by hand is not well-formed; only one that lost everything is of no use.
    return found.entries or "feed has no entries"


def _json_feed(body: bytes) -> tuple[feed_parser.FeedEntry, ...] | str:
    found = parse_json(body)
    if found is None:
        return "body is no JSON"
    rows = found.array("items")
    if rows is None or "jsonfeed.org" not in (found.text("version") or ""):
        return "body is no JSON Feed"
    return tuple(_json_entry(row) for row in rows) or "feed has no entries"


def _json_entry(row: JsonValue) -> feed_parser.FeedEntry:
    words = row.text("summary") or row.text("content_text") or row.text("content_html") or ""
    link = row.text("url") or row.text("external_url") or ""
    return feed_parser.FeedEntry(
        row.text("title") or "", link, words, row.day("date_published"), ""
    )


def _item(entry: feed_parser.FeedEntry) -> Item | None:
    name = name_url(entry.link)
    title = plain_text(entry.title) or plain_text(entry.summary, 80)
    if name is None or not title:
        return None
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=0,
        summary=plain_text(entry.summary),
        published=entry.published,
    )
