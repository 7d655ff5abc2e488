"""The last closed ISO week out of Hugging Face's five daily lists."""

from datetime import date

from staycurrent.sources import hf_papers, hf_week
from staycurrent.sources.item import Drift, Reading
from staycurrent.sources.settings import WeeklyPapers
from staycurrent.sources.weeks import closed_before
from staycurrent.web.answer import Ask

NAME = "hf_days"
_WORKDAYS = 5


async def read(settings: WeeklyPapers, ask: Ask, night: date) -> Reading | Drift:
    """Ask for Monday to Friday; the list does not change on a weekend. All five must answer."""
    week = closed_before(night)
    rows = await hf_papers.days(ask, settings.url, week.days()[:_WORKDAYS])
    return hf_week.reading(NAME, rows, week, settings, f"week {week.name}, from its days")
