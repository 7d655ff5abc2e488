"""Every feed that comes with staycurrent, with the chain of adapters that reads it."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from staycurrent.sources import (
    arxiv_new,
    arxiv_rss,
    dair,
    github_search,
    hf_days,
    hf_repositories,
    hf_trending,
    hf_weekly,
    papers_rss,
    pwc_api,
    rss,
    trending_page,
    trending_rss,
)
from staycurrent.sources.chain import Adapter, Source
from staycurrent.sources.plausible import Rhythm
from staycurrent.sources.settings import Feed, GithubTrending, PapersWithCode, WeeklyPapers

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
