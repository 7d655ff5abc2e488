"""Every source that comes with staycurrent, with the chain of adapters that reads it."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from staycurrent.sources import settings
from staycurrent.sources.adapters import (
    arxiv,
    dair,
    github_search,
    github_trending,
    huggingface,
    papers_with_code,
    rss,
)
from staycurrent.sources.chain import Adapter, Source
from staycurrent.sources.validation import UpdateFrequency

_WORKDAYS = UpdateFrequency.WORKDAYS

SOURCES: Mapping[str, Source[Any]] = MappingProxyType(
    {
        "github_trending": Source(
            "github_trending",
            settings.GithubTrendingSettings,
            (
                Adapter("github_trending_page", github_trending.read_page),
                Adapter("github_trending_rss", github_trending.read_rss),
            ),
            fallbacks=(Adapter("github_search", github_search.read, UpdateFrequency.ANY),),
        ),
        "papers_with_code": Source(
            "papers_with_code",
            settings.PapersWithCodeSettings,
            (
                Adapter("papers_with_code_api", papers_with_code.read),
                Adapter("huggingface_trending", huggingface.read_trending),
                Adapter("huggingface_repositories", huggingface.read_repositories, _WORKDAYS),
            ),
        ),
        "weekly_papers": Source(
            "weekly_papers",
            settings.WeeklyPapersSettings,
            (
                Adapter("huggingface_weekly", huggingface.read_weekly),
                Adapter("huggingface_daily", huggingface.read_daily),
                Adapter("huggingface_archive", huggingface.read_archive),
                Adapter("dair", dair.read),
                Adapter("arxiv_rss", arxiv.read_rss, _WORKDAYS, ranked=False),
                Adapter("arxiv_listing", arxiv.read_listing, _WORKDAYS, ranked=False),
            ),
            update_frequency=UpdateFrequency.WEEKLY,
            keep_for=timedelta(days=8),
        ),
    }
)


def custom_source(name: str) -> Source[settings.CustomFeedSettings]:
    """Return the source of `[sources.NAME]` with `kind = "rss"`."""
    chain = (Adapter("rss", rss.read),)
    any_time = UpdateFrequency.ANY
    return Source(
        name,
        settings.CustomFeedSettings,
        chain,
        update_frequency=any_time,
        keep_for=timedelta(days=14),
    )
