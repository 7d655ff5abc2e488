"""The settings of the sources and of candidates."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Generic, TypeVar

from staycurrent.web.settings import Days, NonNegativeInt, PositiveInt, Share, WebUrl

S = TypeVar("S")
LED_BY_LIST = {
    "arxiv_listings": ("paper:arxiv:",),
    "huggingface_hub": ("model:huggingface:", "dataset:huggingface:"),
    "github_topics": ("repository:github:",),
}
"""Sources that are read by what the list's entries have in common, with `OfList` as settings, and
the beginnings of the identities that these must have: a source is off without them. What they show
says nothing of what feeds show at large."""


@dataclass(frozen=True, slots=True)
class GithubTrendingSettings:
    """`[sources.github_trending]`: repositories that gain stars today."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = "https://github.com/trending"
    """The page of all languages. Never with `?since=`, which github.com/robots.txt disallows."""
    languages: tuple[str, ...] = ("python", "jupyter-notebook")
    """Slugs of further pages, as in the menu of the page; each is one request a run."""
    rss_url: WebUrl = "https://mshibanami.github.io/GitHubTrendingRSS/daily"
    """Folder of an archive with `all.xml` and a file for each language, built at 01:00 UTC."""
    search_url: WebUrl = "https://api.github.com/search/repositories"
    """GitHub's search; 10 requests a minute, 30 with GITHUB_TOKEN."""
    topics: tuple[str, ...] = ("llm",)
    """Topics to search for, one request each; empty: all topics."""
    search_days: Days = 30
    """Only repositories that were created within so many days."""
    search_min_stars: NonNegativeInt = 100
    """Only repositories with more stars than this."""
    search_limit: PositiveInt = 50
    """Repositories to keep, those with most stars; 1 to 100."""


@dataclass(frozen=True, slots=True)
class PapersWithCodeSettings:
    """`[sources.papers_with_code]`: papers whose repositories gain stars."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = "https://paperswithcode.co/api/v1/papers/trending"
    """Needs no account. paperswithcode.com (with m) was shut down in July 2025."""
    limit: PositiveInt = 50
    """Papers to request, 1 to 100; of the daily papers, so many whose code has most stars."""
    max_age_days: Days = 30
    """The API leaves out older papers: those that trend for months are not new."""
    huggingface_url: WebUrl = "https://huggingface.co/api/daily_papers"
    """Hugging Face's daily papers. Not `/api/papers`, which ignores its parameters and always
    returns the same list."""


@dataclass(frozen=True, slots=True)
class WeeklyPapersSettings:
    """`[sources.weekly_papers]`: the most upvoted papers of the last closed week."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = "https://huggingface.co/api/daily_papers"
    """Hugging Face's daily papers."""
    limit: PositiveInt = 50
    """Papers to keep, those with most upvotes."""
    min_papers: NonNegativeInt = 30
    """A week with fewer papers is not used: over 100 are usual. An archive that is built too early
    has the few of the week that has just begun."""
    rss_url: WebUrl = (
        "https://raw.githubusercontent.com/huangboming/huggingface-daily-paper-feed"
        "/main/feed_weekly.xml"
    )
    """The weekly feed of an archive of these papers."""
    dair_url: WebUrl = "https://raw.githubusercontent.com/dair-ai/AI-Papers-of-the-Week/main/years"
    """Folder with one markdown file for each year."""
    arxiv_url: WebUrl = "https://rss.arxiv.org/rss"
    """Folder of arXiv's feeds, which are updated about 04:00 UTC from Monday to Friday."""
    categories: tuple[str, ...] = ("cs.CL", "cs.AI", "cs.LG")
    """Categories, read as one feed in one request. Of the listings only the first is read, because
    each is a megabyte."""
    arxiv_limit: PositiveInt = 100
    """Papers to keep, the first of the feed or page."""
    listing_url: WebUrl = "https://arxiv.org/list"
    """Folder of arXiv's listings, which robots.txt allows."""


@dataclass(frozen=True, slots=True)
class ArxivListingsSettings:
    """`[sources.arxiv_listings]`: new papers of the categories that the list's papers are in."""

    enabled: bool = True
    """Whether the feed is pulled, if the list has papers on arXiv."""
    url: WebUrl = "https://export.arxiv.org/api/query"
    """arXiv's API: one request for the list's papers, one for the newest."""
    rss_url: WebUrl = "https://rss.arxiv.org/rss"
    """Folder of arXiv's feeds, used if the API does not list the newest."""
    categories: tuple[str, ...] = ()
    """Categories to list; empty: those of the list's papers."""
    limit: PositiveInt = 100
    """Papers to keep, the newest."""
    per_week: NonNegativeInt = 3
    """Candidates that it brings in seven days: nobody has voted on these papers."""


