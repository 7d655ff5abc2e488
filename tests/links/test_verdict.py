"""The rules table of INTERFACE, case by case, and the properties that hold for any history."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import (
    State,
    Verdict,
    judge,
    nights_between,
    since_last_success,
    weigh,
)

FIRST = date(2026, 11, 1)
LINK = "https://example.org/page"
HERE, THERE = "https://example.org/new", "https://example.net/other"

# One character a night: what the look of that night showed.
LOOKS: dict[str, dict[str, object]] = {
    ".": {"outcome": Outcome.OK},
    "4": {"outcome": Outcome.MISSING},
    "0": {"outcome": Outcome.GONE},
    "n": {"outcome": Outcome.DNS},
    "5": {"outcome": Outcome.SERVER_ERROR},
    "o": {"outcome": Outcome.TIMEOUT},
    "l": {"outcome": Outcome.REDIRECT_LOOP},
    "h": {"outcome": Outcome.HOME_REDIRECT},
    "t": {"outcome": Outcome.TLS},
    "b": {"outcome": Outcome.BLOCKED},
    "p": {"outcome": Outcome.REFUSED_BY_POLICY},
    "f": {"outcome": Outcome.MALFORMED},
    "s": {"outcome": Outcome.SKIPPED},
    "r": {"outcome": Outcome.REDIRECTED, "permanent": True, "final_url": HERE},
    "R": {"outcome": Outcome.REDIRECTED, "permanent": True, "final_url": THERE},
    "~": {"outcome": Outcome.REDIRECTED, "permanent": False, "final_url": HERE},
    "A": {"outcome": Outcome.OK, "asked": "github", "freshness": Freshness.ARCHIVED},
    "I": {"outcome": Outcome.OK, "asked": "github", "freshness": Freshness.IDLE},
    "F": {"outcome": Outcome.OK, "asked": "github", "freshness": Freshness.FRESH},
    "S": {"outcome": Outcome.OK, "asked": "arxiv", "freshness": Freshness.SUPERSEDED},
    "m": {
        "outcome": Outcome.REDIRECTED,
        "asked": "github",
        "permanent": True,
        "final_url": HERE,
        "freshness": Freshness.FRESH,
    },
    "M": {
        "outcome": Outcome.REDIRECTED,
        "asked": "github",
        "permanent": True,
        "final_url": HERE,
        "freshness": Freshness.ARCHIVED,
    },
}


def history(nights: str) -> list[Observation]:
    """A history from one character a night; a blank is a night without a look."""
    return [look(index, sign) for index, sign in enumerate(nights) if sign != " "]


def look(index: int, sign: str) -> Observation:
    night = FIRST + timedelta(days=index)
    seen_at = datetime(night.year, night.month, night.day, 2, tzinfo=UTC)
    shown = {"asked": "page", **LOOKS[sign]}
    return Observation(LINK, night, seen_at, **shown)  # type: ignore[arg-type]


def conclude(nights: str) -> Verdict:
    return judge(LINK, history(nights), Rules())


@pytest.mark.parametrize(
    ("nights", "state", "reason", "since", "looks"),
    [
        ("", State.UNCHECKED, "", None, 0),
        ("s", State.UNCHECKED, "", None, 0),
        (".", State.ALIVE, "ok", 1, 1),
        ("...", State.ALIVE, "ok", 1, 3),
        # 410: two looks, on two nights.
        ("0", State.SUSPECT, "gone", 1, 1),
        ("00", State.DEAD, "gone", 1, 2),
        ("0.0", State.SUSPECT, "gone", 3, 1),
        # 404 and names that do not exist: three looks, seven nights, no success between.
        ("4", State.SUSPECT, "missing", 1, 1),
        ("444444", State.SUSPECT, "missing", 1, 6),
        ("4444444", State.DEAD, "missing", 1, 7),
        ("4  4  4", State.DEAD, "missing", 1, 3),
        ("4     4", State.SUSPECT, "missing", 1, 2),
        ("4     4  4", State.DEAD, "missing", 1, 3),
        ("444.444", State.SUSPECT, "missing", 5, 3),
        ("444444.", State.ALIVE, "ok", 7, 1),
        ("4444444.", State.ALIVE, "ok", 8, 1),
        ("nnnnnnn", State.DEAD, "dns", 1, 7),
        ("nnnn444", State.DEAD, "missing", 1, 7),
        # The weak kinds: three looks, fourteen nights.
        ("5555555555555", State.SUSPECT, "server_error", 1, 13),
        ("55555555555555", State.DEAD, "server_error", 1, 14),
        ("o            l", State.SUSPECT, "redirect_loop", 1, 2),
        ("o     o      l", State.DEAD, "redirect_loop", 1, 3),
        # A weak look is no hard one: three 404 within seven nights are still wanted.
        ("o44oooo", State.SUSPECT, "timeout", 1, 7),
        ("ooooo4  4   4", State.DEAD, "missing", 1, 8),
        # Soft kinds count like hard ones.
        ("hhhhhhh", State.DEAD, "home_redirect", 1, 7),
        ("hhh", State.SUSPECT, "home_redirect", 1, 3),
        # TLS is never dead, and never counts towards it.
        ("ttttttt", State.INSECURE, "tls", 1, 7),
        ("tttttt", State.SUSPECT, "tls", 1, 6),
        ("tttttttttttttttttttt", State.INSECURE, "tls", 1, 20),
        ("ttttttt.", State.ALIVE, "ok", 8, 1),
        ("t5t5t5t5t5t5t", State.INSECURE, "tls", 1, 13),
        # The streak is one, whatever fails in it: `since` is its first look.
        ("5ttttttt", State.INSECURE, "tls", 1, 8),
        ("t4444444", State.DEAD, "missing", 1, 8),
        # Blocked is from the first night on, neither life nor death.
        ("b", State.BLOCKED, "blocked", 1, 1),
        ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", State.BLOCKED, "blocked", 1, 30),
        ("444b", State.BLOCKED, "blocked", 4, 1),
        ("4b4b4b4", State.DEAD, "missing", 1, 4),
        ("44b", State.BLOCKED, "blocked", 3, 1),
        ("4444444b", State.DEAD, "missing", 1, 7),
        (".b", State.BLOCKED, "blocked", 2, 1),
        # Refused is shown at once.
        ("p", State.REFUSED, "refused_by_policy", 1, 1),
        ("f", State.REFUSED, "malformed", 1, 1),
        ("ff", State.REFUSED, "malformed", 1, 2),
        ("p.", State.ALIVE, "ok", 2, 1),
        # Moved: the same good end on two looks over three nights.
        ("r", State.ALIVE, "redirected", 1, 1),
        ("rr", State.ALIVE, "redirected", 1, 2),
        ("r r", State.MOVED, "redirected", 1, 2),
        ("rrr", State.MOVED, "redirected", 1, 3),
        ("rrR", State.ALIVE, "redirected", 1, 3),
        ("rRr", State.ALIVE, "redirected", 1, 3),
        ("rrrRRR", State.MOVED, "redirected", 4, 3),
        ("~~~~~", State.ALIVE, "redirected", 1, 5),
        ("rrr.", State.ALIVE, "ok", 1, 4),
        ("mmm", State.MOVED, "renamed", 1, 3),
        ("rrm", State.MOVED, "renamed", 1, 3),
        ("mmr", State.MOVED, "redirected", 1, 3),
        ("mrm", State.MOVED, "renamed", 1, 3),
        # A conclusion stands through a bad night that proves nothing yet.
        ("rrr4", State.MOVED, "redirected", 1, 3),
        ("rrr4444444", State.DEAD, "missing", 4, 7),
        ("A5", State.STALE, "archived", 1, 1),
        ("rrrb", State.MOVED, "redirected", 1, 3),
        # Stale: one look, as an authority says.
        ("A", State.STALE, "archived", 1, 1),
        ("AAA", State.STALE, "archived", 1, 3),
        ("FFA", State.STALE, "archived", 3, 1),
        ("AF", State.ALIVE, "ok", 1, 2),
        ("IIA", State.STALE, "archived", 3, 1),
        ("A4444444", State.DEAD, "missing", 2, 7),
        ("MMM", State.STALE, "archived", 1, 3),
        ("SS", State.STALE, "superseded", 1, 2),
        ("SSF", State.ALIVE, "ok", 1, 3),
    ],
)
def test_a_history_leads_to_one_verdict(
    nights: str, state: State, reason: str, since: int | None, looks: int
) -> None:
    verdict = conclude(nights)
    night = None if since is None else FIRST + timedelta(days=since - 1)
    assert (verdict.state, verdict.reason, verdict.since) == (state, reason, night)
    assert (verdict.nights, verdict.link) == (looks, LINK)


def test_a_moved_link_suggests_where_it_went() -> None:
    assert conclude("rrr").suggestion == HERE
    assert conclude("rrrRRR").suggestion == THERE


@pytest.mark.parametrize(
    ("link", "sign", "reason"),
    [
        ("http://example.org/new", "r", "upgraded"),
        ("http://example.org/new/", "r", "upgraded"),
        ("http://example.org/old", "r", "redirected"),
        ("https://example.org/new/", "r", "redirected"),
        ("http://example.org/new", "R", "redirected"),
        ("http://example.org/new", "m", "renamed"),
    ],
)
def test_a_move_to_https_and_nowhere_else_is_of_its_own_kind(
    link: str, sign: str, reason: str
) -> None:
    verdict = judge(link, history(sign * 3), Rules())
    assert (verdict.state, verdict.reason) == (State.MOVED, reason)


def test_an_archived_repository_keeps_its_new_address_as_suggestion() -> None:
    assert conclude("MMM").suggestion == HERE
    assert conclude("M").suggestion is None


def test_what_nobody_looked_at_is_some_links_verdict_too() -> None:
    assert conclude("s").link == LINK


def test_no_looks_are_no_nights_and_no_streak() -> None:
    assert nights_between(()) == 0
    assert since_last_success(()) == ()


@pytest.mark.parametrize(
    ("nights", "rule", "counted"),
    [
        ("00", "explicit", 2),
        ("4444440", "hard", 7),
        ("h444444", "soft", 7),
        ("o4     4     4", "hard", 3),
        ("o4            4", "weak", 3),
        ("t5t5t5t5t5t5t", "insecure", 7),
        ("rrr", "moved", 3),
        ("RRrrr", "moved", 3),
        ("444", "", 3),
        ("A", "", 1),
        ("", "", 0),
    ],
)
def test_a_verdict_knows_its_rule_and_the_looks_that_it_counted(
    nights: str, rule: str, counted: int
) -> None:
    found = weigh(LINK, history(nights), Rules())
    assert (found.rule, len(found.counted)) == (rule, counted)


def test_the_last_look_is_known_whatever_the_verdict() -> None:
    assert conclude("4444444  b").last_checked == FIRST + timedelta(days=9)
    assert conclude(".  s").last_checked == FIRST


SIGNS = st.text(st.sampled_from(sorted(LOOKS)), max_size=40)
FLAGGED = (State.DEAD, State.INSECURE)


@given(SIGNS)
def test_a_success_at_the_end_is_never_dead_or_insecure(nights: str) -> None:
    assert conclude(nights + ".").state not in (*FLAGGED, State.SUSPECT, State.BLOCKED)


@given(SIGNS, SIGNS)
def test_what_came_before_a_success_never_makes_a_link_dead(before: str, after: str) -> None:
    alone, together = conclude(after), conclude(before + "." + after)
    if together.state in FLAGGED:
        assert alone.state is together.state


SUCCESSES = ".~F"
"""Looks that find it well and say nothing else."""
UNFLAGGED = (State.ALIVE, State.SUSPECT, State.BLOCKED, State.UNCHECKED)


@given(SIGNS, st.integers(0, 40), st.sampled_from(SUCCESSES))
def test_adding_a_success_anywhere_never_makes_a_flag(nights: str, at: int, success: str) -> None:
    before, after = conclude(nights), conclude(nights[:at] + success + nights[at:])
    if before.state in UNFLAGGED:
        assert after.state in UNFLAGGED
    if after.state in FLAGGED:  # what stands behind the success was enough alone
        assert before.state in FLAGGED


@given(SIGNS, st.integers(0, 40), st.sampled_from(SUCCESSES))
def test_a_success_in_the_place_of_any_look_never_kills(nights: str, at: int, success: str) -> None:
    after = conclude(nights[:at] + success + nights[at + 1 :])
    if after.state in FLAGGED:
        assert conclude(nights).state in FLAGGED


@given(SIGNS)
def test_judging_twice_changes_nothing(nights: str) -> None:
    looks = history(nights)
    kept = list(looks)
    assert judge(LINK, looks, Rules()) == judge(LINK, tuple(looks), Rules())
    assert looks == kept


@given(SIGNS)
def test_a_night_without_a_look_changes_nothing(nights: str) -> None:
    assert conclude(nights + "s ") == conclude(nights)


@given(SIGNS)
def test_since_never_moves_forward_while_nothing_succeeds(nights: str) -> None:
    failing = (State.SUSPECT, State.DEAD, State.INSECURE)
    since: date | None = None
    for length in range(1, len(nights) + 1):
        now = conclude(nights[:length])
        if LOOKS[nights[length - 1]]["outcome"] in (Outcome.OK, Outcome.REDIRECTED):
            since = None
        if now.state in failing:
            assert now.since is not None
            assert since is None or now.since <= since
            since = now.since


@given(SIGNS)
def test_since_never_moves_while_the_verdict_stands(nights: str) -> None:
    earlier = conclude("")
    for length in range(1, len(nights) + 1):
        now = conclude(nights[:length])
        standing = (now.state, now.reason) == (earlier.state, earlier.reason)
        streak = State.DEAD, State.INSECURE, State.STALE, State.REFUSED
        if standing and now.state in streak and earlier.since is not None:
            assert now.since == earlier.since
        earlier = now


@given(st.text(st.sampled_from("b."), min_size=1, max_size=60))
def test_blocked_looks_never_count_towards_dead(nights: str) -> None:
    assert conclude(nights).state in (State.ALIVE, State.BLOCKED)


@given(st.text(st.sampled_from("t"), min_size=1, max_size=60))
def test_tls_faults_never_count_towards_dead(nights: str) -> None:
    assert conclude(nights).state in (State.SUSPECT, State.INSECURE)
