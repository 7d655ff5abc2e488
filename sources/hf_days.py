"""The last closed ISO week out of Hugging Face's five daily lists."""

from dataclasses import dataclass
from datetime import date

from sources import hf_papers, hf_weekly
from sources.item import Drift, Reading
from sources.order import by_upvotes
from sources.weeks import closed_before
from web.answer import Ask

NAME = "hf_days"
_WORKDAYS = 5


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
    """Ask for Monday to Friday; the list does not change on a weekend. All five must answer."""
    week = closed_before(night)
    rows: list[hf_papers.Featured] = []
    for day in week.days()[:_WORKDAYS]:
        page = await hf_papers.page(ask, f"{settings.url}?date={day}&limit=100")
        if isinstance(page, str):
            return Drift(NAME, f"{day}: {page}")
        rows += page
    reason = hf_weekly.drift(rows, week, settings.least)
    if reason is not None:
        return Drift(NAME, reason)
    items = by_upvotes([row.item for row in rows], settings.top)
    return Reading(NAME, items, f"week {week.name}, from its days")
