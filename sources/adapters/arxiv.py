"""arXiv's announcements of the day, as a feed and as a page: new papers that nobody has ranked."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from staycurrent.sources.feed_parser import parse_feed
from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    arxiv_item,
    deduplicated,
    item_at,
    note_of,
)
from staycurrent.sources.plain_text import parse_html, plain_text
from staycurrent.sources.settings import WeeklyPapersSettings
from staycurrent.sources.validation import BodyFormat, fetch_valid
from staycurrent.web.address import extend
from staycurrent.web.response import Fetch

if TYPE_CHECKING:
    from bs4 import Tag

_FEED_MAX_AGE = timedelta(days=3)
_LISTING_MAX_AGE = timedelta(days=4)
_MAX_ROWS = 2_000
_LISTING_DATE = re.compile(r"new listings for \w+, *(\d{1,2} [A-Za-z]+ \d{4})", re.IGNORECASE)
_SECTION = re.compile(r"New submissions\s*\(showing (?:first )?(\d{1,6}) of \d{1,6}", re.IGNORECASE)


async def read_rss(settings: WeeklyPapersSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the current announcements of all categories; on weekends they are empty."""
    url = extend(settings.arxiv_url, "+".join(settings.categories))
    page = await fetch_valid(fetch, url, BodyFormat.FEED)
    if isinstance(page, FeedDrift):
        return page
    return await parse_rss(page.body, run_date, settings.arxiv_limit)


async def parse_rss(body: bytes, run_date: date, limit: int) -> FeedResult:
    """Read the papers that are announced as new, in the order of the feed.

    The note counts those of an earlier date. On 2026-08-12 cs.AI still had the papers of the day
    before, together with a current cs.CL and under the build date of the day.
    """
    feed = await parse_feed(body)
    if isinstance(feed, FeedDrift):
        return feed
    if feed.error:
        return FeedDrift(f"feed is damaged ({feed.error})")
    if not feed.entries:
        weekend = ", as on weekends" if run_date.weekday() >= 5 else ""
        return FeedDrift(f"feed has no entries{weekend}")
    if feed.updated is None or feed.updated < run_date - _FEED_MAX_AGE:
        return FeedDrift(f"feed was built on {feed.updated or 'an unknown date'}")
    new = [entry for entry in feed.entries if entry.announce_type in ("new", "")]
    items = [
        replace(
            item,
            title=title,
            summary=plain_text(entry.summary),
            published=entry.published,
        )
        for entry in new
        if (item := item_at(entry.link)) is not None
        and item.identity.startswith("paper:arxiv:")
        and (title := plain_text(entry.title))
    ]
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
