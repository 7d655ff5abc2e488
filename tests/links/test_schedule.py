"""Which links are due in a run, and in which order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.schedule import (
    LastCheck,
    due_links,
    last_check,
    next_check_date,
    within_budget,
)
from staycurrent.links.settings import RecheckSettings, Rules
from staycurrent.links.verdict import VerdictState, conclude_verdict
from tests.links.test_verdict import history
from tests.support.values import policy_from_histories

RUN_DATE = date(2026, 11, 20)
RULES = Rules()
WEEKLY = RecheckSettings(alive_every=7, requests_share=0.0)
UNCAPPED = replace(WEEKLY, host_min=1000)
LONG = replace(WEEKLY, night_factor=100.0)


def seen(key: str, nights_ago: int, outcome: Outcome) -> Observation:
    run_date = RUN_DATE - timedelta(days=nights_ago)
    moment = datetime(run_date.year, run_date.month, run_date.day, tzinfo=UTC)
    return Observation(key, run_date, moment, outcome, "page")


def moved(key: str, nights_ago: int) -> Observation:
    one = seen(key, nights_ago, Outcome.REDIRECTED)
    return replace(one, permanent=True, final_url=f"{key}/new")


def chosen(
    observations: list[Observation],
    new: tuple[str, ...] = (),
    pace: RecheckSettings = WEEKLY,
) -> tuple[str, ...]:
    histories = {observation.link: [observation] for observation in observations}
    return due([*histories, *new], histories, RUN_DATE, pace)


def due(
    keys: Sequence[str],
    histories: Mapping[str, Sequence[Observation]],
    run_date: date,
    pace: RecheckSettings,
) -> tuple[str, ...]:
    policy = policy_from_histories(keys, histories, pace)
    return due_links(keys, last_checks(histories), run_date, policy)


def last_checks(histories: Mapping[str, Sequence[Observation]]) -> dict[str, LastCheck]:
    found = {key: last_check(history, RULES) for key, history in histories.items()}
    return {key: last for key, last in found.items() if last is not None}


def test_failing_links_come_first_then_new_ones_then_the_longest_unseen() -> None:
    observations = [
        seen("old", 30, Outcome.OK),
        seen("older", 60, Outcome.OK),
        seen("failing", 1, Outcome.MISSING),
    ]
    assert chosen(observations, new=("new",)) == ("failing", "new", "older", "old")


def test_no_link_is_checked_twice_on_one_day() -> None:
    assert chosen([seen("a", 0, Outcome.MISSING), seen("b", 0, Outcome.OK)]) == ()


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.REDIRECTED, Outcome.BLOCKED])
@pytest.mark.parametrize("every", [1, 7, 14])
def test_a_healthy_link_is_due_again_within_its_interval(outcome: Outcome, every: int) -> None:
    pace = RecheckSettings(alive_every=every, requests_share=0.0)
    for key in (f"https://example.org/{number}" for number in range(40)):
        back = [n for n in range(1, every + 1) if chosen([seen(key, n, outcome)], pace=pace)]
        assert back
        assert back == list(range(back[0], every + 1))


def test_healthy_links_checked_together_are_due_again_on_different_days() -> None:
    first_due: Counter[int] = Counter()
    for key in (f"https://example.org/{number}" for number in range(350)):
        first_due[next(n for n in range(1, 9) if chosen([seen(key, n, Outcome.OK)]))] += 1
    assert set(first_due) == set(range(1, 8))
    assert max(first_due.values()) < 80


def test_an_unconfirmed_move_is_checked_the_next_day_and_no_confirmed_one() -> None:
    keys = [f"https://example.org/{number}" for number in range(70)]
    moves = {key: [moved(key, 1)] for key in keys}
    assert len(due(keys, moves, RUN_DATE, WEEKLY)) == 70
    confirmed = {key: [moved(key, 3), *moves[key]] for key in keys}
    assert 0 < len(due(keys, confirmed, RUN_DATE, UNCAPPED)) < 20


# The checks by day, as in test_verdict.
@pytest.mark.parametrize(
    "nights",
    [
        "4",
        "4b",
        "4bbbbbb",
        "t",
        "ttttttt4",  # insecure, and not yet dead
        "r",
        "rr",
        "rb",
        "rrrR",
        "m",
        "M",
        "rs",
    ],
)
def test_what_a_rule_counts_and_has_not_decided_awaits_confirmation(nights: str) -> None:
    last = last_check(history(nights), RULES)
    assert last is not None
    assert last.awaits


@pytest.mark.parametrize(
    "nights",
    [
        ".",
        "b",
        "4.",
        "4444444",
        "4bbbbbbbbbbbbbb",  # no rule waits for more than 14 nights
        "ttttttt",
        "rrr",
        "rbbb",
        "rRrRrR",  # elsewhere at every check: it will never be a move
        "rA",
        "mI",
        "~~~",
        "f",
    ],
)
def test_what_is_decided_or_never_will_be_awaits_nothing(nights: str) -> None:
    last = last_check(history(nights), RULES)
    assert last is not None
    assert not last.awaits


@pytest.mark.parametrize("every", [1, 2, 5])
def test_the_check_that_confirms_a_move_is_due_no_later_than_the_third_night(every: int) -> None:
    pace = replace(WEEKLY, failing_every=every)
    first = seen("a", 0, Outcome.OK).run_date
    last = last_check([moved("a", 0)], RULES)
    assert last is not None
    policy = policy_from_histories(["a"], {}, pace)
    assert next_check_date("a", last, policy) <= first + timedelta(days=2)


def test_moves_among_a_thousand_new_links_are_confirmed_on_the_third_night() -> None:
    keys = [f"https://site-{n % 300}.example/{n}" for n in range(1000)]
    redirected = {*keys[5::16][:60]}
    histories: dict[str, list[Observation]] = {}
    first = RUN_DATE
    for number in range(3):
        night = first + timedelta(days=number)
        asked = due(keys, histories, night, RecheckSettings())
        assert number == 0 or {*asked[: len(redirected)]} == redirected
        for key in asked:
            one = moved(key, -number) if key in redirected else seen(key, -number, Outcome.OK)
            histories.setdefault(key, []).append(one)
    states = {key: conclude_verdict(key, histories[key], RULES).state for key in keys}
    assert {key for key, state in states.items() if state is VerdictState.MOVED} == redirected


@pytest.mark.parametrize(
    "settled",
    [
        [seen("a", 7 + n, Outcome.MISSING) for n in (8, 4, 0)],
        [seen("a", 7, Outcome.REFUSED_BY_POLICY)],  # `web.allow_networks` may allow it by now
    ],
    ids=("dead", "not requested"),
)
def test_a_settled_link_is_rechecked_after_three_days(settled: list[Observation]) -> None:
    found = [
        due(["a"], {"a": settled}, settled[-1].run_date + timedelta(days=n), WEEKLY)
        for n in (1, 2, 3)
    ]
    assert found == [(), (), ("a",)]


def test_unchecked_links_keep_the_order_of_the_list() -> None:
    histories = {"seen": [seen("seen", 30, Outcome.OK)]}
    keys = ("b", "a", "seen", "c")
    assert due(keys, histories, RUN_DATE, RecheckSettings()) == ("b", "a", "c", "seen")


def test_links_of_one_age_keep_the_order_of_the_list() -> None:
    assert chosen([seen("b", 30, Outcome.OK), seen("a", 30, Outcome.OK)]) == ("b", "a")


def test_every_link_may_be_checked_every_day() -> None:
    histories = {"a": [seen("a", 1, Outcome.OK)]}
    assert due(["a"], histories, RUN_DATE, RecheckSettings(alive_every=1)) == ("a",)


def test_a_skipped_check_does_not_count() -> None:
    skipped = [seen("a", 8, Outcome.OK), seen("a", 1, Outcome.SKIPPED)]
    assert due(["a"], {"a": skipped}, RUN_DATE, WEEKLY) == ("a",)
    assert last_check(skipped, RULES) == last_check(skipped[:1], RULES)
    assert last_check(skipped[1:], RULES) is None


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=5), st.text(max_size=8))
def test_the_next_check_date_is_the_first_day_a_link_is_due(
    outcomes: list[Outcome], key: str
) -> None:
    observations = [seen(key, len(outcomes) - n, outcome) for n, outcome in enumerate(outcomes)]
    policy = policy_from_histories([key], {key: observations}, RecheckSettings())
    nights = [RUN_DATE + timedelta(days=n) for n in range(-8, 15)]
    due_then = [
        night for night in nights if due([key], {key: observations}, night, RecheckSettings())
    ]
    last = last_check(observations, RULES)
    if last is None:
        assert due_then == nights
    else:
        expected = next_check_date(key, last, policy)
        assert due_then[0] == max(expected, nights[0])


@given(st.permutations(range(12)))
def test_the_order_of_observations_does_not_matter(order: list[int]) -> None:
    observations = [
        seen(str(n), n * 3, Outcome.MISSING if n % 2 else Outcome.OK) for n in range(12)
    ]
    assert chosen([observations[n] for n in order]) == chosen(observations)


def test_after_a_pause_a_host_gets_a_multiple_of_its_share_oldest_first() -> None:
    big = [seen(f"https://big.example/{n}", 20 + n % 7, Outcome.OK) for n in range(70)]
    small = [seen(f"https://small.example/{n}", 20, Outcome.OK) for n in range(4)]
    keys = chosen([*big, *small], pace=LONG)
    assert sum("big" in key for key in keys) == 20
    assert {int(key.rpartition("/")[2]) % 7 for key in keys[:10]} == {6}
    assert sum("small" in key for key in keys) == 4


def test_after_a_pause_a_run_gets_little_more_than_the_mean() -> None:
    observations = [seen(f"https://host-{n}.example/", 20 + n % 7, Outcome.OK) for n in range(70)]
    keys = chosen(observations)
    assert len(keys) == 11
    assert {int(key.partition("-")[2].partition(".")[0]) % 7 for key in keys} == {5, 6}


def test_failing_and_new_links_are_not_limited_by_a_share() -> None:
    failing = [seen(f"https://big.example/{n}", 1, Outcome.TIMEOUT) for n in range(70)]
    new = tuple(f"https://new.example/{n}" for n in range(70))
    assert len(chosen(failing, new=new)) == 140


FAILING = seen("failing", 1, Outcome.MISSING)
KNOWN = [seen(f"https://github.com/o/{n}", 5, Outcome.OK) for n in range(4)]


@pytest.mark.parametrize(
    ("requests", "cost", "fit"),
    [
        (0, 1.0, 6),  # no limit
        (100, 1.0, 6),
        (1, 1.0, 0),  # a failing link takes two checks
        (2, 1.0, 1),
        (3, 1.0, 2),
        (5, 1.0, 4),
        (3, 0.02, 2),
        (4, 0.02, 6),  # a batch of fifty is one request
    ],
)
def test_links_beyond_the_budget_wait(requests: int, cost: float, fit: int) -> None:
    histories = {observation.link: [observation] for observation in (FAILING, *KNOWN)}
    ordered = ["failing", "https://new.example/a", *(observation.link for observation in KNOWN)]
    policy = policy_from_histories(ordered, histories, RecheckSettings(), {"github": cost})
    assert within_budget(ordered, last_checks(histories), policy, requests) == tuple(ordered[:fit])
