"""Whether a run may be judged, which hosts are down, and how many links may die in one run.

Also which content belongs to another party now, by the identities that a provider reports.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from staycurrent.links.observation import ACCOUNT, OWNER, PERHAPS_USURPED, Observation, Outcome
from staycurrent.links.settings import AnomalySettings, OutageSettings, RunGateSettings
from staycurrent.links.verdict import Verdict
from staycurrent.web.address import host_of


def enough_canaries(answered: Sequence[bool], settings: RunGateSettings) -> bool:
    """Whether enough canaries answered; True if there are none."""
    return not answered or sum(answered) >= settings.canaries_share * len(answered)


def clock_error(offsets: Sequence[timedelta], settings: RunGateSettings) -> timedelta | None:
    """How far our clock is ahead of those of the canaries (negative: behind), if too far.

    The median counts: one canary with a wrong clock proves nothing.
    """
    if not offsets:
        return None
    from statistics import median_low  # 20 ms, and `render` imports this module

    error = median_low(offsets)
    return error if abs(error) > timedelta(minutes=settings.clock_minutes) else None


_LATE_SHARE = 0.2
_LATE_S = 5.0
"""A shorter run is always late by a large share: it starts."""


def describe_lateness(late_s: float, seconds: float) -> str | None:
    """That this machine was late for a large part of a run of so many seconds, if it was.

    The run may be judged: that time is charged to no host. But it was long, and an overloaded
    machine is worth knowing of.
    """
    if late_s < max(_LATE_S, _LATE_SHARE * seconds):
        return None
    return (
        f"this machine was too busy for {late_s:.0f} of {seconds:.0f} seconds, which count "
        "against no link; lower `web.concurrency`, or give it more of a processor"
    )


class RunGate:
    """Takes in the observations of a run, and says whether they can be trusted together.

    If they cannot, the fault is more likely ours: no network, a ban, a captive portal, a proxy.
    """

    def __init__(self, run_date: date, settings: RunGateSettings) -> None:
        self._run_date = run_date
        self._settings = settings
        self._answers: dict[str, bool] = {}
        """By host of the run, whether at least one of its links was there."""
        self._was_fine: dict[str, bool] = {}
        """By host that was checked in the last days, whether it answered at each check then."""
        self._new_targets: defaultdict[str, set[str]] = defaultdict(set)
        """By host to which redirects newly lead, the hosts that redirect to it."""
        self._new_pages: defaultdict[str, set[str]] = defaultdict(set)
        """By fingerprint of a page, the hosts that newly show it."""
        self._new_identities: Counter[str] = Counter()
        """By provider, the links whose new identity is not believed."""

    def add(self, observation: Observation, history: Sequence[Observation]) -> None:
        """Take in one observation, and the link's history; a skipped one is ignored."""
        if observation.outcome is Outcome.SKIPPED:
            return
        if observation.evidence.startswith(IDENTITIES_CHANGED):
            self._new_identities[observation.checked_by] += 1
        host = host_of(observation.link)
        self._answers[host] = self._answers.get(host, False) or not _failed(observation)
        earlier = [seen for seen in history if seen.run_date < observation.run_date]
        since = self._run_date - timedelta(days=self._settings.fine_within_days)
        for seen in earlier:
            if since <= seen.run_date < self._run_date and seen.outcome is not Outcome.SKIPPED:
                self._was_fine[host] = self._was_fine.get(host, True) and not _failed(seen)
        target = host_of(observation.final_url or "")
        # a link that was never seen before may always have been redirected there
        is_new = bool(earlier) and all(host_of(seen.final_url or "") != target for seen in earlier)
        if target not in ("", host) and is_new:
            self._new_targets[target].add(host)
        page = observation.fingerprint
        if page and earlier and all(seen.fingerprint != page for seen in earlier):
            self._new_pages[page].add(host)

    def objection(self) -> str | None:
        """Why the run cannot be judged, as a sentence; None if it can."""
        fine = [host for host, was_fine in self._was_fine.items() if was_fine]
        failing, settings = sum(not self._answers[host] for host in fine), self._settings
        if failing >= settings.min_hosts and failing > settings.failing_share * len(fine):
            return (
                f"{failing} of {len(fine)} hosts that were fine last week fail or refuse us "
                "at once: the fault is more likely here"
            )
        for provider, changed in self._new_identities.items():
            return (
                f"{changed} of the links that {provider} answers for have a new identity at once: "
                "the fault is more likely there"
            )
        many = max(settings.min_hosts - 1, settings.same_target_share * len(self._answers))
        for target, hosts in self._new_targets.items():
            if len(hosts) > many:
                return (
                    f"{len(hosts)} hosts suddenly redirect to {target}: probably a captive portal"
                )
        most = max(map(len, self._new_pages.values()), default=0)
        if most > many:
            return f"{most} hosts suddenly show the same page: probably a captive portal"
        return None


