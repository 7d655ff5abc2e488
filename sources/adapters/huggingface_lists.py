"""Hugging Face's papers of the last closed ISO week, ranked by upvotes."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from staycurrent.sources import feed_parser
from staycurrent.sources.adapters import huggingface
from staycurrent.sources.adapters.huggingface import FeaturedPaper
from staycurrent.sources.item import FeedDrift, FeedReading, Item, by_stars, by_upvotes
from staycurrent.sources.item_names import name_url
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import PapersWithCodeSettings, WeeklyPapersSettings
from staycurrent.sources.validation import MAX_FEED_BYTES, BodyFormat, response_problem
from staycurrent.sources.weeks import IsoWeek, last_closed_week, last_workdays
from staycurrent.web.response import Fetch

WEEKLY_NAME = "hf_weekly"
_PAGE = 100
_MOST_PAGES = 3


async def read_weekly(
    settings: WeeklyPapersSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Ask for the week page by page, until one is short."""
    week = last_closed_week(night)
    rows: list[huggingface.FeaturedPaper] = []
    for number in range(_MOST_PAGES):
        asked = f"{settings.url}?week={week.name}&limit={_PAGE}&p={number}"
        page = await huggingface.fetch_papers(ask, asked)
        if isinstance(page, str):
            return FeedDrift(WEEKLY_NAME, page)
        rows += page
        if len(page) < _PAGE:
            break
    return huggingface.week_reading(WEEKLY_NAME, rows, week, settings, f"week {week.name}")


DAILY_NAME = "hf_days"
_WORKDAYS = 5


async def read_daily(
    settings: WeeklyPapersSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Ask for Monday to Friday; the list does not change on a weekend. All five must answer."""
    week = last_closed_week(night)
    rows = await huggingface.fetch_days(ask, settings.url, week.days()[:_WORKDAYS])
    return huggingface.week_reading(
        DAILY_NAME, rows, week, settings, f"week {week.name}, from its days"
    )


TRENDING_NAME = "hf_trending"
_MIN_TRENDING = 5


async def read_trending(
    settings: PapersWithCodeSettings, ask: Fetch, _night: date
) -> FeedReading | FeedDrift:
    """Ask once; the order is the answer's, which follows stars on GitHub and not upvotes."""
    rows = await huggingface.fetch_papers(
        ask, f"{settings.hf_url}?sort=trending&limit={settings.limit}"
    )
    if isinstance(rows, str):
        return FeedDrift(TRENDING_NAME, rows)
    if len(rows) < _MIN_TRENDING:
        return FeedDrift(TRENDING_NAME, f"list has {len(rows)} papers")
    if not any(row.item.upvotes for row in rows):
        return FeedDrift(TRENDING_NAME, "no paper has an upvote")
    # The order follows the repositories' stars: without them the parameter was ignored.
    if not any(row.item.repository for row in rows):
        return FeedDrift(TRENDING_NAME, "no paper has a repository")
    return FeedReading(TRENDING_NAME, tuple(row.item for row in rows))


REPOSITORIES_NAME = "hf_repositories"
_DAYS = 5
_MIN_REPOSITORIES = 5


async def read_repositories(
    settings: PapersWithCodeSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Ask for the five workdays before the night, a week of lists; all of them must answer."""
    days = last_workdays(night, _DAYS)
    rows = await huggingface.fetch_days(ask, settings.hf_url, days)
    reason = rows if isinstance(rows, str) else _repositories_problem(rows, days)
    if isinstance(rows, str) or reason is not None:
        return FeedDrift(REPOSITORIES_NAME, reason or "")
    coded = [row.item for row in rows if row.item.repository is not None]
    note = f"papers of {days[0]} to {days[-1]} by the stars of their repositories"
    return FeedReading(REPOSITORIES_NAME, by_stars(coded, settings.limit), note)


def _repositories_problem(rows: Sequence[FeaturedPaper], days: Sequence[date]) -> str | None:
    """About half of the rows have a repository: 16 of 30 and 18 of 25 were counted in 2026."""
    outside = sum(row.on is None or not days[0] <= row.on <= days[-1] for row in rows)
    if outside > 0.1 * len(rows):
        return f"{outside} of {len(rows)} papers are not of {days[0]} to {days[-1]}"
    coded = [row.item for row in rows if row.item.repository is not None]
    if len(coded) < _MIN_REPOSITORIES:
        return (
            f"{len(coded)} of {len(rows)} papers have a repository, fewer than {_MIN_REPOSITORIES}"
        )
    return None if any(item.stars for item in coded) else "no repository has any stars"


ARCHIVE_NAME = "papers_rss"
_UPVOTES = re.compile(r"Upvotes?\W{0,4}([0-9][0-9,]{0,8})")
_SUMMARY = re.compile(r"Summary\s*(?::\s*</\w+>|</\w+>\s*:|:)")
_LABELS = 20_000
"""Characters of an entry in which its labels stand: behind the names of 300 authors."""
_FITTING = 0.6


async def read_archive(
    settings: WeeklyPapersSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Read the feed; it counts only if it was built after the last closed week had ended."""
    answer = await ask(settings.rss_url, body_bytes=MAX_FEED_BYTES)
    reason = response_problem(answer, BodyFormat.FEED)
    if reason is not None:
        return FeedDrift(ARCHIVE_NAME, reason)
    items = await parse_archive(answer.body, night, settings.least)
    if isinstance(items, FeedDrift):
        return items
    week = last_closed_week(night).name
    return FeedReading(ARCHIVE_NAME, by_upvotes(items, settings.top), f"week {week}, as archived")


async def parse_archive(
    body: bytes, run_date: date, least: int = 30
) -> tuple[Item, ...] | FeedDrift:
    """Read the feed's papers in its order, or say why they are not last week's."""
    found = await feed_parser.parse_feed(body)
    if isinstance(found, feed_parser.UnreadableFeed):
        return FeedDrift(ARCHIVE_NAME, f"body {found.reason}")
    items = [_archive_item(entry, rank) for rank, entry in enumerate(found.entries, 1)]
    papers = tuple(item for item in items if item is not None)
    reason = _archive_problem(found, papers, last_closed_week(run_date), least)
    return FeedDrift(ARCHIVE_NAME, reason) if reason else papers


def _archive_problem(
    found: feed_parser.ParsedFeed, papers: Sequence[Item], week: IsoWeek, least: int
) -> str | None:
    if found.error:
        return f"feed is damaged ({found.error})"
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


def _months(week: IsoWeek) -> frozenset[str]:
    """Months in which papers of the week were given their arXiv numbers, as in the numbers."""
    days = (week.monday - timedelta(days=21), week.monday, week.sunday)
    return frozenset(f"{day:%y%m}" for day in days)


def _month(item: Item) -> str:
    return item.identity.removeprefix("paper:arxiv:")[:4]


def _archive_item(entry: feed_parser.FeedEntry, rank: int) -> Item | None:
    name = name_url(entry.link)
    title = plain_text(entry.title)
    if name is None or not name.identity.startswith("paper:arxiv:") or not title:
        return None
    upvotes = _UPVOTES.search(plain_text(entry.summary, _LABELS))
    label = _SUMMARY.search(entry.summary)
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=rank,
        summary=plain_text(entry.summary[label.end() :] if label else ""),
        upvotes=int(upvotes.group(1).replace(",", "")) if upvotes else None,
        published=entry.published,
    )
