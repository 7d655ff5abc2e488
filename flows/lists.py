"""The lists as a night sees them: documents, and the links that their places come down to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from staycurrent.curated.directives import DirectiveKind
from staycurrent.curated.document import MAX_CACHED, Document, parse, parse_cached
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.save import read_list
from staycurrent.flows.context import RunContext
from staycurrent.links.ignore import ignored_by
from staycurrent.links.link import Link, link
from staycurrent.web.address import UnusableUrl, UrlProblem


@dataclass(frozen=True, slots=True)
class ListDocument:
    """One list: where it lies and what it says."""

    path: Path
    name: str
    document: Document

    def places(self) -> Iterator[tuple[int, Occurrence]]:
        """Places that people wrote, with their index; generated parts are ours."""
        for index, place in enumerate(self.document.occurrences):
            if place.generated_section is None:
                yield index, place


@dataclass(frozen=True, slots=True)
class LazyLists:
    """Lists that are taken apart as they are come to, anew each time; never all in memory."""

    each: Callable[[], Iterator[ListDocument]]

    def __iter__(self) -> Iterator[ListDocument]:
        return self.each()


Repeatable = LazyLists | Sequence[ListDocument]
"""Lists that may be gone through more than once, as an iterator may not."""


class LinkMap(Mapping[str, Link]):
    """Links by their keys, kept as texts: a link taken apart takes four times the room."""

    def __init__(self) -> None:
        self._fragments: dict[str, str] = {}

    def add(self, one: Link) -> None:
        """Add a link; of several that differ in their fragments the first one counts."""
        self._fragments.setdefault(one.key, one.address.fragment)

    def __getitem__(self, key: str) -> Link:
        fragment = self._fragments[key]
        found = link(f"{key}#{fragment}" if fragment else key)
        if isinstance(found, UnusableUrl):
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._fragments)

    def __len__(self) -> int:
        return len(self._fragments)


@dataclass(frozen=True, slots=True)
class CheckTargets:
    """What the lists ask us to look at, each address once, in the order of the lists."""

    links: LinkMap
    refused: dict[str, UnusableUrl]
    """Texts that are refused or malformed, by the text itself."""


def read_lists(ctx: RunContext) -> tuple[ListDocument, ...]:
    """Read and parse every list; raises curated.save.UnusableList."""
    return tuple(iter_lists(ctx))


def iter_lists(ctx: RunContext) -> Iterator[ListDocument]:
    """As `read_lists`, one after the other: thousands of them need not be in memory at once."""
    take_apart = parser_for(len(ctx.list_paths))
    for path in ctx.list_paths:
        yield ListDocument(path, ctx.list_name(path), take_apart(read_list(path)))


def lazy_lists(ctx: RunContext) -> LazyLists:
    """As `each_list`, for what goes through the lists more than once."""
    return LazyLists(lambda: iter_lists(ctx))


def parser_for(count: int) -> Callable[[bytes], Document]:
    """How one of so many lists is taken apart; of few, what was met before is remembered."""
    # Of more than are kept, none would be met again before it was dropped.
    return parse_cached if count <= MAX_CACHED else parse


def check_targets(lists: Iterable[ListDocument], ctx: RunContext) -> CheckTargets:
    """Everything that may be requested: no ignored lines, no ignored addresses."""
    found = CheckTargets(LinkMap(), {})
    for listed in lists:
        for _, place in listed.places():
            if is_ignored(place, ctx):
                continue
            asked = link(place.url)
            if isinstance(asked, Link):
                found.links.add(asked)
            elif asked.problem is not UrlProblem.NOT_WEB:
                found.refused.setdefault(place.url, asked)
    return found


def is_ignored(place: Occurrence, ctx: RunContext) -> bool:
    """Whether a comment beside the place or a pattern of the settings says not to ask."""
    on = ctx.run_date
    if place.directive(on) is DirectiveKind.IGNORE:
        return True
    return ignored_by(place.url, ctx.settings.links.ignore_patterns, on) is not None


def in_batches(keys: Iterable[str], size: int = 5_000) -> Iterator[list[str]]:
    """As many keys at once as a question to the warehouse is asked about."""
    left = iter(keys)
    while some := list(islice(left, size)):
        yield some


def link_key(url: str) -> str:
    """What the history of an address is kept under, however it is spelled."""
    asked = link(url)
    return asked.key if isinstance(asked, Link) else url
