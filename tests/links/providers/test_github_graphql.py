"""Asking GitHub with a token: what comes of a batch, of a limit, and of an answer cut short."""

import json

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.github import check as github
from staycurrent.links.providers.github.graphql import graphql_query
from staycurrent.links.settings import GitHubSettings
from tests.support.values import (
    API_DATE,
    API_NOW,
    GraphQL,
    Replay,
    api_response,
    as_api,
    node,
    pushed,
    to,
)

API = "https://api.github.com/graphql"
TOKEN = "ghs_CANARY0123456789"
SETTINGS = GitHubSettings(token=TOKEN)


async def ask(
    replay: Replay, *repositories: str, settings: GitHubSettings = SETTINGS
) -> ProviderReport:
    links = [to(f"https://github.com/{name}") for name in repositories]
    return await github.PROVIDER.check(links, as_api(settings, replay), API_DATE)


def many(count: int) -> list[str]:
    return [f"owner/repository-{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("changes", "freshness"),
    [
        ({}, Freshness.FRESH),
        ({"isArchived": True}, Freshness.ARCHIVED),
        ({"isArchived": True, "pushedAt": pushed(4000)}, Freshness.ARCHIVED),
        ({"isArchived": True, "isDisabled": True}, Freshness.ARCHIVED),
        ({"isDisabled": True}, Freshness.DISABLED),
        ({"pushedAt": pushed(729)}, Freshness.FRESH),
        ({"pushedAt": pushed(730)}, Freshness.FRESH),
        ({"pushedAt": pushed(731)}, Freshness.IDLE),
        ({"pushedAt": None}, None),
        ({"pushedAt": "yesterday"}, None),
        ({"pushedAt": "2016-01-01T00:00:00"}, None),
        ({"pushedAt": 1480000000}, None),
    ],
)
async def test_a_repository_that_is_there_is_fresh_or_stale_for_a_reason(
    replay: Replay, changes: dict[str, object], freshness: Freshness | None
) -> None:
    replay.at(API, GraphQL({"psf/requests": node("psf/requests", **changes)}))

    report = await ask(replay, "psf/requests")

    (seen,) = report.observations
    assert (seen.outcome, seen.freshness, seen.final_url) == (Outcome.OK, freshness, None)
    assert seen.identity == "2806596372 R_psf/requests owner:192110362"
    assert seen.checked_by == "github"
    assert (seen.run_date, seen.seen_at) == (API_DATE, API_NOW)
    assert (report.deferred, report.note) == ((), "")


async def test_a_repository_under_another_name_has_moved_for_good(replay: Replay) -> None:
    replay.at(API, GraphQL({"old/name": node("new/name", isArchived=True)}))
    link = to("https://github.com/old/name?tab=readme-ov-file#usage")

    report = await github.PROVIDER.check([link], as_api(SETTINGS, replay), API_DATE)

    (seen,) = report.observations
    assert seen.link == "https://github.com/old/name?tab=readme-ov-file"
    assert seen.outcome is Outcome.REDIRECTED
    assert seen.permanent
    assert seen.final_url == "https://github.com/new/name?tab=readme-ov-file"
    assert seen.freshness is Freshness.ARCHIVED
    assert seen.evidence == "renamed to new/name; archived"


async def test_another_case_is_no_other_name(replay: Replay) -> None:
    replay.at(API, GraphQL({"psf/requests": node("psf/requests")}))

    report = await ask(replay, "PSF/Requests")

    assert [seen.outcome for seen in report.observations] == [Outcome.OK]


async def test_a_private_repository_is_no_living_one_for_readers_and_no_dead_one_either(
    replay: Replay,
) -> None:
    replay.at(API, GraphQL({"own/secret": node("own/secret", isPrivate=True)}))

    report = await ask(replay, "own/secret")

    (seen,) = report.observations
    assert (seen.outcome, seen.freshness) == (Outcome.BLOCKED, None)


