"""How a night's links are shared out: every host is in one part, whatever its names."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace

from staycurrent.links.link import Link
from staycurrent.links.providers.registry import PROVIDERS

PROVIDER_GROUP = ""
"""The family of all hosts that an authority answers for: they are in part 0."""
_LIGHT = 0.1
"""What a link weighs that an authority is asked for, many at once or at a slow pace."""


@dataclass(frozen=True, slots=True)
class HostGroups:
    """Hosts that must not be parted, and what the looks at them weigh."""

    claimed: frozenset[str]
    """Families of which an authority claims a link."""
    weights: Mapping[str, float]

    def of(self, host: str) -> str:
        """The family of a host: itself, with and without `www.`; or that of the authorities."""
        family = host.removeprefix("www.")
        return PROVIDER_GROUP if family in self.claimed else family


def host_groups(links: Iterable[Link]) -> HostGroups:
    """The families of the links' hosts; a look at a page weighs 1."""
    pages: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for link in links:
        claimed = any(one.claims(link) is not None for one in PROVIDERS)
        (asked if claimed else pages)[link.host.removeprefix("www.")] += 1
    weights = Counter({PROVIDER_GROUP: _LIGHT * asked.total()}) if asked else Counter[str]()
    for family, count in pages.items():
        weights[PROVIDER_GROUP if family in asked else family] += count
    return HostGroups(frozenset(asked), weights)


def assign_shards(weights: Mapping[str, float], parts: int) -> dict[str, int]:
    """The part of each family, from 0: the heaviest first, each to who has least (Graham 1969).

    The same families fall to the same parts, in whatever order they come.
    """
    loads = [(weights.get(PROVIDER_GROUP, 0.0), 0), *((0.0, part) for part in range(1, parts))]
    heapify(loads)
    found = {PROVIDER_GROUP: 0}
    for family in sorted(weights.keys() - {PROVIDER_GROUP}, key=lambda one: (-weights[one], one)):
        load, part = loads[0]
        heapreplace(loads, (load + weights[family], part))
        found[family] = part
    return found
