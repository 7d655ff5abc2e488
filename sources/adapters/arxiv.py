"""arXiv's announcements of the day, as a feed and as a page: new papers that nobody has ranked."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from staycurrent.sources.feed_parser import ParsedFeed, fetch_feed, papers_in
from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    arxiv_item,
    deduplicated,
    note_of,
)
from staycurrent.sources.parsing import parse_html, plain_text
from staycurrent.sources.settings import ArxivListingsSettings, OfList, WeeklyPapersSettings
from staycurrent.sources.validation import BodyFormat, fetch_valid
from staycurrent.web.address import extend
from staycurrent.web.response import Fetch

if TYPE_CHECKING:
    from bs4 import Tag

_FEED_MAX_AGE = timedelta(days=3)
_LISTING_MAX_AGE = timedelta(days=4)
_MAX_ROWS = 2_000
_NEWEST_MAX_AGE = timedelta(days=7)
"""The API lists papers once they are announced: on holidays the newest is five days old."""
_SAMPLE = 50
"""Papers of the list whose categories are counted."""
_MAX_CATEGORIES = 3
_MIN_SHARE, _MIN_OWN = 0.15, 2
"""A category is the list's that so many of its papers have."""
_CATEGORY = re.compile(r"[a-z-]{2,12}(?:\.[A-Za-z-]{2,15})?")
_LISTING_DATE = re.compile(r"new listings for \w+, *(\d{1,2} [A-Za-z]+ \d{4})", re.IGNORECASE)
_SECTION = re.compile(r"New submissions\s*\(showing (?:first )?(\d{1,6}) of \d{1,6}", re.IGNORECASE)


