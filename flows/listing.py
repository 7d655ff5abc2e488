"""The lists as a night sees them: documents, and the links that their places come down to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from curated.document import Document, parsed
from curated.place import Command, Place
from curated.save import read_list
from flows.night import Night
from links.ignore import ignored_by
from links.link import Link, link
from web.address import Fault, Unusable


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
class ToLookAt:
    """What the lists ask us to look at, each address once, in the order of the lists."""

    links: dict[str, Link]
    refused: dict[str, Unusable]
    """Texts that are refused or malformed, by the text itself."""


def read_lists(night: Night) -> tuple[Listed, ...]:
    """Read and parse every list; raises curated.save.UnusableList."""
    return tuple(Listed(path, night.name_of(path), parsed(read_list(path))) for path in night.lists)


def to_look_at(lists: Iterable[Listed], night: Night) -> ToLookAt:
    """Everything that may be requested: no ignored lines, no ignored addresses."""
    found = ToLookAt({}, {})
    for listed in lists:
        for _, place in listed.places():
            if is_ignored(place, night):
                continue
            asked = link(place.url)
            if isinstance(asked, Link):
                found.links.setdefault(asked.key, asked)
            elif asked.fault is not Fault.NOT_WEB:
                found.refused.setdefault(place.url, asked)
    return found


def is_ignored(place: Place, night: Night) -> bool:
    """Whether a comment beside the place or a pattern of the settings says not to ask."""
    if place.command(night.night) is Command.IGNORE:
        return True
    return ignored_by(place.url, night.settings.links.patterns, night.night) is not None


def key_of(url: str) -> str:
    """What the history of an address is kept under, however it is spelled."""
    asked = link(url)
    return asked.key if isinstance(asked, Link) else url
