"""Whether tonight may be judged at all: pure rules over canaries and hosts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low
from urllib.parse import urlsplit

from links.observation import Observation, Outcome
from web.dates import Sent


@dataclass(frozen=True, slots=True)
class Gate:
    """The `[links.gate]` section: when the fault is more likely ours than everybody's."""

    canaries_share: float = 0.6
    """Share of the canaries that must answer, before and after."""
    failing_share: float = 0.2
    """Share of hosts that were fine last week and may not fail all at once."""
    same_target_share: float = 0.1
    """Share of hosts that may not all begin to redirect to one other host in one night."""
    least_hosts: int = 5
    """Fewer hosts than this prove nothing about us."""
    clock_minutes: float = 10.0
    """How far this machine's clock may be off what the canaries say."""
    fine_within_nights: int = 7
    """How long ago a host may have answered to count as fine."""


def canaries_fine(answered: Sequence[bool], gate: Gate) -> bool:
    """Whether enough canaries answered; none configured proves nothing and passes."""
    return not answered or sum(answered) >= gate.canaries_share * len(answered)


def clock_off(sent: Sequence[Sent], now: datetime, gate: Gate) -> timedelta | None:
    """How far a clock that shows `now` is ahead of the canaries' (negative: behind), if too far.

    The one in the middle speaks for all: a canary whose own clock is wrong proves nothing.
    """
    if not sent:
        return None
    off = median_low(one.off(now) for one in sent)
    return off if abs(off) > timedelta(minutes=gate.clock_minutes) else None


def objection(
    tonight: Iterable[Observation],
    histories: Mapping[str, Sequence[Observation]],
    night: date,
    gate: Gate,
) -> str | None:
    """Why tonight's looks are not to be believed, as a sentence; None if they are."""
    by_host: dict[str, list[Observation]] = {}
    for look in (one for one in tonight if one.outcome is not Outcome.SKIPPED):
        by_host.setdefault(_host(look.link), []).append(look)
    fine = {host for host, looks in by_host.items() if _was_fine(looks, histories, night, gate)}
    turned = {host for host in fine if all(_is_no_answer(look) for look in by_host[host])}
    if len(turned) >= gate.least_hosts and len(turned) > gate.failing_share * len(fine):
        return (
            f"{len(turned)} of {len(fine)} hosts that were fine last week fail or refuse us "
            "at once: the fault is more likely here"
        )
    return _captured(by_host, histories, gate) or _one_page(by_host, histories, gate)


def _is_no_answer(look: Observation) -> bool:
    """It failed, or we were refused: many refusals at once mean that our address is banned."""
    return look.outcome.is_negative or look.outcome is Outcome.BLOCKED


def _was_fine(
    looks: Sequence[Observation],
    histories: Mapping[str, Sequence[Observation]],
    night: date,
    gate: Gate,
) -> bool:
    since = night - timedelta(days=gate.fine_within_nights)
    recent = [
        earlier
        for look in looks
        for earlier in histories.get(look.link, ())
        if since <= earlier.night < night and earlier.outcome is not Outcome.SKIPPED
    ]
    return bool(recent) and not any(_is_no_answer(earlier) for earlier in recent)


def _captured(
    by_host: Mapping[str, Sequence[Observation]],
    histories: Mapping[str, Sequence[Observation]],
    gate: Gate,
) -> str | None:
    """A captive portal: many hosts begin, in one night, to send everybody to one other host."""
    sent: dict[str, set[str]] = {}
    for host, looks in by_host.items():
        for look in looks:
            target = _host(look.final_url or "")
            if target and target != host and not _went_there_before(look, histories):
                sent.setdefault(target, set()).add(host)
    for target, hosts in sent.items():
        if len(hosts) >= gate.least_hosts and len(hosts) > gate.same_target_share * len(by_host):
            return f"{len(hosts)} hosts suddenly redirect to {target}: a portal stands between"
    return None


def _went_there_before(look: Observation, histories: Mapping[str, Sequence[Observation]]) -> bool:
    earlier = [one for one in histories.get(look.link, ()) if one.night < look.night]
    return not earlier or any(
        _host(one.final_url or "") == _host(look.final_url or "") for one in earlier
    )


def _one_page(
    by_host: Mapping[str, Sequence[Observation]],
    histories: Mapping[str, Sequence[Observation]],
    gate: Gate,
) -> str | None:
    """A portal without a redirect: the very same page, new at many hosts in one night."""
    shown: dict[str, set[str]] = {}
    for host, looks in by_host.items():
        for look in looks:
            earlier = [one for one in histories.get(look.link, ()) if one.night < look.night]
            known = any(one.fingerprint == look.fingerprint for one in earlier)
            if look.fingerprint is not None and earlier and not known:
                shown.setdefault(look.fingerprint, set()).add(host)
    most = max((len(hosts) for hosts in shown.values()), default=0)
    if most < gate.least_hosts or most <= gate.same_target_share * len(by_host):
        return None
    return f"{most} hosts suddenly show the same page: something stands between"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
