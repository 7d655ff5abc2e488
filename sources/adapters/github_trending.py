"""GitHub's trending page: the all-languages page and one for each language, without any query."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup, SoupStrainer, Tag

from staycurrent.sources import feed_parser
from staycurrent.sources.item import FeedDrift, FeedReading, Item, deduplicated
from staycurrent.sources.item_names import name_url
from staycurrent.sources.json_value import JsonValue, parse_json
from staycurrent.sources.plain_text import plain_text
from staycurrent.sources.settings import GithubTrendingSettings
from staycurrent.sources.validation import (
    MAX_FEED_BYTES,
    MAX_PAGE_BYTES,
    BodyFormat,
    response_problem,
)
from staycurrent.web.response import Fetch

PAGE_NAME = "trending_page"
_MOST_ROWS = 100
_MOST_STARS = 1e9
_TITLE = re.compile(r"\s*Trending (.*?)\s*repositories on GitHub today\b")
_REPOSITORY = re.compile(r"/(?!sponsors/)[^/\s]+/[^/\s]+")
_COUNT = r"[0-9][0-9,]*(?:\.[0-9]+)?\s?[km]?"
_TODAY = re.compile(rf"({_COUNT})\s+stars?\s+today\b", re.IGNORECASE)
_NUMBER = re.compile(rf"{_COUNT}\b", re.IGNORECASE)
_THOUSANDS = {"k": 1_000, "m": 1_000_000}


async def read_page(
    settings: GithubTrendingSettings, ask: Fetch, _night: date
) -> FeedReading | FeedDrift:
    """Read the pages one after the other; rows keep the pages' order, the first page first.

    The all-languages page must be believable. A language's page that is not leaves its rows out
    and says so in the note: small languages have empty pages.
    """
    pages: list[tuple[Item, ...]] = []
    notes: list[str] = []
    for language in ("", *settings.languages):
        page = await _fetch_page(_address(settings.url, language), language, ask)
        if isinstance(page, FeedDrift):
            if not language:
                return page
            notes.append(f"{language}: {page.reason}")
        else:
            pages.append(page)
    return FeedReading(PAGE_NAME, deduplicated(pages), "; ".join(notes))


def parse_page(body: bytes, language: str = "") -> tuple[Item, ...] | FeedDrift:
    """Read one page's rows; selectors are those that held from June 2019 to August 2026.

    Utility classes are not among them: in 2026 `pr-4` became `tmp-pr-4` overnight.
    """
    soup = BeautifulSoup(body, "html.parser", parse_only=SoupStrainer(["title", "article"]))
    wrong_page = _wrong_page(soup, language)
    if wrong_page is not None:
        return FeedDrift(PAGE_NAME, wrong_page)
    rows = soup.select("article.Box-row", limit=_MOST_ROWS + 1)
    if len(rows) > _MOST_ROWS or any(row.find_parent("article") for row in rows):
        return FeedDrift(PAGE_NAME, "page has more rows than any had, or rows within rows")
    found = [item for row in rows if (item := _page_item(row)) is not None]
    reason = _page_problem(rows, found, language)
    return FeedDrift(PAGE_NAME, reason) if reason else deduplicated([found])


async def _fetch_page(url: str, language: str, ask: Fetch) -> tuple[Item, ...] | FeedDrift:
    answer = await ask(url, body_bytes=MAX_PAGE_BYTES)
    reason = response_problem(answer, BodyFormat.HTML)
    return FeedDrift(PAGE_NAME, reason) if reason else parse_page(answer.body, language)


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
        return f'title says "{plain_text(said, 80)}", not repositories trending today'
    if _slug(found.group(1)) != _slug(unquote(language)):
        return f'title says "{plain_text(said, 80)}", asked was for {language or "all languages"}'
    return None


def _page_problem(rows: Sequence[Tag], found: Sequence[Item], language: str) -> str | None:
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


def _page_item(row: Tag) -> Item | None:
    links = row.select("h2 a[href], h1 a[href], h3 a[href]")
    paths = [str(link["href"]).strip().removeprefix("https://github.com") for link in links]
    path = next((path for path in paths if _REPOSITORY.fullmatch(path)), "")
    name = name_url(f"https://github.com{path}") if path else None
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
        summary=plain_text(description.get_text()) if description else "",
        stars=_number(row.select_one('a[href*="/stargazers"]')),
        stars_today=_counted(today.group(1)) if today else None,
        number=_record(links[paths.index(path)]),
    )


def _record(link: Tag) -> int | None:
    """GitHub's number of the repository, which the link tells where it is clicked (since 2021)."""
    clicked = parse_json(str(link.get("data-hydro-click", "")).encode()) or JsonValue(None)
    is_ours = clicked.text("payload", "click_target") == "REPOSITORY"
    return clicked.integer("payload", "record_id") if is_ours else None


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


RSS_NAME = "trending_rss"
_OLDEST = timedelta(days=2)


async def read_rss(
    settings: GithubTrendingSettings, ask: Fetch, night: date
) -> FeedReading | FeedDrift:
    """Read `all.xml`, which must be believable, then the languages', which may be empty."""
    pages: list[tuple[Item, ...]] = []
    notes = ["no counters of stars"]
    for language in ("all", *settings.languages):
        url = f"{settings.rss_url.rstrip('/')}/{quote(unquote(language), safe='+')}.xml"
        answer = await ask(url, body_bytes=MAX_FEED_BYTES)
        reason = response_problem(answer, BodyFormat.FEED)
        page = FeedDrift(RSS_NAME, reason) if reason else await parse_rss(answer.body, night)
        if not isinstance(page, FeedDrift):
            pages.append(page)
        elif language == "all":
            return page
        else:
            notes.append(f"{language}: {page.reason}")
    return FeedReading(RSS_NAME, deduplicated(pages), "; ".join(notes))


async def parse_rss(body: bytes, run_date: date) -> tuple[Item, ...] | FeedDrift:
    """Read one feed: the order is the rank, the build date of the channel tells its age."""
    found = await feed_parser.parse_feed(body)
    if isinstance(found, feed_parser.UnreadableFeed):
        return FeedDrift(RSS_NAME, f"body {found.reason}")
    reason = _rss_problem(found, run_date)
    items = [item for entry in found.entries if (item := _rss_item(entry)) is not None]
    if reason is None and len(items) < 0.9 * len(found.entries):
        reason = f"only {len(items)} of {len(found.entries)} entries name a repository"
    return FeedDrift(RSS_NAME, reason) if reason else deduplicated([items])


def _rss_problem(found: feed_parser.ParsedFeed, night: date) -> str | None:
    if found.error:
        return f"feed is damaged ({found.error})"
    if "daily trending" not in found.title.lower():
        return f'feed calls itself "{plain_text(found.title, 80)}", not daily trending'
    if found.updated is None or found.updated < night - _OLDEST:
        return f"feed was built on {found.updated or 'no day that it names'}"
    return None if found.entries else "feed has no entries"


def _rss_item(entry: feed_parser.FeedEntry) -> Item | None:
    name = name_url(entry.link)
    if name is None or name.kind != "repository":
        return None
    title = name.url.removeprefix("https://github.com/")
    # The summary is the whole README behind the description: its beginning is enough.
    return Item(name.identity, name.kind, title, name.url, 0, plain_text(entry.summary))
