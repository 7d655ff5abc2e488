"""Hints after a run: what the user could change, the most useful first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Final

from staycurrent.reports.text import plural, sanitise

_MAX_HINTS: Final = 3
_MIN_RATE_LIMITED = 3
"""Links of one host that were answered with 429 before it is mentioned."""
_MIN_BLOCKED = 5
"""Blocked links of one host before it is mentioned; they must be half of its links, too."""
_SAME_SUBJECT: Final = 0.3
"""Relevance that some item of a night has where feeds and list have a subject in common."""
_DAYS_WITHOUT = 3
"""Days with feeds but without a candidate, of a failing feed, or since a judged run."""


@dataclass(frozen=True, slots=True)
class HostCount:
    """Links of one host."""

    host: str
    links: int
    of: int
    """All links of the host that were checked, or that the list has."""


@dataclass(frozen=True, slots=True)
class HintFacts:
    """What the hints are derived from."""

    run_date: date
    last_run: date | None
    """Date of the latest run, judged or not; None before the first."""
    canaries_failed: int = 0
    """How many of the latest runs in a row were not judged because of the canaries."""
    has_github_token: bool = True
    """For the API that is asked about links."""
    other_server: str = ""
    """The host that GITHUB_TOKEN is for, if it is another one."""
    github_waiting: int = 0
    """GitHub links that its API said nothing of yet."""
    rate_limited: tuple[HostCount, ...] = ()
    """Hosts that answered 429 in this run."""
    slow_hosts: tuple[str, ...] = ()
    """`web.slow_hosts` as set."""
    blocked: tuple[HostCount, ...] = ()
    """Hosts with links that cannot be verified automatically."""
    candidates: int = 0
    has_section: bool = True
    """A list has the markers of the generated section, or may have: not all lists are read; or
    none is wanted."""
    feed_days: int = 0
    """Dates of the last month on which a feed had items."""
    min_relevance: float = 0.0
    """`candidates.min_relevance`."""
    best_relevance: float | None = None
    """That of the item which fits the lists best; None without items or entries to compare, and
    once something was proposed."""
    enabled_feeds: tuple[str, ...] = ()
    feeds_down: tuple[str, ...] = ()
    """Feeds that had no items on their last three dates."""
    expired: tuple[str, ...] = ()
    """Patterns of `links.ignore` whose `until` has passed."""
    unmatched: tuple[str, ...] = ()
    """Patterns of `links.ignore` that match no link of the lists."""


def hints(facts: HintFacts) -> tuple[str, ...]:
    """At most three sentences, each with what was observed and what to set or run."""
    ordered = (*_run_hints(facts), *_list_hints(facts))
    return tuple(map(sanitise, ordered[:_MAX_HINTS]))


def change_for_candidates(best: float | None, least: float, enabled_feeds: Sequence[str]) -> str:
    """What to set where the item that fits best does not reach `least`; empty where it does."""
    if best is None or best >= least:
        return ""
    if best >= _SAME_SUBJECT:
        return (
            "say in candidates.about in a few phrases what the list is about, or set "
            f"candidates.min_relevance to {floor(100 * best) / 100:g}, which the best item has"
        )
    names = ", ".join(f"sources.{name}.enabled" for name in enabled_feeds)
    return (
        f"they are on another subject than the list, so set {names} = false, or add a "
        'feed of its subject as [sources.NAME] with kind = "rss"'
    )


def _run_hints(facts: HintFacts) -> Iterator[str]:
    days = (facts.run_date - facts.last_run).days if facts.last_run else 0
    if facts.canaries_failed > 1:
        yield (
            f"the canaries did not respond in the last {facts.canaries_failed} runs: "
            "set web.canaries to sites that this machine can reach"
        )
    elif days >= _DAYS_WITHOUT:
        yield (
            f"the last run was on {facts.last_run}, {days} days ago: "
            "check that the schedule still runs (GitHub disables it after 60 days without activity)"
        )
    if facts.github_waiting and not facts.has_github_token:
        advice = "set GITHUB_TOKEN (any token raises the limit to 5,000 an hour)"
        if facts.other_server:
            advice = f"GITHUB_TOKEN is for {facts.other_server} only, and later runs check the rest"
        yield (
            f"{plural(facts.github_waiting, 'GitHub link')} not checked yet; without a token "
            f"GitHub allows 60 API requests an hour: {advice}"
        )
    slow_hosts = dict(one.partition("=")[::2] for one in facts.slow_hosts)
    for one in facts.rate_limited:
        if one.links >= _MIN_RATE_LIMITED:
            pause = 2 * float(slow_hosts.get(one.host) or 1.0)
            yield (
                f"{one.links} links of {one.host} were rate-limited: "
                f'add "{one.host}={pause:g}" to web.slow_hosts'
            )


def _list_hints(facts: HintFacts) -> Iterator[str]:
    if facts.candidates and not facts.has_section:
        yield (
            f"no list has a generated section for its {plural(facts.candidates, 'candidate')}: "
            "`staycurrent render --create` appends one"
        )
    change = change_for_candidates(facts.best_relevance, facts.min_relevance, facts.enabled_feeds)
    if change and facts.feed_days >= _DAYS_WITHOUT:
        yield f"{facts.feed_days} days of feeds brought no candidate: {change}"
    for one in facts.blocked:
        if one.links >= _MIN_BLOCKED and 2 * one.links >= one.of:
            yield (
                f"{one.links} of {one.of} links of {one.host} refuse automated checks: "
                f'add "{one.host}" to links.ignore to stop requesting them'
            )
    for pattern in facts.expired:
        yield f'links.ignore: "{pattern}" has expired: remove it, or set a later date'
    for pattern in facts.unmatched:
        yield f'links.ignore: "{pattern}" does not match any link: remove it'
    for name in facts.feeds_down:
        yield (
            f"the feed {name} has had no items for {_DAYS_WITHOUT} days: see `staycurrent status`, "
            f"or set sources.{name}.enabled = false"
        )
