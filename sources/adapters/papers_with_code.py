"""Papers with Code's API of today (paperswithcode.co): papers whose repositories gain stars now."""

from collections.abc import Sequence
from datetime import date, timedelta

from staycurrent.sources.item import FeedDrift, FeedReading, Item
from staycurrent.sources.item_names import ItemName, name_paper, name_url, repository_identity
from staycurrent.sources.json_value import JsonValue, parse_json
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import PapersWithCodeSettings
from staycurrent.sources.validation import MAX_FEED_BYTES, BodyFormat, response_problem
from staycurrent.web.response import Fetch

NAME = "pwc_api"
_STALE = timedelta(days=14)


async def read(
    settings: PapersWithCodeSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Ask once; the order is the API's own, by the stars that a paper's repository gains."""
    url = f"{settings.url}?limit={settings.limit}&max_age_days={settings.max_age_days}"
    answer = await ask(url, headers={"Accept": "application/json"}, body_bytes=MAX_FEED_BYTES)
    reason = response_problem(answer, BodyFormat.JSON)
    items = FeedDrift(NAME, reason) if reason else parse(answer.body, night)
    return items if isinstance(items, FeedDrift) else FeedReading(NAME, items)


def parse(body: bytes, run_date: date) -> tuple[Item, ...] | FeedDrift:
    """Read the array of papers, or say which promise of the API is broken."""
    found = parse_json(body)
    if found is None:
        return FeedDrift(NAME, "body is no JSON")
    rows = found.array("results") if found.array() is None else found.array()
    if rows is None:
        return FeedDrift(NAME, "body is no list of papers")
    reason = _drift(rows, run_date)
    if reason is not None:
        return FeedDrift(NAME, reason)
    named = [item for rank, row in enumerate(rows, 1) if (item := _item(row, rank)) is not None]
    return tuple(named) if named else FeedDrift(NAME, "no row can be read")


def _drift(rows: Sequence[JsonValue], night: date) -> str | None:
    if not rows:
        return "list is empty"
    names = [_name(row) for row in rows]
    on_arxiv = sum(one is not None and one.identity.startswith("paper:arxiv:") for one in names)
    if on_arxiv < 0.6 * len(rows):
        return f"only {on_arxiv} of {len(rows)} rows have an arXiv identifier"
    if not any(any(row.numbers("trending")) or row.integer("trending") for row in rows):
        return "no row says how it trends"
    newest = max((day for row in rows if (day := _published(row)) is not None), default=None)
    if newest is not None and newest < night - _STALE:
        return f"newest paper is of {newest}"
    return None


def _published(row: JsonValue) -> date | None:
    return row.day("date_published") or row.day("published")


def _name(row: JsonValue) -> ItemName | None:
    return name_paper(row.text("arxiv_id")) or name_url(
        row.text("source_url") or row.text("url_abs")
    )


def _repository(row: JsonValue) -> str | None:
    """The one that trends, or as other answers of this API have it the first of several."""
    several = row.array("repositories") or ()
    urls = [row.text("repository", "url"), *(one.text("url") for one in several)]
    return next((found for url in urls if (found := repository_identity(url)) is not None), None)


def _item(row: JsonValue, rank: int) -> Item | None:
    name = _name(row)
    title = plain_text(row.text("title") or "")
    if name is None or not title:
        return None
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=rank,
        summary=plain_text(row.text("abstract") or ""),
        stars=row.integer("repository", "stars"),
        stars_today=row.integer("trending", "stars_gained_24h"),
        published=_published(row),
        repository=_repository(row),
    )
