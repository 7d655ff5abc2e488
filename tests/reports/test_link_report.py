"""The report of one link: the verdict first, then the rule, what is next, and every check."""

from dataclasses import replace
from datetime import date

import pytest

from staycurrent.links.forecast import rule_progress
from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import Verdict, VerdictState, conclude
from staycurrent.links.witness import Witness, WitnessAnswer, WitnessResult
from staycurrent.reports.link_report import LinkReport, link_report_text
from staycurrent.reports.model import LinkRow
from staycurrent.warehouse.overrides import Override
from tests.support.values import HOSTILE, MOMENT, SINCE, STATUS_DATE

URL = "https://a.example/x"


def observation(outcome: Outcome, run_date: date = SINCE, **changes: str) -> Observation:
    return Observation(
        URL, run_date, MOMENT, outcome, "page", evidence=changes.get("evidence", "404")
    )


def report(*history: Observation) -> LinkReport:
    judged = conclude(URL, history, Rules())
    rule = rule_progress(judged, history, Rules(), STATUS_DATE)
    return LinkReport(URL, judged.verdict, (), history, (), rule, "the forecast", STATUS_DATE, ())


def row(name: str, line: int, title: str, flag: str | None) -> LinkRow:
    return LinkRow(URL, name, line, 1, (), title, Verdict(URL, VerdictState.DEAD), flag, kept=False)


def rule(*history: Observation) -> str:
    return next(
        line for line in link_report_text(report(*history)).splitlines() if "  rule " in line
    )


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (
            [Outcome.MISSING],
            (
                "links.rules.hard (not found, no such name, or deleted) requires 3 checks over "
                "at least 7 nights, has 1 over 1: not met yet"
            ),
        ),
        (
            [Outcome.GONE, Outcome.GONE],
            (
                "links.rules.explicit (the server says that it is gone (410)) requires 2 checks "
                "over at least 2 nights, has 2 over 2: met"
            ),
        ),
        (
            [Outcome.PARKED, Outcome.MISSING, Outcome.PARKED],
            (
                "links.rules.soft (not found, or not the expected page) requires 3 checks over "
                "at least 7 nights, has 3 over 3: not met yet"
            ),
        ),
        (
            [Outcome.MISSING, Outcome.TIMEOUT],
            (
                "links.rules.weak (any failure except certificate errors) requires 3 checks over "
                "at least 14 nights, has 2 over 2: not met yet"
            ),
        ),
        (
            [Outcome.TIMEOUT, Outcome.TLS],
            (
                "links.rules.insecure (certificate or encryption errors) requires 3 checks over "
                "at least 7 nights, has 1 over 1: not met yet"
            ),
        ),
        ([Outcome.OK], "one successful check is enough"),
        ([Outcome.BLOCKED], "no rule counts this towards dead"),
        ([Outcome.MALFORMED], "problems of the URL itself are shown at once"),
    ],
)
def test_the_rule_is_the_one_that_is_met_or_is_met_first(
    outcomes: list[Outcome], expected: str
) -> None:
    history = [observation(one, SINCE.replace(day=1 + n)) for n, one in enumerate(outcomes)]
    assert rule(*history) == f"  rule        {expected}"


def test_a_dead_link_that_is_blocked_now_keeps_its_rule() -> None:
    gone = (observation(Outcome.GONE), observation(Outcome.GONE, SINCE.replace(day=2)))
    shown = rule(*gone, observation(Outcome.BLOCKED, STATUS_DATE))
    assert shown.startswith("  rule        links.rules.explicit ")
    assert shown.endswith("requires 2 checks over at least 2 nights, has 2 over 2: met")


