"""Every feed that comes with staycurrent, with the chain of adapters that reads it."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from staycurrent.sources.adapters import (
    arxiv,
    dair,
    github_search,
    github_trending,
    huggingface_lists,
    papers_with_code,
    rss,
)
from staycurrent.sources.chain import Adapter, Source
from staycurrent.sources.settings import (
    CustomFeedSettings,
    GithubTrendingSettings,
    PapersWithCodeSettings,
    WeeklyPapersSettings,
)
from staycurrent.sources.validation import UpdateFrequency

SOURCES: Mapping[str, Source[Any]] = MappingProxyType(
    {
        "github_trending": Source(
            "github_trending",
            GithubTrendingSettings,
            (
                Adapter(github_trending.PAGE_NAME, github_trending.read_page),
                Adapter(github_trending.RSS_NAME, github_trending.read_rss),
            ),
            fallbacks=(Adapter(github_search.NAME, github_search.read, UpdateFrequency.ANY),),
        ),
        "papers_with_code": Source(
            "papers_with_code",
            PapersWithCodeSettings,
            (
                Adapter(papers_with_code.NAME, papers_with_code.read),
                Adapter(huggingface_lists.TRENDING_NAME, huggingface_lists.read_trending),
                Adapter(
                    huggingface_lists.REPOSITORIES_NAME,
                    huggingface_lists.read_repositories,
                    UpdateFrequency.WORKDAYS,
                ),
            ),
        ),
        "weekly_papers": Source(
            "weekly_papers",
            WeeklyPapersSettings,
            (
                Adapter(huggingface_lists.WEEKLY_NAME, huggingface_lists.read_weekly),
                Adapter(huggingface_lists.DAILY_NAME, huggingface_lists.read_daily),
                Adapter(huggingface_lists.ARCHIVE_NAME, huggingface_lists.read_archive),
                Adapter(dair.NAME, dair.read),
                Adapter(arxiv.RSS_NAME, arxiv.read_rss, UpdateFrequency.WORKDAYS),
                Adapter(arxiv.LISTING_NAME, arxiv.read_listing, UpdateFrequency.WORKDAYS),
            ),
            update_frequency=UpdateFrequency.WEEKLY,
            keep_for=timedelta(days=8),
        ),
    }
)


def custom_source(name: str) -> Source[CustomFeedSettings]:
    """Return the source behind `[sources.NAME]` with `kind = "rss"`."""
    chain: tuple[Adapter[CustomFeedSettings], ...] = (Adapter(rss.NAME, rss.read),)
    return Source(
        name,
        CustomFeedSettings,
        chain,
        update_frequency=UpdateFrequency.ANY,
        keep_for=timedelta(days=14),
    )
