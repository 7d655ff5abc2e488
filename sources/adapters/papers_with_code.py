"""The API of paperswithcode.co: papers whose repositories gain stars."""

import re
from dataclasses import replace
from datetime import date, timedelta

from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    arxiv_item,
    item_at,
    note_of,
    repository_at,
)
from staycurrent.sources.parsing import JsonValue, plain_text
from staycurrent.sources.settings import PapersWithCodeSettings
from staycurrent.sources.validation import fetch_json
from staycurrent.web.address import extend
from staycurrent.web.response import Fetch

_MAX_AGE = timedelta(days=14)
_WITHOUT_SCHEME = re.compile(r"^\s*(?:github\.com/)?([A-Za-z0-9-]+/[\w.-]+)\s*$")


async def read(settings: PapersWithCodeSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Make one request; the order is the API's own, by the stars that the repositories gain."""
    query = f"limit={settings.limit}&max_age_days={settings.max_age_days}"
    url = extend(settings.url, query=query)
    response = await fetch_json(fetch, url)
    return response if isinstance(response, FeedDrift) else parse(response, run_date)


def parse(response: JsonValue, run_date: date) -> FeedResult:
    """Read the array of papers, or say how the API has changed."""
    rows = response.array("results") if response.array() is None else response.array()
    if rows is None:
        return FeedDrift("body is not a list of papers")
    if not rows:
        return FeedDrift("list is empty")
    named = [(_named(row), row, rank) for rank, row in enumerate(rows, 1)]
    on_arxiv = sum(
        item is not None and item.identity.startswith("paper:arxiv:") for item, _, _ in named
    )
    if on_arxiv < 0.6 * len(rows):
        return FeedDrift(f"only {on_arxiv} of {len(rows)} rows have an arXiv identifier")
    if not any(row.has_number("trending") for row in rows):
        return FeedDrift("no row has a trending score")
    newest = max((day for row in rows if (day := _published(row)) is not None), default=None)
    if newest is not None and newest < run_date - _MAX_AGE:
        return FeedDrift(f"newest paper is of {newest}")
    items = tuple(
        replace(
            item,
            title=title,
            rank=rank,
            summary=plain_text(row.text("abstract") or ""),
            stars=row.count("repository", "stars"),
            stars_today=row.count("trending", "stars_gained_24h"),
            published=_published(row),
            repository=_repository(row),
        )
        for item, row, rank in named
        if item is not None and (title := plain_text(row.text("title") or ""))
    )
    if not items:
        return FeedDrift("no row can be read")
    return FeedReading(items, note_of(read=len(items), of=len(rows)))


def _named(row: JsonValue) -> Item | None:
    return arxiv_item(row.text("arxiv_id")) or item_at(
        row.text("source_url") or row.text("url_abs")
    )


def _published(row: JsonValue) -> date | None:
    return row.day("date_published") or row.day("published")


def _repository(row: JsonValue) -> str | None:
    """The trending repository, or the first of several, as other responses of this API have it.

    Each is an object with its address, or only the address or `owner/name`.
    """
    several = row.array("repositories") or ()
    named = [row.text("repository", "url"), row.text("repository")]
    named += [one.text("url") or one.text() for one in several]
    urls = (_WITHOUT_SCHEME.sub(r"https://github.com/\1", one or "") for one in named)
    return next((found.identity for url in urls if (found := repository_at(url))), None)
