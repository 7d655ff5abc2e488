"""Which links come tonight, and in which order."""

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

TONIGHT = date(2026, 11, 20)
WEEKLY = RecheckSettings(alive_every=7, requests_share=0.0)
UNCAPPED = replace(WEEKLY, host_min=1000)
LONG = replace(WEEKLY, night_factor=100.0)


def seen(key: str, nights_ago: int, outcome: Outcome, *, permanent: bool = False) -> Observation:
    night = TONIGHT - timedelta(days=nights_ago)
    moment = datetime(night.year, night.month, night.day, tzinfo=UTC)
    return Observation(key, night, moment, outcome, "page", permanent=permanent)


def chosen(
    looks: list[Observation],
    states: dict[str, VerdictState] | None = None,
    new: tuple[str, ...] = (),
    pace: RecheckSettings = WEEKLY,
) -> tuple[str, ...]:
    histories = {one.link: [one] for one in looks}
    return due_links([*histories, *new], histories, states or {}, TONIGHT, pace)


def test_failing_links_come_first_then_new_ones_then_the_longest_unseen() -> None:
    looks = [
        seen("old", 30, Outcome.OK),
        seen("older", 60, Outcome.OK),
        seen("failing", 1, Outcome.MISSING),
    ]
    assert chosen(looks, new=("new",)) == ("failing", "new", "older", "old")


def test_nothing_is_looked_at_twice_a_night() -> None:
    assert chosen([seen("a", 0, Outcome.MISSING), seen("b", 0, Outcome.OK)]) == ()


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.REDIRECTED, Outcome.BLOCKED])
@pytest.mark.parametrize("every", [1, 7, 14])
def test_a_living_link_comes_back_within_its_nights_and_once(outcome: Outcome, every: int) -> None:
    pace = RecheckSettings(alive_every=every, requests_share=0.0)
    for key in (f"https://example.org/{number}" for number in range(40)):
        back = [n for n in range(1, every + 1) if chosen([seen(key, n, outcome)], pace=pace)]
        assert back
        assert back == list(range(back[0], every + 1))


def test_living_links_that_were_seen_together_come_back_on_different_nights() -> None:
    first_due: Counter[int] = Counter()
    for key in (f"https://example.org/{number}" for number in range(350)):
        first_due[next(n for n in range(1, 9) if chosen([seen(key, n, Outcome.OK)]))] += 1
    assert set(first_due) == set(range(1, 8))
    assert max(first_due.values()) < 80


def test_a_move_that_waits_for_confirmation_is_looked_at_the_next_night() -> None:
    keys = [f"https://example.org/{number}" for number in range(70)]
    moved = [seen(key, 1, Outcome.REDIRECTED, permanent=True) for key in keys]
    assert len(chosen(moved, dict.fromkeys(keys, VerdictState.ALIVE), pace=UNCAPPED)) == 70
    assert 0 < len(chosen(moved, dict.fromkeys(keys, VerdictState.MOVED), pace=UNCAPPED)) < 20


def test_a_dead_link_is_looked_at_now_and_then() -> None:
    assert chosen([seen("a", 1, Outcome.MISSING)], {"a": VerdictState.DEAD}) == ()
    assert chosen([seen("a", 3, Outcome.MISSING)], {"a": VerdictState.DEAD}) == ("a",)


def test_links_that_were_never_seen_keep_the_order_of_the_list() -> None:
    history = {"seen": [seen("seen", 30, Outcome.OK)]}
    keys = ("b", "a", "seen", "c")
    assert due_links(keys, history, {}, TONIGHT, RecheckSettings()) == ("b", "a", "c", "seen")


def test_links_of_one_age_keep_the_order_of_the_list() -> None:
    assert chosen([seen("b", 30, Outcome.OK), seen("a", 30, Outcome.OK)]) == ("b", "a")


def test_every_link_may_be_looked_at_every_night() -> None:
    history = {"a": [seen("a", 1, Outcome.OK)]}
    assert due_links(["a"], history, {}, TONIGHT, RecheckSettings(alive_every=1)) == ("a",)


def test_a_skipped_look_is_no_look() -> None:
    skipped = [seen("a", 8, Outcome.OK), seen("a", 1, Outcome.SKIPPED)]
    assert due_links(["a"], {"a": skipped}, {}, TONIGHT, WEEKLY) == ("a",)
    beats = policy_from_histories(["a"], {}, WEEKLY)
    foretold = next_check_date(skipped[:1], VerdictState.ALIVE, WEEKLY, beats)
    assert foretold is not None
    assert next_check_date(skipped, VerdictState.ALIVE, WEEKLY, beats) == foretold


@given(
    st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=5),
    st.sampled_from(list(VerdictState)),
    st.text(max_size=8),
)
def test_the_night_that_is_foretold_is_the_first_on_which_it_is_due(
    outcomes: list[Outcome], state: VerdictState, key: str
) -> None:
    looks = [seen(key, len(outcomes) - n, outcome) for n, outcome in enumerate(outcomes)]
    foretold = next_check_date(
        looks,
        state,
        RecheckSettings(),
        policy_from_histories([key], {key: looks}, RecheckSettings()),
    )
    nights = [TONIGHT + timedelta(days=n) for n in range(-8, 15)]
    due_then = [
        n for n in nights if due_links([key], {key: looks}, {key: state}, n, RecheckSettings())
    ]
    if foretold is None:
        assert due_then == nights
    else:
        assert due_then[0] == max(foretold, nights[0])


@given(st.permutations(range(12)))
def test_permuting_links_changes_nothing_but_the_order_of_equals(order: list[int]) -> None:
    looks = [seen(str(n), n * 3, Outcome.MISSING if n % 2 else Outcome.OK) for n in range(12)]
    assert chosen([looks[n] for n in order]) == chosen(looks)


def test_after_a_pause_a_host_gets_a_multiple_of_its_share_the_longest_unseen_first() -> None:
    crowd = [seen(f"https://big.example/{n}", 20 + n % 7, Outcome.OK) for n in range(70)]
    small = [seen(f"https://small.example/{n}", 20, Outcome.OK) for n in range(4)]
    came = chosen([*crowd, *small], pace=LONG)
    assert sum("big" in key for key in came) == 20
    assert {int(key.rpartition("/")[2]) % 7 for key in came[:10]} == {6}
    assert sum("small" in key for key in came) == 4


def test_after_a_pause_a_night_gets_little_more_than_its_mean() -> None:
    looks = [seen(f"https://host-{n}.example/", 20 + n % 7, Outcome.OK) for n in range(70)]
    came = chosen(looks)
    assert len(came) == 11
    assert {int(key.partition("-")[2].partition(".")[0]) % 7 for key in came} == {5, 6}


def test_what_fails_and_what_is_new_waits_for_no_share() -> None:
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
        (1, 1.0, 0),  # what fails takes two looks
        (2, 1.0, 1),
        (3, 1.0, 2),
        (5, 1.0, 4),
        (3, 0.02, 2),
        (4, 0.02, 6),  # a batch of fifty is one request
    ],
)
def test_what_does_not_fit_the_budget_waits(requests: int, cost: float, fit: int) -> None:
    histories = {one.link: [one] for one in (FAILING, *KNOWN)}
    ordered = ["failing", "https://new.example/a", *(one.link for one in KNOWN)]
    beats = policy_from_histories(ordered, histories, RecheckSettings(), {LinkKind.GITHUB: cost})
    assert within_budget(ordered, histories, beats, requests) == tuple(ordered[:fit])
