"""How pages are looked at: second looks, what is noted, and what is no look at all."""

from datetime import UTC, date, datetime

import pytest

from staycurrent.links.attempts import other_scheme_url
from staycurrent.links.baseline import Baseline
from staycurrent.links.checker import CollectingSink, KnownPages
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation, Outcome
from staycurrent.web.replay.scenario import (
    Fault,
    HostRule,
    PageRule,
    Ranges,
    ReplayResponse,
    Scenario,
)
from tests.support.values import checker
from tests.support.web_server import played

NIGHT = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 2, tzinfo=UTC)
URL = "https://site.test/a"
PLAIN = "http://site.test/a"
GOOD = ReplayResponse(200, body=b"<title>Here</title>")


async def looked_at(
    *replies: ReplayResponse, url: str = URL
) -> tuple[list[Observation], list[float], int]:
    """What is noted where the replies come one after another, the last one for ever."""
    *first, last = replies
    rules = [PageRule(URL, one, tries=Ranges.parse(str(1))) for one in first]
    scenario = Scenario((HostRule("site.test"),), (*rules, PageRule(URL, last)), NIGHT)
    sink = CollectingSink()
    noted = sink.observations
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with played(scenario) as it:
        checks = checker(it.web().request, sink, NIGHT, now=NOW, sleep=sleep, second_look_s=120)
        await checks.check([as_link(url)])
        return noted, slept, len(it.server.requests)


def as_link(url: str) -> Link:
    found = link(url)
    assert isinstance(found, Link)
    return found


async def test_a_good_page_takes_one_look() -> None:
    noted, slept, requests = await looked_at(GOOD)
    assert [(one.outcome, one.checks, one.status) for one in noted] == [(Outcome.OK, 1, 200)]
    assert (slept, requests) == ([], 1)


async def test_a_negative_look_is_confirmed_minutes_later() -> None:
    noted, slept, requests = await looked_at(ReplayResponse(404))
    assert [(one.outcome, one.checks) for one in noted] == [(Outcome.MISSING, 2)]
    assert slept == pytest.approx([120], abs=1)
    assert requests == 3  # two looks, and one by the other scheme
    assert noted[0].evidence == "404, twice"


@pytest.mark.parametrize(
    ("url", "reply", "beside", "evidence", "requests"),
    [
        (URL, ReplayResponse(404), GOOD, "404, twice; http answers 200", 3),
        (PLAIN, ReplayResponse(500), GOOD, "500, twice; https answers 200", 3),
        (URL, ReplayResponse(404), ReplayResponse(403), "404, twice", 3),
        (URL, GOOD, GOOD, "200", 1),
        (URL, ReplayResponse(403), GOOD, "403, open it in a browser", 1),
    ],
)
async def test_the_other_scheme_is_told_where_it_does_better(
    url: str, reply: ReplayResponse, beside: ReplayResponse, evidence: str, requests: int
) -> None:
    other = PLAIN if url == URL else URL
    scenario = Scenario(
        (HostRule("site.test"),), (PageRule(url, reply), PageRule(other, beside)), NIGHT
    )
    sink = CollectingSink()
    noted = sink.observations
    with played(scenario) as it:
        checks = checker(it.web().request, sink, NIGHT, now=NOW, concurrency=4)
        await checks.check([as_link(url)])
        assert len(it.server.requests) == requests
    assert [one.evidence for one in noted] == [evidence]


async def test_the_other_scheme_is_asked_on_the_first_night_of_a_streak_only() -> None:
    scenario = Scenario(
        (HostRule("site.test"),), (PageRule(URL, ReplayResponse(404)), PageRule(PLAIN, GOOD)), NIGHT
    )
    sink = CollectingSink()
    noted = sink.observations
    with played(scenario) as it:
        known = KnownPages({URL: Baseline(failing=True)})
        checks = checker(it.web().request, sink, NIGHT, now=NOW, known=known)
        await checks.check([as_link(URL)])
        assert len(it.server.requests) == 2
    assert noted[0].evidence == "404, twice"


def test_what_no_scheme_can_mend_is_not_asked_by_the_other_one() -> None:
    address = as_link(URL).address
    worth = {one for one in Outcome if other_scheme_url(address, one) is not None}
    assert worth == {
        *(one for one in Outcome if one.is_weak and one is not Outcome.DNS_TROUBLE),
        Outcome.GONE, Outcome.MISSING, Outcome.TLS,
    }  # fmt: skip
    assert other_scheme_url(as_link("https://site.test:8443/a").address, Outcome.TLS) is None


