"""A name that was freed and registered by somebody else is noticed by its identity."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.run_gate import IDENTITIES_CHANGED, RunGate, is_same, with_takeovers
from staycurrent.links.settings import Rules, RunGateSettings
from staycurrent.links.verdict import VerdictState, conclude_verdict

LINK = "https://github.com/owner/name"


def look(night: int, identity: str | None, outcome: Outcome = Outcome.OK) -> Observation:
    day = date(2026, 11, 1) + timedelta(days=night - 1)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Observation(
        LINK, day, moment, outcome, "github", freshness=Freshness.FRESH, identity=identity
    )


def with_takeover(one: Observation, history: list[Observation]) -> Observation:
    (found,) = with_takeovers([one], {LINK: history}, RunGateSettings())
    return found


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


def test_a_takeover_lasts_and_is_usurped_after_three_nights() -> None:
    history = played(["A", *["B"] * 2])
    assert conclude_verdict(LINK, history, Rules()).state is VerdictState.SUSPECT
    history = played(["A", *["B"] * 3])
    verdict = conclude_verdict(LINK, history, Rules())
    assert (verdict.state, verdict.reason) == (VerdictState.USURPED, "taken_over")


def test_the_first_owner_coming_back_clears_it() -> None:
    assert conclude_verdict(LINK, played(["A", "B", "B", "A"]), Rules()).state is VerdictState.ALIVE


def test_what_its_owner_makes_anew_is_no_takeover() -> None:
    """GitHub then gives the repository another number and node id (nights 3 and 5)."""
    history = played([f"{name} owner:1" for name in ("7 R_a", "7 R_a", "8 R_b", "8 R_b", "9 R_c")])
    assert [one.outcome for one in history] == [Outcome.OK] * 5
    stranger = look(6, "10 R_d owner:2")
    assert with_takeover(stranger, history).outcome is Outcome.TAKEN_OVER


def test_an_owner_who_was_not_known_before_excuses_nothing() -> None:
    history = played(["7 R_a", "8 R_b owner:1", "8 R_b owner:1"])
    assert [one.outcome for one in history[1:]] == [Outcome.TAKEN_OVER] * 2


def test_who_gave_it_away_and_makes_it_anew_or_gets_it_back_is_no_usurper() -> None:
    given = ["7 R_a owner:1", "7 R_a owner:2"]
    assert played([*given, "8 R_b owner:1"])[-1].outcome is Outcome.OK
    assert played([*given, "8 R_b owner:1", "7 R_a owner:2"])[-1].outcome is Outcome.OK
    assert played([*given, "8 R_b owner:3"])[-1].outcome is Outcome.TAKEN_OVER


def test_where_no_identity_was_known_nothing_is_concluded() -> None:
    assert [one.outcome for one in played([None, "A", None, "A"])] == [Outcome.OK] * 4


def test_a_missing_thing_is_missing_and_no_takeover() -> None:
    gone = look(2, "B", Outcome.MISSING)
    assert with_takeover(gone, played(["A"])) == gone


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("7 R_a", "7 R_b", "same"),  # GitHub has new node ids
        ("7 R_a", "8 R_a", "another"),  # the number decides
        ("R_a", "7 R_a", "same"),
        ("7 R_a", "R_a", "same"),
        ("7 R_a", "7", "same"),
        ("R_a", "7 R_b", "another"),
        ("R_a", "R_b", "another"),
        ("7 R_a owner:1", "8 R_b owner:1", "same"),  # made anew by its owner
        ("7 R_a owner:1", "8 R_b owner:2", "another"),
        ("7 R_a owner:1", "7 R_a owner:2", "same"),  # transferred
        ("7 R_a owner:1", "8 R_b", "another"),
        ("7 R_a", "8 R_b owner:1", "another"),
        ("7 R_a", "7 R_b owner:1", "same"),
        ("7 R_a", "8 R_a owner:1", "another"),
        ("R_a", "7 R_a owner:1", "same"),
        ("1 R_a owner:7", "7 R_b owner:1", "another"),
    ],
)
def test_the_most_lasting_name_decides(one: str, other: str, same: str) -> None:
    assert is_same(one, other) is (same == "same")


REPOSITORIES = [f"https://github.com/owner/{n}" for n in range(8)]


def run_of(
    night: int,
    identities: Mapping[str, str],
    histories: dict[str, list[Observation]],
    changed_on: date | None = None,
) -> list[Observation]:
    found = [replace(look(night, identities[key]), link=key) for key in identities]
    return with_takeovers(found, histories, RunGateSettings(), changed_on)


def known(nights: int = 3) -> dict[str, list[Observation]]:
    return {
        key: [replace(look(night, f"R_{key}"), link=key) for night in range(1, nights + 1)]
        for key in REPOSITORIES
    }


@pytest.mark.parametrize(
    ("changed", "believed"), [(1, "yes"), (2, "yes"), (4, "yes"), (5, "no"), (8, "no")]
)
def test_identities_that_mostly_change_at_once_are_not_believed(
    changed: int, believed: str
) -> None:
    new = {key: f"N_{key}" if n < changed else f"R_{key}" for n, key in enumerate(REPOSITORIES)}
    found = run_of(4, new, known())
    taken = [one.link for one in found if one.outcome is Outcome.TAKEN_OVER]
    marked = [one.link for one in found if one.evidence.startswith(IDENTITIES_CHANGED)]
    expected = taken if believed == "yes" else marked
    assert expected == REPOSITORIES[:changed]
    assert len(taken) + len(marked) == changed
    gate = RunGate(found[0].run_date, RunGateSettings())
    for one in found:
        gate.add(one, [*known()[one.link], one])
    assert (gate.objection() is None) is (believed == "yes")


def test_after_that_the_new_identities_are_those_to_compare_with() -> None:
    histories, changed_on = known(), look(4, "").run_date
    new = {key: f"N_{key}" for key in REPOSITORIES}
    # the run of night 4 was not judged; only some of the links are due on night 5
    for night, due in ((5, REPOSITORIES[:5]), (6, REPOSITORIES)):
        found = run_of(night, {key: new[key] for key in due}, histories, changed_on)
        assert {one.outcome for one in found} == {Outcome.OK}
        assert not any(one.evidence for one in found)
        for one in found:
            histories[one.link].append(one)
    other = new | {REPOSITORIES[3]: "another's"}
    taken = run_of(7, other, histories, changed_on)
    assert [one.link for one in taken if one.outcome is Outcome.TAKEN_OVER] == [REPOSITORIES[3]]
