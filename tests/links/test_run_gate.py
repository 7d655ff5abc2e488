"""When a run is rejected: canaries, hosts that all fail at once, and captive portals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.run_gate import RunGate, describe_lateness, enough_canaries
from staycurrent.links.settings import RunGateSettings

RUN_DATE = date(2026, 11, 20)
GATE = RunGateSettings()


def observed(host: int, nights_ago: int, outcome: Outcome, to: str | None = None) -> Observation:
    run_date = RUN_DATE - timedelta(days=nights_ago)
    moment = datetime(run_date.year, run_date.month, run_date.day, tzinfo=UTC)
    return Observation(
        f"https://h{host}.example/x", run_date, moment, outcome, "page", final_url=to
    )


def objection(
    this_run: Iterable[Observation],
    histories: Mapping[str, Sequence[Observation]],
    run_date: date,
    gate: RunGateSettings,
) -> str | None:
    """The gate's objection to these observations."""
    survey = RunGate(run_date, gate)
    for observation in this_run:
        survey.add(observation, histories.get(observation.link, ()))
    return survey.objection()


def objection_to(this_run: list[Observation], *, fine_last_week: int) -> str | None:
    histories = {observation.link: [observation] for observation in this_run}
    for number in range(fine_last_week):
        earlier = observed(number, 3, Outcome.OK)
        histories.setdefault(earlier.link, []).insert(0, earlier)
    return objection(this_run, histories, RUN_DATE, GATE)


def outcomes(bad: int, of: int, outcome: Outcome = Outcome.TIMEOUT) -> list[Observation]:
    return [observed(n, 0, outcome if n < bad else Outcome.OK) for n in range(of)]


def test_a_run_is_rejected_if_too_many_healthy_hosts_fail_at_once() -> None:
    assert objection_to(outcomes(21, 100), fine_last_week=100) is not None
    assert objection_to(outcomes(20, 100), fine_last_week=100) is None


def test_the_message_counts_the_hosts() -> None:
    message = objection_to(outcomes(30, 100), fine_last_week=100)
    assert message is not None
    assert message.startswith("30 of 100 hosts that were fine last week fail or refuse us at once")


def test_five_hosts_are_enough_to_reject_a_run() -> None:
    assert objection_to(outcomes(5, 5), fine_last_week=5) is not None


def test_hosts_that_were_never_healthy_do_not_count() -> None:
    assert objection_to(outcomes(50, 50), fine_last_week=0) is None


def test_four_hosts_are_too_few_to_reject_a_run() -> None:
    assert objection_to(outcomes(4, 4), fine_last_week=4) is None


def test_a_run_is_rejected_if_many_hosts_begin_to_block_us() -> None:
    assert objection_to(outcomes(40, 100, Outcome.BLOCKED), fine_last_week=100) is not None


def test_hosts_that_have_always_blocked_us_do_not_count() -> None:
    this_run = outcomes(60, 100, Outcome.BLOCKED)
    histories = {
        observation.link: [observed(n, 3, observation.outcome), observation]
        for n, observation in enumerate(this_run)
    }
    assert objection(this_run, histories, RUN_DATE, GATE) is None


def test_skipped_hosts_are_neither_healthy_nor_failing() -> None:
    put_off = [observed(n, 0, Outcome.SKIPPED) for n in range(100, 200)]
    failing = outcomes(21, 100)
    histories = {
        observation.link: [observed(n, 3, Outcome.OK), observation]
        for n, observation in enumerate(failing)
    }
    histories |= {
        observation.link: [observed(n, 3, Outcome.OK), observation]
        for n, observation in enumerate(put_off, 100)
    }
    assert objection([*failing, *put_off], histories, RUN_DATE, GATE) is not None


def test_a_week_of_skipped_checks_does_not_make_a_host_healthy() -> None:
    this_run = outcomes(10, 10, Outcome.SERVER_ERROR)
    histories = {
        observation.link: [observed(n, 3, Outcome.SKIPPED), observation]
        for n, observation in enumerate(this_run)
    }
    assert objection(this_run, histories, RUN_DATE, GATE) is None


def test_a_host_counts_once_regardless_of_its_number_of_links() -> None:
    of_one_host = [
        Observation(
            f"https://big.example/{n}", RUN_DATE, observation.seen_at, Outcome.SERVER_ERROR, "page"
        )
        for n, observation in enumerate(outcomes(0, 500))
    ]
    assert objection_to([*of_one_host, *outcomes(0, 100)], fine_last_week=100) is None


def test_a_captive_portal_that_redirects_every_host_is_detected() -> None:
    sent = [observed(n, 0, Outcome.REDIRECTED, "http://portal.example/login") for n in range(20)]
    message = objection_to([*sent, *outcomes(0, 10)], fine_last_week=20)
    assert message is not None
    assert "portal.example" in message


PORTAL = "http://portal.example/login"


def portal(sent: int, of: int) -> str | None:
    """The objection if so many of the hosts begin to redirect to one other host."""
    this_run = [
        observed(n, 0, Outcome.REDIRECTED, PORTAL) if n < sent else observed(n, 0, Outcome.OK)
        for n in range(of)
    ]
    histories = {
        observation.link: [observed(n, 3, Outcome.OK), observation]
        for n, observation in enumerate(this_run)
    }
    return objection(this_run, histories, RUN_DATE, GATE)


