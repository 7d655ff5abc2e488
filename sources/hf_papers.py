"""Rows of Hugging Face's daily papers, the same shape under each of its addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Item
from staycurrent.sources.naming import paper, repository_behind
from staycurrent.sources.row import Row, load
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask


@dataclass(frozen=True, slots=True)
class Featured:
    """A paper with the day on which Hugging Face showed it."""

    item: Item
    on: date | None


async def page(ask: Ask, url: str) -> tuple[Featured, ...] | str:
    """Ask for one page of papers; a sentence without full stop where it is not believable."""
    answer = await ask(url, headers={"Accept": "application/json"}, body_bytes=FEED_BYTES)
    return doubt(answer, Shape.JSON) or parse(answer.body)


async def days(ask: Ask, url: str, asked: Iterable[date]) -> tuple[Featured, ...] | str:
    """Ask for the list of each day in turn; a reason, with its day, if one is not believable."""
    rows: list[Featured] = []
    for day in asked:
        found = await page(ask, f"{url}?date={day}&limit=100")
        if isinstance(found, str):
            return f"{day}: {found}"
        rows += found
    return tuple(rows)


def parse(body: bytes) -> tuple[Featured, ...] | str:
    """Read an array of papers in its order, or say why it is none."""
    found = load(body)
    rows = None if found is None else found.rows()
    if rows is None:
        return "body is no JSON" if found is None else "body is no list of papers"
    read = [_featured(row, rank) for rank, row in enumerate(rows, 1)]
    named = tuple(row for row in read if row is not None)
    if len(named) < 0.9 * len(rows):
        return f"only {len(named)} of {len(rows)} rows are papers on arXiv"
    return named


def _featured(row: Row, rank: int) -> Featured | None:
    name = paper(row.text("paper", "id"))
    title = plain(row.text("title") or row.text("paper", "title") or "")
    if name is None or not title:
        return None
    summary = row.text("paper", "ai_summary") or row.text("paper", "summary") or ""
    item = Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=rank,
        summary=plain(summary),
        stars=row.number("paper", "githubStars"),
        upvotes=row.number("paper", "upvotes"),
        # The row's own publishedAt is the same day shifted by a time zone.
        published=row.day("paper", "publishedAt"),
        repository=repository_behind(row.text("paper", "githubRepo")),
    )
    return Featured(item, row.day("paper", "submittedOnDailyAt"))
