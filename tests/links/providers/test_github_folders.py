"""Folders without a token: by the REST API, within the hour's quota; the rest by its page."""

from dataclasses import replace

import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.github import check as github
from staycurrent.links.providers.github.rest import renamed_branch
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.settings import GitHubSettings, ProviderSettings
from staycurrent.web.github_api import GitHubClient
from staycurrent.web.response import Response
from tests.support.values import (
    API_DATE,
    Question,
    Replay,
    api_response,
    as_api,
    rest_body,
    to,
)

SITE, REST = "https://github.com", "https://api.github.com"
REPOSITORY = f"{REST}/repos/psf/requests"
FOLDER = f"{SITE}/psf/requests/tree"


async def ask(replay: Replay, *urls: str) -> ProviderReport:
    links = [to(url) for url in urls]
    return await github.PROVIDER.check(links, as_api(GitHubSettings(), replay), API_DATE)


async def one(replay: Replay, url: str) -> Observation:
    (observation,) = (await ask(replay, url)).observations
    return observation


def play(replay: Replay, path: str, status: int, body: object = b"", to: str = "") -> None:
    replay.at(f"{REPOSITORY}{path}", api_response(f"{REPOSITORY}{path}", status, body, to=to))


def contents(replay: Replay, path: str, *refs: str) -> None:
    """A path that these refs have."""
    url = f"{REPOSITORY}/contents/{path}"

    def answer(question: Question) -> Response:
        is_there = question.url.partition("?ref=")[2] in refs
        return api_response(question.url, 200 if is_there else 404, [] if is_there else b"")

    replay.at(url, answer)


@pytest.fixture
def living(replay: Replay) -> Replay:
    play(replay, "", 200, rest_body("psf/requests", archived=True))
    for kind in ("heads", "tags"):
        for ref in ("main", "master", "feature"):
            play(replay, f"/git/matching-refs/{kind}/{ref}", 200, [])
    return replay


async def test_a_folder_is_one_request(living: Replay) -> None:
    contents(living, "docs/a%20b", "main")
    seen = await one(living, f"{FOLDER}/main/docs/a%20b#readme")

    assert (seen.outcome, seen.freshness, seen.checked_by) == (Outcome.OK, None, "github")
    assert living.urls == [f"{REPOSITORY}/contents/docs/a%20b?ref=main"]


async def test_a_folder_that_is_gone_is_missing_where_its_branch_is_there(living: Replay) -> None:
    contents(living, "docs")
    play(living, "/git/matching-refs/heads/main", 200, [{"ref": "refs/heads/main"}])
    seen = await one(living, f"{FOLDER}/main/docs")

    assert (seen.outcome, seen.checks, seen.status) == (Outcome.MISSING, 2, 404)


async def test_a_folder_without_its_branch_is_missing(living: Replay) -> None:
    contents(living, "docs", "main")
    play(living, "/branches/master", 404)
    seen = await one(living, f"{FOLDER}/master/docs")

    assert (seen.outcome, seen.final_url) == (Outcome.MISSING, None)
    assert seen.evidence == "file or folder: in no such branch, tag or commit, asked twice"


async def test_the_longest_branch_that_exists_is_the_one(living: Replay) -> None:
    contents(living, "x/docs")
    contents(living, "docs", "feature%2Fx")
    refs = [{"ref": f"refs/heads/feature/{name}"} for name in ("x", "x-ray", "y")]
    play(living, "/git/matching-refs/heads/feature", 200, refs)
    seen = await one(living, f"{FOLDER}/feature/x/docs")

    assert (seen.outcome, seen.final_url) == (Outcome.OK, None)


async def test_a_folder_moves_with_its_branch(living: Replay) -> None:
    contents(living, "docs", "main")
    there = f"{REST}/repositories/1/branches/main"
    play(living, "/branches/master", 200, {"name": "main"}, to=there)
    seen = await one(living, f"{FOLDER}/master/docs")

    assert (seen.outcome, seen.permanent) == (Outcome.REDIRECTED, True)
    assert seen.final_url == f"{FOLDER}/main/docs"


