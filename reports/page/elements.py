"""What the HTML report shows, the status and its history, and the elements that it is made of.

Elements are verdicts, dates, links, tables, and charts as inline SVG.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import htpy as h

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import VERDICT_WORDING, verdict_text
from staycurrent.warehouse.history import LinkHistory, RunDay, VerdictChange, VerdictCount
from staycurrent.warehouse.items import PullRecord
from staycurrent.web.address import Address, parse


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
    due: Mapping[date, Sequence[str]]
    """The links that are checked on each of the coming dates, if nothing else changes."""
    pulls: tuple[PullRecord, ...]
    has_all_lists: bool = True
    """Whether it shows the links of every list whose links have a history."""


def section_path(section: Sequence[str]) -> str:
    """The headings above a link from the outermost inwards: `Foundations / Papers`; sanitised."""
    return " / ".join(filter(None, map(sanitise, section)))


def most_urgent_first(page: HtmlPage) -> list[LinkRow]:
    """Rows in the order of urgency of their verdicts, then in the order of the list."""
    order = list(VERDICT_WORDING)
    return sorted(page.status.links, key=lambda row: order.index(row.verdict.state))


def link_numbers(page: HtmlPage) -> dict[str, int]:
    """The number of each link, in the order of `most_urgent_first`."""
    keys = dict.fromkeys(row.verdict.link for row in most_urgent_first(page))
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

CountsByDate = dict[date, Counter[VerdictState]]
_WIDTH, _HEIGHT = 600, 200
_REPEATS: Final = {"aria_hidden": "true", "focusable": "false"}
"""Attributes of a chart that only repeats the text next to it."""


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


def section(name: str, heading: str, *content: h.Node) -> h.Element:
    """A section of the page with its heading; links of the page lead to its name."""
    return h.section(f"#{name}", aria_labelledby=f"{name}-h")[h.h2(f"#{name}-h")[heading], content]


def data_table(
    title: h.Node,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[h.Node]],
    empty: h.Element | None = None,
    classes: str = "plain",
) -> h.Element:
    """A table with a caption and headings; the first cell of a row is its heading.

    `columns` are the headings with the class of their cells, or an empty string. `empty` is shown
    instead of a table without rows.
    """
    if empty is not None and not rows:
        return empty
    head = [h.th(scope="col", class_=class_)[heading] for heading, class_ in columns.items()]
    body = []
    for name, *cells in rows:
        # on a narrow screen, where there is no head, a cell names its column
        named = zip(cells, [*columns.items()][1:], strict=True)
        others = [h.td(class_=class_, data_column=column)[cell] for cell, (column, class_) in named]
        body.append(h.tr[h.th(scope="row")[name], others])
    return h.table(class_=classes)[h.caption[title], h.thead[h.tr[head]], h.tbody[body]]


def bar(counts: Counter[VerdictState]) -> h.Element:
    """One stacked bar of shares; it repeats what the text next to it says."""
    bars = []
    x, total = 0.0, counts.total()
    for state in (state for state in ALL_STACKED if counts[state]):
        width = 100 * counts[state] / total
        bars.append(h.rect(class_=f"f {state}", x=_number(x), width=_number(width), height="1"))
        x += width
    return _svg("bar", "0 0 100 1", bars, **_REPEATS)


def area_chart(counts: CountsByDate, ceiling: int, label: str) -> h.Element:
    """Stacked areas of what needs attention, over time; `label` describes it in words."""
    shapes = []
    lower = dict.fromkeys(counts, 0)
    for state in STACKED:
        upper = {when: lower[when] + counts[when][state] for when in counts}
        if upper != lower:
            outline = [*_points(upper, ceiling), *reversed(_points(lower, ceiling))]
            shapes.append(h.path(class_=f"f {state}", d=f"M{' '.join(outline)}Z"))
        lower = upper
    return _svg("areas", f"0 0 {_WIDTH} {_HEIGHT}", shapes, role="img", aria_label=label)


def sparkline(counts: CountsByDate, state: VerdictState) -> h.Element:
    """The line of one verdict on a scale of its own; it repeats the numbers next to it."""
    values = {when: found[state] for when, found in counts.items()}
    points = _points(values, max(1, *values.values()))
    line = h.path(class_=f"l {state}", d=f"M{' '.join(points)}")
    return _svg("spark", f"0 -6 {_WIDTH} {_HEIGHT + 12}", line, **_REPEATS)


def _svg(kind: str, view_box: str, shapes: h.Node, **attributes: str) -> h.Element:
    return h.svg(f".{kind}", viewBox=view_box, preserveAspectRatio="none", **attributes)[shapes]


def _points(values: Mapping[date, int], ceiling: int) -> list[str]:
    """The values from left to right by date; a single date is drawn as a horizontal line."""
    dates = list(values)
    first, width = dates[0], (dates[-1] - dates[0]).days
    points = [
        ((when - first).days / max(width, 1), _number(_HEIGHT * (1 - value / ceiling)))
        for when, value in values.items()
    ]
    points += [] if width else [(1, points[0][1])]
    return [f"{_number(_WIDTH * x)},{y}" for x, y in points]


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