@pytest.mark.parametrize(
    ("page", "outcome", "checks"),
    [
        (404, Outcome.MISSING, 2),
        (410, Outcome.MISSING, 2),
        (200, Outcome.OK, 1),
        (429, Outcome.MISSING, 2),  # the page cannot tell, so the API is asked again
        (500, Outcome.MISSING, 2),
    ],
)
async def test_a_missing_repository_is_confirmed_by_a_second_check(
    replay: Replay, page: int, outcome: Outcome, checks: int
) -> None:
    replay.at(API, GraphQL({"here/is": node("here/is")}))
    replay.at("https://github.com/gone/gone", api_response("https://github.com/gone/gone", page))

    report = await ask(replay, "here/is", "gone/gone")

    alive, gone = report.observations
    assert alive.outcome is Outcome.OK
    assert (gone.outcome, gone.checks, gone.freshness) == (outcome, checks, None)
    assert not report.deferred


async def test_a_page_that_leads_elsewhere_while_the_api_knows_nothing_proves_neither(
    replay: Replay,
) -> None:
    page = "https://github.com/old/name"
    replay.at(API, GraphQL({}))
    replay.at(page, api_response(page, to="https://github.com/new/name"))

    report = await ask(replay, "old/name")

    assert (report.observations, report.deferred) == ((), (page,))


async def test_a_repository_found_by_the_second_check_is_alive(replay: Replay) -> None:
    replay.at(API, GraphQL({}), GraphQL({"flaky/one": node("flaky/one")}))

    report = await ask(replay, "flaky/one")

    (seen,) = report.observations
    assert (seen.outcome, seen.checks) == (Outcome.OK, 1)


async def test_three_thousand_repositories_take_sixty_questions(replay: Replay) -> None:
    names = many(3000)
    github_api = GraphQL({name: node(name) for name in names})
    replay.at(API, github_api)

    report = await ask(replay, *names)

    assert len(report.observations) == 3000
    assert github_api.sizes == [50] * 60


async def test_links_to_one_repository_are_one_question(replay: Replay) -> None:
    replay.at(API, GraphQL({"psf/requests": node("psf/requests")}))
    links = [
        to("https://github.com/psf/requests"),
        to("https://github.com/psf/requests/"),
        to("https://github.com/psf/requests#usage"),
    ]

    report = await github.PROVIDER.check(links, as_api(SETTINGS, replay), API_DATE)

    assert [seen.link for seen in report.observations] == [
        "https://github.com/psf/requests",
        "https://github.com/psf/requests/",
    ]
    assert replay.asked[0].content.count(b"repository(") == 1


async def test_what_a_token_may_not_see_is_asked_as_a_stranger(replay: Replay) -> None:
    github_api = GraphQL({"open/one": node("open/one")})
    github_api.forbidden = {"corp/tool"}
    replay.at(API, github_api)
    rest = "https://api.github.com/repos/corp/tool"
    replay.at(rest, api_response(rest, 200, {"full_name": "corp/tool", "archived": True}))

    report = await ask(replay, "corp/tool", "open/one")

    corp, _ = report.observations
    assert (corp.outcome, corp.freshness) == (Outcome.OK, Freshness.ARCHIVED)
    assert [dict(q.headers).get("authorization") for q in replay.asked[1:]] == [None]


@pytest.mark.parametrize(
    ("name", "data", "path"),
    [
        ("psf/requests/issues/5", {"r0": None}, ["r0", "owner"]),
        ("psf/requests/issues/5", {"r0": node("psf/requests", t0_=None)}, ["r0", "t0_"]),
        ("psf/requests/releases/tag/v1", {"r0": node("psf/requests", t0_=None)}, ["r0", "t0_tag"]),
        ("psf", {"t0_": None}, ["t0_"]),
        ("gist.github.com/psf/0123456789abcdef0123", {"t0_": {"gist": None}}, ["t0_", "gist"]),
    ],
)
async def test_what_is_not_for_this_token_is_asked_at_its_page(
    replay: Replay, name: str, data: dict[str, object], path: list[str]
) -> None:
    error = {"type": "FORBIDDEN", "path": path, "message": "not accessible by integration"}
    replay.at(API, api_response(API, 200, {"data": data, "errors": [error]}))
    url = f"https://{name}" if name.startswith("gist.") else f"https://github.com/{name}"

    for status, outcome, checks in ((200, Outcome.OK, 1), (404, Outcome.MISSING, 2)):
        replay.at(url, api_response(url, status))
        report = await github.PROVIDER.check([to(url)], as_api(SETTINGS, replay), API_DATE)
        assert [(seen.outcome, seen.checks) for seen in report.observations] == [(outcome, checks)]


