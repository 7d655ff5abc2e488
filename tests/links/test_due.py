"""Which links come tonight, and in which order."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from links.due import Pace, due, due_on
from links.observation import Observation, Outcome
from links.verdict import State

TONIGHT = date(2026, 11, 20)


def seen(key: str, nights_ago: int, outcome: Outcome, *, permanent: bool = False) -> Observation:
    night = TONIGHT - timedelta(days=nights_ago)
    moment = datetime(night.year, night.month, night.day, tzinfo=UTC)
    return Observation(key, night, moment, outcome, "page", permanent=permanent)


def chosen(
    looks: list[Observation], states: dict[str, State] | None = None, new: tuple[str, ...] = ()
) -> tuple[str, ...]:
    histories = {one.link: [one] for one in looks}
    return due([*histories, *new], histories, states or {}, TONIGHT, Pace())


def test_failing_links_come_first_then_new_ones_then_the_longest_unseen() -> None:
    looks = [
        seen("old", 30, Outcome.OK),
        seen("older", 60, Outcome.OK),
        seen("failing", 1, Outcome.MISSING),
    ]
    assert chosen(looks, new=("new",)) == ("failing", "new", "older", "old")


def test_nothing_is_looked_at_twice_a_night() -> None:
    assert chosen([seen("a", 0, Outcome.MISSING), seen("b", 0, Outcome.OK)]) == ()


def test_a_living_link_rests_about_a_week_and_never_longer() -> None:
    assert chosen([seen("a", 4, Outcome.OK)]) == ()
    assert chosen([seen("a", 7, Outcome.OK)]) == ("a",)


def test_living_links_that_were_seen_together_come_back_on_different_nights() -> None:
    first_due: Counter[int] = Counter()
    for key in (f"https://example.org/{number}" for number in range(300)):
        first_due[next(n for n in range(1, 9) if chosen([seen(key, n, Outcome.OK)]))] += 1
    assert set(first_due) == {5, 6, 7}
    assert max(first_due.values()) < 150


def test_a_move_that_waits_for_confirmation_is_looked_at_the_next_night() -> None:
    moved = seen("a", 1, Outcome.REDIRECTED, permanent=True)
    assert chosen([moved], {"a": State.ALIVE}) == ("a",)
    assert chosen([moved], {"a": State.MOVED}) == ()


def test_a_dead_link_is_looked_at_now_and_then() -> None:
    assert chosen([seen("a", 1, Outcome.MISSING)], {"a": State.DEAD}) == ()
    assert chosen([seen("a", 3, Outcome.MISSING)], {"a": State.DEAD}) == ("a",)


def test_links_that_were_never_seen_keep_the_order_of_the_list() -> None:
    history = {"seen": [seen("seen", 30, Outcome.OK)]}
    keys = ("b", "a", "seen", "c")
    assert due(keys, history, {}, TONIGHT, Pace()) == ("b", "a", "c", "seen")


def test_links_of_one_age_keep_the_order_of_the_list() -> None:
    assert chosen([seen("b", 30, Outcome.OK), seen("a", 30, Outcome.OK)]) == ("b", "a")


def test_every_link_may_be_looked_at_every_night() -> None:
    history = {"a": [seen("a", 1, Outcome.OK)]}
    assert due(["a"], history, {}, TONIGHT, Pace(alive_every=1)) == ("a",)


def test_a_skipped_look_is_no_look() -> None:
    skipped = [seen("a", 8, Outcome.OK), seen("a", 1, Outcome.SKIPPED)]
    assert due(["a"], {"a": skipped}, {}, TONIGHT, Pace()) == ("a",)
    assert due_on(skipped, State.ALIVE, Pace()) == due_on(skipped[:1], State.ALIVE, Pace())


@given(
    st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=5),
    st.sampled_from(list(State)),
    st.text(max_size=8),
)
def test_the_night_that_is_foretold_is_the_first_on_which_it_is_due(
    outcomes: list[Outcome], state: State, key: str
) -> None:
    looks = [seen(key, len(outcomes) - n, outcome) for n, outcome in enumerate(outcomes)]
    foretold = due_on(looks, state, Pace())
    nights = [TONIGHT + timedelta(days=n) for n in range(-8, 9)]
    due_then = [n for n in nights if due([key], {key: looks}, {key: state}, n, Pace())]
    if foretold is None:
        assert due_then == nights
    else:
        assert due_then[0] == max(foretold, nights[0])


@given(st.permutations(range(12)))
def test_permuting_links_changes_nothing_but_the_order_of_equals(order: list[int]) -> None:
    looks = [seen(str(n), n * 3, Outcome.MISSING if n % 2 else Outcome.OK) for n in range(12)]
    assert chosen([looks[n] for n in order]) == chosen(looks)
