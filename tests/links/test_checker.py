"""How pages are checked: second checks, what is recorded, and what is not a check."""

from datetime import UTC, date, datetime

import pytest

from staycurrent.links.attempts import other_scheme_url
from staycurrent.links.checker import CollectingSink, KnownPages
from staycurrent.links.former_page import FormerPage
from staycurrent.links.link import Entry, Link, link
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.analysis import PageAnalysis
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.soft_404 import Ownership
from staycurrent.web.replay.scenario import (
    Fault,
    HostRule,
    PageRule,
    Ranges,
    ReplayResponse,
    Scenario,
)
from staycurrent.web.response import Failure, Response
from tests.support.values import checker, page_response
from tests.support.web_server import played

RUN_DATE = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 2, tzinfo=UTC)
URL = "https://site.test/a"
PLAIN = "http://site.test/a"
GOOD = ReplayResponse(200, body=b"<title>Here</title>")
LOST = ReplayResponse(200, body=b"<title>Page not found</title>")


async def check_replies(
    *replies: ReplayResponse, url: str = URL, others: tuple[PageRule, ...] = ()
) -> tuple[list[Observation], list[float], int]:
    """The observations, sleeps and request count for these replies; the last one repeats."""
    *first, last = replies
    rules = [PageRule(URL, one, tries=Ranges.parse(str(1))) for one in first]
    scenario = Scenario((HostRule("site.test"),), (*rules, PageRule(URL, last), *others), RUN_DATE)
    sink = CollectingSink()
    observations = sink.observations
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with played(scenario) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, sleep=sleep, second_look_s=120)
        await checks.check([as_link(url)])
        return observations, slept, len(it.server.requests)


def as_link(url: str) -> Link:
    parsed = link(url)
    assert isinstance(parsed, Link)
    return parsed


async def test_a_healthy_page_is_checked_once() -> None:
    observations, slept, requests = await check_replies(GOOD)
    assert [(one.outcome, one.checks, one.status) for one in observations] == [(Outcome.OK, 1, 200)]
    assert (slept, requests) == ([], 1)


async def test_a_failure_is_confirmed_minutes_later() -> None:
    observations, slept, requests = await check_replies(ReplayResponse(404))
    assert [(one.outcome, one.checks) for one in observations] == [(Outcome.MISSING, 2)]
    assert slept == pytest.approx([120], abs=60)
    assert requests == 3  # two checks, and one with the other scheme
    assert observations[0].evidence == "404, twice"


@pytest.mark.parametrize(
    ("url", "reply", "other_reply", "evidence", "requests"),
    [
        (URL, ReplayResponse(404), GOOD, "404, twice; http answers 200", 3),
        (PLAIN, ReplayResponse(500), GOOD, f"307 to {URL}, as in browsers; 500, twice", 3),
        (PLAIN, ReplayResponse(404), LOST, "404, twice; https answers 200", 3),
        (PLAIN, ReplayResponse(404), ReplayResponse(404), "404, twice", 3),
        (PLAIN, ReplayResponse(404), ReplayResponse(403), "404, twice", 3),
        (
            PLAIN,
            ReplayResponse(502),
            ReplayResponse(403),
            f"403, open it in a browser at {URL}, as in browsers; 502, twice",
            3,
        ),
        (URL, ReplayResponse(404), ReplayResponse(403), "404, twice", 3),
        (URL, GOOD, GOOD, "200", 1),
        (URL, ReplayResponse(403), GOOD, "403, open it in a browser", 1),
    ],
)
async def test_the_evidence_names_the_other_scheme_if_it_works(
    url: str, reply: ReplayResponse, other_reply: ReplayResponse, evidence: str, requests: int
) -> None:
    other = PLAIN if url == URL else URL
    scenario = Scenario(
        (HostRule("site.test"),), (PageRule(url, reply), PageRule(other, other_reply)), RUN_DATE
    )
    sink = CollectingSink()
    observations = sink.observations
    with played(scenario) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, concurrency=4)
        await checks.check([as_link(url)])
        assert len(it.server.requests) == requests
    assert [one.evidence for one in observations] == [evidence]


