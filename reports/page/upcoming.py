"""What comes next: problems of the documents, checks due, feeds and candidates, overrides."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby

import htpy as h

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import findings_beyond_links
from staycurrent.reports.page.elements import HtmlPage, anchor, data_table, day, section, short_day
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import ENDINGS_HEADING, findings_by_kind
from staycurrent.sources.item import SourceState

_FEED_DAYS = 30
_FAILING = (VerdictState.SUSPECT, VerdictState.DEAD, VerdictState.USURPED, VerdictState.INSECURE)


def checks_due(page: HtmlPage) -> h.Element:
    """How many links are checked on each coming date."""
    title = "Links to be checked in the coming days, if nothing changes"
    columns = {"Date": "", "Links": "num", "Of these failing": "num"}
    failing = {row.verdict.link for row in page.status.links if row.verdict.state in _FAILING}
    rows = [
        (day(when), f"{len(keys):,}", f"{len(failing.intersection(keys)):,}")
        for when, keys in page.due.items()
    ]
    return section("due", "Checks due", data_table(title, columns, rows))


def endings(page: HtmlPage) -> h.Element | None:
    """What is about to end though it works; None if there is nothing."""
    title = "What works and is about to end; none of it is flagged in the list"
    columns = {"Link": "", "What ends": "note", "On": "", "Snapshot": ""}
    rows = [
        (
            _titled(one.row.title, one.row.url),
            sanitise(one.ending.evidence),
            day(one.ending.ends_on) if one.ending.ends_on else "",
            anchor(one.archive) if one.archive else "",
        )
        for one in page.status.endings
    ]
    table = data_table(title, columns, rows)
    return section("endings", ENDINGS_HEADING, table) if rows else None


def findings(page: HtmlPage) -> h.Element | None:
    """Problems of the lists as documents; None if there are none."""
    kinds = []
    for heading, found in findings_by_kind(findings_beyond_links(page.status)):
        rows = [
            (
                row.position,
                "; ".join(map(sanitise, filter(None, (row.message, row.suggestion)))),
            )
            for row in found
        ]
        table = data_table(None, {"Where": "", "Finding": ""}, rows)
        kinds.append(h.details[h.summary[f"{heading}: {len(rows)}"], table])
    return section("findings", "Findings in the documents", kinds) if kinds else None


def feeds(page: HtmlPage) -> h.Element:
    """The state of each feed, and the candidates."""
    last = page.status.as_of.date()
    states = {
        name: {one.run_date: one.state for one in pulls}
        for name, pulls in groupby(page.pulls, key=lambda one: one.source)
    }
    sources = [
        (
            sanitise(one.source),
            h.span(class_=f"s {one.state}")[str(one.state)],
            f"{one.items:,}",
            _feed_history(states.get(one.source, {}), last),
            sanitise(one.note),
        )
        for one in page.status.sources
    ]
    candidates = [
        (
            _titled(one.title, one.url),
            sanitise(one.why),
            sanitise(" / ".join(one.section)),
            day(one.first_seen),
        )
        for one in page.status.candidates
    ]
    feeds_title = f"The feeds and their last {_FEED_DAYS} days"
    columns = {"Feed": "", "State": "", "Items": "num", "Days with items": "", "Note": "note"}
    none = h.p["No feed has been pulled yet."]
    feeds_table = data_table(feeds_title, columns, sources, none)
    title = "What the feeds have and the list lacks"
    columns = {"Candidate": "", "Why": "note", "Section": "", "Since": ""}
    count = h.h3[plural(len(candidates), "candidate")]
    table = data_table(title, columns, candidates) if candidates else None
    return section("feeds", "Feeds and candidates", feeds_table, count, table)


def _titled(title: str, url: str) -> list[h.Node]:
    return [h.b[sanitise(title)], " ", anchor(url)]


def _feed_history(states: Mapping[date, SourceState], last: date) -> h.Element:
    """A mark for each of the last days, tall if there were items; the text says it too."""
    days = [last - timedelta(days=back) for back in range(_FEED_DAYS - 1, -1, -1)]
    pulled = [states[one] for one in days if one in states]
    marks = [
        h.span(
            class_=f"m {states.get(one, 'none')}",
            title=f"{short_day(one)}: {states.get(one, 'not pulled')}",
        )
        for one in days
    ]
    good = sum(state.is_usable for state in pulled)
    return h.div(".strip")[
        h.span(".marks", aria_hidden="true")[marks], h.span[f"{good} of {len(pulled)}"]
    ]


def overrides(page: HtmlPage) -> h.Element:
    """What people decided, and addresses that occur under several titles."""
    undo = h.code["staycurrent keep --undo URL"], " or ", h.code["decline --undo URL"]
    decisions = [
        (
            anchor(one.url),
            f"{one.kind} {sanitise(one.verdict or '')}",
            day(one.until) if one.until else "indefinitely",
            sanitise(one.reason),
            day(one.created_at.date()),
        )
        for one in page.status.overrides
    ]
    duplicates = [
        (
            anchor(one.url),
            ", ".join(f"{sanitise(title)} (line {line})" for line, title in one.occurrences),
        )
        for one in page.status.duplicates
    ]
    title = ["Decisions of people; ", undo, " reverts one"]
    columns = {"URL": "", "Decision": "", "Until": "", "Reason": "", "Made": ""}
    none = h.p["There are none; ", h.code["staycurrent keep URL"], " makes one."]
    table = data_table(title, columns, decisions, none)
    columns = {"URL": "", "Titles": ""}
    titles = data_table("The same URL under different titles", columns, duplicates)
    return section("overrides", "Overrides", table, titles if duplicates else None)
