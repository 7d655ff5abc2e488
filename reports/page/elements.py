"""How the page writes what it shows: verdicts, dates, and strangers' words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from htpy import Element, a, path, rect, span, svg, time

from staycurrent.links.verdict import State
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import VERDICT_WORDING
from staycurrent.warehouse.chronicle import Health
from staycurrent.web.address import Address, parse


def verdict_badge(state: State) -> Element:
    """Glyph and word, so that colour is never the only sign."""
    return span(class_=f"v {state}")[str(state)]


def day(when: date | None) -> Element | str:
    """A date as people sort it."""
    return time(datetime=when.isoformat())[when.isoformat()] if when else "never"


def short_day(when: date) -> str:
    """`3 Dec`: for axes, where the year is plain."""
    return f"{when.day} {when:%b}"


def long_day(when: date) -> str:
    """`3 December 2026`."""
    return f"{when.day} {when:%B %Y}"


def anchor(url: str) -> Element | str:
    """A link where the address is one that could be asked; else the address as text."""
    address = parse(url)
    if not isinstance(address, Address):
        return sanitise(url)
    fragment = f"#{address.fragment}" if address.fragment else ""
    shown = sanitise(url).partition("://")[2] or sanitise(url)
    return a(href=f"{address.url}{fragment}")[shown]


def glyph_rules() -> str:
    """The style sheet's rules that put each verdict's glyph before its word."""
    return "".join(
        f'.v.{state}::before{{content:"{meaning.glyph}";content:"{meaning.glyph}"/""}}\n'
        for state, meaning in VERDICT_WORDING.items()
    )


STACKED: Final = (
    State.DEAD,
    State.INSECURE,
    State.REFUSED,
    State.MOVED,
    State.STALE,
    State.SUSPECT,
    State.BLOCKED,
)
"""What wants a person, from the bottom of the stack up: what is grave lies on the line."""
WHOLE: Final = (*STACKED, State.UNCHECKED, State.ALIVE)

_WIDTH, _HEIGHT = 600, 200

ByNight = Mapping[date, Mapping[State, int]]


def by_night(health: Sequence[Health]) -> ByNight:
    """The counts of each judged night."""
    found: dict[date, dict[State, int]] = {}
    for one in health:
        found.setdefault(one.night, {})[one.state] = one.links
    return found


def bar(counts: Counter[State], total: int) -> Element:
    """One stacked bar of shares; `total` fills its room. It repeats what stands beside it."""
    return svg(
        ".bar",
        viewBox="0 0 100 1",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )[list(_shares(counts, total))]


def _shares(counts: Counter[State], total: int) -> Iterator[Element]:
    x = 0.0
    for state in WHOLE:
        width = 100 * counts[state] / max(total, 1)
        if width:
            yield rect(class_=f"f {state}", x=_n(x), width=_n(width), height="1")
        x += width


def areas(nights: ByNight, ceiling: int, label: str) -> Element:
    """Stacked areas of what wants a person, over the nights; `label` says it in words."""
    return svg(
        ".areas",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )[list(_stack(nights, ceiling))]


def _stack(nights: ByNight, ceiling: int) -> Iterator[Element]:
    days = list(nights)
    under = dict.fromkeys(days, 0)
    for state in STACKED:
        over = {day: under[day] + nights[day].get(state, 0) for day in days}
        if over != under:
            line = [*_points(over, ceiling), *reversed(_points(under, ceiling))]
            yield path(class_=f"f {state}", d=f"M{' '.join(line)}Z")
        under = over


def spark(nights: ByNight, state: State) -> Element:
    """One verdict's line on a scale of its own; it repeats the numbers beside it."""
    values = {day: counts.get(state, 0) for day, counts in nights.items()}
    ceiling = max(1, *values.values()) if values else 1
    return svg(
        ".spark",
        viewBox=f"0 -6 {_WIDTH} {_HEIGHT + 12}",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )[path(class_=f"l {state}", d=f"M{' '.join(_points(values, ceiling))}")]


def _points(values: Mapping[date, int], ceiling: int) -> list[str]:
    """The values from left to right by date; a single night is drawn as a level line."""
    days = list(values)
    if len(days) == 1:
        y = _n(_HEIGHT * (1 - values[days[0]] / ceiling))
        return [f"0,{y}", f"{_WIDTH},{y}"]
    span = max(1, (days[-1] - days[0]).days) if days else 1
    return [
        f"{_n(_WIDTH * (day - days[0]).days / span)},{_n(_HEIGHT * (1 - value / ceiling))}"
        for day, value in values.items()
    ]


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