@pytest.mark.parametrize("failing", [False, True])
async def test_what_only_https_shows_is_alive_as_in_browsers(*, failing: bool) -> None:
    pages = PageRule(PLAIN, ReplayResponse(fault=Fault.RESET)), PageRule(URL, GOOD)
    sink = CollectingSink()
    with played(Scenario((HostRule("site.test"),), pages, RUN_DATE)) as it:
        known = KnownPages({PLAIN: Baseline(failing=failing)})
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, known=known)
        await checks.check([as_link(PLAIN)])
    (seen,) = sink.observations
    assert (seen.outcome, seen.final_url, seen.permanent) == (Outcome.REDIRECTED, URL, False)
    assert seen.evidence == f"307 to {URL}, as in browsers; the connection was cut, twice"


async def test_a_page_that_https_shows_in_the_place_of_a_pdf_is_no_better() -> None:
    url = "site.test/papers/attention.pdf"
    app = ReplayResponse(200, body=b"<title>Catalogue</title><p>Search for what you need.")
    pages = PageRule(f"http://{url}", ReplayResponse(404)), PageRule(f"https://{url}", app)
    sink = CollectingSink()
    with played(Scenario((HostRule("site.test"),), pages, RUN_DATE)) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW)
        await checks.check([as_link(f"http://{url}")])
    assert [(one.outcome, one.final_url) for one in sink.observations] == [(Outcome.MISSING, None)]


async def test_the_other_scheme_is_requested_on_the_first_day_of_a_streak_only() -> None:
    scenario = Scenario(
        (HostRule("site.test"),),
        (PageRule(URL, ReplayResponse(404)), PageRule(PLAIN, GOOD)),
        RUN_DATE,
    )
    sink = CollectingSink()
    observations = sink.observations
    with played(scenario) as it:
        known = KnownPages({URL: Baseline(failing=True)})
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, known=known)
        await checks.check([as_link(URL)])
        assert len(it.server.requests) == 2
    assert observations[0].evidence == "404, twice"


def test_the_other_scheme_is_not_requested_if_it_cannot_help() -> None:
    address = as_link(URL).address
    worth = {one for one in Outcome if other_scheme_url(address, one) is not None}
    assert worth == {
        *(one for one in Outcome if one.is_weak and one is not Outcome.DNS_TROUBLE),
        Outcome.GONE, Outcome.MISSING, Outcome.TLS,
    }  # fmt: skip
    assert other_scheme_url(as_link("https://site.test:8443/a").address, Outcome.TLS) is None


async def test_only_a_healthy_page_has_a_fingerprint() -> None:
    observations, _, _ = await check_replies(
        ReplayResponse(200, body=b"<title>Here</title>some words")
    )
    assert (observations[0].fingerprint or "").startswith("html 2 ")
    assert (observations[0].fingerprint or "").endswith(" Here")
    observations, _, _ = await check_replies(
        ReplayResponse(200, body=b"<title>Just a moment...</title>")
    )
    assert observations[0].fingerprint is None
    observations, _, _ = await check_replies(ReplayResponse(404, body=b"<title>Gone</title>"))
    assert observations[0].fingerprint is None


