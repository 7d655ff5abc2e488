"""If a whole host is down, its failures do not count against its pages."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.run_gate import without_outages
from staycurrent.links.settings import OutageSettings
from staycurrent.web.address import host_of

RUN_DATE = date(2026, 11, 20)


def observations(host: str, *outcomes: Outcome) -> list[Observation]:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    return [
        Observation(f"https://{host}/{n}", RUN_DATE, moment, outcome, "page")
        for n, outcome in enumerate(outcomes)
    ]


def apply_outages(
    this_run: list[Observation], *, fine_nights_ago: int | None = 3
) -> tuple[list[Observation], tuple[str, ...]]:
    """The failures kept and the hosts down, if every link was fine so many days ago, or never."""
    before = timedelta(days=fine_nights_ago or 0)
    earlier = {
        observation.link: (
            Observation(
                observation.link, RUN_DATE - before, observation.seen_at, Outcome.OK, "page"
            ),
        )
        for observation in this_run
    }
    histories = {} if fine_nights_ago is None else earlier
    tally: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for observation in this_run:
        tally[host_of(observation.link)][observation.outcome] += 1
    weak = [observation for observation in this_run if observation.outcome.is_weak]
    kept, hosts = without_outages(weak, tally, histories, OutageSettings())
    return list(kept), hosts


@pytest.mark.parametrize(
    ("failing", "fine", "down"),
    [(6, 0, True), (5, 0, False), (9, 2, True), (8, 2, False), (100, 0, True)],
)
def test_a_host_is_down_if_nearly_all_of_at_least_six_links_fail(
    failing: int, fine: int, *, down: bool
) -> None:
    this_run = observations("big.test", *[Outcome.TIMEOUT] * failing, *[Outcome.OK] * fine)
    kept, hosts = apply_outages(this_run)
    assert hosts == (("big.test",) if down else ())
    assert len(kept) == (0 if down else failing)


@pytest.mark.parametrize("outcome", [Outcome.MISSING, Outcome.TLS, Outcome.BLOCKED, Outcome.GONE])
def test_other_failures_than_unreachable_are_not_an_outage(outcome: Outcome) -> None:
    this_run = observations("big.test", *[outcome] * 20)
    assert apply_outages(this_run) == ([], ())


def test_one_404_does_not_end_an_outage() -> None:
    this_run = observations("big.test", *[Outcome.SERVER_ERROR] * 20, Outcome.MISSING)
    kept, hosts = apply_outages(this_run)
    assert (hosts, kept) == (("big.test",), [])


def test_observations_of_other_hosts_are_kept() -> None:
    this_run = [
        *observations("big.test", *[Outcome.RESET] * 10),
        *observations("small.test", Outcome.RESET),
    ]
    kept, _ = apply_outages(this_run)
    assert [observation.link for observation in kept] == ["https://small.test/0"]


@pytest.mark.parametrize(("nights", "down"), [(1, True), (14, True), (15, False), (None, False)])
def test_a_host_unavailable_for_more_than_two_weeks_is_not_an_outage(
    nights: int | None, *, down: bool
) -> None:
    this_run = observations("big.test", *[Outcome.TIMEOUT] * 20)
    kept, hosts = apply_outages(this_run, fine_nights_ago=nights)
    assert (bool(hosts), bool(kept)) == (down, not down)


def test_min_links_may_be_one() -> None:
    (observation,) = observations("small.test", Outcome.TIMEOUT)
    earlier = replace(observation, run_date=RUN_DATE - timedelta(days=3), outcome=Outcome.OK)
    tally = {"small.test": Counter({Outcome.TIMEOUT: 1})}
    kept, hosts = without_outages(
        [observation], tally, {observation.link: (earlier,)}, OutageSettings(min_links=1)
    )
    assert (kept, hosts) == ((), ("small.test",))


def test_only_an_earlier_run_shows_that_a_host_was_available() -> None:
    this_run = observations("big.test", *[Outcome.TIMEOUT] * 20)
    assert apply_outages(this_run, fine_nights_ago=0) == (this_run, ())


def test_without_observations_there_is_no_outage() -> None:
    assert apply_outages([]) == ([], ())
