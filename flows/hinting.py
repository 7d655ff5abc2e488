"""The facts that hints are drawn from, gathered after a run from what is committed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Protocol

from flows.candidates import offered
from flows.chores import chores
from flows.conclude import standings
from flows.listing import read_lists
from flows.memory import at_hand, remembered
from flows.night import Night, NotJudged
from flows.status import link_row
from links.link import Link, link
from links.verdict import State
from reports.hints import Facts, HostCount, hints
from reports.status import Chore, ChoreKind, LinkRow, Subject
from sources.item import Candidate, SourceState
from warehouse import candidates, chronicle, observations, runs
from warehouse.chronicle import Pulled
from warehouse.open import WarehouseBusy

_MONTH = timedelta(days=30)
_BROUGHT = (SourceState.OK, SourceState.FALLBACK)
_LATELY = 3


class Shown(Protocol):
    """As much of a `reports.status.Status` as hints are drawn from."""

    @property
    def links(self) -> tuple[LinkRow, ...]:
        """Every place."""
        ...

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """What is offered."""
        ...

    @property
    def chores(self) -> tuple[Chore, ...]:
        """What wants looking after."""
        ...


@dataclass(frozen=True, slots=True)
class _Standing:
    links: tuple[LinkRow, ...]
    candidates: tuple[Candidate, ...]
    chores: tuple[Chore, ...]


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
            for hint in hinted(held, _standing(held)):
                night.voice.say(f"hint: {hint}")
    except WarehouseBusy:
        return  # another run began meanwhile: what was done is done, and it hints at its end


def _standing(night: Night) -> Shown:
    """What stands, of what `status` tells no more than hints are drawn from."""
    lists = read_lists(night)
    with remembered(night) as warehouse:
        found = [(listed, one) for listed in lists for one in standings(night, warehouse, listed)]
        return _Standing(
            tuple(link_row(listed, one) for listed, one in found),
            offered(night, warehouse, lists),
            chores(night, warehouse, lists, found),
        )


def hinted(night: Night, shown: Shown) -> tuple[str, ...]:
    """What the user could change, by what stands tonight; at most three sentences."""
    return hints(facts(night, shown))


def facts(night: Night, shown: Shown) -> Facts:
    """What stands tonight, as far as a hint may be drawn from it."""
    since = night.night - _MONTH
    with remembered(night) as warehouse:
        tonight = observations.last_statuses(warehouse, night.night)
        judged = runs.latest_judged(warehouse)
        nights = chronicle.nights(warehouse, since)
        pulls = chronicle.pulls(warehouse, since)
        ever_proposed = bool(candidates.former(warehouse))
    unjudged = [one for one in nights if judged is None or one.night > judged.night]
    return Facts(
        night=night.night,
        last_judged=judged.night if judged else None,
        not_judged=len(unjudged),
        canaries=bool(unjudged) and "canar" in unjudged[-1].reason,
        has_github_token=bool(night.secrets.github_token),
        github_waiting=sum(map(_waits_for_github, shown.links)),
        limited=_by_host((link, status == 429) for link, status in tonight.items()),
        slow_hosts=night.settings.web.slow_hosts,
        blocked=_by_host(_blocked(shown.links)),
        candidates=len(shown.candidates),
        has_part=_has_part(night),
        feed_nights=len({one.night for one in pulls if one.state in _BROUGHT}),
        ever_proposed=ever_proposed,
        floor=night.settings.candidates.floor,
        feeds_down=tuple(_down(pulls)),
        lapsed=tuple(_patterns(shown, ChoreKind.EXPIRED)),
        unmatched=tuple(_patterns(shown, ChoreKind.UNMATCHED)),
    )


def _waits_for_github(row: LinkRow) -> bool:
    asked = link(row.url)
    is_theirs = isinstance(asked, Link) and asked.host in ("github.com", "www.github.com")
    return is_theirs and row.verdict.state is State.UNCHECKED


def _blocked(rows: Iterable[LinkRow]) -> Iterator[tuple[str, bool]]:
    known = {row.verdict.link: row.verdict.state for row in rows}
    return ((key, state is State.BLOCKED) for key, state in known.items())


def _by_host(keys: Iterable[tuple[str, bool]]) -> tuple[HostCount, ...]:
    """Hosts with links that count, the most of them first."""
    of: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for key, counts in keys:
        asked = link(key)
        if isinstance(asked, Link):
            of[asked.host] += 1
            counted[asked.host] += counts
    found = (HostCount(host, number, of[host]) for host, number in counted.items() if number)
    return tuple(sorted(found, key=lambda one: (-one.links, one.host)))


def _has_part(night: Night) -> bool:
    name = night.settings.curated.part
    return not name or any(
        marker.name == name for listed in read_lists(night) for marker in listed.document.markers
    )


def _down(pulls: Sequence[Pulled]) -> Iterator[str]:
    for name, nights in groupby(pulls, key=lambda one: one.source):
        last = list(nights)[-_LATELY:]
        if len(last) == _LATELY and not any(one.state in _BROUGHT for one in last):
            yield name


def _patterns(shown: Shown, kind: ChoreKind) -> Iterator[str]:
    for one in shown.chores:
        if one.subject is Subject.PATTERN and one.kind is kind:
            yield one.text
