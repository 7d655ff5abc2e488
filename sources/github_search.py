"""GitHub's search for young repositories with many stars: not what trends, but what there is."""

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import quote_plus

from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import behind
from staycurrent.sources.order import by_stars
from staycurrent.sources.row import Row, load
from staycurrent.sources.settings import GithubTrending
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask

NAME = "github_search"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_OLDER = 0.1
_MOST_DAYS = 36_500


async def read(settings: GithubTrending, ask: Ask, night: date) -> Reading | Drift:
    """Ask once for each topic; all must answer. The note says that this is another meaning."""
    since = night - timedelta(days=min(settings.search_days, _MOST_DAYS))
    found: list[Item] = []
    for topic in settings.topics or ("",):
        answer = await ask(
            _address(settings, topic, since), headers=_HEADERS, body_bytes=FEED_BYTES
        )
        reason = doubt(answer, Shape.JSON)
        page = Drift(NAME, reason) if reason else parse(answer.body, since)
        if isinstance(page, Drift):
            return Drift(NAME, f"{topic}: {page.reason}" if topic else page.reason)
        found += page
    note = f"another meaning: most stars of those made since {since}, not what trends today"
    return Reading(NAME, by_stars(found, settings.search_limit), note)


def parse(body: bytes, since: date) -> tuple[Item, ...] | Drift:
    """Read one answer's repositories in its order, or say which promise of the API is broken."""
    found = load(body)
    rows = None if found is None else found.rows("items")
    if found is None or rows is None:
        return Drift(NAME, "body is no JSON" if found is None else "body is no list of results")
    # A search that ran out of time answers 200 with what it had by then.
    if found.flag("incomplete_results") is not False:
        return Drift(NAME, "results are incomplete")
    items = [item for rank, row in enumerate(rows, 1) if (item := _item(row, rank)) is not None]
    reason = _drift(rows, items, since)
    return Drift(NAME, reason) if reason else tuple(items)


def _address(settings: GithubTrending, topic: str, since: date) -> str:
    asked = f"topic:{topic} " if topic else ""
    asked += f"created:>={since} stars:>{settings.search_stars}"
    query = f"q={quote_plus(asked, safe=':')}&sort=stars&order=desc"
    return f"{settings.search_url}?{query}&per_page={settings.search_limit}"


def _drift(rows: Sequence[Row], items: Sequence[Item], since: date) -> str | None:
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


def _item(row: Row, rank: int) -> Item | None:
    name = behind(row.text("html_url"))
    if name is None or name.kind != "repository":
        return None
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=name.url.removeprefix("https://github.com/"),
        url=name.url,
        rank=rank,
        summary=plain(row.text("description") or ""),
        stars=row.number("stargazers_count"),
        number=row.number("id"),
    )
