"""What can be set about the feeds and what is proposed of them; read by every command."""

from dataclasses import dataclass

from staycurrent.constraints import NonNegativeInt, PositiveInt, Share, WebUrl


@dataclass(frozen=True, slots=True)
class GithubTrendingSettings:
    """`[sources.github_trending]`: repositories that gain stars today."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = "https://github.com/trending"
    """The all-languages page. Never with `?since=`: github.com/robots.txt disallows it."""
    languages: tuple[str, ...] = ("python", "jupyter-notebook")
    """Slugs of further pages, as in the page's own menu; each is one request a night."""
    rss_url: WebUrl = "https://mshibanami.github.io/GitHubTrendingRSS/daily"
    """Folder with `all.xml` and one file for each language; built once a day at 01:00 UTC."""
    search_url: WebUrl = "https://api.github.com/search/repositories"
    """GitHub's search; 10 questions a minute, 30 with GITHUB_TOKEN."""
    topics: tuple[str, ...] = ("llm",)
    """Topics searched, one request each; none: repositories of every topic."""
    search_days: PositiveInt = 30
    """Only repositories that were made within so many days."""
    search_stars: NonNegativeInt = 100
    """Only repositories with more stars."""
    search_limit: PositiveInt = 50
    """Repositories kept, those with the most stars; 1 to 100."""


@dataclass(frozen=True, slots=True)
class PapersWithCodeSettings:
    """`[sources.papers_with_code]`: papers whose code is looked at now."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = "https://paperswithcode.co/api/v1/papers/trending"
    """Anonymous and read-only; paperswithcode.com (with m) died in July 2025."""
    limit: PositiveInt = 50
    """Papers asked for, 1 to 100; of those with repositories, so many with the most stars."""
    max_age_days: PositiveInt = 30
    """Older papers are left out by the API: what trends for months is not news."""
    hf_url: WebUrl = "https://huggingface.co/api/daily_papers"
    """Hugging Face's daily papers. Not `/api/papers`, which ignores its parameters and answers
    the same list every time."""


@dataclass(frozen=True, slots=True)
class WeeklyPapersSettings:
    """`[sources.weekly_papers]`: what readers thought worth reading in the last closed week."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = "https://huggingface.co/api/daily_papers"
    """Hugging Face's daily papers."""
    top: PositiveInt = 50
    """Papers kept, those with the most upvotes."""
    least: NonNegativeInt = 30
    """A closed week with fewer papers is not believed: over 100 are usual, and an archive asks
    for the week just begun."""
    rss_url: WebUrl = (
        "https://raw.githubusercontent.com/huangboming/huggingface-daily-paper-feed"
        "/main/feed_weekly.xml"
    )
    """An archive's weekly feed."""
    dair_url: WebUrl = "https://raw.githubusercontent.com/dair-ai/AI-Papers-of-the-Week/main/years"
    """Folder with one markdown file for each year; until April 2026 all were one README."""
    arxiv_url: WebUrl = "https://rss.arxiv.org/rss"
    """Folder of the feeds; published about 04:00 UTC from Monday to Friday."""
    categories: tuple[str, ...] = ("cs.CL", "cs.AI", "cs.LG")
    """Categories, read as one feed in one request; the listing is asked for the first only, for
    each is a megabyte."""
    arxiv_limit: PositiveInt = 100
    """Papers kept, the first of the feed or page."""
    listing_url: WebUrl = "https://arxiv.org/list"
    """Folder of the listings; robots.txt allows it."""


@dataclass(frozen=True, slots=True)
class CustomFeedSettings:
    """`[sources.NAME]` with `kind = "rss"`: any RSS, Atom or JSON feed."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = ""
    """Address of the feed."""
    limit: PositiveInt = 50
    """Entries kept, the first of the feed."""


@dataclass(frozen=True, slots=True)
class CandidateSettings:
    """`[candidates]`: how few, and how good."""

    weekly: NonNegativeInt = 3
    """Papers of the last closed week; 0: none are set apart."""
    trending: NonNegativeInt = 3
    """Repositories that gain stars; 0: none are set apart."""
    per_night: NonNegativeInt = 5
    """Other candidates added in one night."""
    per_kind: NonNegativeInt = 3
    """Of those, at most this many papers, and this many repositories."""
    total: NonNegativeInt = 15
    """Other candidates that stand at once."""
    floor: Share = 0.4
    """Least relevance, 0 to 1; what is below is not proposed however it trends."""
    trending_nights: PositiveInt = 2
    """Nights of the last seven on which the trending feed must have shown a repository."""
    upvotes: PositiveInt = 10
    """Upvotes that a paper must have where its feed counts them, or a second feed."""
    keep_days: PositiveInt = 14
    """Days that a candidate stands before it ages out."""
