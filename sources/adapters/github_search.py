"""GitHub's search for young repositories with many stars: not the same as trending."""

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote_plus

from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    by_stars,
    repository_at,
)
from staycurrent.sources.json_value import parse_json
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import GithubTrendingSettings
from staycurrent.sources.validation import BodyFormat, fetch_valid
from staycurrent.web.address import extend
from staycurrent.web.github_api import REST_HEADERS
from staycurrent.web.response import Fetch

_MAX_DAYS = 36_500


async def read(settings: GithubTrendingSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Search once for each topic; all searches must succeed."""
    since = run_date - timedelta(days=min(settings.search_days, _MAX_DAYS))
    found: list[Item] = []
    for topic in settings.topics or ("",):
        qualifiers = f"topic:{topic} " if topic else ""
        qualifiers += f"created:>={since} stars:>{settings.search_min_stars}"
        query = f"q={quote_plus(qualifiers, safe=':')}&sort=stars&order=desc"
        url = extend(settings.search_url, query=f"{query}&per_page={settings.search_limit}")
        page = await fetch_valid(fetch, url, BodyFormat.JSON, headers=REST_HEADERS)
        items = page if isinstance(page, FeedDrift) else parse(page.body, since)
        if isinstance(items, FeedDrift):
            return FeedDrift(f"{topic}: {items.reason}") if topic else items
        found += items
    note = f"not trending: the repositories created since {since} that have most stars"
    return FeedReading(by_stars(found, settings.search_limit), note)


def parse(body: bytes, since: date) -> tuple[Item, ...] | FeedDrift:
    """Read the repositories of one response in its order, or say how the API has changed."""
    response = parse_json(body)
    if response is None:
        return FeedDrift("body is not JSON")
    rows = response.array("items")
    if rows is None:
        return FeedDrift("body is not a list of results")
    # A search that timed out answers 200 with what it had found by then.
    if response.boolean("incomplete_results") is not False:
        return FeedDrift("results are incomplete")
    if not rows:
        return FeedDrift("no results")
    items = tuple(
        replace(
            item,
            rank=rank,
            summary=plain_text(row.text("description") or ""),
            stars=row.integer("stargazers_count"),
            number=row.integer("id"),
        )
        for rank, row in enumerate(rows, 1)
        if (item := repository_at(row.text("html_url"))) is not None
    )
    if len(items) < 0.9 * len(rows):
        return FeedDrift(f"only {len(items)} of {len(rows)} results name a repository")
    if not any(item.stars for item in items):
        return FeedDrift("no result has any stars")
    older = sum((day := row.day("created_at")) is None or day < since for row in rows)
    if older > 0.1 * len(rows):
        return FeedDrift(f"{older} of {len(rows)} results are older than {since}")
    return items
