"""Failures of many links at once: held back for one run, or put down to their host."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import AnomalySettings, OutageSettings
from staycurrent.links.verdict import Verdict
from staycurrent.web.address import host_of


def held_back(
    verdicts: Collection[Verdict],
    decided: Mapping[str, date],
    once_healthy: Collection[str],
    run_date: date,
    settings: AnomalySettings,
) -> frozenset[str]:
    """Links whose new grave verdict is not shown before the next run, because there are too many.

    `decided` is the date on which each link's present verdict was reached; `once_healthy` are the
    links that were ever well: links that were dead when they were listed are not a sudden change.
    The next run releases what was held back, or a person does (`staycurrent render --release`);
    `status` reports it from the start.
    """
    new = frozenset(
        verdict.link
        for verdict in verdicts
        if verdict.state.is_grave
        and decided.get(verdict.link) == run_date
        and verdict.link in once_healthy
    )
    limit = max(settings.min_links, settings.max_share * len(verdicts))
    return new if len(new) > min(settings.max_links, limit) else frozenset()


def without_outages(
    weak: Sequence[Observation],
    outcomes_by_host: Mapping[str, Counter[Outcome]],
    histories: Mapping[str, Sequence[Observation]],
    settings: OutageSettings,
) -> tuple[tuple[Observation, ...], tuple[str, ...]]:
    """The run's weak observations without those of hosts that are down, and these hosts.

    `outcomes_by_host` counts all outcomes of the run. If a host answered lately and nearly all
    its links now fail in the same weak way, that says nothing about any one link. A host that
    has been failing for longer than the patience counts.
    """
    by_host: dict[str, list[Observation]] = {}
    for observation in weak:
        by_host.setdefault(host_of(observation.link), []).append(observation)
    down = set()
    for host, observations in by_host.items():
        outcomes = outcomes_by_host[host]
        outcome, count = outcomes.most_common(1)[0]
        total = outcomes.total()
        alike = total >= settings.min_links and count > settings.same_outcome_share * total
        since = observations[0].run_date - timedelta(days=settings.patience_nights)
        if not (alike and outcome.is_weak):
            continue
        if any(
            since <= earlier.run_date < observation.run_date and earlier.outcome.is_success
            for observation in observations
            for earlier in histories.get(observation.link, ())
        ):
            down.add((host, outcome))
    counted = tuple(one for one in weak if (host_of(one.link), one.outcome) not in down)
    return counted, tuple(sorted(host for host, _ in down))
