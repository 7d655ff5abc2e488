"""Asking GitHub without a token: one by one, and no further than the hour's quota."""

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.github import check as github
from staycurrent.links.settings import GitHubSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import (
    API_DATE,
    Question,
    Replay,
    api_response,
    as_api,
    failed,
    pushed,
    rest_body,
    to,
)

API = "https://api.github.com"
REQUESTS = f"{API}/repos/psf/requests"
SETTINGS = GitHubSettings()


async def ask(replay: Replay, *names: str) -> ProviderReport:
    links = [to(f"https://github.com/{name}") for name in names]
    return await github.PROVIDER.check(links, as_api(SETTINGS, replay), API_DATE)


@pytest.mark.parametrize(
    ("changes", "freshness"),
    [
        ({}, Freshness.FRESH),
        ({"archived": True}, Freshness.ARCHIVED),
        ({"disabled": True}, Freshness.DISABLED),
        ({"pushed_at": pushed(731)}, Freshness.IDLE),
        ({"pushed_at": pushed(731), "updated_at": pushed(0)}, Freshness.IDLE),
    ],
)
async def test_a_repository_that_is_there_is_fresh_or_stale_for_a_reason(
    replay: Replay, changes: dict[str, object], freshness: Freshness
) -> None:
    replay.at(REQUESTS, api_response(REQUESTS, 200, rest_body("psf/requests", **changes)))

    report = await ask(replay, "psf/requests")

    (seen,) = report.observations
    assert (seen.outcome, seen.status, seen.freshness) == (Outcome.OK, 200, freshness)
    assert seen.identity == "2806596372 R_psf/requests owner:192110362"
    assert "authorization" not in replay.asked[0].headers


@pytest.mark.parametrize(
    "owner", [None, 5, {}, {"id": None}, {"id": True}, {"id": "5"}, {"id": -5}]
)
async def test_an_owner_that_cannot_be_read_is_not_known(replay: Replay, owner: object) -> None:
    body = rest_body("psf/requests", owner=owner)
    replay.at(REQUESTS, api_response(REQUESTS, 200, body))

    (seen,) = (await ask(replay, "psf/requests")).observations

    assert (seen.outcome, seen.identity) == (Outcome.OK, "2806596372 R_psf/requests")


async def test_a_rename_is_followed_and_reported(replay: Replay) -> None:
    old = f"{API}/repos/old/name"
    body = rest_body("new/name")
    replay.at(old, api_response(old, 200, body, to=f"{API}/repositories/515436299"))

    report = await ask(replay, "old/name")

    (seen,) = report.observations
    assert (seen.outcome, seen.permanent) == (Outcome.REDIRECTED, True)
    assert seen.final_url == "https://github.com/new/name"
    assert seen.freshness is Freshness.FRESH
    assert replay.asked[0].follow


async def test_an_answer_of_another_host_is_no_answer(replay: Replay) -> None:
    body = rest_body("evil/name")
    replay.at(REQUESTS, api_response(REQUESTS, 200, body, to="https://evil.example/repositories/1"))

    report = await ask(replay, "psf/requests")

    assert report.deferred == ("https://github.com/psf/requests",)


async def test_another_host_s_word_that_it_is_missing_is_no_word(replay: Replay) -> None:
    replay.at(REQUESTS, api_response(REQUESTS, 404, to="https://evil.example/repositories/1"))

    report = await ask(replay, "psf/requests")

    assert report.deferred == ("https://github.com/psf/requests",)


async def test_the_last_question_of_the_hour_is_the_last_though_it_was_bad_news(
    replay: Replay,
) -> None:
    gone, page = f"{API}/repos/gone/gone", "https://github.com/gone/gone"
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "6"}
    replay.at(gone, api_response(gone, 404, headers=headers))
    replay.at(page, api_response(page, 404))

    report = await ask(replay, "gone/gone", "psf/requests")

    assert [seen.outcome for seen in report.observations] == [Outcome.MISSING]
    assert replay.urls == [gone, page]


async def test_a_missing_repository_is_asked_for_at_its_page_too(replay: Replay) -> None:
    gone, page = f"{API}/repos/gone/gone", "https://github.com/gone/gone"
    replay.at(gone, api_response(gone, 404, {"message": "Not Found"}))
    replay.at(page, api_response(page, 404))

    report = await ask(replay, "gone/gone")

    (seen,) = report.observations
    assert (seen.outcome, seen.status, seen.checks) == (Outcome.MISSING, 404, 2)
    assert replay.urls == [gone, page]


