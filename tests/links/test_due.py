"""Which links come tonight, and in which order."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from links.due import Pace, due
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
