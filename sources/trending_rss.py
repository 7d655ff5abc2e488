"""The RSS archive of GitHub's trending page: same repositories, no counters."""

from datetime import date, timedelta
from urllib.parse import quote, unquote

from staycurrent.sources import feed
from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import behind
from staycurrent.sources.order import merged
from staycurrent.sources.settings import GithubTrending
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask

NAME = "trending_rss"
_OLDEST = timedelta(days=2)


async def read(settings: GithubTrending, ask: Ask, night: date) -> Reading | Drift:
    """Read `all.xml`, which must be believable, then the languages', which may be empty."""
    pages: list[tuple[Item, ...]] = []
    notes = ["no counters of stars"]
    for language in ("all", *settings.languages):
        url = f"{settings.rss_url.rstrip('/')}/{quote(unquote(language), safe='+')}.xml"
        answer = await ask(url, body_bytes=FEED_BYTES)
        reason = doubt(answer, Shape.FEED)
        page = Drift(NAME, reason) if reason else await parse(answer.body, night)
        if not isinstance(page, Drift):
            pages.append(page)
        elif language == "all":
            return page
        else:
            notes.append(f"{language}: {page.reason}")
    return Reading(NAME, merged(pages), "; ".join(notes))


async def parse(body: bytes, night: date) -> tuple[Item, ...] | Drift:
    """Read one feed: the order is the rank, the build date of the channel tells its age."""
    found = await feed.parse(body)
    if isinstance(found, feed.Unreadable):
        return Drift(NAME, f"body {found.reason}")
    reason = _drift(found, night)
    items = [item for entry in found.entries if (item := _item(entry)) is not None]
    if reason is None and len(items) < 0.9 * len(found.entries):
        reason = f"only {len(items)} of {len(found.entries)} entries name a repository"
    return Drift(NAME, reason) if reason else merged([items])


def _drift(found: feed.Feed, night: date) -> str | None:
    if found.fault:
        return f"feed is damaged ({found.fault})"
    if "daily trending" not in found.title.lower():
        return f'feed calls itself "{plain(found.title, 80)}", not daily trending'
    if found.updated is None or found.updated < night - _OLDEST:
        return f"feed was built on {found.updated or 'no day that it names'}"
    return None if found.entries else "feed has no entries"


def _item(entry: feed.Entry) -> Item | None:
    name = behind(entry.link)
    if name is None or name.kind != "repository":
        return None
    title = name.url.removeprefix("https://github.com/")
    # The summary is the whole README behind the description: its beginning is enough.
    return Item(name.identity, name.kind, title, name.url, 0, plain(entry.summary))