def _failed(observation: Observation) -> bool:
    """A failure or a refusal: many refusals at once mean that our IP address is banned."""
    return observation.outcome.is_negative or observation.outcome.is_blocked


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
    grave = [verdict.link for verdict in verdicts if verdict.state.is_grave]
    new = {one for one in grave if decided.get(one) == run_date and one in once_healthy}
    limit = max(settings.min_links, settings.max_share * len(verdicts))
    return frozenset(new if len(new) > min(settings.max_links, limit) else ())


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
    by_host: defaultdict[str, list[Observation]] = defaultdict(list)
    for observation in weak:
        by_host[host_of(observation.link)].append(observation)
    down = set()
    for host, observations in by_host.items():
        outcomes = outcomes_by_host[host]
        outcome, count = outcomes.most_common(1)[0]
        total = outcomes.total()
        alike = total >= settings.min_links and count > settings.same_outcome_share * total
        since = observations[0].run_date - timedelta(days=settings.patience_days)
        answered = (
            since <= earlier.run_date < observation.run_date and earlier.outcome.is_success
            for observation in observations
            for earlier in histories.get(observation.link, ())
        )
        if alike and outcome.is_weak and any(answered):
            down.add((host, outcome))
    counted = tuple(one for one in weak if (host_of(one.link), one.outcome) not in down)
    return counted, tuple(sorted(host for host, _ in down))


IDENTITIES_CHANGED = "most identities changed at once"
"""How the evidence of an observation begins whose new identity is not believed."""


def with_takeovers(
    observations: Sequence[Observation],
    histories: Mapping[str, Sequence[Observation]],
    settings: RunGateSettings,
    changed_on: date | None = None,
) -> list[Observation]:
    """One provider's observations of a run, as TAKEN_OVER where the identity has changed.

    If most of the known identities change at once, the provider has renumbered its content or
    errs: none is believed, the evidence says so, and the run is not judged. `changed_on` is the
    last date on which that happened: what was known before says nothing any more, so that the new
    identities are those that later runs compare with. None: it never happened.

    One that the link had at any earlier success is no other party's: who gave a repository away
    may make another one under its old name, or get it back.
    """
    before = {
        one.link: identities
        for one in observations
        if one.identity is not None
        and one.outcome.is_success
        and (identities := _known_identities(one, histories.get(one.link, ()), changed_on))
    }
    now = {one.link: one.identity or "" for one in observations}
    changed = {
        key for key, known in before.items() if not any(is_same(one, now[key]) for one in known)
    }
    is_many = len(changed) >= settings.min_identities
    at_once = is_many and len(changed) > settings.identities_share * len(before)
    mark = _doubted if at_once else _taken_over
    return [mark(one) if one.link in changed else one for one in observations]


def is_same(identity: str, other: str) -> bool:
    """Whether two identities name the same content, or what its owner put in its place.

    An identity is one name, or several with blanks between, the most lasting first. The first one
    decides if both have as many; else one that both have. An owner may delete content and make it
    again; an owner known for only one of the two decides nothing.
    """
    names, others = identity.split(), other.split()
    if any(name.startswith(OWNER) and name in others for name in names):
        return True
    names = [name for name in names if not name.startswith(OWNER)]
    others = [name for name in others if not name.startswith(OWNER)]
    if len(names) == len(others):
        return names[:1] == others[:1]
    return not set(names).isdisjoint(others)


def _known_identities(
    observation: Observation, history: Sequence[Observation], changed_on: date | None
) -> frozenset[str]:
    """The identities at successes that were observed by the same provider, and count."""
    return frozenset(
        seen.identity
        for seen in history
        if seen.identity is not None
        and seen.outcome.is_success
        and seen.checked_by == observation.checked_by
        and (changed_on is None or seen.run_date >= changed_on)
    )


def _doubted(observation: Observation) -> Observation:
    return replace(observation, evidence=f"{IDENTITIES_CHANGED}: {observation.evidence}")


def _taken_over(observation: Observation) -> Observation:
    """A renamed repository frees its old name, and anybody may register it.

    The page is then alive and belongs to somebody else (nix-community/nurl#384). An account may
    do so too, but people who rename one often register the old name again as a pointer: that
    is only suspected, and what was known before is compared for as long as it lasts.
    """
    if (observation.identity or "").startswith(ACCOUNT):
        words = f"another account has the name now ({observation.evidence}){PERHAPS_USURPED}"
        return replace(observation, identity=None, evidence=words)
    return replace(
        observation,
        outcome=Outcome.TAKEN_OVER,
        final_url=None,
        permanent=False,
        freshness=None,
        evidence=f"the name belongs to other content now ({observation.evidence})",
    )
