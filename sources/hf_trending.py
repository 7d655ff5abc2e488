"""Hugging Face's trending papers, ordered by what their repositories gain."""

from datetime import date

from staycurrent.sources import hf_papers
from staycurrent.sources.item import Drift, Reading
from staycurrent.sources.settings import PapersWithCode
from staycurrent.web.answer import Ask

NAME = "hf_trending"
_LEAST = 5


async def read(settings: PapersWithCode, ask: Ask, _night: date) -> Reading | Drift:
    """Ask once; the order is the answer's, which follows stars on GitHub and not upvotes."""
    rows = await hf_papers.page(ask, f"{settings.hf_url}?sort=trending&limit={settings.limit}")
    if isinstance(rows, str):
        return Drift(NAME, rows)
    if len(rows) < _LEAST:
        return Drift(NAME, f"list has {len(rows)} papers")
    if not any(row.item.upvotes for row in rows):
        return Drift(NAME, "no paper has an upvote")
    # The order follows the repositories' stars: without them the parameter was ignored.
    if not any(row.item.repository for row in rows):
        return Drift(NAME, "no paper has a repository")
    return Reading(NAME, tuple(row.item for row in rows))
