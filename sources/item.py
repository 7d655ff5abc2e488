"""Items: the rows of a feed, the result of pulling it, and candidates for a list.

Also which item an address names, under which other names it is known, and how a list writes it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from urllib.parse import parse_qsl, quote

from staycurrent.identity import arxiv_id, github_repository, identify, without_tracking
from staycurrent.web.address import Address, parse


class SourceState(StrEnum):
    """The state of a source after a pull."""

    OK = "ok"
    FALLBACK = "fallback"
    """A later adapter of the chain was used instead of the first."""
    STALE = "stale"
    """No adapter was usable; the last rows are kept."""
    DOWN = "down"
    """No adapter was usable, and no rows are recent enough to be kept."""

    @property
    def is_usable(self) -> bool:
        """Whether rows were read, and not kept from an earlier date."""
        return self in (SourceState.OK, SourceState.FALLBACK)


@dataclass(frozen=True, slots=True)
class Item:
    """A paper, a repository or a page as a feed showed it on one date."""

    identity: str
    """`str(Identity)`: `paper:arxiv:2101.00001`, `repository:github:owner/name`."""
    kind: str
    """`paper`, `repository`, `model`, `dataset` or `page`."""
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
    keywords: tuple[str, ...] = ()
    """What its site files it under: language and topics of a repository, task and tags of a
    model or dataset."""


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
    status: int = field(default=0, compare=False, repr=False)
    """HTTP status, if that is why."""


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
    """`candidates.about`, or the titles of the lists; recorded because both change."""
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


_ARXIV = "paper:arxiv:"
_MAX_NAMES = 8
"""A number with more names is not an id: a page may come to show the same number in every row."""


_HOST_IN_UNICODE = re.compile(r"^([A-Za-z]+://)[^/?#]*[^/?#\x00-\x7f][^/?#]*")


def arxiv_item(text: str | None) -> Item | None:
    """Return the paper of an arXiv identifier, with or without version, still without a title.

    None if the text is not an arXiv identifier.
    """
    name = arxiv_id(text or "")
    if name is None:
        return None
    return Item(f"{_ARXIV}{name}", "paper", "", f"https://arxiv.org/abs/{name}", 0)


def item_at(url: str | None) -> Item | None:
    """Return what an address names, still without rank; a repository is titled `owner/name`.

    None if the text is not a web address.
    """
    # JSON may hold halves of surrogate pairs: pairs are joined, lone halves are replaced.
    text = (url or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = without_tracking(unwrap(text))
    thing = identify(text)
    if thing is None:
        return None
    if thing.kind == "paper" and thing.name.startswith("arxiv:"):
        return arxiv_item(thing.name.removeprefix("arxiv:"))
    if thing.kind == "repository":
        name = github_repository(text) or ""
        return Item(str(thing), thing.kind, name, f"https://github.com/{name}", 0)
    kind = "paper" if thing.kind == "paper" else "page"
    # Invisible characters are percent-encoded, as a browser sends them, and hosts are in ASCII:
    # a Cyrillic name can look like any other.
    visible = (one if one.isprintable() and one != " " else quote(one) for one in text.strip())
    address = parse(text)
    netloc = address.netloc if isinstance(address, Address) else ""
    shown = _HOST_IN_UNICODE.sub(rf"\g<1>{netloc}", "".join(visible))
    return Item(str(thing), kind, "", shown, 0)


_WRAPPERS = (
    (r"(?:www\.|news\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?/(?:news/)?url", ("url", "q")),
    (r"www\.bing\.com/news/apiclick\.aspx", ("url",)),
    (r"duckduckgo\.com/l/?", ("uddg",)),
    (r"lm?\.(?:facebook|instagram)\.com/(?:l\.php)?", ("u",)),
    (r"(?:www\.)?youtube\.com/redirect", ("q",)),
    (r"out\.reddit\.com/.*", ("url",)),
    (r"(?:www\.)?linkedin\.com/(?:redir/redirect|safety/go)/?", ("url",)),
    (r"t\.umblr\.com/redirect", ("z",)),
    (r"steamcommunity\.com/linkfilter/?", ("url", "u")),
    (r"slack-redir\.net/link", ("url",)),
    (r"(?:[a-z0-9]+\.)?safelinks\.protection\.outlook\.com/.*", ("url",)),
    (r"vk\.com/away\.php", ("to",)),
)
"""Addresses that only lead to another, and the parameter that has it: Google Alerts and others."""
_MAX_WRAPPERS = 3


def unwrap(url: str) -> str:
    """Return the address that a wrapper leads to, as in a feed of Google Alerts; else `url`."""
    for _ in range(_MAX_WRAPPERS):
        address = parse(url)
        if not isinstance(address, Address):
            break
        path, _, query = address.target.partition("?")
        names = next(
            (names for page, names in _WRAPPERS if re.fullmatch(page, f"{address.host}{path}")), ()
        )
        values = dict(parse_qsl(query))
        inner = next((values[name] for name in names if name in values), "")
        if not isinstance(parse(inner), Address):
            break
        url = inner
    return url


def repository_at(url: str | None) -> Item | None:
    """Return the GitHub repository that an address names; None if it names something else."""
    item = item_at(url)
    return item if item is not None and item.kind == "repository" else None


def renamed_items(numbered: Iterable[tuple[str, int]]) -> tuple[frozenset[str], ...]:
    """Return the identities of each item that has had more than one.

    `numbered` are identities as they were seen, each with a number that stays (`Item.number`).
    """
    names: defaultdict[int, set[str]] = defaultdict(set)
    for identity, number in numbered:
        names[number].add(identity)
    return tuple(frozenset(same) for same in names.values() if 1 < len(same) <= _MAX_NAMES)


def other_names(identities: Collection[str], renamed: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the further identities that the items of `identities` have or had."""
    same = [names for names in renamed if not names.isdisjoint(identities)]
    return frozenset().union(*same).difference(identities)


class PaperUrlForm(StrEnum):
    """The page of a paper that a list links to: the address before the arXiv identifier."""

    ABSTRACT = "https://arxiv.org/abs/"
    PDF = "https://arxiv.org/pdf/"
    HTML = "https://arxiv.org/html/"
    HUGGING_FACE = "https://huggingface.co/papers/"
    ALPHAXIV = "https://www.alphaxiv.org/abs/"

    @property
    def page(self) -> str:
        """The address without scheme and `www.`."""
        return self.removeprefix("https://").removeprefix("www.")


def preferred_paper_form(urls: Iterable[str]) -> PaperUrlForm:
    """Return the form of most of the arXiv papers; the first member for ties and without papers."""
    used: Counter[PaperUrlForm] = Counter()
    for url in urls:
        address = parse(url)
        if isinstance(address, Address) and str(identify(url)).startswith(_ARXIV):
            page = f"{address.host.removeprefix('www.')}{address.target}"
            page = page.replace("alphaxiv.org/overview/", "alphaxiv.org/abs/")
            used.update(form for form in PaperUrlForm if page.startswith(form.page))
    return max(PaperUrlForm, key=lambda form: used[form])


def url_in_form(url: str, identity: str, form: PaperUrlForm) -> str:
    """Return the address of an arXiv paper in the form of a list; other addresses as they are."""
    return f"{form}{identity.removeprefix(_ARXIV)}" if identity.startswith(_ARXIV) else url