@pytest.mark.parametrize(
    ("sent", "of", "noticed"),
    [(5, 5, True), (4, 4, False), (5, 49, True), (5, 50, False), (10, 100, False), (11, 100, True)],
)
def test_redirects_are_a_portal_only_above_the_limits(sent: int, of: int, *, noticed: bool) -> None:
    expected = f"{sent} hosts suddenly redirect to portal.example: probably a captive portal"
    assert portal(sent, of) == (expected if noticed else None)


def test_hosts_that_stop_redirecting_are_not_a_portal() -> None:
    this_run = [observed(n, 0, Outcome.OK) for n in range(20)]
    before = [observed(n, 3, Outcome.REDIRECTED, f"https://own{n}.example/") for n in range(20)]
    histories = {
        observation.link: [old, observation]
        for old, observation in zip(before, this_run, strict=True)
    }
    assert objection(this_run, histories, RUN_DATE, GATE) is None


def test_links_without_history_do_not_count() -> None:
    this_run = [
        replace(observed(n, 0, Outcome.REDIRECTED, PORTAL), fingerprint="same") for n in range(20)
    ]
    assert objection(this_run, {}, RUN_DATE, GATE) is None


@pytest.mark.parametrize(("nights_ago", "fine"), [(1, True), (7, True), (8, False)])
def test_a_host_counts_as_healthy_for_a_week(nights_ago: int, *, fine: bool) -> None:
    this_run = [observed(n, 0, Outcome.TIMEOUT) for n in range(5)]
    histories = {
        observation.link: [observed(n, nights_ago, Outcome.OK), observation]
        for n, observation in enumerate(this_run)
    }
    assert (objection(this_run, histories, RUN_DATE, GATE) is not None) is fine


@given(st.permutations(range(40)))
def test_the_order_of_links_does_not_matter(order: list[int]) -> None:
    this_run = [
        observed(n, 0, Outcome.REDIRECTED, PORTAL) if n < 15 else observed(n, 0, Outcome.TIMEOUT)
        for n in range(40)
    ]
    histories = {
        observation.link: [observed(n, 3, Outcome.OK), observation]
        for n, observation in enumerate(this_run)
    }
    shuffled = {this_run[n].link: histories[this_run[n].link] for n in order}
    expected = objection([this_run[n] for n in order], shuffled, RUN_DATE, GATE)
    assert expected == objection(this_run, histories, RUN_DATE, GATE)
    assert expected is not None


def pages(fingerprint: str, nights_ago: int, count: int) -> list[Observation]:
    return [
        replace(observed(n, nights_ago, Outcome.OK), fingerprint=fingerprint) for n in range(count)
    ]


def test_the_same_new_page_on_many_hosts_is_a_portal() -> None:
    this_run, before = pages("portal", 0, 20), [pages(f"own {n}", 3, 20)[n] for n in range(20)]
    histories = {
        observation.link: [old, observation]
        for old, observation in zip(before, this_run, strict=True)
    }
    message = objection(this_run, histories, RUN_DATE, GATE)
    assert message == "20 hosts suddenly show the same page: probably a captive portal"


@pytest.mark.parametrize(
    ("same", "of", "noticed"),
    [(5, 5, True), (4, 4, False), (5, 50, False), (10, 100, False), (11, 100, True)],
)
def test_equal_pages_are_a_portal_only_above_the_limits(
    same: int, of: int, *, noticed: bool
) -> None:
    this_run = [*pages("portal", 0, same), *(pages(f"new {n}", 0, of)[n] for n in range(same, of))]
    before = [pages(f"own {n}", 3, of)[n] for n in range(of)]
    histories = {
        observation.link: [old, observation]
        for old, observation in zip(before, this_run, strict=True)
    }
    assert (objection(this_run, histories, RUN_DATE, GATE) is not None) is noticed


def test_without_new_pages_there_is_no_portal() -> None:
    this_run = outcomes(0, 5)
    histories = {observation.link: [observation] for observation in this_run}
    assert objection(this_run, histories, RUN_DATE, replace(GATE, min_hosts=1)) is None


def test_a_page_that_many_hosts_have_always_shown_is_not_a_portal() -> None:
    this_run, before = pages("same", 0, 20), pages("same", 3, 20)
    histories = {
        observation.link: [old, observation]
        for old, observation in zip(before, this_run, strict=True)
    }
    assert objection(this_run, histories, RUN_DATE, GATE) is None


def test_links_that_already_redirected_there_are_not_a_portal() -> None:
    sent = [observed(n, 0, Outcome.REDIRECTED, "https://github.com/x") for n in range(20)]
    before = [observed(n, 3, Outcome.REDIRECTED, "https://github.com/x") for n in range(20)]
    histories = {
        observation.link: [earlier, observation]
        for earlier, observation in zip(before, sent, strict=True)
    }
    assert objection(sent, histories, RUN_DATE, GATE) is None


def test_three_of_five_canaries_are_enough_and_two_are_not() -> None:
    assert enough_canaries([True, True, True, False, False], GATE)
    assert not enough_canaries([True, True, False, False, False], GATE)
    assert enough_canaries([], GATE)


@pytest.mark.parametrize(
    ("late_s", "seconds", "is_said"),
    [(0.0, 0.0, False), (4.0, 5.0, False), (19.0, 100.0, False), (20.0, 100.0, True)],
)
def test_a_run_whose_event_loop_was_late_says_so(
    late_s: float, seconds: float, *, is_said: bool
) -> None:
    words = describe_lateness(late_s, seconds)
    assert (words is not None) is is_said
    if words is not None:
        assert words.startswith("this machine was too busy for 20 of 100 seconds")
