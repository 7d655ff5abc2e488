"""Hugging Face's daily papers, in five forms: by week, by day, trending, with code, archived."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise, zip_longest

from staycurrent.sources.feed_parser import ParsedFeed, fetch_feed, papers_in
from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    FeedResult,
    Item,
    arxiv_item,
    by_stars,
    by_upvotes,
    deduplicated,
    item_at,
    note_of,
    repository_at,
)
from staycurrent.sources.parsing import JsonValue, plain_text
from staycurrent.sources.settings import (
    HuggingFaceHubSettings,
    OfList,
    PapersWithCodeSettings,
    WeeklyPapersSettings,
)
from staycurrent.sources.validation import IsoWeek, fetch_json, last_closed_week, last_workdays
from staycurrent.web.address import extend
from staycurrent.web.response import Fetch

_PAGE_SIZE = 100
_MAX_PAGES = 3
_MIN_READ = 0.9
"""Share of a page that must be readable."""
_MIN_PAPERS = 5
_UPVOTES = re.compile(r"Upvotes?\W{0,4}([0-9][0-9,]{0,8})")
_SUMMARY = re.compile(r"Summary\s*(?::\s*</\w+>|</\w+>\s*:|:)")
_MAX_TAGS = 60
_MACHINE_TAGS = frozenset(
    (
        *("transformers", "safetensors", "gguf", "pytorch", "tf", "jax", "onnx", "diffusers"),
        *("model-index", "eval-results", "custom_code", "endpoints_compatible", "conversational"),
        *("text-generation-inference", "autotrain_compatible", "sentence-transformers", "mlx"),
    )
)
"""Tags that say how a model is stored or served, not what it is for."""
_MAX_LABEL_OFFSET = 20_000
"""Characters of an entry that are searched for its labels, which follow up to 300 names."""


@dataclass(frozen=True, slots=True)
class FeaturedPaper:
    """A paper, and the date on which Hugging Face featured it."""

    item: Item
    featured_on: date | None


async def read_weekly(settings: WeeklyPapersSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the last closed week page by page, until a page is not full."""
    week = last_closed_week(run_date)
    papers: list[FeaturedPaper] = []
    for number in range(_MAX_PAGES):
        query = f"week={week.name}&limit={_PAGE_SIZE}&p={number}"
        page = await _fetch_papers(fetch, extend(settings.url, query=query))
        if isinstance(page, FeedDrift):
            return page
        papers += page
        if len(page) < _MIN_READ * _PAGE_SIZE:
            break
    return _week_reading(papers, week, settings, f"week {week.name}")


