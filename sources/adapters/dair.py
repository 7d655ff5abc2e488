"""dair-ai's papers of the week, chosen by people: a table of ten in one markdown file a year."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    deduplicated,
    item_at,
    note_of,
)
from staycurrent.sources.parsing import plain_text
from staycurrent.sources.settings import WeeklyPapersSettings
from staycurrent.sources.validation import BodyFormat, fetch_valid, last_closed_week
from staycurrent.web.address import extend
from staycurrent.web.response import Fetch

_ROWS = 10
_MAX_AGE = timedelta(days=21)
_MAX_LINE = 20_000
_HEADING = re.compile(r"#{1,4} .{0,80}Papers of the Week \(([^()]{3,60})\)(?:\D{0,5}(20\d\d))?")
_DAY = re.compile(r"(?:([A-Za-z]{3,9})\.? *)?(\d{1,2})(?!\d)(?:, *(20\d\d))?")
_ROW = re.compile(r"\| *(\d{1,2})\) *(.+)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\[\]]{1,80})\]\((https?://[^\s()]{4,300})\)")


async def read(settings: WeeklyPapersSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the file of the year in which the last closed week ended."""
    year = last_closed_week(run_date).sunday.year
    url = extend(settings.dair_url, f"{year}.md")
    # Raw files are text/plain, which is fine for a feed, too.
    page = await fetch_valid(fetch, url, BodyFormat.FEED)
    return page if isinstance(page, FeedDrift) else parse(page.text, year, run_date)


def parse(text: str, year: int, run_date: date) -> FeedResult:
    """Read the newest week that has ended; a week without ten rows is still being written."""
    weeks = {ends: rows for ends, rows in parse_weeks(text, year).items() if ends < run_date}
    if not weeks:
        return FeedDrift("file has no week that can be read")
    newest = max(weeks)
    rows = weeks[newest]
    if newest < run_date - _MAX_AGE:
        return FeedDrift(f"newest week ended on {newest}")
    if len(rows) < _ROWS:
        return FeedDrift(f"week to {newest} has {len(rows)} rows, not {_ROWS}")
    items = [item for row in rows if (item := _item(row)) is not None]
    if len(items) < 0.8 * len(rows):
        return FeedDrift(f"only {len(items)} of {len(rows)} rows name a paper")
    note = f"ten papers chosen by people, for the week to {newest}"
    return FeedReading(deduplicated([items]), note_of(note, read=len(items), of=len(rows)))


def parse_weeks(text: str, year: int) -> dict[date, list[str]]:
    """Return the rows of each table of a file by the last day of its week.

    `year` is that of headings that name none.
    """
    weeks: dict[date, list[str]] = {}
    rows: list[str] | None = None
    for line in text.splitlines():
        heading = _HEADING.match(line[:_MAX_LINE])
        if heading is not None:
            ends = _last_day(heading.group(1), int(heading.group(2) or year))
            rows = weeks.setdefault(ends, []) if ends is not None else None
        elif line.startswith("#"):
            rows = None
        elif rows is not None and (row := _ROW.match(line[:_MAX_LINE])) is not None:
            rows.append(row.group(2))
    return weeks


def _last_day(span: str, year: int) -> date | None:
    """The last day of `June 21 - June 28`, `Feb 13 - 19` or `Dec 29, 2025 - Jan 4, 2026`."""
    days = list(_DAY.finditer(span))
    months = [day.group(1)[:3] for day in days if day.group(1)]
    if len(days) < 2 or not months:
        return None
    _, day, own_year = days[-1].groups()
    try:
        ends = datetime.strptime(f"{day} {months[-1]} {own_year or year}", "%d %b %Y")  # noqa: DTZ007
    except ValueError:
        return None
    return ends.date()


def _item(row: str) -> Item | None:
    """Title and address of a row; its text has no licence, so it is not kept."""
    bold = _BOLD.search(row[:400])
    # Until April 2026 the title was not bold: it ended at two blanks or a dash.
    plain = re.split(r" {2,}| [-–—] |\|", row[:200], maxsplit=1)[0]
    title = plain_text(bold.group(1) if bold else plain)
    links: list[tuple[str, str]] = _LINK.findall(row.rpartition(" | ")[2] or row)
    papers = [url for label, url in links if label.strip().lower() == "paper"]
    item = item_at(papers[0]) if papers else None
    return replace(item, title=title) if item is not None and title else None