async def test_a_folder_that_the_branch_of_a_redirect_lacks_is_missing(living: Replay) -> None:
    # GitHub redirects the name of a branch that was renamed once, though it was deleted since
    contents(living, "docs", "gh-pages")
    url = f"{REST}/repositories/1/branches/main"
    play(living, "/branches/master", 200, {"name": "main"}, to=url)
    seen = await one(living, f"{FOLDER}/master/docs")

    assert (seen.outcome, seen.final_url) == (Outcome.MISSING, None)


async def test_a_branch_of_which_the_new_name_is_the_beginning_was_renamed(
    living: Replay,
) -> None:
    contents(living, "docs", "main")
    for kind in ("heads", "tags"):
        play(living, f"/git/matching-refs/{kind}/main-old", 200, [])
    there = f"{REST}/repositories/1/branches/main"
    play(living, "/branches/main-old", 200, {"name": "main"}, to=there)
    seen = await one(living, f"{FOLDER}/main-old/docs")

    assert (seen.outcome, seen.final_url) == (Outcome.REDIRECTED, f"{FOLDER}/main/docs")


@pytest.mark.parametrize("kind", ["heads", "tags"])
async def test_an_archive_of_a_branch_or_tag_with_a_slash_is_found(
    living: Replay, kind: str
) -> None:
    contents(living, "", f"refs%2F{kind}%2Fcli%2Fv1")
    contents(living, "v1")
    play(living, f"/git/matching-refs/{kind}/cli", 200, [{"ref": f"refs/{kind}/cli/v1"}])
    seen = await one(living, f"{SITE}/psf/requests/archive/refs/{kind}/cli/v1.zip")

    assert (seen.outcome, seen.final_url) == (Outcome.OK, None)


@pytest.mark.parametrize("location", ["http://[", "", "/branches/"])
async def test_a_redirect_that_names_no_branch_is_none(replay: Replay, location: str) -> None:
    url = f"{REPOSITORY}/branches/old"
    replay.at(url, api_response(url, 301, headers={"location": location}))
    assert await renamed_branch(GitHubClient(replay, REST), "psf/requests", "old") == ""


async def test_refs_that_are_none_are_not_the_one(living: Replay) -> None:
    contents(living, "x/docs")
    play(living, "/git/matching-refs/heads/feature", 200, [{"ref": {}}, {"ref": None}, 5])
    play(living, "/branches/feature", 404)

    assert (await one(living, f"{FOLDER}/feature/x/docs")).outcome is Outcome.MISSING


async def test_a_folder_of_an_empty_repository_is_missing(living: Replay) -> None:
    contents(living, "docs")
    for kind in ("heads", "tags"):
        play(living, f"/git/matching-refs/{kind}/main", 409, {"message": "Git Repository is empty"})
    play(living, "/branches/main", 404)

    assert (await one(living, f"{FOLDER}/main/docs")).outcome is Outcome.MISSING


@pytest.mark.parametrize("status", [500, 403])
@pytest.mark.parametrize(
    "path",
    ["/git/matching-refs/heads/feature", "/git/matching-refs/tags/feature", "/branches/feature"],
)
async def test_a_branch_is_not_missing_because_github_does_not_answer(
    living: Replay, path: str, status: int
) -> None:
    contents(living, "x/docs")
    play(living, path, status, {"message": "You have exceeded a secondary rate limit"})
    report = await ask(living, f"{FOLDER}/feature/x/docs")

    outcomes = [seen.outcome for seen in report.observations]
    assert outcomes == ([Outcome.BLOCKED] if status == 403 else [])


async def test_a_missing_folder_is_not_there_because_the_quota_ends_at_its_repository(
    living: Replay,
) -> None:
    contents(living, "docs")
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "6"}
    body = rest_body("psf/requests")
    living.at(REPOSITORY, api_response(REPOSITORY, 200, body, headers=headers))
    report = await ask(living, f"{FOLDER}/main/docs")

    assert [seen.outcome for seen in report.observations] == [Outcome.BLOCKED]


