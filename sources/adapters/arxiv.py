"""arXiv's announcements of the day: new papers without any measure of what matters."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from bs4 import BeautifulSoup, SoupStrainer, Tag

from staycurrent.sources import feed_parser
from staycurrent.sources.item import FeedDrift, FeedReading, Item, deduplicated
from staycurrent.sources.item_names import name_paper, name_url
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import WeeklyPapersSettings
from staycurrent.sources.validation import (
    MAX_FEED_BYTES,
    MAX_PAGE_BYTES,
    BodyFormat,
    response_problem,
)
from staycurrent.web.response import Fetch

RSS_NAME = "arxiv_rss"
_HEAD = re.compile(r"arXiv:\S+\s+Announce Type:\s*\S+\s*(?:Abstract:)?\s*")
_RSS_MAX_AGE = timedelta(days=3)


async def read_rss(
    settings: WeeklyPapersSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Read the current batch; on weekends it is empty, which is drift: nothing is better kept."""
    url = f"{settings.arxiv_url.rstrip('/')}/{'+'.join(settings.categories)}"
    answer = await ask(url, body_bytes=MAX_FEED_BYTES)
    reason = response_problem(answer, BodyFormat.FEED)
    items = FeedDrift(RSS_NAME, reason) if reason else await parse_rss(answer.body, night)
    if isinstance(items, FeedDrift):
        return items
    return FeedReading(RSS_NAME, items[: settings.arxiv_limit], _note(items))


def _note(items: Sequence[Item]) -> str:
    """Say what the rows are, and where a category still shows the batch of the day before.

    On 2026-08-12 cs.AI did, beside a current cs.CL and under the same day's build date.
    """
    days = [item.published for item in items if item.published is not None]
    earlier = sum(day < max(days) for day in days)
    told = f"; {earlier} of {len(items)} are of an earlier day" if earlier else ""
    return f"announcements, not ranked by anyone{told}"


async def parse_rss(body: bytes, run_date: date) -> tuple[Item, ...] | FeedDrift:
    """Read the papers announced as new, in the feed's order."""
    found = await feed_parser.parse_feed(body)
    if isinstance(found, feed_parser.UnreadableFeed):
        return FeedDrift(RSS_NAME, f"body {found.reason}")
    new = [entry for entry in found.entries if entry.announce_type in ("new", "")]
    items = [item for entry in new if (item := _rss_item(entry)) is not None]
    reason = _rss_problem(found, items, len(new), run_date)
    if reason is not None:
        return FeedDrift(RSS_NAME, reason)
    return deduplicated([items])


def _rss_problem(
    found: feed_parser.ParsedFeed, items: Sequence[Item], new: int, night: date
) -> str | None:
    if found.error:
        return f"feed is damaged ({found.error})"
    if not found.entries:
        return "feed has no entries" + (", as on weekends" if night.weekday() >= 5 else "")
    if found.updated is None or found.updated < night - _RSS_MAX_AGE:
        return f"feed was built on {found.updated or 'no day that it names'}"
    # The API of arXiv answers an error as an entry titled "Error" that leads to no paper.
    if not items or len(items) < 0.9 * new:
        return f"only {len(items)} of {new} new entries are papers on arXiv"
    return None


def _rss_item(entry: feed_parser.FeedEntry) -> Item | None:
    name = name_url(entry.link)
    title = plain_text(entry.title)
    if name is None or not name.identity.startswith("paper:arxiv:") or not title:
        return None
    abstract = plain_text(_HEAD.sub("", entry.summary, count=1))
    return Item(name.identity, name.kind, title, name.url, 0, abstract, published=entry.published)


LISTING_NAME = "arxiv_new"
_LISTING_MAX_AGE = timedelta(days=4)
_MOST_ROWS = 2_000
_OF = re.compile(r"new listings for \w+, *(\d{1,2} [A-Za-z]+ \d{4})", re.IGNORECASE)
_NEW = re.compile(r"New submissions\s*\(showing (?:first )?(\d{1,6}) of (\d{1,6})", re.IGNORECASE)


async def read_listing(
    settings: WeeklyPapersSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Read the new submissions of the first category."""
    category = next(iter(settings.categories), "cs.CL")
    url = f"{settings.listing_url.rstrip('/')}/{category}/new"
    answer = await ask(url, body_bytes=2 * MAX_PAGE_BYTES)
    reason = response_problem(answer, BodyFormat.HTML)
    items = FeedDrift(LISTING_NAME, reason) if reason else parse_listing(answer.body, night)
    if isinstance(items, FeedDrift):
        return items
    note = f"new in {category}, not ranked by anyone"
    return FeedReading(LISTING_NAME, items[: settings.arxiv_limit], note)


def parse_listing(body: bytes, run_date: date) -> tuple[Item, ...] | FeedDrift:
    """Read the section of new submissions; its heading says how many there are."""
    only = SoupStrainer(["h3", "dt", "dd"])
    soup = BeautifulSoup(body, "html.parser", parse_only=only)
    headings = [tag.get_text(" ") for tag in soup.find_all("h3", limit=20)]
    of = next((day for text in headings if (day := _day(text)) is not None), None)
    if of is None:
        return FeedDrift(LISTING_NAME, "page is no listing of a day")
    if not run_date - _LISTING_MAX_AGE <= of <= run_date + timedelta(days=1):
        return FeedDrift(LISTING_NAME, f"listing is of {of}")
    return _counted(soup)


def _day(text: str) -> date | None:
    found = _OF.search(text)
    try:
        said = datetime.strptime(found.group(1), "%d %B %Y") if found else None  # noqa: DTZ007
    except ValueError:
        return None
    return said.date() if said else None


def _counted(soup: BeautifulSoup) -> tuple[Item, ...] | FeedDrift:
    heading = next(
        (h3 for h3 in soup.find_all("h3", limit=20) if _NEW.search(h3.get_text(" "))), None
    )
    said = _NEW.search(heading.get_text(" ")) if heading is not None else None
    if heading is None or said is None:
        return FeedDrift(LISTING_NAME, "page has no section of new submissions")
    shown = int(said.group(1))
    rows = _section(heading)
    items = [item for row in rows if (item := _listing_item(row)) is not None]
    if not items or len(items) < 0.9 * shown:
        return FeedDrift(
            LISTING_NAME, f"{len(items)} papers can be read of the {shown} that it says to show"
        )
    return deduplicated([items])


def _section(heading: Tag) -> list[Tag]:
    """The entries' `dt` between a heading and the next one."""
    rows: list[Tag] = []
    for tag in _tags(heading.find_all_next(["h3", "dt"], limit=_MOST_ROWS)):
        if tag.name == "h3":
            break
        rows.append(tag)
    return rows


def _listing_item(row: Tag) -> Item | None:
    link = row.select_one('a[href^="/abs/"], a[href*="arxiv.org/abs/"]')
    name = name_paper(str(link["href"]).partition("/abs/")[2]) if link is not None else None
    said = next(_tags(row.find_all_next("dd", limit=1)), None)
    title = said.select_one(".list-title") if said is not None else None
    if name is None or said is None or title is None:
        return None
    words = plain_text(title.get_text(" ")).removeprefix("Title:").strip()
    abstract = said.select_one("p.mathjax")
    summary = plain_text(abstract.get_text(" ")) if abstract is not None else ""
    return Item(name.identity, name.kind, words, name.url, 0, summary) if words else None


def _tags(found: Iterable[object]) -> Iterator[Tag]:
    from bs4 import Tag

    return (one for one in found if isinstance(one, Tag))
