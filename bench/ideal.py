"""How long a list takes whoever loses no time, but does not know beforehand what is slow."""

from collections import defaultdict, deque
from dataclasses import dataclass
from heapq import heappop, heappush

from bench.lists import One


@dataclass(frozen=True, slots=True)
class Limits:
    """What all sides keep to."""

    ceiling: int = 512
    per_host: int = 10
    pause_s: float = 0.05
    timeout_s: float = 10.0


def lasts(one: One, limits: Limits) -> float:
    """Seconds until it is known what a link answers."""
    return limits.timeout_s if one.status == 0 else one.delay_ms / 1000


def ideal(checks: list[One], limits: Limits, *, second: bool) -> float:
    """Seconds of a night: the host with most before it first; failures again, if `second`."""
    queues: defaultdict[int, deque[tuple[One, bool]]] = defaultdict(deque)
    for one in checks:
        queues[one.host].append((one, not second))
    opens: defaultdict[int, float] = defaultdict(float)
    busy: defaultdict[int, int] = defaultdict(int)
    ends: list[tuple[float, int, int, One, bool]] = []
    now, number = 0.0, 0
    while any(queues.values()) or ends:
        for host in sorted((h for h in queues if queues[h]), key=lambda h: -len(queues[h])):
            free = len(ends) < limits.ceiling and busy[host] < limits.per_host
            if free and opens[host] <= now:
                one, last = queues[host].popleft()
                heappush(ends, (now + lasts(one, limits), number, host, one, last))
                number += 1
                busy[host] += 1
                opens[host] = now + limits.pause_s
        nexts = [opens[h] for h in queues if queues[h] and opens[h] > now]
        step = min([*nexts, ends[0][0]] if ends else nexts)
        now = max(now, step)
        while ends and ends[0][0] <= now:
            _, _, host, one, last = heappop(ends)
            busy[host] -= 1
            if one.status in (0, 404, 500) and not last:
                queues[host].appendleft((one, True))
    return now