async def test_a_missing_repository_whose_page_is_silent_is_asked_for_again(
    replay: Replay,
) -> None:
    gone = f"{API}/repos/gone/gone"
    replay.at(gone, api_response(gone, 404), api_response(gone, 404))

    report = await ask(replay, "gone/gone")

    (seen,) = report.observations
    assert (seen.outcome, seen.checks) == (Outcome.MISSING, 2)


async def test_a_missing_repository_is_not_believed_where_the_second_look_fails(
    replay: Replay,
) -> None:
    gone = f"{API}/repos/gone/gone"
    replay.at(gone, api_response(gone, 404), api_response(gone, 429))

    report = await ask(replay, "gone/gone")

    assert (report.observations, len(report.deferred)) == ((), 1)


@pytest.mark.parametrize(("status", "reason"), [(451, "dmca"), (403, "tos"), (403, "unavailable")])
async def test_a_repository_that_github_has_closed_is_blocked_and_the_others_are_asked(
    replay: Replay, status: int, reason: str
) -> None:
    closed = f"{API}/repos/closed/one"
    body = {"message": "Repository access blocked", "block": {"reason": reason}}
    replay.at(closed, api_response(closed, status, body))
    replay.at(REQUESTS, api_response(REQUESTS, 200, rest_body("psf/requests")))

    report = await ask(replay, "closed/one", "psf/requests")

    assert [seen.outcome for seen in report.observations] == [Outcome.BLOCKED, Outcome.OK]
    assert report.observations[0].status == status


class Hour:
    """GitHub's REST API with so many questions left of the sixty."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, question: Question) -> Response:
        self.left -= 1
        headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": str(max(self.left, 0))}
        if self.left < 0:
            return api_response(question.url, 403, {"message": "API rate limit"}, headers=headers)
        name = question.url.removeprefix(f"{API}/repos/")
        return api_response(question.url, 200, rest_body(name), headers=headers)


@pytest.mark.parametrize(("left", "judged"), [(60, 54), (10, 4), (7, 1), (3, 1), (0, 0)])
async def test_a_tenth_of_the_hour_is_left_to_others(
    replay: Replay, left: int, judged: int
) -> None:
    hour, names = Hour(left), [f"owner/repository-{number}" for number in range(100)]
    for name in names:
        replay.at(f"{API}/repos/{name}", hour)

    report = await ask(replay, *names)

    assert [seen.outcome for seen in report.observations] == [Outcome.OK] * judged
    assert report.deferred == tuple(f"https://github.com/{name}" for name in names[judged:])
    assert f"{100 - judged} of 100 links left for another run" in report.note
    assert len(replay.asked) == max(judged, 1)


@pytest.mark.parametrize(
    "unreadable",
    [
        api_response(REQUESTS, 200, b"<html>"),
        api_response(REQUESTS, 200, {"full_name": "psf/requests"}),
        api_response(REQUESTS, 200, [rest_body("psf/requests")]),
        api_response(REQUESTS, 301, b""),
        api_response(REQUESTS, 304, b""),
        api_response(REQUESTS, 418, b""),
        api_response(REQUESTS, 500, b""),
        failed(REQUESTS, Failure.TIMEOUT),
        failed(REQUESTS, Failure.DNS),
    ],
)
async def test_an_answer_that_cannot_be_read_is_no_verdict_and_the_next_is_asked(
    replay: Replay, unreadable: Response
) -> None:
    other = f"{API}/repos/other/one"
    replay.at(REQUESTS, unreadable)
    replay.at(other, api_response(other, 200, rest_body("other/one")))

    report = await ask(replay, "psf/requests", "other/one")

    assert [seen.link for seen in report.observations] == ["https://github.com/other/one"]
    assert report.deferred == ("https://github.com/psf/requests",)
    assert report.note


@pytest.mark.parametrize(
    "stop",
    [
        api_response(REQUESTS, 429),
        api_response(REQUESTS, 403, {"message": "You have exceeded a secondary rate limit"}),
        api_response(REQUESTS, 503),
        failed(REQUESTS, Failure.DEFERRED),
    ],
)
async def test_a_limit_is_no_verdict_and_ends_the_asking(replay: Replay, stop: Response) -> None:
    replay.at(REQUESTS, stop)

    report = await ask(replay, "psf/requests", "other/one")

    assert (report.observations, len(report.deferred)) == ((), 2)
    assert len(replay.asked) == 1


async def test_a_github_that_is_down_is_given_up_soon(replay: Replay) -> None:
    report = await ask(replay, *(f"owner/repository-{number}" for number in range(100)))

    assert len(report.deferred) == 100
    assert len(replay.asked) == SETTINGS.patience
