"""One link's story: the conclusion first, then the rule, what comes next, and every look."""

from dataclasses import replace
from datetime import date

import pytest

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.outlook import progress
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import State, Verdict, weigh
from staycurrent.reports.link_report import LinkReport, ListedLink, link_report_text
from staycurrent.warehouse.decisions import Decision
from tests.support.values import HOSTILE, MOMENT, SINCE, STATUS_DATE

URL = "https://a.example/x"


def look(outcome: Outcome, night: date = SINCE, **changes: str) -> Observation:
    return Observation(URL, night, MOMENT, outcome, "page", evidence=changes.get("evidence", "404"))


def story(*history: Observation) -> LinkReport:
    judged = weigh(URL, history, Rules())
    rule = progress(judged, history, Rules())
    return LinkReport(URL, judged.verdict, (), history, (), rule, "what comes", STATUS_DATE, ())


def rule(*history: Observation) -> str:
    return next(
        line for line in link_report_text(story(*history)).splitlines() if "  rule " in line
    )


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        (
            [Outcome.MISSING],
            (
                "links.rules.hard (missing, no such name, or deleted) takes 3 looks over 7 nights, "
                "has 1 over 1: not yet"
            ),
        ),
        (
            [Outcome.GONE, Outcome.GONE],
            (
                "links.rules.explicit (the server says that it is gone) takes "
                "2 looks over 2 nights, has 2 over 2: it holds"
            ),
        ),
        (
            [Outcome.PARKED, Outcome.MISSING, Outcome.PARKED],
            (
                "links.rules.soft (missing, or not the page that was promised) takes 3 looks over "
                "7 nights, has 3 over 3: not yet"
            ),
        ),
        (
            [Outcome.MISSING, Outcome.TIMEOUT],
            (
                "links.rules.weak (whatever fails, but for certificates) takes "
                "3 looks over 14 nights, has 2 over 2: not yet"
            ),
        ),
        (
            [Outcome.TIMEOUT, Outcome.TLS],
            (
                "links.rules.insecure (faults of its certificate or encryption) takes 3 looks over "
                "7 nights, has 1 over 1: not yet"
            ),
        ),
        ([Outcome.OK], "a look that finds it well counts at once"),
        ([Outcome.BLOCKED], "no rule counts this towards dead"),
        ([Outcome.MALFORMED], "what is wrong with the address itself is shown at once"),
    ],
)
def test_the_rule_is_the_one_that_holds_or_is_met_first(outcomes: list[Outcome], told: str) -> None:
    looks = [look(one, SINCE.replace(day=1 + n)) for n, one in enumerate(outcomes)]
    assert rule(*looks) == f"  rule      {told}"


def test_a_dead_link_that_is_blocked_tonight_keeps_its_rule() -> None:
    gone = (look(Outcome.GONE), look(Outcome.GONE, SINCE.replace(day=2)))
    shown = rule(*gone, look(Outcome.BLOCKED, STATUS_DATE))
    assert shown.startswith("  rule      links.rules.explicit ")
    assert shown.endswith("2 looks over 2 nights, has 2 over 2: it holds")


def test_what_the_rule_counted_carries_a_star_and_stands_in_columns() -> None:
    text = link_report_text(
        story(
            look(Outcome.MISSING, evidence="404, twice"),
            look(Outcome.BLOCKED, SINCE.replace(day=2), evidence="429"),
            replace(
                look(Outcome.TIMEOUT, STATUS_DATE, evidence="no answer in time"), asked="github"
            ),
        )
    )
    assert text.endswith(
        "  looks     3, * counted by the rule\n"
        "  * 2026-12-01 missing  page    404, twice\n"
        "    2026-12-02 blocked  page    429\n"
        "  * 2026-12-03 timeout  github  no answer in time\n"
    )


@pytest.mark.parametrize(("evidence", "told"), [("200", "200, archived"), ("archived", "archived")])
def test_a_stale_link_tells_once_what_the_authority_said(evidence: str, told: str) -> None:
    seen = look(Outcome.OK, evidence=evidence)
    shown = link_report_text(story(replace(seen, asked="github", freshness=Freshness.ARCHIVED)))
    assert "  rule      what an authority says of freshness counts from the first look\n" in shown
    assert shown.endswith(f"    2026-12-01 ok  github  {told}\n")


def test_everything_stands_in_its_order() -> None:
    whole = replace(
        story(look(Outcome.MISSING)),
        verdict=Verdict(
            URL, State.SUSPECT, "missing", SINCE, 1, STATUS_DATE, "https://b.example/", URL
        ),
        places=(
            ListedLink("curated.md", 12, "A", "dead", kept=False),
            ListedLink("b.md", 1, "B", None, kept=True),
            ListedLink("c.md", 2, "C", None, kept=False, held_back=True),
        ),
        not_judged=(look(Outcome.SERVER_ERROR, STATUS_DATE),),
        overrides=(Decision(URL, "keep", "dead", STATUS_DATE, "it is fine", MOMENT),),
    )
    assert link_report_text(whole).splitlines() == [
        URL,
        "  verdict   suspect (missing) since 2026-12-01, 1 look",
        "  instead   https://b.example/",
        "  snapshot  https://a.example/x",
        (
            "  rule      links.rules.hard (missing, no such name, or deleted) takes 3 looks over "
            "7 nights, has 1 over 1: not yet"
        ),
        "  next      what comes",
        "  due       2026-12-03",
        "  in        curated.md:12 A (dead)",
        "  in        b.md:1 B (kept by a person)",
        "  in        c.md:2 C (flagged from the next night on: too many died at once)",
        "  decided   keep dead on 2026-12-03 until 2026-12-03: it is fine",
        "  looks     1, * counted by the rule",
        "  * 2026-12-01 missing       page  404",
        "    2026-12-03 server_error  page  404 [set aside: that night was not judged]",
    ]


def test_strangers_words_are_inert() -> None:
    whole = replace(
        story(look(Outcome.MISSING, evidence=HOSTILE)),
        url=URL + HOSTILE,
        places=(ListedLink("curated.md", 12, HOSTILE, None, kept=False),),
        overrides=(Decision(URL, "keep", None, None, HOSTILE, MOMENT),),
    )
    shown = link_report_text(whole)
    assert shown.count("red") == 4
    assert not set(shown) & set("\x1b\u202e")
