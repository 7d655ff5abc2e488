"""What a night takes at least, in whatever order its links are looked at."""

from collections import Counter
from dataclasses import dataclass, field

from staycurrent.web.host_limiter import HostLimiter


@dataclass(frozen=True, slots=True)
class Bound:
    """The time below which no order could have come."""

    seconds: float
    why: str
    """What it was that took so long, in a few words."""
    once_s: float = 0.0
    """Seconds that it took until every link had been looked at once; 0 where nobody measured it."""


@dataclass(slots=True)
class Spent:
    """The looks of a night as they were measured."""

    looks: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: str = ""

    def add(self, host: str, seconds: float) -> None:
        """Take in one look."""
        self.looks[host] += 1
        self.seconds[host] += round(seconds * 1000)
        if seconds > self.slowest_s:
            self.slowest_s, self.slowest = seconds, host

    def bound(self, gates: HostLimiter, ceiling: int) -> Bound:
        """The longest of: one host's looks with their pauses, the slowest look, all by ceiling.

        Waiting for a second look, and for robots.txt, is left out: both are waited for beside
        other looks.
        """
        slowest = f"the slowest look, at {self.slowest}" if self.looks else "no look"
        found = [Bound(self.slowest_s, slowest)]
        for host, count in self.looks.items():
            seconds = gates.minimum_seconds(host, count - 1, self.seconds[host] / 1000)
            found.append(Bound(seconds, f"{count} looks at {host}"))
        total = self.seconds.total() / 1000 / ceiling
        found.append(Bound(total, f"all looks, {ceiling} at once"))
        return max(found, key=lambda one: one.seconds)
