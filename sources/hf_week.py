"""What makes Hugging Face's rows the papers of a closed week, whichever way they were asked for."""

from collections.abc import Sequence

from staycurrent.sources.hf_papers import Featured
from staycurrent.sources.item import Drift, Reading
from staycurrent.sources.order import by_upvotes, merged
from staycurrent.sources.settings import WeeklyPapers
from staycurrent.sources.weeks import Week

_OUTSIDE = 0.1


def reading(
    name: str, rows: Sequence[Featured] | str, week: Week, settings: WeeklyPapers, note: str
) -> Reading | Drift:
    """Rank a week's rows by upvotes, or say why they are none; `rows` may be a reason already."""
    reason = rows if isinstance(rows, str) else drift(rows, week, settings.least)
    if isinstance(rows, str) or reason is not None:
        return Drift(name, reason or "")
    return Reading(name, by_upvotes([row.item for row in rows], settings.top), note)


def drift(rows: Sequence[Featured], week: Week, least: int) -> str | None:
    """Say why these are not the papers of the week; None if they may be."""
    papers = len(merged([[row.item for row in rows]]))
    if papers < least:
        return f"week {week.name} has {papers} papers, fewer than {least}"
    outside = sum(row.on is None or row.on not in week for row in rows)
    if outside > _OUTSIDE * len(rows):
        return f"{outside} of {len(rows)} papers are not of week {week.name}"
    if not any(row.item.upvotes for row in rows):
        return f"no paper of week {week.name} has an upvote"
    return None
