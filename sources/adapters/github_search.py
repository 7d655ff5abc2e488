"""GitHub's search for young repositories with many stars: not the same as trending."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from textwrap import wrap
from urllib.parse import quote_plus

from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    by_stars,
    repository_at,
)
from staycurrent.sources.parsing import JsonValue, plain_text
from staycurrent.sources.settings import GithubTopicsSettings, GithubTrendingSettings, OfList
from staycurrent.sources.validation import fetch_json
from staycurrent.web.address import extend
from staycurrent.web.github_api import REST_HEADERS
from staycurrent.web.response import Fetch

_MAX_DAYS = 36_500
_SAMPLE = 20
"""Repositories of the list whose topics are counted."""
_SAMPLE_BY_REPOSITORY = 5
_MAX_QUERY = 200
"""Characters of a search for repositories; GitHub takes 256."""
_MAX_TOPICS = 20
_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_COMMON = 2
"""Repositories of the list that must have a topic."""


async def read(
    settings: GithubTrendingSettings, fetch: Fetch, run_date: date, *, may_be_empty: bool = False
) -> FeedResult:
    """Search once for each topic; all searches must succeed."""
    since = run_date - timedelta(days=min(settings.search_days, _MAX_DAYS))
    found: list[Item] = []
    for topic in settings.topics or ("",):
        qualifiers = f"topic:{topic} " if topic else ""
        qualifiers += f"created:>={since} stars:>{settings.search_min_stars}"
        query = f"q={quote_plus(qualifiers, safe=':')}&sort=stars&order=desc"
        url = extend(settings.search_url, query=f"{query}&per_page={settings.search_limit}")
        page = await fetch_json(fetch, url, REST_HEADERS)
        items = (
            page if isinstance(page, FeedDrift) else parse(page, since, may_be_empty=may_be_empty)
        )
        if isinstance(items, FeedDrift):
            return FeedDrift(f"{topic}: {items.reason}") if topic else items
        found += items
    note = f"not trending: the repositories created since {since} that have most stars"
    return FeedReading(by_stars(found, settings.search_limit), note)


def parse(
    response: JsonValue, since: date, *, may_be_empty: bool = False
) -> tuple[Item, ...] | FeedDrift:
    """Read the repositories of one response in its order, or say how the API has changed."""
    rows = response.array("items")
    if rows is None:
        return FeedDrift("body is not a list of results")
    # A search that timed out answers 200 with what it had found by then.
    if response.boolean("incomplete_results") is not False:
        return FeedDrift("results are incomplete")
    if not rows:
        return () if may_be_empty else FeedDrift("no results")
    items = tuple(
        replace(
            item,
            rank=rank,
            summary=plain_text(row.text("description") or ""),
            stars=row.count("stargazers_count"),
            number=row.integer("id"),
            keywords=_keywords(row),
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


def _keywords(row: JsonValue) -> tuple[str, ...]:
    """The language and the topics of a repository."""
    topics = (one.text() for one in (row.array("topics") or ())[:_MAX_TOPICS])
    found = (plain_text(one or "", 40) for one in (row.text("language"), *topics))
    return tuple(filter(None, found))


async def read_topics(
    of_list: OfList[GithubTopicsSettings], fetch: Fetch, run_date: date
) -> FeedResult:
    """Search for the topics that most of the list's repositories have, by the search itself."""
    rows: list[JsonValue] = []
    names = () if of_list.settings.topics else of_list.sample(_SAMPLE)
    text = " ".join(f"repo:{name}" for name in names)
    for query in wrap(text, _MAX_QUERY, break_long_words=False, break_on_hyphens=False):
        asked = f"q={quote_plus(query, safe=':/')}&per_page=100"
        body = await fetch_json(fetch, extend(of_list.settings.url, query=asked), REST_HEADERS)
        found = body if isinstance(body, FeedDrift) else body.array("items")
        if isinstance(found, FeedDrift) or found is None:
            return found or FeedDrift("body is not a list of results")
        rows += found
    return await _read_topics_of(rows, of_list.settings, fetch, run_date)


async def read_topics_by_repository(
    of_list: OfList[GithubTopicsSettings], fetch: Fetch, run_date: date
) -> FeedResult:
    """Search for the topics of a few of the list's repositories, each asked for alone."""
    rows: list[JsonValue] = []
    names = () if of_list.settings.topics else of_list.sample(_SAMPLE_BY_REPOSITORY)
    missing: FeedDrift | None = None
    for name in names:
        url = extend(of_list.settings.repositories_url, name)
        body = await fetch_json(fetch, url, REST_HEADERS)
        if isinstance(body, JsonValue):
            rows.append(body)
        elif body.status == 404:  # deleted, or renamed and deleted
            missing = body
        else:
            return body
    if missing is not None and not rows:
        return missing
    return await _read_topics_of(rows, of_list.settings, fetch, run_date)


async def _read_topics_of(
    rows: Sequence[JsonValue], settings: GithubTopicsSettings, fetch: Fetch, run_date: date
) -> FeedResult:
    """Search for what is common to these repositories, or for the topics of the settings."""
    rows = [row for row in rows if row.array("topics") is not None]
    if not rows and not settings.topics:
        return FeedDrift("no repository of the list can be read")
    counts = Counter(sorted(topic for row in rows for topic in _topics(row)))  # ties by name
    common = counts.most_common(settings.max_topics)
    topics = settings.topics or tuple(topic for topic, count in common if count >= _COMMON)
    if not topics:
        return FeedReading((), f"{len(rows)} repositories of the list have no topic in common")
    found = await read(
        GithubTrendingSettings(
            search_url=settings.url,
            topics=topics,
            search_days=settings.days,
            search_min_stars=settings.min_stars,
            search_limit=settings.limit,
        ),
        fetch,
        run_date,
        may_be_empty=True,
    )
    if isinstance(found, FeedDrift):
        return found
    return replace(found, note=f"topics {', '.join(topics)}")


def _topics(row: JsonValue) -> frozenset[str]:
    """The topics of a repository, as far as they are written as GitHub writes them."""
    found = (one.text() or "" for one in row.array("topics") or ())
    return frozenset(one for one in found if _TOPIC.fullmatch(one))
