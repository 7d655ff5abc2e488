"""Hosts that fall silent are left alone for the night, and come back when they answer."""

from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.links.checker import CollectingSink, KnownPages
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Outcome
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.scheduler import CircuitBreaker
from staycurrent.web.replay.scenario import Fault, HostRule, PageRule, ReplayResponse, Scenario, Tcp
from tests.support.values import checker
from tests.support.web_server import played

NIGHT = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


def of(host: str, count: int) -> list[Link]:
    found = [link(f"http://{host}/{n}") for n in range(count)]
    return [one for one in found if isinstance(one, Link)]


def test_it_opens_after_so_many_in_a_row_and_an_answer_closes_it() -> None:
    breaker, links = CircuitBreaker({"h.test"}, after=2), of("h.test", 12)
    for one in links[:2]:
        assert not breaker.skips(one)
        assert breaker.record(one, Outcome.TIMEOUT, failing=False) == []
    aside = [one for one in links[2:10] if breaker.skips(one)]
    assert aside == links[2:9]  # the eighth is tried
    assert breaker.record(links[9], Outcome.MISSING, failing=False) == aside
    assert not breaker.skips(links[10])


@pytest.mark.parametrize("outcome", [Outcome.MISSING, Outcome.SERVER_ERROR, Outcome.BLOCKED])
def test_a_host_that_answers_is_not_silent_whatever_it_says(outcome: Outcome) -> None:
    breaker, links = CircuitBreaker({"h.test"}, after=2), of("h.test", 4)
    for one in links:
        breaker.record(one, outcome, failing=False)
    assert not breaker.skips(links[0])


def test_links_that_failed_before_and_hosts_that_were_not_well_do_not_count() -> None:
    breaker = CircuitBreaker({"h.test"}, after=2)
    for one in of("h.test", 4):
        breaker.record(one, Outcome.TIMEOUT, failing=True)
        assert not breaker.skips(one)
    for one in of("new.test", 4):
        breaker.record(one, Outcome.TIMEOUT, failing=False)
        assert not breaker.skips(one)


@pytest.mark.parametrize(("well", "asked"), [(True, 8 + 2), (False, 24)])
async def test_a_silent_host_is_asked_for_few_of_its_links_if_it_was_well(
    *, well: bool, asked: int
) -> None:
    links = of("h.test", 24)
    pages = tuple(PageRule(one.key, ReplayResponse(fault=Fault.RESET)) for one in links)
    well_on = NIGHT - timedelta(days=3 if well else 30)
    sink = CollectingSink()
    noted = sink.observations
    with played(Scenario((HostRule("h.test"),), pages, NIGHT)) as it:
        known = KnownPages({one.key: Baseline(last_success=well_on) for one in links})
        checks = checker(it.web().request, sink, NIGHT, now=NOW, concurrency=1, known=known)
        await checks.check(links)
    assert len(noted) == asked
    assert {one.outcome for one in noted} == {Outcome.RESET}


async def test_links_set_aside_are_checked_when_their_host_answers_again() -> None:
    links = of("h.test", 24)
    bad = tuple(PageRule(one.key, ReplayResponse(fault=Fault.RESET)) for one in links[:9])
    good = tuple(
        PageRule(one.key, ReplayResponse(200, body=b"<title>x</title>")) for one in links[9:]
    )
    sink = CollectingSink()
    noted = sink.observations
    hosts = (HostRule("h.test"), HostRule("closed.test", tcp=Tcp.REFUSED))
    with played(Scenario(hosts, (*bad, *good), NIGHT)) as it:
        pasts = {one.key: Baseline(last_success=NIGHT - timedelta(days=1)) for one in links}
        known = KnownPages(pasts)
        checks = checker(it.web().request, sink, NIGHT, now=NOW, concurrency=1, known=known)
        await checks.check(links)
    assert sorted(one.link for one in noted) == sorted(one.key for one in links)
