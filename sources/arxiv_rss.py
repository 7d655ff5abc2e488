"""arXiv's announcements of the day: new papers without any measure of what matters."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from staycurrent.sources import feed
from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import behind
from staycurrent.sources.order import merged
from staycurrent.sources.settings import WeeklyPapers
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask

NAME = "arxiv_rss"
_HEAD = re.compile(r"arXiv:\S+\s+Announce Type:\s*\S+\s*(?:Abstract:)?\s*")
_OLDEST = timedelta(days=3)


async def read(settings: WeeklyPapers, ask: Ask, night: date) -> Reading | Drift:
    """Read the current batch; on weekends it is empty, which is drift: nothing is better kept."""
    url = f"{settings.arxiv_url.rstrip('/')}/{'+'.join(settings.categories)}"
    answer = await ask(url, body_bytes=FEED_BYTES)
    reason = doubt(answer, Shape.FEED)
    items = Drift(NAME, reason) if reason else await parse(answer.body, night)
    if isinstance(items, Drift):
        return items
    return Reading(NAME, items[: settings.arxiv_limit], _note(items))


def _note(items: Sequence[Item]) -> str:
    """Say what the rows are, and where a category still shows the batch of the day before.

    On 2026-08-12 cs.AI did, beside a current cs.CL and under the same day's build date.
    """
    days = [item.published for item in items if item.published is not None]
    earlier = sum(day < max(days) for day in days)
    told = f"; {earlier} of {len(items)} are of an earlier day" if earlier else ""
    return f"announcements, not ranked by anyone{told}"


async def parse(body: bytes, night: date) -> tuple[Item, ...] | Drift:
    """Read the papers announced as new, in the feed's order."""
    found = await feed.parse(body)
    if isinstance(found, feed.Unreadable):
        return Drift(NAME, f"body {found.reason}")
    new = [entry for entry in found.entries if entry.announced in ("new", "")]
    items = [item for entry in new if (item := _item(entry)) is not None]
    reason = _drift(found, items, len(new), night)
    if reason is not None:
        return Drift(NAME, reason)
    return merged([items])


def _drift(found: feed.Feed, items: Sequence[Item], new: int, night: date) -> str | None:
    if found.fault:
        return f"feed is damaged ({found.fault})"
    if not found.entries:
        return "feed has no entries" + (", as on weekends" if night.weekday() >= 5 else "")
    if found.updated is None or found.updated < night - _OLDEST:
        return f"feed was built on {found.updated or 'no day that it names'}"
    # The API of arXiv answers an error as an entry titled "Error" that leads to no paper.
    if not items or len(items) < 0.9 * new:
        return f"only {len(items)} of {new} new entries are papers on arXiv"
    return None


def _item(entry: feed.Entry) -> Item | None:
    name = behind(entry.link)
    title = plain(entry.title)
    if name is None or not name.identity.startswith("paper:arxiv:") or not title:
        return None
    abstract = plain(_HEAD.sub("", entry.summary, count=1))
    return Item(name.identity, name.kind, title, name.url, 0, abstract, published=entry.published)
