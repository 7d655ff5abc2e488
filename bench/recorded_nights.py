"""Recorded nights of the feeds, turned into the pulls that those nights would have brought."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from staycurrent.sources import feed_parser
from staycurrent.sources.adapters import huggingface
from staycurrent.sources.item import (
    FeedDrift,
    FeedReading,
    Item,
    PullResult,
    SourceState,
    by_upvotes,
    item_at,
)
from staycurrent.sources.parsing import plain_text
from staycurrent.sources.settings import WeeklyPapersSettings

HISTORY = Path(__file__).resolve().parents[2] / "shared" / "recorded" / "history"
TOP = 50
WEEKLY = WeeklyPapersSettings(limit=TOP, min_papers=30)


def nights(first: date, last: date) -> Iterator[tuple[date, tuple[PullResult, ...]]]:
    """Each night with what its feeds showed; a feed that was not recorded then is left out."""
    day = first
    while day <= last:
        pulls = [pull for pull in (_trending(day), _weekly(day), _daily(day)) if pull is not None]
        if pulls:
            yield day, tuple(pulls)
        day += timedelta(days=1)


def _trending(day: date) -> PullResult | None:
    path = HISTORY / "trending" / f"{day}.json"
    if not path.is_file():
        return None
    rows = json.loads(path.read_bytes())["repos"]
    items = tuple(
        item for rank, row in enumerate(rows, 1) if (item := _repository(row, rank)) is not None
    )
    return PullResult("github_trending", SourceState.OK, "recorded", items)


def _repository(row: dict[str, Any], rank: int) -> Item | None:
    name = item_at(row["url"])
    if name is None:
        return None
    return Item(
        name.identity,
        name.kind,
        row["fullName"],
        name.url,
        rank,
        plain_text(row["description"] or ""),
        stars=row["stars"],
        stars_today=row["todayStars"],
        keywords=(row["language"],) if row["language"] else (),
    )


def _weekly(day: date) -> PullResult | None:
    """The newest file of the seven days before; those of a week just begun are not believed."""
    found = [path for path in (HISTORY / "hf_weekly").glob("*.xml") if 0 <= _age(path, day) < 7]
    for path in sorted(found, reverse=True):
        feed = asyncio.run(feed_parser.parse_whole_feed(path.read_bytes()))
        if isinstance(feed, FeedDrift):
            continue
        read = huggingface.parse_archive(feed, WEEKLY, _built(path))
        if isinstance(read, FeedReading):
            return PullResult("weekly_papers", SourceState.OK, "recorded", read.items)
    return None


def _daily(day: date) -> PullResult | None:
    found = [path for path in (HISTORY / "hf_daily").glob("*.xml") if _age(path, day) == 0]
    if not found:
        return None
    read = asyncio.run(feed_parser.parse_feed(found[0].read_bytes()))
    rows = read.entries if isinstance(read, feed_parser.ParsedFeed) else ()
    items = tuple(item for row in rows if (item := _paper(row)) is not None)
    return PullResult("daily_papers", SourceState.OK, "recorded", by_upvotes(items, TOP))


def _paper(row: feed_parser.FeedEntry) -> Item | None:
    name = item_at(row.link)
    if name is None:
        return None
    votes = re.search(r"Upvotes:</b> ([0-9]+)", row.summary)
    _, _, abstract = row.summary.partition("Summary:</b>")
    return Item(
        name.identity,
        name.kind,
        plain_text(row.title),
        name.url,
        1,
        plain_text(abstract),
        upvotes=int(votes.group(1)) if votes else None,
    )


def _age(path: Path, day: date) -> int:
    return (day - _built(path)).days


def _built(path: Path) -> date:
    return datetime.strptime(path.stem, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC).date()
