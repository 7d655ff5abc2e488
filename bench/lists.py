"""The lists that are looked at: by whom each link is served, when it answers, and what."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.server import address

AGAIN = 0.45
"""How often the next link of a list is on the host of the one before, beyond what chance brings."""
_SMALL = 5
"""Hosts with no more links than this may be the silent ones."""


@dataclass(frozen=True, slots=True)
class One:
    """A link: its host's number, milliseconds until it answers, and its status (0: never)."""

    host: int
    delay_ms: int
    status: int = 200

    def url(self, scheme: str, port: int, number: int) -> str:
        """The address that makes the server answer so."""
        where = f"{scheme}://{address(self.host)}:{port}"
        return f"{where}/{self.delay_ms}/{self.status}/{number}"


def even(links: int, hosts: int, delay_ms: int) -> list[One]:
    """Every host with as many links as the others, every answer after the same time."""
    return [One(number % hosts, delay_ms) for number in range(links)]


def realistic(links: int, hosts: int) -> list[One]:
    """Two fifths on one large site, a tenth on another, the rest by Zipf's law, in runs.

    So lists are: of eleven public ones the median has 44 % of its links on one site (6 to 98 %),
    and half of all links follow one of the same host (a fifth would by chance). Delays are
    lognormal: a median of 200 ms, a mean of 294, none above five seconds. What never answers are
    whole hosts, small ones, with one link in a hundred: a site that two fifths of a list are on
    does not leave some of them hanging.
    """
    chance = random.Random(8)  # noqa: S311 -- the same list every time
    weights = [1 / (rank + 1) for rank in range(hosts - 2)]
    whose = [0] * (links * 2 // 5) + [1] * (links // 10) + list(range(2, hosts))
    whose += chance.choices(range(2, hosts), weights, k=links - len(whose))
    whose = _in_runs(whose, chance)
    delays = [min(5000, int(1000 * chance.lognormvariate(-1.609, 0.877))) for _ in whose]
    silent = _silent(Counter(whose), links // 100, chance)
    return [
        One(host, delay, 0 if host in silent else 200)
        for host, delay in zip(whose, delays, strict=True)
    ]


def _silent(sizes: Counter[int], links: int, chance: random.Random) -> set[int]:
    """Hosts that answer nothing, with so many links together, none with more than five."""
    small = sorted(host for host, size in sizes.items() if size <= _SMALL)
    chance.shuffle(small)
    found: set[int] = set()
    for host in small:
        if sizes[host] <= links:
            found.add(host)
            links -= sizes[host]
    return found


def _in_runs(whose: Sequence[int], chance: random.Random) -> list[int]:
    """The same hosts, in such an order that about half of them follow a link of their own host."""
    left = list(whose)
    chance.shuffle(left)
    waiting = Counter(left)
    found: list[int] = []
    while left:
        again = bool(found) and waiting[found[-1]] > 0 and chance.random() < AGAIN
        host = found[-1] if again else left.pop()
        if waiting[host]:  # else it was taken out of its turn before
            waiting[host] -= 1
            found.append(host)
    return found


def hostile(links: int, hosts: int) -> list[One]:
    """Of a hundred links five never answer, ten are missing, five have a broken server."""
    kinds = [0] * 5 + [404] * 10 + [500] * 5 + [200] * 80
    return [One(number * 7 % hosts, 50, kinds[number * 37 % len(kinds)]) for number in range(links)]
