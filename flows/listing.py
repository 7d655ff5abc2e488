"""The lists as a night sees them: documents, and the links that their places come down to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from staycurrent.curated.document import KEPT, Document, parse, parsed
from staycurrent.curated.place import Command, Place
from staycurrent.curated.save import read_list
from staycurrent.flows.night import Night
from staycurrent.links.ignore import ignored_by
from staycurrent.links.link import Link, link
from staycurrent.web.address import Fault, Unusable


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: where it lies and what it says."""

    path: Path
    name: str
    document: Document

    def places(self) -> Iterator[tuple[int, Place]]:
        """Places that people wrote, with their index; generated parts are ours."""
        for index, place in enumerate(self.document.places):
            if place.in_part is None:
                yield index, place


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists that are taken apart as they are come to, anew each time; never all in memory."""

    each: Callable[[], Iterator[Listed]]

    def __iter__(self) -> Iterator[Listed]:
        return self.each()


Repeatable = Lists | Sequence[Listed]
"""Lists that may be gone through more than once, as an iterator may not."""


class Links(Mapping[str, Link]):
    """Links by their keys, kept as texts: a link taken apart takes four times the room."""

    def __init__(self) -> None:
        self._fragments: dict[str, str] = {}

    def add(self, one: Link) -> None:
        """Add a link; of several that differ in their fragments the first one counts."""
        self._fragments.setdefault(one.key, one.address.fragment)

    def __getitem__(self, key: str) -> Link:
        fragment = self._fragments[key]
        found = link(f"{key}#{fragment}" if fragment else key)
        if isinstance(found, Unusable):
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._fragments)

    def __len__(self) -> int:
        return len(self._fragments)


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """What the lists ask us to look at, each address once, in the order of the lists."""

    links: Links
    refused: dict[str, Unusable]
    """Texts that are refused or malformed, by the text itself."""


def read_lists(night: Night) -> tuple[Listed, ...]:
    """Read and parse every list; raises curated.save.UnusableList."""
    return tuple(each_list(night))


def each_list(night: Night) -> Iterator[Listed]:
    """As `read_lists`, one after the other: thousands of them need not be in memory at once."""
    take_apart = one_of(len(night.lists))
    for path in night.lists:
        yield Listed(path, night.name_of(path), take_apart(read_list(path)))


def lists_of(night: Night) -> Lists:
    """As `each_list`, for what goes through the lists more than once."""
    return Lists(lambda: each_list(night))


def one_of(count: int) -> Callable[[bytes], Document]:
    """How one of so many lists is taken apart; of few, what was met before is remembered."""
    # Of more than are kept, none would be met again before it was dropped.
    return parsed if count <= KEPT else parse


def to_look_at(lists: Iterable[Listed], night: Night) -> ToLookAt:
    """Everything that may be requested: no ignored lines, no ignored addresses."""
    found = ToLookAt(Links(), {})
    for listed in lists:
        for _, place in listed.places():
            if is_ignored(place, night):
                continue
            asked = link(place.url)
            if isinstance(asked, Link):
                found.links.add(asked)
            elif asked.fault is not Fault.NOT_WEB:
                found.refused.setdefault(place.url, asked)
    return found


def is_ignored(place: Place, night: Night) -> bool:
    """Whether a comment beside the place or a pattern of the settings says not to ask."""
    on = night.night
    if place.command(on) is Command.IGNORE:
        return True
    return ignored_by(place.url, night.settings.links.patterns, on) is not None


def in_batches(keys: Iterable[str], size: int = 5_000) -> Iterator[list[str]]:
    """As many keys at once as a question to the warehouse is asked about."""
    left = iter(keys)
    while some := list(islice(left, size)):
        yield some


def key_of(url: str) -> str:
    """What the history of an address is kept under, however it is spelled."""
    asked = link(url)
    return asked.key if isinstance(asked, Link) else url
