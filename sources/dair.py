"""dair-ai's papers of the week, chosen by people: ten rows of a table in a file for each year."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import behind
from staycurrent.sources.order import merged
from staycurrent.sources.settings import WeeklyPapers
from staycurrent.sources.text import plain
from staycurrent.sources.weeks import closed_before
from staycurrent.web.answer import Ask

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
class Issue:
    """One week's section: the last day of its range, and its rows in their order."""

    ends: date
    rows: tuple[str, ...]


async def read(settings: WeeklyPapers, ask: Ask, night: date) -> Reading | Drift:
    """Ask for the file of the year in which the last closed week ended."""
    year = closed_before(night).sunday.year
    answer = await ask(f"{settings.dair_url.rstrip('/')}/{year}.md", body_bytes=FEED_BYTES)
    # Raw files are text/plain: like a feed's, their type only has to be no page.
    reason = doubt(answer, Shape.FEED)
    found = Drift(NAME, reason) if reason else parse(answer.text, year, night)
    if isinstance(found, Drift):
        return found
    ends, items = found
    return Reading(NAME, items, f"ten papers chosen by people, for the week to {ends}")


def parse(text: str, year: int, night: date) -> tuple[date, tuple[Item, ...]] | Drift:
    """Read the newest week that has ended; a week without ten rows is not yet written."""
    ended = [issue for issue in issues(text, year) if issue.ends < night]
    if not ended:
        return Drift(NAME, "file has no week that can be read")
    newest = max(ended, key=lambda issue: issue.ends)
    if newest.ends < night - _OLDEST:
        return Drift(NAME, f"newest week ended on {newest.ends}")
    if len(newest.rows) < _ROWS:
        return Drift(NAME, f"week to {newest.ends} has {len(newest.rows)} rows, not {_ROWS}")
    items = [item for row in newest.rows if (item := _item(row)) is not None]
    if len(items) < _NAMED * len(newest.rows):
        return Drift(NAME, f"only {len(items)} of {len(newest.rows)} rows name a paper")
    return newest.ends, merged([items])


def issues(text: str, year: int) -> tuple[Issue, ...]:
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
    return tuple(Issue(ends, tuple(rows)) for ends, rows in found)


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
    title = plain(_title(row))
    links: list[tuple[str, str]] = _LINK.findall(row.rpartition(" | ")[2] or row)
    papers = [url for label, url in links if label.strip().lower() == "paper"]
    name = behind(papers[0]) if papers else None
    if name is None or not title:
        return None
    return Item(name.identity, name.kind, title, name.url, 0)


def _title(row: str) -> str:
    """What is bold, or before April 2026 what stands before two blanks or a dash."""
    bold = _BOLD.search(row[:400])
    return bold.group(1) if bold else re.split(r" {2,}| [-–—] |\|", row[:200], maxsplit=1)[0]