async def read_rss(settings: WeeklyPapersSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the current announcements of all categories; on weekends they are empty."""
    url = extend(settings.arxiv_url, "+".join(settings.categories))
    feed = await fetch_feed(fetch, url)
    return feed if isinstance(feed, FeedDrift) else parse_rss(feed, run_date, settings.arxiv_limit)


def parse_rss(feed: ParsedFeed, run_date: date, limit: int) -> FeedResult:
    """Read the papers that are announced as new, in the order of the feed.

    The note counts those of an earlier date. On 2026-08-12 cs.AI still had the papers of the day
    before, together with a current cs.CL and under the build date of the day.
    """
    if not feed.entries:
        weekend = ", as on weekends" if run_date.weekday() >= 5 else ""
        return FeedDrift(f"feed has no entries{weekend}")
    if feed.updated is None or feed.updated < run_date - _FEED_MAX_AGE:
        return FeedDrift(f"feed was built on {feed.updated or 'an unknown date'}")
    new = [entry for entry in feed.entries if entry.announce_type in ("new", "")]
    items = [item for item, _entry in papers_in(new)]
    # arXiv's API answers an error as an entry titled "Error" that does not link to a paper.
    if not items or len(items) < 0.9 * len(new):
        return FeedDrift(f"only {len(items)} of {len(new)} new entries are papers on arXiv")
    papers = deduplicated([items])
    days = [item.published for item in papers if item.published is not None]
    earlier = sum(day < max(days) for day in days)
    older = f"{earlier} of {len(papers)} are of an earlier date" if earlier else ""
    note = note_of("announcements, not ranked", older, read=len(items), of=len(new), rows="entries")
    return FeedReading(papers[:limit], note)


async def read_listing(settings: WeeklyPapersSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the page of new submissions in the first category."""
    category = next(iter(settings.categories), "cs.CL")
    url = extend(settings.listing_url, f"{category}/new")
    page = await fetch_valid(fetch, url, BodyFormat.HTML, max_bytes=4_000_000)
    if isinstance(page, FeedDrift):
        return page
    return parse_listing(page.body, run_date, settings.arxiv_limit)


def parse_listing(body: bytes, run_date: date, limit: int) -> FeedResult:
    """Read the section of new submissions; its heading says how many papers it has."""
    soup = parse_html(body, "h3", "dt", "dd")
    if isinstance(soup, FeedDrift):
        return soup
    headings = [(tag, tag.get_text(" ")) for tag in soup.find_all("h3", limit=20)]
    listed = next((day for _, text in headings if (day := _listing_date(text)) is not None), None)
    if listed is None:
        return FeedDrift("page is not a daily listing")
    if not run_date - _LISTING_MAX_AGE <= listed <= run_date + timedelta(days=1):
        return FeedDrift(f"listing is of {listed}")
    found = ((tag, _SECTION.search(text)) for tag, text in headings)
    heading, section = next(((tag, match) for tag, match in found if match), (None, None))
    if heading is None or section is None:
        return FeedDrift("page has no section of new submissions")
    items: list[Item] = []
    for row in heading.find_all_next(["h3", "dt"], limit=_MAX_ROWS):
        if row.name == "h3":
            break
        item = _listing_item(row)
        items += [item] if item is not None else []
    shown = int(section.group(1))
    if not items or len(items) < 0.9 * shown:
        return FeedDrift(f"only {len(items)} papers can be read of the {shown} on the page")
    note = note_of("new submissions, not ranked", read=len(items), of=shown)
    return FeedReading(deduplicated([items])[:limit], note)


def _listing_date(heading: str) -> date | None:
    found = _LISTING_DATE.search(heading)
    try:
        return datetime.strptime(found.group(1), "%d %B %Y").date() if found else None  # noqa: DTZ007
    except ValueError:
        return None


def _listing_item(row: "Tag") -> Item | None:
    """The paper of a `dt` with the links and the `dd` that follows it."""
    from bs4 import Tag as Element

    link = row.select_one('a[href^="/abs/"], a[href*="arxiv.org/abs/"]')
    item = arxiv_item(str(link["href"]).partition("/abs/")[2]) if link is not None else None
    details = row.find_next("dd")
    title = details.select_one(".list-title") if isinstance(details, Element) else None
    if item is None or not isinstance(details, Element) or title is None:
        return None
    text = plain_text(title.get_text(" ")).removeprefix("Title:").strip()
    abstract = details.select_one("p.mathjax")
    summary = plain_text(abstract.get_text(" ")) if abstract is not None else ""
    return replace(item, title=text, summary=summary) if text else None


async def read_newest(
    of_list: OfList[ArxivListingsSettings], fetch: Fetch, run_date: date
) -> FeedResult:
    """Read the newest papers of the list's categories from the API."""
    categories = await _categories(of_list, fetch)
    if isinstance(categories, FeedDrift):
        return categories
    limit = of_list.settings.limit
    terms = "+OR+".join(f"cat:{category}" for category in categories)
    query = f"search_query={terms}&sortBy=submittedDate&sortOrder=descending&max_results={limit}"
    feed = await fetch_feed(fetch, extend(of_list.settings.url, query=query))
    return feed if isinstance(feed, FeedDrift) else parse_newest(feed, categories, run_date, limit)


def parse_newest(
    feed: ParsedFeed, categories: Sequence[str], run_date: date, limit: int
) -> FeedResult:
    """Read the papers of a search, or say why they are not the newest of these categories."""
    # The API answers some requests with an empty page, and later again with papers.
    if not feed.entries:
        return FeedDrift("feed has no entries")
    items = [item for item, _entry in papers_in(feed.entries)]
    if len(items) < 0.9 * len(feed.entries):
        return FeedDrift(f"only {len(items)} of {len(feed.entries)} entries are papers on arXiv")
    others = sum(not {*categories} & {*entry.categories} for entry in feed.entries)
    if others > 0.1 * len(feed.entries):
        return FeedDrift(f"{others} of {len(feed.entries)} papers are in other categories")
    newest = max((item.published for item in items if item.published), default=None)
    if newest is None or newest < run_date - _NEWEST_MAX_AGE:
        return FeedDrift(f"newest paper is of {newest or 'an unknown date'}")
    note = note_of(f"the newest in {', '.join(categories)}", read=len(items), of=len(feed.entries))
    return FeedReading(deduplicated([items])[:limit], note)


async def read_feed_of_list(
    of_list: OfList[ArxivListingsSettings], fetch: Fetch, run_date: date
) -> FeedResult:
    """Read the current announcements of the list's categories, which are empty on weekends."""
    categories = await _categories(of_list, fetch)
    if isinstance(categories, FeedDrift):
        return categories
    settings = of_list.settings
    daily = WeeklyPapersSettings(
        arxiv_url=settings.rss_url, categories=categories, arxiv_limit=settings.limit
    )
    return await read_rss(daily, fetch, run_date)


async def _categories(
    of_list: OfList[ArxivListingsSettings], fetch: Fetch
) -> tuple[str, ...] | FeedDrift:
    """Those of the settings, or the primary ones of the list's papers, the most frequent first."""
    settings = of_list.settings
    if settings.categories:
        return settings.categories
    names = of_list.sample(_SAMPLE)
    query = f"id_list={','.join(names)}&max_results={_SAMPLE}"
    feed = await fetch_feed(fetch, extend(settings.url, query=query))
    if isinstance(feed, FeedDrift):
        return feed
    primary = (entry.categories[0] for entry in feed.entries if entry.categories)
    counts = Counter(sorted(filter(_CATEGORY.fullmatch, primary)))
    if not counts:
        return FeedDrift("no paper of the list has a category")
    first, *others = counts.most_common(_MAX_CATEGORIES)  # ties by name
    least = max(_MIN_OWN, _MIN_SHARE * counts.total())
    return (first[0], *(category for category, count in others if count >= least))
