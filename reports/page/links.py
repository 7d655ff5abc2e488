"""The table of all links, and the history of each that a script shows below its row."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import htpy as h

from staycurrent.links.observation import Outcome
from staycurrent.links.witness import describe
from staycurrent.reports.model import LinkRow
from staycurrent.reports.page.elements import (
    ALL_STACKED,
    HtmlPage,
    anchor,
    day,
    link_numbers,
    most_urgent_first,
    section_path,
    verdict_badge,
)
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import NO_ACTION, REASONS, reason_text
from staycurrent.warehouse.history import LinkHistory

_COLUMNS = ("Verdict", "Link", "Reason", "Since", "Last checked", "Where")
_LETTERS = {outcome: chr(ord("a") + number) for number, outcome in enumerate(Outcome)}
_TONES = {
    outcome: "good"
    if outcome.is_success
    else "weak"
    if outcome.is_weak
    else "bad"
    if outcome.is_negative or outcome is Outcome.MALFORMED
    else "shut"
    for outcome in Outcome
}
"""How a check is drawn; `weak` may be temporary, `shut` says nothing about the link."""
_MOST_OBSERVATIONS = 8


def links(page: HtmlPage) -> h.Element:
    """The table, most urgent first, with the controls that the script enables."""
    rows = most_urgent_first(page.status.links)
    numbers = link_numbers(rows)
    first_rows = {row.verdict.link: row for row in reversed(rows)}
    return h.section("#links", aria_labelledby="links-h")[
        h.h2("#links-h")["Links"],
        _controls(page),
        h.table("#all.links")[
            h.caption["Most urgent first"],
            h.thead[h.tr[(h.th(scope="col")[name] for name in _COLUMNS)]],
            h.tbody[
                (
                    _row(
                        row,
                        numbers[row.verdict.link],
                        is_first=row is first_rows[row.verdict.link],
                    )
                    for row in rows
                )
            ],
        ],
        h.p("#none", hidden=True)["No link matches. Select more verdicts, or shorten the search."],
        h.button("#more", type="button", hidden=True)["Show more"],
    ]


def _controls(page: HtmlPage) -> h.Element:
    counts = page.status.counts
    needs_attention = not counts.keys() <= set(NO_ACTION)
    sections = dict.fromkeys(
        section_path(row.section[:depth])
        for row in page.status.links
        for depth in range(1, len(row.section) + 1)
    )
    return h.form("#controls", hidden=True, role="search", aria_label="Find links")[
        h.div[
            h.label(for_="q")["Search all links"],
            h.input("#q", type="search", autocomplete="off", spellcheck="false"),
        ],
        h.div[
            h.label(for_="sec")["Section"],
            h.select("#sec")[
                h.option(value="")["all"],
                (h.option(value=name)[name] for name in sections if name),
            ],
        ],
        h.fieldset[
            h.legend["Show"],
            (
                h.label(".chip")[
                    h.input(
                        type="checkbox",
                        value=str(state),
                        # At first only links that need attention are shown, if there are any.
                        checked=state not in NO_ACTION or not needs_attention,
                    ),
                    verdict_badge(state),
                    h.span(".n")[f"{counts[state]:,}"],
                ]
                for state in ALL_STACKED
                if counts[state]
            ),
        ],
        h.p("#count", role="status"),
    ]


def _row(row: LinkRow, number: int, *, is_first: bool) -> h.Element:
    """A place of a link; the first one is where the rest of the page leads to."""
    verdict = row.verdict
    checks = f", {plural(verdict.checks, 'check')}" if verdict.checks else ""
    evidence = f": {sanitise(row.evidence)}" if row.evidence else ""
    witness = f"; {described}" if (described := describe(verdict.witness)) else ""
    name = f"link-{number}" if is_first else None
    return h.tr(id=name, class_=str(verdict.state), data_k=str(number))[
        h.td[verdict_badge(verdict.state), h.small["kept"] if row.kept else None],
        h.td[
            h.b[sanitise(row.title) or "(no title)"],
            h.span(".u")[anchor(row.url)],
            h.span(".i")["suggestion: ", anchor(verdict.suggestion)]
            if verdict.suggestion
            else None,
            h.span(".i")["snapshot: ", anchor(verdict.archive)] if verdict.archive else None,
        ],
        h.td[f"{reason_text(verdict.reason)}{evidence}{checks}{witness}"],
        h.td[day(verdict.since) if verdict.since else ""],
        h.td[day(verdict.last_checked)],
        h.td[
            h.code[f"{sanitise(row.list)}:{row.line}"],
            h.small[path] if (path := section_path(row.section)) else None,
        ],
    ]


def histories_json(page: HtmlPage) -> str:
    """The history of every link as JSON that is safe inside a script element.

    `links` is in the order of the rows' `data-k`. Each is a list of: a letter for every date from
    `first` on (`.` if it was not checked), observations as [day, outcome, text], the forecast, and
    the date of the next check. Texts are numbers of `words`; outcomes are numbers of `outcomes`.
    """
    texts: dict[str, int] = {}
    numbers = link_numbers(most_urgent_first(page.status.links))
    dates = [*(run.run_date for run in page.runs), page.status.as_of.date()]
    dates += [life.run_dates[0] for life in page.histories.values() if life.run_dates]
    first, last = min(dates), max(dates)
    runs = {run.run_date: "j" if run.status == "judged" else "n" for run in page.runs}
    document = {
        "first": first.isoformat(),
        "days": (last - first).days + 1,
        "runs": _letters(runs, first, last),
        "outcomes": [[REASONS[outcome], _TONES[outcome]] for outcome in Outcome],
        "links": [list(_history(page, key, first, texts)) for key in numbers],
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
