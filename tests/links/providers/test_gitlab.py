"""Asking GitLab: there, archived, idle, renamed, deleted, a group's page, another project."""

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers import gitlab
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.run_gate import is_same
from staycurrent.links.settings import GitLabSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import API_DATE, Replay, api_response, as_api, failed, pushed, to

API = "https://gitlab.com/api/v4/projects"
PROJECT = f"{API}/lab%2Ftool"
PAGE = "https://gitlab.com/lab/tool"
UNKNOWN = {"message": "404 Project Not Found"}
LOGIN = {"location": "https://gitlab.com/users/sign_in"}


def project(name: str = "lab/tool", *, days_ago: int = 3, **more: object) -> dict[str, object]:
    return {
        "id": 101,
        "path_with_namespace": name,
        "last_activity_at": pushed(days_ago),
        "namespace": {"id": 7, "kind": "group"},
        **more,
    }


async def ask(replay: Replay, *paths: str) -> ProviderReport:
    links = [to(f"https://gitlab.com/{path}") for path in paths]
    return await gitlab.PROVIDER.check(links, as_api(GitLabSettings(), replay), API_DATE)


@pytest.mark.parametrize(
    ("name", "days_ago", "archived", "freshness"),
    [
        ("lab/tool", 3, [], Freshness.FRESH),
        ("Lab/Tool", 3, [], Freshness.FRESH),
        ("lab/tool", 729, [], Freshness.FRESH),
        ("lab/tool", 731, [], Freshness.IDLE),
        ("lab/tool", 3, [project()], Freshness.ARCHIVED),
        ("lab/tool", 3, [{"id": 7}, "x"], Freshness.FRESH),
    ],
)
async def test_a_project_is_there_and_may_be_stale(
    replay: Replay, name: str, days_ago: int, archived: list[object], freshness: Freshness
) -> None:
    replay.at(PROJECT, api_response(PROJECT, 200, project(name, days_ago=days_ago)))
    replay.at(API, api_response(API, 200, archived))

    report = await ask(replay, "lab/tool")

    (seen,) = report.observations
    assert (seen.outcome, seen.freshness, seen.final_url) == (Outcome.OK, freshness, None)
    assert replay.urls == [PROJECT, f"{API}?archived=true&id_after=100&id_before=102"]


async def test_a_renamed_project_has_moved_for_good_and_is_the_same_one(replay: Replay) -> None:
    asked = f"{API}/some%2Eone%2Ftool"
    body = project("team/sub/tool", namespace={"id": 8})
    replay.at(asked, api_response(asked, 200, body, to=f"{API}/101"))
    replay.at(API, api_response(API, 200, []))

    report = await ask(replay, "some.one/tool?tab=x")

    (seen,) = report.observations
    assert (seen.outcome, seen.permanent) == (Outcome.REDIRECTED, True)
    assert seen.final_url == "https://gitlab.com/team/sub/tool?tab=x"
    assert is_same("101 owner:7", seen.identity or "")
    assert not is_same("102 owner:7", seen.identity or "")


@pytest.mark.parametrize(
    ("page", "outcome", "checks"),
    [
        (api_response(PAGE, 302, headers=LOGIN), Outcome.MISSING, 2),
        (api_response(PAGE, 404), Outcome.MISSING, 2),
        (api_response(PAGE, 200), Outcome.OK, 1),
        (api_response(PAGE, 302, headers={"location": "/groups/new/tool"}), Outcome.OK, 1),
        (api_response(PAGE, 403), Outcome.BLOCKED, 1),
        (api_response(PAGE, 302, headers={"location": "https://e.example/"}), Outcome.BLOCKED, 1),
        (api_response(PAGE, 302, headers={"location": "//e.example/"}), Outcome.BLOCKED, 1),
    ],
)
async def test_what_is_no_project_is_missing_unless_it_has_a_page(
    replay: Replay, page: Response, outcome: Outcome, checks: int
) -> None:
    replay.at(PROJECT, api_response(PROJECT, 404, UNKNOWN))
    replay.at(PAGE, page)

    report = await ask(replay, "lab/tool")

    (seen,) = report.observations
    assert (seen.outcome, seen.checks) == (outcome, checks)
    assert [question.follow for question in replay.asked] == [True, True, False]


@pytest.mark.parametrize(
    "name", ["lab/tool-deletion_scheduled-101", "lab-deletion_scheduled-7/tool"]
)
async def test_a_project_that_waits_for_its_deletion_is_missing(replay: Replay, name: str) -> None:
    replay.at(PROJECT, api_response(PROJECT, 200, project(name), to=f"{API}/101"))
    replay.at(API, api_response(API, 200, []))

    report = await ask(replay, "lab/tool")

    (seen,) = report.observations
    assert (seen.outcome, seen.final_url, seen.checks) == (Outcome.MISSING, None, 2)


@pytest.mark.parametrize(
    ("first", "archived", "page"),
    [
        (api_response(PROJECT, 429), None, None),
        (api_response(PROJECT, 404, b"<html>"), None, None),
        (api_response(PROJECT, 404, UNKNOWN, to="https://evil.example/"), None, None),
        (api_response(PROJECT, 401, {"message": "401 Unauthorized"}), None, None),
        (api_response(PROJECT, 200, project("evil.example/](javascript:x)")), [], None),
        (api_response(PROJECT, 200, project(last_activity_at=None)), [], None),
        (api_response(PROJECT, 200, project()), {"message": "429"}, None),
        (api_response(PROJECT, 404, UNKNOWN), None, failed(PAGE, Failure.TIMEOUT)),
        (api_response(PROJECT, 404, UNKNOWN), None, api_response(PAGE, 502)),
    ],
)
async def test_what_is_no_answer_is_no_observation(
    replay: Replay, first: Response, archived: object, page: Response | None
) -> None:
    replay.at(PROJECT, first)
    if archived is not None:
        replay.at(API, api_response(API, 200, archived))
    if page is not None:
        replay.at(PAGE, page)

    report = await ask(replay, "lab/tool")

    assert report.observations == ()
    assert report.note
