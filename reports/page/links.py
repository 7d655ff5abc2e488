"""The table of all links, and the history of each that a script shows below its row."""

import json
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
from htpy import input as input_

from staycurrent.links.observation import Outcome
from staycurrent.reports.model import LinkRow
from staycurrent.reports.page.elements import ALL_STACKED, anchor, day, verdict_badge
from staycurrent.reports.page.model import HtmlPage, most_urgent_first
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import NO_ACTION, REASONS, reason_text
from staycurrent.warehouse.history import LinkHistory

_COLUMNS = ("Verdict", "Link", "Reason", "Since", "Last checked", "Where")
_LETTERS = {outcome: chr(ord("a") + number) for number, outcome in enumerate(Outcome)}
_MOST_OBSERVATIONS = 8


def links(page: HtmlPage) -> Element:
    """The table, most urgent first, with the controls that the script enables."""
    rows = most_urgent_first(page.status.links)
    numbers = {key: number for number, key in enumerate(_keys(page))}
    return section("#links", aria_labelledby="links-h")[
        h2("#links-h")["Links"],
        _controls(page),
        table("#all.links")[
            caption[f"{plural(len(rows), 'link')}, most urgent first"],
            thead[tr[(th(scope="col")[name] for name in _COLUMNS)]],
            tbody[(_row(row, numbers[row.verdict.link]) for row in rows)],
        ],
        p("#none", hidden=True)["No link matches. Select more verdicts, or shorten the search."],
        button("#more", type="button", hidden=True)["Show more"],
    ]


def _keys(page: HtmlPage) -> tuple[str, ...]:
    """The links in the order of the table, each once."""
    return tuple(dict.fromkeys(row.verdict.link for row in most_urgent_first(page.status.links)))


def _controls(page: HtmlPage) -> Element:
    counts = page.status.counts
    needs_attention = not counts.keys() <= set(NO_ACTION)
    sections = dict.fromkeys(row.section[0] for row in page.status.links if row.section)
    return form("#controls", hidden=True, role="search", aria_label="Find links")[
        div[
            label(for_="q")["Search"],
            input_("#q", type="search", autocomplete="off", spellcheck="false"),
        ],
        div[
            label(for_="sec")["Section"],
            select("#sec")[
                option(value="")["all"],
                (option(value=sanitise(name))[sanitise(name)] for name in sections),
            ],
        ],
        fieldset[
            legend["Show"],
            (
                label(".chip")[
                    input_(
                        type="checkbox",
                        value=str(state),
                        # At first only links that need attention are shown, if there are any.
                        checked=state not in NO_ACTION or not needs_attention,
                    ),
                    verdict_badge(state),
                    span(".n")[f"{counts[state]:,}"],
                ]
                for state in ALL_STACKED
                if counts[state]
            ),
        ],
        p("#count", role="status"),
    ]


def _row(row: LinkRow, number: int) -> Element:
    verdict = row.verdict
    checks = f", {plural(verdict.checks, 'check')}" if verdict.checks else ""
    return tr(class_=str(verdict.state), data_k=str(number))[
        td[verdict_badge(verdict.state), small["kept"] if row.kept else None],
        td[
            b[sanitise(row.title) or "(no title)"],
            span(".u")[anchor(row.url)],
            span(".i")["suggestion: ", anchor(verdict.suggestion)] if verdict.suggestion else None,
            span(".i")["snapshot: ", anchor(verdict.archive)] if verdict.archive else None,
        ],
        td[f"{reason_text(verdict.reason)}{checks}"],
        td[day(verdict.since) if verdict.since else ""],
        td[day(verdict.last_checked)],
        td[
            code[f"{sanitise(row.list)}:{row.line}"],
            small[sanitise(row.section[0])] if row.section and sanitise(row.section[0]) else None,
        ],
    ]


def histories_json(page: HtmlPage) -> str:
    """The history of every link as JSON that is safe inside a script element.

    `links` is in the order of the rows' `data-k`. Each is a list of: a letter for every date from
    `first` on (`.` if it was not checked), observations as [day, outcome, text], the forecast, and
    the date of the next check. Texts are numbers of `words`; outcomes are numbers of `outcomes`.
    """
    texts: dict[str, int] = {}
    dates = [*(run.run_date for run in page.runs), page.status.as_of.date()]
    first, last = min(dates), max(dates)
    runs = {run.run_date: "j" if run.status == "judged" else "n" for run in page.runs}
    document = {
        "first": first.isoformat(),
        "days": (last - first).days + 1,
        "runs": _letters(runs, first, last),
        "outcomes": [[REASONS[outcome], _tone(outcome)] for outcome in Outcome],
        "links": [list(_history(page, key, first, texts)) for key in _keys(page)],
        "words": list(texts),
    }
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # `</script` and `<!--` have a meaning inside a script element (HTML 4.12.1.3); the two line
    # separators were line ends for older JavaScript.
    for character in "<>&\u2028\u2029":
        raw = raw.replace(character, f"\\u{ord(character):04x}")
    return raw


def _history(page: HtmlPage, key: str, first: date, texts: dict[str, int]) -> Iterator[Any]:
    def number(text: str) -> int:
        return texts.setdefault(sanitise(text), len(texts))

    life = page.histories.get(key, LinkHistory((), (), ()))
    outcomes = {
        when: _LETTERS[outcome] for when, outcome in zip(life.run_dates, life.outcomes, strict=True)
    }
    yield _letters(outcomes, first, life.run_dates[-1]) if life.run_dates else ""
    yield [
        [(one.run_date - first).days, list(Outcome).index(one.outcome), number(one.evidence)]
        for one in life.notable[-_MOST_OBSERVATIONS:]
    ]
    yield number(page.forecasts.get(key, ""))
    next_check = page.next_checks.get(key)
    yield next_check.isoformat() if next_check else ""


def _letters(letters: dict[date, str], first: date, last: date) -> str:
    """A letter for each date; `.` for a date without one."""
    found = ["."] * ((last - first).days + 1)
    for when, letter in letters.items():
        found[(when - first).days] = letter
    return "".join(found)


def _tone(outcome: Outcome) -> str:
    """How a check is drawn: `good`, `bad`, `weak` (may be temporary), `shut` (not known)."""
    if outcome.is_success:
        return "good"
    if outcome.is_weak:
        return "weak"
    return "bad" if outcome.is_negative or outcome is Outcome.MALFORMED else "shut"
