"""The rules table of INTERFACE, case by case, and the properties that hold for any history."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.observation import (
    IN_GONE_PROJECT,
    IN_KNOWN_PROJECT,
    Freshness,
    Observation,
    Outcome,
)
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import (
    Verdict,
    VerdictState,
    conclude,
    conclude_verdict,
    days_covered,
    since_last_success,
)

FIRST = date(2026, 11, 1)
LINK = "https://example.org/page"
HERE, THERE = "https://example.org/new", "https://example.net/other"
BELOW = "https://docs.example.org/new"

# One character a day: the result of that day's check.
CHECKS: dict[str, dict[str, object]] = {
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
    "k": {"outcome": Outcome.BLOCKED, "evidence": f"302, closed{IN_KNOWN_PROJECT}"},
    "x": {"outcome": Outcome.MISSING, "checked_by": "gitlab", "evidence": IN_GONE_PROJECT},
    "p": {"outcome": Outcome.REFUSED_BY_POLICY},
    "f": {"outcome": Outcome.MALFORMED},
    "s": {"outcome": Outcome.SKIPPED},
    "r": {"outcome": Outcome.REDIRECTED, "permanent": True, "final_url": HERE},
    "R": {"outcome": Outcome.REDIRECTED, "permanent": True, "final_url": THERE},
    "d": {"outcome": Outcome.REDIRECTED, "permanent": True, "final_url": BELOW},
    "~": {"outcome": Outcome.REDIRECTED, "permanent": False, "final_url": HERE},
    "D": {"outcome": Outcome.OK, "freshness": Freshness.DISABLED},
    "A": {"outcome": Outcome.OK, "checked_by": "github", "freshness": Freshness.ARCHIVED},
    "I": {"outcome": Outcome.OK, "checked_by": "github", "freshness": Freshness.IDLE},
    "F": {"outcome": Outcome.OK, "checked_by": "github", "freshness": Freshness.FRESH},
    "w": {"outcome": Outcome.MISSING, "final_url": HERE},
    "W": {"outcome": Outcome.DNS, "evidence": f"no name, behind a redirect to {THERE}, twice"},
    "g": {"outcome": Outcome.MISSING, "checked_by": "github", "final_url": HERE},
    "u": {"outcome": Outcome.TAKEN_OVER, "checked_by": "github"},
    "S": {"outcome": Outcome.OK, "checked_by": "arxiv", "freshness": Freshness.SUPERSEDED},
    "N": {
        "outcome": Outcome.REDIRECTED,
        "checked_by": "pypi",
        "permanent": True,
        "final_url": HERE,
        "evidence": f"now at {HERE}; there, active",
    },
    "m": {
        "outcome": Outcome.REDIRECTED,
        "checked_by": "github",
        "permanent": True,
        "final_url": HERE,
        "freshness": Freshness.FRESH,
    },
    "M": {
        "outcome": Outcome.REDIRECTED,
        "checked_by": "github",
        "permanent": True,
        "final_url": HERE,
        "freshness": Freshness.ARCHIVED,
    },
}


def history(nights: str) -> list[Observation]:
    """A history with one character per day; a blank is a day without a check."""
    return [observation_of(index, sign) for index, sign in enumerate(nights) if sign != " "]


def observation_of(index: int, sign: str) -> Observation:
    run_date = FIRST + timedelta(days=index)
    seen_at = datetime(run_date.year, run_date.month, run_date.day, 2, tzinfo=UTC)
    fields = {"checked_by": "page", **CHECKS[sign]}
    return Observation(LINK, run_date, seen_at, **fields)  # type: ignore[arg-type]


def verdict_of(nights: str) -> Verdict:
    return conclude_verdict(LINK, history(nights), Rules())


@pytest.mark.parametrize(
    ("nights", "state", "reason", "since", "checks"),
    [
        ("", VerdictState.UNCHECKED, "", None, 0),
        ("s", VerdictState.UNCHECKED, "", None, 0),
        (".", VerdictState.ALIVE, "ok", 1, 1),
        ("...", VerdictState.ALIVE, "ok", 1, 3),
        # 410: two checks, on two days.
        ("0", VerdictState.SUSPECT, "gone", 1, 1),
        ("00", VerdictState.DEAD, "gone", 1, 2),
        ("0.0", VerdictState.SUSPECT, "gone", 3, 1),
        # 404 and names that do not exist: three checks, seven days, no success in between.
        ("4", VerdictState.SUSPECT, "missing", 1, 1),
        ("444444", VerdictState.SUSPECT, "missing", 1, 6),
        ("4444444", VerdictState.DEAD, "missing", 1, 7),
        ("4  4  4", VerdictState.DEAD, "missing", 1, 3),
        ("4     4", VerdictState.SUSPECT, "missing", 1, 2),
        ("4     4  4", VerdictState.DEAD, "missing", 1, 3),
        ("444.444", VerdictState.SUSPECT, "missing", 5, 3),
        ("444444.", VerdictState.ALIVE, "ok", 7, 1),
        ("4444444.", VerdictState.ALIVE, "ok", 8, 1),
        ("nnnnnnn", VerdictState.DEAD, "dns", 1, 7),
        ("nnnn444", VerdictState.DEAD, "missing", 1, 7),
        # The weak kinds: three checks, fourteen days.
        ("5555555555555", VerdictState.SUSPECT, "server_error", 1, 13),
        ("55555555555555", VerdictState.DEAD, "server_error", 1, 14),
        ("o            l", VerdictState.SUSPECT, "redirect_loop", 1, 2),
        ("o     o      l", VerdictState.DEAD, "redirect_loop", 1, 3),
        # A weak failure does not count as a hard one: three 404 within seven days are still needed.
        ("o44oooo", VerdictState.SUSPECT, "timeout", 1, 7),
        ("ooooo4  4   4", VerdictState.DEAD, "missing", 1, 8),
        # Soft kinds count like hard ones.
        ("hhhhhhh", VerdictState.DEAD, "home_redirect", 1, 7),
        ("hhh", VerdictState.SUSPECT, "home_redirect", 1, 3),
        # TLS is never dead, and never counts towards it.
        ("ttttttt", VerdictState.INSECURE, "tls", 1, 7),
        ("tttttt", VerdictState.SUSPECT, "tls", 1, 6),
        ("tttttttttttttttttttt", VerdictState.INSECURE, "tls", 1, 20),
        ("ttttttt.", VerdictState.ALIVE, "ok", 8, 1),
        ("t5t5t5t5t5t5t", VerdictState.INSECURE, "tls", 1, 13),
        # Different failures form one streak: `since` is its first check.
        ("5ttttttt", VerdictState.INSECURE, "tls", 1, 8),
        ("t4444444", VerdictState.DEAD, "missing", 1, 8),
        # Blocked applies from the first day on; it is neither alive nor dead.
        ("b", VerdictState.BLOCKED, "blocked", 1, 1),
        ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", VerdictState.BLOCKED, "blocked", 1, 30),
        ("444b", VerdictState.BLOCKED, "blocked", 4, 1),
        ("4b4b4b4", VerdictState.DEAD, "missing", 1, 4),
        ("44b", VerdictState.BLOCKED, "blocked", 3, 1),
        ("4444444b", VerdictState.DEAD, "missing", 1, 7),
        (".b", VerdictState.BLOCKED, "blocked", 2, 1),
        # Nor does it if the project of a closed page is there, unless that was gone before.
        ("4444444k", VerdictState.DEAD, "missing", 1, 7),
        ("xxxxxxxb", VerdictState.DEAD, "missing", 1, 7),
        ("xxxxxxxk", VerdictState.BLOCKED, "blocked", 8, 1),
        ("xxxxxxxkkb", VerdictState.BLOCKED, "blocked", 8, 3),
        ("xxxxxxxk444k4", VerdictState.SUSPECT, "missing", 9, 4),
        ("xxxxxxxkxx", VerdictState.SUSPECT, "missing", 9, 2),
        # Refused is shown at once.
        ("p", VerdictState.REFUSED, "refused_by_policy", 1, 1),
        ("f", VerdictState.REFUSED, "malformed", 1, 1),
        ("ff", VerdictState.REFUSED, "malformed", 1, 2),
        ("p.", VerdictState.ALIVE, "ok", 2, 1),
        # Moved: the same working target on two checks over three days.
        ("r", VerdictState.ALIVE, "redirected", 1, 1),
        ("rr", VerdictState.ALIVE, "redirected", 1, 2),
        ("r r", VerdictState.MOVED, "redirected", 1, 2),
        ("rrr", VerdictState.MOVED, "redirected", 1, 3),
        ("rrR", VerdictState.ALIVE, "redirected", 1, 3),
        ("rRr", VerdictState.ALIVE, "redirected", 1, 3),
        ("rrrRRR", VerdictState.MOVED, "redirected", 4, 3),
        ("rrrR", VerdictState.MOVED, "redirected", 1, 3),  # moved again: no flicker
        ("rrrR4", VerdictState.MOVED, "redirected", 1, 3),
        ("rrrRrrr", VerdictState.MOVED, "redirected", 1, 6),  # it was there all the time
        ("rrrRrRRrrr", VerdictState.MOVED, "redirected", 1, 6),
        ("rrrRRRrrr", VerdictState.MOVED, "redirected", 7, 3),
        ("rrr.rrr", VerdictState.MOVED, "redirected", 5, 3),
        ("rRrrr", VerdictState.MOVED, "redirected", 3, 3),
        ("rrrRr", VerdictState.MOVED, "redirected", 1, 3),  # and back
        ("rrrRrr", VerdictState.MOVED, "redirected", 1, 3),
        ("rrrRrRrR", VerdictState.ALIVE, "redirected", 1, 8),  # and never settles
        ("rrr.R", VerdictState.ALIVE, "redirected", 1, 5),
        ("~~~~~", VerdictState.ALIVE, "redirected", 1, 5),
        ("rrr.", VerdictState.ALIVE, "ok", 1, 4),
        ("mmm", VerdictState.MOVED, "renamed", 1, 3),
        ("rrm", VerdictState.MOVED, "renamed", 1, 3),
        ("mmr", VerdictState.MOVED, "redirected", 1, 3),
        ("mrm", VerdictState.MOVED, "renamed", 1, 3),
        # A verdict is kept through a failure that does not meet a rule yet.
        ("rrr4", VerdictState.MOVED, "redirected", 1, 3),
        ("rrr4444444", VerdictState.DEAD, "missing", 4, 7),
        ("A5", VerdictState.STALE, "archived", 1, 1),
        ("rrrb", VerdictState.MOVED, "redirected", 1, 3),
        # Stale: one check, as reported by a provider.
        ("A", VerdictState.STALE, "archived", 1, 1),
        ("AAA", VerdictState.STALE, "archived", 1, 3),
        ("FFA", VerdictState.STALE, "archived", 3, 1),
        ("DDA", VerdictState.STALE, "archived", 1, 3),  # one flag, one date
        ("AF", VerdictState.ALIVE, "ok", 1, 2),
        ("IIA", VerdictState.STALE, "archived", 3, 1),
        ("A4444444", VerdictState.DEAD, "missing", 2, 7),
        ("MMM", VerdictState.STALE, "archived", 1, 3),
        ("SS", VerdictState.STALE, "superseded", 1, 2),
        ("SSF", VerdictState.ALIVE, "ok", 1, 3),
    ],
)
def test_a_history_leads_to_one_verdict(
    nights: str, state: VerdictState, reason: str, since: int | None, checks: int
) -> None:
    verdict = verdict_of(nights)
    run_date = None if since is None else FIRST + timedelta(days=since - 1)
    assert (verdict.state, verdict.reason, verdict.since) == (state, reason, run_date)
    assert (verdict.checks, verdict.link) == (checks, LINK)


def test_a_moved_link_suggests_where_it_went() -> None:
    assert verdict_of("rrr").suggestion == HERE
    assert verdict_of("rrrR").suggestion == HERE
    assert verdict_of("rrrRRR").suggestion == THERE


@pytest.mark.parametrize(
    ("link", "sign", "reason"),
    [
        ("http://example.org/new", "r", "upgraded"),
        ("http://example.org/new/", "r", "upgraded"),
        ("http://example.org/old", "r", "redirected"),
        ("https://example.org/new/", "r", "redirected"),
        ("http://example.org/new", "R", "redirected"),
        ("http://example.org/new", "m", "renamed"),
        ("http://example.org/old", "N", "redirected"),
    ],
)
def test_a_move_that_changes_only_the_scheme_to_https_is_an_upgrade(
    link: str, sign: str, reason: str
) -> None:
    verdict = conclude_verdict(link, history(sign * 3), Rules())
    assert (verdict.state, verdict.reason) == (VerdictState.MOVED, reason)


def test_what_a_provider_misses_may_have_a_suggestion() -> None:
    assert verdict_of("g   g   g").suggestion == HERE
    assert verdict_of("g   g   4").suggestion is None
    assert verdict_of("w   w   w").suggestion is None
    assert verdict_of("r   4   4   4   4").suggestion is None


@pytest.mark.parametrize(
    ("link", "nights", "suggestion"),
    [
        (LINK, "rrr4444444", HERE),
        (LINK, "rrrb00", HERE),
        (LINK, "rrrhhhhhhh", HERE),
        (LINK, "RRRnnnnnnn", THERE),
        (LINK, f"RRR{'5' * 14}", THERE),
        (LINK, "RRRttttttt", THERE),
        (LINK, "rrrttttttt", None),
        (LINK, "rrrnnnnnnn", None),  # its host is gone, so the new address is
        (LINK, f"rrr{'o' * 14}", None),
        (LINK, "RRRWWWWWWW", None),  # the redirect is still there
        (LINK, "r4444444", None),
        (LINK, "rrr.4444444", None),
        (LINK, "RRRu4444444", None),
        (LINK, "mmmxxxxxxx", None),  # the provider would know it under its new name
        ("http://example.org/new", "rrr4444444", None),  # https failed, too
        ("https://docs.example.org/", "rrrnnnnnnn", HERE),
        ("https://www.example.org/", "rrrnnnnnnn", None),  # one site, which is lost
        (LINK, "dddnnnnnnn", None),  # a name below the lost one is lost with it
        (LINK, "ddd4444444", BELOW),
    ],
)
def test_what_moved_before_it_was_lost_suggests_where_it_went(
    link: str, nights: str, suggestion: str | None
) -> None:
    verdict = conclude_verdict(link, history(nights), Rules())
    assert verdict.state is (VerdictState.INSECURE if "t" in nights else VerdictState.DEAD)
    assert verdict.suggestion == suggestion


@pytest.mark.parametrize(
    ("nights", "state"), [("uuuggg", VerdictState.USURPED), ("uuggggg", VerdictState.DEAD)]
)
def test_nothing_of_a_usurper_is_suggested_whatever_is_missing_there(
    nights: str, state: VerdictState
) -> None:
    verdict = verdict_of(nights)
    assert (verdict.state, verdict.suggestion) == (state, None)


def test_an_archived_repository_keeps_its_new_address_as_suggestion() -> None:
    assert verdict_of("MMM").suggestion == HERE
    assert verdict_of("M").suggestion is None


def test_the_verdict_of_an_unchecked_link_names_the_link() -> None:
    assert verdict_of("s").link == LINK


def test_without_checks_there_are_no_days_and_no_streak() -> None:
    assert days_covered(()) == 0
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
def test_a_conclusion_has_its_rule_and_the_checks_it_counted(
    nights: str, rule: str, counted: int
) -> None:
    conclusion = conclude(LINK, history(nights), Rules())
    assert (conclusion.rule, len(conclusion.counted)) == (rule, counted)


def test_the_date_of_the_last_check_is_kept_for_any_verdict() -> None:
    assert verdict_of("4444444  b").last_checked == FIRST + timedelta(days=9)
    assert verdict_of(".  s").last_checked == FIRST


CHECK_SEQUENCES = st.text(st.sampled_from(sorted(CHECKS)), max_size=40)
FLAGGED = (VerdictState.DEAD, VerdictState.INSECURE)


@given(CHECK_SEQUENCES)
def test_a_success_at_the_end_is_never_dead_or_insecure(nights: str) -> None:
    assert verdict_of(nights + ".").state not in (
        *FLAGGED,
        VerdictState.SUSPECT,
        VerdictState.BLOCKED,
    )


@given(CHECK_SEQUENCES, CHECK_SEQUENCES)
def test_checks_before_a_success_never_make_a_link_dead(before: str, after: str) -> None:
    alone, together = verdict_of(after), verdict_of(before + "." + after)
    if together.state in FLAGGED:
        assert alone.state is together.state


SUCCESSES = ".~F"
"""Successful checks without any other information."""
UNFLAGGED = (VerdictState.ALIVE, VerdictState.SUSPECT, VerdictState.BLOCKED, VerdictState.UNCHECKED)


@given(CHECK_SEQUENCES, st.integers(0, 40), st.sampled_from(SUCCESSES))
def test_adding_a_success_anywhere_never_makes_a_flag(nights: str, at: int, success: str) -> None:
    before, after = verdict_of(nights), verdict_of(nights[:at] + success + nights[at:])
    if before.state in UNFLAGGED:
        assert after.state in UNFLAGGED
    if after.state in FLAGGED:  # the checks after the success were enough alone
        assert before.state in FLAGGED


@given(CHECK_SEQUENCES, st.integers(0, 40), st.sampled_from(SUCCESSES))
def test_replacing_any_check_by_a_success_never_makes_a_flag(
    nights: str, at: int, success: str
) -> None:
    after = verdict_of(nights[:at] + success + nights[at + 1 :])
    if after.state in FLAGGED:
        assert verdict_of(nights).state in FLAGGED


@given(CHECK_SEQUENCES)
def test_concluding_twice_gives_the_same_verdict(nights: str) -> None:
    checks = history(nights)
    kept = list(checks)
    assert conclude_verdict(LINK, checks, Rules()) == conclude_verdict(LINK, tuple(checks), Rules())
    assert checks == kept


@given(CHECK_SEQUENCES)
def test_a_day_without_a_check_changes_nothing(nights: str) -> None:
    assert verdict_of(nights + "s ") == verdict_of(nights)


@given(CHECK_SEQUENCES)
def test_since_never_moves_forward_while_nothing_succeeds(nights: str) -> None:
    failing = (VerdictState.SUSPECT, VerdictState.DEAD, VerdictState.INSECURE)
    since: date | None = None
    for length in range(1, len(nights) + 1):
        now = verdict_of(nights[:length])
        last = nights[length - 1]
        if last == "k" or CHECKS[last]["outcome"] in (Outcome.OK, Outcome.REDIRECTED):
            since = None
        if now.state in failing:
            assert now.since is not None
            assert since is None or now.since <= since
            since = now.since


@given(CHECK_SEQUENCES)
def test_since_never_changes_while_the_verdict_stays_the_same(nights: str) -> None:
    earlier = verdict_of("")
    for length in range(1, len(nights) + 1):
        now = verdict_of(nights[:length])
        unchanged = (now.state, now.reason) == (earlier.state, earlier.reason)
        streak = VerdictState.DEAD, VerdictState.INSECURE, VerdictState.STALE, VerdictState.REFUSED
        if unchanged and now.state in streak and earlier.since is not None:
            assert now.since == earlier.since
        earlier = now


@given(st.text(st.sampled_from("b."), min_size=1, max_size=60))
def test_blocked_checks_never_count_towards_dead(nights: str) -> None:
    assert verdict_of(nights).state in (VerdictState.ALIVE, VerdictState.BLOCKED)


@given(st.text(st.sampled_from("t"), min_size=1, max_size=60))
def test_tls_faults_never_count_towards_dead(nights: str) -> None:
    assert verdict_of(nights).state in (VerdictState.SUSPECT, VerdictState.INSECURE)
