"""A name that was freed and registered by somebody else is noticed by its identity."""

from datetime import UTC, date, datetime, timedelta

from staycurrent.links.moves import with_takeover
from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import VerdictState, conclude_verdict

LINK = "https://github.com/owner/name"


def look(night: int, identity: str | None, outcome: Outcome = Outcome.OK) -> Observation:
    day = date(2026, 11, 1) + timedelta(days=night - 1)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Observation(
        LINK, day, moment, outcome, "github", freshness=Freshness.FRESH, identity=identity
    )


def played(identities: list[str | None]) -> list[Observation]:
    """The history as it would be noted night after night."""
    history: list[Observation] = []
    for night, identity in enumerate(identities, 1):
        history.append(with_takeover(look(night, identity), history))
    return history


def test_the_same_identity_is_the_same_thing() -> None:
    assert [one.outcome for one in played(["A", "A", "A"])] == [Outcome.OK] * 3


def test_another_identity_under_the_same_name_is_a_takeover() -> None:
    history = played(["A", "A", "B"])
    assert history[-1].outcome is Outcome.TAKEN_OVER
    assert history[-1].freshness is None


def test_a_takeover_lasts_and_becomes_dead_by_the_soft_rule() -> None:
    history = played(["A", *["B"] * 6])
    assert conclude_verdict(LINK, history, Rules()).state is VerdictState.SUSPECT
    history = played(["A", *["B"] * 7])
    verdict = conclude_verdict(LINK, history, Rules())
    assert (verdict.state, verdict.reason) == (VerdictState.DEAD, "taken_over")


def test_the_first_owner_coming_back_clears_it() -> None:
    assert conclude_verdict(LINK, played(["A", "B", "B", "A"]), Rules()).state is VerdictState.ALIVE


def test_where_no_identity_was_known_nothing_is_concluded() -> None:
    assert [one.outcome for one in played([None, "A", None, "A"])] == [Outcome.OK] * 4


def test_a_missing_thing_is_missing_and_no_takeover() -> None:
    gone = look(2, "B", Outcome.MISSING)
    assert with_takeover(gone, played(["A"])) == gone