@pytest.mark.parametrize(
    ("began", "to", "permanent"),
    [
        ("https://site.test/", "https://site.test/en/", False),
        ("http://site.test/", "https://site.test/", True),
        ("https://site.test/blog", "https://blog.test/", True),
        ("https://site.test/a/b", "https://site.test/c/b", True),
        ("https://site.test/a/b", "https://site.test/c/b?page=2", True),
        ("https://site.test/?via=ada", "https://site.test/", False),
        ("https://site.test/a/b?v=1&aff=1", "https://site.test/a/b?v=1", False),
        ("https://site.test/?via=ada", "https://blog.test/", True),
        ("http://site.test/?via=ada", "https://site.test/?via=ada", True),
        ("https://site.test/main.html?v=1", "https://site.test/?v=1", True),
        ("https://site.test/docs/latest/b", "https://site.test/docs/3.2/b", False),
        ("https://site.test/docs/stable", "https://site.test/docs/v4/", False),
        ("http://site.test/docs/latest/b", "https://site.test/docs/3.2/b", False),
        ("https://site.test/docs/latest/", "https://site.test/docs/3.2/index.html", False),
        ("https://site.test/docs/latest/b", "https://www.site.test/docs/3.2/b", False),
        ("https://site.test/docs/latest/a/b", "https://site.test/docs/3.2/b", True),
        ("https://site.test/docs/v3/b", "https://site.test/docs/v4/b", True),
        ("https://site.test/docs/latest/b", "https://blog.test/docs/3.2/b", True),
        ("https://site.test/docs/latest/b", "https://site.test/docs/news/b", True),
        ("https://site.test/docs/", "https://site.test/docs/introduction", False),
        ("https://site.test/docs", "https://site.test/docs/", False),
        ("http://site.test/docs", "https://site.test/docs/", True),
        ("https://site.test/docs", "https://www.site.test/docs/", True),
        ("https://site.test/docs/b", "https://site.test/docs/4.2/b", False),
        ("https://site.test/", "https://www.site.test/wiki/Main_Page", False),
        ("https://site.test/?p=12", "https://site.test/2020/b", True),
        ("https://site.test/a/b", "https://site.test/a/b?amp=1", False),
        ("https://site.test/a/b?v=1", "https://site.test/a/b?v=1&theme=dark", False),
        ("https://site.test/a/b", "https://site.test/a/b-c", True),
        ("https://site.test/a/b", "https://site.test/a/discontinued", False),
        ("https://discord.gg/b", "https://site.test/invite/b", False),
        ("https://site.test/a/b", "https://blog.test/c/b?v=1&X-Amz-Signature=a1", False),
        ("https://site.test/a/b", "https://blog.test/c/b?Expires=17&Signature=a1", False),
        ("https://site.test/a/b", "https://blog.test/c/b?expires=17&md5=a1", False),
        ("https://site.test/a/b", "https://blog.test/c/b?access_token=a1", False),
        ("http://site.test/a/b?token=a1", "https://site.test/a/b?token=a1", True),
        ("http://site.test/a/b?token=a1", "https://site.test/a/b?v=2&token=a1#part", True),
        ("http://site.test/a/b?token=a1", "https://site.test/a/b?token=a2", False),
    ],
)
async def test_only_redirects_to_the_same_page_are_permanent(
    began: str, to: str, *, permanent: bool
) -> None:
    moved = ReplayResponse(301, (("location", to),))
    hosts = (
        HostRule("site.test"),
        HostRule("blog.test"),
        HostRule("discord.gg"),
        HostRule("www.site.test"),
    )
    sink = CollectingSink()
    observations = sink.observations
    pages = PageRule(began, moved), PageRule(to.partition("#")[0], GOOD)
    with played(Scenario(hosts, pages, RUN_DATE)) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, concurrency=4)
        await checks.check([as_link(began)])
    assert [(one.outcome, one.permanent) for one in observations] == [
        (Outcome.REDIRECTED, permanent)
    ]


@pytest.mark.parametrize(
    ("statuses", "ended", "upgraded"),
    [
        ((301, 308), "https://site.test/3/", True),
        ((301, 301), "https://site.test/de/", True),
        ((301, 302), "https://site.test/3/", False),
        ((302, 301), "https://site.test/3/", False),
        ((301, 301), "http://site.test/3/", False),
    ],
)
async def test_https_on_the_way_to_a_longer_address_is_the_move(
    statuses: tuple[int, int], ended: str, *, upgraded: bool
) -> None:
    own, by_https = "http://site.test/", "https://site.test/"
    first, second = (
        ReplayResponse(status, (("location", to),))
        for status, to in zip(statuses, (by_https, ended), strict=True)
    )
    pages = PageRule(own, first), PageRule(by_https, second), PageRule(ended, GOOD)
    sink = CollectingSink()
    with played(Scenario((HostRule("site.test"),), pages, RUN_DATE)) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, concurrency=4)
        await checks.check([as_link(own)])
    seen = sink.observations[0]
    assert (seen.permanent, seen.final_url) == (upgraded, by_https if upgraded else ended)


