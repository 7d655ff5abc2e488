"""What can be set about asking authorities; read by every command."""

from dataclasses import dataclass, field

from staycurrent.constraints import NonNegativeInt, PositiveInt, Share, WebUrl


@dataclass(frozen=True, slots=True)
class GitHubSettings:
    """Where GitHub's API is, by what right it is asked, and how much."""

    token: str = field(default="", repr=False)
    """Lifts 60 questions an hour to 5,000 points, each worth `batch` repositories; goes to `api`
    only. Any token will do: public repositories need no scope."""
    api: WebUrl = "https://api.github.com"
    site: WebUrl = "https://github.com"
    """What a renamed repository's new address is made of."""
    batch: PositiveInt = 50
    """Repositories in one GraphQL query: one point, and far from the 10 s that it may take."""
    stale_after_days: PositiveInt = 730
    """Days since the last push after which a repository counts as idle."""
    reserve: Share = 0.1
    """Share of the hourly quota that is left to others who use the same token or address."""
    patience: PositiveInt = 8
    """Answers without a verdict in a row after which GitHub counts as down; halving a query of
    50 down to one repository takes seven."""


@dataclass(frozen=True, slots=True)
class ArxivSettings:
    """Where arXiv's API is and how much it is asked; its pace is the host's rule in `web`."""

    api: WebUrl = "https://export.arxiv.org/api/query"
    batch: PositiveInt = 100
    """Papers in one question."""
    body_bytes: PositiveInt = 8_000_000
    """A hundred papers of large collaborations name tens of thousands of authors."""
    second_looks: NonNegativeInt = 20
    """Missing papers that are asked for alone in one night, three seconds each."""
    patience: PositiveInt = 2
    """Answers without a verdict in a row after which arXiv counts as down."""


@dataclass(frozen=True, slots=True)
class HuggingFaceSettings:
    """Where the Hub's API is and when it counts as down; it is asked without a token."""

    api: WebUrl = "https://huggingface.co/api"
    site: WebUrl = "https://huggingface.co"
    """What a renamed repository's new address is made of, and where its page is."""
    body_bytes: PositiveInt = 4_000_000
    """Some models are told of with the names of all their files."""
    patience: PositiveInt = 3
    """Answers without a verdict in a row after which the Hub counts as down."""


@dataclass(frozen=True, slots=True)
class YouTubeSettings:
    """Where YouTube tells of its videos, and when it counts as down."""

    api: WebUrl = "https://www.youtube.com/oembed"
    thumbnails: WebUrl = "https://img.youtube.com/vi"
    """The second witness: a removed video has no picture."""
    patience: PositiveInt = 3
    """Answers without a verdict in a row after which YouTube counts as down."""


@dataclass(frozen=True, slots=True)
class DoiSettings:
    """Where the handles behind the names are told, and when that place counts as down."""

    api: WebUrl = "https://doi.org/api/handles"
    patience: PositiveInt = 3
    """Answers without a verdict in a row after which the DOI system counts as down."""
