"""GitHub's trending page and an RSS archive of it: all languages, then a page for each language."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from staycurrent.sources.feed_parser import ParsedFeed, fetch_feed
from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    deduplicated,
    repository_at,
)
from staycurrent.sources.parsing import JsonValue, parse_html, parse_json, plain_text
from staycurrent.sources.settings import GithubTrendingSettings
from staycurrent.sources.validation import BodyFormat, fetch_valid
from staycurrent.web.address import extend
from staycurrent.web.response import Fetch

if TYPE_CHECKING:
    from bs4 import Tag

_MAX_ROWS = 100
_MAX_STARS = 1e9
_MAX_AGE = timedelta(days=2)
_TITLE = re.compile(r"Trending (.*?) ?repositories on GitHub today\b")
_REPOSITORY = re.compile(r"/(?!sponsors/)[^/\s]+/[^/\s]+")
_COUNT = r"([0-9][0-9,]*(?:\.[0-9]+)?\s?[km]?)"
_TODAY = re.compile(rf"(?<![0-9.,]){_COUNT}\s+stars?\s+today\b", re.IGNORECASE)
_NUMBER = re.compile(rf"{_COUNT}\b", re.IGNORECASE)
_MULTIPLIERS = {"k": 1_000, "m": 1_000_000}


async def read_page(settings: GithubTrendingSettings, fetch: Fetch, _run_date: date) -> FeedResult:
    """Read the page of each language; repositories with all counters."""

    async def read_language(language: str) -> tuple[Item, ...] | FeedDrift:
        # As in the links of the page's own menu: `c%23`.
        slug = quote(_slug(language), safe="+")
        url = extend(settings.url, slug)
        page = await fetch_valid(fetch, url, BodyFormat.HTML, max_bytes=2_000_000)
        return page if isinstance(page, FeedDrift) else parse_page(page.body, language)

    return await _read_languages(settings, read_language)


async def read_rss(settings: GithubTrendingSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the archived feed of each language; the same repositories without counters."""

    async def read_language(language: str) -> tuple[Item, ...] | FeedDrift:
        name = quote(unquote(language or "all"), safe="+")
        feed = await fetch_feed(fetch, extend(settings.rss_url, f"{name}.xml"))
        return feed if isinstance(feed, FeedDrift) else parse_rss(feed, run_date)

    return await _read_languages(settings, read_language, "without star counts")


async def _read_languages(
    settings: GithubTrendingSettings,
    read: Callable[[str], Awaitable[tuple[Item, ...] | FeedDrift]],
    *notes: str,
) -> FeedResult:
    """Read the page of all languages, which must be usable, then that of each language.

    A language's page that cannot be used is left out with a note: small languages have empty
    pages.
    """
    first = await read("")
    if isinstance(first, FeedDrift):
        return first
    pages = [first]
    skipped: list[str] = []
    for language in settings.languages:
        page = await read(language)
        if isinstance(page, FeedDrift):
            skipped.append(f"{language}: {page.reason}")
        else:
            pages.append(page)
    return FeedReading(deduplicated(pages), "; ".join([*notes, *skipped]))


def parse_page(body: bytes, language: str = "") -> tuple[Item, ...] | FeedDrift:
    """Read the rows of one page, or say how it is not the trending page of the language.

    The selectors held from June 2019 to August 2026. Utility classes are not among them: in 2026
    `pr-4` became `tmp-pr-4` overnight.
    """
    soup = parse_html(body, "title", "article")
    if isinstance(soup, FeedDrift):
        return soup
    title = soup.find("title")
    found = _TITLE.match(" ".join(title.get_text().split())) if title else None
    # A page without a title is judged by its rows.
    if title and (found is None or _slug(found.group(1)) != _slug(language)):
        wanted = f"repositories trending today in {language or 'all languages'}"
        return FeedDrift(f'title is "{plain_text(title.get_text(), 80)}", not {wanted}')
    rows = soup.select("article.Box-row", limit=_MAX_ROWS + 1)
    if not rows:
        return FeedDrift("page shows no rows")
    if len(rows) > _MAX_ROWS or any(row.find_parent("article") for row in rows):
        return FeedDrift(f"page has more than {_MAX_ROWS} rows, or rows within rows")
    items = [item for row in rows if (item := _page_item(row)) is not None]
    if len(items) < 0.9 * len(rows):
        return FeedDrift(f"only {len(items)} of {len(rows)} rows name a repository")
    if not any(item.stars for item in items):
        return FeedDrift("no row has any stars")
    if sum(item.stars_today is None for item in items) > 0.5 * len(items):
        return FeedDrift("most rows have no stars of today")
    # Rows may lack one, and so may all of a short page; items are judged by it.
    if len(items) > 2 and not any(item.summary for item in items):
        return FeedDrift("no row has a description")
    others = sum(_slug(name) != _slug(language) for item in items for name in item.keywords)
    if language and others > 0.5 * len(rows):
        return FeedDrift(f"{others} of {len(rows)} rows are in another language than {language}")
    return deduplicated([items])


def _page_item(row: "Tag") -> Item | None:
    for link in row.select("h2 a[href], h1 a[href], h3 a[href]"):
        path = str(link["href"]).strip().removeprefix("https://github.com")
        if _REPOSITORY.fullmatch(path):
            break
    else:
        return None
    item = repository_at(f"https://github.com{path}")
    if item is None:
        return None
    # The row of a page of 2023 begins with the text of a dialog, in a template.
    description = row.select_one("p:not(template p)")
    language = row.select_one("[itemprop=programmingLanguage]")
    stargazers = row.select_one('a[href*="/stargazers"]')
    # Since 2021 the link carries the repository's id for GitHub's click statistics.
    clicked = parse_json(str(link.get("data-hydro-click", "")).encode()) or JsonValue(None)
    is_repository = clicked.text("payload", "click_target") == "REPOSITORY"
    return replace(
        item,
        summary=plain_text(description.get_text()) if description else "",
        stars=_count(_NUMBER.search(stargazers.get_text())) if stargazers else None,
        stars_today=_count(_TODAY.search(row.get_text(" "))),
        number=clicked.integer("payload", "record_id") if is_repository else None,
        keywords=(name,) if language and (name := plain_text(language.get_text(), 40)) else (),
    )


def _count(found: re.Match[str] | None) -> int | None:
    """Return `1,295` or `1.2k` as a number; None without a match and for an impossible number."""
    if found is None:
        return None
    digits = found.group(1).replace(",", "").strip().lower()
    count = float(digits.rstrip("km").strip()) * _MULTIPLIERS.get(digits[-1:], 1)
    return round(count) if count < _MAX_STARS else None


def _slug(language: str) -> str:
    return "-".join(unquote(language).lower().split())


def parse_rss(feed: ParsedFeed, run_date: date) -> tuple[Item, ...] | FeedDrift:
    """Read one archived feed; its order is the rank, its build date its age."""
    if "daily trending" not in feed.title.lower():
        return FeedDrift(f'feed is titled "{plain_text(feed.title, 80)}", not daily trending')
    if feed.updated is None or feed.updated < run_date - _MAX_AGE:
        return FeedDrift(f"feed was built on {feed.updated or 'an unknown date'}")
    if not feed.entries:
        return FeedDrift("feed has no entries")
    # A summary is the description followed by the whole README: its beginning is enough.
    items = [
        replace(item, summary=plain_text(entry.summary))
        for entry in feed.entries
        if (item := repository_at(entry.link)) is not None
    ]
    if len(items) < 0.9 * len(feed.entries):
        return FeedDrift(f"only {len(items)} of {len(feed.entries)} entries name a repository")
    return deduplicated([items])
