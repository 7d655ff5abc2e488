"""Every link as a row, and the compact story of its nights that opens below it."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from htpy import (
    Element,
    b,
    button,
    caption,
    code,
    div,
    fieldset,
    form,
    h2,
    label,
    legend,
    option,
    p,
    section,
    select,
    small,
    span,
    table,
    tbody,
    td,
    th,
    thead,
    tr,
)
from htpy import input as entry

from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import State
from staycurrent.reports.model import LinkRow
from staycurrent.reports.page.elements import WHOLE, anchor, day, verdict_badge
from staycurrent.reports.page.model import CALM, HtmlPage, most_urgent_first
from staycurrent.reports.text import plural, sanitise
from staycurrent.warehouse.chronicle import Life

_COLUMNS = ("Verdict", "Link", "Why", "Since", "Looked at", "Where")
_LETTERS = {outcome: chr(ord("a") + place) for place, outcome in enumerate(Outcome)}


def links(page: HtmlPage) -> Element:
    """The table, most urgent first, with the controls that a script switches on."""
    rows = most_urgent_first(page.status.links)
    keys = {key: number for number, key in enumerate(_keys(rows))}
    return section("#links", aria_labelledby="links-h")[
        h2("#links-h")["Links"],
        _controls(page),
        table("#all.links")[
            caption[f"{len(rows):,} places in the list, most urgent first"],
            thead[tr[(th(scope="col")[name] for name in _COLUMNS)]],
            tbody[(_row(row, keys[row.verdict.link]) for row in rows)],
        ],
        p("#none", hidden=True)["Nothing matches. Show more verdicts, or search for less."],
        button("#more", type="button", hidden=True)["Show more"],
    ]


def _keys(rows: tuple[LinkRow, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.verdict.link for row in rows))


def _controls(page: HtmlPage) -> Element:
    counts = page.status.counts
    names = dict.fromkeys(row.section[0] for row in page.status.links if row.section)
    return form("#controls", hidden=True, role="search", aria_label="Find links")[
        div[
            label(for_="q")["Search"],
            entry("#q", type="search", autocomplete="off", spellcheck="false"),
        ],
        div[
            label(for_="sec")["Section"],
            select("#sec")[
                option(value="")["all"],
                (option(value=sanitise(name))[sanitise(name)] for name in names),
            ],
        ],
        fieldset[
            legend["Show"],
            (
                label(".chip")[
                    entry(type="checkbox", value=str(state), checked=_is_shown(state, counts)),
                    verdict_badge(state),
                    span(".n")[f"{counts[state]:,}"],
                ]
                for state in WHOLE
                if counts[state]
            ),
        ],
        p("#count", role="status"),
    ]


def _is_shown(state: State, counts: Counter[State]) -> bool:
    """At first only what wants a person is shown, and everything where nothing does."""
    return state not in CALM or counts.keys() <= set(CALM)


def _row(row: LinkRow, key: int) -> Element:
    told = row.verdict
    looks = f", {plural(told.nights, 'look')}" if told.nights else ""
    place = row.section[0] if row.section else ""
    return tr(class_=str(told.state), data_k=str(key))[
        td[verdict_badge(told.state), small["kept"] if row.kept else None],
        td[
            b[sanitise(row.title) or "(no name)"],
            span(".u")[anchor(row.url)],
            span(".i")["instead: ", anchor(told.suggestion)] if told.suggestion else None,
            span(".i")["snapshot: ", anchor(told.archive)] if told.archive else None,
        ],
        td[f"{told.reason.replace('_', ' ')}{looks}"],
        td[day(told.since) if told.since else ""],
        td[day(told.last_checked)],
        td[code[f"{sanitise(row.list)}:{row.line}"], small[sanitise(place)] if place else None],
    ]


def histories_json(page: HtmlPage) -> str:
    """The nights of every link as JSON, one letter a night, safe inside a script element.

    `links` is in the order of the rows' `data-k`: letters from `first` on (`.`: no look), the
    looks that are worth their words as [day, outcome, words], what comes next, the next look.
    """
    rows = most_urgent_first(page.status.links)
    words: dict[str, int] = {}
    first, last = _span(page)
    told = [list(_story(page, key, first, words)) for key in _keys(rows)]
    document: dict[str, Any] = {
        "first": first.isoformat(),
        "days": (last - first).days + 1,
        "nights": _letters({one.night: _fate(one.status) for one in page.runs}, first, last),
        "outcomes": [[str(outcome).replace("_", " "), _tone(outcome)] for outcome in Outcome],
        "words": list(words),
        "links": told,
    }
    document["words"] = list(words)
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # `</script` and `<!--` end or open things inside a script element (HTML 4.12.1.3); the line
    # separators are no JavaScript line ends any more, but were.
    for character in "<>&\u2028\u2029":
        raw = raw.replace(character, f"\\u{ord(character):04x}")
    return raw


def _story(page: HtmlPage, key: str, first: date, words: dict[str, int]) -> Iterator[Any]:
    life = page.histories.get(key, Life((), (), ()))
    came = {
        night: _LETTERS[outcome] for night, outcome in zip(life.nights, life.outcomes, strict=True)
    }
    yield _letters(came, first, life.nights[-1]) if life.nights else ""
    yield [
        [
            (one.night - first).days,
            ord(_LETTERS[one.outcome]) - ord("a"),
            _word(words, one.evidence),
        ]
        for one in life.seen[-8:]
    ]
    yield _word(words, page.forecasts.get(key, ""))
    after = page.next_checks.get(key)
    yield after.isoformat() if after else ""


def _word(words: dict[str, int], text: str) -> int:
    return words.setdefault(sanitise(text), len(words))


def _letters(marks: dict[date, str], first: date, last: date) -> str:
    row = ["."] * ((last - first).days + 1)
    for night, mark in marks.items():
        row[(night - first).days] = mark
    return "".join(row)


def _span(page: HtmlPage) -> tuple[date, date]:
    today = page.status.as_of.date()
    nights = [one.night for one in page.runs]
    return min([*nights, today]), max([*nights, today])


def _fate(status: str) -> str:
    return "j" if status == "judged" else "n"


def _tone(outcome: Outcome) -> str:
    """How a look is drawn: `good`, `bad`, `weak` (the road as likely as the house), `shut`."""
    if outcome.is_success:
        return "good"
    if outcome.is_weak:
        return "weak"
    return "bad" if outcome.is_negative or outcome is Outcome.MALFORMED else "shut"
