"""Links into repositories with a token: asked about together with the repositories."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.github import check as github
from staycurrent.links.providers.github.observations import repository_number
from staycurrent.links.run_gate import with_takeovers
from staycurrent.links.settings import GitHubSettings, Rules, RunGateSettings
from staycurrent.links.verdict import VerdictState, conclude_verdict
from staycurrent.web.response import Failure, Response
from tests.support.played_github import PlayedGraphql, Repository
from tests.support.values import (
    API_DATE,
    Question,
    Replay,
    api_response,
    as_api,
    failed,
    to,
)

SITE, REST = "https://github.com", "https://api.github.com"
API = f"{REST}/graphql"
TOKEN = "ghs_CANARY0123456789"
SETTINGS = GitHubSettings(token=TOKEN)
FILES = ["README.md", "docs/guide.md", "src/vendor/lib@", "a b/ü.md"]


@pytest.fixture
def api(replay: Replay) -> PlayedGraphql:
    api = PlayedGraphql(
        repositories={
            "psf/requests": Repository(
                "psf/requests",
                {"main": FILES, "feature/x": ["docs/new.md"], "v1.0": FILES, "0123abc": FILES},
                issues={5},
                discussions={6},
                releases={"v2.0": ["a.whl"], "v1.0": []},
                tags={"v2.0", "v1.0", "v0.1"},
            ),
            "old/name": Repository("new/name", {"main": FILES}),
        },
        owners={"psf": 17},
        gists={("psf", "0123456789abcdef0123")},
        topics={"python"},
    )
    replay.at(API, api)
    for branch in ("gone", "old", *(f"branch-{n}" for n in range(60))):
        url = f"{REST}/repos/psf/requests/branches/{branch}"
        replay.at(url, api_response(url, 404, {"message": "Branch not found"}))
    return api


async def ask(replay: Replay, *urls: str) -> ProviderReport:
    links = [to(url) for url in urls]
    return await github.PROVIDER.check(links, as_api(SETTINGS, replay), API_DATE)


async def one(replay: Replay, url: str) -> Observation:
    (observation,) = (await ask(replay, url)).observations
    return observation


FOUND = [
    "tree/main", "tree/main/docs", "tree/main/docs/", "tree/HEAD/docs", "tree/v1.0/docs",
    "tree/refs/heads/main/docs", "blob/main/README.md", "blob/main/docs/guide.md#L10-L20",
    "blob/main/docs/guide.md?plain=1", "tree/main/a%20b", "blob/main/a%20b/%C3%BC.md",
    "blame/main/README.md", "raw/main/README.md", "commits/main", "commits/main/docs",
    "commits/feature/x", "commit/0123abc", "archive/refs/tags/v1.0.zip", "archive/main.tar.gz",
    "tree/feature/x/docs", "tree/feature/x", "raw/feature/x/docs/new.md",
    "tree/main/src/vendor/lib",
    "releases", "releases/latest", "releases/tag/v2.0", "releases/tag/v0.1",
    "releases/download/v2.0/a.whl", "releases/latest/download/a.whl", "issues/5", "pull/5",
    "discussions/6", "graphs/contributors", "tags",
]  # fmt: skip


@pytest.mark.parametrize("path", FOUND)
async def test_what_is_in_a_repository_is_found_without_its_page(
    replay: Replay, api: PlayedGraphql, path: str
) -> None:
    seen = await one(replay, f"{SITE}/psf/requests/{path}")

    assert (seen.outcome, seen.final_url, seen.freshness) == (Outcome.OK, None, None)
    assert seen.identity is not None
    assert {question.url for question in replay.asked} == {API}


async def test_fifty_links_of_all_kinds_are_one_question(
    replay: Replay, api: PlayedGraphql
) -> None:
    first_found = [path for path in FOUND if "feature" not in path and "lib" not in path]
    urls = [f"{SITE}/psf/requests/{path}" for path in first_found]
    urls += [f"{SITE}/{path}" for path in ("psf/requests", "psf", "orgs/psf", "topics/python")]
    urls += ["https://gist.github.com/psf/0123456789abcdef0123"]
    urls += ["https://raw.githubusercontent.com/psf/requests/main/README.md"]
    urls += [f"{SITE}/psf/requests/tree/main/docs?x={n}" for n in range(50 - len(urls))]

    report = await ask(replay, *urls)

    assert {seen.outcome for seen in report.observations} == {Outcome.OK}
    assert len(report.observations) == len({to(url).key for url in urls}) >= 48
    assert len(api.queries) == 1
    assert api.queries[0].count("repository(") == 1


MISSING = [
    "tree/main/gone",
    "tree/gone/docs",
    "raw/main/docs",
    "commits/gone",
    "blame/main/gone.py",
    "releases/download/v2.0/gone.whl",
    "releases/download/v9/a.whl",
    "releases/latest/download/gone.whl",
]


@pytest.mark.parametrize("path", MISSING)
async def test_what_is_gone_from_a_living_repository_is_missing_and_its_page_is_not_asked(
    replay: Replay, api: PlayedGraphql, path: str
) -> None:
    seen = await one(replay, f"{SITE}/psf/requests/{path}")

    assert (seen.outcome, seen.checks, seen.permanent) == (Outcome.MISSING, 2, False)
    assert not [question for question in replay.asked if question.url.startswith(SITE)]


OPEN = ["blob/main/gone.md", "issues/6", "discussions/5", "releases/tag/v9", "commit/fffffff"]


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize(
    ("status", "outcome", "checks"),
    [(404, Outcome.MISSING, 2), (200, Outcome.OK, 1), (503, Outcome.MISSING, 2)],
)
async def test_what_is_gone_is_confirmed_by_its_page_where_robots_may_ask(
    replay: Replay, api: PlayedGraphql, path: str, status: int, outcome: Outcome, checks: int
) -> None:
    page = f"{SITE}/psf/requests/{path}"
    replay.at(page, api_response(page, status))

    seen = await one(replay, page)

    assert (seen.outcome, seen.checks) == (outcome, checks)


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/nobody",
        f"{SITE}/topics/nothing",
        f"https://gist.github.com/psf/{'0' * 20}",
        f"https://gist.github.com/nobody/{'0' * 20}",
    ],
)
async def test_owners_topics_and_gists_are_confirmed_by_their_pages(
    replay: Replay, api: PlayedGraphql, url: str
) -> None:
    replay.at(url, api_response(url, 404))
    assert (await one(replay, url)).outcome is Outcome.MISSING
    replay.at(url, api_response(url, 200))
    assert (await one(replay, url)).outcome is Outcome.OK


@pytest.mark.parametrize("path", ["psf", "orgs/psf"])
async def test_who_registers_the_name_of_an_account_that_is_gone_is_perhaps_somebody_else(
    replay: Replay, api: PlayedGraphql, path: str
) -> None:
    before = replace(await one(replay, f"{SITE}/{path}"), run_date=date(2026, 11, 1))
    api.owners["psf"] = 18
    seen = await one(replay, f"{SITE}/{path}")

    assert (before.identity, seen.identity) == ("account:17", "account:18")
    assert repository_number("account:17") is None
    history = [before]
    for number in (3, 4):  # it may be a placeholder of the same owner, but stays in doubt
        checked = [replace(seen, run_date=date(2026, 12, number))]
        history += with_takeovers(checked, {before.link: history}, RunGateSettings())
    assert [(one.outcome, one.is_doubtful) for one in history[1:]] == [(Outcome.OK, True)] * 2
    assert conclude_verdict(before.link, history, Rules()).state is VerdictState.SUSPECT

    api.owners["psf"] = 17
    again = replace(await one(replay, f"{SITE}/{path}"), run_date=date(2026, 12, 5))
    (judged,) = with_takeovers([again], {before.link: history}, RunGateSettings())
    assert not judged.is_doubtful


async def test_an_issue_that_was_moved_is_where_its_page_leads(
    replay: Replay, api: PlayedGraphql
) -> None:
    page, there = f"{SITE}/psf/requests/issues/9", f"{SITE}/psf/other/issues/1"
    replay.at(page, api_response(page, to=there))

    seen = await one(replay, page)

    assert (seen.outcome, seen.permanent, seen.final_url) == (Outcome.REDIRECTED, True, there)


@pytest.mark.parametrize(
    ("url", "moved_to"),
    [
        ("tree/main/docs#readme", "tree/main/docs"),
        ("blob/main/README.md?plain=1", "blob/main/README.md?plain=1"),
        ("releases", "releases"),
    ],
)
async def test_what_is_in_a_renamed_repository_moved_with_it(
    replay: Replay, api: PlayedGraphql, url: str, moved_to: str
) -> None:
    seen = await one(replay, f"{SITE}/old/name/{url}")

    assert (seen.outcome, seen.permanent) == (Outcome.REDIRECTED, True)
    assert seen.final_url == f"{SITE}/new/name/{moved_to}"


async def test_the_states_of_a_repository_are_said_of_its_front_page_only(
    replay: Replay, api: PlayedGraphql
) -> None:
    api.repositories["psf/requests"].changes = {"isArchived": True}
    report = await ask(replay, f"{SITE}/psf/requests", f"{SITE}/psf/requests/tree/main/docs")

    assert [str(seen.freshness) for seen in report.observations] == ["archived", "None"]


async def test_a_private_repository_blocks_what_is_in_it(
    replay: Replay, api: PlayedGraphql
) -> None:
    api.repositories["psf/requests"].changes = {"isPrivate": True}
    report = await ask(replay, *(f"{SITE}/psf/requests/tree/main/{p}" for p in ("docs", "gone")))

    assert [seen.outcome for seen in report.observations] == [Outcome.BLOCKED] * 2


async def test_a_repository_that_is_gone_is_confirmed_once_for_all_its_links(
    replay: Replay, api: PlayedGraphql
) -> None:
    front = f"{SITE}/gone/gone"
    replay.at(front, api_response(front, 404))

    report = await ask(replay, front, f"{front}/tree/main/docs", f"{front}/issues/1")

    assert [(s.outcome, s.checks) for s in report.observations] == [(Outcome.MISSING, 2)] * 3
    assert [question.url for question in replay.asked] == [API, front]


async def test_what_is_absent_waits_where_the_points_are_used_up(
    replay: Replay, api: PlayedGraphql
) -> None:
    def last(question: Question) -> Response:
        answer = api(question)
        return replace(answer, headers={**answer.headers, "x-ratelimit-remaining": "500"})

    replay.at(API, last)

    report = await ask(
        replay, f"{SITE}/psf/requests/tree/main/docs", f"{SITE}/psf/requests/tree/main/gone"
    )

    assert [seen.outcome for seen in report.observations] == [Outcome.OK]
    assert (len(report.deferred), len(replay.asked)) == (1, 1)


def branch(replay: Replay, name: str, now: str) -> None:
    url = f"{REST}/repos/psf/requests/branches/{name}"
    location = {"location": f"{REST}/repositories/1/branches/{now}"}
    replay.at(url, api_response(url, 301, headers=location))


@pytest.mark.parametrize(
    ("path", "moved_to"),
    [
        ("tree/master/docs", "tree/main/docs"),
        ("tree/master", "tree/main"),
        ("blob/master/a%20b/%C3%BC.md", "blob/main/a%20b/%C3%BC.md"),
        ("commits/master", "commits/main"),
        ("archive/master.zip", "archive/main.zip"),
        ("archive/refs/heads/master.zip", "archive/main.zip"),
    ],
)
async def test_a_renamed_branch_has_moved_what_is_in_it(
    replay: Replay, api: PlayedGraphql, path: str, moved_to: str
) -> None:
    branch(replay, "master", "main")

    seen = await one(replay, f"{SITE}/psf/requests/{path}")

    assert (seen.outcome, seen.permanent) == (Outcome.REDIRECTED, True)
    assert seen.final_url == f"{SITE}/psf/requests/{moved_to}"


@pytest.mark.parametrize("path", ["tree/old/docs", "tree/old", "commits/old"])
async def test_a_branch_may_be_renamed_to_another_than_the_default_one(
    replay: Replay, api: PlayedGraphql, path: str
) -> None:
    branch(replay, "old", "feature/x")

    seen = await one(replay, f"{SITE}/psf/requests/{path}")

    moved_to = f"{SITE}/psf/requests/{path.replace('old', 'feature/x')}"
    assert (seen.outcome, seen.final_url) == (Outcome.REDIRECTED, moved_to)


async def test_a_folder_that_a_renamed_branch_lacks_is_missing(
    replay: Replay, api: PlayedGraphql
) -> None:
    branch(replay, "old", "feature/x")

    seen = await one(replay, f"{SITE}/psf/requests/tree/old/src")

    assert (seen.outcome, seen.permanent) == (Outcome.MISSING, False)
    assert seen.final_url == f"{SITE}/psf/requests/tree/main/src"


async def test_a_renamed_branch_is_not_missing_because_github_does_not_answer(
    replay: Replay, api: PlayedGraphql
) -> None:
    branches = f"{REST}/repos/psf/requests/branches/master"
    replay.at(branches, api_response(branches, 502))

    report = await ask(replay, f"{SITE}/psf/requests/tree/master/docs")

    assert (report.observations, len(report.deferred)) == ((), 1)


async def test_nor_because_github_does_not_say_what_the_renamed_branch_has(
    replay: Replay, api: PlayedGraphql
) -> None:
    branch(replay, "old", "feature/x")

    def fails_at_last(question: Question) -> Response:
        return failed(API, Failure.TIMEOUT) if len(api.queries) > 1 else api(question)

    replay.at(API, fails_at_last)

    report = await ask(replay, f"{SITE}/psf/requests/tree/old/docs")

    assert (report.observations, len(report.deferred)) == ((), 1)


async def test_a_deleted_branch_leaves_a_suggestion_and_so_does_a_raw_file_of_a_renamed_one(
    replay: Replay, api: PlayedGraphql
) -> None:
    branch(replay, "master", "main")
    raw = "https://raw.githubusercontent.com/psf/requests"
    replay.at(f"{raw}/master/README.md", api_response(f"{raw}/master/README.md", 404))

    folder, file = (
        await ask(replay, f"{SITE}/psf/requests/tree/old/docs", f"{raw}/master/README.md")
    ).observations

    assert (folder.outcome, file.outcome) == (Outcome.MISSING, Outcome.MISSING)
    assert folder.final_url == f"{SITE}/psf/requests/tree/main/docs"
    assert file.final_url == f"{raw}/main/README.md"


def commit(replay: Replay, *files: tuple[str, str]) -> None:
    commits = f"{REST}/repos/psf/requests/commits"
    replay.at(commits, api_response(commits, 200, [{"sha": "c0ffee"}]))
    changed: list[Any] = [
        {"status": "renamed", "previous_filename": old, "filename": new} for old, new in files
    ]
    changed.append({"status": "added", "filename": "README.md"})
    replay.at(f"{commits}/c0ffee", api_response(f"{commits}/c0ffee", 200, {"files": changed}))


@pytest.mark.parametrize(
    ("path", "files", "suggestion"),
    [
        ("tree/main/manual", [("manual/guide.md", "docs/guide.md")], "tree/main/docs"),
        ("blame/main/guide.md", [("guide.md", "docs/guide.md")], "blame/main/docs/guide.md"),
        ("tree/feature/x/manual", [("manual/new.md", "docs/new.md")], "tree/feature/x/docs"),
        ("tree/main/manual", [("manual/guide.md", "gone/guide.md")], None),
        ("tree/main/manual", [("other/guide.md", "docs/guide.md")], None),
        ("tree/main/manual", [("manual/a", "docs/a"), ("manual/b", "x/b")], None),
        ("tree/main/manual", [], None),
    ],
)
async def test_the_last_commit_says_where_a_path_went(
    replay: Replay,
    api: PlayedGraphql,
    path: str,
    files: list[tuple[str, str]],
    suggestion: str | None,
) -> None:
    commit(replay, *files)

    seen = await one(replay, f"{SITE}/psf/requests/{path}")

    expected = f"{SITE}/psf/requests/{suggestion}" if suggestion else None
    assert (seen.outcome, seen.final_url, seen.permanent) == (Outcome.MISSING, expected, False)


async def test_a_run_asks_about_few_renames(replay: Replay, api: PlayedGraphql) -> None:
    urls = [f"{SITE}/psf/requests/tree/main/gone-{n}" for n in range(30)]
    urls += [f"{SITE}/psf/requests/tree/branch-{n}/docs" for n in range(60)]

    report = await ask(replay, *urls)

    rest = [question.url for question in replay.asked if question.url != API]
    assert len([url for url in rest if "/commits?" in url]) == 10
    assert len([url for url in rest if "/branches/" in url]) == 50
    assert (len(report.observations), len(report.deferred)) == (80, 10)


async def test_a_wiki_that_is_switched_off_is_a_soft_death(
    replay: Replay, api: PlayedGraphql
) -> None:
    api.repositories["psf/requests"].wiki = False
    page = f"{SITE}/psf/requests/wiki/Home"
    replay.at(page, api_response(page, to=f"{SITE}/psf/requests"))

    seen = await one(replay, page)

    assert (seen.outcome, seen.checks) == (Outcome.SOFT_MISSING, 2)


@pytest.mark.parametrize(
    ("path", "leads_to", "outcome"),
    [
        ("wiki", "", Outcome.OK),
        ("wiki/Home", "", Outcome.OK),
        ("wiki/Home", "psf/requests/wiki", Outcome.OK),
        ("wiki/home", "psf/requests/wiki", Outcome.OK),
        ("wiki", "psf/requests", Outcome.SOFT_MISSING),
        ("wiki/Gone", "psf/requests/wiki", Outcome.SOFT_MISSING),
        ("wiki/Gone", "login", Outcome.BLOCKED),
    ],
)
async def test_a_wiki_is_asked_at_its_page(
    replay: Replay, api: PlayedGraphql, path: str, leads_to: str, outcome: Outcome
) -> None:
    page = f"{SITE}/psf/requests/{path}"
    replay.at(page, api_response(page, to=f"{SITE}/{leads_to}" if leads_to else ""))

    assert (await one(replay, page)).outcome is outcome


@pytest.mark.parametrize("url", ["tree/main/docs", "issues/5", "releases/tag/v2.0"])
async def test_what_github_fails_to_say_is_no_verdict(
    replay: Replay, api: PlayedGraphql, url: str
) -> None:
    api.broken = {"t0_", "t0_tag"}

    report = await ask(replay, f"{SITE}/psf/requests/{url}")

    assert (report.observations, len(report.deferred)) == ((), 1)


async def test_a_second_answer_that_is_cut_short_is_no_verdict(
    replay: Replay, api: PlayedGraphql
) -> None:
    api.broken = {"t0_r1"}

    report = await ask(replay, f"{SITE}/psf/requests/tree/main/gone")

    assert (report.observations, len(report.deferred)) == ((), 1)


async def test_the_token_goes_to_the_api_only_and_no_redirect_is_followed_with_it(
    replay: Replay, api: PlayedGraphql
) -> None:
    branch(replay, "master", "main")
    page = f"{SITE}/psf/requests/issues/9"
    replay.at(page, failed(page, Failure.TIMEOUT))

    await ask(replay, page, f"{SITE}/psf/requests/tree/master/docs")

    with_token = [question for question in replay.asked if "authorization" in question.headers]
    assert all(q.url.startswith(f"{REST}/") and not q.follow for q in with_token)
    assert all(TOKEN not in json.dumps(q.url) for q in replay.asked)
