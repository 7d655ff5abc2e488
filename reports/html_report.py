"""The page of the report: one HTML file that asks nobody for anything."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from htpy import (
    Element,
    a,
    body,
    dd,
    div,
    dl,
    dt,
    footer,
    h1,
    h2,
    head,
    header,
    html,
    link,
    main,
    meta,
    nav,
    p,
    script,
    section,
    style,
    title,
)
from markupsafe import Markup

from staycurrent.reports.page import health, upcoming
from staycurrent.reports.page.elements import glyph_rules, long_day, verdict_badge
from staycurrent.reports.page.links import histories_json, links
from staycurrent.reports.page.model import HtmlPage
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import VERDICT_WORDING

_ROOM = files("staycurrent.reports.page")
_EARLY = 'document.documentElement.className="js"'
_OURS = Markup  # only ever over the package's own files and over JSON that escapes what it holds


def as_html(page: HtmlPage) -> str:
    """The whole page, the same bytes for the same model; readable without its script."""
    css = glyph_rules() + _ROOM.joinpath("page.css").read_text(encoding="utf-8")
    code = _ROOM.joinpath("page.js").read_text(encoding="utf-8")
    whole = html(lang="en")[
        _head(page, css, code),
        body[
            a(".skip", href="#links")["Skip to the links"],
            _header(page),
            main[
                section("#tonight", aria_label="Tonight")[list(health.summary_of_run(page))],
                health.over_time(page),
                health.recent_changes(page),
                health.groups(page),
                links(page),
                upcoming.findings(page),
                upcoming.due(page),
                upcoming.feeds(page),
                upcoming.decisions(page),
                _words(),
            ],
            footer[
                p[
                    "Made by staycurrent from its warehouse. Nothing on this page was asked of the "
                    "network, and nothing on it asks."
                ]
            ],
            script("#stories", type="application/json")[_OURS(histories_json(page))],
            script[_OURS(code)],
        ],
    ]
    return f"{whole}\n"


def _head(page: HtmlPage, css: str, code: str) -> Element:
    policy = (
        f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(_EARLY)}' "
        f"'{_digest(code)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return head[
        meta(charset="utf-8"),
        meta(http_equiv="Content-Security-Policy", content=policy),
        meta(name="viewport", content="width=device-width, initial-scale=1"),
        meta(name="referrer", content="no-referrer"),
        meta(name="color-scheme", content="light dark"),
        meta(name="generator", content="staycurrent"),
        title[f"{_lists(page)}, {page.status.as_of:%Y-%m-%d}"],
        link(rel="icon", href="data:,"),
        style[_OURS(css)],
        script[_OURS(_EARLY)],
    ]


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _header(page: HtmlPage) -> Element:
    run = page.status.run
    told = (
        f"Night of {long_day(run.night)}: {run.looked_at:,} of {run.links:,} links looked at, "
        f"{run.requests:,} requests"
        if run
        else "No run has been made yet"
    )
    places = {
        "health": "Health",
        "changes": "Changes",
        "where": "Where",
        "links": "Links",
        "due": "Due",
        "feeds": "Feeds",
        "decisions": "Decisions",
        "words": "Words",
    }
    return header[
        div[h1[_lists(page)], p[told]],
        nav(aria_label="Parts of this page")[
            (a(href=f"#{anchor}")[name] for anchor, name in places.items())
        ],
    ]


def _lists(page: HtmlPage) -> str:
    names = list(dict.fromkeys(row.list for row in page.status.links))
    return sanitise(", ".join(names)) or "An empty list"


def _words() -> Element:
    return section("#words", aria_labelledby="words-h")[
        h2("#words-h")["What the words mean"],
        dl[
            (
                div[dt[verdict_badge(state)], dd[f"{meaning.description} {meaning.action}"]]
                for state, meaning in VERDICT_WORDING.items()
            )
        ],
    ]
