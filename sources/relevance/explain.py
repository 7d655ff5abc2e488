"""Why an item is proposed, in terms that a person can check, and the section that suits it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staycurrent.identity import identify
from staycurrent.sources.item import Item
from staycurrent.sources.momentum import Momentum
from staycurrent.sources.relevance.features import VectorSpace
from staycurrent.sources.relevance.text import terms

_MIN_SECTION_SCORE = 0.05
"""Below it, the wrong section would be suggested more often than the right one."""
_HEADING_WEIGHT = 0.5
_OTHER_KIND_FACTOR = 0.3
_FURTHER_ENTRIES_WEIGHT = 0.3

SectionPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What an item has in common with a list, as a person can see it."""

    section: SectionPath
    """Path of headings of the best section; empty if none is similar enough."""
    closest_entry: str
    """Title of the most similar entry; empty if none is similar enough."""
    shared_words: tuple[str, ...] = ()
    """Terms of the list that the item has, as the list writes them, at most three; the most
    characteristic first."""
    taken_alike: int = 0
    """How many items like it were taken."""


def explain(item: Item, feeds: int, momentum: Momentum, match: Match) -> str:
    """Say what speaks for an item: `in 2 feeds, 19 upvotes, shares "honey bees" with the list`.

    `feeds` is how many show it. Its rank is given if they count nothing.
    """
    reasons: list[str] = []
    if feeds > 1:
        reasons.append(f"in {feeds} feeds")
    if momentum.nights > 1:
        reasons.append(f"on {momentum.nights} of the last 7 nights")
    if momentum.nights > 1 and momentum.gained:
        reasons.append(f"{_counted(momentum.gained, 'star')} gained")
    elif item.stars_today:
        reasons.append(f"{_counted(item.stars_today, 'star')} that day")
    if item.upvotes:
        reasons.append(_counted(item.upvotes, "upvote"))
    if not reasons:
        reasons.append(f"no. {item.rank} of its feed")
    if item.kind == "paper" and item.repository is not None:
        reasons.append(f"with code at {item.repository.removeprefix('repository:github:')}")
    if match.shared_words:
        words = " and ".join(f'"{word}"' for word in match.shared_words[:2])
        reasons.append(f"shares {words} with the list")
    neighbours = {
        "like {} that you took": match.taken_alike,
        'closest to "{}"': match.closest_entry,
    }
    reasons += [text.format(near) for text, near in neighbours.items() if near]
    return ", ".join(reasons)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@dataclass(frozen=True, slots=True)
class SectionIndex:
    """The sections that have entries, in the order of the list."""

    paths: tuple[SectionPath, ...]
    of_entry: tuple[int, ...]
    """By entry: the position of its section."""
    kinds: tuple[Mapping[str, float], ...]
    """By section: the share of each kind of item among its entries."""
    headings: VectorSpace
    """The innermost heading of each section."""

    @classmethod
    def of(
        cls,
        entries: Sequence[tuple[SectionPath, str]],
        idf: Mapping[str, float],
        acronyms: Mapping[str, str],
    ) -> "SectionIndex":
        """Index the sections of entries, each given as its section and its address."""
        paths = tuple(dict.fromkeys(path for path, _ in entries))
        position = {path: number for number, path in enumerate(paths)}
        shares: list[dict[str, float]] = []
        for path in paths:
            named = [identify(url) for entry_path, url in entries if entry_path == path]
            kinds = [identity.kind if identity is not None else "page" for identity in named]
            share = {kind: kinds.count(kind) / len(kinds) for kind in kinds}
            # A page is often a paper of a site that we do not know.
            share["paper"] = share.get("paper", 0.0) + 0.5 * share.get("page", 0.0)
            shares.append(share)
        headings = [terms(path[-1] if path else "", acronyms) for path in paths]
        of_entry = tuple(position[path] for path, _ in entries)
        return cls(paths, of_entry, tuple(shares), VectorSpace.of(headings, idf))

    def best_section(
        self, kind: str, words: frozenset[str], similarities: Mapping[int, float]
    ) -> SectionPath:
        """Return the section that suits an item best, or () if none is similar enough.

        `similarities` are those of the list's entries. A section scores by its most similar entry,
        less by the next two, by its heading, and by how many of its entries are of the item's kind.
        """
        cosines: defaultdict[int, list[float]] = defaultdict(list)
        for entry, cosine in similarities.items():
            cosines[self.of_entry[entry]].append(cosine)
        headings = self.headings.similarities(words)
        scores: dict[int, float] = {}
        for place in cosines.keys() | headings.keys():
            first, *others = sorted(cosines.get(place, [0.0]), reverse=True)
            score = first + _FURTHER_ENTRIES_WEIGHT * sum(others[:2])
            score += _HEADING_WEIGHT * headings.get(place, 0.0)
            share = self.kinds[place].get(kind, 0.0)
            scores[place] = score * (_OTHER_KIND_FACTOR + (1 - _OTHER_KIND_FACTOR) * share)
        best = max(scores, key=lambda place: (scores[place], -place), default=0)
        return self.paths[best] if scores.get(best, 0.0) >= _MIN_SECTION_SCORE else ()
