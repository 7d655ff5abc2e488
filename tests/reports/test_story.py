"""One link's story: the conclusion first, then the rule, what comes next, and every look."""

from dataclasses import replace
from datetime import date

import pytest

from links.observation import Freshness, Observation, Outcome
from links.verdict import Rules, State, Verdict
from reports.story import Place, Story, as_text
from tests.reports.stock import HOSTILE, MOMENT, NIGHT, SINCE
from warehouse.decisions import Decision

URL = "https://a.example/x"


def look(outcome: Outcome, night: date = SINCE, **changes: str) -> Observation:
    return Observation(URL, night, MOMENT, outcome, "page", evidence=changes.get("evidence", "404"))


def story(state: State, reason: str, *history: Observation) -> Story:
    verdict = Verdict(URL, state, reason, SINCE, len(history), NIGHT)
    return Story(URL, verdict, (), history, (), Rules(), "what comes", ())


@pytest.mark.parametrize(
    ("state", "last", "rule"),
    [
        (State.SUSPECT, Outcome.MISSING, "links.rules.hard: 3 looks, at least 7 nights"),
        (State.SUSPECT, Outcome.GONE, "links.rules.explicit: 2 looks, at least 2 nights"),
        (State.DEAD, Outcome.PARKED, "links.rules.soft: 3 looks, at least 7 nights"),
        (State.DEAD, Outcome.TIMEOUT, "links.rules.weak: 3 looks, at least 14 nights"),
        (State.INSECURE, Outcome.TLS, "links.rules.insecure: 3 looks, at least 7 nights"),
        (State.MOVED, Outcome.REDIRECTED, "links.rules.moved: 2 looks, at least 3 nights"),
        (State.ALIVE, Outcome.OK, "a look that finds it well counts at once"),
        (State.BLOCKED, Outcome.BLOCKED, "no rule counts this towards dead"),
        (State.REFUSED, Outcome.MALFORMED, "no rule counts this towards dead"),
        (State.STALE, Outcome.OK, "what an authority says of freshness counts from the first"),
    ],
)
def test_the_rule_is_the_one_that_the_verdict_rests_on(
    state: State, last: Outcome, rule: str
) -> None:
    assert f"  rule      {rule}" in as_text(story(state, str(last), look(last)))


def test_a_dead_link_that_is_blocked_tonight_keeps_its_rule() -> None:
    shown = story(State.DEAD, "gone", look(Outcome.GONE), look(Outcome.BLOCKED, NIGHT))
    assert "  rule      links.rules.explicit:" in as_text(shown)


def test_a_stale_link_tells_what_the_authority_said() -> None:
    seen = replace(look(Outcome.OK, evidence="200"), asked="github", freshness=Freshness.ARCHIVED)
    shown = as_text(story(State.STALE, "archived", seen))
    assert "    2026-12-01 ok by github: 200, archived\n" in shown


def test_everything_stands_in_its_order() -> None:
    whole = replace(
        story(State.DEAD, "missing", replace(look(Outcome.MISSING), looks=2)),
        places=(
            Place("curated.md", 12, "A", "dead", kept=False),
            Place("b.md", 1, "B", None, kept=True),
        ),
        set_aside=(look(Outcome.SERVER_ERROR, NIGHT),),
        decisions=(Decision(URL, "keep", "dead", NIGHT, "it is fine", MOMENT),),
    )
    assert as_text(whole).splitlines() == [
        URL,
        "  verdict   dead (missing) since 2026-12-01, 1 look",
        "  rule      links.rules.hard: 3 looks, at least 7 nights from first to last",
        "  next      what comes",
        "  in        curated.md:12 A (dead)",
        "  in        b.md:1 B (kept by a person)",
        "  decided   keep dead until 2026-12-03: it is fine",
        "  looks     1",
        "    2026-12-01 missing: 404 [2 looks]",
        "    2026-12-03 server_error: 404 [set aside: that night was not judged]",
    ]


def test_strangers_words_are_inert() -> None:
    whole = replace(
        story(State.DEAD, "missing", look(Outcome.MISSING, evidence=HOSTILE)),
        url=URL + HOSTILE,
        places=(Place("curated.md", 12, HOSTILE, None, kept=False),),
        decisions=(Decision(URL, "keep", None, None, HOSTILE, MOMENT),),
    )
    shown = as_text(whole)
    assert shown.count("red") == 4
    assert not set(shown) & set("\x1b\u202e")
