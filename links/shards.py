"""How a night's links are shared out: every host is in one part, whatever its names."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace

from staycurrent.links.authorities.registry import AUTHORITIES
from staycurrent.links.link import Link

CONDUCTED = ""
"""The family of all hosts that an authority answers for: they are in part 0."""
_LIGHT = 0.1
"""What a link weighs that an authority is asked for, many at once or at a slow pace."""


@dataclass(frozen=True, slots=True)
class Families:
    """Hosts that must not be parted, and what the looks at them weigh."""

    claimed: frozenset[str]
    """Families of which an authority claims a link."""
    weights: Mapping[str, float]

    def of(self, host: str) -> str:
        """The family of a host: itself, with and without `www.`; or that of the authorities."""
        family = host.removeprefix("www.")
        return CONDUCTED if family in self.claimed else family


def families(links: Iterable[Link]) -> Families:
    """The families of the links' hosts; a look at a page weighs 1."""
    pages: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for link in links:
        claimed = any(one.claims(link) is not None for one in AUTHORITIES)
        (asked if claimed else pages)[link.host.removeprefix("www.")] += 1
    weights = Counter({CONDUCTED: _LIGHT * asked.total()}) if asked else Counter[str]()
    for family, count in pages.items():
        weights[CONDUCTED if family in asked else family] += count
    return Families(frozenset(asked), weights)


def shared_out(weights: Mapping[str, float], parts: int) -> dict[str, int]:
    """The part of each family, from 0: the heaviest first, each to who has least (Graham 1969).

    The same families fall to the same parts, in whatever order they come.
    """
    loads = [(weights.get(CONDUCTED, 0.0), 0), *((0.0, part) for part in range(1, parts))]
    heapify(loads)
    found = {CONDUCTED: 0}
    for family in sorted(weights.keys() - {CONDUCTED}, key=lambda one: (-weights[one], one)):
        load, part = loads[0]
        heapreplace(loads, (load + weights[family], part))
        found[family] = part
    return found
