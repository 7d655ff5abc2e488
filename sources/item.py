"""Items: the rows of a feed, the result of pulling it, and candidates for a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class SourceState(StrEnum):
    """The state of a source after a pull."""

    OK = "ok"
    FALLBACK = "fallback"
    """A later adapter of the chain was used instead of the first."""
    STALE = "stale"
    """No adapter was usable; the last rows are kept."""
    DOWN = "down"
    """No adapter was usable, and no rows are recent enough to be kept."""


@dataclass(frozen=True, slots=True)
class Item:
    """A paper, a repository or a page as a feed showed it on one date."""

    identity: str
    """`str(Identity)`: `paper:arxiv:2101.00001`, `repository:github:owner/name`."""
    kind: str
    """`paper`, `repository` or `page`."""
    title: str
    """Plain text, without markup and control characters."""
    url: str
    """The canonical address: `https://arxiv.org/abs/ID`, `https://github.com/OWNER/NAME`."""
    rank: int
    """Position in the feed, from 1."""
    summary: str = ""
    """Plain text, one line; empty if the feed has none."""
    stars: int | None = None
    stars_today: int | None = None
    upvotes: int | None = None
    published: date | None = None
    repository: str | None = None
    """For a paper: the identity of its repository, if the feed names one."""
    number: int | None = None
    """What stays when the address changes, if the feed has it: for a repository GitHub's numeric
    id, for an entry of a user's feed a hash of its own id."""


@dataclass(frozen=True, slots=True)
class FeedReading:
    """What an adapter read: its items, in the order of the feed."""

    items: tuple[Item, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class FeedDrift:
    """Why what an adapter received cannot be used: the feed has changed, or it has failed."""

    reason: str
    """One sentence without a full stop: `page shows no rows`."""


FeedResult = FeedReading | FeedDrift


@dataclass(frozen=True, slots=True)
class PullResult:
    """The result of pulling one source on one date."""

    source: str
    state: SourceState
    used: str
    """The adapter whose rows these are; empty for kept rows and without rows."""
    items: tuple[Item, ...]
    note: str = ""
    """One sentence; says why the state is not `ok`."""
    ranked: bool = True
    """Whether the order of the items means something."""


class CandidateGroup(StrEnum):
    """The group in which a candidate is proposed; it decides how long the candidate stays."""

    WEEKLY = "weekly"
    """Among the most upvoted papers of the last closed week: until the next week is read."""
    TRENDING = "trending"
    """A repository that gains stars: until no feed has shown it for a week."""
    CANDIDATE = "candidate"
    """Any other item that fits the list: for `candidates.keep_days`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that the list lacks, with the reason why it may belong there."""

    identity: str
    title: str
    url: str
    source: str
    why: str
    """What a person can check: `in 2 feeds, closest to "FlashAttention"`."""
    section: tuple[str, ...]
    """Path of headings of the suggested section; empty if none is clear."""
    score: float
    """0 to 1; only the order is meaningful."""
    first_seen: date
    summary: str = ""
    group: CandidateGroup = CandidateGroup.CANDIDATE


@dataclass(frozen=True, slots=True)
class ListSubject:
    """What candidates were chosen by, as a person can check it."""

    about: tuple[str, ...]
    """`candidates.about`, or the titles of the lists."""
    names: tuple[str, ...] = ()
    """Phrases of the entries that name the subject; empty if none is widespread, or before the
    first pull."""
    best_relevance: float | None = None
    """That of the item of the feeds which fits best; None once something was proposed."""


def note_of(*notes: str, read: int, of: int, rows: str = "rows") -> str:
    """Join notes, with the count of rows that could not be read; rows are never dropped silently.

    Empty notes are left out.
    """
    unread = f"{of - read} of {of} {rows} could not be read" if read < of else ""
    return "; ".join(filter(None, [*notes, unread]))


def deduplicated(pages: Iterable[Sequence[Item]]) -> tuple[Item, ...]:
    """Join pages in their order, ranked from 1; an item keeps its first position."""
    items: dict[str, Item] = {}
    for item in (item for page in pages for item in page):
        items.setdefault(item.identity, item)
    return tuple(replace(item, rank=rank) for rank, item in enumerate(items.values(), 1))


def by_upvotes(items: Sequence[Item], limit: int) -> tuple[Item, ...]:
    """Rank by upvotes and keep the first `limit`; ties are ordered by identity."""
    ordered = sorted(items, key=lambda item: (-(item.upvotes or 0), item.identity))
    return deduplicated([ordered])[:limit]


def by_stars(items: Sequence[Item], limit: int) -> tuple[Item, ...]:
    """Rank by all stars and keep the first `limit`; ties are ordered by identity."""
    ordered = sorted(items, key=lambda item: (-(item.stars or 0), item.identity))
    return deduplicated([ordered])[:limit]
