"""Asking GitHub with a token: too large a question, limits, and a GitHub that is down."""

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.github import check as github
from staycurrent.links.settings import GitHubSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import (
    API_DATE,
    GraphQL,
    Question,
    Replay,
    api_response,
    as_api,
    failed,
    node,
    to,
)

API = "https://api.github.com/graphql"
TOKEN = "ghs_CANARY0123456789"
SETTINGS = GitHubSettings(token=TOKEN)


async def ask(replay: Replay, *repositories: str) -> ProviderReport:
    links = [to(f"https://github.com/{name}") for name in repositories]
    return await github.PROVIDER.check(links, as_api(SETTINGS, replay), API_DATE)


def many(count: int) -> list[str]:
    return [f"owner/repository-{number}" for number in range(count)]


def cut(question: Question) -> Response:
    """A query that was stopped: some of it answered, the rest null without a reason of its own."""
    data = {f"r{place}": node(f"owner/repository-{place}") for place in range(20)}
    error = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits exceeded."}
    return api_response(question.url, 200, {"data": data, "errors": [error]})


@pytest.mark.parametrize(
    "overload",
    [
        lambda question: api_response(question.url, 502, b"<html>"),
        lambda question: api_response(question.url, 504, b""),
        lambda question: api_response(
            question.url, 200, {"data": None, "errors": [{"message": "?"}]}
        ),
        lambda question: api_response(question.url, 200, {"errors": [{"message": "timeout"}]}),
        lambda question: api_response(question.url, 200, b'{"data": {"r0": {"id"'),
        lambda question: api_response(question.url, 200, b"[" * 100_000),
        lambda question: failed(question.url, Failure.TIMEOUT),
    ],
)
async def test_too_large_a_question_is_halved_until_it_is_answered(
    replay: Replay, overload: object
) -> None:
    names = many(50)
    github_api = GraphQL({name: node(name) for name in names})
    github_api.most = 13
    assert callable(overload)
    github_api.overload = overload
    replay.at(API, github_api)

    report = await ask(replay, *names)

    assert [seen.outcome for seen in report.observations] == [Outcome.OK] * 50
    assert github_api.sizes == [50, 25, 13, 12, 25, 13, 12]


async def test_what_an_answer_cut_short_says_is_kept_and_the_rest_asked_again(
    replay: Replay,
) -> None:
    names = many(50)
    github_api = GraphQL({name: node(name) for name in names})
    replay.at(API, cut, github_api)

    report = await ask(replay, *names)

    assert [seen.outcome for seen in report.observations] == [Outcome.OK] * 50
    assert github_api.sizes == [15, 15]


LIMITS = {
    "primary": lambda q: api_response(
        q.url, 200, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    ),
    "primary, newer": lambda q: api_response(
        q.url, 200, {"errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit"}]}
    ),
    "secondary in 200": lambda q: api_response(
        q.url, 200, {"errors": [{"message": "You have exceeded a secondary rate limit."}]}
    ),
    "secondary": lambda q: api_response(q.url, 403, {"message": "You have exceeded a secondary"}),
    "429": lambda q: api_response(q.url, 429, b""),
    "bad token": lambda q: api_response(q.url, 401, {"message": "Bad credentials"}),
    "gate": lambda q: failed(q.url, Failure.DEFERRED),
}


@pytest.mark.parametrize("limit", list(LIMITS))
async def test_a_limit_is_no_verdict_and_ends_the_asking(replay: Replay, limit: str) -> None:
    names = many(150)
    first = GraphQL({name: node(name) for name in names})
    replay.at(API, first, LIMITS[limit])

    report = await ask(replay, *names)

    assert len(report.observations) == 50
    assert report.deferred == tuple(f"https://github.com/{name}" for name in names[50:])
    assert len(replay.asked) == 2
    assert "100 of 150 links left for another run" in report.note


async def test_a_tenth_of_the_points_is_left_to_others(replay: Replay) -> None:
    names = many(200)
    github_api = GraphQL({name: node(name) for name in names})
    github_api.remaining = 502
    replay.at(API, github_api)

    report = await ask(replay, *names)

    assert (len(report.observations), len(report.deferred)) == (100, 100)


async def test_a_github_that_is_down_is_given_up_soon(replay: Replay) -> None:
    replay.at(API, api_response(API, 502, b"<html>"))

    report = await ask(replay, *many(3000))

    assert (len(report.observations), len(report.deferred)) == (0, 3000)
    assert len(replay.asked) == SETTINGS.patience


async def test_repositories_without_an_answer_keep_no_other_from_its_own(replay: Replay) -> None:
    odd, well = many(10), [f"other/repository-{number}" for number in range(140)]
    nodes = {name: node(name) for name in well} | {name: node(name, isArchived=0) for name in odd}
    replay.at(API, GraphQL(nodes))

    report = await ask(replay, *odd, *well)

    assert {seen.link for seen in report.observations} == {
        f"https://github.com/{name}" for name in well
    }
    assert len(replay.asked) == 3 + SETTINGS.patience
