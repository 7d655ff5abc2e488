"""What comes: the looks of the coming nights, the feeds with their candidates, the decisions."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

from htpy import (
    Element,
    caption,
    code,
    details,
    div,
    h2,
    h3,
    li,
    ol,
    p,
    section,
    span,
    summary,
    table,
    tbody,
    td,
    th,
    thead,
    tr,
)

from staycurrent.reports.model import FindingRow
from staycurrent.reports.page.elements import anchor, day, short_day
from staycurrent.reports.page.model import HtmlPage
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import findings_by_kind
from staycurrent.sources.item import SourceState
from staycurrent.warehouse.chronicle import Pulled

_STRIP = 30


def due(page: HtmlPage) -> Element:
    """How many links each coming night looks at."""
    return section("#due", aria_labelledby="due-h")[
        h2("#due-h")["What is due"],
        table(".plain")[
            caption["Links that the coming nights look at, were tonight's looks the last"],
            thead[
                tr[
                    th(scope="col")["Night"],
                    th(".num", scope="col")["Links"],
                    th(".num", scope="col")["Of these failing"],
                ]
            ],
            tbody[
                (
                    tr[
                        th(scope="row")[day(one.run_date)],
                        td(".num")[f"{one.links:,}"],
                        td(".num")[f"{one.failing:,}"],
                    ]
                    for one in page.due
                )
            ],
        ],
    ]


def findings(page: HtmlPage) -> Element | None:
    """What is wrong with the lists as documents; None where nothing is."""
    kinds = findings_by_kind(page.status.findings)
    if not kinds:
        return None
    return section("#findings", aria_labelledby="findings-h")[
        h2("#findings-h")["The documents themselves"],
        [_found(words, rows) for words, rows in kinds],
    ]


def _found(words: str, rows: Sequence[FindingRow]) -> Element:
    return details[
        summary[f"{words}: {len(rows)}"],
        table(".plain")[
            thead[tr[th(scope="col")["Where"], th(scope="col")["What"]]],
            tbody[
                (
                    tr[
                        th(scope="row")[f"{sanitise(row.list)}:{row.line}:{row.column}"],
                        td[
                            sanitise(row.message),
                            row.suggestion and f"; {sanitise(row.suggestion)}",
                        ],
                    ]
                    for row in rows
                )
            ],
        ],
    ]


def feeds(page: HtmlPage) -> Element:
    """How each feed is, and what the list lacks by their word."""
    nights = {name: tuple(found) for name, found in groupby(page.pulls, key=lambda one: one.source)}
    status = page.status
    return section("#feeds", aria_labelledby="feeds-h")[
        h2("#feeds-h")["Feeds and candidates"],
        p["No feed was pulled yet."] if not status.sources else None,
        table(".plain")[
            caption[f"The feeds, and their last {_STRIP} nights"],
            thead[
                tr[
                    th(scope="col")["Feed"],
                    th(scope="col")["State"],
                    th(".num", scope="col")["Rows"],
                    th(scope="col")["Nights that brought something"],
                    th(scope="col")["Note"],
                ]
            ],
            tbody[
                (
                    tr[
                        th(scope="row")[sanitise(one.source)],
                        td[span(class_=f"s {one.state}")[str(one.state)]],
                        td(".num")[f"{one.items:,}"],
                        td[_strip(page, nights.get(one.source, ()))],
                        td(".note")[sanitise(one.note)],
                    ]
                    for one in status.sources
                )
            ],
        ]
        if status.sources
        else None,
        _candidates(page),
    ]


def _strip(page: HtmlPage, pulls: Sequence[Pulled]) -> Element:
    """A mark for each of the last nights, tall where something came; the words say it too."""
    states = {one.night: one.state for one in pulls}
    last = page.status.as_of.date()
    days = [last - timedelta(days=back) for back in range(_STRIP - 1, -1, -1)]
    good = sum(states.get(one) in (SourceState.OK, SourceState.FALLBACK) for one in days)
    pulled = sum(one in states for one in days)
    return div(".strip")[
        span(".marks", aria_hidden="true")[
            (
                span(class_=f"m {states.get(one, 'none')}", title=_mark(one, states.get(one)))
                for one in days
            )
        ],
        span(".said")[f"{good} of {pulled}"],
    ]


def _mark(when: date, state: SourceState | None) -> str:
    return f"{short_day(when)}: {state or 'not pulled'}"


def _candidates(page: HtmlPage) -> Element:
    found = page.status.candidates
    return div[
        h3[plural(len(found), "candidate")],
        p["The feeds show nothing that the list lacks."] if not found else None,
        ol(".candidates")[
            (
                li[
                    span(".what")[sanitise(one.title)],
                    " ",
                    anchor(one.url),
                    span(".why")[
                        sanitise(one.why),
                        f" · for {sanitise(' / '.join(one.section))}" if one.section else "",
                        f" · since {one.first_seen}",
                    ],
                ]
                for one in found
            )
        ]
        if found
        else None,
    ]


def decisions(page: HtmlPage) -> Element:
    """What people settled, and addresses that stand under several names."""
    return section("#decisions", aria_labelledby="decisions-h")[
        h2("#decisions-h")["Decisions"],
        p["Nobody settled anything yet; ", code["staycurrent keep URL"], " does."]
        if not page.overrides
        else table(".plain")[
            caption["What people settled; ", code["staycurrent keep --undo URL"], " takes it back"],
            thead[
                tr[
                    th(scope="col")["Address"],
                    th(scope="col")["Decision"],
                    th(scope="col")["Until"],
                    th(scope="col")["Why"],
                    th(scope="col")["Settled"],
                ]
            ],
            tbody[
                (
                    tr[
                        td[anchor(one.url)],
                        td[f"{one.kind} {sanitise(one.verdict or '')}"],
                        td[day(one.until) if one.until else "for good"],
                        td[sanitise(one.reason)],
                        td[day(one.decided_at.date())],
                    ]
                    for one in page.overrides
                )
            ],
        ],
        _namesakes(page),
    ]


def _namesakes(page: HtmlPage) -> Element | None:
    found = page.status.duplicates
    if not found:
        return None
    return div[
        h3["The same address under different names"],
        ol(".candidates")[
            (
                li[
                    anchor(one.url),
                    span(".why")[
                        ", ".join(
                            f"{sanitise(title)} (line {line})" for line, title in one.occurrences
                        )
                    ],
                ]
                for one in found
            )
        ],
    ]
