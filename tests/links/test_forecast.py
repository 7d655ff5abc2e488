"""What comes next: which rule is under way, how far it is, and when it is met at the earliest."""

from datetime import date, timedelta

import pytest
from hypothesis import given

from staycurrent.links.forecast import failing_progress, forecast, rule_progress
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import VerdictState, conclude
from tests.links.test_verdict import FIRST, LINK, SIGNS, history

CLEARED = "one successful check clears the streak"
MENDED = "a check that ends elsewhere clears it, and so does a fixed URL"
WALLED = "a robot cannot verify it: open it in a browser; it never becomes dead"
RULES = Rules()


def comes(nights: str) -> str:
    looks = history(nights)
    return forecast(conclude(LINK, looks, RULES), looks, RULES)


def night(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


# Nights of looks, the rule, looks and nights that it has, and the night on which it is met at the
# earliest (None: it holds).
@pytest.mark.parametrize(
    ("nights", "rule", "looks", "over", "earliest"),
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
        # Mixed: what the last look was like decides which rules it feeds; graver ones count too.
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
        ("rrrR", "moved", 1, 1, 6),
    ],
)
def test_a_rule_under_way_says_how_far_it_is(
    nights: str, rule: str, looks: int, over: int, earliest: int | None
) -> None:
    judged = conclude(LINK, history(nights), RULES)
    one = rule_progress(judged, history(nights), RULES)
    assert one is not None
    found = (one.name, len(one.counted), one.days, one.earliest)
    assert one.rule is getattr(RULES, rule)
    assert found == (rule, looks, over, None if earliest is None else night(earliest))


@pytest.mark.parametrize("nights", ["", ".", "b", "f", "A", "~~~"])
def test_no_rule_is_under_way_where_nothing_fails_or_moves(nights: str) -> None:
    assert rule_progress(conclude(LINK, history(nights), RULES), history(nights), RULES) is None


@given(SIGNS)
def test_what_is_foretold_comes_true(nights: str) -> None:
    """Looks that go on as the last one went, every night, meet the rule on the night named."""
    looks = history(nights)
    judged = conclude(LINK, looks, RULES)
    one = rule_progress(judged, looks, RULES)
    if one is None or one.earliest is None:
        return
    last = nights.rstrip("bs")[-1]  # what is blocked or skipped feeds no rule
    if nights[-1] != last:
        return
    ahead = (one.earliest - looks[-1].run_date).days
    becomes = VerdictState(one.name) if one.name in ("moved", "insecure") else VerdictState.DEAD
    states = [conclude(LINK, history(nights + last * n), RULES) for n in range(ahead + 1)]
    reached = [each.verdict.state is becomes for each in states]
    assert reached == [False] * ahead + [True]
    assert states[-1].rule == one.name


@pytest.mark.parametrize(
    ("nights", "due", "earliest"), [("4", 3, 7), ("4", 7, 8), ("4444b", 11, 11)]
)
def test_no_rule_is_met_before_the_link_is_due(nights: str, due: int, earliest: int) -> None:
    one = failing_progress(history(nights), RULES, night(due))
    assert one is not None
    assert one.earliest == night(earliest)


@pytest.mark.parametrize(
    ("nights", "sentence"),
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
        ("rrr", MENDED),
        (
            "rrr4",
            (
                f"{MENDED}; but it failed: dead "
                f"on 2026-11-10 at the earliest, after 2 more such checks; {CLEARED}"
            ),
        ),
        ("A", "stale until the provider says otherwise"),
        ("b", WALLED),
        (
            "4b",
            (
                f"{WALLED}; but it failed: "
                f"dead on 2026-11-07 at the earliest, after 2 more such checks; {CLEARED}"
            ),
        ),
        ("f", "not requested; fix the URL, or add it to `links.ignore`"),
        ("p", "not requested; see `web.allow_networks` and `links.ignore`"),
        ("S", "the link pins an old version: update it or keep it; never flagged"),
        (".", "no change, as long as checks succeed"),
        ("", "not checked yet, not a web address, or ignored"),
    ],
)
def test_the_sentence_says_what_comes_and_what_would_clear_it(nights: str, sentence: str) -> None:
    assert comes(nights) == sentence
