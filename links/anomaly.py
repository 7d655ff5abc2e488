"""Too many links dying in one night is held for a night: it is rarely the web that broke."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import AnomalySettings, OutageSettings
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.web.address import host_of

_GRAVE = (VerdictState.DEAD, VerdictState.INSECURE)


def held_back(
    verdicts: Collection[Verdict],
    decided: Mapping[str, date],
    once_well: Collection[str],
    night: date,
    brake: AnomalySettings,
) -> frozenset[str]:
    """Links whose grave verdict was reached tonight and is to be shown from tomorrow on.

    `decided` is the night on which each link's present verdict was reached; `once_well` the
    links that were ever seen well: what a list brought along dead is no sudden change. What
    was held is released by the next night without a hand, or at once by a person
    (`staycurrent render --release`); `status` tells it from the first.
    """
    new = frozenset(
        one.link
        for one in verdicts
        if one.state in _GRAVE and decided.get(one.link) == night and one.link in once_well
    )
    few = len(new) <= brake.max_links and len(new) <= max(
        brake.min_links, brake.max_share * len(verdicts)
    )
    return frozenset() if few else new


def without_outages(
    weak: Sequence[Observation],
    tally: Mapping[str, Counter[Outcome]],
    histories: Mapping[str, Sequence[Observation]],
    outage: OutageSettings,
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
    outage: OutageSettings,
) -> bool:
    since = looks[0].run_date - timedelta(days=outage.patience_nights)
    return any(
        since <= earlier.run_date < look.run_date and earlier.outcome.is_success
        for look in looks
        for earlier in histories.get(look.link, ())
    )


def _way_down(outcomes: Counter[Outcome], outage: OutageSettings) -> Outcome | None:
    """The weak outcome that nearly all looks at one host share, or None."""
    outcome, count = outcomes.most_common(1)[0]
    enough = outcomes.total() >= outage.min_links
    alike = count > outage.same_outcome_share * outcomes.total()
    return outcome if enough and alike and outcome.is_weak else None
