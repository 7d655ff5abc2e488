"""Which links are due in a run, and in which order."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.recheck import LinkKind, policy_from_histories
from staycurrent.links.schedule import due_links, next_check_date, within_budget
from staycurrent.links.settings import RecheckSettings
from staycurrent.links.verdict import VerdictState

RUN_DATE = date(2026, 11, 20)
WEEKLY = RecheckSettings(alive_every=7, requests_share=0.0)
UNCAPPED = replace(WEEKLY, host_min=1000)
LONG = replace(WEEKLY, night_factor=100.0)


def seen(key: str, nights_ago: int, outcome: Outcome, *, permanent: bool = False) -> Observation:
    run_date = RUN_DATE - timedelta(days=nights_ago)
    moment = datetime(run_date.year, run_date.month, run_date.day, tzinfo=UTC)
    return Observation(key, run_date, moment, outcome, "page", permanent=permanent)


def chosen(
    observations: list[Observation],
    states: dict[str, VerdictState] | None = None,
    new: tuple[str, ...] = (),
    pace: RecheckSettings = WEEKLY,
) -> tuple[str, ...]:
    histories = {observation.link: [observation] for observation in observations}
    return due_links([*histories, *new], histories, states or {}, RUN_DATE, pace)


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


def test_an_unconfirmed_move_is_checked_the_next_day() -> None:
    keys = [f"https://example.org/{number}" for number in range(70)]
    moved = [seen(key, 1, Outcome.REDIRECTED, permanent=True) for key in keys]
    assert len(chosen(moved, dict.fromkeys(keys, VerdictState.ALIVE), pace=UNCAPPED)) == 70
    assert 0 < len(chosen(moved, dict.fromkeys(keys, VerdictState.MOVED), pace=UNCAPPED)) < 20


def test_a_dead_link_is_rechecked_after_three_days() -> None:
    assert chosen([seen("a", 1, Outcome.MISSING)], {"a": VerdictState.DEAD}) == ()
    assert chosen([seen("a", 3, Outcome.MISSING)], {"a": VerdictState.DEAD}) == ("a",)


def test_unchecked_links_keep_the_order_of_the_list() -> None:
    history = {"seen": [seen("seen", 30, Outcome.OK)]}
    keys = ("b", "a", "seen", "c")
    assert due_links(keys, history, {}, RUN_DATE, RecheckSettings()) == ("b", "a", "c", "seen")


def test_links_of_one_age_keep_the_order_of_the_list() -> None:
    assert chosen([seen("b", 30, Outcome.OK), seen("a", 30, Outcome.OK)]) == ("b", "a")


def test_every_link_may_be_checked_every_day() -> None:
    history = {"a": [seen("a", 1, Outcome.OK)]}
    assert due_links(["a"], history, {}, RUN_DATE, RecheckSettings(alive_every=1)) == ("a",)


def test_a_skipped_check_does_not_count() -> None:
    skipped = [seen("a", 8, Outcome.OK), seen("a", 1, Outcome.SKIPPED)]
    assert due_links(["a"], {"a": skipped}, {}, RUN_DATE, WEEKLY) == ("a",)
    policy = policy_from_histories(["a"], {}, WEEKLY)
    expected = next_check_date(skipped[:1], VerdictState.ALIVE, WEEKLY, policy)
    assert expected is not None
    assert next_check_date(skipped, VerdictState.ALIVE, WEEKLY, policy) == expected


@given(
    st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=5),
    st.sampled_from(list(VerdictState)),
    st.text(max_size=8),
)
def test_the_next_check_date_is_the_first_day_a_link_is_due(
    outcomes: list[Outcome], state: VerdictState, key: str
) -> None:
    observations = [seen(key, len(outcomes) - n, outcome) for n, outcome in enumerate(outcomes)]
    expected = next_check_date(
        observations,
        state,
        RecheckSettings(),
        policy_from_histories([key], {key: observations}, RecheckSettings()),
    )
    nights = [RUN_DATE + timedelta(days=n) for n in range(-8, 15)]
    due_then = [
        n
        for n in nights
        if due_links([key], {key: observations}, {key: state}, n, RecheckSettings())
    ]
    if expected is None:
        assert due_then == nights
    else:
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
    due = chosen([*big, *small], pace=LONG)
    assert sum("big" in key for key in due) == 20
    assert {int(key.rpartition("/")[2]) % 7 for key in due[:10]} == {6}
    assert sum("small" in key for key in due) == 4


def test_after_a_pause_a_run_gets_little_more_than_the_mean() -> None:
    observations = [seen(f"https://host-{n}.example/", 20 + n % 7, Outcome.OK) for n in range(70)]
    due = chosen(observations)
    assert len(due) == 11
    assert {int(key.partition("-")[2].partition(".")[0]) % 7 for key in due} == {5, 6}


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
    policy = policy_from_histories(ordered, histories, RecheckSettings(), {LinkKind.GITHUB: cost})
    assert within_budget(ordered, histories, policy, requests) == tuple(ordered[:fit])
