"""What the HTML report shows, the status and its history, and the elements that it is made of.

Elements are verdicts, dates, links, tables, and charts as inline SVG.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import htpy as h

from staycurrent.links.link import Link, link
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import NO_ACTION, VERDICT_WORDING, verdict_text
from staycurrent.warehouse.history import FeedDay, LinkHistory, RunDay, VerdictChange, VerdictCount
from staycurrent.web.address import Address, parse


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
    has_all_lists: bool = True
    """Whether it shows the links of every list whose links have a history."""


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
    """The number of each link, for rows in the order of the table (`most_urgent_first`)."""
    keys = dict.fromkeys(row.verdict.link for row in rows)
    return {key: number for number, key in enumerate(keys)}


STACKED: Final = (
    VerdictState.DEAD,
    VerdictState.USURPED,
    VerdictState.INSECURE,
    VerdictState.REFUSED,
    VerdictState.MOVED,
    VerdictState.STALE,
    VerdictState.SUSPECT,
    VerdictState.BLOCKED,
)
"""Verdicts that need attention, from the bottom of a chart upwards: the most severe first."""
ALL_STACKED: Final = (*STACKED, VerdictState.UNCHECKED, VerdictState.ALIVE)

CountsByDate = Mapping[date, Mapping[VerdictState, int]]
_WIDTH, _HEIGHT = 600, 200


def verdict_badge(state: VerdictState) -> h.Element:
    """Glyph and word, so that colour is never the only sign."""
    return h.span(class_=f"v {state}")[verdict_text(state)]


def glyph_rules() -> str:
    """The style sheet's rules that put each verdict's glyph before its word."""
    return "".join(
        f'.v.{state}::before{{content:"{wording.glyph}";content:"{wording.glyph}"/""}}\n'
        for state, wording in VERDICT_WORDING.items()
    )


def day(when: date | None) -> h.Element | str:
    """A date in ISO 8601."""
    return h.time(datetime=when.isoformat())[when.isoformat()] if when else "never"


def short_day(when: date) -> str:
    """`3 Dec`, for axes."""
    return f"{when.day} {when:%b}"


def long_day(when: date) -> str:
    """`3 December 2026`."""
    return f"{when.day} {when:%B %Y}"


def anchor(url: str) -> h.Element | str:
    """A link if the URL could be requested; otherwise the URL as text."""
    address = parse(url)
    if not isinstance(address, Address):
        return sanitise(url)
    fragment = f"#{address.fragment}" if address.fragment else ""
    text = sanitise(url).partition("://")[2] or sanitise(url)
    return h.a(href=f"{address.url}{fragment}")[text]


def data_table(
    classes: str,
    title: h.Node,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[h.Node]],
) -> h.Element:
    """A table with a caption and headings; the first cell of a row is its heading.

    `columns` are the headings with the class of their cells, or an empty string.
    """
    return h.table(class_=classes)[
        h.caption[title],
        h.thead[
            h.tr[(h.th(scope="col", class_=class_)[heading] for heading, class_ in columns.items())]
        ],
        h.tbody[
            (
                h.tr[
                    h.th(scope="row")[row[0]],
                    (
                        # on a narrow screen, where there is no head, a cell names its column
                        h.td(class_=class_, data_column=heading)[cell]
                        for cell, (heading, class_) in zip(
                            row[1:], [*columns.items()][1:], strict=True
                        )
                    ),
                ]
                for row in rows
            )
        ],
    ]


def bar(counts: Counter[VerdictState], total: int) -> h.Element:
    """One stacked bar of shares of `total`; it repeats what the text next to it says."""
    bars = []
    x = 0.0
    for state in ALL_STACKED:
        width = 100 * counts[state] / max(total, 1)
        if width:
            bars.append(h.rect(class_=f"f {state}", x=_number(x), width=_number(width), height="1"))
        x += width
    return h.svg(
        ".bar",
        viewBox="0 0 100 1",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )[bars]


def area_chart(counts: CountsByDate, ceiling: int, label: str) -> h.Element:
    """Stacked areas of what needs attention, over time; `label` describes it in words."""
    shapes = []
    lower = dict.fromkeys(counts, 0)
    for state in STACKED:
        upper = {when: lower[when] + counts[when].get(state, 0) for when in counts}
        if upper != lower:
            outline = [*_points(upper, ceiling), *reversed(_points(lower, ceiling))]
            shapes.append(h.path(class_=f"f {state}", d=f"M{' '.join(outline)}Z"))
        lower = upper
    return h.svg(
        ".areas",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )[shapes]


def sparkline(counts: CountsByDate, state: VerdictState) -> h.Element:
    """The line of one verdict on a scale of its own; it repeats the numbers next to it."""
    values = {when: found.get(state, 0) for when, found in counts.items()}
    ceiling = max(1, *values.values()) if values else 1
    return h.svg(
        ".spark",
        viewBox=f"0 -6 {_WIDTH} {_HEIGHT + 12}",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )[h.path(class_=f"l {state}", d=f"M{' '.join(_points(values, ceiling))}")]


def _points(values: Mapping[date, int], ceiling: int) -> list[str]:
    """The values from left to right by date; a single date is drawn as a horizontal line."""
    dates = list(values)
    if len(dates) == 1:
        y = _number(_HEIGHT * (1 - values[dates[0]] / ceiling))
        return [f"0,{y}", f"{_WIDTH},{y}"]
    width = max(1, (dates[-1] - dates[0]).days) if dates else 1
    return [
        f"{_number(_WIDTH * (when - dates[0]).days / width)},"
        f"{_number(_HEIGHT * (1 - value / ceiling))}"
        for when, value in values.items()
    ]


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
