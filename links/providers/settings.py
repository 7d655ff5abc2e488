"""`[links.providers.NAME]`: settings of the providers."""

from dataclasses import dataclass, field

from staycurrent.constraints import NonNegativeInt, PositiveInt, Share, WebUrl


@dataclass(frozen=True, slots=True)
class GitHubSettings:
    """GitHub's API, its token and its limits."""

    token: str = field(default="", repr=False)
    """Raises the limit from 60 requests an hour to 5,000 points, each worth `batch` repositories;
    sent to `api` only. Any token is enough: public repositories need no scope."""
    api: WebUrl = "https://api.github.com"
    site: WebUrl = "https://github.com"
    """Base of the new URL of a renamed repository."""
    batch: PositiveInt = 50
    """Repositories in one GraphQL query: one point, and far below the limit of 10 s."""
    stale_after_days: PositiveInt = 730
    """Days since the last push after which a repository counts as idle."""
    reserve: Share = 0.1
    """Share of the hourly quota that is left to others with the same token or IP address."""
    patience: PositiveInt = 8
    """Responses without a result in a row after which GitHub counts as down; halving a query of
    50 down to one repository takes seven."""


@dataclass(frozen=True, slots=True)
class ArxivSettings:
    """arXiv's API and its limits; the pause between requests is in `web.slow_hosts`."""

    api: WebUrl = "https://export.arxiv.org/api/query"
    batch: PositiveInt = 100
    """Papers in one request."""
    body_bytes: PositiveInt = 8_000_000
    """A hundred papers of large collaborations name tens of thousands of authors."""
    second_checks: NonNegativeInt = 20
    """Missing papers that are requested one by one in one run, three seconds each."""
    patience: PositiveInt = 2
    """Responses without a result in a row after which arXiv counts as down."""


@dataclass(frozen=True, slots=True)
class HuggingFaceSettings:
    """The Hub's API and its limits; it is requested without a token."""

    api: WebUrl = "https://huggingface.co/api"
    site: WebUrl = "https://huggingface.co"
    """Base of the URLs of repositories."""
    body_bytes: PositiveInt = 4_000_000
    """Some models are described with the names of all their files."""
    patience: PositiveInt = 3
    """Responses without a result in a row after which the Hub counts as down."""


@dataclass(frozen=True, slots=True)
class YouTubeSettings:
    """YouTube's oEmbed API and its limits."""

    api: WebUrl = "https://www.youtube.com/oembed"
    thumbnails: WebUrl = "https://img.youtube.com/vi"
    """Second evidence: a removed video has no picture."""
    patience: PositiveInt = 3
    """Responses without a result in a row after which YouTube counts as down."""


@dataclass(frozen=True, slots=True)
class DoiSettings:
    """The API of the DOI system and its limits."""

    api: WebUrl = "https://doi.org/api/handles"
    patience: PositiveInt = 3
    """Responses without a result in a row after which the DOI system counts as down."""
