"""How long links rest while they are well: by how often they change, and what a look costs."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from staycurrent.links.changes import Seen, rate, seen
from staycurrent.links.kinds import Kind, kind_of
from staycurrent.links.observation import Observation
from staycurrent.links.settings import Pace

_STEPS = 60
_WIDEST = 1e4
"""Scales between which the wanted one lies: rests are cut at both ends long before."""
BATCHED: Mapping[Kind, float] = {Kind.ARXIV: 0.01}
"""Requests a look, of kinds that are always asked for many at once."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One kind of links: how often they change, and how long they rest."""

    kind: Kind
    links: int
    seen: Seen
    rate: float
    """Changes of one link in one night."""
    cost: float
    """Requests that one look takes."""
    rest: float
    """Mean nights from one look to the next."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long links of each kind rest while they are well."""

    beats: Mapping[Kind, Beat]

    @property
    def requests(self) -> float:
        """What the looks at links that are well take in a mean night."""
        return sum(one.links * one.cost / one.rest for one in self.beats.values())

    @property
    def single_requests(self) -> float:
        """Of these, what is not asked in batches."""
        return sum(one.links / one.rest for one in self.beats.values() if one.cost >= 1)

    def of(self, key: str) -> Beat | None:
        """The beat of a link's kind; None where the lists had none of it."""
        return self.beats.get(kind_of(key))

    def rest(self, key: str, otherwise: int) -> int:
        """Nights from one look at a link to the next: whole ones, on average its kind's."""
        beat = self.of(key)
        return int(beat.rest + _lot(key)[1]) if beat else otherwise

    def nights_to_rest(self, key: str, ordinal: int, otherwise: int) -> int:
        """Nights from a day, by its ordinal, to the link's next turn: from 1 to its rest.

        A turn comes every so many nights, counted from a day that is the link's own. So links
        that were looked at together come back on different nights from the very next one on.
        """
        rest = self.rest(key, otherwise)
        return rest - (ordinal + _lot(key)[0]) % rest


def rhythm(
    links: Iterable[str],
    histories: Mapping[str, Sequence[Observation]],
    pace: Pace,
    costs: Mapping[Kind, float] = BATCHED,
) -> Rhythm:
    """As `reckoned`, from what the links' own histories have seen."""
    keys = tuple(links)
    found = dict.fromkeys(Kind, Seen())
    for key in keys:
        found[kind_of(key)] += seen(histories.get(key, ()))
    return reckoned(keys, found, pace, costs)


def reckoned(
    links: Iterable[str],
    found: Mapping[Kind, Seen],
    pace: Pace,
    costs: Mapping[Kind, float] = BATCHED,
) -> Rhythm:
    """How long to rest, so that changes are found as soon as the allowed requests can find them.

    `costs`: requests a look by kind, 1 where it says nothing.
    """
    counts = Counter(map(kind_of, links))
    known = {kind: found.get(kind, Seen()) for kind in counts}
    rates = {
        kind: rate(known[kind], getattr(pace.priors, kind), pace.prior_looks) for kind in counts
    }
    rests = _rests(counts, rates, costs, pace)
    return Rhythm(
        {
            one: Beat(one, counts[one], known[one], rates[one], costs.get(one, 1), rests[one])
            for one in sorted(counts)
        }
    )


def _rests(
    counts: Mapping[Kind, int], rates: Mapping[Kind, float], costs: Mapping[Kind, float], pace: Pace
) -> dict[Kind, float]:
    """The rests that find changes soonest for a sum of requests: as the root of cost by rate.

    A change waits half a rest on average. The least sum of rate * rest / 2 for a given sum of
    cost / rest has rests in the proportion of sqrt(cost / rate), whatever the numbers of links.
    """
    weights = {kind: math.sqrt(costs.get(kind, 1) / rates[kind]) for kind in counts}

    def rests(scale: float) -> dict[Kind, float]:
        return {kind: min(max(1.0, scale * weights[kind]), pace.alive_every) for kind in counts}

    def requests(scale: float) -> float:
        return sum(counts[kind] * costs.get(kind, 1) / one for kind, one in rests(scale).items())

    return rests(_least(requests, pace.requests_share * sum(counts.values())))


def _least(requests: Callable[[float], float], allowed: float) -> float:
    """The least scale that keeps to what is allowed, or the widest where none does."""
    low, high = 1 / _WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if requests(middle) <= allowed else (middle, high)
    return high


@lru_cache(maxsize=1 << 14)
def _lot(key: str) -> tuple[int, float]:
    """A link's own lot, the same for ever: a day to count from, and a share from 0 to 1."""
    digest = blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4]), int.from_bytes(digest[4:]) / (1 << 32)
