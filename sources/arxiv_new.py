"""arXiv's page of new listings, which counts what it shows: for days when the feed stands still."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from bs4 import BeautifulSoup, SoupStrainer, Tag

from staycurrent.sources.doubt import PAGE_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import paper
from staycurrent.sources.order import merged
from staycurrent.sources.settings import WeeklyPapers
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask

NAME = "arxiv_new"
_OLDEST = timedelta(days=4)
_MOST_ROWS = 2_000
_OF = re.compile(r"new listings for \w+, *(\d{1,2} [A-Za-z]+ \d{4})", re.IGNORECASE)
_NEW = re.compile(r"New submissions\s*\(showing (?:first )?(\d{1,6}) of (\d{1,6})", re.IGNORECASE)


async def read(settings: WeeklyPapers, ask: Ask, night: date) -> Reading | Drift:
    """Read the new submissions of the first category."""
    category = next(iter(settings.categories), "cs.CL")
    url = f"{settings.listing_url.rstrip('/')}/{category}/new"
    answer = await ask(url, body_bytes=2 * PAGE_BYTES)
    reason = doubt(answer, Shape.HTML)
    items = Drift(NAME, reason) if reason else parse(answer.body, night)
    if isinstance(items, Drift):
        return items
    note = f"new in {category}, not ranked by anyone"
    return Reading(NAME, items[: settings.arxiv_limit], note)


def parse(body: bytes, night: date) -> tuple[Item, ...] | Drift:
    """Read the section of new submissions; its heading says how many there are."""
    only = SoupStrainer(["h3", "dt", "dd"])
    soup = BeautifulSoup(body, "html.parser", parse_only=only)
    headings = [tag.get_text(" ") for tag in soup.find_all("h3", limit=20)]
    of = next((day for text in headings if (day := _day(text)) is not None), None)
    if of is None:
        return Drift(NAME, "page is no listing of a day")
    if not night - _OLDEST <= of <= night + timedelta(days=1):
        return Drift(NAME, f"listing is of {of}")
    return _counted(soup)


def _day(text: str) -> date | None:
    found = _OF.search(text)
    try:
        said = datetime.strptime(found.group(1), "%d %B %Y") if found else None  # noqa: DTZ007
    except ValueError:
        return None
    return said.date() if said else None


def _counted(soup: BeautifulSoup) -> tuple[Item, ...] | Drift:
    heading = next(
        (h3 for h3 in soup.find_all("h3", limit=20) if _NEW.search(h3.get_text(" "))), None
    )
    said = _NEW.search(heading.get_text(" ")) if heading is not None else None
    if heading is None or said is None:
        return Drift(NAME, "page has no section of new submissions")
    shown = int(said.group(1))
    rows = _section(heading)
    items = [item for row in rows if (item := _item(row)) is not None]
    if not items or len(items) < 0.9 * shown:
        return Drift(NAME, f"{len(items)} papers can be read of the {shown} that it says to show")
    return merged([items])


def _section(heading: Tag) -> list[Tag]:
    """The entries' `dt` between a heading and the next one."""
    rows: list[Tag] = []
    for tag in _tags(heading.find_all_next(["h3", "dt"], limit=_MOST_ROWS)):
        if tag.name == "h3":
            break
        rows.append(tag)
    return rows


def _item(row: Tag) -> Item | None:
    link = row.select_one('a[href^="/abs/"], a[href*="arxiv.org/abs/"]')
    name = paper(str(link["href"]).partition("/abs/")[2]) if link is not None else None
    said = next(_tags(row.find_all_next("dd", limit=1)), None)
    title = said.select_one(".list-title") if said is not None else None
    if name is None or said is None or title is None:
        return None
    words = plain(title.get_text(" ")).removeprefix("Title:").strip()
    abstract = said.select_one("p.mathjax")
    summary = plain(abstract.get_text(" ")) if abstract is not None else ""
    return Item(name.identity, name.kind, words, name.url, 0, summary) if words else None


def _tags(found: Iterable[object]) -> Iterator[Tag]:
    from bs4 import Tag

    return (one for one in found if isinstance(one, Tag))
