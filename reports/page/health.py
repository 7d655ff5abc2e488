"""The health of the list: now, over time, what changed lately, and where the problems are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import htpy as h

from staycurrent.links.link import Link, link
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.page.elements import (
    ALL_STACKED,
    STACKED,
    CountsByDate,
    HtmlPage,
    anchor,
    area_chart,
    bar,
    data_table,
    day,
    link_numbers,
    long_day,
    most_urgent_first,
    section,
    section_path,
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
_WORKING = (VerdictState.ALIVE, VerdictState.MOVED, VerdictState.STALE)
_UNVERIFIED = (VerdictState.UNCHECKED, VerdictState.BLOCKED, VerdictState.REFUSED)
Groups = dict[str, list[LinkRow]]
"""The links of each host or section."""


def run_summary(page: HtmlPage) -> Iterator[h.Element]:
    """The share of links that work, the whole list as one bar, and a number for each verdict."""
    counts = page.status.counts
    working = sum(counts[state] for state in _WORKING)
    verified = counts.total() - sum(counts[state] for state in _UNVERIFIED)
    run = page.status.run
    if run is not None and run.status is RunStatus.NOT_JUDGED:
        yield h.p(".notice", role="note")[
            f"The latest run, on {run.run_date}, was not judged: {sanitise(run.reason)}. "
            "This page shows what was known before."
        ]
    if verified:
        attention = needing_attention(page.status.links)
        needs = "needs" if attention == 1 else "need"
        work = "link works" if verified == 1 else "links work"
        share = f"{100 * working // verified} %"
        links = f"{plural(attention, 'link')} {needs}" if attention else "No link needs"
        text = f"of {verified:,} verified {work}. {links} attention."
        yield h.p(".headline")[h.span(".big")[share], h.span[text]]
    elif not counts:
        yield h.p(".headline")[h.span["There are no links in the list."]]
    yield bar(counts)
    shown = [state for state in ALL_STACKED if counts[state]]
    yield h.ul(".tiles")[
        (h.li[h.span(".n")[f"{counts[one]:,}"], verdict_badge(one)] for one in shown)
    ]


def over_time(page: HtmlPage) -> h.Element | None:
    """Stacked areas over time, and each verdict's line next to its numbers."""
    counts: CountsByDate = defaultdict(Counter)
    for one in page.health:
        counts[one.run_date][one.state] = one.links
    if not counts:
        return None
    dates = list(counts)
    first, last = dates[0], dates[-1]
    attention = [sum(found[state] for state in STACKED) for found in counts.values()]
    ceiling = max(1, *attention)
    change = f"From {attention[0]:,} on {long_day(first)} to {attention[-1]:,} on {long_day(last)}"
    caption = f"Links that need attention, over {plural(len(dates), 'judged run')}. {change}."
    ticks = dict.fromkeys((first, first + (last - first) // 2, last))
    notes = []
    if not page.has_all_lists:
        notes.append("This is about all lists of the settings, not only those of this page.")
    if counts[last].total() != len(page.status.links):
        notes.append("Here a link counts once, in however many places and lists it is.")
    if any(row.kept for row in page.status.links):
        notes.append("Kept links count here, too.")
    not_judged = [run for run in page.runs if run.status != "judged"]
    if not_judged:
        latest = ", ".join(
            long_day(run.run_date) + (f" ({sanitise(run.reason)})" if run.reason else "")
            for run in not_judged[-3:]
        )
        notes.append(f"{plural(len(not_judged), 'run')} not judged, the latest on {latest}.")
    return section(
        "health",
        "Health over time",
        h.figure[
            h.figcaption[caption],
            h.div(".plot")[
                h.div(".y", aria_hidden="true")[h.span[f"{ceiling:,}"], h.span["0"]],
                area_chart(counts, ceiling, f"Stacked areas of verdicts over time. {change}."),
                h.div(".x", aria_hidden="true")[(h.span[short_day(one)] for one in ticks)],
            ],
        ],
        _counts_table(counts),
        (h.p(".more")[note] for note in notes),
    )


def _counts_table(counts: CountsByDate) -> h.Element:
    """The number of links with each verdict, now and before."""
    last = list(counts)[-1]
    found = [
        next((counts[one] for one in reversed(counts) if one <= last - timedelta(days)), None)
        for days in (0, 7, 30)
    ]
    rows: list[Sequence[h.Node]] = [
        (
            verdict_badge(state),
            *("–" if one is None else f"{one[state]:,}" for one in found),
            sparkline(counts, state),
        )
        for state in ALL_STACKED
        if any(one[state] for one in counts.values())
    ]
    ago = {"Now": "num", "7 days ago": "num", "30 days ago": "num"}
    columns = {"Verdict": "", **ago, "Over time": "course"}
    title = f"Links by verdict on {long_day(last)}, and before"
    return data_table(title, columns, rows, classes="numbers")


def recent_changes(page: HtmlPage) -> h.Element:
    """The verdicts that changed in the last two weeks, the latest first.

    Links that failed and recovered before there was a conclusion are only counted.
    """
    status = page.status
    last = status.run.run_date if status.run else status.as_of.date()
    titles = {
        row.verdict.link: sanitise(row.title) or "(no title)"
        for row in reversed(most_urgent_first(page))
    }
    numbers = link_numbers(page)
    first = page.runs[0].run_date if page.runs else last
    recent = [
        change
        for change in reversed(page.changes)
        if change.run_date > max(first, last - _RECENT) and change.link in titles
    ]
    conclusive = [one for one in recent if not {one.previous, one.state} <= _INCONCLUSIVE]
    rows = [
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
        for one in conclusive[:_MOST_CHANGES]
    ]
    notes = []
    if len(conclusive) > len(rows):
        notes.append(f"{len(conclusive) - len(rows):,} earlier changes are not shown.")
    if len(recent) > len(conclusive):
        count = len(recent) - len(conclusive)
        notes.append(f"{plural(count, 'time')} a link failed or recovered without a conclusion.")
    title = "Verdicts that changed in the last two weeks"
    columns = {"Date": "", "Verdict": "", "Link": "", "Before": "short", "Reason": "note"}
    none = h.p["No verdict changed in the last two weeks."]
    table = data_table(title, columns, rows, none)
    return section("changes", "Recent changes", table, h.p(".more")[" ".join(notes)])


def groups(page: HtmlPage) -> h.Element:
    """The links that need attention by host and by section, side by side."""
    hosts = groups_by_host(page.status)
    shown = dict(list(hosts.items())[:_MOST_HOSTS])
    left_out = h.p(".more")[f"... and {len(hosts) - _MOST_HOSTS:,} more hosts"]
    by_host = h.div[
        _group_table("Hosts, the most problems first", "Host", shown),
        left_out if len(hosts) > _MOST_HOSTS else None,
    ]
    title = "Sections, in the order of the list"
    by_section = _group_table(title, "Section", groups_by_section(page.status))
    none = h.p["No host has a link that needs attention."]
    pair = h.div(".pair")[by_host if hosts else none, by_section]
    return section("where", "Where the problems are", pair)


def needing_attention(rows: Iterable[LinkRow]) -> int:
    """Number of links that need attention; those that a person keeps need none."""
    return sum(row.verdict.state not in NO_ACTION and not row.kept for row in rows)


def groups_by_section(status: Status) -> Groups:
    """The sections in the order of the lists, by their whole path."""
    has_several_lists = len({row.list for row in status.links}) > 1
    found: Groups = defaultdict(list)
    for row in status.links:
        path = section_path(row.section) or "(before the first heading)"
        found[f"{row.list}: {path}" if has_several_lists else path].append(row)
    return found


def groups_by_host(status: Status) -> Groups:
    """The hosts with links that need attention, those with the most such links first."""
    found: Groups = defaultdict(list)
    for row in status.links:
        requested = link(row.verdict.link)
        if isinstance(requested, Link):
            found[requested.host].append(row)
    ranked = sorted((-needing_attention(rows), -len(rows), host) for host, rows in found.items())
    return {host: found[host] for attention, _, host in ranked if attention}


def _group_table(title: str, heading: str, groups: Groups) -> h.Element:
    columns = {heading: "", "Need attention": "num", "Links": "num", "Share": "course"}
    cells = [
        (
            sanitise(name),
            f"{needing_attention(rows):,}",
            f"{len(rows):,}",
            bar(Counter(row.verdict.state for row in rows)),
        )
        for name, rows in groups.items()
    ]
    return data_table(title, columns, cells, classes="groups")