@dataclass(frozen=True, slots=True)
class HuggingFaceHubSettings:
    """`[sources.huggingface_hub]`: models and datasets that trend on Hugging Face."""

    enabled: bool = True
    """Whether the feed is pulled, if the list has models or datasets."""
    url: WebUrl = "https://huggingface.co/api"
    """Folder of the API with `models` and `datasets`; the kinds that the list has are read."""
    limit: PositiveInt = 50
    """Models to request, and datasets; 1 to 100."""
    per_week: NonNegativeInt = 3
    """Candidates that it brings in seven days."""


@dataclass(frozen=True, slots=True)
class GithubTopicsSettings:
    """`[sources.github_topics]`: young repositories on the topics of the list's own."""

    enabled: bool = True
    """Whether the feed is pulled, if the list has repositories on GitHub."""
    url: WebUrl = "https://api.github.com/search/repositories"
    """GitHub's search: one request for the list's repositories, one for each topic."""
    repositories_url: WebUrl = "https://api.github.com/repos"
    """Used if the search does not find the list's repositories: five of them are asked for."""
    topics: tuple[str, ...] = ()
    """Topics to search for; empty: those that most of the list's repositories have."""
    max_topics: PositiveInt = 3
    """So many topics of the list's repositories, one request each."""
    days: Days = 90
    """Only repositories that were created within so many days."""
    min_stars: NonNegativeInt = 100
    """Only repositories with more stars than this."""
    limit: PositiveInt = 50
    """Repositories to keep, those with most stars; 1 to 100."""
    per_week: NonNegativeInt = 3
    """Candidates that it brings in seven days."""


@dataclass(frozen=True, slots=True)
class CustomFeedSettings:
    """`[sources.NAME]` with `kind = "rss"`: any RSS, Atom or JSON feed."""

    enabled: bool = True
    """Whether the feed is pulled."""
    url: WebUrl = ""
    """Address of the feed."""
    limit: PositiveInt = 50
    """Entries to keep, the newest."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """`[sources.NAME]`: the feeds; another NAME with `kind = "rss"` adds one."""

    github_trending: GithubTrendingSettings = field(default_factory=GithubTrendingSettings)
    papers_with_code: PapersWithCodeSettings = field(default_factory=PapersWithCodeSettings)
    weekly_papers: WeeklyPapersSettings = field(default_factory=WeeklyPapersSettings)
    arxiv_listings: ArxivListingsSettings = field(default_factory=ArxivListingsSettings)
    huggingface_hub: HuggingFaceHubSettings = field(default_factory=HuggingFaceHubSettings)
    github_topics: GithubTopicsSettings = field(default_factory=GithubTopicsSettings)
    feeds: Mapping[str, CustomFeedSettings] = field(default_factory=dict)
    """Custom feeds, by name."""

    @property
    def enabled(self) -> tuple[str, ...]:
        """The names of all feeds that are read whatever the list has; ours first."""
        return tuple(name for name in self.switched_on if name not in LED_BY_LIST)

    @property
    def switched_on(self) -> tuple[str, ...]:
        """Also of those that are read only if the list has what leads them."""
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "feeds"}
        return tuple(name for name, feed in {**own, **self.feeds}.items() if feed.enabled)


@dataclass(frozen=True, slots=True)
class CandidateSettings:
    """`[candidates]`: how many are proposed, and which."""

    about: tuple[str, ...] = ()
    """A few phrases that say what the list is about; without them its title says it."""
    semantic: bool = False
    """Whether items are compared with the list by meaning too, with `staycurrent[semantic]`."""
    weekly: NonNegativeInt = 3
    """Papers of the last closed week, proposed as a group of their own; 0: none."""
    trending: NonNegativeInt = 3
    """Repositories that gain stars, proposed as a group of their own; 0: none."""
    per_night: NonNegativeInt = 5
    """Other candidates that one run adds."""
    per_kind: NonNegativeInt = 3
    """At most so many of them are papers, and so many repositories."""
    total: NonNegativeInt = 15
    """Other candidates at any time."""
    min_relevance: Share = 0.7
    """Least probability that an item fits."""
    wanted_relevance: Share = 0.35
    """The same for what many readers wanted, if many items of the feeds fit the list."""
    wanted_upvotes: PositiveInt = 100
    """So many upvotes show that many readers wanted it."""
    trending_nights: PositiveInt = 2
    """In so many of the last seven pulls, nights for most, a repository must have trended."""
    min_upvotes: PositiveInt = 10
    """Upvotes that a paper needs if its feed counts them and no second feed shows it."""
    keep_days: Days = 14
    """Days after which a candidate that nobody took or declined expires."""


@dataclass(frozen=True, slots=True)
class OfList(Generic[S]):
    """The settings of a source that follows what the list has."""

    settings: S
    own: tuple[str, ...]
    """Identities of the entries of its kind, in the order of the list."""

    def sample(self, most: int) -> tuple[str, ...]:
        """Names of at most so many of them, from all over the list: `2101.00001`, `owner/name`."""
        step = -(-len(self.own) // most)
        return tuple(identity.split(":", 2)[2] for identity in self.own[::step])