async def test_a_page_that_succeeds_at_the_second_check_is_ok() -> None:
    observations, _, _ = await check_replies(ReplayResponse(404), GOOD)
    assert [(one.outcome, one.checks) for one in observations] == [(Outcome.OK, 2)]
    assert observations[0].evidence == "200 (first 404)"


async def test_of_two_failures_the_weaker_one_counts() -> None:
    observations, _, _ = await check_replies(ReplayResponse(404), ReplayResponse(fault=Fault.RESET))
    assert [(one.outcome, one.status) for one in observations] == [(Outcome.RESET, None)]
    observations, _, _ = await check_replies(ReplayResponse(500), ReplayResponse(410))
    assert [(one.outcome, one.status) for one in observations] == [(Outcome.SERVER_ERROR, 500)]
    assert observations[0].evidence == "500, then 410"
    home = ReplayResponse(302, (("location", "https://site.test/"),))
    away = PageRule("https://site.test/", GOOD)
    observations, _, _ = await check_replies(home, ReplayResponse(404), others=(away,))
    (one,) = observations
    assert (one.outcome, one.status) == (Outcome.HOME_REDIRECT, 200)
    assert one.final_url == "https://site.test/"
    assert one.fingerprint is not None


async def test_a_blocked_check_is_not_repeated() -> None:
    observations, slept, requests = await check_replies(ReplayResponse(403))
    assert [one.outcome for one in observations] == [Outcome.BLOCKED]
    assert (slept, requests) == ([], 1)


async def test_a_redirect_is_recorded_with_its_final_url_and_whether_it_is_permanent() -> None:
    moved = ReplayResponse(301, (("location", "https://site.test/b"),))
    scenario = Scenario(
        (HostRule("site.test"),),
        (PageRule(URL, moved), PageRule("https://site.test/b", GOOD)),
        RUN_DATE,
    )
    sink = CollectingSink()
    observations = sink.observations
    with played(scenario) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, concurrency=4)
        await checks.check([as_link(URL)])
    assert [(one.outcome, one.permanent, one.final_url) for one in observations] == [
        (Outcome.REDIRECTED, True, "https://site.test/b")
    ]


async def test_a_host_that_sends_retry_after_is_requested_once() -> None:
    later = ReplayResponse(429, (("retry-after", "86400"),))
    pages = tuple(PageRule(f"https://site.test/{n}", later) for n in range(6))
    sink = CollectingSink()
    observations = sink.observations
    with played(Scenario((HostRule("site.test"),), pages, RUN_DATE)) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, concurrency=1)
        links = [as_link(f"https://site.test/{n}") for n in range(6)]
        await checks.check(links)
        assert len(it.server.requests) == 1
    assert [one.outcome for one in observations] == [Outcome.BLOCKED]


async def test_each_link_is_observed_once() -> None:
    pages = tuple(PageRule(f"https://h{n % 7}.test/{n}", GOOD) for n in range(60))
    hosts = tuple(HostRule(f"h{n}.test") for n in range(7))
    sink = CollectingSink()
    observations = sink.observations
    links = [as_link(page.url) for page in pages]
    with played(Scenario(hosts, pages, RUN_DATE)) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, concurrency=8)
        await checks.check(links)
    assert sorted(one.link for one in observations) == sorted(one.key for one in links)


@pytest.mark.parametrize(("letters", "is_believed"), [(1900, True), (2001, False), (60_000, False)])
async def test_a_very_long_redirect_is_followed_but_not_believed(
    letters: int, *, is_believed: bool
) -> None:
    target = f"/{'x' * letters}"
    moved = ReplayResponse(301, (("location", target),))
    scenario = Scenario(
        (HostRule("site.test"),),
        (PageRule(URL, moved), PageRule(f"https://site.test{target}", GOOD)),
    )
    sink = CollectingSink()
    with played(scenario) as it:
        await checker(it.web().request, sink, RUN_DATE, now=NOW).check([as_link(URL)])
    (observation,) = sink.observations
    assert observation.outcome is Outcome.REDIRECTED
    assert (observation.final_url is not None, observation.permanent) == (is_believed, is_believed)
    assert len(observation.evidence) <= 2000