async def test_a_folder_moves_with_its_repository(replay: Replay) -> None:
    play(replay, "", 200, rest_body("psf/new"), to=f"{REST}/repositories/1")
    play(replay, "/contents/docs", 200, [], to=f"{REST}/repositories/1/contents/docs?ref=main")
    seen = await one(replay, f"{FOLDER}/main/docs")

    assert seen.final_url == f"{SITE}/psf/new/tree/main/docs"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, {"message": "Not Found"}, Outcome.MISSING),
        (451, {"block": {"reason": "dmca"}}, Outcome.BLOCKED),
        (200, rest_body("psf/requests", private=True), Outcome.BLOCKED),
    ],
)
async def test_a_folder_is_gone_or_closed_with_its_repository(
    replay: Replay, status: int, body: object, outcome: Outcome
) -> None:
    contents(replay, "docs")
    play(replay, "", status, body)

    assert (await one(replay, f"{FOLDER}/main/docs")).outcome is outcome


@pytest.mark.parametrize("status", [500, 418, 301])
async def test_an_answer_that_cannot_be_read_is_no_verdict(living: Replay, status: int) -> None:
    play(living, "/contents/docs", status)
    report = await ask(living, f"{FOLDER}/main/docs")

    assert (report.observations, len(report.deferred)) == ((), 1)


@pytest.mark.parametrize("is_cut", [False, True])
async def test_what_another_host_says_is_no_verdict(living: Replay, is_cut: bool) -> None:  # noqa: FBT001
    url = f"{REPOSITORY}/contents/docs"
    elsewhere = api_response(url, 404, b"gone", to="https://evil.example/")
    living.at(url, replace(elsewhere, truncated=is_cut))
    report = await ask(living, f"{FOLDER}/main/docs")

    assert (report.observations, len(report.deferred)) == ((), 1)


async def test_folders_and_repositories_take_turns_and_what_the_quota_leaves_is_blocked(
    replay: Replay,
) -> None:
    left = 10

    def hour(question: Question) -> Response:
        nonlocal left
        left -= 1
        headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": str(left)}
        name = question.url.removeprefix(f"{REST}/repos/")
        body = [] if "/contents/" in name else rest_body(name)
        return api_response(question.url, 200, body, headers=headers)

    folders = [f"{SITE}/owner/r{n}/tree/main/docs" for n in range(5)]
    repositories = [f"{SITE}/owner/r{n}" for n in range(5)]
    for n in range(5):
        replay.at(f"{REST}/repos/owner/r{n}", hour)
        replay.at(f"{REST}/repos/owner/r{n}/contents/docs", hour)

    report = await ask(replay, *repositories, *folders)

    seen = {observation.link: observation for observation in report.observations}
    assert [seen[url].outcome for url in folders] == [Outcome.OK] * 2 + [Outcome.BLOCKED] * 3
    assert "GITHUB_TOKEN" in seen[folders[-1]].evidence
    assert report.deferred == tuple(repositories[2:])


async def test_a_github_that_is_down_blocks_nothing(replay: Replay) -> None:
    report = await ask(replay, *(f"{FOLDER}/main/docs-{n}" for n in range(9)))

    assert (report.observations, len(report.deferred)) == ((), 9)


async def test_what_only_a_token_can_answer_is_blocked_with_that_sentence(replay: Replay) -> None:
    seen = await one(replay, f"{SITE}/psf/requests/releases/download/v1/a.whl")

    assert seen.outcome is Outcome.BLOCKED
    assert "GITHUB_TOKEN" in seen.evidence
    assert replay.asked == []


@pytest.mark.parametrize(
    ("url", "without_token"),
    [
        ("psf/requests", "API"),
        ("psf/requests/tree/main/docs", "API"),
        ("psf/requests/raw/main/README.md", "API"),
        ("psf/requests/graphs/contributors", "API"),
        ("psf/requests/blob/main/README.md", "page"),
        ("psf/requests/issues/1", "page"),
        ("psf/requests/releases", "page"),
        ("psf/requests/wiki", "page"),
        ("psf", "page"),
    ],
)
def test_without_a_token_what_has_a_page_for_robots_is_left_to_it(
    url: str, without_token: str
) -> None:
    link = to(f"{SITE}/{url}")
    for token in ("", "ghs_x"):
        settings = ProviderSettings(github=GitHubSettings(token=token)).by_name()
        pages = [link] if without_token == "page" and not token else []
        assert split_by_provider([link], settings)[1] == pages
