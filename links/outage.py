"""Hosts that are down as a whole: one host has one vote, however many of its links are listed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import Outage
from staycurrent.web.address import host_of


def without_outages(
    weak: Sequence[Observation],
    tally: Mapping[str, Counter[Outcome]],
    histories: Mapping[str, Sequence[Observation]],
    outage: Outage,
) -> tuple[tuple[Observation, ...], tuple[str, ...]]:
    """Tonight's weak looks less those at hosts that are down, and the names of these hosts.

    `tally` counts tonight's outcomes by host. A host that answered lately and whose links now
    all time out says nothing of any one of them: such looks are no observations. The silence
    of a host that has been silent for weeks is evidence after all.
    """
    by_host: dict[str, list[Observation]] = {}
    for look in weak:
        by_host.setdefault(host_of(look.link), []).append(look)
    down = frozenset(
        (host, way)
        for host, looks in by_host.items()
        if (way := _way_down(tally[host], outage)) is not None
        and _answered_lately(looks, histories, outage)
    )
    kept = tuple(look for look in weak if (host_of(look.link), look.outcome) not in down)
    return kept, tuple(sorted(host for host, _ in down))


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


def _way_down(outcomes: Counter[Outcome], outage: Outage) -> Outcome | None:
    """The weak outcome that nearly all looks at one host share, or None."""
    outcome, count = outcomes.most_common(1)[0]
    enough = outcomes.total() >= outage.least_links
    alike = count > outage.alike_share * outcomes.total()
    return outcome if enough and alike and outcome.is_weak else None
