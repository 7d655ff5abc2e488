"""The health of the list: tonight in one line, and the nights that led to it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from htpy import (
    Element,
    caption,
    div,
    figcaption,
    figure,
    h2,
    h3,
    li,
    ol,
    p,
    section,
    span,
    table,
    tbody,
    td,
    th,
    thead,
    tr,
    ul,
)

from staycurrent.links.verdict import State
from staycurrent.reports.page import elements
from staycurrent.reports.page.elements import anchor, day, long_day, short_day, verdict_badge
from staycurrent.reports.page.model import (
    CALM,
    HtmlPage,
    LinkGroup,
    groups_by_host,
    groups_by_section,
)
from staycurrent.reports.text import plural, sanitise
from staycurrent.warehouse.chronicle import Turn
from staycurrent.warehouse.runs import RunStatus

_LATELY = timedelta(days=14)
_MOST_TURNS = 30
_PASSING = frozenset({None, State.ALIVE, State.SUSPECT, State.UNCHECKED})


def summary_of_run(page: HtmlPage) -> Iterator[Element]:
    """The share that is well, the whole list as one bar, and a number for each verdict."""
    status = page.status
    counts, total = status.counts, len(status.links)
    checked = total - counts[State.UNCHECKED]
    run = status.run
    if run is not None and run.status is RunStatus.NOT_JUDGED:
        yield p(".notice", role="note")[
            f"The latest night, {run.night}, was not judged: {sanitise(run.reason)}. "
            "What stands here is what was known before."
        ]
    if checked:
        share = 100 * counts[State.ALIVE] // checked
        yield p(".headline")[
            span(".big")[f"{share} %"],
            span[f"of {checked:,} links that can be asked are well. ", _wanting(counts)],
        ]
    yield elements.bar(counts, total)
    yield ul(".tiles")[
        (
            li[span(".n")[f"{counts[state]:,}"], verdict_badge(state)]
            for state in elements.WHOLE
            if counts[state]
        )
    ]


def _wanting(counts: Counter[State]) -> str:
    number = sum(counts[state] for state in elements.STACKED)
    if number == 0:
        return "Nothing wants a person."
    return f"{number:,} place{'s want' if number > 1 else ' wants'} a look."


def over_time(page: HtmlPage) -> Element | None:
    """Stacked areas over the nights, and each verdict's own line beside its numbers."""
    nights = elements.by_night(page.health)
    if not nights:
        return None
    days = list(nights)
    stacks = [sum(counts.get(state, 0) for state in elements.STACKED) for counts in nights.values()]
    ceiling = max(1, *stacks)
    said = f"From {stacks[0]} links on {long_day(days[0])} to {stacks[-1]} on {long_day(days[-1])}"
    return section("#health", aria_labelledby="health-h")[
        h2("#health-h")["Health over time"],
        figure[
            figcaption[
                f"Links that want a person, over {plural(len(days), 'judged night')}. {said}."
            ],
            div(".plot")[
                div(".y", aria_hidden="true")[span[f"{ceiling:,}"], span["0"]],
                elements.areas(nights, ceiling, f"Stacked areas of verdicts by night. {said}."),
                div(".x", aria_hidden="true")[
                    (
                        span[short_day(one)]
                        for one in dict.fromkeys((days[0], days[len(days) // 2], days[-1]))
                    )
                ],
            ],
        ],
        _numbers(nights),
        _not_judged(page),
    ]


def _numbers(nights: elements.ByNight) -> Element:
    days = list(nights)
    last = days[-1]
    week, month = (_at_latest(days, last - timedelta(days=n)) for n in (7, 30))
    shown = [
        state for state in elements.WHOLE if any(counts.get(state) for counts in nights.values())
    ]
    return table(".numbers")[
        caption[f"Links by verdict on {long_day(last)}, and before"],
        thead[
            tr[
                th(scope="col")["Verdict"],
                th(".num", scope="col")["Now"],
                th(".num", scope="col")["7 nights ago"],
                th(".num", scope="col")["30 nights ago"],
                th(scope="col")["Course"],
            ]
        ],
        tbody[
            (
                tr[
                    th(scope="row")[verdict_badge(state)],
                    td(".num")[f"{nights[last].get(state, 0):,}"],
                    td(".num")[f"{nights[week].get(state, 0):,}" if week else "–"],
                    td(".num")[f"{nights[month].get(state, 0):,}" if month else "–"],
                    td(".course")[elements.spark(nights, state)],
                ]
                for state in shown
            )
        ],
    ]


def _at_latest(days: Sequence[date], wanted: date) -> date | None:
    earlier = [one for one in days if one <= wanted]
    return earlier[-1] if earlier else None


def _not_judged(page: HtmlPage) -> Element | None:
    left_out = [night for night in page.runs if night.status != "judged"]
    if not left_out:
        return None
    told = [f"{long_day(night.night)} ({sanitise(night.reason)})" for night in left_out[-3:]]
    more = f"{len(left_out) - 3} earlier ones and " if len(left_out) > 3 else ""
    return p(".more")[f"Not judged, so that nothing was concluded: {more}{', '.join(told)}."]


def recent_changes(page: HtmlPage) -> Element:
    """What was concluded in the last two weeks, the latest night first.

    Links that began to fail and came back before anything was concluded are counted only.
    """
    last = page.status.run.night if page.status.run else page.status.as_of.date()
    shown = {row.verdict.link: row for row in page.status.links}
    first = page.runs[0].night if page.runs else last
    recent = [
        turn
        for turn in reversed(page.changes)
        if turn.night > max(first, last - _LATELY) and turn.link in shown
    ]
    settled = [turn for turn in recent if not {turn.was, turn.state} <= _PASSING]
    return section("#changes", aria_labelledby="changes-h")[
        h2("#changes-h")["What changed lately"],
        p["Nothing was concluded in the last two weeks."] if not settled else None,
        [
            div(".night")[
                h3[day(night)],
                ol(".turns")[(_turn(turn, sanitise(shown[turn.link].title)) for turn in found)],
            ]
            for night, found in _by_night(settled[:_MOST_TURNS])
        ],
        p(".more")[_rest(len(settled) - _MOST_TURNS, len(recent) - len(settled))],
    ]


def _by_night(turns: Sequence[Turn]) -> list[tuple[date, tuple[Turn, ...]]]:
    nights = groupby(turns, key=lambda turn: turn.night)
    return [(night, tuple(found)) for night, found in nights]


def _rest(more: int, passing: int) -> str:
    told = [f"{more:,} earlier changes are not shown"] if more > 0 else []
    if passing:
        times = "once" if passing == 1 else f"{passing:,} times"
        told.append(f"{times} a link began to fail or came back, and nothing came of it")
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}." if told else ""


def _turn(turn: Turn, title: str) -> Element:
    before = [" was ", str(turn.was)] if turn.was else None
    instead = [" → ", anchor(turn.suggestion)] if turn.suggestion else None
    why = f", {turn.reason}" if turn.reason and turn.state not in CALM else ""
    return li[verdict_badge(turn.state), span(".what")[title], span(".why")[before, why, instead]]


_MOST = 15


def groups(page: HtmlPage) -> Element:
    """Two tables side by side, each with a bar for every row."""
    by_host = groups_by_host(page.status)
    shown = by_host[:_MOST]
    return section("#where", aria_labelledby="where-h")[
        h2("#where-h")["Where it is"],
        div(".pair")[
            _table("By host, the most troubled first", "Host", shown)
            if shown
            else p["No host has a link that wants a person."],
            _table(
                "By section, in the order of the list", "Section", groups_by_section(page.status)
            ),
        ],
        p(".more")[f"and {len(by_host) - _MOST:,} more hosts"] if len(by_host) > _MOST else None,
    ]


def _table(title: str, what: str, found: Sequence[LinkGroup]) -> Element:
    return table(".groups")[
        caption[title],
        thead[
            tr[
                th(scope="col")[what],
                th(".num", scope="col")["Want a look"],
                th(".num", scope="col")["Links"],
                th(scope="col")["Share"],
            ]
        ],
        tbody[
            (
                tr[
                    th(scope="row")[sanitise(group.name)],
                    td(".num")[f"{group.needing_attention:,}"],
                    td(".num")[f"{group.links:,}"],
                    td(".course")[elements.bar(group.counts, group.links)],
                ]
                for group in found
            )
        ],
    ]
