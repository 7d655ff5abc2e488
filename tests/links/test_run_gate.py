"""When a night proves nothing: canaries, hosts that all fail at once, and portals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.run_gate import RunGate, enough_canaries
from staycurrent.links.settings import RunGateSettings

TONIGHT = date(2026, 11, 20)
GATE = RunGateSettings()


def look(host: int, nights_ago: int, outcome: Outcome, to: str | None = None) -> Observation:
    night = TONIGHT - timedelta(days=nights_ago)
    moment = datetime(night.year, night.month, night.day, tzinfo=UTC)
    return Observation(f"https://h{host}.example/x", night, moment, outcome, "page", final_url=to)


def objection(
    tonight: Iterable[Observation],
    histories: Mapping[str, Sequence[Observation]],
    night: date,
    gate: RunGateSettings,
) -> str | None:
    """What a survey of these looks says."""
    survey = RunGate(night, gate)
    for one in tonight:
        survey.add(one, histories.get(one.link, ()))
    return survey.objection()


def judged(tonight: list[Observation], *, fine_last_week: int) -> str | None:
    histories = {one.link: [one] for one in tonight}
    for number in range(fine_last_week):
        earlier = look(number, 3, Outcome.OK)
        histories.setdefault(earlier.link, []).insert(0, earlier)
    return objection(tonight, histories, TONIGHT, GATE)


def outcomes(bad: int, of: int, outcome: Outcome = Outcome.TIMEOUT) -> list[Observation]:
    return [look(n, 0, outcome if n < bad else Outcome.OK) for n in range(of)]


def test_too_many_hosts_that_were_fine_may_not_fail_at_once() -> None:
    assert judged(outcomes(21, 100), fine_last_week=100) is not None
    assert judged(outcomes(20, 100), fine_last_week=100) is None


def test_the_sentence_says_how_many() -> None:
    sentence = judged(outcomes(30, 100), fine_last_week=100)
    assert sentence is not None
    assert sentence.startswith("30 of 100 hosts that were fine last week fail or refuse us at once")


def test_five_hosts_are_enough_to_prove_something() -> None:
    assert judged(outcomes(5, 5), fine_last_week=5) is not None


def test_hosts_that_were_never_fine_prove_nothing_about_us() -> None:
    assert judged(outcomes(50, 50), fine_last_week=0) is None


def test_a_few_hosts_prove_nothing_about_us() -> None:
    assert judged(outcomes(4, 4), fine_last_week=4) is None


def test_many_hosts_that_begin_to_refuse_us_mean_that_our_address_is_banned() -> None:
    assert judged(outcomes(40, 100, Outcome.BLOCKED), fine_last_week=100) is not None


def test_hosts_that_always_refuse_us_prove_nothing() -> None:
    tonight = outcomes(60, 100, Outcome.BLOCKED)
    histories = {one.link: [look(n, 3, one.outcome), one] for n, one in enumerate(tonight)}
    assert objection(tonight, histories, TONIGHT, GATE) is None


def test_hosts_that_put_us_off_are_neither_fine_nor_failing() -> None:
    put_off = [look(n, 0, Outcome.SKIPPED) for n in range(100, 200)]
    failing = outcomes(21, 100)
    histories = {one.link: [look(n, 3, Outcome.OK), one] for n, one in enumerate(failing)}
    histories |= {one.link: [look(n, 3, Outcome.OK), one] for n, one in enumerate(put_off, 100)}
    assert objection([*failing, *put_off], histories, TONIGHT, GATE) is not None


def test_a_week_of_being_put_off_is_no_week_of_being_fine() -> None:
    tonight = outcomes(10, 10, Outcome.SERVER_ERROR)
    histories = {one.link: [look(n, 3, Outcome.SKIPPED), one] for n, one in enumerate(tonight)}
    assert objection(tonight, histories, TONIGHT, GATE) is None


def test_one_host_has_one_vote_however_many_links_it_has() -> None:
    of_one_host = [
        Observation(f"https://big.example/{n}", TONIGHT, one.seen_at, Outcome.SERVER_ERROR, "page")
        for n, one in enumerate(outcomes(0, 500))
    ]
    assert judged([*of_one_host, *outcomes(0, 100)], fine_last_week=100) is None


def test_a_portal_that_sends_everybody_to_one_host_is_noticed() -> None:
    sent = [look(n, 0, Outcome.REDIRECTED, "http://portal.example/login") for n in range(20)]
    sentence = judged([*sent, *outcomes(0, 10)], fine_last_week=20)
    assert sentence is not None
    assert "portal.example" in sentence


PORTAL = "http://portal.example/login"


def portal(sent: int, of: int) -> str | None:
    """What is said where so many of the hosts begin to redirect to one other."""
    tonight = [
        look(n, 0, Outcome.REDIRECTED, PORTAL) if n < sent else look(n, 0, Outcome.OK)
        for n in range(of)
    ]
    histories = {one.link: [look(n, 3, Outcome.OK), one] for n, one in enumerate(tonight)}
    return objection(tonight, histories, TONIGHT, GATE)


@pytest.mark.parametrize(
    ("sent", "of", "noticed"),
    [(5, 5, True), (4, 4, False), (5, 49, True), (5, 50, False), (10, 100, False), (11, 100, True)],
)
def test_a_portal_is_noticed_on_this_side_of_its_limits(
    sent: int, of: int, *, noticed: bool
) -> None:
    said = f"{sent} hosts suddenly redirect to portal.example: probably a captive portal"
    assert portal(sent, of) == (said if noticed else None)


def test_hosts_that_stop_redirecting_are_no_portal() -> None:
    tonight = [look(n, 0, Outcome.OK) for n in range(20)]
    before = [look(n, 3, Outcome.REDIRECTED, f"https://own{n}.example/") for n in range(20)]
    histories = {one.link: [old, one] for old, one in zip(before, tonight, strict=True)}
    assert objection(tonight, histories, TONIGHT, GATE) is None


def test_links_without_any_history_prove_nothing() -> None:
    tonight = [
        replace(look(n, 0, Outcome.REDIRECTED, PORTAL), fingerprint="same") for n in range(20)
    ]
    assert objection(tonight, {}, TONIGHT, GATE) is None


@pytest.mark.parametrize(("nights_ago", "fine"), [(1, True), (7, True), (8, False)])
def test_a_host_counts_as_fine_for_a_week(nights_ago: int, *, fine: bool) -> None:
    tonight = [look(n, 0, Outcome.TIMEOUT) for n in range(5)]
    histories = {one.link: [look(n, nights_ago, Outcome.OK), one] for n, one in enumerate(tonight)}
    assert (objection(tonight, histories, TONIGHT, GATE) is not None) is fine


@given(st.permutations(range(40)))
def test_permuting_links_changes_nothing(order: list[int]) -> None:
    tonight = [
        look(n, 0, Outcome.REDIRECTED, PORTAL) if n < 15 else look(n, 0, Outcome.TIMEOUT)
        for n in range(40)
    ]
    histories = {one.link: [look(n, 3, Outcome.OK), one] for n, one in enumerate(tonight)}
    shuffled = {tonight[n].link: histories[tonight[n].link] for n in order}
    said = objection([tonight[n] for n in order], shuffled, TONIGHT, GATE)
    assert said == objection(tonight, histories, TONIGHT, GATE)
    assert said is not None


def pages(fingerprint: str, nights_ago: int, count: int) -> list[Observation]:
    return [replace(look(n, nights_ago, Outcome.OK), fingerprint=fingerprint) for n in range(count)]


def test_the_same_new_page_at_many_hosts_is_something_between() -> None:
    tonight, before = pages("portal", 0, 20), [pages(f"own {n}", 3, 20)[n] for n in range(20)]
    histories = {one.link: [old, one] for old, one in zip(before, tonight, strict=True)}
    sentence = objection(tonight, histories, TONIGHT, GATE)
    assert sentence == "20 hosts suddenly show the same page: probably a captive portal"


@pytest.mark.parametrize(
    ("same", "of", "noticed"),
    [(5, 5, True), (4, 4, False), (5, 50, False), (10, 100, False), (11, 100, True)],
)
def test_the_same_page_is_noticed_on_this_side_of_its_limits(
    same: int, of: int, *, noticed: bool
) -> None:
    tonight = [*pages("portal", 0, same), *(pages(f"new {n}", 0, of)[n] for n in range(same, of))]
    before = [pages(f"own {n}", 3, of)[n] for n in range(of)]
    histories = {one.link: [old, one] for old, one in zip(before, tonight, strict=True)}
    assert (objection(tonight, histories, TONIGHT, GATE) is not None) is noticed


def test_no_new_page_at_all_is_nothing_between() -> None:
    tonight = outcomes(0, 5)
    histories = {one.link: [one] for one in tonight}
    assert objection(tonight, histories, TONIGHT, replace(GATE, min_hosts=1)) is None


def test_a_page_that_many_hosts_always_showed_is_theirs() -> None:
    tonight, before = pages("same", 0, 20), pages("same", 3, 20)
    histories = {one.link: [old, one] for old, one in zip(before, tonight, strict=True)}
    assert objection(tonight, histories, TONIGHT, GATE) is None


def test_links_that_went_there_before_are_no_portal() -> None:
    sent = [look(n, 0, Outcome.REDIRECTED, "https://github.com/x") for n in range(20)]
    before = [look(n, 3, Outcome.REDIRECTED, "https://github.com/x") for n in range(20)]
    histories = {one.link: [earlier, one] for earlier, one in zip(before, sent, strict=True)}
    assert objection(sent, histories, TONIGHT, GATE) is None


def test_three_of_five_canaries_are_enough_and_two_are_not() -> None:
    assert enough_canaries([True, True, True, False, False], GATE)
    assert not enough_canaries([True, True, False, False, False], GATE)
    assert enough_canaries([], GATE)
