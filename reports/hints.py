"""Hints after a run: what the user could change, the most useful first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from staycurrent.reports.text import plural, sanitise

_MOST: Final = 3
"""More than three are not read."""
_LIMITED = 3
"""Links of one host that were answered with 429 before the host is worth a word."""
_BLOCKED = 5
"""Blocked links of one host; they must be half of its links, too."""
_NIGHTS_WITHOUT = 3
"""Nights of feeds without a candidate, of a feed that is down, or since a judged night."""


@dataclass(frozen=True, slots=True)
class HostCount:
    """Links of one host."""

    host: str
    links: int
    of: int
    """All links of the host that were looked at, or that the list has."""


@dataclass(frozen=True, slots=True)
class HintFacts:
    """What the hints are drawn from."""

    run_date: date
    last_judged: date | None
    """Night of the latest judged run; None before the first."""
    runs_not_judged: int = 0
    """Nights since then that were not judged."""
    canaries_failed: bool = False
    """The latest of these failed for the canaries."""
    has_github_token: bool = True
    github_waiting: int = 0
    """GitHub links that nobody could look at yet."""
    rate_limited: tuple[HostCount, ...] = ()
    """Hosts that answered 429 tonight."""
    slow_hosts: tuple[str, ...] = ()
    """`web.slow_hosts` as they are set."""
    blocked: tuple[HostCount, ...] = ()
    """Hosts with links that a robot cannot verify."""
    candidates: int = 0
    has_section: bool = True
    """A list has the markers of the generated part, or none is wanted."""
    feed_nights: int = 0
    """Nights of the last month on which a feed brought something."""
    ever_proposed: bool = True
    floor: float = 0.0
    """`candidates.floor`."""
    feeds_down: tuple[str, ...] = ()
    """Feeds that brought nothing on their last three nights."""
    expired: tuple[str, ...] = ()
    """Patterns of `links.ignore` whose `until` has passed."""
    unmatched: tuple[str, ...] = ()
    """Patterns of `links.ignore` that match no link of the lists."""


def hints(facts: HintFacts) -> tuple[str, ...]:
    """At most three sentences, each with what was seen and what to set or run."""
    found = (
        *_judging(facts),
        *_github(facts),
        *_limited(facts),
        *_candidates(facts),
        *_blocked(facts),
        *_ignored(facts),
        *_feeds(facts),
    )
    return tuple(map(sanitise, found[:_MOST]))


def _judging(facts: HintFacts) -> Iterator[str]:
    if facts.canaries_failed and facts.runs_not_judged > 1:
        yield (
            f"the canaries did not answer on the last {facts.runs_not_judged} nights: "
            "set web.canaries to addresses that this machine may reach"
        )
    elif facts.last_judged and (facts.run_date - facts.last_judged).days >= _NIGHTS_WITHOUT:
        nights = (facts.run_date - facts.last_judged).days
        yield (
            f"the last judged night was {facts.last_judged}, {nights} nights ago: "
            "see that the schedule still runs (GitHub stops one after 60 idle days)"
        )


def _github(facts: HintFacts) -> Iterator[str]:
    if facts.github_waiting and not facts.has_github_token:
        waiting = plural(facts.github_waiting, "GitHub link")
        yield (
            f"{waiting} could not be asked about within 60 questions an hour: "
            "set GITHUB_TOKEN (any token; 5,000 an hour)"
        )


def _limited(facts: HintFacts) -> Iterator[str]:
    slow = {one.partition("=")[0]: one.partition("=")[2] for one in facts.slow_hosts}
    for one in facts.rate_limited:
        if one.links >= _LIMITED:
            pause = 2 * float(slow.get(one.host) or 1.0)
            yield (
                f"{one.links} links of {one.host} were rate-limited: "
                f'add "{one.host}={pause:g}" to web.slow_hosts'
            )


def _candidates(facts: HintFacts) -> Iterator[str]:
    if facts.candidates and not facts.has_section:
        yield (
            f"{plural(facts.candidates, 'candidate')} wait, and no list has a part for them: "
            "`staycurrent render --create` appends one"
        )
    if not facts.ever_proposed and facts.feed_nights >= _NIGHTS_WITHOUT:
        yield (
            f"{facts.feed_nights} nights of feeds brought no candidate: "
            f"set candidates.floor lower than {facts.floor:g}"
        )


def _blocked(facts: HintFacts) -> Iterator[str]:
    for one in facts.blocked:
        if one.links >= _BLOCKED and 2 * one.links >= one.of:
            yield (
                f"{one.links} of {one.of} links of {one.host} refuse robots: "
                f'add "{one.host}" to links.ignore to ask it no more'
            )


def _ignored(facts: HintFacts) -> Iterator[str]:
    for pattern in facts.expired:
        yield f'links.ignore: "{pattern}" is past its until: take it out, or set a later date'
    for pattern in facts.unmatched:
        yield f'links.ignore: "{pattern}" matches no link any more: take it out'


def _feeds(facts: HintFacts) -> Iterator[str]:
    for name in facts.feeds_down:
        yield (
            f"{name} brought nothing for {_NIGHTS_WITHOUT} nights: see `staycurrent status`, "
            f"or set sources.{name}.enabled = false"
        )