def test_what_the_rule_counted_is_marked_with_a_star_in_columns() -> None:
    text = link_report_text(
        report(
            observation(Outcome.MISSING, evidence="404, twice"),
            observation(Outcome.BLOCKED, SINCE.replace(day=2), evidence="429"),
            replace(
                observation(Outcome.TIMEOUT, STATUS_DATE, evidence="no answer in time"),
                checked_by="github",
            ),
        )
    )
    assert text.endswith(
        "  checks      3, * counted by the rule\n"
        "  * 2026-12-01 not found                 page    404, twice\n"
        "    2026-12-02 refuses automated checks  page    429\n"
        "  * 2026-12-03 no response in time       github  no answer in time\n"
    )


@pytest.mark.parametrize(
    ("evidence", "expected"), [("200", "200, archived"), ("archived", "archived")]
)
def test_a_stale_link_shows_once_what_the_provider_says(evidence: str, expected: str) -> None:
    seen = observation(Outcome.OK, evidence=evidence)
    shown = link_report_text(
        report(replace(seen, checked_by="github", freshness=Freshness.ARCHIVED))
    )
    assert (
        "  rule        what a provider says about freshness counts from the first check\n" in shown
    )
    assert shown.endswith(f"    2026-12-01 works  github  {expected}\n")


def test_a_witness_that_is_not_reached_is_shown_with_the_first_date() -> None:
    unreached, nothing = WitnessResult.UNREACHED, WitnessResult.NOTHING
    answers = tuple(
        WitnessAnswer(URL, SINCE.replace(day=day), Witness.ARCHIVE, result)
        for day, result in enumerate((unreached, nothing, unreached, unreached), 1)
    )
    text = link_report_text(replace(report(observation(Outcome.MISSING)), answers=answers))
    assert [line for line in text.splitlines() if "  witness " in line] == [
        "  witness     the Wayback Machine gave no answer (first asked 2026-12-01)",
        "  witness     no good capture since then in the Wayback Machine (asked 2026-12-02)",
        "  witness     the Wayback Machine gave no answer (first asked 2026-12-03)",
    ]


def test_everything_is_in_its_order() -> None:
    whole = replace(
        report(observation(Outcome.MISSING)),
        verdict=Verdict(
            URL, VerdictState.SUSPECT, "missing", SINCE, 1, STATUS_DATE, "https://b.example/", URL
        ),
        rows=(
            row("curated.md", 12, "A", "dead"),
            replace(row("b.md", 1, "B", None), kept=True),
            replace(row("c.md", 2, "C", None), held_back=True),
        ),
        not_counted=(observation(Outcome.SERVER_ERROR, STATUS_DATE),),
        overrides=(Override(URL, "keep", "dead", STATUS_DATE, "it is fine", MOMENT),),
    )
    assert link_report_text(whole).splitlines() == [
        URL,
        "  verdict     suspect (not found) since 2026-12-01, 1 check",
        "  suggestion  https://b.example/",
        "  snapshot    https://a.example/x",
        (
            "  rule        links.rules.hard (not found, no such name, or deleted) requires "
            "3 checks over at least 7 nights, has 1 over 1: not met yet"
        ),
        "  next        the forecast",
        "  due         2026-12-03",
        "  in          curated.md:12 A (dead)",
        "  in          b.md:1 B (kept by a person)",
        "  in          c.md:2 C (flagged from the next run on: too many links failed at once)",
        "  override    keep dead <https://a.example/x> on 2026-12-03 until 2026-12-03: it is fine",
        "  checks      1, * counted by the rule",
        "  * 2026-12-01 not found     page  404",
        "    2026-12-03 server error  page  404 [ignored: that run was not judged]",
    ]


def test_untrusted_text_is_sanitised() -> None:
    whole = replace(
        report(observation(Outcome.MISSING, evidence=HOSTILE)),
        url=URL + HOSTILE,
        rows=(row("curated.md", 12, HOSTILE, None),),
        overrides=(Override(URL, "keep", None, None, HOSTILE, MOMENT),),
    )
    shown = link_report_text(whole)
    assert shown.count("red") == 4
    assert not set(shown) & set("\x1b\u202e")
