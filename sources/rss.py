"""Any feed that a user names: RSS, Atom or JSON Feed, for `kind = "rss"` in the settings."""

import codecs
from datetime import date

from staycurrent.sources import feed
from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import behind
from staycurrent.sources.order import merged
from staycurrent.sources.row import Row, load
from staycurrent.sources.settings import Feed
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask

NAME = "rss"
_ACCEPT = "application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9"


async def read(settings: Feed, ask: Ask, _night: date) -> Reading | Drift:
    """Read the feed, wherever redirects lead: feeds move, and their readers follow."""
    answer = await ask(settings.url, headers={"Accept": _ACCEPT}, body_bytes=FEED_BYTES)
    reason = doubt(answer, Shape.FEED, same_host=False)
    items = Drift(NAME, reason) if reason else await parse(answer.body)
    return items if isinstance(items, Drift) else Reading(NAME, items[: settings.limit])


async def parse(body: bytes) -> tuple[Item, ...] | Drift:
    """Read the feed's entries in its order; entries without address or words are left out."""
    is_json = body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")
    entries = _json_feed(body) if is_json else await _xml_feed(body)
    if isinstance(entries, str):
        return Drift(NAME, entries)
    items = [item for entry in entries if (item := _item(entry)) is not None]
    return merged([items]) if items else Drift(NAME, "feed has no entry with an address")


async def _xml_feed(body: bytes) -> tuple[feed.Entry, ...] | str:
    found = await feed.parse(body)
    if isinstance(found, feed.Unreadable):
        return f"body {found.reason}"
    # Many a feed by hand is not well-formed; only one that lost everything is of no use.
    return found.entries or "feed has no entries"


def _json_feed(body: bytes) -> tuple[feed.Entry, ...] | str:
    found = load(body)
    if found is None:
        return "body is no JSON"
    rows = found.rows("items")
    if rows is None or "jsonfeed.org" not in (found.text("version") or ""):
        return "body is no JSON Feed"
    return tuple(_json_entry(row) for row in rows) or "feed has no entries"


def _json_entry(row: Row) -> feed.Entry:
    words = row.text("summary") or row.text("content_text") or row.text("content_html") or ""
    link = row.text("url") or row.text("external_url") or ""
    return feed.Entry(row.text("title") or "", link, words, row.day("date_published"), "")


def _item(entry: feed.Entry) -> Item | None:
    name = behind(entry.link)
    title = plain(entry.title) or plain(entry.summary, 80)
    if name is None or not title:
        return None
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=0,
        summary=plain(entry.summary),
        published=entry.published,
    )
