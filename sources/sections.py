"""Where in a list a thing would stand: the section whose entries it is like, in words and kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staycurrent.sources.nearness import Space
from staycurrent.sources.words import terms
from staycurrent.web.identity import identify

Path = tuple[str, ...]

_LEAST = 0.05
"""Below it a wrong section would be named more often than a right one."""
_HEADING = 0.5
_OTHER_KIND = 0.3
_FURTHER = 0.3


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections that have entries, in the order of the list."""

    paths: tuple[Path, ...]
    of_entry: tuple[int, ...]
    """By entry: the place of its section."""
    kinds: tuple[Mapping[str, float], ...]
    """By section: the share of each kind of thing among its entries."""
    headings: Space
    """The words of each section's own heading."""

    @classmethod
    def of(
        cls, entries: Sequence[tuple[Path, str]], space: Space, acronyms: Mapping[str, str]
    ) -> "Sections":
        """Learn from the section and the address of each entry."""
        paths = tuple(dict.fromkeys(path for path, _ in entries))
        place = {path: number for number, path in enumerate(paths)}
        named = [terms(path[-1] if path else "", acronyms) for path in paths]
        return cls(
            paths,
            tuple(place[path] for path, _ in entries),
            tuple(_kinds([url for path, url in entries if path == one]) for one in paths),
            Space.of(named, space.rarity),
        )

    def best(self, kind: str, words: frozenset[str], near: Mapping[int, float]) -> Path:
        """The section that suits best; empty where none is near enough.

        The nearest entry speaks for its section, its neighbours support it, and a section of
        papers is not where a repository belongs.
        """
        told: dict[int, list[float]] = {}
        for entry, cosine in near.items():
            told.setdefault(self.of_entry[entry], []).append(cosine)
        named = self.headings.near(words)
        scores = {
            place: _together(told.get(place, [])) + _HEADING * named.get(place, 0.0)
            for place in told.keys() | named.keys()
        }
        suited = {place: score * self._suits(place, kind) for place, score in scores.items()}
        best = max(suited, key=lambda place: (suited[place], -place), default=0)
        return self.paths[best] if suited.get(best, 0.0) >= _LEAST else ()

    def _suits(self, place: int, kind: str) -> float:
        return _OTHER_KIND + (1 - _OTHER_KIND) * self.kinds[place].get(kind, 0.0)


def _together(cosines: Sequence[float]) -> float:
    first, *others = sorted(cosines, reverse=True) or [0.0]
    return first + _FURTHER * sum(others[:2])


def _kinds(urls: Sequence[str]) -> dict[str, float]:
    """A PDF or a page is most often a paper's that we cannot name, so it counts half as one."""
    things = [identify(url) for url in urls]
    kinds = [thing.kind if thing is not None else "page" for thing in things]
    shares = {kind: kinds.count(kind) / len(kinds) for kind in dict.fromkeys(kinds)}
    shares["paper"] = shares.get("paper", 0.0) + 0.5 * shares.get("page", 0.0)
    return shares
