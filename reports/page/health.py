"""The health of the list: now, over time, what changed lately, and where the problems are."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import htpy as h

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.page.elements import (
    ALL_STACKED,
    STACKED,
    CountsByDate,
    HtmlPage,
    LinkGroup,
    anchor,
    area_chart,
    bar,
    data_table,
    day,
    groups_by_host,
    groups_by_section,
    link_numbers,
    long_day,
    most_urgent_first,
    short_day,
    sparkline,
    verdict_badge,
)
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import NO_ACTION, reason_text, verdict_text
from staycurrent.warehouse.runs import RunStatus

_RECENT = timedelta(days=14)
_MOST_CHANGES = 30
_MOST_HOSTS = 15
_INCONCLUSIVE = frozenset({None, VerdictState.ALIVE, VerdictState.SUSPECT, VerdictState.UNCHECKED})


def run_summary(page: HtmlPage) -> Iterator[h.Element]:
    """The share of links that work, the whole list as one bar, and a number for each verdict."""
    counts, total = page.status.counts, len(page.status.links)
    checked = total - counts[VerdictState.UNCHECKED]
    run = page.status.run
    if run is not None and run.status is RunStatus.NOT_JUDGED:
        yield h.p(".notice", role="note")[
            f"The latest run, on {run.run_date}, was not judged: {sanitise(run.reason)}. "
            "This page shows what was known before."
        ]
    if checked:
        attention = sum(counts[state] for state in STACKED)
        needs = "needs" if attention == 1 else "need"
        yield h.p(".headline")[
            h.span(".big")[f"{100 * counts[VerdictState.ALIVE] // checked} %"],
            h.span[
                f"of {checked:,} checked links work. ",
                f"{plural(attention, 'link')} {needs} attention."
                if attention
                else "No link needs attention.",
            ],
        ]
    yield bar(counts, total)
    yield h.ul(".tiles")[
        (
            h.li[h.span(".n")[f"{counts[state]:,}"], verdict_badge(state)]
            for state in ALL_STACKED
            if counts[state]
        )
    ]


def over_time(page: HtmlPage) -> h.Element | None:
    """Stacked areas over time, and each verdict's line next to its numbers."""
    counts: dict[date, dict[VerdictState, int]] = {}
    for one in page.health:
        counts.setdefault(one.run_date, {})[one.state] = one.links
    if not counts:
        return None
    dates = list(counts)
    first, last = dates[0], dates[-1]
    attention = [sum(found.get(state, 0) for state in STACKED) for found in counts.values()]
    ceiling = max(1, *attention)
    change = f"From {attention[0]:,} on {long_day(first)} to {attention[-1]:,} on {long_day(last)}"
    not_judged = [run for run in page.runs if run.status != "judged"]
    counts_otherwise = sum(counts[last].values()) != len(page.status.links)
    ticks = dict.fromkeys((first, dates[len(dates) // 2], last))
    return h.section("#health", aria_labelledby="health-h")[
        h.h2("#health-h")["Health over time"],
        h.figure[
            h.figcaption[
                f"Links that need attention, over {plural(len(dates), 'judged run')}. {change}."
            ],
            h.div(".plot")[
                h.div(".y", aria_hidden="true")[h.span[f"{ceiling:,}"], h.span["0"]],
                area_chart(counts, ceiling, f"Stacked areas of verdicts over time. {change}."),
                h.div(".x", aria_hidden="true")[(h.span[short_day(one)] for one in ticks)],
            ],
        ],
        _counts_table(counts),
        None
        if page.has_all_lists
        else h.p(".more")["This is about all lists of the settings, not only those of this page."],
        h.p(".more")["Here a link counts once, in however many places and lists it is."]
        if counts_otherwise
        else None,
        h.p(".more")[
            f"{plural(len(not_judged), 'run')} not judged, the latest on ",
            ", ".join(
                long_day(run.run_date) + (f" ({sanitise(run.reason)})" if run.reason else "")
                for run in not_judged[-3:]
            ),
            ".",
        ]
        if not_judged
        else None,
    ]


def _counts_table(counts: CountsByDate) -> h.Element:
    """The number of links with each verdict, now and before."""
    last = list(counts)[-1]
    columns: list[date | None] = [last]
    for days in (7, 30):
        earlier = [one for one in counts if one <= last - timedelta(days=days)]
        columns.append(earlier[-1] if earlier else None)
    return data_table(
        "numbers",
        f"Links by verdict on {long_day(last)}, and before",
        {
            "Verdict": "",
            "Now": "num",
            "7 days ago": "num",
            "30 days ago": "num",
            "Over time": "course",
        },
        (
            (
                verdict_badge(state),
                *(f"{counts[when].get(state, 0):,}" if when else "–" for when in columns),
                sparkline(counts, state),
            )
            for state in ALL_STACKED
            if any(found.get(state) for found in counts.values())
        ),
    )


def recent_changes(page: HtmlPage) -> h.Element:
    """The verdicts that changed in the last two weeks, the latest first.

    Links that failed and recovered before there was a conclusion are only counted.
    """
    status = page.status
    last = status.run.run_date if status.run else status.as_of.date()
    titles = {row.verdict.link: sanitise(row.title) or "(no title)" for row in status.links}
    numbers = link_numbers(most_urgent_first(status.links))
    first = page.runs[0].run_date if page.runs else last
    recent = [
        change
        for change in reversed(page.changes)
        if change.run_date > max(first, last - _RECENT) and change.link in titles
    ]
    conclusive = [one for one in recent if not {one.previous, one.state} <= _INCONCLUSIVE]
    shown = conclusive[:_MOST_CHANGES]
    notes = []
    if len(conclusive) > len(shown):
        notes.append(f"{len(conclusive) - len(shown):,} earlier changes are not shown.")
    if len(recent) > len(conclusive):
        count = len(recent) - len(conclusive)
        notes.append(f"{plural(count, 'time')} a link failed or recovered without a conclusion.")
    return h.section("#changes", aria_labelledby="changes-h")[
        h.h2("#changes-h")["Recent changes"],
        data_table(
            "plain",
            "Verdicts that changed in the last two weeks",
            {"Date": "", "Verdict": "", "Link": "", "Before": "short", "Reason": "note"},
            (
                (
                    day(one.run_date),
                    verdict_badge(one.state),
                    h.a(href=f"#link-{numbers[one.link]}")[titles[one.link]],
                    verdict_text(one.previous) if one.previous else "",
                    [
                        "" if one.state in NO_ACTION else reason_text(one.reason),
                        [" → ", anchor(one.suggestion)] if one.suggestion else None,
                    ],
                )
                for one in shown
            ),
        )
        if shown
        else h.p["No verdict changed in the last two weeks."],
        h.p(".more")[" ".join(notes)],
    ]


def groups(page: HtmlPage) -> h.Element:
    """The links that need attention by host and by section, side by side."""
    hosts = groups_by_host(page.status)
    return h.section("#where", aria_labelledby="where-h")[
        h.h2("#where-h")["Where the problems are"],
        h.div(".pair")[
            h.div[
                _group_table("Hosts, the most problems first", "Host", hosts[:_MOST_HOSTS]),
                h.p(".more")[f"... and {len(hosts) - _MOST_HOSTS:,} more hosts"]
                if len(hosts) > _MOST_HOSTS
                else None,
            ]
            if hosts
            else h.p["No host has a link that needs attention."],
            _group_table(
                "Sections, in the order of the list", "Section", groups_by_section(page.status)
            ),
        ],
    ]


def _group_table(title: str, heading: str, found: Sequence[LinkGroup]) -> h.Element:
    return data_table(
        "groups",
        title,
        {heading: "", "Need attention": "num", "Links": "num", "Share": "course"},
        (
            (
                sanitise(group.name),
                f"{group.needing_attention:,}",
                f"{group.links:,}",
                bar(group.counts, group.links),
            )
            for group in found
        ),
    )