async def read_daily(settings: WeeklyPapersSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read the last closed week from its five daily lists; there is none on weekends."""
    week = last_closed_week(run_date)
    papers = await _fetch_days(fetch, settings.url, last_workdays(week.sunday))
    if isinstance(papers, FeedDrift):
        return papers
    return _week_reading(papers, week, settings, f"week {week.name}, from its days")


def _week_reading(
    papers: Sequence[FeaturedPaper], week: IsoWeek, settings: WeeklyPapersSettings, note: str
) -> FeedResult:
    """Rank the papers of a week by upvotes, or say why they are not those of the week."""
    found = len(deduplicated([[paper.item for paper in papers]]))
    if found < settings.min_papers:
        return FeedDrift(f"week {week.name} has {found} papers, fewer than {settings.min_papers}")
    drift = _other_days(papers, week.monday, week.sunday)
    if drift is not None:
        return drift
    if not any(paper.item.upvotes for paper in papers):
        return FeedDrift(f"no paper of week {week.name} has an upvote")
    return FeedReading(by_upvotes([paper.item for paper in papers], settings.limit), note)


def _other_days(papers: Sequence[FeaturedPaper], first: date, last: date) -> FeedDrift | None:
    """Whether more than a tenth of the papers were not featured on these days."""
    days = [paper.featured_on for paper in papers]
    outside = sum(day is None or not first <= day <= last for day in days)
    if outside <= 0.1 * len(papers):
        return None
    return FeedDrift(f"{outside} of {len(papers)} papers are not of {first} to {last}")


async def read_trending(
    settings: PapersWithCodeSettings, fetch: Fetch, _run_date: date
) -> FeedResult:
    """Read the trending papers in their own order, which follows the stars of repositories."""
    papers = await _fetch_papers(
        fetch, extend(settings.huggingface_url, query=f"sort=trending&limit={settings.limit}")
    )
    if isinstance(papers, FeedDrift):
        return papers
    if len(papers) < _MIN_PAPERS:
        return FeedDrift(f"list has {len(papers)} papers")
    if not any(paper.item.upvotes for paper in papers):
        return FeedDrift("no paper has an upvote")
    # Without repositories the API has ignored the sort parameter.
    if not any(paper.item.repository for paper in papers):
        return FeedDrift("no paper has a repository")
    return FeedReading(tuple(paper.item for paper in papers))


async def read_repositories(
    settings: PapersWithCodeSettings, fetch: Fetch, run_date: date
) -> FeedResult:
    """Read the papers with a repository from the last five daily lists, ranked by its stars.

    About half of all papers have one: 16 of 30 and 18 of 25 in 2026.
    """
    days = last_workdays(run_date)
    papers = await _fetch_days(fetch, settings.huggingface_url, days)
    if isinstance(papers, FeedDrift):
        return papers
    drift = _other_days(papers, days[0], days[-1])
    if drift is not None:
        return drift
    with_code = [paper.item for paper in papers if paper.item.repository is not None]
    if len(with_code) < _MIN_PAPERS:
        found = f"{len(with_code)} of {len(papers)}"
        return FeedDrift(f"{found} papers have a repository, fewer than {_MIN_PAPERS}")
    if not any(item.stars for item in with_code):
        return FeedDrift("no repository has any stars")
    note = f"papers of {days[0]} to {days[-1]} by the stars of their repositories"
    return FeedReading(by_stars(with_code, settings.limit), note)


async def _fetch_days(
    fetch: Fetch, url: str, days: Sequence[date]
) -> tuple[FeaturedPaper, ...] | FeedDrift:
    """Fetch the list of each day; all of them must be usable."""
    papers: list[FeaturedPaper] = []
    for day in days:
        found = await _fetch_papers(fetch, extend(url, query=f"date={day}&limit=100"))
        if isinstance(found, FeedDrift):
            return FeedDrift(f"{day}: {found.reason}")
        papers += found
    return tuple(papers)


async def _fetch_papers(fetch: Fetch, url: str) -> tuple[FeaturedPaper, ...] | FeedDrift:
    page = await fetch_json(fetch, url)
    return page if isinstance(page, FeedDrift) else parse_papers(page)


def parse_papers(response: JsonValue) -> tuple[FeaturedPaper, ...] | FeedDrift:
    """Read an array of papers in its order, or say how the API has changed."""
    rows = response.array()
    if rows is None:
        return FeedDrift("body is not a list of papers")
    papers: list[FeaturedPaper] = []
    for rank, row in enumerate(rows, 1):
        item = arxiv_item(row.text("paper", "id"))
        title = plain_text(row.text("title") or row.text("paper", "title") or "")
        if item is None or not title:
            continue
        summary = row.text("paper", "ai_summary") or row.text("paper", "summary") or ""
        repository = repository_at(row.text("paper", "githubRepo"))
        item = replace(
            item,
            title=title,
            rank=rank,
            summary=plain_text(summary),
            stars=row.count("paper", "githubStars"),
            upvotes=row.count("paper", "upvotes"),
            # The publishedAt of the row itself is the same date shifted by a time zone.
            published=row.day("paper", "publishedAt"),
            repository=repository.identity if repository else None,
        )
        papers.append(FeaturedPaper(item, row.day("paper", "submittedOnDailyAt")))
    if len(papers) < _MIN_READ * len(rows):
        return FeedDrift(f"only {len(papers)} of {len(rows)} rows are papers on arXiv")
    return tuple(papers)


async def read_archive(settings: WeeklyPapersSettings, fetch: Fetch, run_date: date) -> FeedResult:
    """Read an RSS archive of the weekly papers, rebuilt on Mondays."""
    feed = await fetch_feed(fetch, settings.rss_url)
    return feed if isinstance(feed, FeedDrift) else parse_archive(feed, settings, run_date)


def parse_archive(feed: ParsedFeed, settings: WeeklyPapersSettings, run_date: date) -> FeedResult:
    """Read the papers of the archive, ranked by upvotes, or say why they are not last week's."""
    week = last_closed_week(run_date)
    if feed.updated is None or not week.sunday < feed.updated <= week.sunday + timedelta(days=8):
        built = feed.updated or "an unknown date"
        return FeedDrift(f"feed was built on {built}, not after {week.name}")
    items: list[Item] = []
    for item, entry in papers_in(feed.entries):
        upvotes = _UPVOTES.search(plain_text(entry.summary, _MAX_LABEL_OFFSET))
        label = _SUMMARY.search(entry.summary)
        summary = plain_text(entry.summary[label.end() :] if label else "")
        count = int(upvotes.group(1).replace(",", "")) if upvotes else None
        items.append(replace(item, summary=summary, upvotes=count))
    if len(items) < settings.min_papers:
        return FeedDrift(f"feed has {len(items)} papers, fewer than {settings.min_papers}")
    # An arXiv identifier begins with year and month: 2608.01234.
    months = {f"{day:%y%m}" for day in (week.monday - timedelta(days=21), week.monday, week.sunday)}
    fitting = sum(item.identity.removeprefix("paper:arxiv:")[:4] in months for item in items)
    if fitting < 0.6 * len(items):
        return FeedDrift(f"only {fitting} of {len(items)} papers are as new as week {week.name}")
    if not any(item.upvotes for item in items):
        return FeedDrift("no paper has an upvote")
    note = note_of(f"week {week.name}, as archived", read=len(items), of=len(feed.entries))
    return FeedReading(by_upvotes(items, settings.limit), note)


async def read_hub(
    of_list: OfList[HuggingFaceHubSettings], fetch: Fetch, _run_date: date
) -> FeedResult:
    """Read the trending models, and the datasets, of the kinds that the list has."""
    settings = of_list.settings
    pages: list[Sequence[Item]] = []
    for kind in ("model", "dataset"):
        if not any(identity.startswith(f"{kind}:") for identity in of_list.own):
            continue
        # `sort=trending` is refused with 400
        url = extend(settings.url, f"{kind}s", f"sort=trendingScore&limit={settings.limit}")
        page = await fetch_json(fetch, url)
        items = page if isinstance(page, FeedDrift) else parse_hub(page, kind)
        if isinstance(items, FeedDrift):
            return FeedDrift(f"{kind}s: {items.reason}")
        pages.append(items)
    # one of each in turn, so that neither kind is at the end
    rows = (item for row in zip_longest(*pages) for item in row if item is not None)
    return FeedReading(deduplicated([[*rows]]))


def parse_hub(response: JsonValue, kind: str) -> tuple[Item, ...] | FeedDrift:
    """Read the rows of one kind in the order of the Hub, or say how the API has changed."""
    rows = response.array()
    if not rows:
        return FeedDrift("body is not a list of rows")
    scores = [score for row in rows if (score := row.integer("trendingScore")) is not None]
    if len(scores) < 0.9 * len(rows) or not any(scores):
        return FeedDrift("rows have no trending score")
    # Without its sort parameter the API lists by another order, or by none.
    if sum(first < second for first, second in pairwise(scores)) > 0.1 * len(scores):
        return FeedDrift("rows are not in the order of their trending score")
    items = tuple(
        item
        for rank, row in enumerate(rows, 1)
        if (item := _hub_item(row, kind, rank)) is not None and row.boolean("private") is not True
    )
    if len(items) < 0.9 * len(rows):
        return FeedDrift(f"only {len(items)} of {len(rows)} rows name a {kind}")
    return items


def _hub_item(row: JsonValue, kind: str, rank: int) -> Item | None:
    name = row.text("id") or ""
    folder = "datasets/" if kind == "dataset" else ""
    item = item_at(f"https://huggingface.co/{folder}{name}")
    if item is None or not item.identity.startswith(f"{kind}:"):
        return None
    tags = [tag for one in (row.array("tags") or ())[:_MAX_TAGS] if (tag := one.text())]
    filed = [tag.partition(":") for tag in tags]
    task = row.text("pipeline_tag") or ""
    keywords = [
        task,
        *(value for name, _, value in filed if name in ("task_categories", "task_ids")),
        *(name for name, colon, _ in filed if not colon and name not in _MACHINE_TAGS),
    ]
    words = (plain_text(one, 40).replace("-", " ") for one in keywords if len(one) > 2)
    said = f"A model for {task.replace('-', ' ')}" if kind == "model" and task else ""
    return replace(
        item,
        kind=kind,
        title=plain_text(name),
        rank=rank,
        summary=plain_text(row.text("description") or said),
        published=row.day("createdAt"),
        keywords=tuple(filter(None, dict.fromkeys(words))),
    )