@pytest.mark.parametrize(
    ("count", "home", "known", "outcome", "requests"),
    [
        (3, 404, {}, Outcome.SERVER_ERROR, 3 + 1 + 3 + 3),
        (3, 200, {}, Outcome.MISSING, 3 + 1 + 3 + 3),
        (2, 404, {}, Outcome.MISSING, 2 + 2 + 2),
        (3, 404, {f"{URL}0": Baseline(last_success=date(2026, 10, 1))}, Outcome.MISSING, 9),
    ],
)
async def test_a_host_that_answers_404_to_everything_is_asked_for_its_home_page(
    count: int, home: int, known: dict[str, Baseline], outcome: Outcome, requests: int
) -> None:
    """Two checks of each link, one with the other scheme, and the home page where it decides."""
    pages = (PageRule("https://site.test/", ReplayResponse(home, body=b"<title>Home</title>")),)
    sink = CollectingSink()
    with played(Scenario((HostRule("site.test"),), pages, RUN_DATE)) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW, known=KnownPages(known))
        await checks.check([as_link(f"{URL}{number}") for number in range(count)])
        assert len(it.server.requests) == requests
    assert [one.outcome for one in sink.observations] == [outcome] * count
    assert {one.status for one in sink.observations} == {404}
    if outcome is Outcome.SERVER_ERROR:
        words = "404, as all links of its host and its home page, twice"
        assert {one.evidence for one in sink.observations} == {words}


async def test_a_host_that_has_one_page_for_us_is_not_asked_for_its_home_page() -> None:
    sink = CollectingSink()
    with played(Scenario((HostRule("site.test"),), (PageRule(URL, GOOD),), RUN_DATE)) as it:
        checks = checker(it.web().request, sink, RUN_DATE, now=NOW)
        await checks.check([as_link(url) for url in (URL, f"{URL}0", f"{URL}1", f"{URL}2")])
        assert "https://site.test/" not in [one.url for one in it.server.requests]
    assert sorted(one.outcome for one in sink.observations) == [*[Outcome.MISSING] * 3, Outcome.OK]


OVERLOADED = Response(
    URL, URL, (), 0.0, Failure.DEFERRED, "this machine is out of files", is_overloaded=True
)


@pytest.mark.parametrize(
    "responses",
    [
        [OVERLOADED],
        [Response(URL, URL, (), 0.1, status=404), OVERLOADED],
        [Response(URL, URL, (), 0.1, status=503), OVERLOADED],
    ],
    ids=["first", "second after 404", "second after 503"],
)
async def test_what_this_machine_cannot_check_is_counted_and_not_observed(
    responses: list[Response],
) -> None:
    left = iter(responses)

    async def fetch(_: str) -> Response:
        return next(left)

    sink = CollectingSink()
    known = KnownPages({URL: Baseline(postponed_since=date(2026, 10, 1))})
    checks = checker(fetch, sink, RUN_DATE, now=NOW, known=known)
    await checks.check([as_link(URL)])
    assert sink.observations == []
    assert +checks.overloaded == {"this machine is out of files": 1}


async def test_slow_registries_take_none_of_the_archive_s_time() -> None:
    body = b"<title>Casino online</title><p>Slots, poker, roulette and a jackpot for each gambler"
    urls = ("https://one.test/", "https://two.test/")
    asked: list[str] = []

    async def fetch(url: str) -> Response:
        return page_response(body, 200, url)

    async def ask_registry(one: Link) -> Ownership:
        asked.append(f"registry about {one.host}")
        return Ownership()

    async def ask_archive(
        one: Link, registered: date | None, _analysis: PageAnalysis, _baseline: Baseline
    ) -> FormerPage | None:
        assert registered is None
        asked.append(f"archive about {one.host}")
        return None

    known = KnownPages(entries={url: Entry("Tallyboard", "Ballots for clubs.") for url in urls})
    checks = checker(fetch, CollectingSink(), RUN_DATE, now=NOW, known=known)
    checks.ask_registry, checks.ask_archive = ask_registry, ask_archive
    await checks.check([as_link(url) for url in urls])
    assert [one.split()[0] for one in asked] == ["registry", "registry", "archive", "archive"]
