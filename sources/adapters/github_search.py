"""GitHub's search for young repositories with many stars: not what trends, but what there is."""

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import quote_plus

from staycurrent.sources.item import FeedDrift, FeedReading, Item, by_stars
from staycurrent.sources.item_names import name_url
from staycurrent.sources.json_value import JsonValue, parse_json
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import GithubTrendingSettings
from staycurrent.sources.validation import MAX_FEED_BYTES, BodyFormat, response_problem
from staycurrent.web.response import Fetch

NAME = "github_search"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_OLDER = 0.1
_MOST_DAYS = 36_500


async def read(
    settings: GithubTrendingSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Ask once for each topic; all must answer. The note says that this is another meaning."""
    since = night - timedelta(days=min(settings.search_days, _MOST_DAYS))
    found: list[Item] = []
    for topic in settings.topics or ("",):
        answer = await ask(
            _address(settings, topic, since), headers=_HEADERS, body_bytes=MAX_FEED_BYTES
        )
        reason = response_problem(answer, BodyFormat.JSON)
        page = FeedDrift(NAME, reason) if reason else parse(answer.body, since)
        if isinstance(page, FeedDrift):
            return FeedDrift(NAME, f"{topic}: {page.reason}" if topic else page.reason)
        found += page
    note = f"another meaning: most stars of those made since {since}, not what trends today"
    return FeedReading(NAME, by_stars(found, settings.search_limit), note)


def parse(body: bytes, since: date) -> tuple[Item, ...] | FeedDrift:
    """Read one answer's repositories in its order, or say which promise of the API is broken."""
    found = parse_json(body)
    rows = None if found is None else found.array("items")
    if found is None or rows is None:
        return FeedDrift(NAME, "body is no JSON" if found is None else "body is no list of results")
    # A search that ran out of time answers 200 with what it had by then.
    if found.boolean("incomplete_results") is not False:
        return FeedDrift(NAME, "results are incomplete")
    items = [item for rank, row in enumerate(rows, 1) if (item := _item(row, rank)) is not None]
    reason = _drift(rows, items, since)
    return FeedDrift(NAME, reason) if reason else tuple(items)


def _address(settings: GithubTrendingSettings, topic: str, since: date) -> str:
    asked = f"topic:{topic} " if topic else ""
    asked += f"created:>={since} stars:>{settings.search_stars}"
    query = f"q={quote_plus(asked, safe=':')}&sort=stars&order=desc"
    return f"{settings.search_url}?{query}&per_page={settings.search_limit}"


def _drift(rows: Sequence[JsonValue], items: Sequence[Item], since: date) -> str | None:
    if not rows:
        return "nothing is found"
    if len(items) < 0.9 * len(rows):
        return f"only {len(items)} of {len(rows)} results name a repository"
    if not any(item.stars for item in items):
        return "no result has any stars"
    older = sum((day := row.day("created_at")) is None or day < since for row in rows)
    if older > _OLDER * len(rows):
        return f"{older} of {len(rows)} results are older than {since}"
    return None


def _item(row: JsonValue, rank: int) -> Item | None:
    name = name_url(row.text("html_url"))
    if name is None or name.kind != "repository":
        return None
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=name.url.removeprefix("https://github.com/"),
        url=name.url,
        rank=rank,
        summary=plain_text(row.text("description") or ""),
        stars=row.integer("stargazers_count"),
        number=row.integer("id"),
    )
