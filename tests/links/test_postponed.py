"""A host that says "come back tomorrow": no evidence for weeks, and evidence after that."""

from datetime import date, timedelta

import pytest

from staycurrent.links.attempts import postponed
from staycurrent.links.classification import Classification
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.fingerprint import baseline_from
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import VerdictState
from staycurrent.web.replay.scenario import HostRule, PageRule, Ranges, ReplayResponse, Scenario
from tests.support.values import FIRST_NOW, play_runs

URL = "https://busy.test/page"
NIGHT = date(2026, 11, 1)
BUSY = ReplayResponse(503, (("retry-after", "86400"),))
WELL = ReplayResponse(200, body=b"<title>Here</title>some words")


def busy(*pages: PageRule) -> Scenario:
    return Scenario((HostRule("busy.test"),), (*pages, PageRule("https://busy.test/page*", BUSY)))


def nights(first: int, last: int) -> range:
    return range(first, last + 1)


async def test_a_host_that_puts_us_off_for_ever_is_dead_after_both_patiences() -> None:
    found = await play_runs(busy(PageRule(URL, WELL, Ranges.parse("1"))), [URL], nights(1, 28))
    outcomes = found.outcomes(URL)
    assert outcomes[1:15] == [Outcome.SKIPPED] * 14
    assert outcomes[15:] == [Outcome.SERVER_ERROR] * 13
    assert found.evidence(URL) == "503, come back another day: for 27 days"
    assert {one.status for one in found.histories[URL][1:]} == {503}
    assert found.state(URL) is VerdictState.SUSPECT
    found = await play_runs(busy(PageRule(URL, WELL, Ranges.parse("1"))), [URL], nights(1, 29))
    assert found.state(URL) is VerdictState.DEAD
    assert set(found.requests.values()) == {1}


async def test_one_good_night_begins_it_anew() -> None:
    well = PageRule(URL, WELL, Ranges.parse("1,10"))
    found = await play_runs(busy(well), [URL], nights(1, 24))
    assert found.state(URL) is VerdictState.ALIVE
    assert found.outcomes(URL)[-1] is Outcome.SKIPPED


async def test_of_neighbours_that_were_never_asked_nothing_is_noted() -> None:
    neighbours = [f"https://busy.test/quiet/{n}" for n in range(12)]
    well = PageRule("https://busy.test/quiet/*", WELL)
    found = await play_runs(busy(well), [URL, *neighbours], nights(1, 16))
    assert found.outcomes(URL)[-1] is Outcome.SERVER_ERROR
    noted = [found.outcomes(one) for one in neighbours if one in found.histories]
    assert {outcome for outcomes in noted for outcome in outcomes} <= {Outcome.OK}
    assert sum(map(len, noted)) < 16 * 12


async def test_too_many_requests_is_blocked_and_never_counts() -> None:
    later = PageRule(URL, ReplayResponse(429, (("retry-after", "86400"),)))
    found = await play_runs(busy(later), [URL], nights(1, 20))
    assert set(found.outcomes(URL)) == {Outcome.BLOCKED}


@pytest.mark.parametrize(
    ("outcome", "nights_ago", "expected"),
    [
        (Outcome.SERVER_ERROR, None, Outcome.SKIPPED),
        (Outcome.SERVER_ERROR, 13, Outcome.SKIPPED),
        (Outcome.SERVER_ERROR, 14, Outcome.SERVER_ERROR),
        (Outcome.MISSING, 14, None),
        (Outcome.SOFT_MISSING, 14, None),
    ],
)
def test_only_server_errors_are_put_off_and_only_for_so_long(
    outcome: Outcome, nights_ago: int | None, expected: Outcome | None
) -> None:
    since = None if nights_ago is None else NIGHT - timedelta(nights_ago)
    found = postponed(Classification(outcome, "503"), since, NIGHT, 14)
    assert (found and found.outcome) == expected


@pytest.mark.parametrize(
    ("checks", "since"),
    [
        ("", None),
        ("ok", None),
        ("ok skipped skipped", 2),
        ("skipped ok skipped server_error", 3),
        ("skipped missing", None),
        ("server_error server_error", None),
        ("server_error skipped server_error", 2),
    ],
)
def test_the_run_of_nights_is_the_last_one(checks: str, since: int | None) -> None:
    history = [
        Observation(URL, NIGHT + timedelta(n), FIRST_NOW, Outcome(word), "page")
        for n, word in enumerate(checks.split())
    ]
    expected = None if since is None else NIGHT + timedelta(since - 1)
    assert baseline_from(history, Rules()).postponed_since == expected
