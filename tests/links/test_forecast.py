"""Forecasts: which rule is in progress, how far, and the earliest date on which it is met."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given

from staycurrent.links.forecast import failing_progress, forecast, rule_progress
from staycurrent.links.observation import PERHAPS_USURPED, Observation
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import FAILURE_RULES, Conclusion, VerdictState, conclude
from tests.links.test_verdict import CHECK_SEQUENCES, FIRST, LINK, history

CLEARED = "one successful check clears the streak"
FIXED = "a check without a permanent redirect clears it, and so does a fixed URL"
BLOCKED = "a robot cannot verify it: open it in a browser; refusals never count towards dead"
RULES = Rules()


def forecast_of(nights: str) -> str:
    checks = history(nights)
    return forecast(conclude(LINK, checks, RULES), checks, RULES, tomorrow(checks))


def tomorrow(checks: Sequence[Observation]) -> date:
    return (checks[-1].run_date if checks else FIRST) + timedelta(days=1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


# The checks by day, the rule, its checks and days so far, and the earliest day on which it is met
# (None: it is met).
@pytest.mark.parametrize(
    ("nights", "rule", "checks", "over", "earliest"),
    [
        ("4", "hard", 1, 1, 7),
        ("444", "hard", 3, 3, 7),
        ("4     4", "hard", 2, 7, 8),
        ("4444444", "hard", 7, 7, None),
        ("0", "explicit", 1, 1, 2),
        ("00", "explicit", 2, 2, None),
        ("5", "weak", 1, 1, 14),
        ("h", "soft", 1, 1, 7),
        ("t", "insecure", 1, 1, 7),
        ("ttttttt", "insecure", 7, 7, None),
        ("t5t5t5t5t5t5t", "insecure", 7, 13, None),
        # Mixed: the last check decides which rules apply; more severe failures count too.
        ("44oo", "weak", 4, 4, 14),
        ("oo44", "hard", 2, 2, 9),
        ("oooooooooo4", "weak", 11, 11, 14),
        ("ooooooooooo44", "weak", 13, 13, 14),
        ("44444hh", "soft", 7, 7, None),
        ("44hh", "soft", 4, 4, 7),
        ("4444440", "hard", 7, 7, None),
        ("444440", "explicit", 1, 1, 7),
        ("55t", "insecure", 1, 1, 9),
        ("tt5", "weak", 1, 1, 16),
        ("4.4", "hard", 1, 1, 9),
        ("4s", "hard", 1, 1, 7),
        # Moves.
        ("r", "moved", 1, 1, 3),
        ("r     ", "moved", 1, 1, 3),
        ("rr", "moved", 2, 2, 3),
        ("rrr", "moved", 3, 3, None),
        ("rrrR", "moved", 3, 3, None),  # it stays moved until the new target is confirmed
    ],
)
def test_progress_towards_a_rule(
    nights: str, rule: str, checks: int, over: int, earliest: int | None
) -> None:
    conclusion = conclude(LINK, history(nights), RULES)
    progress = rule_progress(conclusion, history(nights), RULES, tomorrow(history(nights)))
    assert progress is not None
    values = (progress.name, len(progress.counted), progress.days, progress.earliest)
    assert progress.rule is getattr(RULES, rule)
    assert values == (rule, checks, over, None if earliest is None else day(earliest))


@pytest.mark.parametrize("nights", ["", ".", "b", "f", "A", "~~~"])
def test_without_failures_or_moves_there_is_no_progress(nights: str) -> None:
    checks = history(nights)
    assert rule_progress(conclude(LINK, checks, RULES), checks, RULES, tomorrow(checks)) is None


@given(CHECK_SEQUENCES)
def test_the_rule_is_met_on_the_forecast_date(nights: str) -> None:
    """If every later check is like the last one, the rule is met on the date of the forecast."""
    checks = history(nights)
    conclusion = conclude(LINK, checks, RULES)
    progress = rule_progress(conclusion, checks, RULES, tomorrow(checks))
    if progress is None or progress.earliest is None:
        return
    last = nights.rstrip("bs")[-1]  # blocked and skipped checks count for no rule
    if nights[-1] != last:
        return
    ahead = (progress.earliest - checks[-1].run_date).days
    own_verdict = progress.name in ("moved", "insecure", "usurped")
    becomes = VerdictState(progress.name) if own_verdict else VerdictState.DEAD
    states = [conclude(LINK, history(nights + last * n), RULES) for n in range(ahead + 1)]
    reached = [each.verdict.state is becomes for each in states]
    assert reached == [False] * ahead + [True]
    assert states[-1].rule == progress.name


@pytest.mark.parametrize(
    ("nights", "due", "earliest"), [("4", 3, 7), ("4", 7, 8), ("4444b", 11, 11)]
)
def test_no_rule_is_met_before_the_link_is_due(nights: str, due: int, earliest: int) -> None:
    progress = failing_progress(history(nights), RULES, day(due), FAILURE_RULES)
    assert progress is not None
    assert progress.earliest == day(earliest)


@pytest.mark.parametrize(
    ("nights", "message"),
    [
        (
            "4",
            f"dead on 2026-11-07 at the earliest, after 2 more such checks; {CLEARED}",
        ),
        (
            "444",
            f"dead on 2026-11-07 at the earliest, after 1 more such check; {CLEARED}",
        ),
        (
            "t",
            f"insecure on 2026-11-07 at the earliest, after 2 more such checks; {CLEARED}",
        ),
        (
            "44oo",
            f"dead on 2026-11-14 at the earliest, after 1 more such check; {CLEARED}",
        ),
        ("0000", f"{CLEARED} and removes the flag"),
        ("r", "moved on 2026-11-03 at the earliest, after 1 more such check"),
        ("rrr", FIXED),
        (
            "rrr4",
            (
                f"{FIXED}; but it failed: dead "
                f"on 2026-11-10 at the earliest, after 2 more such checks; {CLEARED}"
            ),
        ),
        ("A", "stale until the provider says otherwise"),
        ("b", BLOCKED),
        (
            "4b",
            (
                f"{BLOCKED}; but it failed: "
                f"dead on 2026-11-07 at the earliest, after 2 more such checks; {CLEARED}"
            ),
        ),
        (
            "n",
            (
                "dead on 2026-11-07 at the earliest, after 2 more such checks, "
                f"or sooner if its domain is free; {CLEARED}"
            ),
        ),
        ("f", "not requested; fix the URL, or add it to `links.ignore`"),
        ("p", "not requested; see `web.allow_networks` and `links.ignore`"),
        ("S", "the link pins an old version: update it or keep it; never flagged"),
        (".", "no change, as long as checks succeed"),
        ("", "not checked yet, not a web address, or ignored"),
    ],
)
def test_the_forecast_names_the_next_verdict_and_what_clears_it(nights: str, message: str) -> None:
    assert forecast_of(nights) == message


def test_of_a_page_that_answers_it_is_not_said_that_a_success_clears_it() -> None:
    (seen,) = history(".")
    doubtful = [replace(seen, evidence=f"200, the page speaks of gambling{PERHAPS_USURPED}")]
    conclusion = conclude(LINK, doubtful, RULES)
    assert conclusion.verdict.state is VerdictState.SUSPECT
    assert forecast(conclusion, doubtful, RULES, day(2)) == (
        "usurped if other evidence joins this; a page without any clears it"
    )


def test_a_verdict_without_a_conclusion_has_a_forecast_by_all_rules() -> None:
    checks = history("4")
    conclusion = Conclusion(conclude(LINK, checks, RULES).verdict)
    assert forecast(conclusion, checks, RULES, day(2)) == forecast_of("4")