async def test_a_good_page_leaves_its_print_and_a_wall_leaves_none() -> None:
    noted, _, _ = await looked_at(ReplayResponse(200, body=b"<title>Here</title>some words"))
    assert (noted[0].fingerprint or "").startswith("html 2 ")
    assert (noted[0].fingerprint or "").endswith(" Here")
    noted, _, _ = await looked_at(ReplayResponse(200, body=b"<title>Just a moment...</title>"))
    assert noted[0].fingerprint is None
    noted, _, _ = await looked_at(ReplayResponse(404, body=b"<title>Gone</title>"))
    assert noted[0].fingerprint is None


@pytest.mark.parametrize(
    ("began", "to", "permanent"),
    [
        ("https://site.test/", "https://site.test/en/", False),
        ("http://site.test/", "https://site.test/", True),
        ("https://site.test/blog", "https://blog.test/", True),
        ("https://site.test/a/b", "https://site.test/c/b", True),
    ],
)
async def test_a_home_is_proposed_only_where_it_is_the_things_own(
    began: str, to: str, *, permanent: bool
) -> None:
    moved = ReplayResponse(301, (("location", to),))
    hosts = (HostRule("site.test"), HostRule("blog.test"))
    sink = CollectingSink()
    noted = sink.observations
    with played(Scenario(hosts, (PageRule(began, moved), PageRule(to, GOOD)), NIGHT)) as it:
        checks = checker(it.web().request, sink, NIGHT, now=NOW, concurrency=4)
        await checks.check([as_link(began)])
    assert [(one.outcome, one.permanent) for one in noted] == [(Outcome.REDIRECTED, permanent)]


async def test_a_page_that_heals_at_the_second_look_is_alive() -> None:
    noted, _, _ = await looked_at(ReplayResponse(404), GOOD)
    assert [(one.outcome, one.checks) for one in noted] == [(Outcome.OK, 2)]
    assert noted[0].evidence == "200 (first 404)"


async def test_of_two_negative_looks_the_kinder_one_counts() -> None:
    noted, _, _ = await looked_at(ReplayResponse(404), ReplayResponse(fault=Fault.RESET))
    assert [one.outcome for one in noted] == [Outcome.RESET]
    noted, _, _ = await looked_at(ReplayResponse(500), ReplayResponse(410))
    assert [one.outcome for one in noted] == [Outcome.SERVER_ERROR]


async def test_a_blocked_look_takes_no_second_one() -> None:
    noted, slept, requests = await looked_at(ReplayResponse(403))
    assert [one.outcome for one in noted] == [Outcome.BLOCKED]
    assert (slept, requests) == ([], 1)


async def test_a_redirect_is_noted_with_its_end_and_whether_it_is_for_good() -> None:
    moved = ReplayResponse(301, (("location", "https://site.test/b"),))
    scenario = Scenario(
        (HostRule("site.test"),),
        (PageRule(URL, moved), PageRule("https://site.test/b", GOOD)),
        NIGHT,
    )
    sink = CollectingSink()
    noted = sink.observations
    with played(scenario) as it:
        checks = checker(it.web().request, sink, NIGHT, now=NOW, concurrency=4)
        await checks.check([as_link(URL)])
    assert [(one.outcome, one.permanent, one.final_url) for one in noted] == [
        (Outcome.REDIRECTED, True, "https://site.test/b")
    ]


async def test_a_host_that_puts_us_off_yields_blocked_once_and_then_no_look() -> None:
    later = ReplayResponse(429, (("retry-after", "86400"),))
    pages = tuple(PageRule(f"https://site.test/{n}", later) for n in range(6))
    sink = CollectingSink()
    noted = sink.observations
    with played(Scenario((HostRule("site.test"),), pages, NIGHT)) as it:
        checks = checker(it.web().request, sink, NIGHT, now=NOW, concurrency=1)
        links = [as_link(f"https://site.test/{n}") for n in range(6)]
        await checks.check(links)
        assert len(it.server.requests) == 1
    assert [one.outcome for one in noted] == [Outcome.BLOCKED]


async def test_many_links_are_each_noted_once() -> None:
    pages = tuple(PageRule(f"https://h{n % 7}.test/{n}", GOOD) for n in range(60))
    hosts = tuple(HostRule(f"h{n}.test") for n in range(7))
    sink = CollectingSink()
    noted = sink.observations
    links = [as_link(page.url) for page in pages]
    with played(Scenario(hosts, pages, NIGHT)) as it:
        checks = checker(it.web().request, sink, NIGHT, now=NOW, concurrency=8)
        await checks.check(links)
    assert sorted(one.link for one in noted) == sorted(one.key for one in links)
