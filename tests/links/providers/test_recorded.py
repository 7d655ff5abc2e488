"""Bodies that the real APIs once sent, read as they came."""

import json
from pathlib import Path
from typing import Any

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers import arxiv
from staycurrent.links.providers.github import check as github
from staycurrent.links.settings import ArxivSettings, GitHubSettings
from staycurrent.web.response import json_object
from tests.support.values import API_DATE, Replay, api_response, as_api, to

pytestmark = pytest.mark.shared

ARXIV = {
    "id_1605.08386_s0_m100_199195aa31ad.json": {"1605.08386": Outcome.OK},
    "id_0000.0000_s0_m100_8b51d9633a68.json": {"0000.0000": Outcome.MISSING},
    "id_0808.05394_1707.08567_s0_m100_42e5aa0ec3af.json": {"1707.08567": Outcome.OK},
}


@pytest.mark.parametrize("name", list(ARXIV))
async def test_arxiv_answers_as_it_did(recorded: Path, replay: Replay, name: str) -> None:
    golden = json.loads((recorded / "arxiv" / name).read_text(encoding="utf-8"))
    api = ArxivSettings().api
    replay.at(api, api_response(api, golden["status_code"], golden["body"].encode()))
    links = [to(f"https://arxiv.org/abs/{paper}") for paper in ARXIV[name]]

    report = await arxiv.PROVIDER.check(links, as_api(ArxivSettings(), replay), API_DATE)

    assert [seen.outcome for seen in report.observations] == list(ARXIV[name].values())


async def test_arxiv_names_what_is_no_name(recorded: Path, replay: Replay) -> None:
    golden = json.loads(
        (recorded / "arxiv" / "id_abc_s0_m100_b79c8dcf6bc3.json").read_text(encoding="utf-8")
    )
    api, body = ArxivSettings().api, golden["body"].replace("abc", "2413.00001")
    replay.at(api, api_response(api, golden["status_code"], body.encode()))
    links = [to("https://arxiv.org/abs/2413.00001")]

    report = await arxiv.PROVIDER.check(links, as_api(ArxivSettings(), replay), API_DATE)

    assert [(s.outcome, s.checks) for s in report.observations] == [(Outcome.MISSING, 2)]


def scenario(recorded: Path, name: str) -> list[dict[str, Any]]:
    text = (recorded / "github_api" / f"octokit_{name}_raw.json").read_text(encoding="utf-8")
    steps: list[dict[str, Any]] = json.loads(text)
    return steps


async def test_github_describes_a_repository_as_it_did(recorded: Path, replay: Replay) -> None:
    (step,) = scenario(recorded, "get-repository")
    url = f"https://api.github.com{step['path']}"
    raw = step["rawHeaders"]
    headers = {raw[place].lower(): raw[place + 1] for place in range(0, len(raw), 2)}
    replay.at(url, api_response(url, step["status"], step["response"], headers=headers))
    links = [to("https://github.com/octokit-fixture-org/hello-world")]

    report = await github.PROVIDER.check(links, as_api(GitHubSettings(), replay), API_DATE)

    (seen,) = report.observations
    identity = "103703892 MDEwOlJlcG9zaXRvcnkxMDM3MDM4OTI= owner:31898100"
    assert (seen.outcome, seen.identity) == (Outcome.OK, identity)
    assert seen.freshness is Freshness.IDLE


async def test_github_leads_from_an_old_name_to_the_new_one(recorded: Path, replay: Replay) -> None:
    moved, found = scenario(recorded, "rename-repository")[2:4]
    old = f"https://api.github.com{moved['path']}"
    assert (moved["status"], found["status"]) == (301, 200)
    replay.at(old, api_response(old, 200, found["response"], to=moved["response"]["url"]))
    name = moved["path"].removeprefix("/repos/")
    links = [to(f"https://github.com/{name}")]

    report = await github.PROVIDER.check(links, as_api(GitHubSettings(), replay), API_DATE)

    (seen,) = report.observations
    assert (seen.outcome, seen.permanent) == (Outcome.REDIRECTED, True)
    assert seen.final_url == f"https://github.com/{name}-newname"
    assert seen.identity == "515436299 R_kgDOHrjvCw owner:31898100"


def test_a_batch_of_githubs_has_its_aliases_under_data(recorded: Path) -> None:
    name = "2026-08_graphql_batch_response_mshibanami.json"
    body = (recorded / "github_api" / name).read_bytes()

    read = json_object(api_response("https://api.github.com/graphql", 200, body))

    assert read is not None
    assert isinstance(read["data"], dict)
    assert list(read["data"]) == ["repo_0", "repo_1"]
