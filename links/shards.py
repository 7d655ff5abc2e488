"""How the links of a run are divided into shards: each host is in one shard."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace

from staycurrent.links.link import Link
from staycurrent.links.providers.registry import PROVIDERS

PROVIDER_GROUP = ""
"""The group of all hosts with links of a provider; it is in shard 0."""
_LIGHT = 0.1
"""Weight of a provider's link: they are requested in batches or slowly."""


@dataclass(frozen=True, slots=True)
class HostGroups:
    """Hosts that must stay together, and the weight of their checks."""

    claimed: frozenset[str]
    """Groups of which a provider claims a link."""
    weights: Mapping[str, float]

    def of(self, host: str) -> str:
        """The group of a host: itself, with and without `www.`; or that of the providers."""
        group = host.removeprefix("www.")
        return PROVIDER_GROUP if group in self.claimed else group


def host_groups(links: Iterable[Link]) -> HostGroups:
    """The groups of the links' hosts; the check of a page weighs 1."""
    pages: Counter[str] = Counter()
    claimed: Counter[str] = Counter()
    for link in links:
        is_claimed = any(provider.claims(link) is not None for provider in PROVIDERS)
        (claimed if is_claimed else pages)[link.host.removeprefix("www.")] += 1
    weights = Counter({PROVIDER_GROUP: _LIGHT * claimed.total()}) if claimed else Counter[str]()
    for host, count in pages.items():
        weights[PROVIDER_GROUP if host in claimed else host] += count
    return HostGroups(frozenset(claimed), weights)


def assign_shards(weights: Mapping[str, float], shards: int) -> dict[str, int]:
    """The shard of each group, from 0: the heaviest first, each to the lightest (Graham 1969).

    The result does not depend on the order of the groups.
    """
    loads = [(weights.get(PROVIDER_GROUP, 0.0), 0), *((0.0, shard) for shard in range(1, shards))]
    heapify(loads)
    found = {PROVIDER_GROUP: 0}
    for group in sorted(weights.keys() - {PROVIDER_GROUP}, key=lambda one: (-weights[one], one)):
        load, shard = loads[0]
        heapreplace(loads, (load + weights[group], shard))
        found[group] = shard
    return found
