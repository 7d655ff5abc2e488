"""The gates of hosts that are not one's own: a share of what they allow."""

from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.settings import WebSettings

POLICY = WebSettings(per_host=4, pause_s=0.5, slow_hosts=("slow.example=2.0",))


def gate(host: str, askers: int) -> tuple[int, float]:
    """Places and pause at a host, for one of so many who lead there."""
    gates = HostLimiter(POLICY, lambda: 0.0)
    gates.set_share({"own.example"}, askers)
    found = gates.slot(host)
    return found.concurrency, found.pause_s


def test_all_who_lead_to_a_host_together_ask_it_no_more_than_one_would() -> None:
    assert gate("own.example", 3) == (4, 0.5)
    assert gate("other.example", 2) == (2, 1.0)
    assert gate("other.example", 3) == (1, 1.5)
    assert gate("slow.example", 10) == (1, 20.0)


def test_who_asks_alone_has_every_host_for_itself() -> None:
    assert gate("other.example", 1) == gate("own.example", 1) == (4, 0.5)
