"""GitHub's trending page: the all-languages page and one for each language, without any query."""

import re
from collections.abc import Sequence
from datetime import date
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup, SoupStrainer, Tag

from staycurrent.sources.doubt import PAGE_BYTES, Shape, doubt
from staycurrent.sources.item import Drift, Item, Reading
from staycurrent.sources.naming import behind
from staycurrent.sources.order import merged
from staycurrent.sources.row import Row, load
from staycurrent.sources.settings import GithubTrending
from staycurrent.sources.text import plain
from staycurrent.web.answer import Ask

NAME = "trending_page"
_MOST_ROWS = 100
_MOST_STARS = 1e9
_TITLE = re.compile(r"\s*Trending (.*?)\s*repositories on GitHub today\b")
_REPOSITORY = re.compile(r"/(?!sponsors/)[^/\s]+/[^/\s]+")
_COUNT = r"[0-9][0-9,]*(?:\.[0-9]+)?\s?[km]?"
_TODAY = re.compile(rf"({_COUNT})\s+stars?\s+today\b", re.IGNORECASE)
_NUMBER = re.compile(rf"{_COUNT}\b", re.IGNORECASE)
_THOUSANDS = {"k": 1_000, "m": 1_000_000}


async def read(settings: GithubTrending, ask: Ask, _night: date) -> Reading | Drift:
    """Read the pages one after the other; rows keep the pages' order, the first page first.

    The all-languages page must be believable. A language's page that is not leaves its rows out
    and says so in the note: small languages have empty pages.
    """
    pages: list[tuple[Item, ...]] = []
    notes: list[str] = []
    for language in ("", *settings.languages):
        page = await _page(_address(settings.url, language), language, ask)
        if isinstance(page, Drift):
            if not language:
                return page
            notes.append(f"{language}: {page.reason}")
        else:
            pages.append(page)
    return Reading(NAME, merged(pages), "; ".join(notes))


def parse(body: bytes, language: str = "") -> tuple[Item, ...] | Drift:
    """Read one page's rows; selectors are those that held from June 2019 to August 2026.

    Utility classes are not among them: in 2026 `pr-4` became `tmp-pr-4` overnight.
    """
    soup = BeautifulSoup(body, "html.parser", parse_only=SoupStrainer(["title", "article"]))
    wrong_page = _wrong_page(soup, language)
    if wrong_page is not None:
        return Drift(NAME, wrong_page)
    rows = soup.select("article.Box-row", limit=_MOST_ROWS + 1)
    if len(rows) > _MOST_ROWS or any(row.find_parent("article") for row in rows):
        return Drift(NAME, "page has more rows than any had, or rows within rows")
    found = [item for row in rows if (item := _item(row)) is not None]
    reason = _drift(rows, found, language)
    return Drift(NAME, reason) if reason else merged([found])


async def _page(url: str, language: str, ask: Ask) -> tuple[Item, ...] | Drift:
    answer = await ask(url, body_bytes=PAGE_BYTES)
    reason = doubt(answer, Shape.HTML)
    return Drift(NAME, reason) if reason else parse(answer.body, language)


def _address(url: str, language: str) -> str:
    # The menu of the page has the slugs as they stand in its addresses: `c%23`.
    slug = quote(_slug(unquote(language)), safe="+")
    return f"{url.rstrip('/')}/{slug}" if language else url


def _wrong_page(soup: BeautifulSoup, language: str) -> str | None:
    """Say what the page's title promises instead; a page without title is judged by its rows."""
    title = soup.find("title")
    if title is None:
        return None
    said = title.get_text()
    found = _TITLE.match(said)
    if found is None:
        return f'title says "{plain(said, 80)}", not repositories trending today'
    if _slug(found.group(1)) != _slug(unquote(language)):
        return f'title says "{plain(said, 80)}", asked was for {language or "all languages"}'
    return None


def _drift(rows: Sequence[Tag], found: Sequence[Item], language: str) -> str | None:
    """Say which of the page's promises is broken; short lists and missing descriptions are none."""
    if not rows:
        return "page shows no rows"
    if len(found) < 0.9 * len(rows):
        return f"only {len(found)} of {len(rows)} rows name a repository"
    if not any(item.stars for item in found):
        return "no row has any stars"
    if sum(item.stars_today is None for item in found) > 0.5 * len(found):
        return "most rows have no stars of today"
    asked = _slug(unquote(language))
    other = [said for row in rows if (said := _language(row)) and _slug(said) != asked]
    if language and len(other) > 0.5 * len(rows):
        return f"{len(other)} of {len(rows)} rows are in another language than {language}"
    return None


def _item(row: Tag) -> Item | None:
    links = row.select("h2 a[href], h1 a[href], h3 a[href]")
    paths = [str(link["href"]).strip().removeprefix("https://github.com") for link in links]
    path = next((path for path in paths if _REPOSITORY.fullmatch(path)), "")
    name = behind(f"https://github.com{path}") if path else None
    if name is None or name.kind != "repository":
        return None
    description = row.find("p")
    today = _TODAY.search(row.get_text(" "))
    return Item(
        identity=name.identity,
        kind=name.kind,
        title=name.url.removeprefix("https://github.com/"),
        url=name.url,
        rank=0,
        summary=plain(description.get_text()) if description else "",
        stars=_number(row.select_one('a[href*="/stargazers"]')),
        stars_today=_counted(today.group(1)) if today else None,
        number=_record(links[paths.index(path)]),
    )


def _record(link: Tag) -> int | None:
    """GitHub's number of the repository, which the link tells where it is clicked (since 2021)."""
    clicked = load(str(link.get("data-hydro-click", "")).encode()) or Row(None)
    is_ours = clicked.text("payload", "click_target") == "REPOSITORY"
    return clicked.number("payload", "record_id") if is_ours else None


def _number(tag: Tag | None) -> int | None:
    found = _NUMBER.search(tag.get_text()) if tag is not None else None
    return _counted(found.group()) if found else None


def _counted(text: str) -> int | None:
    """`1,295` and `1.2k` as numbers; None for what nobody could have counted."""
    digits = text.replace(",", "").strip().lower()
    times = _THOUSANDS.get(digits[-1:], 1)
    count = float(digits.rstrip("km").strip()) * times
    return round(count) if count < _MOST_STARS else None


def _language(row: Tag) -> str:
    tag = row.select_one("[itemprop=programmingLanguage]")
    return tag.get_text().strip() if tag is not None else ""


def _slug(language: str) -> str:
    return "-".join(language.lower().split())
