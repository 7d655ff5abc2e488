"""Where the trouble lies: verdicts by host and by section."""

from collections.abc import Sequence

from htpy import Element, caption, div, h2, p, section, table, tbody, td, th, thead, tr

from staycurrent.reports.page import charts
from staycurrent.reports.page.model import Group, Page, hosts, sections
from staycurrent.reports.terminal import inert

_MOST = 15


def groups(page: Page) -> Element:
    """Two tables side by side, each with a bar for every row."""
    by_host = hosts(page.status)
    shown = by_host[:_MOST]
    return section("#where", aria_labelledby="where-h")[
        h2("#where-h")["Where it is"],
        div(".pair")[
            _table("By host, the most troubled first", "Host", shown)
            if shown
            else p["No host has a link that wants a person."],
            _table("By section, in the order of the list", "Section", sections(page.status)),
        ],
        p(".more")[f"and {len(by_host) - _MOST:,} more hosts"] if len(by_host) > _MOST else None,
    ]


def _table(title: str, what: str, found: Sequence[Group]) -> Element:
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
                    th(scope="row")[inert(group.name)],
                    td(".num")[f"{group.troubled:,}"],
                    td(".num")[f"{group.links:,}"],
                    td(".course")[charts.bar(group.counts, group.links)],
                ]
                for group in found
            )
        ],
    ]
