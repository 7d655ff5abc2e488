"""The lists of a run: their documents, and the links in them."""

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
    """One list: its file and its contents."""

    path: Path
    name: str
    """Its path from the settings' folder, as reports show it."""
    document: Document


@dataclass(frozen=True, slots=True)
class LazyLists:
    """Lists that are parsed again each time they are iterated over; never all in memory."""

    iterate: Callable[[], Iterator[ListDocument]]

    def __iter__(self) -> Iterator[ListDocument]:
        return self.iterate()


Repeatable = LazyLists | Sequence[ListDocument]
"""Lists that can be iterated over more than once, unlike an iterator."""


class LinkMap(Mapping[str, Link]):
    """Links by their keys, stored as texts: a parsed link takes four times the memory."""

    def __init__(self) -> None:
        self._fragments: dict[str, str] = {}

    def add(self, target: Link) -> None:
        """Add a link; of several that differ in their fragments, the first is kept."""
        self._fragments.setdefault(target.key, target.address.fragment)

    def __getitem__(self, key: str) -> Link:
        fragment = self._fragments[key]
        target = link(f"{key}#{fragment}" if fragment else key)
        if isinstance(target, UnusableUrl):
            raise KeyError(key)
        return target

    def __iter__(self) -> Iterator[str]:
        return iter(self._fragments)

    def __len__(self) -> int:
        return len(self._fragments)


@dataclass(frozen=True, slots=True)
class CheckTargets:
    """What the lists contain, each address once, in the order of the lists."""

    links: LinkMap
    """What may be requested, by key."""
    refused: dict[str, UnusableUrl]
    """What is malformed or refused by our policy, by the text in the list."""


def read_lists(ctx: RunContext) -> tuple[ListDocument, ...]:
    """Read and parse every list; raises UnusableList."""
    return tuple(iter_lists(ctx))


def iter_lists(ctx: RunContext) -> Iterator[ListDocument]:
    """As `read_lists`, but one at a time: thousands of lists need not be in memory at once."""
    parse_list = parser_for(len(ctx.list_paths))
    for path in ctx.list_paths:
        yield ListDocument(path, ctx.list_name(path), parse_list(read_list(path)))


def lazy_lists(ctx: RunContext) -> LazyLists:
    """As `iter_lists`, for whoever iterates more than once."""
    return LazyLists(lambda: iter_lists(ctx))


def parser_for(count: int) -> Callable[[bytes], Document]:
    """The parser for so many documents; it caches only if the cache can hold all of them."""
    return parse_cached if count <= MAX_CACHED else parse


def check_targets(lists: Iterable[ListDocument], ctx: RunContext) -> CheckTargets:
    """All links of the lists, except those that a comment or the settings ignore."""
    targets = CheckTargets(LinkMap(), {})
    for listed in lists:
        for _, occurrence in listed.document.own_occurrences():
            if is_ignored(occurrence, ctx):
                continue
            target = link(occurrence.url)
            if isinstance(target, Link):
                targets.links.add(target)
            elif target.problem is not UrlProblem.NOT_WEB:
                targets.refused.setdefault(occurrence.url, target)
    return targets


def is_ignored(occurrence: Occurrence, ctx: RunContext) -> bool:
    """Whether a comment on its line, or a pattern of the settings, excludes it from requests."""
    if occurrence.directive(ctx.run_date) is DirectiveKind.IGNORE:
        return True
    patterns = ctx.settings.links.ignore_patterns
    return ignored_by(occurrence.url, patterns, ctx.run_date) is not None


def in_batches(keys: Iterable[str], size: int = 5_000) -> Iterator[list[str]]:
    """The keys in lists of at most `size`: as many as one query takes."""
    iterator = iter(keys)
    while batch := list(islice(iterator, size)):
        yield batch


def link_key(url: str) -> str:
    """The key under which the history of an address is stored, however it is spelled."""
    target = link(url)
    return target.key if isinstance(target, Link) else url
