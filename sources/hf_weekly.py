"""Hugging Face's papers of the last closed ISO week, ranked by upvotes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sources import hf_papers
from sources.hf_papers import Featured
from sources.item import Drift, Reading
from sources.order import by_upvotes
from sources.weeks import Week, closed_before
from web.answer import Ask

NAME = "hf_weekly"
_PAGE = 100
_MOST_PAGES = 3
_OUTSIDE = 0.1


@dataclass(frozen=True)  # no slots: a source's settings inherit from those of all its adapters
class Settings:
    """Where the papers are, and what a week must have to be believed."""

    url: str = hf_papers.URL
    """Hugging Face's daily papers."""
    top: int = 50
    """Papers kept, those with the most upvotes."""
    least: int = 30
    """A closed week with fewer papers is not believed; over 100 are usual."""


async def read(settings: Settings, ask: Ask, night: date) -> Reading | Drift:
    """Ask for the week page by page, until one is short."""
    week = closed_before(night)
    rows: list[Featured] = []
    for number in range(_MOST_PAGES):
        asked = f"{settings.url}?week={week.name}&limit={_PAGE}&p={number}"
        page = await hf_papers.page(ask, asked)
        if isinstance(page, str):
            return Drift(NAME, page)
        rows += page
        if len(page) < _PAGE:
            break
    reason = drift(rows, week, settings.least)
    if reason is not None:
        return Drift(NAME, reason)
    items = by_upvotes([row.item for row in rows], settings.top)
    return Reading(NAME, items, f"week {week.name}")


def drift(rows: Sequence[Featured], week: Week, least: int) -> str | None:
    """Say why these are not the papers of the week; None if they may be."""
    if len(rows) < least:
        return f"week {week.name} has {len(rows)} papers, fewer than {least}"
    outside = sum(row.on is None or row.on not in week for row in rows)
    if outside > _OUTSIDE * len(rows):
        return f"{outside} of {len(rows)} papers are not of week {week.name}"
    if not any(row.item.upvotes for row in rows):
        return f"no paper of week {week.name} has an upvote"
    return None
