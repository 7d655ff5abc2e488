"""The facts that hints are drawn from, gathered after a run from what is committed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from staycurrent.curated.place import Place
from staycurrent.flows.candidates import offered
from staycurrent.flows.conclude import standings
from staycurrent.flows.listing import each_list
from staycurrent.flows.memory import at_hand, remembered
from staycurrent.flows.night import Night, NotJudged
from staycurrent.links.ignore import Ignore, covers
from staycurrent.links.link import Link, link
from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.hints import Facts, HostCount, hints
from staycurrent.sources.item import SourceState
from staycurrent.warehouse import candidates, chronicle, observations, runs
from staycurrent.warehouse.chronicle import Pulled
from staycurrent.warehouse.open import Warehouse, WarehouseBusy

_MONTH = timedelta(days=30)
_BROUGHT = (SourceState.OK, SourceState.FALLBACK)
_LATELY = 3


@contextmanager
def hinting(night: Night, *, is_quiet: bool) -> Iterator[None]:
    """Say what the user could change once the night is over, also one that was not judged."""
    try:
        yield
    except NotJudged:
        _say(night, is_quiet=is_quiet)
        raise
    _say(night, is_quiet=is_quiet)


def _say(night: Night, *, is_quiet: bool) -> None:
    if is_quiet:
        return
    try:
        with at_hand(night) as held:
            for hint in hinted(held):
                night.voice.say(f"hint: {hint}")
    except WarehouseBusy:
        return  # another run began meanwhile: what was done is done, and it hints at its end


def hinted(night: Night) -> tuple[str, ...]:
    """What the user could change, by what stands tonight; at most three sentences."""
    return hints(facts(night))


def facts(night: Night) -> Facts:
    """What stands tonight, as far as a hint may be drawn from it; one list after the other."""
    since = night.night - _MONTH
    with remembered(night) as warehouse:
        listed = _listed(night, warehouse)
        limited = observations.by_host(warehouse, night.night, status=429)
        judged = runs.latest_judged(warehouse)
        nights = chronicle.nights(warehouse, since)
        pulls = chronicle.pulls(warehouse, since)
        wanted = offered(night, warehouse, each_list(night))
        ever_proposed = bool(candidates.former(warehouse))
    unjudged = [one for one in nights if judged is None or one.night > judged.night]
    return Facts(
        night=night.night,
        last_judged=judged.night if judged else None,
        not_judged=len(unjudged),
        canaries=bool(unjudged) and "canar" in unjudged[-1].reason,
        has_github_token=bool(night.secrets.github_token),
        github_waiting=listed.github_waiting,
        limited=_most_first(HostCount(*one) for one in limited),
        slow_hosts=night.settings.web.slow_hosts,
        blocked=_by_host(listed.blocked.items()),
        candidates=len(wanted),
        has_part=listed.has_part,
        feed_nights=len({one.night for one in pulls if one.state in _BROUGHT}),
        ever_proposed=ever_proposed,
        floor=night.settings.candidates.floor,
        feeds_down=tuple(_down(pulls)),
        lapsed=tuple(one.pattern for one in _patterns(night) if one.is_over(night.night)),
        unmatched=tuple(one.pattern for one in listed.unmatched),
    )


@dataclass(slots=True)
class _Listed:
    """What the lists come down to."""

    has_part: bool
    unmatched: list[Ignore]
    """Patterns of the settings that hold, and covered no link so far."""
    github_waiting: int = 0
    blocked: dict[str, bool] = field(default_factory=dict)
    """By link: whether it refuses robots."""

    def add(self, place: Place, verdict: Verdict) -> None:
        """Take in a place and what is known of its link."""
        self.blocked[verdict.link] = verdict.state is State.BLOCKED
        self.github_waiting += verdict.state is State.UNCHECKED and _is_at_github(place.url)
        self.unmatched = [one for one in self.unmatched if not covers(one.pattern, place.url)]


def _listed(night: Night, warehouse: Warehouse) -> _Listed:
    name = night.settings.curated.part
    holding = [one for one in _patterns(night) if not one.is_over(night.night)]
    found = _Listed(has_part=not name, unmatched=holding)
    for listed in each_list(night):
        found.has_part |= any(marker.name == name for marker in listed.document.markers)
        for one in standings(night, warehouse, listed):
            found.add(one.place, one.verdict)
    return found


def _patterns(night: Night) -> Sequence[Ignore]:
    return night.settings.links.patterns


def _is_at_github(url: str) -> bool:
    asked = link(url)
    return isinstance(asked, Link) and asked.host in ("github.com", "www.github.com")


def _by_host(keys: Iterable[tuple[str, bool]]) -> tuple[HostCount, ...]:
    """Hosts with links that count, the most of them first."""
    of: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for key, counts in keys:
        asked = link(key)
        if isinstance(asked, Link):
            of[asked.host] += 1
            counted[asked.host] += counts
    return _most_first(HostCount(host, number, of[host]) for host, number in counted.items())


def _most_first(found: Iterable[HostCount]) -> tuple[HostCount, ...]:
    counted = (one for one in found if one.links)
    return tuple(sorted(counted, key=lambda one: (-one.links, one.host)))


def _down(pulls: Sequence[Pulled]) -> Iterator[str]:
    for name, nights in groupby(pulls, key=lambda one: one.source):
        last = list(nights)[-_LATELY:]
        if len(last) == _LATELY and not any(one.state in _BROUGHT for one in last):
            yield name
