"""What a feed's row is turned into: an item, with the counters that the feed shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class SourceState(StrEnum):
    """How a feed's night went."""

    OK = "ok"
    FALLBACK = "fallback"
    """Another link of the chain answered in its place."""
    STALE = "stale"
    """Nothing usable came; the last rows are kept."""
    DOWN = "down"
    """Nothing usable came and there are no rows that could be kept."""


@dataclass(frozen=True, slots=True)
class Item:
    """A paper or a repository as one feed showed it on one night."""

    identity: str
    """`str(web.identity.Thing)`: `paper:arxiv:2101.00001`, `repository:github:owner/name`."""
    kind: str
    """`paper`, `repository` or `page`."""
    title: str
    """Plain text, cleaned of markup and control characters."""
    url: str
    """The thing's own address: `https://arxiv.org/abs/ID`, `https://github.com/OWNER/NAME`."""
    rank: int
    """Place in the feed, from 1."""
    summary: str = ""
    """Plain text, one line; empty where the feed has none."""
    stars: int | None = None
    stars_today: int | None = None
    upvotes: int | None = None
    published: date | None = None
    repository: str | None = None
    """For a paper: the identity of its repository, where the feed names one."""
    number: int | None = None
    """For a repository: GitHub's number of it, which no new name changes, where the feed has it."""


@dataclass(frozen=True, slots=True)
class FeedReading:
    """What one adapter of a chain brought: its items, in the feed's order."""

    adapter: str
    """The adapter's name, as in `sources[].used`."""
    items: tuple[Item, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class FeedDrift:
    """What one adapter brought instead of items: why its answer cannot be believed."""

    adapter: str
    reason: str
    """A sentence without full stop: `title says "Trending developers", not repositories`."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """One feed's night: its state, the adapter that answered, and the rows."""

    source: str
    state: SourceState
    used: str
    """Adapter that answered; empty where none did."""
    items: tuple[Item, ...]
    note: str = ""
    """Why it is not `ok`; one sentence."""


class CandidateGroup(StrEnum):
    """Which part of the proposals a candidate stands in, and so how long."""

    WEEKLY = "weekly"
    """Among the most wanted papers of the last closed week: until the next one is read."""
    TRENDING = "trending"
    """A repository that gains stars: until no feed has shown it for a week."""
    CANDIDATE = "candidate"
    """Anything else that fits: for some days."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that the list lacks, with the reason that it might belong there."""

    identity: str
    title: str
    url: str
    source: str
    why: str
    """What a person can check: `in 2 feeds, closest to "FlashAttention"`."""
    section: tuple[str, ...]
    """Path of headings where it would belong; empty where unclear."""
    score: float
    """0 to 1; only the order means something."""
    first_seen: date
    summary: str = ""
    group: CandidateGroup = CandidateGroup.CANDIDATE


def deduplicated(pages: Iterable[Sequence[Item]]) -> tuple[Item, ...]:
    """Join pages in their order; a thing stays where it was seen first."""
    things: dict[str, Item] = {}
    for item in (item for page in pages for item in page):
        things.setdefault(item.identity, item)
    return tuple(replace(item, rank=rank) for rank, item in enumerate(things.values(), 1))


def by_upvotes(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """Rank by upvotes and keep at most `most`; ties by identity, so that nights agree."""
    ordered = sorted(items, key=lambda item: (-(item.upvotes or 0), item.identity))
    return deduplicated([ordered])[:most]


def by_stars(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """Rank by all stars and keep at most `most`; ties by identity, so that nights agree."""
    ordered = sorted(items, key=lambda item: (-(item.stars or 0), item.identity))
    return deduplicated([ordered])[:most]
