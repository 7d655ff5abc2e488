"""A host that is down as a whole is no evidence against any of its pages."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.run_gate import without_outages
from staycurrent.links.settings import OutageSettings
from staycurrent.web.address import host_of

NIGHT = date(2026, 11, 20)


def looks(host: str, *outcomes: Outcome) -> list[Observation]:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    return [
        Observation(f"https://{host}/{n}", NIGHT, moment, outcome, "page")
        for n, outcome in enumerate(outcomes)
    ]


def judged(
    tonight: list[Observation], *, fine_nights_ago: int | None = 3
) -> tuple[list[Observation], tuple[str, ...]]:
    """What is left of tonight where every link was fine so many nights ago, or never."""
    before = timedelta(days=fine_nights_ago or 0)
    earlier = {
        one.link: (Observation(one.link, NIGHT - before, one.seen_at, Outcome.OK, "page"),)
        for one in tonight
    }
    histories = {} if fine_nights_ago is None else earlier
    tally: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for one in tonight:
        tally[host_of(one.link)][one.outcome] += 1
    weak = [one for one in tonight if one.outcome.is_weak]
    kept, hosts = without_outages(weak, tally, histories, OutageSettings())
    return list(kept), hosts


@pytest.mark.parametrize(
    ("failing", "fine", "down"),
    [(6, 0, True), (5, 0, False), (9, 2, True), (8, 2, False), (100, 0, True)],
)
def test_a_host_is_down_where_nearly_all_of_enough_links_fail_alike(
    failing: int, fine: int, *, down: bool
) -> None:
    tonight = looks("big.test", *[Outcome.TIMEOUT] * failing, *[Outcome.OK] * fine)
    kept, hosts = judged(tonight)
    assert hosts == (("big.test",) if down else ())
    assert len(kept) == (0 if down else failing)


@pytest.mark.parametrize("outcome", [Outcome.MISSING, Outcome.TLS, Outcome.BLOCKED, Outcome.GONE])
def test_what_says_more_than_unreachable_is_no_outage(outcome: Outcome) -> None:
    tonight = looks("big.test", *[outcome] * 20)
    assert judged(tonight) == ([], ())


def test_one_404_does_not_save_a_host_that_is_down() -> None:
    tonight = looks("big.test", *[Outcome.SERVER_ERROR] * 20, Outcome.MISSING)
    kept, hosts = judged(tonight)
    assert (hosts, kept) == (("big.test",), [])


def test_other_hosts_keep_their_vote() -> None:
    tonight = [*looks("big.test", *[Outcome.RESET] * 10), *looks("small.test", Outcome.RESET)]
    kept, _ = judged(tonight)
    assert [one.link for one in kept] == ["https://small.test/0"]


@pytest.mark.parametrize(("nights", "down"), [(1, True), (14, True), (15, False), (None, False)])
def test_a_host_that_has_been_silent_for_weeks_is_evidence(
    nights: int | None, *, down: bool
) -> None:
    tonight = looks("big.test", *[Outcome.TIMEOUT] * 20)
    kept, hosts = judged(tonight, fine_nights_ago=nights)
    assert (bool(hosts), bool(kept)) == (down, not down)


def test_one_link_may_stand_for_its_host_if_the_settings_say_so() -> None:
    (one,) = looks("small.test", Outcome.TIMEOUT)
    earlier = replace(one, run_date=NIGHT - timedelta(days=3), outcome=Outcome.OK)
    tally = {"small.test": Counter({Outcome.TIMEOUT: 1})}
    kept, hosts = without_outages([one], tally, {one.link: (earlier,)}, OutageSettings(min_links=1))
    assert (kept, hosts) == ((), ("small.test",))


def test_only_an_earlier_night_shows_that_a_host_answered() -> None:
    tonight = looks("big.test", *[Outcome.TIMEOUT] * 20)
    assert judged(tonight, fine_nights_ago=0) == (tonight, ())


def test_nothing_looked_at_is_no_outage() -> None:
    assert judged([]) == ([], ())
