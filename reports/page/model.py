"""What the page tells: the status, and what led to it over the nights."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from staycurrent.links.link import Link, link
from staycurrent.links.verdict import State
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.wording import VERDICT_WORDING
from staycurrent.warehouse.chronicle import Health, Life, Night, Pulled, Turn
from staycurrent.warehouse.decisions import Decision

CALM = (State.ALIVE, State.UNCHECKED)
"""Verdicts that want nobody."""


@dataclass(frozen=True, slots=True)
class ChecksDue:
    """What one of the coming nights will look at, if nothing else changes."""

    run_date: date
    links: int
    failing: int
    """Of these, suspect, dead or insecure ones."""


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """Everything that the page shows; links are known by `LinkRow.verdict.link`."""

    status: Status
    runs: tuple[Night, ...]
    health: tuple[Health, ...]
    histories: Mapping[str, Life]
    forecasts: Mapping[str, str]
    """What comes next for each link that is not calm, in a sentence."""
    changes: tuple[Turn, ...]
    next_checks: Mapping[str, date]
    due: tuple[ChecksDue, ...]
    pulls: tuple[Pulled, ...]
    overrides: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Links that belong together: of one host, or of one section."""

    name: str
    counts: Counter[State]

    @property
    def links(self) -> int:
        """All of them."""
        return self.counts.total()

    @property
    def needing_attention(self) -> int:
        """Those that want a person."""
        return sum(number for state, number in self.counts.items() if state not in CALM)


def groups_by_section(status: Status) -> tuple[LinkGroup, ...]:
    """The sections in the order of the lists, by the outermost heading."""
    several = len({row.list for row in status.links}) > 1
    found: dict[str, Counter[State]] = {}
    for row in status.links:
        name = row.section[0] if row.section else "(before the first heading)"
        named = f"{row.list}: {name}" if several else name
        found.setdefault(named, Counter())[row.verdict.state] += 1
    return tuple(LinkGroup(name, counts) for name, counts in found.items())


def groups_by_host(status: Status) -> tuple[LinkGroup, ...]:
    """The hosts with links that want a person, the most troubled first."""
    found: dict[str, Counter[State]] = {}
    for row in status.links:
        asked = link(row.verdict.link)
        if isinstance(asked, Link):
            found.setdefault(asked.host, Counter())[row.verdict.state] += 1
    groups = (LinkGroup(name, counts) for name, counts in found.items())
    troubled = [group for group in groups if group.needing_attention]
    return tuple(sorted(troubled, key=lambda one: (-one.needing_attention, -one.links, one.name)))


def most_urgent_first(rows: tuple[LinkRow, ...]) -> tuple[LinkRow, ...]:
    """Rows by verdict in the order in which they want a person, then in the list's order."""
    order = {state: place for place, state in enumerate(VERDICT_WORDING)}
    return tuple(sorted(rows, key=lambda row: order[row.verdict.state]))
