"""Hugging Face's papers of the last closed ISO week, ranked by upvotes."""

from datetime import date

from staycurrent.sources import hf_papers, hf_week
from staycurrent.sources.item import Drift, Reading
from staycurrent.sources.settings import WeeklyPapers
from staycurrent.sources.weeks import closed_before
from staycurrent.web.answer import Ask

NAME = "hf_weekly"
_PAGE = 100
_MOST_PAGES = 3


async def read(settings: WeeklyPapers, ask: Ask, night: date) -> Reading | Drift:
    """Ask for the week page by page, until one is short."""
    week = closed_before(night)
    rows: list[hf_papers.Featured] = []
    for number in range(_MOST_PAGES):
        asked = f"{settings.url}?week={week.name}&limit={_PAGE}&p={number}"
        page = await hf_papers.page(ask, asked)
        if isinstance(page, str):
            return Drift(NAME, page)
        rows += page
        if len(page) < _PAGE:
            break
    return hf_week.reading(NAME, rows, week, settings, f"week {week.name}")
