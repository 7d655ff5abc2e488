"""The lower bound of a run's duration: its longest host, its slowest check, or its concurrency."""

import time
from collections import defaultdict

import pytest

from staycurrent.links.scheduler import lower_bound
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.settings import WebSettings


@pytest.mark.parametrize(
    ("checks", "ceiling", "seconds", "why"),
    [
        ([("a", 0.2)] * 5, 8, 1.0, "5 checks at a"),  # four pauses of a quarter of a second
        ([("a", 4.0)] * 8, 8, 8.0, "8 checks at a"),  # four at once
        ([("a", 0.2), ("b", 20.0)], 8, 20.0, "the slowest check, at b"),
        ([(str(n), 1.0) for n in range(40)], 8, 5.0, "all checks, 8 at once"),
        ([("slow.test", 0.1)] * 11, 8, 20.0, "11 checks at slow.test"),
        ([], 8, 0.0, "no check"),
    ],
)
def test_what_takes_longest_is_the_bound(
    checks: list[tuple[str, float]], ceiling: int, seconds: float, why: str
) -> None:
    durations: defaultdict[str, list[float]] = defaultdict(list)
    for host, took in checks:
        durations[host].append(took)
    gates = HostLimiter(
        WebSettings(pause_s=0.25, per_host=4, slow_hosts=("slow.test=2",)), time.monotonic
    )
    bound = lower_bound(durations, gates, ceiling)
    assert bound.seconds == pytest.approx(seconds, abs=0.01)
    assert bound.reason == why
