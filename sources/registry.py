"""Every feed that comes with staycurrent, and the settings of each as one flat section."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sources import (
    arxiv_new,
    arxiv_rss,
    dair,
    github_search,
    hf_days,
    hf_repositories,
    hf_trending,
    hf_week,
    hf_weekly,
    papers_rss,
    pwc_api,
    rss,
    trending_page,
    trending_rss,
)
from sources.chain import Adapter, Source
from sources.plausible import Rhythm


@dataclass(frozen=True)
class GithubTrending(trending_page.Settings, trending_rss.Settings, github_search.Settings):
    """`[sources.github_trending]`: repositories that gain stars today."""

    enabled: bool = True
    """Whether the feed is pulled."""


@dataclass(frozen=True)
class PapersWithCode(pwc_api.Settings, hf_trending.Settings, hf_repositories.Settings):
    """`[sources.papers_with_code]`: papers whose code is looked at now."""

    enabled: bool = True
    """Whether the feed is pulled."""


@dataclass(frozen=True)
class WeeklyPapers(
    hf_week.Settings,
    papers_rss.Settings,
    dair.Settings,
    arxiv_rss.Settings,
    arxiv_new.Settings,
):
    """`[sources.weekly_papers]`: what readers thought worth reading in the last closed week."""

    enabled: bool = True
    """Whether the feed is pulled."""


@dataclass(frozen=True)
class Feed(rss.Settings):
    """`[sources.NAME]` with `kind = "rss"`: any RSS, Atom or JSON feed."""

    enabled: bool = True
    """Whether the feed is pulled."""


SOURCES: Mapping[str, Source[Any]] = MappingProxyType(
    {
        "github_trending": Source(
            "github_trending",
            GithubTrending,
            (
                Adapter(trending_page.NAME, trending_page.read),
                Adapter(trending_rss.NAME, trending_rss.read),
            ),
            otherwise=(Adapter(github_search.NAME, github_search.read, Rhythm.ANY),),
        ),
        "papers_with_code": Source(
            "papers_with_code",
            PapersWithCode,
            (
                Adapter(pwc_api.NAME, pwc_api.read),
                Adapter(hf_trending.NAME, hf_trending.read),
                Adapter(hf_repositories.NAME, hf_repositories.read, Rhythm.WORKDAYS),
            ),
        ),
        "weekly_papers": Source(
            "weekly_papers",
            WeeklyPapers,
            (
                Adapter(hf_weekly.NAME, hf_weekly.read),
                Adapter(hf_days.NAME, hf_days.read),
                Adapter(papers_rss.NAME, papers_rss.read),
                Adapter(dair.NAME, dair.read),
                Adapter(arxiv_rss.NAME, arxiv_rss.read, Rhythm.WORKDAYS),
                Adapter(arxiv_new.NAME, arxiv_new.read, Rhythm.WORKDAYS),
            ),
            rhythm=Rhythm.WEEKLY,
            keep=timedelta(days=8),
        ),
    }
)


def custom(name: str) -> Source[Feed]:
    """Return the source behind `[sources.NAME]` with `kind = "rss"`."""
    chain: tuple[Adapter[Feed], ...] = (Adapter(rss.NAME, rss.read),)
    return Source(name, Feed, chain, rhythm=Rhythm.ANY, keep=timedelta(days=14))
