"""HTML elements of the report: verdicts, dates, links, tables, and charts as inline SVG."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import htpy as h

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import VERDICT_WORDING, verdict_text
from staycurrent.web.address import Address, parse

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
