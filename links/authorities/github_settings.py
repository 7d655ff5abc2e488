"""What can be set about asking GitHub."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """Where GitHub's API is, by what right it is asked, and how much."""

    token: str = field(default="", repr=False)
    """Lifts 60 questions an hour to 5,000 points, each worth `batch` repositories; goes to `api`
    only. Any token will do: public repositories need no scope."""
    api: str = "https://api.github.com"
    site: str = "https://github.com"
    """What a renamed repository's new address is made of."""
    batch: int = 50
    """Repositories in one GraphQL query: one point, and far from the 10 s that it may take."""
    stale_after_days: int = 730
    """Days since the last push after which a repository counts as idle."""
    reserve: float = 0.1
    """Share of the hourly quota that is left to others who use the same token or address."""
    patience: int = 8
    """Answers without a verdict in a row after which GitHub counts as down; halving a query of
    50 down to one repository takes seven."""
