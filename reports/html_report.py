"""The HTML report: one self-contained page that makes no request."""

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

_FILES = files("staycurrent.reports.page")
_EARLY_SCRIPT = 'document.documentElement.className="js"'
_UNESCAPED = Markup  # only for the package's own files, and for JSON that escapes its content
_SECTIONS = {
    "health": "Health",
    "changes": "Changes",
    "where": "Where",
    "links": "Links",
    "due": "Due",
    "feeds": "Feeds",
    "overrides": "Overrides",
    "verdicts": "Verdicts",
}


def as_html(page: HtmlPage) -> str:
    """The whole page, the same bytes for the same model; readable without its script."""
    css = glyph_rules() + _FILES.joinpath("page.css").read_text(encoding="utf-8")
    code = _FILES.joinpath("page.js").read_text(encoding="utf-8")
    names = dict.fromkeys(row.list for row in page.status.links)
    lists = sanitise(", ".join(names)) or "An empty list"
    run = page.status.run
    summary = (
        f"Run of {long_day(run.run_date)}: {run.checked:,} of {run.links:,} links checked, "
        f"{run.requests:,} requests"
        if run
        else "There has been no run yet"
    )
    document = html(lang="en")[
        _head(f"{lists}, {page.status.as_of:%Y-%m-%d}", css, code),
        body[
            a(".skip", href="#links")["Skip to the links"],
            header[
                div[h1[lists], p[summary]],
                nav(aria_label="Sections of this page")[
                    (a(href=f"#{anchor}")[name] for anchor, name in _SECTIONS.items())
                ],
            ],
            main[
                section("#summary", aria_label="Summary")[health.run_summary(page)],
                health.over_time(page),
                health.recent_changes(page),
                health.groups(page),
                links(page),
                upcoming.findings(page),
                upcoming.checks_due(page),
                upcoming.feeds(page),
                upcoming.overrides(page),
                section("#verdicts", aria_labelledby="verdicts-h")[
                    h2("#verdicts-h")["What the verdicts mean"],
                    dl[
                        (
                            div[
                                dt[verdict_badge(state)],
                                dd[f"{wording.description} {wording.action}"],
                            ]
                            for state, wording in VERDICT_WORDING.items()
                        )
                    ],
                ],
            ],
            footer[p["Made by staycurrent. This page makes no network requests."]],
            script("#histories", type="application/json")[_UNESCAPED(histories_json(page))],
            script[_UNESCAPED(code)],
        ],
    ]
    return f"{document}\n"


def _head(name: str, css: str, code: str) -> Element:
    policy = (
        f"default-src 'none'; style-src '{_digest(css)}'; "
        f"script-src '{_digest(_EARLY_SCRIPT)}' '{_digest(code)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return head[
        meta(charset="utf-8"),
        meta(http_equiv="Content-Security-Policy", content=policy),
        meta(name="viewport", content="width=device-width, initial-scale=1"),
        meta(name="referrer", content="no-referrer"),
        meta(name="color-scheme", content="light dark"),
        meta(name="generator", content="staycurrent"),
        title[name],
        link(rel="icon", href="data:,"),
        style[_UNESCAPED(css)],
        script[_UNESCAPED(_EARLY_SCRIPT)],
    ]


def _digest(text: str) -> str:
    """Of an inline script or style, as a Content-Security-Policy has it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
