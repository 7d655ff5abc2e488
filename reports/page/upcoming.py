"""What comes next: problems of the documents, checks due, feeds and candidates, overrides."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby

import htpy as h

from staycurrent.reports.model import findings_beyond_links
from staycurrent.reports.page.elements import HtmlPage, anchor, data_table, day, short_day
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import ENDINGS_HEADING, findings_by_kind
from staycurrent.sources.item import SourceState

_FEED_DAYS = 30


def checks_due(page: HtmlPage) -> h.Element:
    """How many links are checked on each coming date."""
    return h.section("#due", aria_labelledby="due-h")[
        h.h2("#due-h")["Checks due"],
        data_table(
            "plain",
            "Links to be checked in the coming days, if nothing changes",
            {"Date": "", "Links": "num", "Of these failing": "num"},
            ((day(one.run_date), f"{one.links:,}", f"{one.failing:,}") for one in page.due),
        ),
    ]


def endings(page: HtmlPage) -> h.Element | None:
    """What is about to end though it works; None if there is nothing."""
    rows = page.status.endings
    if not rows:
        return None
    return h.section("#endings", aria_labelledby="endings-h")[
        h.h2("#endings-h")[ENDINGS_HEADING],
        data_table(
            "plain",
            "What works and is about to end; none of it is flagged in the list",
            {"Link": "", "What ends": "note", "On": "", "Snapshot": ""},
            (
                (
                    [h.b[sanitise(one.title)], " ", anchor(one.url)],
                    sanitise(one.ending.evidence),
                    day(one.ending.ends_on) if one.ending.ends_on else "",
                    anchor(one.archive) if one.archive else "",
                )
                for one in rows
            ),
        ),
    ]


def findings(page: HtmlPage) -> h.Element | None:
    """Problems of the lists as documents; None if there are none."""
    kinds = findings_by_kind(findings_beyond_links(page.status))
    if not kinds:
        return None
    return h.section("#findings", aria_labelledby="findings-h")[
        h.h2("#findings-h")["Findings in the documents"],
        (
            h.details[
                h.summary[f"{heading}: {len(rows)}"],
                data_table(
                    "plain",
                    None,
                    {"Where": "", "Finding": ""},
                    (
                        (
                            f"{sanitise(row.list)}:{row.line}:{row.column}",
                            "; ".join(map(sanitise, filter(None, (row.message, row.suggestion)))),
                        )
                        for row in rows
                    ),
                ),
            ]
            for heading, rows in kinds
        ),
    ]


def feeds(page: HtmlPage) -> h.Element:
    """The state of each feed, and the candidates."""
    sources, candidates = page.status.sources, page.status.candidates
    states = {
        name: {one.run_date: one.state for one in pulls}
        for name, pulls in groupby(page.pulls, key=lambda one: one.source)
    }
    return h.section("#feeds", aria_labelledby="feeds-h")[
        h.h2("#feeds-h")["Feeds and candidates"],
        data_table(
            "plain",
            f"The feeds and their last {_FEED_DAYS} days",
            {"Feed": "", "State": "", "Items": "num", "Days with items": "", "Note": "note"},
            (
                (
                    sanitise(one.source),
                    h.span(class_=f"s {one.state}")[str(one.state)],
                    f"{one.items:,}",
                    _feed_history(states.get(one.source, {}), page.status.as_of.date()),
                    sanitise(one.note),
                )
                for one in sources
            ),
        )
        if sources
        else h.p["No feed has been pulled yet."],
        h.h3[plural(len(candidates), "candidate")],
        data_table(
            "plain",
            "What the feeds have and the list lacks",
            {"Candidate": "", "Why": "note", "Section": "", "Since": ""},
            (
                (
                    [h.b[sanitise(one.title)], " ", anchor(one.url)],
                    sanitise(one.why),
                    sanitise(" / ".join(one.section)),
                    day(one.first_seen),
                )
                for one in candidates
            ),
        )
        if candidates
        else h.p["The feeds have nothing that the list lacks."],
    ]


def _feed_history(states: Mapping[date, SourceState], last: date) -> h.Element:
    """A mark for each of the last days, tall if there were items; the text says it too."""
    days = [last - timedelta(days=back) for back in range(_FEED_DAYS - 1, -1, -1)]
    good = sum(states.get(one) in (SourceState.OK, SourceState.FALLBACK) for one in days)
    return h.div(".strip")[
        h.span(".marks", aria_hidden="true")[
            (
                h.span(
                    class_=f"m {states.get(one, 'none')}",
                    title=f"{short_day(one)}: {states.get(one, 'not pulled')}",
                )
                for one in days
            )
        ],
        h.span[f"{good} of {sum(one in states for one in days)}"],
    ]


def overrides(page: HtmlPage) -> h.Element:
    """What people decided, and addresses that occur under several titles."""
    duplicates = page.status.duplicates
    return h.section("#overrides", aria_labelledby="overrides-h")[
        h.h2("#overrides-h")["Overrides"],
        data_table(
            "plain",
            [
                "Decisions of people; ",
                h.code["staycurrent keep --undo URL"],
                " or ",
                h.code["decline --undo URL"],
                " reverts one",
            ],
            {"URL": "", "Decision": "", "Until": "", "Reason": "", "Made": ""},
            (
                (
                    anchor(one.url),
                    f"{one.kind} {sanitise(one.verdict or '')}",
                    day(one.until) if one.until else "indefinitely",
                    sanitise(one.reason),
                    day(one.created_at.date()),
                )
                for one in page.status.overrides
            ),
        )
        if page.status.overrides
        else h.p["There are none; ", h.code["staycurrent keep URL"], " makes one."],
        data_table(
            "plain",
            "The same URL under different titles",
            {"URL": "", "Titles": ""},
            (
                (
                    anchor(one.url),
                    ", ".join(
                        f"{sanitise(title)} (line {line})" for line, title in one.occurrences
                    ),
                )
                for one in duplicates
            ),
        )
        if duplicates
        else None,
    ]
