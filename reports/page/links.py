"""The table of all links, and the history of each that a script shows below its row."""

import json
from datetime import timedelta

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
    section,
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
    rows, numbers = most_urgent_first(page), link_numbers(page)
    first_rows = {row.verdict.link: row for row in reversed(rows)}
    # One by one: the elements of 50,000 rows at once take a quarter more memory and time.
    elements = (
        _row(row, numbers[row.verdict.link], is_first=row is first_rows[row.verdict.link])
        for row in rows
    )
    return section(
        "links",
        "Links",
        _controls(page),
        h.table("#all.links")[
            h.caption["Most urgent first"],
            h.thead[h.tr[(h.th(scope="col")[name] for name in _COLUMNS)]],
            h.tbody[elements],
        ],
        h.p("#none", hidden=True)["No link matches. Select more verdicts, or shorten the search."],
        h.button("#more", type="button", hidden=True)["Show more"],
    )


def _controls(page: HtmlPage) -> h.Element:
    counts = page.status.counts
    shown = counts.keys() - NO_ACTION or counts.keys()
    sections = dict.fromkeys(
        section_path(row.section[:depth])
        for row in page.status.links
        for depth in range(1, len(row.section) + 1)
    )
    options = [h.option(value=name)[name] for name in sections if name]
    chips = [
        h.label(".chip")[
            # At first only links that need attention are shown, if there are any.
            h.input(type="checkbox", value=str(state), checked=state in shown),
            verdict_badge(state),
            h.span(".n")[f"{counts[state]:,}"],
        ]
        for state in ALL_STACKED
        if counts[state]
    ]
    return h.form("#controls", hidden=True, role="search", aria_label="Find links")[
        h.div[
            h.label(for_="q")["Search all links"],
            h.input("#q", type="search", autocomplete="off", spellcheck="false"),
        ],
        h.div[
            h.label(for_="sec")["Section"],
            h.select("#sec")[h.option(value="")["all"], options],
        ],
        h.fieldset[h.legend["Show"], chips],
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
            [
                h.span(".i")[f"{name}: ", anchor(url)]
                for name, url in (("suggestion", verdict.suggestion), ("snapshot", verdict.archive))
                if url
            ],
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

    def number(text: str) -> int:
        return texts.setdefault(sanitise(text), len(texts))

    next_checks = {key: when for when, keys in page.due.items() for key in keys}
    dates = [*(run.run_date for run in page.runs), page.status.as_of.date()]
    dates += [life.run_dates[0] for life in page.histories.values() if life.run_dates]
    first = min(dates)
    days = [first + timedelta(days=number) for number in range((max(dates) - first).days + 1)]
    runs = {run.run_date: "j" if run.status == "judged" else "n" for run in page.runs}
    found = []
    for key in link_numbers(page):
        life = page.histories.get(key, LinkHistory((), (), ()))
        letters = {
            when: _LETTERS[one] for when, one in zip(life.run_dates, life.outcomes, strict=True)
        }
        notable = [
            [(one.run_date - first).days, list(Outcome).index(one.outcome), number(one.evidence)]
            for one in life.notable[-_MOST_OBSERVATIONS:]
        ]
        forecast = number(page.forecasts.get(key, ""))
        checks = "".join(letters.get(when, ".") for when in days).rstrip(".")
        found.append([checks, notable, forecast, str(next_checks.get(key, ""))])
    document = {
        "first": first.isoformat(),
        "days": len(days),
        "runs": "".join(runs.get(when, ".") for when in days),
        "outcomes": [[REASONS[outcome], _TONES[outcome]] for outcome in Outcome],
        "links": found,
        "words": list(texts),
    }
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # `</script` and `<!--` have a meaning inside a script element (HTML 4.12.1.3); the two line
    # separators were line ends for older JavaScript.
    for character in "<>&\u2028\u2029":
        raw = raw.replace(character, f"\\u{ord(character):04x}")
    return raw
