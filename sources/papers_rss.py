"""The RSS archive of Hugging Face's weekly papers, rebuilt on Mondays, upvotes in its summaries."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from staycurrent.sources import feed
from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import behind
from staycurrent.sources.order import by_upvotes
from staycurrent.sources.settings import WeeklyPapers
from staycurrent.sources.text import plain
from staycurrent.sources.weeks import Week, closed_before
from staycurrent.web.answer import Ask

NAME = "papers_rss"
_UPVOTES = re.compile(r"Upvotes?\W{0,4}([0-9][0-9,]{0,8})")
_SUMMARY = re.compile(r"Summary\s*(?::\s*</\w+>|</\w+>\s*:|:)")
_LABELS = 20_000
"""Characters of an entry in which its labels stand: behind the names of 300 authors."""
_FITTING = 0.6


async def read(settings: WeeklyPapers, ask: Ask, night: date) -> Reading | Drift:
    """Read the feed; it counts only if it was built after the last closed week had ended."""
    answer = await ask(settings.rss_url, body_bytes=FEED_BYTES)
    reason = doubt(answer, Shape.FEED)
    if reason is not None:
        return Drift(NAME, reason)
    items = await parse(answer.body, night, settings.least)
    if isinstance(items, Drift):
        return items
    week = closed_before(night).name
    return Reading(NAME, by_upvotes(items, settings.top), f"week {week}, as archived")


async def parse(body: bytes, night: date, least: int = 30) -> tuple[Item, ...] | Drift:
    """Read the feed's papers in its order, or say why they are not last week's."""
    found = await feed.parse(body)
    if isinstance(found, feed.Unreadable):
        return Drift(NAME, f"body {found.reason}")
    items = [_item(entry, rank) for rank, entry in enumerate(found.entries, 1)]
    papers = tuple(item for item in items if item is not None)
    reason = _drift(found, papers, closed_before(night), least)
    return Drift(NAME, reason) if reason else papers


def _drift(found: feed.Feed, papers: Sequence[Item], week: Week, least: int) -> str | None:
    if found.fault:
        return f"feed is damaged ({found.fault})"
    if found.updated is None or not week.sunday < found.updated <= week.sunday + timedelta(days=8):
        return f"feed was built on {found.updated or 'no day that it names'}, not after {week.name}"
    if len(papers) < least:
        return f"feed has {len(papers)} papers, fewer than {least}"
    fitting = sum(_month(paper) in _months(week) for paper in papers)
    if fitting < _FITTING * len(papers):
        return f"only {fitting} of {len(papers)} papers are as new as week {week.name}"
    if not any(paper.upvotes for paper in papers):
        return "no paper has an upvote"
    return None


def _months(week: Week) -> frozenset[str]:
    """Months in which papers of the week were given their arXiv numbers, as in the numbers."""
    days = (week.monday - timedelta(days=21), week.monday, week.sunday)
    return frozenset(f"{day:%y%m}" for day in days)


def _month(item: Item) -> str:
    return item.identity.removeprefix("paper:arxiv:")[:4]


def _item(entry: feed.Entry, rank: int) -> Item | None:
    name = behind(entry.link)
    title = plain(entry.title)
    if name is None or not name.identity.startswith("paper:arxiv:") or not title:
        return None
    upvotes = _UPVOTES.search(plain(entry.summary, _LABELS))
    label = _SUMMARY.search(entry.summary)
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=rank,
        summary=plain(entry.summary[label.end() :] if label else ""),
        upvotes=int(upvotes.group(1).replace(",", "")) if upvotes else None,
        published=entry.published,
    )
