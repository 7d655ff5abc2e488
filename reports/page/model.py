"""What the HTML report shows: the status, and the history that led to it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.links.link import Link, link
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import NO_ACTION, VERDICT_WORDING
from staycurrent.warehouse.history import FeedDay, LinkHistory, RunDay, VerdictChange, VerdictCount
from staycurrent.warehouse.overrides import Override


@dataclass(frozen=True, slots=True)
class ChecksDue:
    """What is checked on a coming date, if nothing else changes."""

    run_date: date
    links: int
    failing: int
    """Those of them that are suspect, dead or insecure."""


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """Everything that the page shows; links are identified by `LinkRow.verdict.link`."""

    status: Status
    runs: tuple[RunDay, ...]
    health: tuple[VerdictCount, ...]
    histories: Mapping[str, LinkHistory]
    forecasts: Mapping[str, str]
    """What would change the verdict of each link that needs attention, in a sentence."""
    changes: tuple[VerdictChange, ...]
    next_checks: Mapping[str, date]
    due: tuple[ChecksDue, ...]
    pulls: tuple[FeedDay, ...]
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """The links of one host or of one section."""

    name: str
    counts: Counter[VerdictState]

    @property
    def links(self) -> int:
        """Number of links."""
        return self.counts.total()

    @property
    def needing_attention(self) -> int:
        """Number of links that need attention."""
        return sum(number for state, number in self.counts.items() if state not in NO_ACTION)


def groups_by_section(status: Status) -> tuple[LinkGroup, ...]:
    """The sections in the order of the lists, by their whole path."""
    has_several_lists = len({row.list for row in status.links}) > 1
    counts: dict[str, Counter[VerdictState]] = {}
    for row in status.links:
        section = section_path(row.section) or "(before the first heading)"
        name = f"{row.list}: {section}" if has_several_lists else section
        counts.setdefault(name, Counter())[row.verdict.state] += 1
    return tuple(LinkGroup(name, found) for name, found in counts.items())


def section_path(section: Sequence[str]) -> str:
    """The headings above a link from the outermost inwards: `Foundations / Papers`; sanitised."""
    return " / ".join(filter(None, map(sanitise, section)))


def groups_by_host(status: Status) -> tuple[LinkGroup, ...]:
    """The hosts with links that need attention, those with the most such links first."""
    counts: dict[str, Counter[VerdictState]] = {}
    for row in status.links:
        requested = link(row.verdict.link)
        if isinstance(requested, Link):
            counts.setdefault(requested.host, Counter())[row.verdict.state] += 1
    groups = [LinkGroup(name, found) for name, found in counts.items()]
    return tuple(
        sorted(
            (group for group in groups if group.needing_attention),
            key=lambda group: (-group.needing_attention, -group.links, group.name),
        )
    )


def most_urgent_first(rows: tuple[LinkRow, ...]) -> tuple[LinkRow, ...]:
    """Rows in the order of urgency of their verdicts, then in the order of the list."""
    order = {state: place for place, state in enumerate(VERDICT_WORDING)}
    return tuple(sorted(rows, key=lambda row: order[row.verdict.state]))


def link_numbers(rows: tuple[LinkRow, ...]) -> dict[str, int]:
    """The number of each link, in the order of the table."""
    keys = dict.fromkeys(row.verdict.link for row in most_urgent_first(rows))
    return {key: number for number, key in enumerate(keys)}