async def test_an_error_that_quotes_a_name_is_no_limit(replay: Replay) -> None:
    error = {"type": "NOT_FOUND", "path": ["r0"], "message": "no 'a/rate limit exceeded'"}
    replay.at(API, api_response(API, 200, {"data": {"r0": None}, "errors": [error]}))

    report = await ask(replay, "a/rate-limit")

    assert [seen.outcome for seen in report.observations] == [Outcome.MISSING]


@pytest.mark.parametrize(
    "repository",
    [
        {"nameWithOwner": "psf/requests"},
        {"isArchived": False},
        {"nameWithOwner": "psf/requests", "isArchived": "no"},
        {"nameWithOwner": 'x") { id } evil: repository(', "isArchived": False},
        {"nameWithOwner": "https://evil.example/", "isArchived": False},
        "psf/requests",
        [],
        None,
    ],
)
async def test_an_invalid_alias_gives_no_observation(replay: Replay, repository: object) -> None:
    replay.at(API, api_response(API, 200, {"data": {"r0": repository}}))

    report = await ask(replay, "psf/requests")

    assert (report.observations, len(report.deferred)) == ((), 1)
    assert len(replay.asked) == 1


async def test_an_answer_of_another_host_is_no_answer(replay: Replay) -> None:
    body = {"data": {"r0": node("psf/requests")}}
    replay.at(API, api_response(API, 200, body, to="https://evil.example/graphql"))

    report = await ask(replay, "psf/requests")

    assert report.observations == ()


@pytest.mark.parametrize(
    "name",
    [
        'a/b"){id} evil: deleteRepository(name:"x',
        "a/b\\",
        "a/b\n",
        "a/..",
        "a/b/c",
        "",
        "/b",
        "a/",
        "a/é",
        "a b/c",
        ".../x",
        "a/" + "b" * 101,
    ],
)
def test_a_query_is_made_of_names_only(name: str) -> None:
    with pytest.raises(ValueError, match="owner/name"):
        graphql_query(["psf/requests", name])


def test_a_query_asks_for_each_name_under_its_place() -> None:
    made = graphql_query(["psf/requests", "a-b/c.d_e"])

    assert 'r0: repository(owner:"psf",name:"requests",followRenames:true)' in made
    assert 'r1: repository(owner:"a-b",name:"c.d_e",followRenames:true)' in made


async def test_the_token_goes_to_the_api_and_appears_nowhere(replay: Replay) -> None:
    names = ["here/is", "gone/gone", "corp/tool"]
    github_api = GraphQL({"here/is": node("here/is")})
    github_api.forbidden = {"corp/tool"}
    echo = {"message": f"Bad credentials: {TOKEN}", "errors": [{"message": TOKEN}]}
    replay.at(API, github_api, api_response(API, 401, echo))
    replay.at("https://github.com/gone/gone", api_response("https://github.com/gone/gone", 503))

    report = await ask(replay, *names)

    assert len(report.observations) == 1
    assert {q.url for q in replay.asked if "authorization" in q.headers} == {API}
    assert all(not q.follow for q in replay.asked if "authorization" in q.headers)
    assert TOKEN not in repr(report)
    assert TOKEN not in repr(SETTINGS)
    assert not any(TOKEN in q.url or TOKEN.encode() in q.content for q in replay.asked)
    assert json.loads(replay.asked[0].content).keys() == {"query"}


async def test_a_link_of_another_site_is_refused_aloud(replay: Replay) -> None:
    links = [to("https://example.org/a/b")]

    with pytest.raises(
        ValueError, match=r"https://example\.org/a/b is not a link of this provider"
    ):
        await github.PROVIDER.check(links, as_api(SETTINGS, replay), API_DATE)


async def test_nothing_is_asked_where_there_is_nothing_to_ask(replay: Replay) -> None:
    report = await ask(replay)

    assert (report, replay.asked) == (ProviderReport((), ()), [])
