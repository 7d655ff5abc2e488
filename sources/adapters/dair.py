"""dair-ai's papers of the week, chosen by people: ten rows of a table in a file for each year."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from staycurrent.sources.item import FeedDrift, FeedReading, Item, deduplicated
from staycurrent.sources.item_names import name_url
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import WeeklyPapersSettings
from staycurrent.sources.validation import MAX_FEED_BYTES, BodyFormat, response_problem
from staycurrent.sources.weeks import last_closed_week
from staycurrent.web.response import Fetch

NAME = "dair"
_ROWS = 10
_NAMED = 0.8
_OLDEST = timedelta(days=21)
_LONGEST_LINE = 20_000
_HEADING = re.compile(r"#{1,4} .{0,80}Papers of the Week \(([^()]{3,60})\)(?:\D{0,5}(20\d\d))?")
_DAY = re.compile(r"(?:([A-Za-z]{3,9})\.? *)?(\d{1,2})(?!\d)(?:, *(20\d\d))?")
_ROW = re.compile(r"\| *(\d{1,2})\) *(.+)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\[\]]{1,80})\]\((https?://[^\s()]{4,300})\)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class WeeklyIssue:
    """One week's section: the last day of its range, and its rows in their order."""

    ends: date
    rows: tuple[str, ...]


async def read(settings: WeeklyPapersSettings, ask: Fetch, night: date) -> FeedReading | FeedDrift:
    """Ask for the file of the year in which the last closed week ended."""
    year = last_closed_week(night).sunday.year
    answer = await ask(f"{settings.dair_url.rstrip('/')}/{year}.md", body_bytes=MAX_FEED_BYTES)
    # Raw files are text/plain: like a feed's, their type only has to be no page.
    reason = response_problem(answer, BodyFormat.FEED)
    found = FeedDrift(NAME, reason) if reason else parse(answer.text, year, night)
    if isinstance(found, FeedDrift):
        return found
    ends, items = found
    return FeedReading(NAME, items, f"ten papers chosen by people, for the week to {ends}")


def parse(text: str, year: int, run_date: date) -> tuple[date, tuple[Item, ...]] | FeedDrift:
    """Read the newest week that has ended; a week without ten rows is not yet written."""
    ended = [issue for issue in issues(text, year) if issue.ends < run_date]
    if not ended:
        return FeedDrift(NAME, "file has no week that can be read")
    newest = max(ended, key=lambda issue: issue.ends)
    if newest.ends < run_date - _OLDEST:
        return FeedDrift(NAME, f"newest week ended on {newest.ends}")
    if len(newest.rows) < _ROWS:
        return FeedDrift(NAME, f"week to {newest.ends} has {len(newest.rows)} rows, not {_ROWS}")
    items = [item for row in newest.rows if (item := _item(row)) is not None]
    if len(items) < _NAMED * len(newest.rows):
        return FeedDrift(NAME, f"only {len(items)} of {len(newest.rows)} rows name a paper")
    return newest.ends, deduplicated([items])


def issues(text: str, year: int) -> tuple[WeeklyIssue, ...]:
    """Every week of a file, in its order; `year` is that of headings that name none."""
    found: list[tuple[date, list[str]]] = []
    inside = False
    for line in text.splitlines():
        heading = _HEADING.match(line[:_LONGEST_LINE])
        if heading is not None:
            ends = _ends(heading.group(1), int(heading.group(2) or year))
            inside = ends is not None
            found += [(ends, [])] if ends is not None else []
        elif line.startswith("#"):
            inside = False
        elif inside and (row := _ROW.match(line[:_LONGEST_LINE])) is not None:
            found[-1][1].append(row.group(2))
    return tuple(WeeklyIssue(ends, tuple(rows)) for ends, rows in found)


def _ends(span: str, year: int) -> date | None:
    """Last day of `June 21 - June 28`, `Feb 13 - 19`, `Dec 29, 2025 - Jan 4, 2026`."""
    days = list(_DAY.finditer(span))
    if len(days) < 2:
        return None
    named = [day.group(1)[:3].lower() for day in days if day.group(1)]
    if not named or named[-1] not in _MONTHS:
        return None
    said = int(days[-1].group(3) or year)
    try:
        return date(said, _MONTHS.index(named[-1]) + 1, int(days[-1].group(2)))
    except ValueError:
        return None


def _item(row: str) -> Item | None:
    """Title and address only: the texts have no licence, so they are linked and not kept."""
    title = plain_text(_title(row))
    links: list[tuple[str, str]] = _LINK.findall(row.rpartition(" | ")[2] or row)
    papers = [url for label, url in links if label.strip().lower() == "paper"]
    name = name_url(papers[0]) if papers else None
    if name is None or not title:
        return None
    return Item(name.identity, name.kind, title, name.url, 0)


def _title(row: str) -> str:
    """What is bold, or before April 2026 what stands before two blanks or a dash."""
    bold = _BOLD.search(row[:400])
    return bold.group(1) if bold else re.split(r" {2,}| [-–—] |\|", row[:200], maxsplit=1)[0]
