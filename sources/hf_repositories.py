"""Hugging Face's daily papers of the last days that have a repository, ranked by its stars."""

from collections.abc import Sequence
from datetime import date

from staycurrent.sources import hf_papers
from staycurrent.sources.hf_papers import Featured
from staycurrent.sources.item import Drift, Reading
from staycurrent.sources.order import by_stars
from staycurrent.sources.settings import PapersWithCode
from staycurrent.sources.weeks import workdays_before
from staycurrent.web.answer import Ask

NAME = "hf_repositories"
_DAYS = 5
_LEAST = 5


async def read(settings: PapersWithCode, ask: Ask, night: date) -> Reading | Drift:
    """Ask for the five workdays before the night, a week of lists; all of them must answer."""
    days = workdays_before(night, _DAYS)
    rows = await hf_papers.days(ask, settings.hf_url, days)
    reason = rows if isinstance(rows, str) else _drift(rows, days)
    if isinstance(rows, str) or reason is not None:
        return Drift(NAME, reason or "")
    coded = [row.item for row in rows if row.item.repository is not None]
    note = f"papers of {days[0]} to {days[-1]} by the stars of their repositories"
    return Reading(NAME, by_stars(coded, settings.limit), note)


def _drift(rows: Sequence[Featured], days: Sequence[date]) -> str | None:
    """About half of the rows have a repository: 16 of 30 and 18 of 25 were counted in 2026."""
    outside = sum(row.on is None or not days[0] <= row.on <= days[-1] for row in rows)
    if outside > 0.1 * len(rows):
        return f"{outside} of {len(rows)} papers are not of {days[0]} to {days[-1]}"
    coded = [row.item for row in rows if row.item.repository is not None]
    if len(coded) < _LEAST:
        return f"{len(coded)} of {len(rows)} papers have a repository, fewer than {_LEAST}"
    return None if any(item.stars for item in coded) else "no repository has any stars"
