"""The lists that are looked at: by whom each link is served, when it answers, and what."""

import random
from dataclasses import dataclass

from bench.server import address


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
    """A large site, a middling one, the rest by Zipf's law; one link in a hundred never answers.

    Delays are lognormal: a median of 200 ms, a mean of 294, none above five seconds.
    """
    chance = random.Random(8)  # noqa: S311 -- the same list every time
    weights = [1 / (rank + 1) for rank in range(hosts - 2)]
    rest = chance.choices(range(2, hosts), weights, k=links * 9 // 10 - hosts)
    whose = [0] * (links // 20) + [1] * (links // 20) + rest + list(range(hosts))
    whose = (whose + [0] * links)[:links]
    chance.shuffle(whose)
    delays = [min(5000, int(1000 * chance.lognormvariate(-1.609, 0.877))) for _ in whose]
    return [
        One(host, delay, 0 if number % 100 == 50 else 200)
        for number, (host, delay) in enumerate(zip(whose, delays, strict=True))
    ]


def hostile(links: int, hosts: int) -> list[One]:
    """Of a hundred links five never answer, ten are missing, five have a broken server."""
    kinds = [0] * 5 + [404] * 10 + [500] * 5 + [200] * 80
    return [One(number * 7 % hosts, 50, kinds[number * 37 % len(kinds)]) for number in range(links)]
