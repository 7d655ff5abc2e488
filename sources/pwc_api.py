"""Papers with Code's API of today (paperswithcode.co): papers whose repositories gain stars now."""

from collections.abc import Sequence
from datetime import date, timedelta

from staycurrent.sources.doubt import FEED_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import Name, behind, paper, repository_behind
from staycurrent.sources.row import Row, load
from staycurrent.sources.settings import PapersWithCode
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask

NAME = "pwc_api"
_STALE = timedelta(days=14)


async def read(settings: PapersWithCode, ask: Ask, night: date) -> Reading | Drift:
    """Ask once; the order is the API's own, by the stars that a paper's repository gains."""
    url = f"{settings.url}?limit={settings.limit}&max_age_days={settings.max_age_days}"
    answer = await ask(url, headers={"Accept": "application/json"}, body_bytes=FEED_BYTES)
    reason = doubt(answer, Shape.JSON)
    items = Drift(NAME, reason) if reason else parse(answer.body, night)
    return items if isinstance(items, Drift) else Reading(NAME, items)


def parse(body: bytes, night: date) -> tuple[Item, ...] | Drift:
    """Read the array of papers, or say which promise of the API is broken."""
    found = load(body)
    if found is None:
        return Drift(NAME, "body is no JSON")
    rows = found.rows("results") if found.rows() is None else found.rows()
    if rows is None:
        return Drift(NAME, "body is no list of papers")
    reason = _drift(rows, night)
    if reason is not None:
        return Drift(NAME, reason)
    named = [item for rank, row in enumerate(rows, 1) if (item := _item(row, rank)) is not None]
    return tuple(named) if named else Drift(NAME, "no row can be read")


def _drift(rows: Sequence[Row], night: date) -> str | None:
    if not rows:
        return "list is empty"
    names = [_name(row) for row in rows]
    on_arxiv = sum(one is not None and one.identity.startswith("paper:arxiv:") for one in names)
    if on_arxiv < 0.6 * len(rows):
        return f"only {on_arxiv} of {len(rows)} rows have an arXiv identifier"
    if not any(any(row.numbers("trending")) or row.number("trending") for row in rows):
        return "no row says how it trends"
    newest = max((day for row in rows if (day := _published(row)) is not None), default=None)
    if newest is not None and newest < night - _STALE:
        return f"newest paper is of {newest}"
    return None


def _published(row: Row) -> date | None:
    return row.day("date_published") or row.day("published")


def _name(row: Row) -> Name | None:
    return paper(row.text("arxiv_id")) or behind(row.text("source_url") or row.text("url_abs"))


def _repository(row: Row) -> str | None:
    """The one that trends, or as other answers of this API have it the first of several."""
    several = row.rows("repositories") or ()
    urls = [row.text("repository", "url"), *(one.text("url") for one in several)]
    return next((found for url in urls if (found := repository_behind(url)) is not None), None)


def _item(row: Row, rank: int) -> Item | None:
    name = _name(row)
    title = plain(row.text("title") or "")
    if name is None or not title:
        return None
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=title,
        url=name.url,
        rank=rank,
        summary=plain(row.text("abstract") or ""),
        stars=row.number("repository", "stars"),
        stars_today=row.number("trending", "stars_gained_24h"),
        published=_published(row),
        repository=_repository(row),
    )
