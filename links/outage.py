"""Hosts that are down as a whole: one host has one vote, however many of its links are listed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from links.observation import Observation


@dataclass(frozen=True, slots=True)
class Outage:
    """When a host's failing is its own, not its pages'."""

    least_links: int = 6
    """Links of one host that must have been looked at tonight."""
    alike_share: float = 0.8
    """Share of them that fail in the same weak way."""
    patience_nights: int = 14
    """Nights since the host last answered after which its silence is evidence after all."""


def without_outages(
    tonight: Sequence[Observation],
    histories: Mapping[str, Sequence[Observation]],
    outage: Outage,
) -> tuple[tuple[Observation, ...], tuple[str, ...]]:
    """Tonight's looks less those at hosts that are down, and the names of these hosts.

    A host that answered lately and whose links now all time out says nothing of any one of
    them: such looks are no observations. What says more than "unreachable" (404, TLS, a
    block) stays, and so does the silence of a host that has been silent for weeks.
    """
    by_host: dict[str, list[Observation]] = {}
    for look in tonight:
        by_host.setdefault(host_of(look), []).append(look)
    lately = {
        host: looks for host, looks in by_host.items() if _answered_lately(looks, histories, outage)
    }
    down = {host: way for host, looks in lately.items() if (way := _way_down(looks, outage))}
    kept = tuple(look for look in tonight if down.get(host_of(look)) != look.outcome)
    return kept, tuple(sorted(down))


def host_of(look: Observation) -> str:
    """The host that was looked at."""
    return urlsplit(look.link).hostname or ""


def _answered_lately(
    looks: Sequence[Observation],
    histories: Mapping[str, Sequence[Observation]],
    outage: Outage,
) -> bool:
    since = looks[0].night - timedelta(days=outage.patience_nights)
    return any(
        since <= earlier.night < look.night and earlier.outcome.is_success
        for look in looks
        for earlier in histories.get(look.link, ())
    )


def _way_down(looks: Iterable[Observation], outage: Outage) -> str | None:
    """The weak outcome that nearly all looks at one host share, or None."""
    outcomes = Counter(look.outcome for look in looks)
    outcome, count = outcomes.most_common(1)[0]
    enough = outcomes.total() >= outage.least_links
    alike = count > outage.alike_share * outcomes.total()
    return outcome if enough and alike and outcome.is_weak else None
