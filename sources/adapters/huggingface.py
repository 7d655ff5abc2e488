"""Rows of Hugging Face's daily papers, the same shape under each of its addresses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.sources.item import FeedDrift, FeedReading, Item, by_upvotes, deduplicated
from staycurrent.sources.item_names import name_paper, repository_identity
from staycurrent.sources.json_value import JsonValue, parse_json
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import WeeklyPapersSettings
from staycurrent.sources.validation import MAX_FEED_BYTES, BodyFormat, response_problem
from staycurrent.sources.weeks import IsoWeek
from staycurrent.web.response import Fetch


@dataclass(frozen=True, slots=True)
class FeaturedPaper:
    """A paper with the day on which Hugging Face showed it."""

    item: Item
    on: date | None


async def fetch_papers(ask: Fetch, url: str) -> tuple[FeaturedPaper, ...] | str:
    """Ask for one page of papers; a sentence without full stop where it is not believable."""
    answer = await ask(url, headers={"Accept": "application/json"}, body_bytes=MAX_FEED_BYTES)
    return response_problem(answer, BodyFormat.JSON) or parse_papers(answer.body)


async def fetch_days(
    ask: Fetch, url: str, asked: Iterable[date]
) -> tuple[FeaturedPaper, ...] | str:
    """Ask for the list of each day in turn; a reason, with its day, if one is not believable."""
    rows: list[FeaturedPaper] = []
    for day in asked:
        found = await fetch_papers(ask, f"{url}?date={day}&limit=100")
        if isinstance(found, str):
            return f"{day}: {found}"
        rows += found
    return tuple(rows)


def parse_papers(body: bytes) -> tuple[FeaturedPaper, ...] | str:
    """Read an array of papers in its order, or say why it is none."""
    found = parse_json(body)
    rows = None if found is None else found.array()
    if rows is None:
        return "body is no JSON" if found is None else "body is no list of papers"
    read = [_featured(row, rank) for rank, row in enumerate(rows, 1)]
    named = tuple(row for row in read if row is not None)
    if len(named) < 0.9 * len(rows):
        return f"only {len(named)} of {len(rows)} rows are papers on arXiv"
    return named


def _featured(row: JsonValue, rank: int) -> FeaturedPaper | None:
    name = name_paper(row.text("paper", "id"))
    title = plain_text(row.text("title") or row.text("paper", "title") or "")
    if name is None or not title:
        return None
    summary = row.text("paper", "ai_summary") or row.text("paper", "summary") or ""
    item = Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=rank,
        summary=plain_text(summary),
        stars=row.integer("paper", "githubStars"),
        upvotes=row.integer("paper", "upvotes"),
        # The row's own publishedAt is the same day shifted by a time zone.
        published=row.day("paper", "publishedAt"),
        repository=repository_identity(row.text("paper", "githubRepo")),
    )
    return FeaturedPaper(item, row.day("paper", "submittedOnDailyAt"))


_OUTSIDE = 0.1


def week_reading(
    name: str,
    rows: Sequence[FeaturedPaper] | str,
    week: IsoWeek,
    settings: WeeklyPapersSettings,
    note: str,
) -> FeedReading | FeedDrift:
    """Rank a week's rows by upvotes, or say why they are none; `rows` may be a reason already."""
    reason = rows if isinstance(rows, str) else week_problem(rows, week, settings.least)
    if isinstance(rows, str) or reason is not None:
        return FeedDrift(name, reason or "")
    return FeedReading(name, by_upvotes([row.item for row in rows], settings.top), note)


def week_problem(rows: Sequence[FeaturedPaper], week: IsoWeek, least: int) -> str | None:
    """Say why these are not the papers of the week; None if they may be."""
    papers = len(deduplicated([[row.item for row in rows]]))
    if papers < least:
        return f"week {week.name} has {papers} papers, fewer than {least}"
    outside = sum(row.on is None or row.on not in week for row in rows)
    if outside > _OUTSIDE * len(rows):
        return f"{outside} of {len(rows)} papers are not of week {week.name}"
    if not any(row.item.upvotes for row in rows):
        return f"no paper of week {week.name} has an upvote"
    return None
