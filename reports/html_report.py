"""The HTML report: one self-contained page that makes no request."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import htpy as h
from markupsafe import Markup

from staycurrent.reports.page import health, upcoming
from staycurrent.reports.page.elements import (
    HtmlPage,
    glyph_rules,
    long_day,
    section,
    verdict_badge,
)
from staycurrent.reports.page.links import histories_json, links
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import VERDICT_WORDING
from staycurrent.warehouse.runs import RunStatus

_FILES = files("staycurrent.reports.page")
_EARLY_SCRIPT = 'document.documentElement.className="js"'
_UNESCAPED = Markup  # only for the package's own files, and for JSON that escapes its content


def as_html(page: HtmlPage) -> str:
    """The whole page, the same bytes for the same model; readable without its script."""
    css = glyph_rules() + _FILES.joinpath("page.css").read_text(encoding="utf-8")
    code = _FILES.joinpath("page.js").read_text(encoding="utf-8")
    names = dict.fromkeys(row.list for row in page.status.links)
    lists = sanitise(", ".join(names)) or "An empty list"
    run = page.status.run
    if run is None:
        summary = "There has been no run yet"
    elif run.status is RunStatus.RUNNING:
        summary = f"The run of {long_day(run.run_date)} did not finish"
    else:
        summary = (
            f"Run of {long_day(run.run_date)}: {run.checked:,} of {run.links:,} links checked, "
            f"{run.requests:,} requests"
        )
    meanings = [
        h.div[h.dt[verdict_badge(state)], h.dd[f"{wording.description} {wording.action}"]]
        for state, wording in VERDICT_WORDING.items()
    ]
    sections = {
        "Health": ("health", health.over_time(page)),
        "Changes": ("changes", health.recent_changes(page)),
        "Where": ("where", health.groups(page)),
        "Links": ("links", links(page)),
        "Ending": ("endings", upcoming.endings(page)),
        "Findings": ("findings", upcoming.findings(page)),
        "Due": ("due", upcoming.checks_due(page)),
        "Feeds": ("feeds", upcoming.feeds(page)),
        "Overrides": ("overrides", upcoming.overrides(page)),
        "Verdicts": ("verdicts", section("verdicts", "What the verdicts mean", h.dl[meanings])),
    }
    document = h.html(lang="en")[
        _head(f"{lists}, {page.status.as_of:%Y-%m-%d}", css, code),
        h.body[
            h.a(".skip", href="#links")["Skip to the links"],
            h.header[
                h.div[h.h1[lists], h.p[summary]],
                h.nav(aria_label="Sections of this page")[
                    (
                        h.a(href=f"#{anchor}")[name]
                        for name, (anchor, part) in sections.items()
                        if part is not None
                    )
                ],
            ],
            h.main[
                h.section("#summary", aria_label="Summary")[health.run_summary(page)],
                (part for _, part in sections.values()),
            ],
            h.footer[h.p["Made by staycurrent. This page makes no network requests."]],
            h.script("#histories", type="application/json")[_UNESCAPED(histories_json(page))],
            h.script[_UNESCAPED(code)],
        ],
    ]
    return f"{document}\n"


def _head(name: str, css: str, code: str) -> h.Element:
    policy = (
        f"default-src 'none'; style-src '{_digest(css)}'; "
        f"script-src '{_digest(_EARLY_SCRIPT)}' '{_digest(code)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return h.head[
        h.meta(charset="utf-8"),
        h.meta(http_equiv="Content-Security-Policy", content=policy),
        h.meta(name="viewport", content="width=device-width, initial-scale=1"),
        h.meta(name="referrer", content="no-referrer"),
        h.meta(name="color-scheme", content="light dark"),
        h.meta(name="generator", content="staycurrent"),
        h.title[name],
        h.link(rel="icon", href="data:,"),
        h.style[_UNESCAPED(css)],
        h.script[_UNESCAPED(_EARLY_SCRIPT)],
    ]


def _digest(text: str) -> str:
    """Of an inline script or style, as a Content-Security-Policy has it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
