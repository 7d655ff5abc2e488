"""The views answer what people ask, on a story of four nights."""

from collections.abc import Iterator

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.sources.item import SourceState
from staycurrent.warehouse import candidates, items, overrides
from staycurrent.warehouse.open import Warehouse, open_in_memory
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import (
    CODE,
    PAPER,
    at,
    began,
    candidate,
    conclude,
    decision,
    ended,
    item,
    night,
    pull,
    verdict,
)

OTHER = "https://example.org/other"
FORMER = "https://example.org/former"


@pytest.fixture(scope="module")
def story() -> Iterator[Warehouse]:
    """The paper fails from the second night on; the third night is not judged.

    One link left the list after the first night.
    """
    with open_in_memory() as w:
        former = verdict(FORMER, VerdictState.DEAD, since=1, nights=1, last=1)
        first = {PAPER: Outcome.OK, OTHER: Outcome.OK, CODE: Outcome.BLOCKED}
        _concluded(w, 1, first, former, since=1)
        _concluded(w, 2, {PAPER: Outcome.MISSING, OTHER: Outcome.OK}, since=2)
        offline = began(w, 3, {PAPER: Outcome.TIMEOUT, OTHER: Outcome.TIMEOUT})
        ended(w, offline, 3, RunStatus.NOT_JUDGED)
        _concluded(w, 4, {PAPER: Outcome.MISSING}, since=2)
        items.add(w, night(1), pull(item("a/one", 1)), pulled_at=at(1))
        down = pull(state=SourceState.STALE, note="no answer")
        items.add(w, night(4), down, pulled_at=at(4))
        candidates.record(w, night(1), [candidate("a/one", 0.5, 1), candidate("b/two", 0.7, 1)])
        candidates.record(w, night(4), [candidate("a/one", 0.6, 4)])
        overrides.add(w, decision(PAPER, 1, until=3))
        overrides.add(w, decision(CODE, 1, verdict="blocked"))
        yield w


def _concluded(w: Warehouse, n: int, seen: dict[str, Outcome], *also: Verdict, since: int) -> None:
    run_id = began(w, n, seen)
    failing = seen[PAPER] is Outcome.MISSING
    state = VerdictState.SUSPECT if failing else VerdictState.ALIVE
    found = [
        verdict(PAPER, state, since=since, nights=n - since + 1, last=n),
        verdict(OTHER, VerdictState.ALIVE, since=1, nights=min(n, 2), last=min(n, 2)),
        Verdict(CODE, VerdictState.BLOCKED, "blocked", night(1), 1, night(1)),
        *also,
    ]
    ended(w, run_id, n)
    conclude(w, run_id, *found)


def test_states_by_date_count_the_links_of_each_judged_date(story: Warehouse) -> None:
    assert story.select("FROM states_by_date") == [
        (night(1), "alive", 2),
        (night(1), "dead", 1),
        (night(1), "blocked", 1),
        (night(2), "alive", 1),
        (night(2), "suspect", 1),
        (night(2), "blocked", 1),
        (night(4), "alive", 1),
        (night(4), "suspect", 1),
        (night(4), "blocked", 1),
    ]


def test_latest_verdicts_say_what_is_concluded_of_each_link(story: Warehouse) -> None:
    columns = "link, state, reason, since, checks, last_checked, changed_on, judged_on"
    assert story.select(f"SELECT {columns} FROM latest_verdicts") == [  # noqa: S608
        (CODE, "blocked", "blocked", night(1), 1, night(1), night(1), night(4)),
        (FORMER, "dead", "missing", night(1), 1, night(1), night(1), night(1)),
        (OTHER, "alive", "", night(1), 2, night(2), night(1), night(4)),
        (PAPER, "suspect", "missing", night(2), 3, night(4), night(2), night(4)),
    ]


def test_failing_hosts_say_how_many_of_how_many_since_when_and_why(story: Warehouse) -> None:
    assert story.select("FROM failing_hosts") == [("example.org", 1, 2, 0.5, night(2), ["missing"])]


def test_a_links_timeline_has_every_judged_check_with_run_and_evidence(story: Warehouse) -> None:
    wanted = "SELECT run_date, outcome, evidence, run_id FROM link_timeline WHERE link = ?"
    assert story.select(wanted, PAPER) == [
        (night(1), "ok", "ok", 1),
        (night(2), "missing", "missing", 2),
        (night(4), "missing", "missing", 4),
    ]


def test_verdict_changes_have_the_previous_state(story: Warehouse) -> None:
    wanted = "SELECT run_date, previous, state FROM verdict_changes WHERE link = ?"
    assert story.select(wanted, PAPER) == [
        (night(1), None, "alive"),
        (night(2), "alive", "suspect"),
    ]


def test_run_days_say_how_each_date_went(story: Warehouse) -> None:
    columns = "run_date, status, reason, runs, links, checked, requests, outcomes"
    assert story.select(f"SELECT {columns} FROM run_days") == [  # noqa: S608
        (night(1), "judged", "", 1, 3, 3, 5, {"ok": 2, "blocked": 1}),
        (night(2), "judged", "", 1, 2, 2, 5, {"ok": 1, "missing": 1}),
        (night(3), "not_judged", "no canary answered", 1, 2, 2, 5, {"timeout": 2}),
        (night(4), "judged", "", 1, 1, 1, 5, {"missing": 1}),
    ]


def test_feed_health_says_how_a_feed_is_and_when_it_last_brought_something(
    story: Warehouse,
) -> None:
    assert story.select("FROM feed_health") == [
        ("github_trending", "stale", "", 0, "no answer", night(4), night(1), 1, 2)
    ]


def test_current_candidates_are_the_last_selection(story: Warehouse) -> None:
    wanted = "SELECT title, score, first_seen, selected_on FROM current_candidates"
    assert story.select(wanted) == [("a/one", 0.6, night(1), night(4))]


def test_active_overrides_applied_in_the_last_run(story: Warehouse) -> None:
    wanted = "SELECT url, kind, verdict, until FROM active_overrides"
    assert story.select(wanted) == [(CODE, "keep", "blocked", None)]
